package delineate

import (
	"container/heap"
	"math"
)

// merger joins regions, pairs that are each other's cheapest first.
type merger struct {
	*graph
	maxPx int32
	unit  float32 // cost of one square of difference, a pixel and a pixel edge
	calm  float32 // squared step that noise alone makes between two regions
	last  []int32 // border with each region while two are joined
}

// meanWeight is the weight of the difference of means beside the step across
// the border.
const meanWeight = .2

// cost is what joining the two regions of a border loses: the squared error it
// makes by unit length of the border that vanishes (the full λ-schedule of
// Koepfler, Lopez and Morel 1994 and Robinson, Redding and Crisp 2002), with
// the usual step across the border in the place of most of the difference of
// means, so that two fields of one crop stay apart by the track between them,
// and one field with poor and rich soil stays whole:
//
//	a·b/(a+b) · (strength² + meanWeight·|mean a − mean b|²) / (length · axes · scale)
func (m *merger) cost(k *border, a, b int32) float32 {
	na, nb := float32(m.pixels[a]), float32(m.pixels[b])
	step := k.strength()
	return na * nb / (na + nb) * (max(step*step-m.calm, 0) + meanWeight*distance2(m.mean(a), m.mean(b))) * m.unit / float32(k.length)
}

// apart tells whether regions of two owners meet.
func (m *merger) apart(a, b int32) bool {
	return m.owner != nil && m.owner[a] != m.owner[b] && m.owner[a] != none && m.owner[b] != none
}

// offer is a border whose two regions might become one, at a cost.
type offer struct {
	cost   float32
	border int32
	beyond int32
}

func (o offer) before(p offer) bool {
	return o.cost < p.cost || o.cost == p.cost && o.border < p.border
}

// cheapest returns the border of region r that costs least to give up, at most
// limit; its beyond is none where there is no such border. Ties go to the lower
// border, so that any two regions agree on the order.
func (m *merger) cheapest(r int32, limit float32, maxPx int32) offer {
	best := offer{limit, math.MaxInt32, none}
	for e := m.head[r]; e != none; {
		k := &m.border[e]
		if c := k.beyond(r); k.length > 0 && m.pixels[r]+m.pixels[c] <= maxPx && !m.apart(r, c) {
			if o := (offer{m.cost(k, r, c), e, c}); o.before(best) {
				best = o
			}
		}
		e = k.next[k.side(r)]
	}
	return best
}

// rounds of merging, each with a limit four times that of the round before:
// small differences go before large ones, as if the cheapest pair of all were
// joined each time, without a queue of all borders.
const rounds = 6

// merge joins regions until every pair costs more than 1.
func (m *merger) merge() {
	limit := float32(math.Pow(4, 1-rounds))
	var chain []int32
	for range rounds {
		for r := range m.parent {
			chain = m.settle(append(chain[:0], int32(r)), limit)
		}
		limit *= 4
	}
}

// settle walks from the regions of a chain to their cheapest neighbours, joins
// pairs that are each other's, and goes on until nothing around them costs less
// than the limit (the nearest-neighbour chain of Benzécri 1982 and Juan 1982).
func (m *merger) settle(chain []int32, limit float32) []int32 {
	for len(chain) > 0 {
		r := chain[len(chain)-1]
		if m.parent[r] != r {
			chain = chain[:len(chain)-1]
			continue
		}
		o := m.cheapest(r, limit, m.maxPx)
		if o.beyond == none {
			chain = chain[:len(chain)-1]
			continue
		}
		if m.cheapest(o.beyond, limit, m.maxPx).border != o.border {
			chain = append(chain, o.beyond)
			continue
		}
		a, b := r, o.beyond
		if m.pixels[a] < m.pixels[b] || m.pixels[a] == m.pixels[b] && b < a {
			a, b = b, a
		}
		m.join(a, b, m.last)
		chain[len(chain)-1] = a
	}
	return chain
}

// small is a heap of regions by size.
type small struct {
	pixels int32
	region int32
}

type smalls []small

func (q smalls) Len() int { return len(q) }
func (q smalls) Less(i, j int) bool {
	return q[i].pixels < q[j].pixels || q[i].pixels == q[j].pixels && q[i].region < q[j].region
}
func (q smalls) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *smalls) Push(x any)   { *q = append(*q, x.(small)) }
func (q *smalls) Pop() any {
	h := *q
	x := h[len(h)-1]
	*q = h[:len(h)-1]
	return x
}

// absorb joins each region of fewer than minPx pixels, the smallest first, to
// the neighbour that costs least, however large that becomes.
func (m *merger) absorb(minPx int32) {
	var q smalls
	for r, n := range m.pixels {
		if m.parent[r] == int32(r) && n < minPx {
			q = append(q, small{n, int32(r)})
		}
	}
	heap.Init(&q)
	for q.Len() > 0 {
		s := heap.Pop(&q).(small)
		if m.parent[s.region] != s.region || m.pixels[s.region] != s.pixels {
			continue
		}
		to := m.cheapest(s.region, float32(math.Inf(1)), math.MaxInt32).beyond
		if to == none {
			continue
		}
		m.join(to, s.region, m.last)
		if m.pixels[to] < minPx {
			heap.Push(&q, small{m.pixels[to], to})
		}
	}
}

func (s *stack) newMerger(g *graph, p Params, pixelM2 float64) *merger {
	m := &merger{graph: g, last: make([]int32, len(g.pixels))}
	m.calm = s.calm
	m.unit = float32(1 / (p.Contrast * s.texture.Scale() * float64(s.axes)))
	for i := range m.last {
		m.last[i] = none
	}
	m.maxPx = int32(min(float64(p.MaxArea)*1e4/pixelM2, math.MaxInt32/2))
	return m
}
