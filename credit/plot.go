package credit

import (
	"math"
	"slices"
	"strings"
)

// Places of a draw's crop: the parcel's crops in the order of what they earn,
// then what the posterior leaves open, then draws without a match.
const (
	mostCrops    = 62
	placeNothing = mostCrops
	placeNoMatch = 63
	places       = 64
)

// plot is a parcel in a decision: its crops, whatever the lens, and its draws.
type plot struct {
	own   ownStreams
	crops []plotCrop // best-earning first
	known float64    // Σ π
	best  int        // place of the likeliest crop

	drawn  bool // crop and held are this decision's
	made   bool // and factor, through the decision's own lens
	crop   [Draws]uint8
	held   [Draws]uint8 // crop where matched, else placeNoMatch
	factor [Draws]float64
}

// ownStreams are a parcel's.
type ownStreams struct{ match, crop, yield stream }

// plotCrop is a crop on a plot before any hazard.
type plotCrop struct {
	market   int
	p        float64
	gross    float64 // expected CNY/mu
	free     float64 // the same where the crop is certain
	upTo     float64 // normal threshold: this crop where the chance is below it
	sdCounty float64
	sdModel  float64
	tie      float64 // of yield and price: what both gain by moving together
}

// start orders a parcel's crops by what they earn and gives each its share of
// the draws.
func (x *plot) start(s *simulation, p Parcel) {
	x.own = ownStreams{s.streams.find("match", p.ID), s.streams.find("crop", p.ID), s.streams.find("yield", p.ID)}
	x.drawn, x.made, x.known, x.best = false, false, 0, 0
	x.crops = x.crops[:0]
	for _, k := range p.Crops {
		m, _ := slices.BinarySearchFunc(s.c.Market, k.Code, func(m Market, code string) int { return strings.Compare(m.Code, code) })
		c := plotCrop{market: m, p: k.P, sdCounty: k.SDCounty, sdModel: k.SDModel}
		if market := &s.c.Market[m]; !market.EarnsNothing {
			c.gross = float64(k.MeanKgPerMu * market.PricePerKg)
			// The mean of a product of two tied lognormals (0 where untied).
			c.tie = float64(float64(s.policy.YieldPriceRho*math.Sqrt(s.policy.CountyRho)) * float64(c.sdCounty*s.priceSD[m]))
			if c.tie != 0 {
				c.gross = float64(c.gross * exp(c.tie, twoTo()))
			}
		}
		c.free = c.gross
		x.crops = append(x.crops, c)
		x.known += k.P
	}
	if p.CropsGuessed {
		holdToCheapest(x.crops)
	}
	slices.SortStableFunc(x.crops, func(a, b plotCrop) int {
		switch {
		case a.gross > b.gross:
			return -1
		case a.gross < b.gross:
			return 1
		}
		return a.market - b.market
	})
	var sum float64
	for k := range x.crops {
		c, best := &x.crops[k], &x.crops[x.best]
		if c.p > best.p || (c.p == best.p && c.market < best.market) {
			x.best = k
		}
		sum += c.p
		c.upTo = normalQuantile(sum)
		if sum > 1-1e-9 {
			c.upTo = math.Inf(1)
		}
	}
}

// view is a parcel as a lens shows it.
type view struct {
	area    float64 // mu that count
	q       float64
	revenue float64 // expected, CNY/mu if matched
	burden  float64 // expected unpaid costs and living, CNY/mu if matched
	cost    float64 // expected cash cost, CNY/mu
	value   float64 // advance on the expected revenue, CNY/mu
	why     string  // why it was dropped
}

// view shows parcel i through a lens.
func (s *simulation) view(i int, l lens) view {
	p, x := &s.c.Parcels[i], s.plots[i]
	out := view{q: p.MatchP, area: s.area(p, l)}
	if l.match {
		out.q = 1
	}
	switch {
	case out.area <= 0:
		return view{why: "area"}
	case out.q < s.policy.LeastMatchP:
		return view{why: "match"}
	case len(x.crops) == 0 || (x.known < s.policy.LeastCropP && !l.crop):
		return view{why: "crop"}
	}
	for k := range x.crops {
		m := &s.c.Market[x.crops[k].market]
		chance := x.chance(k, l)
		if m.EarnsNothing || chance == 0 {
			continue
		}
		advance := s.policy.AdvanceGrain
		if m.Perishable {
			advance = s.policy.AdvancePerishable
		}
		gross := x.gross(k, p, l)
		out.revenue += float64(chance * gross)
		out.cost += float64(chance * m.CashCostPerMu)
		out.burden += float64(chance * s.burden(m, gross))
		out.value += float64(float64(advance*chance) * gross)
	}
	return out
}

// chance is that of the crop at a place.
func (x *plot) chance(k int, l lens) float64 {
	switch {
	case !l.crop:
		return x.crops[k].p
	case k == x.best:
		return 1
	}
	return 0
}

// gross is what the crop at a place is expected to earn a mu, after hazards.
func (x *plot) gross(k int, p *Parcel, l lens) float64 {
	g := x.crops[k].gross
	if l.crop {
		g = x.crops[k].free
	}
	if !l.hazard {
		g = float64(g * (1 - p.HazardLoss))
	}
	return g
}

// burden is what a mu of a crop leaves to pay and to live on at harvest,
// χ·cost + δ·max(0, E[revenue] − cost).
func (s *simulation) burden(m *Market, gross float64) float64 {
	return float64(s.policy.UnpaidCostShare*m.CashCostPerMu) + float64(s.policy.LivingShare*math.Max(0, gross-m.CashCostPerMu))
}

// area is what counts of a parcel: the smaller of contract and geometry, times
// what is sown and what the papers are worth.
func (s *simulation) area(p *Parcel, l lens) float64 {
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

// modelSD is a crop's own spread on a parcel, wider where imagery is old.
func (s *simulation) modelSD(p *Parcel, sd float64, l lens) float64 {
	if l.yield {
		return 0
	}
	if late := p.ImageryAgeDays - s.policy.StaleAfterDays; late > 0 && !l.fresh {
		return float64(sd * (1 + math.Min(0.5, float64(s.policy.StaleSDPer30Days*(float64(late)/30)))))
	}
	return sd
}

// plausibleShare is the part of the likeliest crop's chance from which another
// counts as plausible. A design value: crops that share a calendar get equal
// parts, and others less than half of them.
const plausibleShare = 0.5

// holdToCheapest lets no crop of a parcel earn more than the cheapest plausible
// one that earns. Where crops are guessed from calendars their chances are
// nobody's frequencies, so the mean over dear and cheap crops is no expectation,
// and a line would gain from not knowing. Drawing guesses together does not
// cure that: it leaves the mean, and a quantile can even rise with it, since a
// miss rarer than the appetite then costs all parcels in draws that it ignores.
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
