package alert

import (
	"math"
	"slices"
	"time"
)

// band is the county's NDVI of one crop on one date.
type band struct {
	median, p10, spread float64
	growing             bool // a canopy that the county is not yet losing
	ripening            bool // its median is past its highest
}

// place names a band.
type place struct {
	crop string
	day  int64
}

// watch holds a county's bands and who lies near whom.
type watch struct {
	County
	rules Rules
	bands map[place]band
	grid  map[cell][]int
}

func newWatch(c County, r Rules) *watch {
	w := &watch{County: c, rules: r, bands: map[place]band{}, grid: map[cell][]int{}}
	values := map[place][]float64{}
	for i := range c.Parcels {
		p := &c.Parcels[i]
		if p.Crop == "" {
			continue
		}
		at := w.cellOf(p)
		w.grid[at] = append(w.grid[at], i)
		for k := range p.Dates {
			if w.clear(p, k) {
				at := place{p.Crop, dayOf(p.Dates[k])}
				values[at] = append(values[at], p.NDVI[k])
			}
		}
	}
	for at, v := range values {
		if len(v) < r.LeastParcels {
			continue
		}
		slices.Sort(v)
		b := band{median: quantile(v, 0.5), p10: quantile(v, 0.1)}
		b.spread = math.Max(r.LeastSpread, (b.median-quantile(v, 0.25))/quartile)
		w.bands[at] = b
	}
	w.markGrowing()
	return w
}

// quartile is how far the lower quartile of a normal distribution lies under
// its median, in standard deviations. The quartile stays where it is while up
// to a quarter of the crop suffers.
const quartile = 0.6745

// decile is the same of the lower tenth. Once a crop ripens, those that ripen
// before the others are in it.
const decile = 1.2816

// markGrowing tells on which dates a crop's median is a canopy that is neither
// ripening nor being cut, before its harvest begins.
func (w *watch) markGrowing() {
	days := map[string][]int64{}
	for at := range w.bands {
		days[at.crop] = append(days[at.crop], at.day)
	}
	for crop, list := range days {
		slices.Sort(list)
		end := int64(math.MaxInt64)
		if h, ok := w.Harvest[crop]; ok {
			end = dayOf(h) - int64(w.rules.BeforeHarvest)
		}
		top := 0.0
		for _, d := range list {
			at := place{crop, d}
			b := w.bands[at]
			top = math.Max(top, b.median)
			b.growing = d < end && b.median >= w.rules.LeastGreen && b.median >= w.rules.GreenShare*top
			if b.ripening = b.median < w.rules.Ripening*top; b.ripening {
				b.spread = math.Max(b.spread, (b.median-b.p10)/decile)
			}
			w.bands[at] = b
		}
	}
}

// clear tells whether a date shows the parcel itself and no cloud or haze.
func (w *watch) clear(p *Parcel, k int) bool {
	if math.IsNaN(p.NDVI[k]) || p.Valid[k] < w.rules.LeastClear {
		return false
	}
	if p.Red == nil || p.Blue == nil {
		return true
	}
	hot := p.Blue[k] - 0.5*p.Red[k]
	return !(hot > w.rules.Haze)
}

// cell is a square of the plane with a side of NeighbourM.
type cell struct{ x, y int }

func (w *watch) cellOf(p *Parcel) cell {
	return cell{int(math.Floor(p.EastM / w.rules.NeighbourM)), int(math.Floor(p.NorthM / w.rules.NeighbourM))}
}

// neighbours tells how many of the nearest parcels of the same crop were seen
// on a day, and how many of them lie outside the band.
func (w *watch) neighbours(i int, day int64) (seen, outside int) {
	p := &w.Parcels[i]
	b := w.bands[place{p.Crop, day}]
	type near struct {
		metres float64
		id     string
		z      float64
	}
	var all []near
	at := w.cellOf(p)
	for x := at.x - 1; x <= at.x+1; x++ {
		for y := at.y - 1; y <= at.y+1; y++ {
			for _, j := range w.grid[cell{x, y}] {
				q := &w.Parcels[j]
				m := math.Hypot(q.EastM-p.EastM, q.NorthM-p.NorthM)
				if j == i || q.Crop != p.Crop || m > w.rules.NeighbourM {
					continue
				}
				if k, ok := slices.BinarySearchFunc(q.Dates, day, func(t time.Time, d int64) int { return int(dayOf(t) - d) }); ok && w.clear(q, k) {
					all = append(all, near{m, q.ID, (q.NDVI[k] - b.median) / b.spread})
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b near) int {
		if a.metres != b.metres {
			return int(math.Copysign(1, a.metres-b.metres))
		}
		if a.id < b.id {
			return -1
		}
		return 1
	})
	for _, n := range all[:min(len(all), w.rules.Neighbours)] {
		seen++
		if n.z <= -w.rules.LeaveMean {
			outside++
		}
	}
	return seen, outside
}

func dayOf(t time.Time) int64 { return t.Unix() / 86400 }

// quantile of sorted values, linear between neighbours.
func quantile(v []float64, q float64) float64 {
	at := q * float64(len(v)-1)
	i := int(at)
	if i+1 >= len(v) {
		return v[len(v)-1]
	}
	return v[i] + (at-float64(i))*(v[i+1]-v[i])
}
