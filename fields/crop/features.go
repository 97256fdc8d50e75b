package crop

import (
	"slices"
	"time"
)

// Schema says how a series becomes numbers: which layers, in which units, on
// which axis. It is part of a model's card.
type Schema struct {
	Axis    Axis     `json:"axis"`
	Layers  []string `json:"layers"`  // canonical names the samples must have
	Derived []string `json:"derived"` // indices computed from them
	Used    []string `json:"used"`    // what features are made of, in order
	Cutoff  int      `json:"cutoff"`  // last day of season that counts
	Reaches int      `json:"reaches"` // day to which nine of ten training series have values
}

// extractor turns samples into features; one per goroutine, as it holds buffers.
type extractor struct {
	schema  Schema
	indices []index
	units   map[string]unit
	grid    []float32 // [used layer][step]
	obs     observed
	raw     [][]float32 // layers in physical units, by schema.Layers then Derived
	args    []float32
	steps   []float32
	sorted  halves
	halves  map[[2]int][]interval
	at      map[string]int // position in raw
	pheno   int            // used layer that phenology reads, -1
}

func newExtractor(s Schema, u map[string]unit) *extractor {
	x := &extractor{schema: s, units: u, at: map[string]int{}, halves: map[[2]int][]interval{}, pheno: -1}
	for i, n := range s.Layers {
		x.at[n] = i
	}
	for _, d := range indices() {
		if slices.Contains(s.Derived, d.name) {
			x.at[d.name] = len(s.Layers) + len(x.indices)
			x.indices = append(x.indices, d)
		}
	}
	x.grid = make([]float32, len(s.Used)*s.Axis.Steps)
	x.raw = make([][]float32, len(s.Layers)+len(x.indices))
	for _, want := range []string{"ndvi", "evi", "evi2", "savi"} {
		if x.pheno = slices.Index(s.Used, want); x.pheno >= 0 {
			break
		}
	}
	return x
}

// gridded is what is known of one sample once it lies on the axis.
type gridded struct {
	valid   int     // dates with a value in the first layer or any
	covered float64 // share of the axis' cells that are not gaps
	reason  string  // why it is unusable, "" where it is usable
}

// resample puts a sample with ascending dates onto the axis, into x.grid; a
// zero start is that of a sample that has none.
func (x *extractor) resample(s Sample, start time.Time, last int) gridded {
	var g gridded
	if start.IsZero() {
		g.reason = "no observation"
		return g
	}
	g.reason = x.physical(s)
	if g.reason != "" {
		return g
	}
	cells := 0
	for u, name := range x.schema.Used {
		x.obs = collect(x.obs, s.Dates, x.raw[x.at[name]], start, last)
		inside := 0
		for _, d := range x.obs.day {
			if d >= 0 && d <= float64(x.schema.Axis.SpanDays()+x.schema.Axis.StepDays) {
				inside++
			}
		}
		g.valid = max(g.valid, inside)
		row := x.grid[u*x.schema.Axis.Steps : (u+1)*x.schema.Axis.Steps]
		x.obs.resample(x.schema.Axis, row)
		for _, v := range row {
			if v == v {
				cells++
			}
		}
	}
	g.covered = float64(cells) / float64(max(1, len(x.grid)))
	if g.valid == 0 {
		g.reason = "no valid observation in the season"
	}
	return g
}

// physical fills x.raw with the sample's layers in physical units and with the
// derived indices.
func (x *extractor) physical(s Sample) string {
	for i := range x.raw {
		x.raw[i] = slices.Grow(x.raw[i][:0], len(s.Dates))[:len(s.Dates)]
	}
	for i, layer := range x.schema.Layers {
		l := slices.IndexFunc(s.Layers, func(n string) bool { return n == layer || CanonicalLayer(n) == layer })
		if l < 0 {
			return "layer " + layer + " is missing"
		}
		u := x.units[layer]
		for d, v := range s.Values[l] {
			if v-v != 0 && v == v {
				return "layer " + layer + " is infinite"
			}
			x.raw[i][d] = u.apply(v)
		}
	}
	for i, index := range x.indices {
		x.args = x.args[:0]
		for range index.needs {
			x.args = append(x.args, 0)
		}
		for d := range s.Dates {
			for a, n := range index.needs {
				x.args[a] = x.raw[x.at[n]][d]
			}
			v := index.value(x.args)
			if index.name != "vhvv" {
				v = clampIndex(v)
			}
			x.raw[len(x.schema.Layers)+i][d] = v
		}
	}
	return ""
}

// interval is one stretch of an axis with the quantiles taken of it.
type interval struct {
	begin, end   int
	level, place int // it is the place-th of 2^level
	quantiles    []float64
}

// intervals halves an axis of n points again and again, as QUANT does
// (Dempster, Schmidt and Webb, "QUANT: a minimalist interval method for time
// series classification", 2024), with fewer quantiles for shorter stretches.
// Stretches of fewer than four points are left out: the points say as much.
func intervals(n, depth int) []interval {
	var out []interval
	for d := range depth {
		parts := 1 << d
		q := []float64{0, .5, 1}
		if d < 2 {
			q = []float64{0, .25, .5, .75, 1}
		}
		for p := range parts {
			b, e := p*n/parts, (p+1)*n/parts
			if e-b >= 4 {
				out = append(out, interval{b, e, d, p, q})
			}
		}
	}
	return out
}

// Depths of halving of the values and of their steps.
const (
	valueDepth = 4
	stepDepth  = 3
)

// treeFeatures appends to out, per used layer: the points of the axis, the
// quantiles of its intervals, the same of the steps between points; then the
// phenology of the first vegetation index. Gaps stay NaN.
func (x *extractor) treeFeatures(out []float32) []float32 {
	n := x.schema.Axis.Steps
	for u := range x.schema.Used {
		row := x.grid[u*n : (u+1)*n]
		out = append(out, row...)
		out = x.quantiles(out, row, valueDepth)
		x.steps = differences(x.steps[:0], row)
		out = x.quantiles(out, x.steps, stepDepth)
	}
	if x.pheno >= 0 {
		out = phenology(out, x.grid[x.pheno*n:(x.pheno+1)*n])
	}
	return out
}

func differences(out, row []float32) []float32 {
	for i := 1; i < len(row); i++ {
		out = append(out, row[i]-row[i-1])
	}
	return out
}

// quantiles appends those of a row's intervals; gaps do not count.
func (x *extractor) quantiles(out, row []float32, depth int) []float32 {
	x.sorted.sort(row, depth)
	for _, iv := range x.intervalsOf(len(row), depth) {
		values := x.sorted.of(iv.level, iv.place)
		for _, q := range iv.quantiles {
			out = append(out, quantile(values, q))
		}
	}
	return out
}

// intervalsOf is [intervals], made once.
func (x *extractor) intervalsOf(n, depth int) []interval {
	key := [2]int{n, depth}
	if _, ok := x.halves[key]; !ok {
		x.halves[key] = intervals(n, depth)
	}
	return x.halves[key]
}

// quantile interpolates between the order statistics of ascending values
// (Hyndman and Fan 1996, definition 7).
func quantile(sorted []float32, q float64) float32 {
	if len(sorted) == 0 {
		return nan32
	}
	h := q * float64(len(sorted)-1)
	i := int(h)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + float32(h-float64(i))*(sorted[i+1]-sorted[i])
}

// smoothSteps is the most points a layer has in the smooth features.
const smoothSteps = 24

// smoothFeatures appends to out, per used layer, the axis in at most
// smoothSteps points and the steps between them. Gaps stay NaN.
func (x *extractor) smoothFeatures(out []float32) []float32 {
	n := x.schema.Axis.Steps
	m := min(n, smoothSteps)
	row := make([]float32, m)
	for u := range x.schema.Used {
		for k := range m {
			row[k] = mean(x.grid[u*n+k*n/m : u*n+(k+1)*n/m])
		}
		out = append(out, row...)
		out = differences(out, row)
	}
	return out
}

func mean(values []float32) float32 {
	sum, n := float32(0), 0
	for _, v := range values {
		if v == v {
			sum += v
			n++
		}
	}
	if n == 0 {
		return nan32
	}
	return sum / float32(n)
}
