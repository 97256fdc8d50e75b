package series

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"parus/imagery/observe"
	"parus/imagery/zonal"
)

// Series is what a season's scenes show of one parcel. All slices over dates
// have the length of Dates.
type Series struct {
	Dates  []time.Time // UTC midnights, ascending, each once
	Scenes []string    // ID of the scene of each date
	Pixels float64     // effective pixels: the sum of coverage fractions
	Valid  []float32   // share of Pixels that is clear, 0 to 1
	Layers []string    // "B04", …, "ndvi", …
	Values [][]float32 // [layer][date], reflectance or index; NaN where nothing is clear
	NDVISD []float32   // standard deviation of NDVI within the parcel; NaN without ndvi
}

// Layer returns the values of a layer by name.
func (s Series) Layer(name string) ([]float32, bool) {
	i := slices.Index(s.Layers, name)
	if i < 0 {
		return nil, false
	}
	return s.Values[i], true
}

// Parcel is a series with the ID of its parcel.
type Parcel struct {
	ID     string
	Series Series
}

// Assemble joins observations, in any order, of any number of scenes and
// blocks, into one series per parcel, sorted by ID. A parcel's parts in several
// blocks add up first. Of several scenes of one day, the one with the most
// clear area of the parcel counts, and of equals the one with the lesser ID.
// All observations must have the same layers.
func Assemble(obs []*observe.Observation) ([]Parcel, error) {
	if len(obs) == 0 {
		return nil, nil
	}
	obs = slices.Clone(obs)
	slices.SortStableFunc(obs, func(a, b *observe.Observation) int {
		return cmp.Or(a.Datetime.Compare(b.Datetime), cmp.Compare(a.Scene, b.Scene), cmp.Compare(place(a), place(b)))
	})
	layers := names(obs[0])
	a := assembler{layers: layers, ndvi: slices.Index(layers, "ndvi"), rows: map[string]*parcelRows{}}
	for from := 0; from < len(obs); {
		to := from
		for to < len(obs) && obs[to].Scene == obs[from].Scene && obs[to].Datetime.Equal(obs[from].Datetime) {
			if to > from && place(obs[to]) == place(obs[to-1]) {
				return nil, fmt.Errorf("scene %s is given twice for the block at %s", obs[to].Scene, place(obs[to]))
			}
			to++
		}
		if err := a.scene(obs[from:to]); err != nil {
			return nil, err
		}
		from = to
	}
	return a.parcels(), nil
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

type assembler struct {
	layers []string
	ndvi   int
	rows   map[string]*parcelRows
}

// parcelRows gathers what one parcel shows, scene by scene.
type parcelRows struct {
	covered uint64
	blocks  []string // blocks whose coverage is counted
	rows    []row
}

type row struct {
	date   time.Time
	scene  string
	valid  uint64
	values []float32
	sd     float32
}

// scene adds the observations of one scene, one for each block.
func (a *assembler) scene(parts []*observe.Observation) error {
	sums := map[string]observe.Parcel{}
	for _, o := range parts {
		if !slices.Equal(names(o), a.layers) {
			return fmt.Errorf("scene %s has layers %v, others %v: measure all scenes with the same parameters", o.Scene, names(o), a.layers)
		}
		block := place(o)
		for _, p := range o.Parcels {
			r := a.rows[p.ID]
			if r == nil {
				r = &parcelRows{}
				a.rows[p.ID] = r
			}
			if !slices.Contains(r.blocks, block) {
				r.blocks, r.covered = append(r.blocks, block), r.covered+p.Covered
			}
			sums[p.ID] = join(sums[p.ID], p)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(sums)) {
		a.rows[id].add(a.row(parts[0], sums[id]))
	}
	return nil
}

// join adds the parts of one parcel in two blocks.
func join(a, b observe.Parcel) observe.Parcel {
	if a.Sums == nil {
		b.Sums = slices.Clone(b.Sums)
		return b
	}
	a.Valid += b.Valid
	for k := range a.Sums {
		a.Sums[k] += b.Sums[k]
	}
	a.NDVI2 = a.NDVI2.Add(b.NDVI2)
	return a
}

func (a *assembler) row(o *observe.Observation, p observe.Parcel) row {
	r := row{
		date: o.Datetime.UTC().Truncate(24 * time.Hour), scene: o.Scene, valid: p.Valid,
		values: make([]float32, len(a.layers)), sd: float32(math.NaN()),
	}
	for k := range r.values {
		r.values[k] = float32(o.Mean(p, k))
	}
	if a.ndvi >= 0 && p.Valid > 0 {
		step := o.Layers[a.ndvi].Scale
		mean := float64(p.Sums[a.ndvi]) / float64(p.Valid)
		variance := p.NDVI2.Float()/float64(p.Valid) - mean*mean
		r.sd = float32(math.Sqrt(max(0, variance)) * step)
	}
	return r
}

// add appends a row, or lets it contest the last one of the same day. Scenes
// come sorted by time, then ID.
func (p *parcelRows) add(r row) {
	n := len(p.rows)
	if n == 0 || !p.rows[n-1].date.Equal(r.date) {
		p.rows = append(p.rows, r)
		return
	}
	last := p.rows[n-1]
	if r.valid > last.valid || r.valid == last.valid && r.scene < last.scene {
		p.rows[n-1] = r
	}
}

func (a *assembler) parcels() []Parcel {
	out := make([]Parcel, 0, len(a.rows))
	for _, id := range slices.Sorted(maps.Keys(a.rows)) {
		p := a.rows[id]
		s := Series{Pixels: float64(p.covered) / zonal.One, Layers: slices.Clone(a.layers), Values: make([][]float32, len(a.layers))}
		for _, r := range p.rows {
			s.Dates, s.Scenes = append(s.Dates, r.date), append(s.Scenes, r.scene)
			s.Valid = append(s.Valid, float32(float64(r.valid)/float64(p.covered)))
			s.NDVISD = append(s.NDVISD, r.sd)
			for k, v := range r.values {
				s.Values[k] = append(s.Values[k], v)
			}
		}
		out = append(out, Parcel{ID: id, Series: s})
	}
	return out
}
