package reconcile

import (
	"container/heap"
	"math"

	"github.com/paulmach/orb"
)

// Split is the best division of a parcel in two.
type Split struct {
	Share    float64        // of the smaller part, 0 to 0.5; 0 where it was not tried
	Contrast float64        // root mean square over dates of the parts' difference, in standard deviations within them
	Line     orb.LineString // the straight line that divides them best, in the grid's CRS, across the parcel's bound
	Agree    float64        // share of pixels that lie on their part's side of it
}

// minSplitPx is the least parcel that is divided: below, each pixel of one part
// borders the other.
const (
	minSplitPx = 12
	maxSplitPx = 20000
)

// split divides a parcel into two connected parts by Ward's criterion: pixels
// that touch are joined, the pair first whose union adds least to the squared
// differences within parts (Ward, "Hierarchical grouping to optimize an
// objective function", JASA 1963), until two parts are left.
func (s *scene) split(i int) Split {
	px := s.pixels[i]
	if len(px) < minSplitPx || len(px) > maxSplitPx {
		return Split{}
	}
	w := s.newWard(px, s.profiles[i].mean)
	a, b, ok := w.two()
	if !ok {
		return Split{}
	}
	na, nb := float64(w.size[a]), float64(w.size[b])
	// The within sum of squares is what was joined on the way.
	within := w.within / max(1, (na+nb-2)*float64(w.dates))
	out := Split{Share: min(na, nb) / (na + nb)}
	if within > 0 {
		out.Contrast = math.Sqrt(w.distance2(a, b) / float64(w.dates) / within)
	}
	part := make([]bool, len(px))
	for k := range px {
		part[k] = w.find(int32(k)) == a
	}
	out.Line, out.Agree = s.line(px, part)
	return out
}

// ward is a parcel's pixels on the way to two parts.
type ward struct {
	dates  int
	mean   [][]float64 // per root, mean over its pixels per date
	size   []int32
	parent []int32
	near   [][]int32 // neighbours of a root, possibly joined since
	alive  int
	within float64 // sum of squares joined so far
	queue  pairs
}

type pair struct {
	cost float64
	a, b int32
	// sizes when offered: a pair whose parts have grown since is stale
	na, nb int32
}

type pairs []pair

func (p pairs) Len() int      { return len(p) }
func (p pairs) Swap(i, j int) { p[i], p[j] = p[j], p[i] }
func (p *pairs) Push(x any)   { *p = append(*p, x.(pair)) }
func (p *pairs) Pop() any {
	old := *p
	x := old[len(old)-1]
	*p = old[:len(old)-1]
	return x
}
func (p pairs) Less(i, j int) bool {
	if p[i].cost != p[j].cost {
		return p[i].cost < p[j].cost
	}
	if p[i].a != p[j].a {
		return p[i].a < p[j].a
	}
	return p[i].b < p[j].b
}

// newWard starts from single pixels on the dates that the parcel was clear; a
// pixel hidden on one takes the parcel's mean.
func (s *scene) newWard(px []int32, mean []float64) *ward {
	w := &ward{mean: make([][]float64, len(px)), size: make([]int32, len(px)), parent: make([]int32, len(px)),
		near: make([][]int32, len(px)), alive: len(px)}
	for _, m := range mean {
		if m == m {
			w.dates++
		}
	}
	at := make(map[int32]int32, len(px))
	for k, p := range px {
		at[p] = int32(k)
		w.size[k], w.parent[k] = 1, int32(k)
		w.mean[k] = make([]float64, 0, w.dates)
		for t, plane := range s.NDVI {
			v := float64(plane[p])
			if mean[t] != mean[t] {
				continue
			}
			if v != v {
				v = mean[t]
			}
			w.mean[k] = append(w.mean[k], v)
		}
	}
	width := int32(s.Grid.Width)
	for k, p := range px {
		for _, q := range [4]int32{p + 1, p - 1, p + width, p - width} {
			if o, ok := at[q]; ok && (abs(q-p) != 1 || q/width == p/width) {
				w.near[k] = append(w.near[k], o)
				if int32(k) < o {
					w.offer(int32(k), o)
				}
			}
		}
	}
	heap.Init(&w.queue)
	return w
}

func (w *ward) find(i int32) int32 {
	for w.parent[i] != i {
		w.parent[i] = w.parent[w.parent[i]]
		i = w.parent[i]
	}
	return i
}

func (w *ward) distance2(a, b int32) (d float64) {
	for t, v := range w.mean[a] {
		d += (v - w.mean[b][t]) * (v - w.mean[b][t])
	}
	return d
}

func (w *ward) offer(a, b int32) {
	na, nb := float64(w.size[a]), float64(w.size[b])
	w.queue = append(w.queue, pair{na * nb / (na + nb) * w.distance2(a, b), min(a, b), max(a, b), w.size[min(a, b)], w.size[max(a, b)]})
}

// two joins until two parts are left; not ok where the pixels are connected in
// more pieces than that, or in one.
func (w *ward) two() (a, b int32, ok bool) {
	for w.alive > 2 {
		if w.queue.Len() == 0 {
			return 0, 0, false
		}
		p := heap.Pop(&w.queue).(pair)
		if w.parent[p.a] != p.a || w.parent[p.b] != p.b || w.size[p.a] != p.na || w.size[p.b] != p.nb {
			continue
		}
		w.join(p)
	}
	if w.alive != 2 || w.dates == 0 {
		return 0, 0, false
	}
	a = w.find(0)
	for k := range w.parent {
		if b = w.find(int32(k)); b != a {
			return a, b, true
		}
	}
	return 0, 0, false
}

func (w *ward) join(p pair) {
	w.within += p.cost
	a, b := p.a, p.b
	if len(w.near[b]) > len(w.near[a]) {
		a, b = b, a
	}
	na, nb := float64(w.size[a]), float64(w.size[b])
	for t := range w.mean[a] {
		w.mean[a][t] = (na*w.mean[a][t] + nb*w.mean[b][t]) / (na + nb)
	}
	w.size[a] += w.size[b]
	w.parent[b] = a
	w.alive--
	seen := map[int32]bool{a: true}
	var near []int32
	for _, list := range [2][]int32{w.near[a], w.near[b]} {
		for _, o := range list {
			if o = w.find(o); !seen[o] {
				seen[o] = true
				near = append(near, o)
			}
		}
	}
	w.near[a], w.near[b] = near, nil
	for _, o := range near {
		w.offer(a, o)
		// heap.Push without boxing: offer appended the pair
		heap.Fix(&w.queue, w.queue.Len()-1)
	}
}

func abs(v int32) int32 { return max(v, -v) }
