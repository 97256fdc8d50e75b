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
	dropped     map[string]string
}

// income simulates the farm through a lens; farm then holds the farm's part of
// the cash flow of every draw.
func (s *simulation) income(l lens) income {
	var in income
	debt := s.c.DebtDueFen
	if l.debt {
		debt = 0
	}
	in.fixed = float64(s.policy.SubsidyShare*s.c.SubsidyFen.Yuan()) + float64(s.policy.OffFarmShare*s.c.OffFarmFen.Yuan()) - debt.Yuan()
	clear(s.farm[:])
	for i := range s.c.Parcels {
		v := s.view(i, l)
		if v.why != "" {
			if in.dropped == nil {
				in.dropped = map[string]string{}
			}
			in.dropped[s.c.Parcels[i].ID] = v.why
			continue
		}
		in.used++
		mu := float64(v.area * v.q)
		in.need += float64(mu * v.cost)
		in.value += float64(mu * v.value)
		in.revenue += float64(mu * v.revenue)
		in.mean += float64(mu * (v.revenue - v.burden))
		s.harvest(i, v, l)
	}
	in.mean += in.fixed
	in.low = in.fixed + s.lowQuantile(s.policy.Appetite)
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
