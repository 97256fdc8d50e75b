package credit

import (
	"cmp"
	"math"
	"slices"
)

// plot is a parcel as a lens shows it.
type plot struct {
	area    float64 // mu that count; 0: dropped
	q       float64
	crops   []plotCrop
	revenue float64 // expected, CNY/mu if matched
	burden  float64 // expected unpaid costs and living, CNY/mu if matched
	cost    float64 // expected cash cost, CNY/mu
	value   float64 // advance on the expected revenue, CNY/mu
	why     string  // why it was dropped
}

// plotCrop is a crop on a plot, best-earning first.
type plotCrop struct {
	market   int
	p        float64
	gross    float64 // expected CNY/mu
	burden   float64 // unpaid costs and living, CNY/mu
	upTo     float64 // normal threshold: this crop where the stream is below it
	sdCounty float64
	sdModel  float64
	shift    float64 // −(σc²+σm²)/2 and the price's
	scale    float64 // gross·e^shift
	shock    *shock
}

// plot shows parcel i through a lens.
func (s *simulation) plot(i int, l lens) plot {
	p := s.c.Parcels[i]
	out := plot{q: p.MatchP, area: s.area(p, l)}
	if l.match {
		out.q = 1
	}
	var known float64
	for _, k := range p.Crops {
		known += k.P
	}
	switch {
	case out.area <= 0:
		return plot{why: "area"}
	case out.q < s.policy.LeastMatchP:
		return plot{why: "match"}
	case len(p.Crops) == 0 || (known < s.policy.LeastCropP && !l.crop):
		return plot{why: "crop"}
	}
	out.crops = s.plotCrops(p, l)
	for k := range out.crops {
		x := &out.crops[k]
		m := s.c.Market[x.market]
		if m.EarnsNothing {
			continue
		}
		advance := s.policy.AdvanceGrain
		if m.Perishable {
			advance = s.policy.AdvancePerishable
		}
		x.burden = float64(s.policy.UnpaidCostShare*m.CashCostPerMu) + float64(s.policy.LivingShare*math.Max(0, x.gross-m.CashCostPerMu))
		out.revenue += float64(x.p * x.gross)
		out.cost += float64(x.p * m.CashCostPerMu)
		out.burden += float64(x.p * x.burden)
		out.value += float64(float64(advance*x.p) * x.gross)
	}
	return out
}

// area is what counts of a parcel: the smaller of contract and geometry, times
// what is sown and what the papers are worth.
func (s *simulation) area(p Parcel, l lens) float64 {
	a := p.GeometryMu
	if p.ContractMu > 0 {
		a = math.Min(a, p.ContractMu)
		if l.area || a == 0 {
			a = math.Max(p.GeometryMu, p.ContractMu)
		}
		if !l.area && p.GeometryMu == 0 {
			a = 0 // never seen: the contract alone proves no field
		}
	}
	a = float64(a * p.CultivatedShare)
	if !p.Certified && !l.certificate {
		a = float64(a * s.policy.UncertifiedShare)
	}
	if p.TenancyUnproven && !l.tenancy {
		a = float64(a * s.policy.UnprovenShare)
	}
	return a
}

// plotCrops orders a parcel's crops by what they earn and gives each its share
// of the draws. What the posterior leaves open earns nothing.
func (s *simulation) plotCrops(p Parcel, l lens) []plotCrop {
	crops := p.Crops
	if l.crop {
		best := crops[0]
		for _, k := range crops[1:] {
			if k.P > best.P {
				best = k
			}
		}
		best.P = 1
		crops = []CropChance{best}
	}
	out := make([]plotCrop, 0, len(crops))
	for _, k := range crops {
		m, _ := slices.BinarySearchFunc(s.c.Market, k.Code, func(m Market, code string) int { return cmp.Compare(m.Code, code) })
		x := plotCrop{market: m, p: k.P, sdCounty: k.SDCounty, sdModel: s.modelSD(p, k, l)}
		if market := s.c.Market[m]; !market.EarnsNothing {
			x.gross = float64(k.MeanKgPerMu * market.PricePerKg)
			if !l.hazard {
				x.gross = float64(x.gross * (1 - p.HazardLoss))
			}
			variance := float64(x.sdCounty*x.sdCounty) + float64(x.sdModel*x.sdModel) + float64(s.priceSD[m]*s.priceSD[m])
			x.shift = -variance / 2
			// The mean of a product of two tied lognormals (0 where untied).
			tie := float64(float64(s.policy.YieldPriceRho*math.Sqrt(s.policy.CountyRho)) * float64(x.sdCounty*s.priceSD[m]))
			if tie != 0 {
				x.gross = float64(x.gross * exp(tie, twoTo()))
				x.shift -= tie
			}
		}
		out = append(out, x)
	}
	if p.CropsGuessed && !l.crop {
		holdToCheapest(out)
	}
	slices.SortStableFunc(out, func(a, b plotCrop) int {
		switch {
		case a.gross > b.gross:
			return -1
		case a.gross < b.gross:
			return 1
		}
		return a.market - b.market
	})
	var sum float64
	for i := range out {
		sum += out[i].p
		out[i].upTo = normalQuantile(sum)
		if sum > 1-1e-9 {
			out[i].upTo = math.Inf(1)
		}
	}
	return out
}

// modelSD is a crop's own spread on a parcel, wider where imagery is old.
func (s *simulation) modelSD(p Parcel, k CropChance, l lens) float64 {
	if l.yield {
		return 0
	}
	if late := p.ImageryAgeDays - s.policy.StaleAfterDays; late > 0 && !l.fresh {
		return float64(k.SDModel * (1 + math.Min(0.5, float64(s.policy.StaleSDPer30Days*(float64(late)/30)))))
	}
	return k.SDModel
}

// plausibleShare is the part of the likeliest crop's chance from which another
// counts as plausible. A design value: crops that share a calendar get equal
// parts, and others less than half of them.
const plausibleShare = 0.5

// holdToCheapest lets no crop of a parcel earn more than the cheapest plausible
// one that earns. Where crops are guessed from calendars the guess is wrong for
// whole villages alike, so draws parcel by parcel would take the mean over dear
// and cheap crops for diversification, and a line would gain from not knowing.
func holdToCheapest(crops []plotCrop) {
	var best float64
	for _, x := range crops {
		if x.gross > 0 {
			best = math.Max(best, x.p)
		}
	}
	cheapest := math.Inf(1)
	for _, x := range crops {
		if x.gross > 0 && x.p >= float64(plausibleShare*best) {
			cheapest = math.Min(cheapest, x.gross)
		}
	}
	for i := range crops {
		crops[i].gross = math.Min(crops[i].gross, cheapest)
	}
}
