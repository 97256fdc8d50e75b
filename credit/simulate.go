package credit

import (
	"math"
	"slices"
)

// lens is a counterfactual: what is taken as settled.
type lens struct {
	match, crop, yield, area, certificate, tenancy, hazard, fresh bool
	debt, cropLimits, limits                                      bool
}

// simulation is one household's case in the course of a decision. It is reused;
// the buffers hold no state between decisions.
type simulation struct {
	policy  Policy
	c       Case
	streams streams
	years   float64 // from the decision to the last due date

	countyAt stream // Z's
	county   [half]float64
	matches  [half]float64 // the parcels' shared part of their matches
	chances  [half]float64 // and of their crops
	priceSD  []float64     // by market: σ√T
	prices   []stream      // by market: X
	plots    []*plot
	picker   picker
	grows    growth

	shocks     []*shock // the first shocksUsed are this decision's
	shocksUsed int
	still      shock          // of what never varies
	views      []view         // parcels as they are
	seen       []view         // and through a lens
	farm       [Draws]float64 // the farm's part of the cash flow of every draw
	changed    [Draws]float64 // the same through a lens
	lifted     [Draws]float64 // a parcel's factors through a lens
	odd        [Draws]uint16  // draws to be looked at once more
	few        [Draws]float64 // values of the draws around a quantile
	bin        [Draws]uint8   // of each draw's cash flow
}

// mostPlotsKept bounds what a simulation keeps for the next decision.
const mostPlotsKept = 64

// start draws what all parcels share.
func (s *simulation) start(c Case, p Policy) {
	s.c, s.policy = c, p
	if s.streams.taken == nil {
		s.streams.taken = make(map[uint32]bool)
	}
	clear(s.streams.taken)
	s.streams.seed = newSeed(c, p)
	s.countyAt = s.streams.find("county", "")
	z, a := s.countyAt.view()
	e, b := s.streams.find("household", "").view()
	a, b = float64(a*math.Sqrt(p.CountyRho)), float64(b*math.Sqrt(1-p.CountyRho))
	for d := range s.county {
		s.county[d] = float64(a*z[d]) + float64(b*e[d])
	}
	weigh(&s.matches, s.streams.find("matches", ""), p.MatchRho)
	weigh(&s.chances, s.streams.find("crops", ""), p.CropRho)
	s.priceSD, s.prices = s.priceSD[:0], s.prices[:0]
	for _, m := range c.Market {
		years := math.Max(0, float64(c.AsOf.daysUntil(m.HarvestEnd))) / daysPerYear
		sd := float64(m.LogPriceSD * math.Sqrt(years))
		if m.EarnsNothing {
			sd = 0
		}
		s.priceSD = append(s.priceSD, sd)
		s.prices = append(s.prices, s.streams.find("price", m.Code))
	}
	s.shocksUsed = 0
	if len(s.plots) > mostPlotsKept && len(c.Parcels) <= mostPlotsKept {
		s.plots = slices.Clone(s.plots[:mostPlotsKept])
	}
	for len(s.plots) < len(c.Parcels) {
		s.plots = append(s.plots, new(plot))
	}
	s.views, s.seen = slices.Grow(s.views[:0], len(c.Parcels))[:len(c.Parcels)], slices.Grow(s.seen[:0], len(c.Parcels))[:len(c.Parcels)]
	for i, p := range c.Parcels {
		s.plots[i].start(s, p)
	}
}

// weigh writes √ρ times a stream: the part that parcels share in a Gaussian
// copula of one factor (Vasicek 1987; Li 2000).
func weigh(dst *[half]float64, x stream, rho float64) {
	values, sign := x.view()
	sign = float64(sign * math.Sqrt(rho))
	for d := range dst {
		dst[d] = float64(sign * values[d])
	}
}

// shock is what all parcels of a crop share: σc·county + the log price's
// change, for the first half of the draws; the other half is its negative.
type shock struct {
	market   int
	sdCounty float64
	of       [half]float64
	factor   [half]float64 // e^of where filled, else 0
	filled   bool
}

// shock finds or computes a crop's.
func (s *simulation) shock(market int, sdCounty float64) *shock {
	for _, x := range s.shocks[:s.shocksUsed] {
		if x.market == market && x.sdCounty == sdCounty {
			return x
		}
	}
	if s.shocksUsed == len(s.shocks) {
		s.shocks = append(s.shocks, new(shock))
	}
	x := s.shocks[s.shocksUsed]
	s.shocksUsed++
	x.market, x.sdCounty = market, sdCounty
	if x.filled {
		clear(x.factor[:])
		x.filled = false
	}
	price, sign := s.prices[market].view()
	z, zSign := s.countyAt.view()
	rho := s.policy.YieldPriceRho
	sign = float64(sign * float64(s.priceSD[market]*math.Sqrt(1-float64(rho*rho))))
	zSign = float64(zSign * float64(s.priceSD[market]*rho))
	if rho == 0 {
		for d := range x.of {
			x.of[d] = float64(sdCounty*s.county[d]) + float64(sign*price[d])
		}
		return x
	}
	for d := range x.of {
		x.of[d] = float64(sdCounty*s.county[d]) + float64(sign*price[d]) + float64(zSign*z[d])
	}
	return x
}

// draw decides which crop parcel i bears in each draw and whether it is the
// household's, see [Policy]'s crop_rho and match_rho.
func (s *simulation) draw(i int) {
	x := s.plots[i]
	if x.drawn {
		return
	}
	x.drawn = true
	own, b := x.own.crop.view()
	b = float64(b * math.Sqrt(1-s.policy.CropRho))
	pick := &s.picker
	pick.start(x.crops)
	for d := range half {
		c := s.chances[d] + float64(b*own[d])
		x.crop[d], x.crop[d+half] = pick.of(c), pick.of(-c)
	}
	q := s.c.Parcels[i].MatchP
	if q >= 1 {
		x.held = x.crop
		return
	}
	upTo := normalQuantile(q)
	own, b = x.own.match.view()
	b = float64(b * math.Sqrt(1-s.policy.MatchRho))
	for d := range half {
		m := s.matches[d] + float64(b*own[d])
		x.held[d] = x.crop[d] | unlessNegative(m-upTo)
		x.held[d+half] = x.crop[d+half] | unlessNegative(-m-upTo)
	}
}

// unlessNegative is 0 where x < 0, else placeNoMatch, without a branch: matches
// are random and a branch on them would be guessed wrong.
func unlessNegative(x float64) uint8 {
	return ^uint8(int64(math.Float64bits(x))>>63) & placeNoMatch
}
