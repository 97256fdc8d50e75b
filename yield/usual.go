package yield

import (
	"math"

	"parus/fields"
	"parus/fields/catalogue"
)

// UsualFPAR is a crop's typical course of fPAR over a season, one value per
// day: the county's own mean where parcels were seen, else TypicalFPAR.
type UsualFPAR []float64

// The shape of a season without images: FAO-56, table 11, gives the lengths of
// the initial, development, middle and late stages; 30/40/50/30 days for grain
// maize stands for crops of one summer, 160/75/75/25 for winter wheat for those
// that overwinter. fPAR runs from that of bare soil to that of an NDVI of 0.85.
const (
	bareFPAR     = 0.05
	closedFPAR   = 0.85
	overwinterIn = 200 // days from sowing to harvest
)

func stageEnds(days int) [4]float64 {
	if days > overwinterIn {
		return [4]float64{160. / 335, 235. / 335, 310. / 335, 1}
	}
	return [4]float64{30. / 150, 70. / 150, 120. / 150, 1}
}

// TypicalFPAR is a trapezoid over the crop's usual window; where that does not
// fall into the season, over the season.
func TypicalFPAR(season fields.Season, crop catalogue.Crop) UsualFPAR {
	from, to, _ := window(season, crop)
	length := int(to.Sub(from).Hours()/24) + 1
	ends := stageEnds(length)
	out := make(UsualFPAR, season.Days())
	for i := range out {
		x := season.Start.AddDate(0, 0, i).Sub(from).Hours() / 24 / float64(length)
		rise := (x - ends[0]) / (ends[1] - ends[0])
		fall := (ends[3] - x) / (ends[3] - ends[2])
		out[i] = bareFPAR + (closedFPAR-bareFPAR)*math.Max(0, math.Min(1, math.Min(rise, fall)))
	}
	return out
}

// courses sums up the fPAR of the parcels that may bear each crop.
type courses struct {
	sum, weight map[string][]float64
}

func newCourses(codes seasonCrops, days int) courses {
	c := courses{map[string][]float64{}, map[string][]float64{}}
	for code := range codes {
		c.sum[code], c.weight[code] = make([]float64, days), make([]float64, days)
	}
	return c
}

// add takes a parcel in, weighted by area, chance and match.
func (c courses) add(p ParcelInput, fpar []float64) {
	for _, k := range p.Crops {
		sum, weight := c.sum[k.Code], c.weight[k.Code]
		w := p.AreaHa * k.P * p.MatchP
		if sum == nil || !(w > 0) {
			continue
		}
		for d, v := range fpar {
			if v == v {
				sum[d] += w * v
				weight[d] += w
			}
		}
	}
}

// usual is the mean course of a crop's parcels; days on which fewer than a
// tenth of their weight was seen keep the typical value.
func (c courses) usual(code string, typical UsualFPAR) UsualFPAR {
	most := 0.0
	for _, w := range c.weight[code] {
		most = math.Max(most, w)
	}
	for d, w := range c.weight[code] {
		if w > 0 && w >= most/10 {
			typical[d] = c.sum[code][d] / w
		}
	}
	return typical
}

// fparOf fills room with the fPAR of a parcel's days.
func fparOf(p ParcelInput, room []float64) []float64 {
	for i, v := range p.DailyNDVI {
		room[i] = v
		if v == v {
			room[i] = FPAR(v)
		}
	}
	return room[:len(p.DailyNDVI)]
}
