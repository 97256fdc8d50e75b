package delineate

import (
	"cmp"
	"math"
	"slices"
)

// graph holds regions and the borders between neighbours.
type graph struct {
	bands  int
	pixels []int32   // of each region
	sum    []float32 // [region·bands+band]; means, kept as means
	owner  []int32   // seed of each region, none where there is none
	parent []int32   // union-find over regions
	edges  [][]int32 // borders of each region, indices into border; dead ones linger
	border []border
}

// border is what two neighbours share.
type border struct {
	a, b     int32   // regions as they were; find them through parent
	length   int32   // pixel edges
	strength float32 // sum of differences across it
	version  int32   // costs of earlier versions are out of date; none when dead
}

// newGraph measures the regions of a label image.
func (s *stack) newGraph(label []int32, regions int, owner []int32) *graph {
	g := &graph{bands: s.bands, pixels: make([]int32, regions), owner: make([]int32, regions), parent: make([]int32, regions), edges: make([][]int32, regions)}
	total := make([]float64, regions*s.bands)
	for r := range g.owner {
		g.owner[r] = none
	}
	for i, l := range label {
		if l == none {
			continue
		}
		g.pixels[l]++
		for b, v := range s.v[i*s.bands : (i+1)*s.bands] {
			total[int(l)*s.bands+b] += float64(v)
		}
		if owner != nil && owner[i] != none {
			g.owner[l] = owner[i]
		}
	}
	g.sum = make([]float32, len(total))
	for r := range regions {
		g.parent[r] = int32(r)
		for b := range s.bands {
			g.sum[r*s.bands+b] = float32(total[r*s.bands+b] / float64(g.pixels[r]))
		}
	}
	g.border = s.borders(label)
	g.link()
	return g
}

// touch is one pixel edge between two regions, the lower first.
type touch struct {
	key      uint64
	strength float32
}

// borders collects what neighbours share, ordered by region.
func (s *stack) borders(label []int32) []border {
	var all []touch
	w := s.width
	meet := func(i, j int) {
		a, b := label[i], label[j]
		if a == b || a == none || b == none {
			return
		}
		step := float32(math.Sqrt(float64(distance2(s.v[i*s.bands:][:s.bands], s.v[j*s.bands:][:s.bands]))))
		all = append(all, touch{uint64(min(a, b))<<32 | uint64(max(a, b)), step})
	}
	for i := range label {
		if (i+1)%w != 0 {
			meet(i, i+1)
		}
		if i+w < len(label) {
			meet(i, i+w)
		}
	}
	// Equal keys keep an order that depends on the input alone, so sums are the same each time.
	slices.SortFunc(all, func(x, y touch) int { return cmp.Compare(x.key, y.key) })
	var out []border
	for i := 0; i < len(all); {
		b := border{a: int32(all[i].key >> 32), b: int32(all[i].key & 0xffffffff)}
		for key := all[i].key; i < len(all) && all[i].key == key; i++ {
			b.length++
			b.strength += all[i].strength
		}
		out = append(out, b)
	}
	return out
}

// link gives each region the list of its borders.
func (g *graph) link() {
	count := make([]int32, len(g.pixels)+1)
	for _, b := range g.border {
		count[b.a]++
		count[b.b]++
	}
	store := make([]int32, 2*len(g.border))
	at := 0
	for r := range g.edges {
		g.edges[r] = store[at : at : at+int(count[r])]
		at += int(count[r])
	}
	for i, b := range g.border {
		g.edges[b.a] = append(g.edges[b.a], int32(i))
		g.edges[b.b] = append(g.edges[b.b], int32(i))
	}
}

func (g *graph) find(r int32) int32 {
	for g.parent[r] != r {
		g.parent[r] = g.parent[g.parent[r]]
		r = g.parent[r]
	}
	return r
}

func (g *graph) mean(r int32) []float32 {
	return g.sum[int(r)*g.bands : (int(r)+1)*g.bands]
}

// join makes b part of a. Borders that both had with a third become one.
func (g *graph) join(a, b int32, last []int32) {
	na, nb := float32(g.pixels[a]), float32(g.pixels[b])
	ma, mb := g.mean(a), g.mean(b)
	for i := range ma {
		ma[i] = (ma[i]*na + mb[i]*nb) / (na + nb)
	}
	g.pixels[a] += g.pixels[b]
	g.parent[b] = a
	if g.owner[a] == none {
		g.owner[a] = g.owner[b]
	}
	both := append(g.edges[a], g.edges[b]...)
	g.edges[b] = nil
	kept := both[:0]
	for _, e := range both {
		c := g.other(e, a)
		if c == none {
			continue
		}
		if first := last[c]; first != none {
			g.border[first].length += g.border[e].length
			g.border[first].strength += g.border[e].strength
			g.border[e].version = none
			continue
		}
		last[c] = e
		kept = append(kept, e)
	}
	for _, e := range kept {
		last[g.other(e, a)] = none
	}
	g.edges[a] = kept
}

// other returns the region beyond border e of region a, or none where the
// border is dead or has become inner.
func (g *graph) other(e, a int32) int32 {
	b := &g.border[e]
	if b.version == none {
		return none
	}
	x, y := g.find(b.a), g.find(b.b)
	switch x {
	case y:
		b.version = none
		return none
	case a:
		return y
	}
	return x
}

// labels returns the label image of the regions as they are, numbered anew.
func (g *graph) labels(label []int32) (out []int32, regions int) {
	out = make([]int32, len(label))
	name := make([]int32, len(g.parent))
	for i := range name {
		name[i] = none
	}
	for i, l := range label {
		if l == none {
			out[i] = none
			continue
		}
		r := g.find(l)
		if name[r] == none {
			name[r] = int32(regions)
			regions++
		}
		out[i] = name[r]
	}
	return out, regions
}
