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

// plot is a parcel as a lens shows it.
type plot struct {
	area    float64 // mu that count; 0: dropped
	q       float64
	crops   []plotCrop
	revenue float64 // expected, CNY/mu if matched
	burden  float64 // unpaid costs and living, CNY/mu if matched
	cost    float64 // expected cash cost, CNY/mu
	value   float64 // advance on the expected revenue, CNY/mu
	why     string  // why it was dropped
}

// plotCrop is a crop on a plot, best-earning first.
type plotCrop struct {
	market   int
	p        float64
	gross    float64 // expected CNY/mu
	upTo     float64 // normal threshold: this crop where the stream is below it
	sdCounty float64
	sdModel  float64
	shift    float64 // −(σc²+σm²)/2 and the price's
	scale    float64 // gross·e^shift
	shock    *shock
}

// simulation is one household's case in the course of a decision. It is reused;
// the buffers hold no state between decisions.
type simulation struct {
	policy  Policy
	c       Case
	streams streams
	years   float64 // from the decision to the last due date

	county  [half]float64   // √ρ·Z + √(1−ρ)·ε
	shared  [half]float64   // Z
	prices  [][half]float64 // by market: σ√T·X
	priceSD []float64       // by market: σ√T
	perMu   [][Draws]float64
	perLens []lens // what perMu was computed for; its match is set once it was
	own     []ownStreams

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
	s.streams.load(&s.shared, s.streams.find("county", ""))
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
	for k, x := range out.crops {
		m := s.c.Market[x.market]
		out.revenue += float64(x.p * x.gross)
		if !m.EarnsNothing {
			out.cost += float64(x.p * m.CashCostPerMu)
		}
		advance := s.policy.AdvanceGrain
		if m.Perishable {
			advance = s.policy.AdvancePerishable
		}
		out.value += float64(float64(advance*x.p) * x.gross)
		out.crops[k] = x
	}
	out.burden = float64(s.policy.UnpaidCostShare*out.cost) + float64(s.policy.LivingShare*math.Max(0, out.revenue-out.cost))
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
		m, _ := slices.BinarySearchFunc(s.c.Market, k.Code, func(m Market, code string) int { return compare(m.Code, code) })
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

// revenue makes perMu[i] hold parcel i's revenue in CNY/mu of every draw, were
// it matched.
func (s *simulation) revenue(i int, p plot, l lens) {
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
			out[d], out[d+half] = float64(here.scale*e), here.scale/e
			continue
		}
		out[d], out[d+half] = 0, 0
		if here != nil {
			out[d] = float64(here.scale * here.at(d, s.yields[d], table))
		}
		if mirrored != nil {
			out[d+half] = mirrored.scale / mirrored.at(d, s.yields[d], table)
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

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
