package credit

import (
	"math"
	"slices"
	"testing"
)

// The package's own functions against the library's, over the ranges in use.
func TestOwnFunctionsAgreeWithTheLibrary(t *testing.T) {
	t.Parallel()
	table := twoTo()
	for x := -60.0; x < 60; x += 0.00731 {
		if got, want := exp(x, table), math.Exp(x); math.Abs(got-want) > 3e-14*want {
			t.Fatalf("exp(%g) = %g, want %g", x, got, want)
		}
	}
	for x := 1e-12; x < 1e12; x *= 1.0173 {
		if got, want := logOf(x), math.Log(x); math.Abs(got-want) > 4e-15*math.Max(1, math.Abs(want)) {
			t.Fatalf("log(%g) = %g, want %g", x, got, want)
		}
	}
	for p := 1e-12; p < 0.5; p *= 1.0171 {
		x := normalQuantile(p) // the library's Erfc is exact in the tail, its inverse is not
		if back := 0.5 * math.Erfc(-x/math.Sqrt2); math.Abs(back-p) > 1e-13*p*math.Max(1, x*x) {
			t.Fatalf("Φ(quantile(%g)) = %g", p, back)
		}
		if other := normalQuantile(1 - p); p > 1e-6 && math.Abs(other+x) > 1e-9 {
			t.Fatalf("quantiles of %g and 1−%g are %g and %g", p, p, x, other)
		}
	}
	for x := -30.0; x < 9; x += 0.0173 {
		if got, want := normalCDF(x), 0.5*math.Erfc(-x/math.Sqrt2); math.Abs(got-want) > 1e-14 {
			t.Fatalf("Φ(%g) = %g, want %g", x, got, want)
		}
	}
}

// Each table with its mirror image hits every stratum of 1/4096 once, so that
// its mean is 0 and a chance of q comes true in q·4096 draws.
func TestTablesAreStratified(t *testing.T) {
	t.Parallel()
	for k, table := range drawn() {
		var hit [Draws]bool
		for _, z := range table[:half] {
			for _, v := range []float64{z, -z} {
				at := int(normalCDF(v) * Draws)
				if hit[at] {
					t.Fatalf("table %d hits stratum %d twice", k, at)
				}
				hit[at] = true
			}
		}
	}
}

func TestQuantileOfDraws(t *testing.T) {
	t.Parallel()
	var s simulation
	for name, value := range map[string]func(i int) float64{
		"a permutation":             func(i int) float64 { return float64((i * 1237) % Draws) }, // 1237 is odd
		"in order":                  func(i int) float64 { return float64(i) },
		"the sample sees large":     func(i int) float64 { return float64((i*Draws/16 + i/16*4095) % Draws) },
		"one value":                 func(int) float64 { return 7 },
		"two values a bit apart":    func(i int) float64 { return float64(i%2) * 5e-324 },
		"one far from all the rest": func(i int) float64 { return float64(i/(Draws-1)) * 1e12 },
	} {
		for i := range s.farm {
			s.farm[i] = value(i)
		}
		sorted := slices.Clone(s.farm[:])
		slices.Sort(sorted)
		for _, alpha := range []float64{.001, .03, .2, .5} { // ⌊0.03·4096⌋ = 122 draws may lie below
			if got, want := s.lowQuantile(&s.farm, alpha), sorted[int(alpha*Draws)]; got != want {
				t.Errorf("%s: quantile %g is %g, want %g", name, alpha, got, want)
			}
		}
		want := Income{P10Fen: RoundFen(sorted[409]), P50Fen: RoundFen(sorted[2048]), P90Fen: RoundFen(sorted[3686])}
		if got := s.distribution(income{}); got != want {
			t.Errorf("%s: distribution %+v, want %+v", name, got, want)
		}
	}
}

// The picker agrees with its thresholds on either side of each and between.
func TestPicker(t *testing.T) {
	t.Parallel()
	for _, chances := range [][]float64{{1}, {.5, .5}, {.999, .001}, {.3, .000001, .2, .49}, {0, .7, .3}, {1e-9, .6}, {.2, .2, .2, .2, .2}, {}} {
		var crops []plotCrop
		var sum float64
		for _, p := range chances {
			sum += p
			crops = append(crops, plotCrop{p: p, upTo: normalQuantile(min(sum, 1))})
		}
		want := func(c float64) uint8 {
			for k, x := range crops {
				if c < x.upTo {
					return uint8(k)
				}
			}
			return placeNothing
		}
		var p picker
		p.start(crops)
		try := func(c float64) {
			if got := p.of(c); got != want(c) {
				t.Fatalf("chances %v: %g falls on %d, want %d", chances, c, got, want(c))
			}
		}
		for c := -7.5; c < 7.5; c += .001 {
			try(c)
		}
		for _, x := range crops {
			if math.Abs(x.upTo) < 7 {
				try(x.upTo)
				try(math.Nextafter(x.upTo, 9))
				try(math.Nextafter(x.upTo, -9))
			}
		}
	}
}
