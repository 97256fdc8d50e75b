package delineate

// refine gives pixels at borders to the neighbour whose mean they are more
// like, where that does not lengthen the border by more than it gains and
// leaves the region in one piece. Means stay as they are; two rounds in the
// order of rows settle nearly all.
func (s *stack) refine(label []int32, g *means, owner []int32) {
	for range refineRounds {
		for i, l := range label {
			if l == none || owner != nil && owner[i] != none {
				continue
			}
			if to := s.better(label, g, i); to != l && s.removable(label, i) {
				label[i] = to
			}
		}
	}
}

const (
	refineRounds = 2
	// borderWeight is what one pixel edge of border costs, in units of the noise
	// of all axes: it keeps borders from following noise.
	borderWeight = 20
)

// better returns the region among the four neighbours' that pixel i fits best.
func (s *stack) better(label []int32, g *means, i int) int32 {
	here := s.v[i*s.axes : (i+1)*s.axes]
	around, n := s.around(label, i)
	edge := float32(borderWeight * s.texture.Noise * float64(s.axes))
	best, least := label[i], float32(0)
	for c := -1; c < n; c++ {
		l := label[i]
		if c >= 0 {
			if l = around[c]; l == label[i] || l == none {
				continue
			}
		}
		cost := distance2(here, g.of(l))
		for _, a := range around[:n] {
			if a != l {
				cost += edge
			}
		}
		if c < 0 || cost < least {
			best, least = l, cost
		}
	}
	return best
}

// around lists the labels of the four neighbours.
func (s *stack) around(label []int32, i int) (out [4]int32, n int) {
	x := i % s.width
	if i >= s.width {
		out[n], n = label[i-s.width], n+1
	}
	if x > 0 {
		out[n], n = label[i-1], n+1
	}
	if x+1 < s.width {
		out[n], n = label[i+1], n+1
	}
	if i+s.width < len(label) {
		out[n], n = label[i+s.width], n+1
	}
	return out, n
}

// removable tells whether the region of pixel i stays 4-connected around i
// without it: its neighbours of the same region hang together within the 3 × 3
// pixels, by edges.
func (s *stack) removable(label []int32, i int) bool {
	x, y := i%s.width, i/s.width
	at := func(dx, dy int) bool {
		x, y := x+dx, y+dy
		return x >= 0 && y >= 0 && x < s.width && y < s.height && label[y*s.width+x] == label[i]
	}
	// Walk around: N, NE, E, SE, S, SW, W, NW. A corner links its two sides.
	ring := [8]bool{at(0, -1), at(1, -1), at(1, 0), at(1, 1), at(0, 1), at(-1, 1), at(-1, 0), at(-1, -1)}
	sides, links := 0, 0
	for k := 0; k < 8; k += 2 {
		if ring[k] {
			sides++
			if ring[k+1] && ring[(k+2)%8] {
				links++
			}
		}
	}
	return sides > 0 && (sides-links == 1 || sides == 4 && links == 4)
}

// means of the regions that are left after merging.
type means struct {
	axes int
	v    []float32
}

func (m *means) of(r int32) []float32 { return m.v[int(r)*m.axes:][:m.axes] }

func (g *graph) meansOf(were []int32) *means {
	m := &means{axes: g.axes, v: make([]float32, 0, len(were)*g.axes)}
	for _, r := range were {
		m.v = append(m.v, g.mean(r)...)
	}
	return m
}
