package series_test

import (
	"errors"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"parus/imagery"
	"parus/imagery/observe"
	"parus/imagery/series"
	"parus/imagery/zonal"
)

func day(n int) time.Time { return time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n) }

// observation of one parcel in the block at x: valid and covered in pixels,
// mean NDVI and its standard deviation.
func observation(scene string, at time.Time, x float64, id string, covered, valid, ndvi, sd float64) *observe.Observation {
	q := ndvi * 1e4
	return &observe.Observation{
		Scene: scene, Datetime: at, Grid: imagery.Grid{Transform: imagery.GeoTransform{x, 10, 0, 0, 0, -10}},
		Layers: []observe.Layer{{Name: "ndvi", Scale: 1e-4}},
		Parcels: []observe.Parcel{{
			ID: id, Covered: uint64(covered * zonal.One), Valid: uint64(valid * zonal.One), Sums: []int64{int64(q * valid * zonal.One)}, InnerSums: []int64{0},
			NDVI2: observe.Wide{Lo: uint64((q*q + sd*sd*1e8) * valid * zonal.One)},
		}},
	}
}

func TestAssembleJoinsBlocksScenesAndDays(t *testing.T) {
	t.Parallel()
	at := day(10).Add(3 * time.Hour)
	obs := []*observe.Observation{
		observation("s2", day(15).Add(3*time.Hour), 0, "p", 4, 0, 0, 0), // cloud
		observation("s1", at, 0, "p", 4, 4, .5, .1),
		observation("s1", at, 100, "p", 6, 3, .75, 0), // the parcel's other part, half clear
		observation("s1b", at.Add(time.Second), 0, "p", 4, 2, .9, 0),
		observation("s0", day(5), 0, "a", 2, 2, .25, 0),
	}
	got, err := series.Assemble(obs)
	if err != nil {
		t.Fatal(err)
	}
	nan := float32(math.NaN())
	// s1: (4·.5 + 3·.75)/7 = .607143; E[v²] = (4·.26 + 3·.5625)/7 = .389643, variance .021020, sd .144984
	want := []series.Parcel{
		{ID: "a", Series: series.Series{
			Dates: []time.Time{day(5)}, Scenes: []string{"s0"}, Pixels: 2, Valid: []float32{1}, Layers: []string{"ndvi"},
			Values: [][]float32{{.25}}, NDVISD: []float32{0}}},
		{ID: "p", Series: series.Series{
			Dates: []time.Time{day(10), day(15)}, Scenes: []string{"s1", "s2"}, Pixels: 10, Valid: []float32{.7, 0}, Layers: []string{"ndvi"},
			Values: [][]float32{{.607143, nan}}, NDVISD: []float32{.144984, nan}}},
	}
	tolerance := cmpopts.EquateApprox(0, 1e-5)
	if diff := cmp.Diff(want, got, tolerance, cmpopts.EquateNaNs()); diff != "" {
		t.Error(diff)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		r.Shuffle(len(obs), func(i, j int) { obs[i], obs[j] = obs[j], obs[i] })
		again, err := series.Assemble(obs)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(got, again, cmpopts.EquateNaNs()); diff != "" {
			t.Fatalf("order of arrival matters: %s", diff)
		}
	}
}

func TestAssembleRefusesWhatDoesNotBelongTogether(t *testing.T) {
	t.Parallel()
	a, b := observation("s", day(1), 0, "p", 1, 1, .5, 0), observation("s", day(1), 100, "p", 1, 1, .5, 0)
	b.Layers[0].Name = "evi"
	if _, err := series.Assemble([]*observe.Observation{a, b}); err == nil || !strings.Contains(err.Error(), "other layers") {
		t.Errorf("other layers: %v", err)
	}
	if _, err := series.Assemble([]*observe.Observation{a, a}); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("twice: %v", err)
	}
}

// of is an observation of one parcel of 4 pixels with one value per layer.
func of(scene string, at time.Time, valid float64, layers map[string]float64) *observe.Observation {
	o := observation(scene, at, 0, "p", 4, valid, 0, 0)
	p := &o.Parcels[0]
	o.Layers, p.Sums, p.NDVI2 = nil, nil, observe.Wide{}
	for _, l := range slices.Sorted(maps.Keys(layers)) {
		o.Layers = append(o.Layers, observe.Layer{Name: l, Scale: 1e-4})
		p.Sums = append(p.Sums, int64(layers[l]*1e4*valid*zonal.One))
	}
	p.InnerSums = make([]int64, len(p.Sums))
	return o
}

func TestScenesOfOneDayGiveWhatEachShows(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	full := of("full", day(3), 3, map[string]float64{"B04": .1, "B11": .2, "ndvi": .5})
	for _, c := range []struct {
		name                 string
		other                *observe.Observation
		scene                string
		valid, b11, ndvi, vv float64
	}{
		{"more clear area counts, and the layer that it lacks comes from the other",
			of("lacks", day(3), 4, map[string]float64{"B04": .15, "ndvi": .6}), "lacks", 1, .2, .6, nan},
		{"radar sees through cloud, and is no NDVI", of("radar", day(3), 4, map[string]float64{"VV": .02}), "full", .75, .2, .5, .02},
		{"of equals the lesser ID", of("a", day(3), 3, map[string]float64{"B11": .3, "ndvi": .4}), "a", .75, .3, .4, nan},
		{"a scene under cloud gives nothing", of("cloud", day(3), 0, map[string]float64{"VV": 1, "ndvi": 1}), "full", .75, .2, .5, nan},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, obs := range [][]*observe.Observation{{full, c.other}, {c.other, full}} {
				got, err := series.Assemble(obs)
				if err != nil || len(got) != 1 {
					t.Fatal(got, err)
				}
				s := got[0].Series
				if len(s.Dates) != 1 || s.Scenes[0] != c.scene || math.Abs(float64(s.Valid[0])-c.valid) > 1e-6 {
					t.Errorf("%v %v valid %v", s.Dates, s.Scenes, s.Valid)
				}
				for layer, want := range map[string]float64{"B11": c.b11, "ndvi": c.ndvi, "VV": c.vv} {
					v, ok := s.Layer(layer)
					if !ok && math.IsNaN(want) {
						continue
					}
					if !ok || math.Abs(float64(v[0])-want) > 1e-6 || math.IsNaN(float64(v[0])) != math.IsNaN(want) {
						t.Errorf("%s is %v, want %v", layer, v, want)
					}
				}
			}
		})
	}
}

func TestSmallParcelsAreInteriorWeighted(t *testing.T) {
	t.Parallel()
	// One pixel inside shows .8, border pixels of together 3 show .4: area mean
	// (.8 + 3·.4)/4 = .5; with inner weights 1 and together 1: (.8 + .4)/2 = .6.
	for size, want := range map[float64]float32{4: .6, series.SmallPixels: .5} {
		o := observation("s", day(1), 0, "p", size, 4, .5, 0)
		o.Parcels[0].Inner, o.Parcels[0].InnerSums = 2*observe.InnerOne, []int64{(8000 + 4000) * observe.InnerOne}
		got, err := series.Assemble([]*observe.Observation{o})
		if err != nil {
			t.Fatal(err)
		}
		if v := got[0].Series.Values[0][0]; math.Abs(float64(v-want)) > 1e-6 {
			t.Errorf("a parcel of %v pixels: %v, want %v", size, v, want)
		}
	}
}

// seriesOf makes a series of NDVI by day; NaN is cloud.
func seriesOf(at []int, ndvi []float64) series.Series {
	s := series.Series{Layers: []string{"ndvi"}, Values: make([][]float32, 1)}
	for i, d := range at {
		s.Dates = append(s.Dates, day(d))
		s.Values[0] = append(s.Values[0], float32(ndvi[i]))
		valid := float32(1)
		if math.IsNaN(ndvi[i]) {
			valid = 0
		}
		s.Valid = append(s.Valid, valid)
	}
	return s
}

func TestOutliersAreDipsThatRecover(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	for _, c := range []struct {
		name string
		at   []int
		ndvi []float64
		want []bool
	}{
		{"a leftover cloud", []int{0, 5, 10, 15}, []float64{.8, .4, .8, .8}, []bool{false, true, false, false}},
		{"two in a row", []int{0, 5, 10, 15}, []float64{.8, .4, .5, .8}, []bool{false, true, true, false}},
		{"a harvest", []int{0, 5, 10, 15, 20}, []float64{.8, .8, .2, .2, .2}, []bool{false, false, false, false, false}},
		{"regrowth after a month", []int{0, 10, 20, 30, 40}, []float64{.8, .3, .3, .5, .8}, []bool{false, false, false, false, false}},
		{"a shallow dip", []int{0, 5, 10}, []float64{.8, .72, .8}, []bool{false, false, false}},
		{"cloud between does not hide the dip", []int{0, 5, 8, 10}, []float64{.8, .4, nan, .8}, []bool{false, true, false, false}},
	} {
		if diff := cmp.Diff(c.want, series.Outliers(seriesOf(c.at, c.ndvi))); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func params(from, to int) series.SmoothParams {
	return series.SmoothParams{Start: day(from), End: day(to)}
}

func TestWhittakerKeepsLinesAndBridgesGaps(t *testing.T) {
	t.Parallel()
	// A second-order penalty costs a straight line nothing: it comes back as it is, gap or not.
	s := seriesOf([]int{0, 7, 20, 55, 60}, []float64{.1, .17, .3, .65, .7})
	c, err := series.Smooth(s, "ndvi", params(0, 60))
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range c.Values {
		if want := .1 + .01*float64(i); math.Abs(v-want) > 1e-6 {
			t.Fatalf("day %d: %v, want %v", i, v, want)
		}
	}
	if c.Used != 5 || !c.Known[40] || !c.Known[0] {
		t.Errorf("used %d", c.Used)
	}
}

func TestWhittakerSolvesItsEquation(t *testing.T) {
	t.Parallel()
	// By hand, n = 3, λ = 1, weights 1: (I + D'D) z = y with D = (1 −2 1).
	// D'D = dd', so z = y − d (d·y)/(1+d·d) = y − d·(y1−2y2+y3)/7.
	// y = 0, .7, 0 → d·y = −1.4 → z = .2, .3, .2
	s := seriesOf([]int{0, 1, 2}, []float64{0, .7, 0})
	c, err := series.Smooth(s, "ndvi", series.SmoothParams{Start: day(0), End: day(2), Lambda: 1})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float64{.2, .3, .2}, c.Values, cmpopts.EquateApprox(0, 1e-6)); diff != "" {
		t.Error(diff)
	}
}

func TestGapsAreNotKnownAndEndsHold(t *testing.T) {
	t.Parallel()
	s := seriesOf([]int{10, 15, 20, 70, 75}, []float64{.2, .3, .4, .4, .3})
	c, err := series.Smooth(s, "ndvi", params(0, 90))
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, 9, 21, 69, 76, 90} {
		if c.Known[i] {
			t.Errorf("day %d is known", i)
		}
	}
	for _, i := range []int{10, 12, 20, 70, 75} {
		if !c.Known[i] {
			t.Errorf("day %d is not known", i)
		}
	}
	if c.Values[0] != c.Values[10] || c.Values[90] != c.Values[75] {
		t.Error("the ends run away")
	}
}

func TestAGridOfFiveDaysGivesTheSameCurve(t *testing.T) {
	t.Parallel()
	var at []int
	var v []float64
	for d := 0; d <= 200; d += 5 {
		at, v = append(at, d), append(v, .2+.6*math.Exp(-math.Pow(float64(d-100)/35, 2)))
	}
	s := seriesOf(at, v)
	daily, err := series.Smooth(s, "ndvi", params(0, 200))
	if err != nil {
		t.Fatal(err)
	}
	p := params(0, 200)
	p.StepDays = 5
	coarse, err := series.Smooth(s, "ndvi", p)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range coarse.Values {
		if math.Abs(v-daily.Values[i*5]) > .01 {
			t.Errorf("day %d: %v on a grid of five days, %v daily", i*5, v, daily.Values[i*5])
		}
	}
}

func TestSmoothSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	s := seriesOf([]int{0, 10}, []float64{.1, .2})
	if _, err := series.Smooth(s, "ndvi", params(0, 60)); !errors.Is(err, series.ErrNoDates) {
		t.Errorf("two dates: %v", err)
	}
	if _, err := series.Smooth(s, "evi", params(0, 60)); err == nil || !strings.Contains(err.Error(), "evi") {
		t.Errorf("missing layer: %v", err)
	}
	if _, err := series.Smooth(s, "ndvi", params(60, 0)); err == nil {
		t.Error("an end before its start is smoothed")
	}
}

// curve is a sum of Gaussian seasons over a base of .15.
func curve(n int, peaks ...[3]float64) series.Curve {
	c := series.Curve{Start: day(0), StepDays: 1, Values: make([]float64, n)}
	for i := range c.Values {
		c.Values[i] = .15
		for _, p := range peaks {
			c.Values[i] += p[2] * math.Exp(-math.Pow((float64(i)-p[0])/p[1], 2))
		}
	}
	return c
}

func TestPhenologyOfOneSeasonByHand(t *testing.T) {
	t.Parallel()
	// Amplitude .6, width 30: 20 % is reached where exp(−(d/30)²) = .2, d = 30·√1.609 = 38.06 days
	// from the peak; the last day not under the level is the 38th. Integral: .15·76 +
	// .6·30·√π·erf(38/30) = 11.40 + 31.904·.9268 = 40.97.
	got := series.Phenology(curve(300, [3]float64{150, 30, .6}), series.PhenologyParams{})
	want := []series.GrowingSeason{{Start: day(112), Peak: day(150), End: day(188), PeakValue: .75, Amplitude: .6, LengthDays: 76, Integral: 40.97}}
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, .02)); diff != "" {
		t.Error(diff)
	}
}

func TestPhenologyFindsTwoSeasonsAndIgnoresRipples(t *testing.T) {
	t.Parallel()
	got := series.Phenology(curve(330, [3]float64{110, 30, .6}, [3]float64{230, 25, .65}, [3]float64{20, 6, .08}), series.PhenologyParams{})
	if len(got) != 2 || got[0].Peak != day(110) || got[1].Peak != day(230) || !got[0].End.Before(got[1].Start) {
		t.Errorf("%+v", got)
	}
}

func TestSeasonsThatHardlyPartDoNotOverlap(t *testing.T) {
	t.Parallel()
	// Straight flanks: .1 at day 0, .8 at 70, .4 at 110, .7 at 140, .1 at 200. The
	// trough of .4 lies above 20 % of the first rise (.1 + .14 = .24), so the first
	// season's base on the right is the trough: it ends at .4 + .2·.4 = .48, day 102;
	// the second starts at .4 + .2·.3 = .46, day 116, and ends at .1 + .2·.6 = .22, day 188.
	at := [][2]float64{{0, .1}, {70, .8}, {110, .4}, {140, .7}, {200, .1}}
	c := series.Curve{Start: day(0), StepDays: 1}
	for i := 1; i < len(at); i++ {
		for d := at[i-1][0]; d < at[i][0]; d++ {
			c.Values = append(c.Values, at[i-1][1]+(at[i][1]-at[i-1][1])*(d-at[i-1][0])/(at[i][0]-at[i-1][0])+1e-9)
		}
	}
	c.Values = append(c.Values, .1)
	got := series.Phenology(c, series.PhenologyParams{})
	// Integrals by trapezoids: from day 14 (.24) up to .8 in 56 days 29.12, down to .48
	// in 32 days 20.48; from day 116 (.46) up to .7 in 24 days 13.92, down to .22 in 48 days 22.08.
	want := []series.GrowingSeason{
		{Start: day(14), Peak: day(70), End: day(102), PeakValue: .8, Amplitude: .55, LengthDays: 88, Integral: 49.6},
		{Start: day(116), Peak: day(140), End: day(188), PeakValue: .7, Amplitude: .45, LengthDays: 72, Integral: 36},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-6)); diff != "" {
		t.Error(diff)
	}
}

func TestTheIntegralDoesNotDependOnTheGrid(t *testing.T) {
	t.Parallel()
	// A tent from .1 at day 0 to .6 at day 100 and back at day 200 crosses .1 + .2·.5 = .2
	// on days 20 and 180: under it lie 2·80·(.2 + .6)/2 = 64 NDVI·days.
	for _, step := range []int{1, 5, 10} {
		c := series.Curve{Start: day(0), StepDays: step}
		for d := 0; d <= 200; d += step {
			c.Values = append(c.Values, .6-.005*math.Abs(float64(d-100))+1e-9)
		}
		got := series.Phenology(c, series.PhenologyParams{Fraction: .2 - 1e-6})
		if len(got) != 1 || math.Abs(got[0].Integral-64) > 1e-4 || got[0].LengthDays != 160 {
			t.Errorf("steps of %d days: %+v", step, got)
		}
	}
}

func TestADropThatStaysIsNeverAnOutlier(t *testing.T) {
	t.Parallel()
	// Harvests of any height, at any time, seen on any dates: nothing after the drop
	// comes near what was before it within 15 days, so no date of the drop may go.
	r := rand.New(rand.NewPCG(8, 9))
	for range 2000 {
		var at []int
		var v []float64
		harvest, high, low := 40+r.IntN(60), .5+.4*r.Float64(), .1+.2*r.Float64()
		for d := r.IntN(5); d < 140; d += 1 + r.IntN(12) {
			value := high
			if d >= harvest {
				value = low + .003*float64(max(0, d-harvest-25)) // weeds or the next crop
			}
			at, v = append(at, d), append(v, value+.05*(r.Float64()-.5))
		}
		for i, out := range series.Outliers(seriesOf(at, v)) {
			if out {
				t.Fatalf("harvest on day %d: day %d of %v %v is taken for an outlier", harvest, at[i], at, v)
			}
		}
	}
}

func TestAGapMovesNothingFarAway(t *testing.T) {
	t.Parallel()
	var at []int
	var v []float64
	for d := 0; d <= 360; d += 6 {
		at, v = append(at, d), append(v, .2+.5*math.Exp(-math.Pow(float64(d-120)/40, 2)))
	}
	whole, err := series.Smooth(seriesOf(at, v), "ndvi", params(0, 360))
	if err != nil {
		t.Fatal(err)
	}
	gapped := slices.Clone(v)
	for i, d := range at {
		if d > 90 && d < 125 {
			gapped[i] = math.NaN()
		}
	}
	c, err := series.Smooth(seriesOf(at, gapped), "ndvi", params(0, 360))
	if err != nil {
		t.Fatal(err)
	}
	// The curve forgets within some lengths of λ^¼·√2 = 9.5 days / sampling^¼, about 15 days.
	for i := range c.Values {
		if far := i < 20 || i > 195; far && math.Abs(c.Values[i]-whole.Values[i]) > 2e-3 {
			t.Errorf("day %d moves by %.4f", i, c.Values[i]-whole.Values[i])
		}
	}
}

func TestAConstantComesBackFromAnyWeights(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	s := series.Series{Layers: []string{"ndvi"}, Values: make([][]float32, 1)}
	for d := 0; d < 200; d += 1 + r.IntN(25) {
		s.Dates, s.Values[0], s.Valid = append(s.Dates, day(d)), append(s.Values[0], .375), append(s.Valid, float32(.2+.8*r.Float64()))
	}
	c, err := series.Smooth(s, "ndvi", params(0, 199))
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range c.Values {
		if math.Abs(v-.375) > 1e-9 {
			t.Fatalf("day %d: %v", i, v)
		}
	}
}

func TestPhenologyMarksSeasonsThatTheCurveCuts(t *testing.T) {
	t.Parallel()
	got := series.Phenology(curve(200, [3]float64{10, 40, .6}), series.PhenologyParams{})
	if len(got) != 1 || !got[0].OpenStart || got[0].OpenEnd || got[0].Start != day(0) {
		t.Errorf("%+v", got)
	}
	got = series.Phenology(curve(100, [3]float64{99, 30, .6}), series.PhenologyParams{})
	if len(got) != 1 || got[0].OpenStart || !got[0].OpenEnd || got[0].End != day(99) {
		t.Errorf("%+v", got)
	}
	if got := series.Phenology(curve(100), series.PhenologyParams{}); len(got) != 0 {
		t.Errorf("bare soil has seasons: %+v", got)
	}
}

func BenchmarkSmooth(b *testing.B) {
	var at []int
	var v []float64
	for d := 0; d <= 365; d += 5 {
		at, v = append(at, d), append(v, .5)
	}
	s := seriesOf(at, v)
	for b.Loop() {
		if _, err := series.Smooth(s, "ndvi", params(0, 365)); err != nil {
			b.Fatal(err)
		}
	}
}
