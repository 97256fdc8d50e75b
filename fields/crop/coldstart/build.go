package coldstart

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"parus/fields/crop"
)

// BuildOptions tune [Build]; zero values take the defaults, in brackets.
type BuildOptions struct {
	Groups       []string // per sample: what is never on both sides of a split [each sample its own]
	Layers       []string // [ndvi]
	StepDays     int      // [16]
	AbstainError float64  // error allowed among what is spoken on [0.05]
	Source       string   // for people
	Threads      int
}

func (o BuildOptions) withDefaults(n int) BuildOptions {
	if len(o.Layers) == 0 {
		o.Layers = []string{"ndvi"}
	}
	if o.StepDays == 0 {
		o.StepDays = 16
	}
	if o.AbstainError == 0 {
		o.AbstainError = .05
	}
	if o.Source == "" {
		o.Source = "labelled samples"
	}
	if o.Groups == nil {
		o.Groups = make([]string, n)
		for i := range o.Groups {
			o.Groups[i] = fmt.Sprint(i)
		}
	}
	return o
}

// Build makes a curve of each class of labelled samples, a local line through
// all of its observations (loess, Cleveland 1979), and finds how distances
// become probabilities on samples of groups that had no part in the curves. A
// class with fewer than two samples is left out.
func Build(ctx context.Context, samples []crop.Sample, labels []string, o BuildOptions) (*Patterns, error) {
	if len(samples) != len(labels) || (o.Groups != nil && len(o.Groups) != len(samples)) {
		return nil, fmt.Errorf("build crop patterns: %d samples, %d labels and %d groups", len(samples), len(labels), len(o.Groups))
	}
	o = o.withDefaults(len(samples))
	physical, err := crop.Physical(samples, o.Layers)
	if err != nil {
		return nil, fmt.Errorf("build crop patterns: %w", err)
	}
	b := &building{o: o, samples: physical, labels: labels}
	p, err := b.run(ctx)
	if err != nil {
		return nil, fmt.Errorf("build crop patterns: %w", err)
	}
	return p, nil
}

type building struct {
	o       BuildOptions
	samples []crop.Sample
	labels  []string
	tracks  []track // days from the anchor's occurrence
	anchor  float64 // day of the year, from 0
	span    float64 // days
	width   float64 // half-width of the local line, days
	classes []string
}

func (b *building) run(ctx context.Context) (*Patterns, error) {
	if err := b.place(); err != nil {
		return nil, err
	}
	all := make([]int, len(b.samples))
	for i := range all {
		all[i] = i
	}
	p, err := b.curves(all)
	if err != nil {
		return nil, err
	}
	return p, b.judge(ctx, p)
}

// place brings all samples to days after one day of the year, on which the
// median sample begins, and finds the classes.
func (b *building) place() error {
	var starts []float64
	counts := map[string]int{}
	for i, s := range b.samples {
		b.tracks = append(b.tracks, binned(s, b.o.StepDays))
		if t := b.tracks[i]; len(t.days) > 0 {
			starts = append(starts, yearDay(t.days[0]))
			counts[b.labels[i]]++
		}
	}
	for l, n := range counts {
		if n > 1 && l != "" {
			b.classes = append(b.classes, l)
		}
	}
	slices.Sort(b.classes)
	if len(b.classes) < 2 {
		return errors.New("fewer than two classes with two samples each that have values")
	}
	b.anchor = middle(starts)
	var spans, gaps []float64
	for i := range b.tracks {
		t := &b.tracks[i]
		if len(t.days) == 0 {
			continue
		}
		late := math.Mod(yearDay(t.days[0])-b.anchor+365, 365)
		if late > 182 {
			late -= 365
		}
		zero := t.days[0] - late
		for d := range t.days {
			if t.days[d] -= zero; d > 0 {
				gaps = append(gaps, t.days[d]-t.days[d-1])
			}
		}
		spans = append(spans, t.days[len(t.days)-1])
	}
	slices.Sort(spans)
	slices.Sort(gaps)
	if len(gaps) > 0 {
		// Dates of composites differ between years by a day or so: a line through
		// one composite alone would take that for growth.
		b.width = 1.5 * max(float64(b.o.StepDays), gaps[len(gaps)/2])
	}
	b.span = min(spans[len(spans)/2], most-1)
	if b.span < 2*float64(b.o.StepDays) {
		return fmt.Errorf("half of the series are shorter than %.0f days", 2*float64(b.o.StepDays))
	}
	return nil
}

func yearDay(day float64) float64 { return float64(min(364, dateOf(day).YearDay()-1)) }

// middle is the circular mean of days of the year (Fisher 1993, equation 2.9).
func middle(days []float64) float64 {
	x, y := 0.0, 0.0
	for _, d := range days {
		s, c := math.Sincos(2 * math.Pi * d / 365)
		x, y = x+c, y+s
	}
	return math.Mod(math.Round(math.Atan2(y, x)*365/(2*math.Pi))+365, 365)
}

// curves makes the curves of some samples.
func (b *building) curves(rows []int) (*Patterns, error) {
	p := &Patterns{
		Format: Format, Source: b.o.Source, Layers: b.o.Layers, StepDays: b.o.StepDays,
		Weight: Weight{Steepness: steepness, MidpointDays: midpointDays}, Sharpness: 1,
	}
	pooled, n := make([]float64, len(p.Layers)), make([]float64, len(p.Layers))
	for _, class := range b.classes {
		var of []track
		for _, i := range rows {
			if b.labels[i] == class && len(b.tracks[i].days) > 0 {
				of = append(of, b.tracks[i])
			}
		}
		if len(of) == 0 {
			continue
		}
		c := Curve{Class: class, From: dateOf(b.anchor + 366).Format("01-02"), Samples: len(of)} // 2001 has no leap day
		for d := 0.0; d <= b.span; d += float64(b.o.StepDays) {
			mean, spread := make([]float64, len(p.Layers)), make([]float64, len(p.Layers))
			for l := range p.Layers {
				mean[l], spread[l] = local(of, l, d, b.width)
				if spread[l] > 0 {
					pooled[l], n[l] = pooled[l]+spread[l]*spread[l], n[l]+1
				}
			}
			c.Mean, c.Spread = append(c.Mean, mean), append(c.Spread, spread)
		}
		if slices.ContainsFunc(c.Mean, func(r []float64) bool { return slices.ContainsFunc(r, func(v float64) bool { return v-v != 0 }) }) {
			return nil, fmt.Errorf("class %s has no value in some part of the season: give more samples of it or fewer layers", class)
		}
		p.Curves = append(p.Curves, c)
	}
	for l := range p.Layers {
		p.Scale = append(p.Scale, rounded(max(2*math.Sqrt(pooled[l]/max(1, n[l])), 1e-3)))
	}
	return p, nil
}

// local is the local line of Cleveland 1979 (JASA 74) at day d, with tricube
// weights over a half-width that doubles until three tracks have a value in it,
// and the weighted standard deviation of the values around it.
func local(of []track, layer int, d, width float64) (mean, spread float64) {
	for width = max(width, 1); width <= most; width *= 2 {
		var sw, sx, sy, sxx, sxy float64
		seen := 0
		visit(of, layer, d, width, func(x, y, w float64, first bool) {
			sw, sx, sy, sxx, sxy = sw+w, sx+w*x, sy+w*y, sxx+w*x*x, sxy+w*x*y
			if first {
				seen++
			}
		})
		if seen < min(3, len(of)) {
			continue
		}
		slope := 0.0
		if det := sxx*sw - sx*sx; det > 1e-9*sw*sw {
			slope = (sxy*sw - sx*sy) / det
		}
		mean = (sy - slope*sx) / sw
		ss := 0.0
		visit(of, layer, d, width, func(x, y, w float64, _ bool) {
			e := y - mean - slope*x
			ss += w * e * e
		})
		return rounded(mean), rounded(math.Sqrt(ss / sw))
	}
	return math.NaN(), math.NaN()
}

// visit calls do with days from d, value and weight of all values within width.
func visit(of []track, layer int, d, width float64, do func(x, y, w float64, first bool)) {
	for _, t := range of {
		first := true
		i, _ := slices.BinarySearch(t.days, d-width)
		for ; i < len(t.days) && t.days[i] < d+width; i++ {
			y := t.values[i][layer]
			if y != y {
				continue
			}
			x := t.days[i] - d
			u := math.Abs(x) / width
			w := 1 - u*u*u
			do(x, y, w*w*w, first)
			first = false
		}
	}
}
