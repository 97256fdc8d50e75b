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

	county   [half]float64   // √ρ·Z + √(1−ρ)·ε
	shared   [half]float64   // Z
	countyAt stream          // Z's
	prices   [][half]float64 // by market: σ√T·X
	priceSD  []float64       // by market: σ√T
	perMu    [][Draws]float64
	perLens  []lens // what perMu was computed for; its match is set once it was
	own      []ownStreams

	shocks     []*shock // the first shocksUsed are this decision's
	shocksUsed int
	farm       [Draws]float64
	yields     [half]float64
	chance     [half]float64
	match      [half]float64
}

// ownStreams are a parcel's.
type ownStreams struct{ match, crop, yield stream }

// start draws what all parcels share.
func (s *simulation) start(c Case, p Policy) {
	s.c, s.policy = c, p
	if s.streams.taken == nil {
		s.streams.taken = make(map[uint32]bool)
	}
	clear(s.streams.taken)
	s.streams.seed, s.streams.table = newSeed(c, p), drawn()
	s.countyAt = s.streams.find("county", "")
	s.streams.load(&s.shared, s.countyAt)
	s.streams.load(&s.county, s.streams.find("household", ""))
	a, b := math.Sqrt(p.CountyRho), math.Sqrt(1-p.CountyRho)
	for i := range s.county {
		s.county[i] = float64(a*s.shared[i]) + float64(b*s.county[i])
	}
	s.prices = slices.Grow(s.prices[:0], len(c.Market))[:len(c.Market)]
	s.priceSD = s.priceSD[:0]
	tie := math.Sqrt(1 - float64(p.YieldPriceRho*p.YieldPriceRho))
	for k, m := range c.Market {
		years := math.Max(0, float64(c.AsOf.daysUntil(m.HarvestEnd))) / daysPerYear
		sd := float64(m.LogPriceSD * math.Sqrt(years))
		if m.EarnsNothing {
			sd = 0
		}
		s.priceSD = append(s.priceSD, sd)
		s.streams.load(&s.prices[k], s.streams.find("price", m.Code))
		x := &s.prices[k]
		for i := range x {
			x[i] = float64(sd * (float64(p.YieldPriceRho*s.shared[i]) + float64(tie*x[i])))
		}
	}
	s.perMu = slices.Grow(s.perMu[:0], len(c.Parcels))[:len(c.Parcels)]
	s.perLens = append(s.perLens[:0], make([]lens, len(c.Parcels))...)
	s.own = s.own[:0]
	s.shocksUsed = 0
	for _, p := range c.Parcels {
		s.own = append(s.own, ownStreams{s.streams.find("match", p.ID), s.streams.find("crop", p.ID), s.streams.find("yield", p.ID)})
	}
}

// shock is what all parcels of a crop share: e^(σc·county + price), for the
// first half of the draws; the other half is its inverse.
type shock struct {
	market   int
	sdCounty float64
	of       [half]float64
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
	table, price := twoTo(), &s.prices[market]
	for d := range half {
		x.of[d] = exp(float64(sdCounty*s.county[d])+price[d], table)
	}
	return x
}

// cash makes perMu[i] hold parcel i's cash in CNY/mu of every draw, were it
// matched: the drawn crop's revenue less its costs left unpaid and the living
// met from it, χ·cost + δ·max(0, E[revenue] − cost). A draw without a crop
// brings neither.
func (s *simulation) cash(i int, p plot, l lens) {
	l = lens{match: true, crop: l.crop, yield: l.yield, hazard: l.hazard, fresh: l.fresh}
	if s.perLens[i] == l {
		return
	}
	s.perLens[i] = l
	for k := range p.crops {
		x := &p.crops[k]
		x.scale = float64(x.gross * exp(x.shift, twoTo()))
		if x.gross > 0 {
			x.shock = s.shock(x.market, x.sdCounty)
		}
	}
	table, out := twoTo(), &s.perMu[i]
	s.streams.load(&s.chance, s.own[i].crop)
	s.streams.load(&s.yields, s.own[i].yield)
	for d := range half {
		c := s.chance[d]
		here, mirrored := pick(p.crops, c), pick(p.crops, -c)
		if here != nil && here == mirrored {
			e := here.at(d, s.yields[d], table)
			out[d], out[d+half] = float64(here.scale*e)-here.burden, here.scale/e-here.burden
			continue
		}
		out[d], out[d+half] = 0, 0
		if here != nil {
			out[d] = float64(here.scale*here.at(d, s.yields[d], table)) - here.burden
		}
		if mirrored != nil {
			out[d+half] = mirrored.scale/mirrored.at(d, s.yields[d], table) - mirrored.burden
		}
	}
}

// at is the factor on the crop's scale in draw d; its inverse is that of the
// mirrored draw.
func (x *plotCrop) at(d int, y float64, table *[32]float64) float64 {
	if x.sdModel == 0 {
		return x.shock.of[d]
	}
	return float64(x.shock.of[d] * exp(float64(x.sdModel*y), table))
}

// pick is the crop that a draw's chance falls on; nil earns nothing.
func pick(crops []plotCrop, chance float64) *plotCrop {
	for k := range crops {
		if chance < crops[k].upTo {
			if crops[k].gross == 0 {
				return nil
			}
			return &crops[k]
		}
	}
	return nil
}
