package report_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/paulmach/orb"

	"parus/internal/report"
)

// The invented county: 370199 is a code that no county has.

func date(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

// plot is a four-sided parcel whose corners are moved by up to a tenth of its
// size, so that outlines are not all alike.
func plot(r *rand.Rand, lon, lat, w, h float64) orb.MultiPolygon {
	move := func() float64 { return (r.Float64() - .5) * .12 }
	ring := orb.Ring{
		{lon + w*move(), lat + h*move()}, {lon + w*(.5+move()), lat + h*move()}, {lon + w*(.96+move()), lat + h*move()},
		{lon + w*(.96+move()), lat + h*(.94+move())}, {lon + w*move(), lat + h*(.94+move())},
	}
	return orb.MultiPolygon{{append(ring, ring[0])}}
}

// bell is the NDVI of an invented crop that peaks on one day of the season.
func bell(day, peak, height float64) float64 {
	t := (day - peak) / 38
	return .15 + height*math.Exp(-t*t)
}

func withCurve(r *rand.Rand, p report.Parcel, peak float64) report.Parcel {
	for day := 0; day < 270; day += 7 {
		truth := bell(float64(day), peak, .68)
		valid, seen := float32(1), truth+r.NormFloat64()*.02
		switch r.IntN(6) {
		case 0:
			valid, seen = .25, truth*.55
		case 1:
			valid, seen = 0, math.NaN()
		}
		smooth := truth
		if day > 150 && day < 175 {
			smooth = math.NaN()
		}
		p.Dates = append(p.Dates, date(2025, 2, 1).AddDate(0, 0, day))
		p.NDVI = append(p.NDVI, float32(seen))
		p.Valid = append(p.Valid, valid)
		p.Smooth = append(p.Smooth, float32(smooth))
	}
	return p
}

type sort struct {
	code  string
	yield float64
	peak  float64
	share float64
}

func sorts() []sort {
	return []sort{{"winter_wheat", 6200, 80, .42}, {"maize", 7100, 185, .22}, {"rapeseed", 2100, 65, .12}, {"soybean", 1900, 190, .1}, {"potato", 21000, 140, .06}, {"garlic", 15500, 85, .05}, {"apple", 30000, 160, .03}}
}

// county invents n parcels on a grid of about 60 m by 45 m plots, about four
// to a household, with defects of every kind among them.
func county(n int, seed uint64) report.Season {
	r := rand.New(rand.NewPCG(seed, 7))
	s := report.Season{
		County: "370199", CountyName: "示例县", Season: "2025", Currency: "CNY",
		Model: "parcel-curves 0.1, 7 classes, held-out accuracy 0.91 (invented)", Policy: "smallholder 1 (invented)",
		CropNames: map[string]report.Words{"winter_wheat": {Zh: "冬小麦", En: "winter wheat"}, "maize": {Zh: "玉米", En: "maize"}, "rapeseed": {Zh: "油菜", En: "rapeseed"},
			"soybean": {Zh: "大豆", En: "soybean"}, "potato": {Zh: "马铃薯", En: "potato"}, "garlic": {Zh: "大蒜", En: "garlic"}, "apple": {Zh: "苹果", En: "apple"}},
		Inputs: []report.Input{
			{Name: "S2_20250301", Kind: "scene", Digest: "8f14e45fceea167a5a36dedd4bea25438f14e45fceea167a5a36dedd4bea2543"},
			{Name: "S2_20250306", Kind: "scene", Digest: "c9f0f895fb98ab9159f51fd0297e236dc9f0f895fb98ab9159f51fd0297e236d"},
			{Name: "registry.gpkg", Kind: "registry", Digest: "45c48cce2e2d7fbdea1afc51c7c6ad2645c48cce2e2d7fbdea1afc51c7c6ad26"}},
	}
	side := int(math.Ceil(math.Sqrt(float64(n))))
	for i := range n {
		if p, ok := parcel(r, i, side); ok {
			s.Parcels = append(s.Parcels, p)
		}
	}
	s.Households = households(r, s.Parcels)
	for i, p := range s.Parcels {
		o := report.Outcome{Item: p.ID, Stage: "series", Outcome: "done"}
		switch {
		case len(p.Shape) == 0:
			o = report.Outcome{Item: p.ID, Stage: "parcel", Outcome: "failed", Reason: "no shape: draw the parcel or leave it out"}
		case i%37 == 0:
			o.Outcome, o.Reason = "skipped", "fewer than three clear dates"
		}
		s.Outcomes = append(s.Outcomes, o)
	}
	s.Outcomes = append(s.Outcomes, report.Outcome{Item: "S2_20250311", Stage: "scene", Outcome: "failed", Reason: "B08: file ends early; fetch it again"},
		report.Outcome{Item: "S2_20250301", Stage: "scene", Outcome: "done"}, report.Outcome{Item: "S2_20250306", Stage: "scene", Outcome: "done"})
	return s
}

func parcel(r *rand.Rand, i, side int) (report.Parcel, bool) {
	col, row := i%side, i/side
	if col%17 == 9 || row%23 == 11 {
		return report.Parcel{}, false // roads
	}
	// Crops grow in patches: the choice depends on a coarse cell.
	u := math.Mod(float64((col/3)*7919+(row/3)*104729)*.618033988, 1)*.75 + r.Float64()*.25
	at := 0
	for ; at < len(sorts())-1 && u > sorts()[at].share; at++ {
		u -= sorts()[at].share
	}
	k := sorts()[at]
	y := k.yield * math.Exp(r.NormFloat64()*.12)
	p := report.Parcel{
		ID: fmt.Sprintf("370199001001%07d", i+1), HouseholdID: fmt.Sprintf("370199001001%06d", i/4+1), Village: "370199001001",
		AreaHa: .27 * math.Exp(r.NormFloat64()*.35), MatchP: 1 - math.Min(.97, math.Abs(r.NormFloat64())*.12), Crop: k.code, PCrop: 1 - math.Min(.8, math.Abs(r.NormFloat64())*.16),
		YieldP10KgPerHa: y * .8, YieldP50KgPerHa: y, YieldP90KgPerHa: y * 1.22, ValidObservations: 12 + r.IntN(20),
		Shape: plot(r, 117.2+float64(col)*.0007, 36.1+float64(row)*.0004, .0007, .0004),
	}
	switch {
	case i%211 == 5:
		p.Shape = nil
	case i%97 == 3:
		p.ValidObservations, p.Crop, p.PCrop, p.Abstained, p.Reason = 0, "", math.NaN(), true, "no clear date in the season"
		p.YieldP10KgPerHa, p.YieldP50KgPerHa, p.YieldP90KgPerHa = math.NaN(), math.NaN(), math.NaN()
	case p.PCrop < .55:
		p.Abstained, p.Reason = true, "best class below 0.55"
	}
	if i < 400 && i%3 == 0 {
		p = withCurve(r, p, k.peak)
	}
	return p, true
}

func households(r *rand.Rand, parcels []report.Parcel) []report.Household {
	var out []report.Household
	for _, p := range parcels {
		if len(out) == 0 || out[len(out)-1].ID != p.HouseholdID {
			need := int64(200_000 + r.IntN(1_500_000))
			line := int64(float64(need)*(.2+.7*r.Float64())/10_000) * 10_000
			h := report.Household{ID: p.HouseholdID, DisplayName: []string{"王**", "李**", "张**", "刘**"}[len(out)%4], LineFen: line, PD: .03 + r.Float64()*.01, APR: .082,
				DueDate: date(2025, 11, 14), NeedFen: need, CapacityFen: line + 5_000, ValueFen: need * 3 / 2, PolicyFen: 5_000_000,
				Reasons: []report.Reason{
					{Code: "R01_PARCEL_MATCH", EffectFen: 280_000, LiftZh: "现场确认地块边界", LiftEn: "confirm the outline on the spot"},
					{Code: "R02_CROP_CONFIDENCE", EffectFen: 150_000, LiftZh: "提交种植申报", LiftEn: "declare the crop"}}}
			switch {
			case line < 100_000:
				h.LineFen, h.Referred = 0, true
			case len(out)%50 == 49:
				h = report.Household{ID: p.HouseholdID, DisplayName: "赵**", Undecided: true, Referred: true, PD: math.NaN(), APR: math.NaN()}
			}
			out = append(out, h)
		}
		h := &out[len(out)-1]
		h.Parcels++
		h.AreaHa += p.AreaHa
	}
	return out
}
