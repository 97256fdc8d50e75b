package series

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"parus/imagery/observe"
	"parus/imagery/sensor"
	"parus/imagery/spectral"
)

// layersOf lists what a scene shows: its layers without the day of composites,
// and the indices that its powers give.
func layersOf(o *observe.Observation) []string {
	out := slices.DeleteFunc(names(o), func(l string) bool { return l == sensor.DayLayer })
	for _, x := range spectral.Indices() {
		if x.OfMeans && !slices.ContainsFunc(x.Roles, func(r spectral.Role) bool { return !slices.Contains(out, r.Layer()) }) {
			out = append(out, x.Name)
		}
	}
	return out
}

// fill writes a parcel's values of the layers of layersOf.
func fill(dst []float32, layers []string, o *observe.Observation, mean func(layer int) float64) {
	of := names(o)
	for k, name := range layers {
		v := math.NaN()
		if at := slices.Index(of, name); at >= 0 {
			if v = mean(at); o.Layers[at].Power {
				v = 10 * math.Log10(v)
			}
		} else if x, ok := spectral.Find(name); ok {
			powers := make([]float64, len(x.Roles))
			for i, r := range x.Roles {
				powers[i] = mean(slices.Index(of, r.Layer()))
			}
			v = x.Value(powers)
		}
		if math.IsInf(v, 0) {
			v = math.NaN()
		}
		dst[k] = float32(v)
	}
}

// spread is the standard deviation of NDVI within the parcel, a gap where its
// squares were not summed: that of a product is not made of its pixels.
func spread(o *observe.Observation, p observe.Parcel) float32 {
	k := slices.Index(names(o), "ndvi")
	if p.Valid == 0 || p.NDVI2 == (observe.Wide{}) && p.Sums[k] != 0 {
		return gap()
	}
	mean := float64(p.Sums[k]) / float64(p.Valid)
	variance := p.NDVI2.Float()/float64(p.Valid) - mean*mean
	return float32(math.Sqrt(max(0, variance)) * o.Layers[k].Scale)
}

// direction refuses to mix a radar's directions of flight.
func (a *Assembler) direction(o *observe.Observation) error {
	if !o.Radar() {
		return nil
	}
	if first := a.radar; first != nil && first.Orbit != o.Orbit {
		return fmt.Errorf("scene %s flew %s, scene %s %s: looks from east and west do not make one series",
			o.Scene, cmp.Or(o.Orbit, "in an unknown direction"), first.Scene, cmp.Or(first.Orbit, "in an unknown direction"))
	}
	a.radar = &observe.Observation{Scene: o.Scene, Orbit: o.Orbit}
	return nil
}

// last is 1 for a radar, which comes after every optical scene of its day.
func last(radar bool) int {
	if radar {
		return 1
	}
	return 0
}

// perDay gathers the scenes that reach parcel i by day.
func (a *Assembler) perDay(i int) (days [][]*column, dates []time.Time) {
	type look struct {
		at time.Time
		c  *column
	}
	var looks []look
	for k := range a.scenes {
		c := &a.scenes[k]
		if c.valid[i] == absent {
			continue
		}
		at := c.date
		if c.days != nil {
			at = at.AddDate(0, 0, c.days[i])
		}
		looks = append(looks, look{at, c})
	}
	slices.SortStableFunc(looks, func(p, q look) int { return p.at.Compare(q.at) })
	for _, l := range looks {
		if n := len(days); n > 0 && dates[n-1].Equal(l.at) {
			days[n-1] = append(days[n-1], l.c)
		} else {
			days, dates = append(days, []*column{l.c}), append(dates, l.at)
		}
	}
	return days, dates
}
