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
	byCrop      []float64 // expected revenue by market
}

// income simulates the farm through a lens; farm then holds the farm's part of
// the cash flow of every draw.
func (s *simulation) income(l lens) income {
	in := income{byCrop: make([]float64, len(s.c.Market))}
	debt := s.c.DebtDueFen
	if l.debt {
		debt = 0
	}
	in.fixed = float64(s.policy.SubsidyShare*s.c.SubsidyFen.Yuan()) + float64(s.policy.OffFarmShare*s.c.OffFarmFen.Yuan()) - debt.Yuan()
	clear(s.farm[:])
	for i := range s.c.Parcels {
		p := s.plot(i, l)
		if p.why != "" {
			if in.dropped == nil {
				in.dropped = map[string]string{}
			}
			in.dropped[s.c.Parcels[i].ID] = p.why
			continue
		}
		in.used++
		mu := float64(p.area * p.q)
		in.need += float64(mu * p.cost)
		in.value += float64(mu * p.value)
		in.revenue += float64(mu * p.revenue)
		in.mean += float64(mu * (p.revenue - p.burden))
		for _, x := range p.crops {
			in.byCrop[x.market] += float64(mu * float64(x.p*x.gross))
		}
		s.cash(i, p, l)
		s.harvest(i, p)
	}
	in.mean += in.fixed
	in.low = in.fixed + lowQuantile(&s.farm, s.policy.Appetite)
	in.capacity = s.capacity(in)
	return in
}

// capacity is what can be owed: the least of the cash flow's α-quantile and its
// mean over the cover ratio, without the interest until the due date.
func (s *simulation) capacity(in income) float64 {
	return math.Min(in.low, in.mean/s.policy.CoverRatio) / (1 + float64(s.policy.ReferenceRate*s.years))
}

// harvest adds parcel i's cash to the draws in which it is matched. Costs left
// unpaid and living belong to the parcel: where the seen field is not the
// household's, it brings neither revenue nor burden.
func (s *simulation) harvest(i int, p plot) {
	out := &s.perMu[i]
	if p.q >= 1 {
		for d := range s.farm {
			s.farm[d] += float64(p.area * out[d])
		}
		return
	}
	upTo := normalQuantile(p.q)
	s.streams.load(&s.match, s.own[i].match)
	for d := range half {
		s.farm[d] += ifNegative(s.match[d]-upTo, float64(p.area*out[d]))
		s.farm[d+half] += ifNegative(-s.match[d]-upTo, float64(p.area*out[d+half]))
	}
}

// ifNegative is v where x < 0, else 0, without a branch: matches are random and
// a branch on them would be guessed wrong.
func ifNegative(x, v float64) float64 {
	mask := uint64(int64(math.Float64bits(x)) >> 63)
	return math.Float64frombits(math.Float64bits(v) & mask)
}

// lowQuantile is the smallest value below which at most a share α of the draws
// lies: the (⌊α·n⌋+1)-th smallest. It keeps the smallest values seen in a
// heap with the largest on top, so that most draws cost one comparison.
func lowQuantile(v *[Draws]float64, alpha float64) float64 {
	k := int(float64(alpha*Draws)) + 1
	k = min(k, Draws)
	heap := make([]float64, k)
	copy(heap, v[:k])
	for i := k/2 - 1; i >= 0; i-- {
		sink(heap, i)
	}
	for _, x := range v[k:] {
		if x < heap[0] {
			heap[0] = x
			sink(heap, 0)
		}
	}
	return heap[0]
}

// sink restores the heap below i.
func sink(h []float64, i int) {
	for {
		j := 2*i + 1
		if j >= len(h) {
			return
		}
		if j+1 < len(h) && h[j+1] > h[j] {
			j++
		}
		if h[i] >= h[j] {
			return
		}
		h[i], h[j] = h[j], h[i]
		i = j
	}
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
