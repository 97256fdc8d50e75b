package credit

import "math"

const daysPerYear = 365.0

// income is a household's cash at harvest through a lens, before the line is
// repaid, and the amounts that bound the line; yuan.
type income struct {
	need, value float64
	revenue     float64 // expected
	mean, low   float64 // expected cash flow and its α-quantile
	fixed       float64 // subsidies and off-farm income less debts: no risk in them
	capacity    float64
	used        int // parcels that counted
}

// expect fills in what needs no draws: views with how the lens shows each
// parcel, and all of the income but its quantile. Its capacity is an upper bound.
func (s *simulation) expect(l lens, views []view) income {
	var in income
	debt := s.c.DebtDueFen
	if l.debt {
		debt = 0
	}
	in.fixed = float64(s.policy.SubsidyShare*s.c.SubsidyFen.Yuan()) + float64(s.policy.OffFarmShare*s.c.OffFarmFen.Yuan()) - debt.Yuan()
	for i := range views {
		v := s.view(i, l)
		views[i] = v
		if v.why != "" {
			continue
		}
		in.used++
		mu := float64(v.area * v.q)
		in.need += float64(mu * v.cost)
		in.value += float64(mu * v.value)
		in.revenue += float64(mu * v.revenue)
		in.mean += float64(mu * (v.revenue - v.burden))
	}
	in.mean += in.fixed
	in.low = math.Inf(1)
	in.capacity = s.capacity(in)
	return in
}

// income simulates the farm as it is; farm then holds its part of the cash flow
// of every draw.
func (s *simulation) income(l lens) income {
	in := s.expect(l, s.views)
	clear(s.farm[:])
	for i, v := range s.views {
		if v.why == "" {
			s.harvest(&s.farm, i, v, l)
		}
	}
	return s.quantile(in, &s.farm)
}

// otherwise simulates the farm through a lens, given its expectations, once
// income has simulated it as it is: only what the lens changes is taken out and
// put in, where that is less work than all anew.
func (s *simulation) otherwise(l lens, in income) income {
	anew, changes := 0, 0
	for i, v := range s.seen {
		changes += s.changes(i, l)
		if v.why == "" {
			anew++
		}
	}
	farm := &s.changed
	if changes >= anew {
		clear(farm[:])
		for i, v := range s.seen {
			if v.why == "" {
				s.harvest(farm, i, v, l)
			}
		}
		return s.quantile(in, farm)
	}
	*farm = s.farm
	for i, v := range s.seen {
		n := s.changes(i, l)
		if n == 0 {
			continue
		}
		pays, before := s.pays(i, v, l), s.pays(i, s.views[i], lens{})
		if n == 2 {
			s.reap(farm, i, v.q, s.factors(i, l), &pays)
			pays = [places]pay{}
		}
		for k := range pays {
			pays[k].gain -= before[k].gain
			pays[k].burden -= before[k].burden
		}
		s.reap(farm, i, s.views[i].q, s.factors(i, lens{}), &pays)
	}
	return s.quantile(in, farm)
}

// changes is how many passes over the draws a parcel needs where a lens
// changes it.
func (s *simulation) changes(i int, l lens) int {
	before, v := s.views[i], s.seen[i]
	regrows := s.grownBy(i, l) != lens{}
	switch {
	case v == before && !regrows:
		return 0
	case v.q == before.q && !regrows:
		return 1
	}
	return 2
}

func (s *simulation) quantile(in income, farm *[Draws]float64) income {
	in.low = in.fixed + s.lowQuantile(farm, s.policy.Appetite)
	in.capacity = s.capacity(in)
	return in
}

// capacity is what can be owed: the least of the cash flow's α-quantile and its
// mean over the cover ratio, without the interest until the due date.
func (s *simulation) capacity(in income) float64 {
	return math.Min(in.low, in.mean/s.policy.CoverRatio) / (1 + float64(s.policy.ReferenceRate*s.years))
}

// shortfall is the share of draws in which the cash flow is below due.
func (s *simulation) shortfall(fixed, due float64) float64 {
	n := 0
	limit := due - fixed
	for _, x := range s.farm {
		if x < limit {
			n++
		}
	}
	return float64(n) / Draws
}
