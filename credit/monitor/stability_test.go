package monitor_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"parus/credit/monitor"
)

// people draws n households; shift moves areas, and lost is the share of those
// whose match is not known.
func people(name string, seed uint64, n int, shift, lost float64) *monitor.Sample {
	r := rand.New(rand.NewPCG(seed, 11))
	s := monitor.NewSample(name)
	for range n {
		t := monitor.Traits{PD: 0.02 + 0.03*r.Float64(), LineNeed: r.Float64(), LineAsked: math.NaN(), AreaMu: shift * math.Exp(2+0.5*r.NormFloat64()),
			RevenuePerMu: math.NaN(), Parcels: float64(1 + r.IntN(6)), MatchP: 1 - 0.2*r.Float64(), CropP: 0.6 + 0.4*r.Float64(), YieldIndex: math.Exp(0.1 * r.NormFloat64())}
		if r.Float64() < lost {
			t.MatchP = math.NaN()
		}
		s.Add(t)
	}
	return s
}

func compare(t *testing.T, a, b *monitor.Sample) monitor.Stability {
	t.Helper()
	s, err := monitor.Compare(a, b)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func index(s monitor.Stability, code string) monitor.Index {
	for _, i := range s.Indices {
		if i.Code == code {
			return i
		}
	}
	return monitor.Index{}
}

// Two samples of 1,000 of one population show (10 − 1)·(2/1000) = 0.018 on
// average, and never warn in 60 pairs.
func TestTheSamePopulationIsStable(t *testing.T) {
	t.Parallel()
	var mean float64
	const seeds = 60
	for seed := range uint64(seeds) {
		s := compare(t, people("a", 2*seed, 1000, 1, 0), people("b", 2*seed+1, 1000, 1, 0))
		if s.Verdict != monitor.Stable || s.Promotion() != nil {
			t.Fatalf("seed %d: %s, %v", seed, s.Verdict, s.Promotion())
		}
		mean += index(s, "area_mu").Value / seeds
		if chance := index(s, "area_mu").ByChance; chance != 0.018 {
			t.Fatalf("by chance %g, want 0.018", chance)
		}
	}
	if mean < 0.014 || mean > 0.022 {
		t.Errorf("mean index %g, want 0.018", mean)
	}
}

func TestAPopulationThatMovedStopsAPromotion(t *testing.T) {
	t.Parallel()
	before := people("2024", 1, 2000, 1, 0)
	for _, c := range []struct {
		name        string
		shift, lost float64
		code        string
		want        monitor.Verdict
	}{
		{"areas a fifth larger", 1.2, 0, "area_mu", monitor.Warns},
		{"areas half as large again", 1.5, 0, "area_mu", monitor.Stops},
		{"a tenth of the matches lost", 1, 0.1, "match_p", monitor.Stops},
	} {
		s := compare(t, before, people("2025", 2, 2000, c.shift, c.lost))
		if got := index(s, c.code); got.Verdict != c.want || s.Verdict != c.want {
			t.Errorf("%s: %s of %.3f, all %s", c.name, got.Verdict, got.Value, s.Verdict)
		}
		err := s.Promotion()
		if stops := c.want == monitor.Stops; errors.Is(err, monitor.ErrMoved) != stops || stops && !strings.Contains(err.Error(), "2025") {
			t.Errorf("%s: promotion: %v", c.name, err)
		}
	}
}

func TestFewHouseholdsAreNotJudged(t *testing.T) {
	t.Parallel()
	s := compare(t, people("a", 1, 100, 1, 0), people("b", 2, 100, 3, 0))
	if s.Verdict != monitor.TooFew || s.Promotion() != nil {
		t.Errorf("%s, %v", s.Verdict, s.Promotion())
	}
	if _, err := monitor.Compare(people("a", 1, 100, 1, 0), monitor.NewSample("b")); err == nil {
		t.Error("an empty sample is compared")
	}
}

func TestCharacteristicsThatNobodyKnowsAreLeftOut(t *testing.T) {
	t.Parallel()
	s := compare(t, people("a", 1, 1000, 1, 0), people("b", 2, 1000, 1, 0))
	if i := index(s, "line_asked"); i.Code != "" {
		t.Errorf("%+v", i)
	}
	if i := index(s, "debt"); i.Value != 0 || len(i.Bins) != 2 { // all have none; above it is empty
		t.Errorf("%+v", i)
	}
}

// All were matched wholly; now a tenth are a little less so. Expected 1 and 0
// (counted as .0001), actual .9 and .1: (1 − .9)·ln(1/.9) + (.1 − .0001)·ln(.1/.0001)
// = .0105 + .6901 = .7006.
func TestAMoveAwayFromOneValueShows(t *testing.T) {
	t.Parallel()
	fill := func(name string, less int) *monitor.Sample {
		s := monitor.NewSample(name)
		for i := range 1000 {
			x := monitor.Traits{MatchP: 1}
			if i < less {
				x.MatchP = 0.8
			}
			s.Add(x)
		}
		return s
	}
	i := index(compare(t, fill("a", 0), fill("b", 100)), "match_p")
	if math.Abs(i.Value-.7006) > .0002 || i.Verdict != monitor.Stops {
		t.Errorf("%+v", i)
	}
}

func BenchmarkSample(b *testing.B) {
	s := monitor.NewSample("a")
	for i := range b.N {
		v := float64(i%1000) / 1000
		s.Add(monitor.Traits{PD: v, LineNeed: v, LineAsked: v, AreaMu: v, Parcels: v, MatchP: v, CropP: v, YieldIndex: v, DebtYuan: v, Subsidy: v})
	}
}
