package scorecard

import (
	"math"
	"math/rand/v2"
	"testing"
)

func bits(s string) []bool {
	out := make([]bool, len(s))
	for i := range s {
		out[i] = s[i] == '1'
	}
	return out
}

// One column of 0 and 1 is saturated: the intercept is the log odds at 0, the
// coefficient the difference, its variance the sum of 1/(n p (1 − p)).
// At 0: 2 bad of 10; at 1: 6 bad of 10.
func TestRegressionOnTwoGroupsIsClosed(t *testing.T) {
	t.Parallel()
	x := make([]float64, 20)
	for i := 10; i < 20; i++ {
		x[i] = 1
	}
	f, err := logistic([][]float64{x}, bits("11000000001111110000"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string][2]float64{
		"intercept":    {f.coef[0], math.Log(2. / 8)},
		"coefficient":  {f.coef[1], math.Log(6./4) - math.Log(2./8)},
		"its error":    {f.se[1], math.Sqrt(1/1.6 + 1/2.4)},
		"of intercept": {f.se[0], math.Sqrt(1 / 1.6)},
	} {
		if math.Abs(c[0]-c[1]) > 1e-9 {
			t.Errorf("%s is %.12g, want %.12g", name, c[0], c[1])
		}
	}
	if f.ridge != 0 {
		t.Errorf("a ridge of %g where none is needed", f.ridge)
	}
}

// Two columns and 60 rows by formula. The expected figures are scikit-learn's
// (LogisticRegression, penalty none, newton-cg, tolerance 10⁻¹⁴), the errors
// sqrt(diag((XᵀWX)⁻¹)) by numpy at its coefficients.
func TestRegressionAgreesWithScikitLearn(t *testing.T) {
	t.Parallel()
	x := make([][]float64, 2)
	for i := range 60 {
		x[0] = append(x[0], float64(i*37%101)/50-1)
		x[1] = append(x[1], float64(i*53%97)/40-1.2)
	}
	f, err := logistic(x, bits("011000100011000110000100001000100001000010001110011000110001"))
	if err != nil {
		t.Fatal(err)
	}
	for j, want := range []struct{ coef, se float64 }{{-0.86928525, 0.31348358}, {0.89491895, 0.50919748}, {-1.08412451, 0.45973798}} {
		if math.Abs(f.coef[j]-want.coef) > 2e-8 || math.Abs(f.se[j]-want.se) > 2e-8 {
			t.Errorf("coefficient %d is %.8f ± %.8f, want %.8f ± %.8f", j, f.coef[j], f.se[j], want.coef, want.se)
		}
	}
}

func TestRegressionFallsBackOnARidge(t *testing.T) {
	t.Parallel()
	line := []float64{1, 2, 3, 4, 5, 6, 7, 8}
	for name, c := range map[string]struct {
		x   [][]float64
		bad string
	}{
		"complete separation":       {[][]float64{line}, "00001111"},
		"quasi-complete":            {[][]float64{{0, 0, 0, 0, 0, 1, 1, 1}}, "00011111"},
		"a column twice":            {[][]float64{line, line}, "00101011"},
		"a column that is constant": {[][]float64{line, {3, 3, 3, 3, 3, 3, 3, 3}}, "00101011"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := logistic(c.x, bits(c.bad))
			if err != nil {
				t.Fatal(err)
			}
			if f.ridge < ridgeOnSeparation {
				t.Errorf("ridge %g", f.ridge)
			}
			for j := range f.coef {
				if math.IsNaN(f.coef[j]) || math.Abs(f.coef[j]) > 50 || math.IsNaN(f.se[j]) {
					t.Errorf("coefficient %d is %g ± %g", j, f.coef[j], f.se[j])
				}
			}
			if !(f.coef[1] > 0) {
				t.Errorf("coefficient %g, want one above 0", f.coef[1])
			}
		})
	}
}

// The cuts found are the best of all that are allowed, by trying all.
func TestSplitIsTheBestMonotoneOne(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	cutSeen := 0
	for range 300 {
		items := make([]item, 2+r.IntN(7))
		b := binning{leastRows: 10, leastBads: 2, leastGoods: 2}
		for i := range items {
			rows := 5 + r.IntN(30)
			items[i] = item{rows, r.IntN(1 + rows*(1+i)/(len(items)+1))}
			b.bads, b.goods = b.bads+items[i].bads, b.goods+rows-items[i].bads
		}
		if b.bads == 0 {
			continue
		}
		best := math.Inf(-1)
		for cuts := range 1 << (len(items) - 1) {
			if v, ok := worth(b, items, cuts); ok {
				best = math.Max(best, v)
			}
		}
		starts := b.split(items, true, true)
		mask := 0
		for _, s := range starts[1:] {
			mask |= 1 << (s - 1)
		}
		if len(starts) > 1 {
			cutSeen++
		}
		got, ok := worth(b, items, mask)
		if math.IsInf(best, -1) {
			if len(starts) != 1 {
				t.Fatalf("%v: %d bins where none is allowed", items, len(starts))
			}
			continue
		}
		if !ok || got < best-1e-9 {
			t.Fatalf("%v: bins from %v are worth %g (allowed: %v), the best %g", items, starts, got, ok, best)
		}
	}
	if cutSeen < 50 {
		t.Errorf("cut in %d of 300 cases only", cutSeen)
	}
}

// worth is what bins are worth that are cut before the items whose bit is set,
// and whether they are allowed.
func worth(b binning, items []item, cuts int) (value float64, ok bool) {
	var weights []float64
	var now item
	for i, x := range items {
		now.rows, now.bads = now.rows+x.rows, now.bads+x.bads
		if i+1 < len(items) && cuts>>i&1 == 0 {
			continue
		}
		if now.rows < b.leastRows || now.bads < b.leastBads || now.rows-now.bads < b.leastGoods {
			return 0, false
		}
		value += likelihood(now.rows, now.bads) - cutCosts
		weights = append(weights, b.woe(now.rows, now.bads))
		now = item{}
	}
	up, down := true, true
	for i := 1; i < len(weights); i++ {
		up, down = up && weights[i] > weights[i-1], down && weights[i] < weights[i-1]
	}
	return value, up || down
}
