package fields_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"parus/fields"
)

// good is a wheat field of 2,000 m²: homogeneous, a strong season, a visible
// edge, areas that agree.
func good() fields.MatchEvidence {
	return fields.MatchEvidence{EffectivePixels: 20, Observations: 20, WithinSD: .05, TypicalSD: .05, Amplitude: .6, PeakNDVI: .85,
		Edge: 2, SplitShare: .3, SplitContrast: 1.2, DeclaredM2: 2000, AreaM2: 2000}
}

func TestMatchByHand(t *testing.T) {
	t.Parallel()
	// Evidence of a model with round numbers: prior 0.5 of growth, the other
	// questions unasked but for a prior of 0.8 that it is one field.
	m := fields.DefaultMatchModel()
	m.LimitFor, m.LimitAgainst, m.HalfPixels, m.HalfDates = 10, 10, 0, 0
	m.Judges = map[fields.MatchQuestion]fields.MatchJudge{
		fields.Cultivated: {Prior: .5, Feature: fields.MatchFeature{Yes: .4, No: .2, SD: .1}, Temper: 1},
		fields.Placed:     {Prior: 1}, fields.Single: {Prior: .8}, fields.Sized: {Prior: 1},
	}
	nan := math.NaN()
	e := fields.MatchEvidence{EffectivePixels: 10, Observations: 10, WithinSD: nan, Amplitude: .35, PeakNDVI: nan, Edge: nan}
	// log odds = (.4−.2)/.01·(.35−.3) = 20·.05 = 1; p = .8/(1+e⁻¹) = .8·.731059
	if p := m.Match(e).P; math.Abs(p-.8*.7310585786) > 1e-9 {
		t.Errorf("p = %.10f, want %.10f", p, .8*.7310585786)
	}
}

func TestMatchGoesWithTheEvidence(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		change func(*fields.MatchEvidence)
		lo, hi float64
		reason fields.MatchReason
	}{
		{"a good field", func(*fields.MatchEvidence) {}, .95, 1, ""},
		{"bare land", func(e *fields.MatchEvidence) { e.Amplitude, e.PeakNDVI, e.WithinSD = .05, .32, .07 }, 0, .3, fields.NotCultivated},
		{"built land", func(e *fields.MatchEvidence) { e.Amplitude, e.PeakNDVI = .06, .2 }, 0, .3, fields.BuiltOver},
		{"two crops in one parcel", func(e *fields.MatchEvidence) { e.SplitContrast = 5 }, 0, .7, fields.TwoFields},
		{"two crops in a parcel too small to divide", func(e *fields.MatchEvidence) { e.WithinSD, e.SplitShare = .18, 0 }, 0, .9, fields.Heterogeneous},
		{"a margin that differs", func(e *fields.MatchEvidence) { e.SplitShare, e.SplitContrast = .1, 5 }, .9, 1, ""},
		{"drawn beside its place", func(e *fields.MatchEvidence) { e.Edge = -1.2 }, 0, .6, fields.Misplaced},
		{"nothing known of edges and parts", func(e *fields.MatchEvidence) {
			e.Edge, e.SplitShare, e.SplitContrast = math.NaN(), math.NaN(), math.NaN()
		}, .85, 1, ""},
		{"permanent grass, evergreen", func(e *fields.MatchEvidence) { e.Amplitude, e.PeakNDVI = .2, .8 }, .9, 1, ""},
		{"registered twice as large as drawn", func(e *fields.MatchEvidence) { e.DeclaredM2 = 4000 }, .3, .98, fields.AreaConflict},
		{"never seen", func(e *fields.MatchEvidence) { e.Observations = 0 }, .84, .95, fields.NoObservation},
		{"two pixels", func(e *fields.MatchEvidence) { e.EffectivePixels = 2 }, .9, 1, fields.TooFewPixels},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := good()
			c.change(&e)
			m := fields.MatchParcel(e)
			if m.P < c.lo || m.P > c.hi {
				t.Errorf("p = %.3f, want %g to %g (%v)", m.P, c.lo, c.hi, m.Answers)
			}
			if c.reason == "" && len(m.Reasons) > 0 || c.reason != "" && !slices.Contains(m.Reasons, c.reason) {
				t.Errorf("reasons %v, want %q", m.Reasons, c.reason)
			}
			for _, r := range m.Reasons {
				if zh, en := r.Words(); zh == string(r) || en == string(r) {
					t.Errorf("reason %s has no words", r)
				}
			}
		})
	}
}

func TestLessEvidenceMeansNearerToThePrior(t *testing.T) {
	t.Parallel()
	unseen := good()
	unseen.Observations, unseen.DeclaredM2 = 0, 0
	prior := fields.MatchParcel(unseen).P
	for _, bad := range []bool{false, true} {
		last := math.Inf(1)
		for _, n := range []int{20, 8, 3, 1} {
			e := good()
			e.DeclaredM2 = 0 // areas say nothing
			if bad {
				e.Amplitude, e.PeakNDVI = .05, .2
			}
			e.Observations = n
			d := math.Abs(fields.MatchParcel(e).P - prior)
			if d >= last {
				t.Errorf("bad %v, %d observations: %.3f from the prior, with more of them %.3f", bad, n, d, last)
			}
			last = d
		}
	}
}

func TestFittedProbabilitiesAreCalibrated(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	draw := func() (e fields.MatchEvidence, ok bool) {
		ok = r.Float64() < .7
		e = good()
		e.Amplitude, e.WithinSD, e.PeakNDVI = .45+.1*r.NormFloat64(), .05*math.Exp(.3*r.NormFloat64()), math.NaN()
		if !ok {
			e.Amplitude, e.WithinSD = .25+.1*r.NormFloat64(), .08*math.Exp(.3*r.NormFloat64())
		}
		return e, ok
	}
	var ev []fields.MatchEvidence
	var truth []fields.MatchTruth
	for range 4000 {
		e, ok := draw()
		ev, truth = append(ev, e), append(truth, fields.MatchTruth{fields.Cultivated: ok})
	}
	m, err := fields.FitMatch(fields.DefaultMatchModel(), ev, truth)
	if err != nil {
		t.Fatal(err)
	}
	// Ten bins of fresh draws: |mean p − share of truth| weighted, the
	// expected calibration error. 4,000 draws leave about .01 of noise.
	var n, sum, hit [10]float64
	for range 4000 {
		e, ok := draw()
		p := m.Match(e).Answers[fields.Cultivated]
		b := min(9, int(p*10))
		n[b]++
		sum[b] += p
		if ok {
			hit[b]++
		}
	}
	var ece float64
	for b := range n {
		if n[b] > 0 {
			ece += math.Abs(sum[b]-hit[b]) / 4000
		}
	}
	if ece > .03 {
		t.Errorf("expected calibration error %.3f", ece)
	}
}

func TestFitRefusesSamplesOfOneKind(t *testing.T) {
	t.Parallel()
	ev := make([]fields.MatchEvidence, 50)
	if _, err := fields.FitMatch(fields.DefaultMatchModel(), ev, make([]fields.MatchTruth, 50)); err == nil {
		t.Error("fitted on parcels of which nothing is known")
	}
	truth := make([]fields.MatchTruth, 50)
	for i := range truth {
		truth[i] = fields.MatchTruth{fields.Placed: true}
	}
	if _, err := fields.FitMatch(fields.DefaultMatchModel(), ev, truth); !errors.Is(err, fields.ErrMatchSamples) {
		t.Errorf("fitted on parcels that are all placed right: %v", err)
	}
}

func TestMedianSDCountsClearDates(t *testing.T) {
	t.Parallel()
	nan := float32(math.NaN())
	// Dates 1, 3 and 4 are clear; the fourth has no spread: median of .02 and .06.
	got, n := fields.MedianSD([]float32{.02, .9, .06, nan}, []float32{1, .2, .5, .9})
	if math.Abs(got-.04) > 1e-6 || n != 3 {
		t.Errorf("got %v over %d, want .04 over 3", got, n)
	}
	if m, n := fields.MedianSD(nil, nil); !math.IsNaN(m) || n != 0 {
		t.Errorf("got %v over %d of nothing", m, n)
	}
}
