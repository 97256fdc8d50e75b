package crop_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parus/fields/crop"
)

// fitted is one model, fitted once for all tests that only read it.
var fitted = sync.OnceValues(func() (*crop.Model, error) {
	samples, labels := county(30, 2021, 1)
	return crop.Fit(context.Background(), samples, labels, crop.FitOptions{Trees: 40, Seed: 1})
})

func model(t testing.TB) *crop.Model {
	t.Helper()
	m, err := fitted()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAModelReadsAnotherYear(t *testing.T) {
	t.Parallel()
	m := model(t)
	samples, labels := county(20, 2024, 2)
	p, err := m.Predict(context.Background(), samples, crop.PredictOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := rightShare(p, labels); got < .95 {
		t.Errorf("%.3f right, want .95: the curves differ by months, the noise by days", got)
	}
	for i, x := range p {
		sum := 0.0
		for _, v := range x.P {
			sum += v
		}
		if math.Abs(sum-1) > 1e-9 || x.ID != samples[i].ID {
			t.Fatalf("posterior %d of %s adds up to %v and is named %s", i, samples[i].ID, sum, x.ID)
		}
	}
}

func TestTheCardTellsHowTheModelWasMade(t *testing.T) {
	t.Parallel()
	c := model(t).Card()
	if c.Samples != 120 || c.CV.Folds != 5 || c.CV.Accuracy < .95 || c.CV.ECE > .1 || len(c.TrainDigest) != 64 {
		t.Errorf("card %+v", c)
	}
	if d := cmp.Diff([]string{"grassland", "maize", "rapeseed", "winter_wheat"}, c.Classes); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"B04", "B08", "ndvi"}, c.Schema.Used); d != "" {
		t.Error(d)
	}
	if c.Schema.Axis.Anchor < "09-01" || c.Schema.Axis.Anchor > "09-11" {
		t.Errorf("anchor %s: series begin within ten days of 1 September", c.Schema.Axis.Anchor)
	}
}

func TestTwoFitsGiveTheSameBytes(t *testing.T) {
	t.Parallel()
	samples, labels := county(8, 2021, 3)
	var files [2]bytes.Buffer
	for i, threads := range []int{1, 3} {
		m, err := crop.Fit(context.Background(), samples, labels, crop.FitOptions{Trees: 40, Seed: 5, Threads: threads})
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Save(&files[i]); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(files[0].Bytes(), files[1].Bytes()) {
		t.Error("one thread and three give different files")
	}
}

func TestAModelSurvivesItsFile(t *testing.T) {
	t.Parallel()
	m := model(t)
	var file bytes.Buffer
	if err := m.Save(&file); err != nil {
		t.Fatal(err)
	}
	again, err := crop.Load(bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	samples, _ := county(5, 2022, 4)
	a, _ := m.Predict(context.Background(), samples, crop.PredictOptions{Threads: 1})
	b, err := again.Predict(context.Background(), samples, crop.PredictOptions{Threads: 4})
	if d := cmp.Diff(a, b); d != "" || err != nil {
		t.Errorf("%v %s", err, d)
	}
	if m.Digest() != again.Digest() || len(m.Digest()) != 64 {
		t.Errorf("digests %s and %s", m.Digest(), again.Digest())
	}
	if d := cmp.Diff(m.Card(), again.Card(), cmp.AllowUnexported(crop.Card{})); d != "" {
		t.Error(d)
	}
}

func TestADamagedFileIsRefused(t *testing.T) {
	t.Parallel()
	var file bytes.Buffer
	if err := model(t).Save(&file); err != nil {
		t.Fatal(err)
	}
	whole := file.Bytes()
	change := func(at int) []byte {
		b := bytes.Clone(whole)
		b[at] ^= 4
		return b
	}
	for _, c := range []struct {
		name string
		data []byte
		want error
	}{
		{"nothing at all", nil, crop.ErrNotModel},
		{"some other file", []byte("sample_id,label\n1,maize\n"), crop.ErrNotModel},
		{"cut within the first line", whole[:9], crop.ErrModelCorrupt},
		{"cut after the first line", whole[:17], crop.ErrModelCorrupt},
		{"cut within the card", whole[:200], crop.ErrModelCorrupt},
		{"cut half-way", whole[:len(whole)/2], crop.ErrModelCorrupt},
		{"one byte short", whole[:len(whole)-1], crop.ErrModelCorrupt},
		{"one byte more", append(bytes.Clone(whole), 0), crop.ErrModelCorrupt},
		{"one bit turned in the middle", change(len(whole) / 2), crop.ErrModelCorrupt},
		{"one bit turned in the digest", change(len(whole) - 1), crop.ErrModelCorrupt},
		{"another version", change(17), crop.ErrModelVersion},
	} {
		if _, err := crop.Load(bytes.NewReader(c.data)); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", c.name, err, c.want)
		}
	}
}

func TestIntegersOfAProductAndReflectanceAreTheSame(t *testing.T) {
	t.Parallel()
	samples, labels := county(20, 2023, 5)
	stored := changed(samples, func(v float32) float32 { return v * 1e4 })
	for i := range stored {
		stored[i].Layers = []string{"S2-L2A-B04", "S2-L2A-B08"}
	}
	a, _ := model(t).Predict(context.Background(), samples, crop.PredictOptions{})
	b, err := model(t).Predict(context.Background(), stored, crop.PredictOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := rightShare(b, labels); got < .95 {
		t.Errorf("integers: %.3f right", got)
	}
	for i := range a {
		for c := range a[i].P {
			if math.Abs(a[i].P[c]-b[i].P[c]) > .02 { // rounding of 1e-4 may cross a cut
				t.Errorf("%s: %v as reflectance, %v as integers", a[i].ID, a[i].P, b[i].P)
				break
			}
		}
	}
}

func TestWhatTheModelCannotJudgeIsAbstainedOnWithAReason(t *testing.T) {
	t.Parallel()
	good, _ := county(1, 2022, 6)
	s := good[0]
	blank := changed(good[:1], func(float32) float32 { return float32(math.NaN()) })[0]
	infinite := changed(good[:1], func(v float32) float32 { return v })[0]
	infinite.Values[1][3] = float32(math.Inf(1))
	snow := changed(good[:1], func(float32) float32 { return .9 })[0]
	lone := crop.Sample{ID: "lone", Dates: s.Dates[:1], Layers: s.Layers, Values: [][]float32{{.1}, {.3}}}
	lacking := crop.Sample{ID: "lacking", Dates: s.Dates, Layers: s.Layers[:1], Values: s.Values[:1]}
	empty := crop.Sample{ID: "empty", Layers: s.Layers, Values: [][]float32{{}, {}}}
	other := s
	other.Dates = make([]time.Time, len(s.Dates))
	for i, d := range s.Dates {
		other.Dates[i] = d.AddDate(0, 0, -200)
	}
	for _, c := range []struct {
		name   string
		sample crop.Sample
		season string
		reason string
	}{
		{"only gaps", blank, "", "no valid observation"},
		{"an infinite value", infinite, "", "B08 is infinite"},
		{"bright as snow all year", snow, "", "unlike the training samples"},
		{"one date", lone, "", "cover"},
		{"a layer short", lacking, "", "layer B08 is missing"},
		{"no dates", empty, "", "no observation"},
		{"no dates but a known season", empty, "2021-09-01", "no valid observation"},
	} {
		o := crop.PredictOptions{}
		if c.season != "" {
			o.SeasonStart = day(c.season)
		}
		p, err := model(t).Predict(context.Background(), []crop.Sample{c.sample, s}, o)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if !p[0].Abstained || !strings.Contains(p[0].Reason, c.reason) {
			t.Errorf("%s: abstained %v because %q, want %q", c.name, p[0].Abstained, p[0].Reason, c.reason)
		}
		if best, _ := p[1].Best(); p[1].Abstained || best != "winter_wheat" {
			t.Errorf("%s: its sound neighbour is %+v", c.name, p[1])
		}
	}
}

func TestAnUncertainModelAbstainsBelowItsCutOff(t *testing.T) {
	t.Parallel()
	samples, labels := county(24, 2021, 8)
	for i := range labels { // two classes that nothing tells apart
		if labels[i] == "maize" && i%8 == 1 {
			labels[i] = "sorghum"
		}
	}
	m, err := crop.Fit(context.Background(), samples, labels, crop.FitOptions{Trees: 40, AbstainError: .05})
	if err != nil {
		t.Fatal(err)
	}
	c := m.Card()
	// Three quarters are sure. The cut-off is settled without the fold that it is
	// judged on, so over 75 samples the error may lie two standard errors
	// (√(.05·.95/75) = .025) above what is allowed.
	if c.CV.SpokenError > .1 || c.CV.Coverage > .85 || c.CV.Coverage < .5 {
		t.Errorf("speaks on %.2f with an error of %.3f: a quarter of the samples cannot be told", c.CV.Coverage, c.CV.SpokenError)
	}
	test, truth := county(10, 2022, 9)
	p, err := m.Predict(context.Background(), test, crop.PredictOptions{})
	if err != nil {
		t.Fatal(err)
	}
	spoken, wrong := 0, 0
	for i, x := range p {
		if best, v := x.Best(); !x.Abstained {
			spoken++
			if best != truth[i] {
				wrong++
			}
			if v < c.AbstainBelow {
				t.Errorf("speaks at %.3f, below %.3f", v, c.AbstainBelow)
			}
		}
	}
	if spoken < 15 || wrong > 2 {
		t.Errorf("%d wrong of %d spoken", wrong, spoken)
	}
}

func TestWhatCannotBeFittedIsRefusedInWords(t *testing.T) {
	t.Parallel()
	samples, labels := county(3, 2021, 1)
	with := func(change func(s *crop.Sample)) []crop.Sample {
		out := changed(samples, func(v float32) float32 { return v })
		change(&out[2])
		return out
	}
	same := make([]string, len(labels))
	one := make([]string, len(labels))
	for i := range same {
		same[i], one[i] = "maize", "place"
	}
	twice := changed(samples, func(v float32) float32 { return v })
	for i := range twice {
		twice[i].Layers = []string{"B04", "S2-L2A-B04"}
	}
	for _, c := range []struct {
		name    string
		samples []crop.Sample
		labels  []string
		o       crop.FitOptions
		want    string
	}{
		{"no samples", nil, nil, crop.FitOptions{Trees: 40}, "no samples"},
		{"one class", samples, same, crop.FitOptions{Trees: 40}, "fewer than two classes"},
		{"labels short", samples, labels[1:], crop.FitOptions{Trees: 40}, "labels"},
		{"one group only", samples, labels, crop.FitOptions{Trees: 40, Groups: one}, "finer group"},
		{"an unknown layer", samples, labels, crop.FitOptions{Trees: 40, Layers: []string{"B11"}}, "B11 is not among"},
		{"an empty label", samples, append([]string{""}, labels[1:]...), crop.FitOptions{Trees: 40}, "no label"},
		{"an infinite value", with(func(s *crop.Sample) { s.Values[0][0] = float32(math.Inf(-1)) }), labels, crop.FitOptions{Trees: 40}, `"rapeseed0": layer B04 is infinite`},
		{"a layer of other length", with(func(s *crop.Sample) { s.Values[1] = s.Values[1][1:] }), labels, crop.FitOptions{Trees: 40}, "values for"},
		{"a sample with other layers", with(func(s *crop.Sample) { s.Layers = []string{"B04", "B05"} }), labels, crop.FitOptions{Trees: 40}, "has no layer B08"},
		{"one layer twice", twice, labels, crop.FitOptions{Trees: 40}, "layer B04 comes twice"},
		{"a cut-off before the first date", samples, labels, crop.FitOptions{Trees: 40, Cutoff: crop.Cutoff{Day: 3}}, "at least"},
		{"only gaps", changed(samples, func(float32) float32 { return float32(math.NaN()) }), labels, crop.FitOptions{Trees: 40}, "has no value"},
	} {
		_, err := crop.Fit(context.Background(), c.samples, c.labels, c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
}

func TestSeriesWithoutTheModelsLayersAreAnError(t *testing.T) {
	t.Parallel()
	samples, _ := county(1, 2021, 1)
	for i := range samples {
		samples[i].Layers = []string{"B02", "B08"}
	}
	_, err := model(t).Predict(context.Background(), samples, crop.PredictOptions{})
	if err == nil || !strings.Contains(err.Error(), "no layer [B04]") {
		t.Errorf("error %v", err)
	}
}

func TestPredictingNothingGivesNothing(t *testing.T) {
	t.Parallel()
	p, err := model(t).Predict(context.Background(), nil, crop.PredictOptions{})
	if len(p) != 0 || err != nil {
		t.Errorf("%v %v", p, err)
	}
}

func TestAnEndedContextEndsAFit(t *testing.T) {
	t.Parallel()
	samples, labels := county(3, 2021, 1)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := crop.Fit(ctx, samples, labels, crop.FitOptions{Trees: 40}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestAlmostEmptySetsOfConformalPredictionHoldTheTruth(t *testing.T) {
	t.Parallel()
	samples, labels := county(25, 2024, 12)
	p, err := model(t).Predict(context.Background(), samples, crop.PredictOptions{})
	if err != nil {
		t.Fatal(err)
	}
	held := 0
	for i, x := range p {
		for _, c := range x.Set {
			if c == labels[i] {
				held++
			}
		}
	}
	// 90 % are promised on average; below 80 of 100 has a chance under 1 in 500.
	if held < 80 {
		t.Errorf("%d of 100 sets hold the truth", held)
	}
}

func ExampleFit() {
	samples, labels := county(6, 2021, 1)
	m, err := crop.Fit(context.Background(), samples, labels, crop.FitOptions{Trees: 40})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.Card().Classes)
	// Output: [grassland maize rapeseed winter_wheat]
}

func BenchmarkPredict(b *testing.B) {
	samples, _ := county(250, 2022, 3)
	m := model(b)
	for b.Loop() {
		if _, err := m.Predict(context.Background(), samples, crop.PredictOptions{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(samples)*b.N)/b.Elapsed().Seconds(), "series/s")
}

func TestASeriesMayBeAsGappyAsThoseThatWereLearnedFrom(t *testing.T) {
	t.Parallel()
	// Of every season only the first 250 of 440 days are measured; the axis of a
	// model whose other samples go on covers twice as much.
	cut := func(samples []crop.Sample, every int) {
		for i := range samples {
			for l := range samples[i].Values {
				for d := range samples[i].Values[l] {
					if i%every == 0 && d > len(samples[i].Dates)/2 {
						samples[i].Values[l][d] = float32(math.NaN())
					}
				}
			}
		}
	}
	short, _ := county(2, 2022, 41)
	cut(short, 1)
	p, err := model(t).Predict(context.Background(), short, crop.PredictOptions{})
	if err != nil || !p[0].Abstained || !strings.Contains(p[0].Reason, "fit one with --cutoffs") {
		t.Errorf("%v: a model of whole seasons says %+v", err, p[0])
	}
	samples, labels := county(15, 2021, 42)
	cut(samples, 3)
	m, err := crop.Fit(context.Background(), samples, labels, crop.FitOptions{Trees: 40})
	if err != nil {
		t.Fatal(err)
	}
	p, err = m.Predict(context.Background(), short, crop.PredictOptions{})
	if err != nil || strings.Contains(p[0].Reason, "cover") {
		t.Errorf("%v: a model of halved seasons says %+v", err, p[0])
	}
}
