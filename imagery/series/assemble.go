package series

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"parus/imagery/observe"
	"parus/imagery/sensor"
	"parus/imagery/zonal"
)

// SmallPixels is the size, in pixels, under which a parcel's values are
// interior-weighted means: a square of 25 pixels may have as few as 16 of them
// wholly inside, smaller ones mostly see their neighbours' border.
const SmallPixels = 25

// Assemble joins observations, in any order, of any number of scenes and
// blocks, into one series per parcel, sorted by ID; see [Assembler]. All blocks
// that are observed count as the parcel's area.
func Assemble(obs []*observe.Observation) ([]Parcel, error) {
	obs = slices.Clone(obs)
	slices.SortStableFunc(obs, func(a, b *observe.Observation) int {
		return cmp.Or(a.Datetime.Compare(b.Datetime), cmp.Compare(a.Scene, b.Scene), cmp.Compare(place(a), place(b)))
	})
	targets, counted := map[string]uint64{}, map[string]bool{}
	for _, o := range obs {
		for _, p := range o.Parcels {
			if once := place(o) + p.ID; !counted[once] {
				counted[once] = true
				targets[p.ID] += p.Covered
			}
		}
	}
	a := NewAssembler(targets)
	for from := 0; from < len(obs); {
		to := from + 1
		for to < len(obs) && sameScene(obs[to], obs[from]) {
			to++
		}
		if err := a.Scene(obs[from:to]); err != nil {
			return nil, err
		}
		from = to
	}
	return a.Parcels(), nil
}

// Assembler joins what scenes show of some parcels, scene by scene, so that one
// scene's observations are in memory at a time.
//
// A parcel's parts in several blocks add up first. Of several scenes of one day
// one counts for each parcel: scenes that show NDVI of it before others, then
// the one with the most clear area, of equals the one with finer pixels, then
// the lesser ID. A radar contests no optical scene, and its dates count as clear
// for nothing. Powers become decibels after the sum over the parcel, and ratios
// of polarisations are made of these sums. Composites that tell the day of each
// pixel are dated by the parcel's mean day. Layers that this scene does not have come from the next one. Scenes need not
// have the same layers: what one does not measure is NaN.
type Assembler struct {
	ids     []string // sorted
	covered []uint64
	at      map[string]int
	scenes  []column
	sums    []observe.Parcel     // of the scene at hand, per parcel
	radar   *observe.Observation // one of the radar's, nil before the first
}

// column is what one scene shows of all parcels.
type column struct {
	id     string
	date   time.Time
	days   []int // per parcel, after date; nil but for composites
	radar  bool
	pixelM float64
	layers []string
	ndvi   int       // place in layers, −1 where there is none
	valid  []uint64  // per parcel; absent where the scene does not reach it
	values []float32 // parcel-major
	sd     []float32
}

const absent = math.MaxUint64

// NewAssembler makes an assembler for parcels, given by ID with the area that
// they cover in all blocks, in 1/zonal.One of a pixel.
func NewAssembler(covered map[string]uint64) *Assembler {
	a := &Assembler{at: make(map[string]int, len(covered))}
	for id := range covered {
		a.ids = append(a.ids, id)
	}
	slices.Sort(a.ids)
	for i, id := range a.ids {
		a.covered = append(a.covered, covered[id])
		a.at[id] = i
	}
	a.sums = make([]observe.Parcel, len(a.ids))
	return a
}

// Scene adds the observations of one scene, of all blocks or parts of them.
// Parcels that are not the assembler's are passed over. Scenes may come in any
// order, each once.
func (a *Assembler) Scene(parts []*observe.Observation) error {
	if len(parts) == 0 {
		return nil
	}
	for i, o := range parts {
		if !sameScene(o, parts[0]) || !slices.Equal(o.Layers, parts[0].Layers) {
			return fmt.Errorf("scene %s: the part at %s is of scene %s or has other layers", parts[0].Scene, place(o), o.Scene)
		}
		for _, q := range parts[:i] {
			if q.Grid == o.Grid && q.First < o.First+len(o.Parcels) && o.First < q.First+len(q.Parcels) {
				return fmt.Errorf("scene %s is given twice for the block at %s", o.Scene, place(o))
			}
		}
	}
	if err := a.direction(parts[0]); err != nil {
		return err
	}
	clear(a.sums)
	for _, o := range parts {
		for _, p := range o.Parcels {
			if i, ok := a.at[p.ID]; ok {
				add(&a.sums[i], p)
			}
		}
	}
	a.scenes = append(a.scenes, a.column(parts[0]))
	return nil
}

func add(sum *observe.Parcel, p observe.Parcel) {
	if sum.Sums == nil {
		*sum = p
		sum.Sums, sum.InnerSums = slices.Clone(p.Sums), slices.Clone(p.InnerSums)
		return
	}
	sum.Add(p)
}

// column turns the sums at hand into values.
func (a *Assembler) column(o *observe.Observation) column {
	n := len(a.ids)
	c := column{id: o.Scene, date: o.Datetime.UTC().Truncate(24 * time.Hour), radar: o.Radar(), pixelM: o.PixelSizeM, layers: layersOf(o),
		valid: make([]uint64, n), sd: make([]float32, n)}
	c.ndvi = slices.Index(c.layers, "ndvi")
	c.values = make([]float32, n*len(c.layers))
	day := slices.Index(names(o), sensor.DayLayer)
	if day >= 0 {
		c.days = make([]int, n)
	}
	for i, p := range a.sums {
		c.valid[i], c.sd[i] = absent, gap()
		if p.Sums == nil {
			continue
		}
		c.valid[i] = p.Valid
		mean := o.Mean
		if a.covered[i] < SmallPixels*zonal.One && p.Inner > 0 {
			mean = o.InnerMean
		}
		fill(c.values[i*len(c.layers):(i+1)*len(c.layers)], c.layers, o, func(k int) float64 { return mean(p, k) })
		if day >= 0 && p.Valid > 0 {
			c.days[i] = int(math.Round(o.Mean(p, day)))
		}
		if c.ndvi >= 0 {
			c.sd[i] = spread(o, p)
		}
	}
	return c
}

// better tells, of two scenes of one day, which counts for parcel i.
func better(a, b *column, i int) int {
	green := func(c *column) int {
		if c.ndvi >= 0 && c.valid[i] > 0 {
			return 1
		}
		return 0
	}
	return cmp.Or(last(a.radar)-last(b.radar), cmp.Compare(green(b), green(a)), cmp.Compare(b.valid[i], a.valid[i]),
		cmp.Compare(a.pixelM, b.pixelM), cmp.Compare(a.id, b.id))
}

// Parcels returns the series of the parcels that some scene reaches, sorted by
// ID.
func (a *Assembler) Parcels() []Parcel {
	slices.SortFunc(a.scenes, func(p, q column) int { return cmp.Or(p.date.Compare(q.date), cmp.Compare(p.id, q.id)) })
	layers := a.layers()
	out := make([]Parcel, 0, len(a.ids))
	for i, id := range a.ids {
		if s := a.series(i, layers); len(s.Dates) > 0 {
			out = append(out, Parcel{ID: id, Series: s})
		}
	}
	return out
}

// layers lists the layers of all scenes: bands by name, then indices, which
// have lower-case names.
func (a *Assembler) layers() []string {
	var out []string
	for _, c := range a.scenes {
		for _, l := range c.layers {
			if !slices.Contains(out, l) {
				out = append(out, l)
			}
		}
	}
	slices.Sort(out)
	return out
}

func (a *Assembler) series(i int, layers []string) Series {
	days, dates := a.perDay(i)
	n := len(days)
	s := Series{Pixels: float64(a.covered[i]) / zonal.One, Layers: layers, Values: make([][]float32, len(layers)),
		Dates: make([]time.Time, n), Scenes: make([]string, n), Valid: make([]float32, n), NDVISD: make([]float32, n)}
	values := make([]float32, n*len(layers))
	for k := range layers {
		s.Values[k] = values[k*n : (k+1)*n : (k+1)*n]
	}
	for d, day := range days {
		slices.SortFunc(day, func(p, q *column) int { return better(p, q, i) })
		best := day[0]
		s.Dates[d], s.Scenes[d], s.NDVISD[d] = dates[d], best.id, best.sd[i]
		if !best.radar {
			s.Valid[d] = float32(float64(best.valid[i]) / float64(a.covered[i]))
		}
		for k, l := range layers {
			s.Values[k][d] = valueOf(day, l, i)
		}
	}
	return s
}

// valueOf is a layer's value of the first scene that has one.
func valueOf(day []*column, layer string, i int) float32 {
	for _, c := range day {
		if k := slices.Index(c.layers, layer); k >= 0 {
			if v := c.values[i*len(c.layers)+k]; !isNaN(v) {
				return v
			}
		}
	}
	return gap()
}

// gap stands for a value that there is none of.
func gap() float32 { return float32(math.NaN()) }

func sameScene(a, b *observe.Observation) bool {
	return a.Scene == b.Scene && a.Datetime.Equal(b.Datetime)
}

// place names an observation's block by its corner.
func place(o *observe.Observation) string {
	return fmt.Sprintf("(%g, %g)", o.Grid.Transform[0], o.Grid.Transform[3])
}

func names(o *observe.Observation) []string {
	out := make([]string, len(o.Layers))
	for i, l := range o.Layers {
		out[i] = l.Name
	}
	return out
}
