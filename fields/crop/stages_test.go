package crop_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parus/fields/crop"
)

// staged is one model of several dates. By day 120 wheat and rapeseed have risen
// and grassland has not fallen; maize rises after day 260 only.
var staged = sync.OnceValues(func() (*crop.Model, error) {
	samples, labels := county(20, 2021, 1)
	return crop.Fit(context.Background(), samples, labels, crop.FitOptions{
		Trees: 30, Folds: 3, Seed: 1, StepDays: 16, Stages: crop.Stages{At: []crop.Cutoff{{Day: 200}, {Date: day("2021-01-29")}, {Day: 60}}},
	})
})

func stagedModel(t testing.TB) *crop.Model {
	t.Helper()
	m, err := staged()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// table writes posteriors as their file, byte for byte.
func table(t *testing.T, m *crop.Model, samples []crop.Sample, o crop.PredictOptions) string {
	t.Helper()
	p, err := m.Predict(context.Background(), samples, o)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := crop.WritePosteriors(&b, p, m.Card().Classes, m.Digest()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestStagesAreFittedAtTheirDates(t *testing.T) {
	t.Parallel()
	m := stagedModel(t)
	// 1 September to 29 January are 150 days; the anchor lies within ten days of
	// the first, see TestTheCardTellsHowTheModelWasMade.
	days := m.Card().Stages
	if len(days) != 3 || days[0] != 60 || days[1] < 140 || days[1] > 150 || days[2] != 200 {
		t.Fatalf("stages %v", days)
	}
	cards := m.Stages()
	if len(cards) != 4 || cards[3].Schema.Cutoff != m.Card().Schema.Cutoff {
		t.Fatalf("%d cards", len(cards))
	}
	for i, c := range cards {
		if c.Schema.Reaches > c.Schema.Cutoff || c.Schema.Reaches < c.Schema.Cutoff-25 || c.Schema.Axis.SeasonDays != m.Card().Schema.Axis.SeasonDays {
			t.Errorf("stage %d: %+v", i, c.Schema)
		}
		if len(c.Stages) > 0 && i < 3 {
			t.Errorf("stage %d has stages %v", i, c.Stages)
		}
	}
}

func TestAccuracyGrowsWithDatesAndStaysCalibrated(t *testing.T) {
	t.Parallel()
	m := stagedModel(t)
	samples, labels := county(50, 2024, 7)
	before := 0.0
	for _, cutoff := range []int{60, 150, 200, 440} {
		p, err := m.Predict(context.Background(), samples, crop.PredictOptions{Cutoff: crop.Cutoff{Day: cutoff}})
		if err != nil {
			t.Fatal(err)
		}
		var top []float64
		var right []bool
		inSet, unlike := 0, 0
		for i, x := range p {
			best, v := x.Best()
			top, right = append(top, v), append(right, best == labels[i])
			for _, c := range x.Set {
				if c == labels[i] {
					inSet++
				}
			}
			if x.Stage == 0 || x.Stage > cutoff {
				unlike++
			}
		}
		acc, ece := rightShare(p, labels), crop.CalibrationError(top, right)
		t.Logf("day %d: %.3f right, calibration error %.3f, %d of 200 sets", cutoff, acc, ece, inSet)
		// 200 samples in 15 bins leave an error of about .03 by chance.
		if acc < before-.02 || ece > .12 || unlike > 0 {
			t.Errorf("day %d: %.3f right after %.3f, calibration error %.3f, %d judged by no stage or a later one", cutoff, acc, before, ece, unlike)
		}
		// 90 % of 200 with a standard deviation of 4.2, and as much again for the
		// levels, which come from 24 samples a class.
		if inSet < 165 {
			t.Errorf("day %d: %d of 200 sets hold the truth", cutoff, inSet)
		}
		before = acc
	}
	if before < .95 {
		t.Errorf("at the end %.3f right", before)
	}
}

// TestNothingAfterTheCutOffIsLookedAt changes values after the cut-off in every
// way, for models with and without stages.
func TestNothingAfterTheCutOffIsLookedAt(t *testing.T) {
	t.Parallel()
	samples, _ := county(3, 2022, 21)
	samples[1].Values[0][2] = float32(math.NaN())
	rng := rand.New(rand.NewPCG(3, 4))
	changes := map[string]func(float32) float32{
		"integers of a product": func(v float32) float32 { return v * 1e4 },
		"gaps":                  func(float32) float32 { return float32(math.NaN()) },
		"infinities":            func(float32) float32 { return float32(math.Inf(1)) },
		"noise":                 func(float32) float32 { return float32(rng.NormFloat64() * 1e3) },
	}
	for _, m := range []*crop.Model{stagedModel(t), model(t)} {
		for _, text := range []string{"40", "60", "130", "200", "290", "2021-11-20", "2022-02-10", "2022-07-05", "2023-03-01"} {
			cutoff, err := crop.ParseCutoff(text)
			if err != nil {
				t.Fatal(err)
			}
			o := crop.PredictOptions{Cutoff: cutoff}
			want := table(t, m, samples, o)
			for name, change := range changes {
				if got := table(t, m, after(m, samples, cutoff, change), o); got != want {
					t.Errorf("cut-off %s: %s after it change the prediction:\n%s", text, name, cmp.Diff(want, got))
				}
			}
		}
	}
}

// after changes the values of samples after a cut-off.
func after(m *crop.Model, samples []crop.Sample, cutoff crop.Cutoff, change func(float32) float32) []crop.Sample {
	out := changed(samples, func(v float32) float32 { return v })
	for i, s := range out {
		start := crop.StartOf(m.Card().Schema.Axis, s, time.Time{})
		last := start.AddDate(0, 0, crop.DayOf(cutoff, start))
		for l := range s.Values {
			for d, at := range s.Dates {
				if at.After(last) {
					out[i].Values[l][d] = change(s.Values[l][d])
				}
			}
		}
	}
	return out
}

// upTo returns samples whose later dates do not exist yet.
func upTo(samples []crop.Sample, last time.Time) []crop.Sample {
	var out []crop.Sample
	for _, s := range samples {
		n := 0
		for n < len(s.Dates) && !s.Dates[n].After(last) {
			n++
		}
		x := crop.Sample{ID: s.ID, Layers: s.Layers, Dates: s.Dates[:n]}
		for _, row := range s.Values {
			x.Values = append(x.Values, row[:n])
		}
		out = append(out, x)
	}
	return out
}

func TestASeriesOfTodayReadsAsAWholeOneCutOffToday(t *testing.T) {
	t.Parallel()
	samples, _ := county(3, 2022, 22)
	for _, text := range []string{"2021-11-15", "2022-01-25", "2022-04-01", "2022-08-09"} {
		at := day(text)
		early := upTo(samples, at)
		for _, m := range []*crop.Model{stagedModel(t), model(t)} {
			hindsight := table(t, m, samples, crop.PredictOptions{Cutoff: crop.Cutoff{Date: at}})
			if d := cmp.Diff(hindsight, table(t, m, early, crop.PredictOptions{})); d != "" {
				t.Errorf("%s: %s", text, d)
			}
			if d := cmp.Diff(hindsight, table(t, m, early, crop.PredictOptions{Cutoff: crop.Cutoff{Date: at}})); d != "" {
				t.Errorf("%s, with the cut-off named: %s", text, d)
			}
		}
	}
}

func TestTheStageIsTheLastThatTheSeasonReaches(t *testing.T) {
	t.Parallel()
	m := stagedModel(t)
	samples, _ := county(6, 2022, 23)
	middle, whole := m.Card().Stages[1], m.Card().Schema.Cutoff
	for _, c := range []struct {
		name, until string
		want        int
	}{
		{"two weeks after sowing: none", "2021-09-20", 0},
		{"a fortnight into November", "2021-11-15", 60},
		{"the end of January", "2022-02-05", middle},
		{"three weeks before the third stage", "2022-02-26", middle},
		{"May", "2022-05-10", 200},
		{"after the season", "2022-11-30", whole},
	} {
		p, err := m.Predict(context.Background(), upTo(samples, day(c.until)), crop.PredictOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range p {
			if x.Stage != c.want {
				t.Errorf("%s: %s is judged by the stage of day %d, want %d (%s)", c.name, x.ID, x.Stage, c.want, x.Reason)
			}
		}
	}
}

func TestAParcelUnderCloudIsJudgedByTheStageOfItsNeighbours(t *testing.T) {
	t.Parallel()
	samples, _ := county(4, 2022, 24)
	early := upTo(samples, day("2022-04-10"))
	cloudy := &early[0] // nothing seen since February
	for l, row := range changed(early[:1], func(v float32) float32 { return v })[0].Values {
		for d, at := range cloudy.Dates {
			if at.After(day("2022-02-01")) {
				row[d] = float32(math.NaN())
			}
		}
		cloudy.Values[l] = row
	}
	p, err := stagedModel(t).Predict(context.Background(), early, crop.PredictOptions{})
	if err != nil || p[0].Stage != 200 {
		t.Errorf("judged by the stage of day %d: %v", p[0].Stage, err)
	}
	p, err = stagedModel(t).Predict(context.Background(), early[:1], crop.PredictOptions{})
	if err != nil || p[0].Stage == 200 || p[0].Stage == 0 {
		t.Errorf("alone, judged by the stage of day %d: %v", p[0].Stage, err)
	}
}

func TestAModelOfWholeSeasonsDeclinesEarlyInOne(t *testing.T) {
	t.Parallel()
	samples, labels := county(25, 2022, 25)
	m := model(t)
	for _, cutoff := range []crop.Cutoff{{Day: 120}, {Date: day("2022-03-01")}} {
		p, err := m.Predict(context.Background(), samples, crop.PredictOptions{Cutoff: cutoff})
		if err != nil {
			t.Fatal(err)
		}
		sure := 0.0
		for _, x := range p {
			if !x.Abstained || x.Stage != 0 || !strings.Contains(x.Reason, "--cutoffs") || len(x.Set) != 4 {
				t.Fatalf("cut-off %+v: %+v", cutoff, x)
			}
			_, v := x.Best()
			sure += v / float64(len(p))
		}
		if right := rightShare(p, labels); sure > right+.1 {
			t.Errorf("cut-off %+v: %.2f sure and %.2f right", cutoff, sure, right)
		}
	}
}

func TestStagesSurviveTheFile(t *testing.T) {
	t.Parallel()
	m := stagedModel(t)
	var file bytes.Buffer
	if err := m.Save(&file); err != nil {
		t.Fatal(err)
	}
	again, err := crop.Load(bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	samples, _ := county(3, 2022, 26)
	o := crop.PredictOptions{Cutoff: crop.Cutoff{Day: 150}}
	if d := cmp.Diff(table(t, m, samples, o), table(t, again, samples, o)); d != "" {
		t.Error(d)
	}
	var second bytes.Buffer
	if err := again.Save(&second); err != nil || !bytes.Equal(file.Bytes(), second.Bytes()) {
		t.Errorf("saved again, the file differs (%v)", err)
	}
	old := bytes.Clone(file.Bytes())
	old[len("parus crop model\n")] = 1
	if _, err := crop.Load(bytes.NewReader(old)); !errors.Is(err, crop.ErrModelVersion) || !strings.Contains(err.Error(), "version 1") {
		t.Errorf("a file of version 1: %v", err)
	}
}

func TestStagedFitsGiveTheSameBytes(t *testing.T) {
	t.Parallel()
	samples, labels := county(8, 2021, 3)
	var files [2]bytes.Buffer
	for i, threads := range []int{1, 3} {
		m, err := crop.Fit(context.Background(), samples, labels, crop.FitOptions{Trees: 20, Folds: 2, Threads: threads, StepDays: 31, Stages: crop.Stages{At: []crop.Cutoff{{Day: 180}}}})
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

func TestStagesThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	samples, labels := county(3, 2021, 1)
	for _, c := range []struct {
		day  int
		want string
	}{
		{900, "stage of day 900: the season ends on day"},
		{3, "stage of day 3: "},
	} {
		_, err := crop.Fit(context.Background(), samples, labels, crop.FitOptions{Trees: 20, Folds: 2, StepDays: 31, Stages: crop.Stages{At: []crop.Cutoff{{Day: c.day}}}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%d: %v", c.day, err)
		}
	}
}

func TestReadingStages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"", "{false []}"},
		{"auto", "{true []}"},
		{"60, 90", "{false [{60 0001-01-01 00:00:00 +0000 UTC} {90 0001-01-01 00:00:00 +0000 UTC}]}"},
		{"2022-03-31", "{false [{0 2022-03-31 00:00:00 +0000 UTC}]}"},
		{"60,", "error"},
		{"60,soon", "error"},
		{"0", "error"},
	} {
		s, err := crop.ParseStages(c.text)
		got := fmt.Sprint(s)
		if err != nil {
			got = "error"
		}
		if got != c.want {
			t.Errorf("%q: %s (%v), want %s", c.text, got, err, c.want)
		}
	}
}

func TestStagesOfTheirOwnAccord(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		span int
		want []int
	}{
		{70, nil}, // 60 is less than half a month before the end
		{130, []int{60, 90}},
		{258, []int{60, 90, 120, 150, 180, 210, 240}},
		// (440 − 60) / 8 = 47.5, so every 48 days.
		{440, []int{60, 108, 156, 204, 252, 300, 348, 396}},
	} {
		if d := cmp.Diff(c.want, crop.AutoStages(c.span)); d != "" {
			t.Errorf("a season of %d days: %s", c.span, d)
		}
	}
}

func TestALongSeriesIsNotReadFromItsSecondAutumn(t *testing.T) {
	t.Parallel()
	// 440 days from September hold two autumns; a cut-off of 60 days must not
	// take the second, however densely it was seen.
	axis := crop.Axis{Anchor: "09-01", StepDays: 10, Steps: 7, SeasonDays: 440}
	var at []time.Time
	for d := 0; d < 440; d += 3 {
		if d < 300 && d%20 != 0 {
			continue
		}
		at = append(at, day("2017-09-02").AddDate(0, 0, d))
	}
	if got := crop.StartOf(axis, crop.Sample{Dates: at}, time.Time{}); !got.Equal(day("2017-09-01")) {
		t.Errorf("day 0 is %s", got.Format(time.DateOnly))
	}
}

func FuzzParseStages(f *testing.F) {
	for _, s := range []string{"", "auto", "60,90", "2022-03-01,120", ",", "60,,90", "-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		stages, err := crop.ParseStages(s)
		if err != nil {
			return
		}
		for _, c := range stages.At {
			if c.Day < 1 && c.Date.IsZero() || c.Day > 1500 {
				t.Errorf("%q: cut-off %+v", s, c)
			}
		}
	})
}
