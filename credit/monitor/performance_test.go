package monitor_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"parus/credit"
	"parus/credit/monitor"
)

// loans draws n loans of a county's season: PDs between 1 % and 7 %, made real
// with a factor and, where r > 0, under one shock that all meet.
func loans(rng *rand.Rand, n int, factor, r float64) []monitor.Outcome {
	z := rng.NormFloat64()
	out := make([]monitor.Outcome, n)
	for i := range out {
		pd := 0.01 + 0.06*rng.Float64()
		p := pd * factor
		if r > 0 {
			p = credit.NormalCDF((credit.NormalQuantile(p) - math.Sqrt(r)*z) / math.Sqrt(1-r))
		}
		out[i] = monitor.Outcome{County: "370199", Season: "2025", Household: fmt.Sprint(i), PD: pd, Bad: rng.Float64() < p}
	}
	return out
}

func perform(t *testing.T, list []monitor.Outcome) monitor.Performance {
	t.Helper()
	p, err := monitor.Perform(list, monitor.DefaultRules())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func cellOf(p monitor.Performance, county string) monitor.Cell {
	for _, c := range p.Calibration {
		if c.County == county && c.Season == "2025" {
			return c
		}
	}
	return monitor.Cell{}
}

// False alarms and alarms over 120 seeds of 600 loans each. The bounds are the
// stated rate of 5 % and two and a half standard errors of a share of 120 (5
// points); the seeds are fixed.
func TestAlarmsComeAtTheirRate(t *testing.T) {
	t.Parallel()
	const seeds, n = 120, 600
	rates := map[string][2]float64{} // of independent tests below 5 %; of alarms
	for name, c := range map[string]struct{ factor, r float64 }{
		"calibrated, on their own": {1, 0}, "calibrated, one shock": {1, 0.2}, "twice, on their own": {2, 0}, "four times, one shock": {4, 0.2},
	} {
		var by [2]float64
		for seed := range seeds {
			cell := cellOf(perform(t, loans(rand.New(rand.NewPCG(uint64(seed), 5)), n, c.factor, c.r)), "370199")
			if cell.Independent < 0.05 {
				by[0] += 1. / seeds
			}
			if cell.Verdict == monitor.BeyondShock {
				by[1] += 1. / seeds
			}
		}
		rates[name] = by
		t.Logf("%-26s independent test %.3f, alarm %.3f", name, by[0], by[1])
	}
	for _, c := range []struct {
		name      string
		which     int
		low, high float64
	}{
		{"calibrated, on their own", 0, 0, 0.10}, {"calibrated, on their own", 1, 0, 0.01},
		{"calibrated, one shock", 0, 0.2, 1}, {"calibrated, one shock", 1, 0.005, 0.10},
		{"twice, on their own", 0, 0.95, 1}, {"four times, one shock", 1, 0.3, 1},
	} {
		if got := rates[c.name][c.which]; got < c.low || got > c.high {
			t.Errorf("%s: rate %d is %.3f, want %g to %g", c.name, c.which, got, c.low, c.high)
		}
	}
}

// 60 loans of PD 0.05, 6 bad: P(X ≥ 6) summed term by term.
func TestTheBinomialChanceIsExact(t *testing.T) {
	t.Parallel()
	var list []monitor.Outcome
	for i := range 60 {
		list = append(list, monitor.Outcome{County: "370199", Season: "2025", Household: fmt.Sprint(i), PD: .05, Bad: i < 6})
	}
	var below float64
	mass := math.Pow(.95, 60)
	for k := range 6 {
		below += mass
		mass *= float64(60-k) / float64(k+1) * .05 / .95
	}
	c := cellOf(perform(t, list), "370199")
	if math.Abs(c.Independent-(1-below)) > 6e-5 { // rounded to four digits
		t.Errorf("chance %g, want %g", c.Independent, 1-below)
	}
	// Jeffreys interval of 6 in 60, Beta(6.5, 54.5): its mean is 0.1066; the ends
	// are where its distribution, integrated by 200,000 midpoints, is .025 and .975.
	low, high := betaBy(6.5, 54.5, .025), betaBy(6.5, 54.5, .975)
	if math.Abs(c.Low-low) > 1e-4 || math.Abs(c.High-high) > 1e-4 || c.Observed != .1 || c.Verdict != monitor.InLine {
		t.Errorf("%+v, want %g to %g", c, low, high)
	}
}

func betaBy(a, b, p float64) float64 {
	const n = 200_000
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	var sum float64
	for i := range n {
		x := (float64(i) + .5) / n
		if sum += math.Exp(lab-la-lb+(a-1)*math.Log(x)+(b-1)*math.Log1p(-x)) / n; sum >= p {
			return x
		}
	}
	return 1
}

func TestTooFewOutcomesGiveNoNumber(t *testing.T) {
	t.Parallel()
	p := perform(t, loans(rand.New(rand.NewPCG(1, 1)), 40, 1, 0))
	c := cellOf(p, "370199")
	if c.Enough || c.Verdict != monitor.TooFew || c.Why == "" || c.Observed != 0 || c.High != 0 {
		t.Errorf("%+v", c)
	}
	for name, f := range map[string]monitor.Figure{"AUC": p.AUC, "KS": p.KS, "Brier": p.Brier} {
		if f.Enough || f.Why == "" || f.Value != 0 {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if p := perform(t, nil); p.Outcomes != 0 || len(p.Calibration) != 0 || p.Calibration == nil {
		t.Errorf("of nothing: %+v", p)
	}
}

func TestEnoughOutcomesGiveIntervals(t *testing.T) {
	t.Parallel()
	p := perform(t, loans(rand.New(rand.NewPCG(2, 1)), 5000, 1, 0))
	for name, f := range map[string]monitor.Figure{"AUC": p.AUC, "KS": p.KS, "Brier": p.Brier} {
		if !f.Enough || !(f.Low < f.Value && f.Value < f.High) {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if p.AUC.Low < .5 { // PDs from 1 to 7 % rank by .66 in expectation
		t.Errorf("AUC %+v", p.AUC)
	}
	if p.Brier.Value >= p.BrierFlat.Value {
		t.Errorf("Brier %g, flat %g", p.Brier.Value, p.BrierFlat.Value)
	}
}

func TestOutcomesAreReadFromATable(t *testing.T) {
	t.Parallel()
	list, err := monitor.ReadOutcomes(strings.NewReader("\ufeffcounty,household_id,season,bad,pd,amount_cny,due_date,bad_on,seen_until,note\n" +
		"370199,a,2025,1,0.03,7000.50,2025-07-15,2025-10-14,2026-01-31,x\n370199,b,2025,0,,,,,,\n"))
	if err != nil || len(list) != 2 || !list[0].Bad || list[0].AmountFen != 700_050 || list[0].PD != .03 || !math.IsNaN(list[1].PD) || list[1].Bad {
		t.Fatalf("%+v, %v", list, err)
	}
	late, err := monitor.ReadOutcomes(strings.NewReader("county,household_id,season,days_past_due\n1,a,s,90\n1,b,s,91\n"))
	if err != nil || late[0].Bad || !late[1].Bad {
		t.Errorf("90 and 91 days: %+v, %v", late, err)
	}
	for name, bad := range map[string]string{
		"nothing": "", "no season": "county,household_id,bad\n", "no outcome": "county,household_id,season\n", "row 2": "county,household_id,season,bad\n1,a,s,maybe\n",
		"row 3": "county,household_id,season,bad\n1,a,s,1\n1,a,s,0\n", "pd": "county,household_id,season,bad,pd\n1,a,s,1,3\n",
		"not bad": "county,household_id,season,bad,bad_on\n1,a,s,0,2025-01-01\n", "twice": "county,county,household_id,season,bad\n",
		"amount": "county,household_id,season,bad,amount_cny\n1,a,s,1,-3\n", "date": "county,household_id,season,bad,due_date\n1,a,s,1,1.7.2025\n",
	} {
		if _, err := monitor.ReadOutcomes(strings.NewReader(bad)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func FuzzReadOutcomes(f *testing.F) {
	f.Add("county,household_id,season,bad,pd\n370199,a,2025,1,0.03\n")
	f.Add("county,household_id,season,days_past_due\n\"1\",a,s,91\n")
	f.Add("\ufeffcounty,household_id,season,bad,due_date\n1,a,s,0,2025-07-15\n")
	f.Fuzz(func(t *testing.T, s string) {
		list, err := monitor.ReadOutcomes(strings.NewReader(s))
		if err != nil {
			return
		}
		if _, err := monitor.Perform(list, monitor.DefaultRules()); err != nil {
			t.Errorf("read, but not measured: %v", err)
		}
	})
}

// Four loans due on 1 July, watched until 15 October: three whole months. One
// turned bad on 20 August, within two months.
func TestVintagesEndWhereWatchingEnds(t *testing.T) {
	t.Parallel()
	day := func(s string) credit.Date {
		d, err := credit.ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	var list []monitor.Outcome
	for i := range 4 {
		o := monitor.Outcome{County: "c", Season: "2025", Household: fmt.Sprint(i), PD: math.NaN(), DueDate: day("2025-07-01"), SeenUntil: day("2025-10-15")}
		if i == 0 {
			o.Bad, o.BadOn = true, day("2025-08-20")
		}
		list = append(list, o)
	}
	p := perform(t, list)
	if len(p.Vintages) != 1 || fmt.Sprint(p.Vintages[0].Months) != "[0 0.25 0.25]" || p.WithoutPD != 4 {
		t.Errorf("%+v", p.Vintages)
	}
}
