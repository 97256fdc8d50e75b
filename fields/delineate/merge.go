package delineate

import (
	"container/heap"
	"math"
)

// offer is a border whose two regions might become one, at a cost.
type offer struct {
	cost            float32
	border, version int32
}

func (o offer) before(p offer) bool {
	return o.cost < p.cost || o.cost == p.cost && (o.border < p.border || o.border == p.border && o.version < p.version)
}

// offers is a binary heap, cheapest first, with ties by border so that the
// order of merging is one.
type offers []offer

func (q *offers) push(o offer) {
	*q = append(*q, o)
	h := *q
	i := len(h) - 1
	for i > 0 && o.before(h[(i-1)/2]) {
		h[i] = h[(i-1)/2]
		i = (i - 1) / 2
	}
	h[i] = o
}

func (q *offers) pop() offer {
	h := *q
	top, o := h[0], h[len(h)-1]
	h = h[:len(h)-1]
	*q = h
	if len(h) == 0 {
		return top
	}
	i := 0
	for {
		c := 2*i + 1
		if c >= len(h) {
			break
		}
		if c+1 < len(h) && h[c+1].before(h[c]) {
			c++
		}
		if !h[c].before(o) {
			break
		}
		h[i] = h[c]
		i = c
	}
	h[i] = o
	return top
}

// merger joins regions, the cheapest pair first.
type merger struct {
	*graph
	par   Params
	maxPx int32
	limit float32 // cost at which merging ends
	last  []int32 // border with each region while two are joined
	queue offers
}

// cost is what joining the two regions of a border loses: the growth of the
// squared error by unit length of the border that vanishes (the full λ-schedule
// of Koepfler, Lopez and Morel 1994 and Robinson, Redding and Crisp 2002), per
// band. The edge along the border counts beside the difference of means, so
// that two fields of one crop stay apart by the track between them:
//
//	a·b/(a+b) · (|mean a − mean b|² + EdgeWeight·(mean |step across|)²) / (length · bands)
func (m *merger) cost(e int32, a, b int32) float32 {
	na, nb := float32(m.pixels[a]), float32(m.pixels[b])
	k := &m.border[e]
	length := float32(k.length)
	step := k.strength / length
	d := distance2(m.mean(a), m.mean(b)) + float32(m.par.EdgeWeight)*step*step
	return na * nb / (na + nb) * d / (length * float32(m.bands))
}

// apart tells whether two regions may not become one.
func (m *merger) apart(a, b int32) bool {
	return m.pixels[a]+m.pixels[b] > m.maxPx || m.owner[a] != m.owner[b] && m.owner[a] != none && m.owner[b] != none
}

func (m *merger) offerAll(a int32) {
	for _, e := range m.edges[a] {
		c := m.other(e, a)
		if c == none {
			continue
		}
		k := &m.border[e]
		k.version++
		m.offer(e, a, c)
	}
}

func (m *merger) offer(e, a, c int32) {
	if m.apart(a, c) {
		return
	}
	if cost := m.cost(e, a, c); cost < m.limit {
		m.queue.push(offer{cost, e, m.border[e].version})
	}
}

// merge joins regions until every pair costs more than the contrast asked for.
func (m *merger) merge() {
	for e := range m.border {
		k := &m.border[e]
		if k.version != none {
			m.offer(int32(e), m.find(k.a), m.find(k.b))
		}
	}
	for len(m.queue) > 0 {
		o := m.queue.pop()
		k := &m.border[o.border]
		if k.version != o.version {
			continue
		}
		a, b := m.find(k.a), m.find(k.b)
		if m.pixels[a] < m.pixels[b] || m.pixels[a] == m.pixels[b] && b < a {
			a, b = b, a
		}
		m.join(a, b, m.last)
		m.offerAll(a)
	}
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
// the neighbour that costs least.
func (m *merger) absorb(minPx int32) {
	var q smalls
	for r := range m.parent {
		if m.find(int32(r)) == int32(r) && m.pixels[r] < minPx {
			q = append(q, small{m.pixels[r], int32(r)})
		}
	}
	heap.Init(&q)
	for q.Len() > 0 {
		s := heap.Pop(&q).(small)
		if m.find(s.region) != s.region || m.pixels[s.region] != s.pixels {
			continue
		}
		to := m.cheapest(s.region)
		if to == none {
			continue
		}
		a, b := to, s.region
		m.join(a, b, m.last)
		if m.pixels[a] < minPx {
			heap.Push(&q, small{m.pixels[a], a})
		}
	}
}

// cheapest returns the neighbour that region r joins at the least cost, or
// none. Ties go to the lower border.
func (m *merger) cheapest(r int32) int32 {
	best, at := offer{cost: float32(math.Inf(1))}, none
	for _, e := range m.edges[r] {
		c := m.other(e, r)
		if c == none || m.owner[r] != m.owner[c] && m.owner[r] != none && m.owner[c] != none {
			continue
		}
		if o := (offer{cost: m.cost(e, r, c), border: e}); at == none || o.before(best) {
			best, at = o, c
		}
	}
	return at
}

func newMerger(g *graph, p Params, pixelM2 float64, noise float32) *merger {
	m := &merger{graph: g, par: p, last: make([]int32, len(g.pixels)), limit: float32(p.Contrast) * noise}
	for i := range m.last {
		m.last[i] = none
	}
	m.maxPx = int32(min(float64(p.MaxArea)*1e4/pixelM2, math.MaxInt32/2))
	return m
}
