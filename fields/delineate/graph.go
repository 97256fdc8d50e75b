package delineate

import (
	"cmp"
	"math"
	"slices"
)

// graph holds regions and the borders between neighbours. Each region threads
// a list through its borders.
type graph struct {
	axes   int
	pixels []int32   // of each region
	means  []float32 // [region·axes+axis]
	owner  []int32   // seed of each region, none where there is none; nil without seeds
	parent []int32   // the region that each became part of, itself where none
	head   []int32   // first border of each region
	border []border
}

// border is what two neighbours share.
type border struct {
	a, b   int32
	length int32    // pixel edges; 0 once it is gone
	step   float32  // sum of the square roots of the steps across it
	next   [2]int32 // next border of a and of b
}

// side tells which end of the border region r is.
func (k *border) side(r int32) int {
	if k.a == r {
		return 0
	}
	return 1
}

// beyond returns the other end.
func (k *border) beyond(r int32) int32 { return k.a ^ k.b ^ r }

// strength is the usual step across the border: the square of the mean square
// root, which a few strong pixels move little.
func (k *border) strength() float32 {
	mean := k.step / float32(k.length)
	return mean * mean
}

// newGraph measures the regions of a label image.
func (s *stack) newGraph(label []int32, regions int, owner []int32) *graph {
	g := &graph{axes: s.axes, pixels: make([]int32, regions), parent: make([]int32, regions), head: make([]int32, regions)}
	total := make([]float64, regions*s.axes)
	if owner != nil {
		g.owner = make([]int32, regions)
	}
	for r := range g.parent {
		g.parent[r], g.head[r] = int32(r), none
		if owner != nil {
			g.owner[r] = none
		}
	}
	for i, l := range label {
		if l == none {
			continue
		}
		g.pixels[l]++
		sum := total[int(l)*s.axes:][:s.axes]
		for a, v := range s.v[i*s.axes : (i+1)*s.axes] {
			sum[a] += float64(v)
		}
		if owner != nil && owner[i] != none {
			g.owner[l] = owner[i]
		}
	}
	g.means = make([]float32, len(total))
	for i, sum := range total {
		g.means[i] = float32(sum / float64(g.pixels[i/s.axes]))
	}
	g.border = s.borders(label, regions)
	for e := len(g.border) - 1; e >= 0; e-- {
		k := &g.border[e]
		k.next = [2]int32{g.head[k.a], g.head[k.b]}
		g.head[k.a], g.head[k.b] = int32(e), int32(e)
	}
	return g
}

// touch is one pixel edge between a region and one of a higher number.
type touch struct {
	b    int32
	step float32 // square root of the step across
}

// touches calls see for each pixel edge between two regions, in the order of
// pixels.
func (s *stack) touches(label []int32, see func(i, j int, a, b int32)) {
	for i, a := range label {
		if a == none {
			continue
		}
		if (i+1)%s.width != 0 && label[i+1] != a && label[i+1] != none {
			see(i, i+1, min(a, label[i+1]), max(a, label[i+1]))
		}
		if j := i + s.width; j < len(label) && label[j] != a && label[j] != none {
			see(i, j, min(a, label[j]), max(a, label[j]))
		}
	}
}

// borders collects what neighbours share, ordered by region.
func (s *stack) borders(label []int32, regions int) []border {
	end := make([]int32, regions+1)
	s.touches(label, func(_, _ int, a, _ int32) { end[a+1]++ })
	for r := range regions {
		end[r+1] += end[r]
	}
	all := make([]touch, end[regions])
	at := slices.Clone(end[:regions])
	s.touches(label, func(i, j int, a, b int32) {
		d := distance2(s.v[i*s.axes:][:s.axes], s.v[j*s.axes:][:s.axes])
		all[at[a]] = touch{b, float32(math.Sqrt(math.Sqrt(float64(d))))}
		at[a]++
	})
	count := 0
	for r := range regions {
		count += kinds(all[end[r]:end[r+1]])
	}
	out := make([]border, 0, count)
	for r := range regions {
		for i, t := range all[end[r]:end[r+1]] {
			if i == 0 || t.b != out[len(out)-1].b {
				out = append(out, border{a: int32(r), b: t.b})
			}
			k := &out[len(out)-1]
			k.length++
			k.step += t.step
		}
	}
	return out
}

// kinds sorts touches by region and counts the regions. Equal ones keep their
// order, so that sums are the same each time.
func kinds(all []touch) (n int) {
	slices.SortStableFunc(all, func(x, y touch) int { return cmp.Compare(x.b, y.b) })
	for i, t := range all {
		if i == 0 || t.b != all[i-1].b {
			n++
		}
	}
	return n
}

func (g *graph) mean(r int32) []float32 {
	return g.means[int(r)*g.axes : (int(r)+1)*g.axes]
}

// neighbours calls see with each border of region r and the region beyond.
func (g *graph) neighbours(r int32, see func(e, beyond int32)) {
	for e := g.head[r]; e != none; {
		k := &g.border[e]
		if k.length > 0 {
			see(e, k.beyond(r))
		}
		e = k.next[k.side(r)]
	}
}

// join makes b part of a. Borders that both had with a third become one. last
// is none for each region, before and after.
func (g *graph) join(a, b int32, last []int32) {
	na, nb := float32(g.pixels[a]), float32(g.pixels[b])
	ma, mb := g.mean(a), g.mean(b)
	for i := range ma {
		ma[i] = (ma[i]*na + mb[i]*nb) / (na + nb)
	}
	g.pixels[a] += g.pixels[b]
	g.parent[b] = a
	if g.owner != nil && g.owner[a] == none {
		g.owner[a] = g.owner[b]
	}
	list := thread{graph: g, of: a, first: none, tail: none, last: last}
	list.takeOwn(b)
	list.takeOver(b)
	list.end()
	g.head[b] = none
}

// thread strings the borders of a region together anew.
type thread struct {
	*graph
	of          int32   // the region
	first, tail int32   // borders
	last        []int32 // border with each region on the thread
}

func (t *thread) keep(e, beyond int32) {
	t.last[beyond] = e
	if t.tail == none {
		t.first = e
	} else {
		k := &t.border[t.tail]
		k.next[k.side(t.of)] = e
	}
	t.tail = e
}

// takeOwn takes the region's own borders but the one with b.
func (t *thread) takeOwn(b int32) {
	for e := t.head[t.of]; e != none; {
		k := &t.border[e]
		next := k.next[k.side(t.of)]
		switch c := k.beyond(t.of); {
		case k.length == 0:
		case c == b:
			k.length = 0
		default:
			t.keep(e, c)
		}
		e = next
	}
}

// takeOver takes the borders of b, which become the region's.
func (t *thread) takeOver(b int32) {
	for e := t.head[b]; e != none; {
		k := &t.border[e]
		side, c := k.side(b), k.beyond(b)
		next := k.next[side]
		switch {
		case k.length == 0:
		case t.last[c] != none:
			twin := &t.border[t.last[c]]
			twin.length += k.length
			twin.step += k.step
			k.length = 0
		default:
			if side == 0 {
				k.a = t.of
			} else {
				k.b = t.of
			}
			t.keep(e, c)
		}
		e = next
	}
}

// end closes the thread and forgets where its borders lead.
func (t *thread) end() {
	if t.tail != none {
		k := &t.border[t.tail]
		k.next[k.side(t.of)] = none
	}
	t.head[t.of] = t.first
	for e := t.first; e != none; {
		k := &t.border[e]
		t.last[k.beyond(t.of)] = none
		e = k.next[k.side(t.of)]
	}
}

func (g *graph) find(r int32) int32 {
	for g.parent[r] != r {
		g.parent[r] = g.parent[g.parent[r]]
		r = g.parent[r]
	}
	return r
}

// rename turns labels, in place, into numbers of the regions that are left, in
// the order of their first pixels, and returns how many there are and which
// regions they were.
func (g *graph) rename(label []int32) (were []int32) {
	name := make([]int32, len(g.parent))
	for i := range name {
		name[i] = none
	}
	for i, l := range label {
		if l == none {
			continue
		}
		r := g.find(l)
		if name[r] == none {
			name[r] = int32(len(were))
			were = append(were, r)
		}
		label[i] = name[r]
	}
	return were
}
