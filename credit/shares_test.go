package credit_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"parus/credit"
)

// Two parcels: a of 10 mu, match 0.9, hazard 10 %, wheat 0.8 at 400 kg/mu × 2.5
// and soybean 0.2 at 150 × 4; b of 5 mu (the contract), match 1, uncertified at
// the policy's 0.7, all soybean at 200 × 4; c is matched too badly to count.
// Wheat: 10·0.9·0.9·0.8·1000 = 6480; soybean: 10·0.9·0.9·0.2·600 + 5·0.7·800 =
// 972 + 2800 = 3772; of 10,252 that is 632,071.8 and 367,928.2 millionths: the
// parts are floored and the largest takes the rest.
func TestCropSharesByHand(t *testing.T) {
	t.Parallel()
	p := policy(t)
	p.UncertifiedShare, p.LeastMatchP, p.LeastCropP = .7, .5, .6
	c := credit.Case{
		Market: []credit.Market{{Code: "wheat", PricePerKg: 2.5}, {Code: "soybean", PricePerKg: 4}, {Code: "fallow", PricePerKg: 9, EarnsNothing: true}},
		Parcels: []credit.Parcel{
			{ID: "b", GeometryMu: 6, ContractMu: 5, CultivatedShare: 1, MatchP: 1, Crops: []credit.CropChance{{Code: "soybean", P: 1, MeanKgPerMu: 200}, {Code: "fallow", MeanKgPerMu: 9}}},
			{ID: "a", GeometryMu: 10, CultivatedShare: 1, MatchP: .9, HazardLoss: .1, Certified: true,
				Crops: []credit.CropChance{{Code: "wheat", P: .8, MeanKgPerMu: 400}, {Code: "soybean", P: .2, MeanKgPerMu: 150}}},
			{ID: "c", GeometryMu: 90, CultivatedShare: 1, MatchP: .49, Certified: true, Crops: []credit.CropChance{{Code: "wheat", P: 1, MeanKgPerMu: 400}}},
		}}
	want := []credit.CropShare{{Code: "soybean", PerMillion: 367_928}, {Code: "wheat", PerMillion: 632_072}}
	if got := c.CropShares(p); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	c.Parcels[0], c.Parcels[2] = c.Parcels[2], c.Parcels[0]
	c.Parcels = append(c.Parcels, c.Parcels[1])
	if got := c.CropShares(p); !slices.Equal(got, want) {
		t.Errorf("in another order, one parcel twice: %v", got)
	}
	if got := (credit.Case{}).CropShares(p); got != nil {
		t.Errorf("of nothing: %v", got)
	}
}

func TestCropSharesAddUp(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 5))
	for range 200 {
		var c credit.Case
		p := credit.Parcel{ID: "p", GeometryMu: 1 + r.Float64(), CultivatedShare: 1, MatchP: 1, Certified: true}
		n := 1 + r.IntN(7)
		for i := range n {
			code := string(rune('a' + i))
			c.Market = append(c.Market, credit.Market{Code: code, PricePerKg: 1 + r.Float64()})
			p.Crops = append(p.Crops, credit.CropChance{Code: code, P: 1 / float64(n), MeanKgPerMu: r.Float64() * r.Float64() * 500})
		}
		c.Parcels = []credit.Parcel{p}
		var sum int64
		for _, s := range c.CropShares(policy(t)) {
			sum += s.PerMillion
		}
		if sum != credit.OneMillion {
			t.Fatalf("shares of %+v add up to %d", c, sum)
		}
	}
}
