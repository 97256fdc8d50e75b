package registry

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sync/atomic"

	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"
)

// pair is what two neighbours do to each other.
type pair struct {
	a, b    int32 // rows, a < b
	overlap bool
	at      orb.Point
	gapM    float64 // largest distance between vertices that should be one, 0 for none
	gapAt   orb.Point
}

// cells is a grid over the plane that lists the rows whose bounds touch each
// cell (compressed rows: cell k holds items[start[k]:start[k+1]]).
type cells struct {
	origin     orb.Point
	size       float64
	cols, rows int
	start      []int32
	items      []int32
}

// indexRows puts the usable rows on a grid of cells about as large as a
// parcel's box, at most 4 million.
func indexRows(rows []row) *cells {
	var sum float64
	n := 0
	all := orb.Bound{Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)}}
	for i := range rows {
		if r := &rows[i]; !r.outside {
			sum += r.bound.Max[0] - r.bound.Min[0] + r.bound.Max[1] - r.bound.Min[1]
			all = all.Union(r.bound)
			n++
		}
	}
	if n < 2 {
		return nil
	}
	c := &cells{origin: all.Min, size: max(1, 1.5*sum/float64(2*n))}
	w, h := all.Max[0]-all.Min[0], all.Max[1]-all.Min[1]
	c.size = max(c.size, math.Sqrt(w*h/4e6), max(w, h)/1e6)
	// A few giants among many small parcels would fill every cell: coarser
	// cells then, until there are about as many entries as parcels.
	for range 40 {
		c.cols, c.rows = int(w/c.size)+1, int(h/c.size)+1
		if c.entries(rows) <= 16*n+1<<12 {
			break
		}
		c.size *= 2
	}
	c.start = make([]int32, c.cols*c.rows+1)
	c.each(rows, func(_ int32, k int) { c.start[k+1]++ })
	for k := 1; k < len(c.start); k++ {
		c.start[k] += c.start[k-1]
	}
	c.items = make([]int32, c.start[len(c.start)-1])
	fill := make([]int32, c.cols*c.rows)
	copy(fill, c.start)
	c.each(rows, func(i int32, k int) {
		c.items[fill[k]] = i
		fill[k]++
	})
	return c
}

// entries counts the cells that all rows touch.
func (c *cells) entries(rows []row) int {
	total := 0
	for i := range rows {
		if rows[i].outside {
			continue
		}
		c0, r0, c1, r1 := c.span(&rows[i])
		total += (c1 - c0 + 1) * (r1 - r0 + 1)
	}
	return total
}

// span gives the cells that a row's box touches, padded so that boxes closeM
// apart share the cell of their corner.
func (c *cells) span(r *row) (c0, r0, c1, r1 int) {
	b := r.bound.Pad(closeM)
	c0, r0 = c.cell(b.Min)
	c1, r1 = c.cell(b.Max)
	return c0, r0, c1, r1
}

func (c *cells) cell(p orb.Point) (col, row int) {
	return min(c.cols-1, max(0, int((p[0]-c.origin[0])/c.size))), min(c.rows-1, max(0, int((p[1]-c.origin[1])/c.size)))
}

func (c *cells) each(rows []row, f func(i int32, cell int)) {
	for i := range rows {
		if rows[i].outside {
			continue
		}
		c0, r0, c1, r1 := c.span(&rows[i])
		for r := r0; r <= r1; r++ {
			for k := c0; k <= c1; k++ {
				f(int32(i), r*c.cols+k)
			}
		}
	}
}

// findPairs returns the pairs of rows that overlap beyond the buffer or have
// unsnapped vertices, each pair once, ordered by the first and then the second row's
// place in the grid; the order doesn't depend on the number of threads. Where
// more than [crowd] parcels lie on one spot, crowded counts those left out.
func findPairs(ctx context.Context, rows []row, depthM float64, threads int) (pairs []pair, crowded int, err error) {
	c := indexRows(rows)
	if c == nil {
		return nil, 0, nil
	}
	const strip = 2048 // cells a task
	n := (c.cols*c.rows + strip - 1) / strip
	out := make([][]pair, n)
	var next, left atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range max(1, threads) {
		g.Go(func() error {
			f := pairFinder{depthM: depthM}
			defer func() { left.Add(int64(f.crowded)) }()
			for {
				k := int(next.Add(1)) - 1
				if k >= n {
					return nil
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				f.found = nil
				for cell := k * strip; cell < min(c.cols*c.rows, (k+1)*strip); cell++ {
					f.cell(c, cell, rows)
				}
				out[k] = f.found
			}
		})
	}
	if err := g.Wait(); err != nil {
		return nil, 0, fmt.Errorf("find overlaps: %w", err)
	}
	for _, p := range out {
		pairs = append(pairs, p...)
	}
	return pairs, int(left.Load()), nil
}

// crowd is how many parcels of one cell, about the size of a parcel, are
// compared with one another: the pairs go with its square, and where more lie
// on one spot the layer is broken as a whole, which the report then says.
const crowd = 2000

// pairFinder is one worker's memory.
type pairFinder struct {
	found  []pair
	depthM float64 // how deep counts
	cutsA  []float64

	sidesA, sidesB []border
	vertices       []orb.Point
	crowded        int // parcels left out of the comparison, over all cells
}

func (f *pairFinder) cell(c *cells, k int, rows []row) {
	items := c.items[c.start[k]:c.start[k+1]]
	if len(items) > crowd {
		f.crowded += len(items) - crowd
		items = items[:crowd]
	}
	for i, a := range items {
		ba := &rows[a].bound
		for _, b := range items[i+1:] {
			bb := &rows[b].bound
			// The corner where both boxes begin belongs to one cell alone, so
			// that each pair comes once.
			corner := orb.Point{max(ba.Min[0], bb.Min[0]), max(ba.Min[1], bb.Min[1])}
			if corner[0] > min(ba.Max[0], bb.Max[0])+closeM || corner[1] > min(ba.Max[1], bb.Max[1])+closeM {
				continue
			}
			if cc, cr := c.cell(corner); cr*c.cols+cc != k {
				continue
			}
			f.pair(rows, a, b, corner)
		}
	}
}

// pair judges two rows whose boxes meet or nearly do.
func (f *pairFinder) pair(rows []row, a, b int32, corner orb.Point) {
	ra, rb := &rows[a], &rows[b]
	zone := orb.Bound{
		Min: orb.Point{corner[0] - closeM, corner[1] - closeM},
		Max: orb.Point{min(ra.bound.Max[0], rb.bound.Max[0]) + closeM, min(ra.bound.Max[1], rb.bound.Max[1]) + closeM},
	}
	p := pair{a: min(a, b), b: max(a, b)}
	p.gapM, p.gapAt = f.looseVertices(ra, rb, zone)
	if zone.Max[0]-zone.Min[0] > 2*closeM+2*bufferM && zone.Max[1]-zone.Min[1] > 2*closeM+2*bufferM {
		p.at, p.overlap = f.overlap(ra, rb, zone)
	}
	if p.overlap || p.gapM > 0 {
		f.found = append(f.found, p)
	}
}

// looseVertices finds the largest distance below closeM between a vertex of
// one and the nearest vertex of the other, where neither has a twin: a pair of
// vertices that should be one.
func (f *pairFinder) looseVertices(a, b *row, zone orb.Bound) (gap float64, at orb.Point) {
	f.vertices = verticesIn(f.vertices[:0], a, zone)
	n := len(f.vertices)
	f.vertices = verticesIn(f.vertices, b, zone)
	va, vb := f.vertices[:n], f.vertices[n:]
	if n*len(vb) > manyPairs {
		return looseAmongMany(va, vb)
	}
	for _, p := range va {
		q, d := nearestVertex(p, vb)
		if d <= snapEqualM || d >= closeM || d <= gap {
			continue
		}
		if _, twin := nearestVertex(q, va); twin > snapEqualM {
			gap, at = d, p
		}
	}
	return gap, at
}

// manyPairs is from how many pairs of vertices or sides on two shapes are told
// apart by sorting, or by GEOS, instead of one by one.
const manyPairs = 1 << 22

// looseAmongMany is looseVertices for shapes of very many vertices: both are
// put in order of x and only neighbours in x are compared.
func looseAmongMany(va, vb []orb.Point) (gap float64, at orb.Point) {
	byX := func(a, b orb.Point) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) }
	va, vb = slices.Clone(va), slices.Clone(vb)
	slices.SortFunc(va, byX)
	slices.SortFunc(vb, byX)
	around := func(p orb.Point, of []orb.Point) []orb.Point {
		lo, _ := slices.BinarySearchFunc(of, p[0]-closeM, func(q orb.Point, x float64) int { return cmp.Compare(q[0], x) })
		hi, _ := slices.BinarySearchFunc(of, p[0]+closeM, func(q orb.Point, x float64) int { return cmp.Compare(q[0], x) })
		return of[lo:min(hi, lo+mostAround)]
	}
	for _, p := range va {
		q, d := nearestVertex(p, around(p, vb))
		if d <= snapEqualM || d >= closeM || d <= gap {
			continue
		}
		if _, twin := nearestVertex(q, around(q, va)); twin > snapEqualM {
			gap, at = d, p
		}
	}
	return gap, at
}

// mostAround bounds how many vertices within 5 cm of x are looked at: a file
// that has more in so narrow a strip was made to stop the reader.
const mostAround = 256

// verticesIn lists a shape's vertices in the zone.
func verticesIn(out []orb.Point, r *row, zone orb.Bound) []orb.Point {
	for _, poly := range r.plane {
		for _, ring := range poly {
			for _, p := range ring[1:] {
				if zone.Contains(p) {
					out = append(out, p)
				}
			}
		}
	}
	return out
}

// nearestVertex returns the vertex within closeM that is nearest to p and its
// distance, infinite where there is none.
func nearestVertex(p orb.Point, among []orb.Point) (orb.Point, float64) {
	best, at := closeM*closeM, orb.Point{}
	hit := false
	for _, q := range among {
		dx, dy := q[0]-p[0], q[1]-p[1]
		if d := dx*dx + dy*dy; d < best {
			best, at, hit = d, q, true
		}
	}
	if !hit {
		return at, math.Inf(1)
	}
	return at, math.Sqrt(best)
}
