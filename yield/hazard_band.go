package yield

import (
	"math"
	"slices"
)

// band is the county's NDVI of a crop day by day: 5th, 50th and 95th
// percentile; NaN where fewer than leastPeers parcels have a value.
type band struct{ low, mid, top []float64 }

// Resolution of the band: NDVI from −0.2 to 1 in steps of 0.005.
const (
	bandFrom = -0.2
	bandStep = 0.005
	bandBins = 241
)

// newBand counts each day's values of the parcels' curves in bins, so that it
// takes one pass whatever the number of parcels.
func newBand(in SeasonInput, parcels []int) band {
	days := in.Season.Days()
	counts := make([]int32, days*bandBins)
	total := make([]int32, days)
	for _, i := range parcels {
		for day, v := range in.Parcels[i].DailyNDVI {
			if v == v {
				counts[day*bandBins+max(0, min(bandBins-1, int((v-bandFrom)/bandStep+0.5)))]++
				total[day]++
			}
		}
	}
	b := band{make([]float64, days), make([]float64, days), make([]float64, days)}
	for day := range days {
		row := counts[day*bandBins : (day+1)*bandBins]
		b.low[day], b.mid[day], b.top[day] = quantileOf(row, total[day], .05), quantileOf(row, total[day], .5), quantileOf(row, total[day], .95)
	}
	return b
}

func quantileOf(counts []int32, total int32, q float64) float64 {
	if total < leastPeers {
		return math.NaN()
	}
	need, sum := q*float64(total), 0.0
	for bin, n := range counts {
		if sum += float64(n); sum >= need && n > 0 {
			return bandFrom + float64(bin)*bandStep
		}
	}
	return math.NaN()
}

// place puts clear looks into the band; those on days without one are left out.
func (b band) place(seen []Sighting) []look {
	out := make([]look, 0, len(seen))
	for _, s := range seen {
		if s.Day < 0 || s.Day >= len(b.mid) || s.NDVI != s.NDVI || math.IsNaN(b.mid[s.Day]) {
			continue
		}
		out = append(out, look{day: s.Day, ndvi: s.NDVI, water: s.Water, dev: s.NDVI - b.mid[s.Day]})
	}
	return out
}

// Parts of the crop's highest median at which its canopy stands and turns.
const (
	stands = 0.65
	turned = 0.88
)

// stand are the days between which a fall means something by itself: from when
// the crop's median has risen to stay until it has turned after its peak, or to
// the first day of harvest. Before, parcels differ by when they were sown,
// after, by when they ripen.
func (d *detector) stand() (green, ripe int) {
	peak := d.from
	for day := d.from; day <= d.to; day++ {
		if d.band.mid[day] > d.band.mid[peak] || math.IsNaN(d.band.mid[peak]) {
			peak = day
		}
	}
	for green = peak; green > d.from && d.band.mid[green-1] >= stands*d.band.mid[peak]; green-- {
		continue
	}
	for ripe = d.to; ripe > peak && !(d.band.mid[ripe] >= turned*d.band.mid[peak]); ripe-- {
		continue // from the end, since rapeseed in bloom looks as if it turned
	}
	return green, ripe
}

// leafArea is proportional to the leaf area that an NDVI stands for: the
// ground cover between bare soil and a closed canopy by Beer's law (Baret and
// Guyot 1991; Choudhury et al. 1994), so that a fall from a dense canopy counts
// for more leaves than the same fall from a thin one.
func leafArea(ndvi float64) float64 {
	const soil, closed = 0.15, 0.95
	return -math.Log(math.Max(0.02, 1-math.Max(0, ndvi-soil)/(closed-soil)))
}

// leafLost is the share of the leaf area that a fall from one NDVI to another
// takes away.
func leafLost(from, to float64) float64 {
	return math.Max(0, math.Min(1, 1-leafArea(to)/math.Max(0.1, leafArea(from))))
}

// vci is the place of a value between the band's ends, 0..1: Kogan's vegetation
// condition index with the county's parcels in place of the years.
func (b band) vci(day int, ndvi float64) float64 {
	return math.Max(0, math.Min(1, (ndvi-b.low[day])/math.Max(b.top[day]-b.low[day], 0.02)))
}

// spreadOfDay is how the falls of a crop's parcels lie on a date: their median
// and the robust SD around it.
type spreadOfDay struct{ centre, sd float64 }

// leastSpread keeps a band of twins from making a flaw of the sensor a hazard.
const leastSpread = 0.015

func spreadOf(v []float64) (spreadOfDay, bool) {
	if len(v) < leastPeers {
		return spreadOfDay{}, false
	}
	slices.Sort(v)
	c := v[len(v)/2]
	for i := range v {
		v[i] = math.Abs(v[i] - c)
	}
	slices.Sort(v)
	return spreadOfDay{c, math.Max(leastSpread, 1.4826*v[len(v)/2])}, true // Rousseeuw and Croux 1993
}

// Days before a date whose looks tell where in the band the parcel was.
const (
	baseDays  = 50
	baseLooks = 3
)

// base is the median place in the band of the last looks before the j-th; ok is
// false without two of them.
func base(looks []look, j int) (float64, bool) {
	var v [baseLooks]float64
	n := 0
	for i := j - 1; i >= 0 && n < baseLooks && looks[j].day-looks[i].day <= baseDays; i-- {
		v[n] = looks[i].dev
		n++
	}
	switch n {
	case 2:
		return (v[0] + v[1]) / 2, true
	case 3:
		return max(min(v[0], v[1]), min(max(v[0], v[1]), v[2])), true
	}
	return 0, false
}

// earliness is each parcel's mean place in the band around the day on which the
// crop's canopy stands; 0 where it was not seen then.
func (d *detector) earliness() []float64 {
	out := make([]float64, len(d.looks))
	for k, looks := range d.looks {
		n := 0.0
		for _, l := range looks {
			if l.day >= d.green-30 && l.day <= d.green+5 {
				out[k], n = out[k]+l.dev, n+1
			}
		}
		out[k] /= math.Max(1, n)
	}
	return out
}

// spreads tells of each day where parcels of the crop stand, given their last
// looks. Days that few looked at take the county's usual spread.
func (d *detector) spreads() []contrast {
	days := make([][]stood, d.in.Season.Days())
	for k, looks := range d.looks {
		for j, l := range looks {
			if b, ok := base(looks, j); ok {
				days[l.day] = append(days[l.day], stood{b, d.early[k], l.dev})
			}
		}
	}
	out := make([]contrast, len(days))
	var usual []float64
	for day := range out {
		c, ok := fitContrast(days[day])
		if !ok {
			out[day] = contrast{slope: 1, sd: math.NaN()}
			continue
		}
		out[day] = c
		usual = append(usual, c.sd)
	}
	fallback := 0.06
	if len(usual) > 0 {
		slices.Sort(usual)
		fallback = usual[len(usual)/2]
	}
	for day := range out {
		if math.IsNaN(out[day].sd) {
			out[day].sd = fallback
		}
	}
	return out
}
