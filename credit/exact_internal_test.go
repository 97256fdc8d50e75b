package credit

import (
	"math"
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
		for _, z := range table {
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
	var v [Draws]float64
	for i := range v {
		v[i] = float64((i * 1237) % Draws) // a permutation: 1237 is odd
	}
	// ⌊0.03·4096⌋ = 122 draws may lie below: the 123rd smallest is 122.
	if got := lowQuantile(&v, 0.03); got != 122 {
		t.Errorf("3 %% quantile is %g, want 122", got)
	}
	for _, k := range []int{0, 1, 409, 2048, 4095} {
		if got := selectSmallest(v[:], k); got != float64(k) {
			t.Errorf("smallest number %d is %g", k, got)
		}
	}
}
