package coldstart

import (
	"math"
	"time"
)

// canopy is how an annual crop covers the ground: NDVI of a closed and of a thin
// stand, the share of the rise that it makes in autumn and keeps over winter (0:
// it does not winter), all general knowledge, in the range of MODIS
// climatologies of croplands.
type canopy struct{ dense, thin, autumn float64 }

// soilNDVI is the mean over soils of Montandon and Small 2008 (Remote Sensing of
// Environment 112).
const soilNDVI = .2

// sparseNDVI is the top of a poor stand, or of one that shares its pixels with
// tracks and bare ground.
const sparseNDVI = .42

// canopyOf tells the canopy of a crop: rape closes a rosette before winter,
// garlic stands in wide rows under film, cereals tiller in between.
func canopyOf(code string, sow, harvest time.Time) canopy {
	c := canopy{dense: .82, thin: .6}
	if days(sow, harvest) >= winterDays && sow.YearDay() > harvest.YearDay() {
		c.autumn = .45
	}
	switch code {
	case "rapeseed":
		c.autumn = .7
	case "garlic":
		c.dense, c.thin, c.autumn = .7, .5, .35
	case "cotton", "potato", "tomato", "tobacco", "cabbage":
		c.dense, c.thin = .75, .55
	}
	return c
}

// half is when half of the canopy stands, as a share of sowing to harvest.
func (c canopy) half() float64 {
	if c.autumn > 0 {
		return springShare
	}
	return greenShare
}

// Course of an annual crop, days. Greening and yellowing are logistic, the double
// logistic of Beck et al. 2006 (Remote Sensing of Environment 100). A crop sown
// for summer reaches half of its canopy a third of the way from sowing to
// harvest, about when leaves close; a crop that winters greens in autumn to some
// cover and again in spring. Half of the canopy is yellow yellowDays before the
// harvest.
const (
	greenShare  = .32 // of sowing to harvest
	greenDays   = 8.  // of the logistic: nine tenths of the rise take 4.4 of them
	yellowDays  = 16.
	yellowRate  = 8.
	autumnShare = .12 // of sowing to harvest: half of the autumn's cover
	springShare = .64 // half of the spring's rise
	springDays  = 12.
	winterDays  = 180 // from sowing to harvest, from which a crop winters
	marginDays  = 16  // of bare soil shown before sowing and after harvest
)

// annual is the curve of a crop from before its sowing to after its harvest.
func annual(class string, sow, harvest time.Time, shape canopy, peak float64) Curve {
	length := days(sow, harvest)
	c := Curve{Class: class, From: sow.AddDate(0, 0, -marginDays).Format("01-02")}
	for d := -float64(marginDays); d <= length+marginDays; d += stepDays {
		rise := logistic((d - greenShare*length) / greenDays)
		if shape.autumn > 0 {
			rise = shape.autumn*logistic((d-autumnShare*length)/greenDays) + (1-shape.autumn)*logistic((d-springShare*length)/springDays)
		}
		fall := logistic((d - length + yellowDays) / yellowRate)
		c.Mean = append(c.Mean, []float64{rounded(soilNDVI + (peak-soilNDVI)*rise*(1-fall))})
	}
	return c
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// rounded keeps files of curves short and equal on every machine.
func rounded(v float64) float64 { return math.Round(v*1e4) / 1e4 }

// perennial tells the lowest and highest NDVI of the year of land whose cover is
// not sown each year, thin and dense: general knowledge. Cane is cut and grows
// again; fallow bears what comes by itself.
func perennial(code string) ([2][2]float64, bool) {
	switch code {
	case "fallow":
		return [2][2]float64{{.15, .2}, {.18, .35}}, true
	case "no_crop":
		return [2][2]float64{{.12, .15}, {.25, .55}}, true
	case "grassland":
		return [2][2]float64{{.35, .65}, {.55, .85}}, true
	case "orchard", "apple":
		return [2][2]float64{{.25, .6}, {.35, .8}}, true
	case "citrus", "tea":
		return [2][2]float64{{.55, .7}, {.65, .85}}, true
	}
	return [2][2]float64{}, false
}

// yearLong is a wave of a year with its top at midsummer of the northern
// hemisphere, from a low to a high value.
func yearLong(class string, v [2]float64) Curve {
	c := Curve{Class: class, From: "09-01"}
	for d := 0; d <= 440; d += stepDays {
		s := .5 - .5*math.Cos(2*math.Pi*float64(d-midwinter)/365.25)
		c.Mean = append(c.Mean, []float64{rounded(v[0] + (v[1]-v[0])*s)})
	}
	return c
}

// midwinter is when such cover is least, days after 1 September: 20 January.
const midwinter = 141
