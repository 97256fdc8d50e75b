package portfolio_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"parus/credit"
	"parus/credit/portfolio"
)

func settings(change func(*portfolio.Settings)) portfolio.Settings {
	s := portfolio.DefaultSettings()
	s.Scenarios = 10_000
	if change != nil {
		change(&s)
	}
	return s
}

func result(t *testing.T, s portfolio.Settings, list []portfolio.Exposure) portfolio.Result {
	t.Helper()
	b, err := portfolio.NewBook(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if err := b.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	r, err := b.Result()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// alike are n households of a county, each with 10,000 yuan and an LGD of 0.65.
func alike(county string, n int, pd []float64) []portfolio.Exposure {
	out := make([]portfolio.Exposure, n)
	for i := range out {
		out[i] = portfolio.Exposure{Household: fmt.Sprintf("%s-%06d", county, i), County: county, Village: fmt.Sprintf("%s%03d", county, i%40),
			AmountFen: 1_000_000, LGD: 0.65, PDByShock: pd, Crops: []credit.CropShare{{Code: "winter_wheat", PerMillion: 1_000_000}}}
	}
	return out
}

// vasicek is the expected shortfall, per unit lent and lost whole, of an
// endlessly fine single-factor portfolio: the mean of
// Φ((Φ⁻¹(p) − √R·Z)/√(1−R)) over the worst 1 − level of Z, by 20,000 midpoints.
func vasicek(pd, r, level float64) float64 {
	const n = 20_000
	var sum float64
	for i := range n {
		z := credit.NormalQuantile((float64(i) + 0.5) / n * (1 - level))
		sum += credit.NormalCDF((credit.NormalQuantile(pd)-math.Sqrt(r)*z)/math.Sqrt(1-r)) / n
	}
	return sum
}

// One county, 40,000 equal households: the shortfall is the closed form's plus
// what is left of households' own fortunes, which at this size adds under 0.2 %.
func TestTheShortfallAgreesWithVasiceksClosedForm(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ pd, r, within float64 }{
		{0.03, 0.20, 0.005}, {0.03, 0.05, 0.005}, {0.01, 0.15, 0.005}, {0.10, 0.30, 0.005}, {0.02, 0.40, 0.01},
	} {
		got := result(t, settings(nil), alike("370199", 40_000, portfolio.SingleFactor(c.pd, c.r)))
		want := vasicek(c.pd, c.r, 0.99) * 0.65 * 10_000 * 40_000
		off := got.ShortfallFen.Yuan()/want - 1
		t.Logf("PD %g, R %g: %.0f yuan, closed form %.0f, off by %+.3f %%", c.pd, c.r, got.ShortfallFen.Yuan(), want, 100*off)
		if math.Abs(off) > c.within {
			t.Errorf("PD %g, R %g: shortfall %s, closed form %.0f: off by %.2f %%", c.pd, c.r, got.ShortfallFen, want, 100*off)
		}
		// Bins average over the shock, so the slope, and R, come out a little flat.
		if math.Abs(got.ImpliedCorrelation/c.r-1) > 0.1 {
			t.Errorf("PD %g, R %g: implied correlation %g", c.pd, c.r, got.ImpliedCorrelation)
		}
		if el := 0.65 * c.pd * 4e8; math.Abs(got.ExpectedLossFen.Yuan()/el-1) > 0.002 {
			t.Errorf("PD %g: expected loss %s, want %.0f", c.pd, got.ExpectedLossFen, el)
		}
	}
}

// Households whose chance does not depend on the shock default independently:
// 2,000 of PD 3 % lose 6,500 yuan each. The tail of Binomial(2000, 0.03) at
// 99 %, by its definition, is what the normal approximation is held against.
func TestWithoutASharedShockTheShortfallIsTheBinomials(t *testing.T) {
	t.Parallel()
	flat := make([]float64, credit.ShockBins)
	for i := range flat {
		flat[i] = 0.03
	}
	got := result(t, settings(nil), alike("370199", 2000, flat))
	want := binomialShortfall(2000, 0.03, 0.99) * 6500
	off := got.ShortfallFen.Yuan()/want - 1
	t.Logf("%.0f yuan, binomial %.0f, off by %+.2f %%", got.ShortfallFen.Yuan(), want, 100*off)
	if math.Abs(off) > 0.03 {
		t.Errorf("shortfall %s, binomial %.0f", got.ShortfallFen, want)
	}
	if d := math.Abs(float64(got.ShortfallFen)/float64(got.IndependentFen) - 1); d > 0.01 {
		t.Errorf("shortfall %s, told as independent %s", got.ShortfallFen, got.IndependentFen)
	}
}

// binomialShortfall is the mean of the worst 1 − level of a binomial.
func binomialShortfall(n int, p, level float64) float64 {
	left, sum := 1-level, 0.0
	for k := n; k >= 0 && left > 0; k-- {
		a, _ := math.Lgamma(float64(n + 1))
		b, _ := math.Lgamma(float64(k + 1))
		c, _ := math.Lgamma(float64(n - k + 1))
		mass := min(left, math.Exp(a-b-c+float64(k)*math.Log(p)+float64(n-k)*math.Log(1-p)))
		sum += mass * float64(k)
		left -= mass
	}
	return sum / (1 - level)
}

func TestCountiesWithOneShockAreOneCounty(t *testing.T) {
	t.Parallel()
	pd := portfolio.SingleFactor(0.03, 0.2)
	one := result(t, settings(nil), alike("370199", 20_000, pd))
	for _, c := range []struct {
		rho       float64
		low, high float64 // of the shortfall beyond the expected loss, against one county's
	}{{1, 0.97, 1.03}, {0.2, 0.3, 0.5}, {0, 0.2, 0.35}} {
		var list []portfolio.Exposure
		for i := range 10 {
			list = append(list, alike(fmt.Sprintf("3701%02d", 80+i), 2000, pd)...)
		}
		ten := result(t, settings(func(s *portfolio.Settings) { s.CountyRho = c.rho }), list)
		ratio := float64(ten.ShortfallFen-ten.ExpectedLossFen) / float64(one.ShortfallFen-one.ExpectedLossFen)
		t.Logf("rho %g: unexpected loss %.3f of one county's", c.rho, ratio)
		if ratio < c.low || ratio > c.high {
			t.Errorf("rho %g: unexpected loss is %.3f of one county's, want %g to %g", c.rho, ratio, c.low, c.high)
		}
	}
}

// mixed is a portfolio of counties, villages and crops of all sizes.
func mixed(seed uint64, n int) []portfolio.Exposure {
	r := rand.New(rand.NewPCG(seed, 1))
	crops := []string{"apple", "maize", "winter_wheat"}
	out := make([]portfolio.Exposure, n)
	for i := range out {
		county := fmt.Sprintf("3701%02d", 90+r.IntN(6))
		share := r.Int64N(1_000_001)
		out[i] = portfolio.Exposure{Household: fmt.Sprint("h", i), County: county, Village: fmt.Sprint(county, r.IntN(20)),
			AmountFen: credit.Fen(1+r.IntN(2000)) * 10_000, LGD: 0.65, PDByShock: portfolio.SingleFactor(0.005+0.05*r.Float64(), 0.3*r.Float64()), PDWilling: 0.02,
			Crops: []credit.CropShare{{Code: crops[r.IntN(2)], PerMillion: share}, {Code: "winter_wheat", PerMillion: 1_000_000 - share}}}
	}
	return out
}

func TestContributionsAddUpToTheFen(t *testing.T) {
	t.Parallel()
	r := result(t, settings(nil), mixed(3, 3000))
	for name, list := range map[string][]portfolio.Segment{"counties": r.Counties, "crops": r.Crops, "county and crop": r.CountyCrops} {
		var tail, amount credit.Fen
		for _, s := range list {
			tail += s.TailFen
			amount += s.AmountFen
		}
		if tail != r.ShortfallFen || amount != r.AmountFen || len(list) == 0 {
			t.Errorf("%s add up to %s of %s and %s of %s", name, tail, r.ShortfallFen, amount, r.AmountFen)
		}
	}
	if r.ShortfallFen <= r.AtRiskFen || r.AtRiskFen <= r.ExpectedLossFen {
		t.Errorf("shortfall %s, value at risk %s, expected loss %s", r.ShortfallFen, r.AtRiskFen, r.ExpectedLossFen)
	}
}

// Euler: the contribution of a county is what the shortfall gains when all its
// amounts grow by a hundredth, times a hundred.
func TestAContributionIsTheMarginalShortfall(t *testing.T) {
	t.Parallel()
	list := mixed(4, 3000)
	before := result(t, settings(nil), list)
	for _, s := range before.Counties[:2] {
		grown := slices.Clone(list)
		for i := range grown {
			if grown[i].County == s.County {
				grown[i].AmountFen = grown[i].AmountFen * 101 / 100
			}
		}
		after := result(t, settings(nil), grown)
		slope := 100 * float64(after.ShortfallFen-before.ShortfallFen)
		// 2 %: a difference over a step of 1 % in which few scenarios change places.
		if math.Abs(slope/float64(s.TailFen)-1) > 0.02 {
			t.Errorf("county %s: contribution %s, marginal %.2f", s.County, s.TailFen, slope/100)
		}
	}
}

func TestTheOrderOfExposuresChangesNothing(t *testing.T) {
	t.Parallel()
	list := mixed(5, 800)
	want := result(t, settings(nil), list)
	slices.Reverse(list)
	if got := result(t, settings(nil), list); !reflect.DeepEqual(got, want) {
		t.Errorf("reversed:\n%+v\nwant\n%+v", got, want)
	}
}

// 1,200 unlike households of one county, each drawn by itself under a shock that
// is known to the digit: what sums, bins and a normal approximation give is held
// against. Only the worst tenth of the shocks is drawn, since the worst
// hundredth of losses comes from no other.
func TestTheShortfallAgreesWithDrawingEachHousehold(t *testing.T) {
	t.Parallel()
	const n, scenarios = 1200, 20_000
	r := rand.New(rand.NewPCG(9, 9))
	var list []portfolio.Exposure
	var quantile, root [n]float64 // Φ⁻¹(p)/√(1−R) and √(R/(1−R))
	for i := range n {
		pd, rho := 0.005+0.05*r.Float64(), 0.3*r.Float64()
		quantile[i], root[i] = credit.NormalQuantile(pd)/math.Sqrt(1-rho), math.Sqrt(rho/(1-rho))
		list = append(list, portfolio.Exposure{Household: fmt.Sprint("h", i), County: "370199", AmountFen: credit.Fen(1+r.IntN(2000)) * 10_000, LGD: 0.65,
			PDByShock: portfolio.SingleFactor(pd, rho), PDWilling: 0.02})
	}
	got := result(t, settings(nil), list)
	losses := make([]float64, scenarios/10)
	for s := range losses {
		z := credit.NormalQuantile((float64(s) + 0.5) / scenarios)
		for i, e := range list {
			if r.Float64() < 1-(1-credit.NormalCDF(quantile[i]-root[i]*z))*0.98 {
				losses[s] += e.AmountFen.Yuan() * e.LGD
			}
		}
	}
	slices.Sort(losses)
	var want float64
	for _, l := range losses[len(losses)-scenarios/100:] {
		want += l / (scenarios / 100)
	}
	off := got.ShortfallFen.Yuan()/want - 1
	t.Logf("%.0f, household by household %.0f, off by %+.1f %%", got.ShortfallFen.Yuan(), want, 100*off)
	if math.Abs(off) > 0.02 {
		t.Errorf("shortfall %s, household by household %.0f", got.ShortfallFen, want)
	}
}

// Where very many counties share a part ρ of their shocks, what is their own
// cancels, and the shortfall is Vasicek's with a correlation of R·ρ; 60 counties
// leave a few per cent more.
func TestManyCountiesAreASingleFactorOfTheirCommonPart(t *testing.T) {
	t.Parallel()
	var list []portfolio.Exposure
	for i := range 60 {
		list = append(list, alike(fmt.Sprintf("37%04d", i), 500, portfolio.SingleFactor(0.03, 0.2))...)
	}
	got := result(t, settings(func(s *portfolio.Settings) { s.CountyRho = 0.3; s.Scenarios = 5_000 }), list)
	want := vasicek(0.03, 0.2*0.3, 0.99) * 0.65 * 1e4 * 60 * 500
	off := got.ShortfallFen.Yuan()/want - 1
	t.Logf("off by %+.2f %%", 100*off)
	if off < -0.01 || off > 0.05 {
		t.Errorf("shortfall %s, closed form of the common part %.0f", got.ShortfallFen, want)
	}
}

func BenchmarkBook(b *testing.B) {
	list := mixed(7, 20_000)
	for b.Loop() {
		book, err := portfolio.NewBook(portfolio.DefaultSettings())
		if err != nil {
			b.Fatal(err)
		}
		for _, e := range list {
			if err := book.Add(e); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.N)*float64(len(list))/b.Elapsed().Seconds(), "exposures/s")
}

func BenchmarkResultOfSixCounties(b *testing.B) {
	book, err := portfolio.NewBook(portfolio.DefaultSettings())
	if err != nil {
		b.Fatal(err)
	}
	for _, e := range mixed(7, 20_000) {
		if err := book.Add(e); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if _, err := book.Result(); err != nil {
			b.Fatal(err)
		}
	}
}
