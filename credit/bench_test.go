package credit_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"parus/credit"
)

// BenchmarkDecide is the household of the worked case: four parcels, two crops,
// 4,096 draws, all reasons. Households per second are wall time of one core.
func BenchmarkDecide(b *testing.B) {
	e, err := credit.NewEngine(policy(b))
	if err != nil {
		b.Fatal(err)
	}
	c := workedCase(b)
	for b.Loop() {
		if _, err := e.Decide(c); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "households/s")
}

// BenchmarkHouseholds decides distinct households as the method describes them,
// each to the JSON of its snapshot, on all cores that Go may use. The headline
// is a bank's 1.8 million households on two cores.
//
//	go test ./credit -run '^$' -bench Households -benchtime 20000x -cpu 1,2
func BenchmarkHouseholds(b *testing.B) {
	e, err := credit.NewEngine(policy(b))
	if err != nil {
		b.Fatal(err)
	}
	cases := generated(b, 20_000)
	var next, bytes atomic.Int64
	b.ResetTimer()
	began := cpu(b)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			s, err := e.NewSnapshot(cases[int(next.Add(1)-1)%len(cases)])
			if err != nil {
				b.Error(err)
				return
			}
			stored, err := json.Marshal(s)
			if err != nil {
				b.Error(err)
				return
			}
			bytes.Add(int64(len(stored)))
		}
	})
	perCore := float64(b.N) / b.Elapsed().Seconds() / float64(runtime.GOMAXPROCS(0))
	b.ReportMetric(float64(b.N)/(cpu(b)-began).Seconds(), "households/cpu-s") // on a machine that others use
	b.ReportMetric(perCore, "households/s/core")
	b.ReportMetric(1.8e6/(2*perCore)/60, "min/1.8M/2cores")
	b.ReportMetric(float64(bytes.Load())/float64(b.N), "B/snapshot")
}

// cpu is the time that the process has spent on processors.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// generated are distinct households of four parcels each: posteriors over four
// to six crops, of which most parcels of a household share the first, and among
// them uncertified and leased parcels, areas in
// conflict, old imagery, hazards, debts, subsidies and income from elsewhere.
func generated(tb testing.TB, n int) []credit.Case {
	tb.Helper()
	r := rand.New(rand.NewPCG(41, 43))
	early, late := date(tb, "2025-06-20"), date(tb, "2025-10-15")
	crops := []struct {
		code              string
		kg, price, cost   float64
		sdCounty, sdModel float64
		sdPrice           float64
		perishable        bool
		harvest           credit.Date
	}{
		{"winter_wheat", 490, 2.4, 659, .11, .14, .12, false, early}, {"rapeseed", 150, 6, 520, .13, .2, .14, false, early},
		{"maize", 520, 2.3, 640, .12, .16, .15, false, late}, {"soybean", 152, 3.94, 446, .12, .2, .14, false, late},
		{"peanut", 260, 6.5, 800, .14, .22, .18, false, late}, {"cotton", 110, 15, 1200, .14, .24, .2, false, late},
		{"vegetables", 3000, 1.6, 2500, .12, .3, .3, true, late}, {"apple", 2000, 4.5, 3000, .15, .28, .25, true, date(tb, "2025-11-05")},
	}
	var market []credit.Market
	for _, k := range crops {
		market = append(market, credit.Market{Code: k.code, PricePerKg: k.price, LogPriceSD: k.sdPrice, CashCostPerMu: k.cost, Perishable: k.perishable, HarvestEnd: k.harvest})
	}
	market = append(market, credit.Market{Code: "fallow", EarnsNothing: true})
	chance := func(p float64) bool { return r.Float64() < p }
	parcel := func(i, main int) credit.Parcel {
		mu := math.Exp(.9 + .6*r.NormFloat64())
		p := credit.Parcel{ID: fmt.Sprintf("370199001001%05d", i), GeometryMu: mu, ContractMu: mu, CultivatedShare: 1 - .1*r.Float64(), MatchP: 1 - .4*r.Float64()*r.Float64(),
			Certified: chance(.85), TenancyUnproven: chance(.1), ImageryAgeDays: r.IntN(70)}
		if chance(.3) {
			p.ContractMu *= .85 + .3*r.Float64()
		}
		if chance(.1) {
			p.HazardLoss = .3 * r.Float64()
		}
		order := r.Perm(len(crops))[:3+r.IntN(3)]
		if at := slices.Index(order, main); at > 0 && chance(.7) {
			order[0], order[at] = order[at], order[0]
		} else if at < 0 && chance(.7) {
			order[0] = main
		}
		rest := 1.
		for at, k := range order {
			share := rest * (.55 + .44*r.Float64())
			if at == 0 {
				share = .5 + .49*r.Float64()
			}
			p.Crops = append(p.Crops, credit.CropChance{Code: crops[k].code, P: share, MeanKgPerMu: crops[k].kg * math.Exp(.15*r.NormFloat64()),
				SDCounty: crops[k].sdCounty, SDModel: crops[k].sdModel * (.9 + .2*r.Float64())})
			rest -= share
		}
		p.Crops = append(p.Crops, credit.CropChance{Code: "fallow", P: rest})
		return p
	}
	out := make([]credit.Case, n)
	for h := range out {
		c := credit.Case{HouseholdID: fmt.Sprintf("37019900100101%06d", h), Season: "2025", Currency: "CNY", AsOf: date(tb, "2025-03-20"), ModelVersion: "m1",
			Market: market, SubsidyFen: credit.Fen(r.IntN(200_000)), FirstSeason: true}
		main := r.IntN(len(crops))
		for i := range 4 {
			c.Parcels = append(c.Parcels, parcel(4*h+i, main))
		}
		if chance(.4) {
			c.DebtDueFen = credit.Fen(r.IntN(500_000))
		}
		if chance(.5) {
			c.OffFarmFen = credit.Fen(r.IntN(2_000_000))
		}
		out[h] = c
	}
	return out
}
