package coldstart_test

import (
	"bytes"
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"parus/fields/catalogue"
	"parus/fields/crop"
	"parus/fields/crop/coldstart"
)

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func builtin(t testing.TB, s coldstart.Scope) *coldstart.Patterns {
	t.Helper()
	cat, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	p, err := coldstart.Builtin(cat, s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// grown is a sample of a crop that greens and yellows on given days after 1
// January, half of either on that day.
func grown(id string, year int, green, yellow, top float64, rng *rand.Rand) crop.Sample {
	s := crop.Sample{ID: id, Layers: []string{"ndvi"}, Values: make([][]float32, 1)}
	for d := 4 + rng.IntN(8); d < 330; d += 6 + rng.IntN(10) {
		x := float64(d)
		v := .2 + (top-.2)/(1+math.Exp((green-x)/8))/(1+math.Exp((x-yellow)/8)) + rng.NormFloat64()*.02
		s.Dates = append(s.Dates, time.Date(year, 1, 1+d, 0, 0, 0, 0, time.UTC))
		s.Values[0] = append(s.Values[0], float32(v))
	}
	return s
}

// fields draws fields of three crops that differ by calendar, late by some days.
func drawn(n, year int, late float64, seed uint64) (samples []crop.Sample, labels, groups []string) {
	rng := rand.New(rand.NewPCG(seed, 5))
	for i := range n {
		for _, c := range []struct {
			name          string
			green, yellow float64
		}{{"early", 80, 160}, {"late", 190, 280}, {"long", 110, 270}} {
			shift := late + rng.NormFloat64()*5
			samples = append(samples, grown(c.name+strconv.Itoa(i), year, c.green+shift, c.yellow+shift, .7+.1*rng.Float64(), rng))
			labels, groups = append(labels, c.name), append(groups, strconv.Itoa(i%6))
		}
	}
	return samples, labels, groups
}

func TestCurvesOfSamplesTellOthersApart(t *testing.T) {
	t.Parallel()
	samples, labels, groups := drawn(24, 2020, 0, 1)
	p, err := coldstart.Build(t.Context(), samples, labels, coldstart.BuildOptions{Groups: groups})
	if err != nil {
		t.Fatal(err)
	}
	if h := p.Held; h == nil || h.Accuracy < .95 || h.Samples != 72 || h.Groups != 6 || h.Error > .05 {
		t.Fatalf("held out: %+v", h)
	}
	other, truth, _ := drawn(20, 2023, 6, 2)
	out, err := p.Classify(t.Context(), other, coldstart.Options{})
	if err != nil {
		t.Fatal(err)
	}
	right := 0
	for i, q := range out {
		if best, _ := q.Best(); best == truth[i] {
			right++
		}
		sum := 0.0
		for _, v := range q.P {
			sum += v
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Errorf("%s: probabilities add up to %v", q.ID, sum)
		}
	}
	if right < 57 { // of 60; the crops lie a month and more apart
		t.Errorf("%d of 60 right in another year", right)
	}
	again, err := p.Classify(t.Context(), other, coldstart.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i := range out {
		if !slices.Equal(out[i].P, again[i].P) {
			t.Fatalf("%s: the number of threads changes the posterior", out[i].ID)
		}
	}
}

func TestAFileOfPatternsSaysTheSame(t *testing.T) {
	t.Parallel()
	samples, labels, _ := drawn(4, 2020, 0, 3)
	p, err := coldstart.Build(t.Context(), samples, labels, coldstart.BuildOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	q, err := coldstart.Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	x, err := p.Classify(t.Context(), samples, coldstart.Options{})
	if err != nil {
		t.Fatal(err)
	}
	y, err := q.Classify(t.Context(), samples, coldstart.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range x {
		if !slices.Equal(x[i].P, y[i].P) || x[i].Abstained != y[i].Abstained {
			t.Fatalf("%s: %v written and read back, %v before", x[i].ID, y[i], x[i])
		}
	}
}

func TestCalendarsOfTheCatalogue(t *testing.T) {
	t.Parallel()
	winter := coldstart.Scope{Start: day("2024-10-01"), End: day("2025-06-20")}
	summer := coldstart.Scope{Start: day("2025-06-01"), End: day("2025-10-20")}
	for name, c := range map[string]struct {
		scope coldstart.Scope
		crops string
		want  string
	}{
		"winter has no summer crops":                {winter, "winter_wheat,rapeseed,garlic,maize,soybean,cotton", "garlic rapeseed winter_wheat"},
		"summer has no winter crops":                {summer, "winter_wheat,rapeseed,garlic,maize,soybean,rice_single", "maize rice_single soybean"},
		"what is sown in spring is a summer's crop": {summer, "winter_wheat,cotton,maize", "cotton maize"},
		"land without crops has curves always":      {winter, "fallow,no_crop,maize", "fallow no_crop"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.scope.Crops = strings.Split(c.crops, ",")
			if got := strings.Join(builtin(t, c.scope).Classes(), " "); got != c.want {
				t.Errorf("classes %s, want %s", got, c.want)
			}
		})
	}
	cat, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	winter.Crops = []string{"winter_wheat", "maize"}
	if _, err := coldstart.Builtin(cat, winter); err == nil || !strings.Contains(err.Error(), "give a crop model") {
		t.Errorf("one crop of the season: %v", err)
	}
	winter.Crops = []string{"winter_wheat", "unheard_of"}
	if _, err := coldstart.Builtin(cat, winter); err == nil || !strings.Contains(err.Error(), "unheard_of") {
		t.Errorf("an unknown crop: %v", err)
	}
}

func TestCropsThatShareACalendarAreNotToldApart(t *testing.T) {
	t.Parallel()
	p := builtin(t, coldstart.Scope{Crops: []string{"maize", "soybean", "winter_wheat"}})
	if len(p.Ties) != 1 || strings.Join(p.Ties[0], " ") != "maize soybean" {
		t.Fatalf("ties %v", p.Ties)
	}
	out, err := p.Classify(t.Context(), []crop.Sample{grown("a", 2021, 170, 260, .8, rand.New(rand.NewPCG(1, 1)))}, coldstart.Options{})
	if err != nil {
		t.Fatal(err)
	}
	q := out[0]
	if q.P[0] != q.P[1] || q.P[2] > q.P[0] || !q.Abstained || !strings.Contains(q.Reason, "maize, soybean share a calendar") {
		t.Errorf("%+v", q)
	}
}

func TestWhatCannotBeComparedIsNotGuessed(t *testing.T) {
	t.Parallel()
	p := builtin(t, coldstart.Scope{Crops: []string{"maize", "winter_wheat", "fallow"}})
	nan := float32(math.NaN())
	d := []time.Time{day("2021-05-01"), day("2021-06-01"), day("2021-07-01"), day("2021-08-01")}
	samples := []crop.Sample{
		{ID: "gaps", Dates: d, Layers: []string{"ndvi"}, Values: [][]float32{{nan, nan, nan, nan}}},
		{ID: "none", Layers: []string{"ndvi"}, Values: [][]float32{nil}},
		{ID: "infinite", Dates: d[:1], Layers: []string{"ndvi"}, Values: [][]float32{{nan}}},
	}
	out, err := p.Classify(t.Context(), samples, coldstart.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range out {
		if !q.Abstained || !strings.Contains(q.Reason, "too few") || q.P[0] != q.P[1] {
			t.Errorf("%+v", q)
		}
	}
	if _, err := p.Classify(t.Context(), []crop.Sample{{ID: "x", Dates: d[:1], Layers: []string{"B11"}, Values: [][]float32{{1}}}}, coldstart.Options{}); err == nil || !strings.Contains(err.Error(), "no layer ndvi") {
		t.Errorf("series without ndvi: %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := p.Classify(ctx, samples, coldstart.Options{}); err == nil {
		t.Error("an ended context gave posteriors")
	}
}

func TestAlignFindsALateSeason(t *testing.T) {
	t.Parallel()
	samples, labels, _ := drawn(20, 2020, 0, 4)
	p, err := coldstart.Build(t.Context(), samples, labels, coldstart.BuildOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		late float64
		n    int
		want float64
	}{
		"three weeks late":       {20, 20, 20},
		"two weeks early":        {-16, 20, -16},
		"in time":                {0, 20, 0},
		"too few fields to tell": {20, 3, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			other, _, _ := drawn(c.n, 2022, c.late, 5)
			got, err := coldstart.Align(t.Context(), p, other)
			if err != nil {
				t.Fatal(err)
			}
			// Steps are four days, and 2020 is a leap year.
			if math.Abs(got.Days-c.want) > 4 || math.Abs(got.Stretch-1) > .08 {
				t.Fatalf("%s, want %v days", got, c.want)
			}
			moved := got.Apply(p, other)
			if d := other[0].Dates[0].Sub(moved[0].Dates[0]).Hours() / 24; got.Stretch == 1 && math.Abs(d-got.Days) > 1 {
				t.Errorf("moved by %v days for %s", d, got)
			}
		})
	}
}

// posteriorsOf are of two classes seen through one normal value each, with means
// ±1, at equal training shares: p = 1/(1 + exp(−2x)).
func posteriorsOf(n int, share float64) (out []crop.Posterior, first []bool) {
	rng := rand.New(rand.NewPCG(7, 7))
	classes := []string{"a", "b"}
	for i := range n {
		is := rng.Float64() < share
		x := rng.NormFloat64() - 1
		if is {
			x += 2
		}
		p := 1 / (1 + math.Exp(-2*x))
		out = append(out, crop.Posterior{ID: strconv.Itoa(i), Classes: classes, P: []float64{p, 1 - p}})
		first = append(first, is)
	}
	return out, first
}

func TestCorrectFindsTheSharesOfARegion(t *testing.T) {
	t.Parallel()
	posteriors, first := posteriorsOf(2000, .8)
	out, s := coldstart.Correct(posteriors, []float64{.5, .5}, .5)
	// Four standard errors of a share of .8 over 2,000 are .036; the held back
	// tenth pulls the estimate towards .5 by about .04.
	if !s.Applied || math.Abs(s.Target[0]-.78) > .06 {
		t.Fatalf("%+v", s)
	}
	right := func(p []crop.Posterior) (n int) {
		for i := range p {
			if best, _ := p[i].Best(); (best == "a") == first[i] {
				n++
			}
		}
		return n
	}
	if right(out) <= right(posteriors) {
		t.Errorf("%d right after, %d before", right(out), right(posteriors))
	}
	if posteriors[0].P[0] == out[0].P[0] {
		t.Error("nothing changed, or the input did")
	}
}

func TestCorrectLeavesAloneWhatItCannotTell(t *testing.T) {
	t.Parallel()
	same, _ := posteriorsOf(2000, .5)
	few, _ := posteriorsOf(40, .9)
	// Every posterior leans to a, and b is never excluded: of three classes the
	// maximisation runs away to one that no sample is likely to be.
	odd := make([]crop.Posterior, 300)
	for i := range odd {
		odd[i] = crop.Posterior{ID: strconv.Itoa(i), Classes: []string{"a", "b", "c"}, P: []float64{.55, .4, .05}}
	}
	for name, c := range map[string]struct {
		in     []crop.Posterior
		source []float64
		why    string
	}{
		"the shares of training":           {same, []float64{.5, .5}, "chance"},
		"few samples":                      {few, []float64{.5, .5}, "at least"},
		"classes that look different here": {odd, []float64{.8, .1, .1}, "look different"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, s := coldstart.Correct(c.in, c.source, 0)
			if s.Applied || !strings.Contains(s.Why, c.why) || !slices.Equal(out[0].P, c.in[0].P) {
				t.Errorf("%+v", s)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add("format: 1\nlayers: [ndvi]\nscale: [0.2]\nstep_days: 8\nweight: {steepness: 0.1, midpoint_days: 50}\nsharpness: 8\ncurves:\n- {class: a, from: 01-01, mean: [[0.2], [0.5]]}\n- {class: b, from: 02-01, mean: [[0.5], [0.2]]}\n")
	f.Add("format: 2")
	f.Add("curves: [{class: a, mean: [[.nan]]}]")
	f.Add("")
	sample := grown("a", 2021, 170, 260, .8, rand.New(rand.NewPCG(1, 1)))
	f.Fuzz(func(t *testing.T, text string) {
		p, err := coldstart.Read(strings.NewReader(text))
		if err != nil {
			return
		}
		out, err := p.Classify(t.Context(), []crop.Sample{sample}, coldstart.Options{Threads: 1})
		if err != nil {
			return
		}
		for _, v := range out[0].P {
			if !(v >= 0 && v <= 1+1e-9) {
				t.Fatalf("%v of\n%s", out[0].P, text)
			}
		}
	})
}

func BenchmarkClassify(b *testing.B) {
	p := builtin(b, coldstart.Scope{Crops: []string{"winter_wheat", "rapeseed", "garlic", "fallow", "no_crop"}, Start: day("2020-10-01"), End: day("2021-06-20")})
	rng := rand.New(rand.NewPCG(1, 1))
	samples := make([]crop.Sample, 256)
	for i := range samples {
		samples[i] = grown(strconv.Itoa(i), 2021, 90, 150, .8, rng)
	}
	b.ResetTimer()
	for range b.N {
		if _, err := p.Classify(b.Context(), samples, coldstart.Options{Threads: 1}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*len(samples))/b.Elapsed().Seconds(), "series/s")
}
