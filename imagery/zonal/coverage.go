package zonal

import (
	"fmt"
	"runtime"
	"slices"
	"sync"

	"parus/imagery"
)

// Span is N pixels of one row that a shape covers fully, from the row-major
// Index in the coverage's grid.
type Span struct{ Index, N uint32 }

// Cell is a pixel that a shape covers in part: its row-major Index in the
// coverage's grid and the Fraction, from 1 to One−1.
type Cell struct{ Index, Fraction uint32 }

// Coverage holds, for each shape that touches a grid, which pixels it covers
// and how far. Shapes keep their input order; spans and cells of a shape grow
// by Index. It is read-only once made and safe for concurrent use.
type Coverage struct {
	Grid imagery.Grid
	IDs  []string // shapes that cover at least 2^-24 of a pixel of the grid

	spanEnd, cellEnd []uint32 // per shape, end in spans and cells
	spans            []Span
	cells            []Cell
}

// Len returns the number of shapes.
func (c *Coverage) Len() int { return len(c.IDs) }

// Spans returns the fully covered stretches of shape i.
func (c *Coverage) Spans(i int) []Span { return c.spans[start(c.spanEnd, i):c.spanEnd[i]] }

// Cells returns the pixels that shape i covers in part.
func (c *Coverage) Cells(i int) []Cell { return c.cells[start(c.cellEnd, i):c.cellEnd[i]] }

func start(ends []uint32, i int) uint32 {
	if i == 0 {
		return 0
	}
	return ends[i-1]
}

// Weight returns the sum of the fractions of shape i, in units of 1/One.
func (c *Coverage) Weight(i int) uint64 {
	var sum uint64
	for _, s := range c.Spans(i) {
		sum += uint64(s.N) * One
	}
	for _, p := range c.Cells(i) {
		sum += uint64(p.Fraction)
	}
	return sum
}

// Cover computes the coverage of shapes on a grid. Shapes outside the grid are
// left out without a word; polygons that cannot be measured come back as
// refusals, in input order. North-up, south-up and rotated grids are accepted;
// a grid of more than 2^32 pixels refuses all shapes.
func Cover(g imagery.Grid, shapes []Shape) (*Coverage, []Refusal) {
	p, refused := Prepare(g, shapes)
	return p.Cover(imagery.Window{Width: g.Width, Height: g.Height}, nil), refused
}

// Prepared holds checked outlines, ready to be measured window by window.
type Prepared struct {
	grid     imagery.Grid
	ids      []string
	outlines []outline // no rings where the shape was refused
	scanners sync.Pool // of *scanner
}

// Prepare checks shapes against a grid, on all processors.
func Prepare(g imagery.Grid, shapes []Shape) (*Prepared, []Refusal) {
	p := &Prepared{grid: g, ids: make([]string, len(shapes)), outlines: make([]outline, len(shapes))}
	reasons := make([]string, len(shapes))
	f, gridErr := newFrame(g)
	parallel(len(shapes), func() *tracer { return &tracer{frame: f} }, func(t *tracer, i int) {
		p.ids[i] = shapes[i].ID
		o, err := t.trace(shapes[i].Polygon)
		if gridErr != nil {
			err = gridErr
		}
		if err != nil {
			reasons[i] = err.Error()
			return
		}
		p.outlines[i] = o
	})
	var refused []Refusal
	for i, r := range reasons {
		if r != "" {
			refused = append(refused, Refusal{ID: shapes[i].ID, Reason: r})
		}
	}
	return p, refused
}

// parallel calls do for 0..n−1 from as many goroutines as there are
// processors, in chunks, each with a state of its own.
func parallel[T any](n int, newState func() T, do func(state T, i int)) {
	const chunk = 256
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(runtime.GOMAXPROCS(0), (n+chunk-1)/chunk) {
		wg.Go(func() {
			state := newState()
			for from := range next {
				for i := from; i < min(from+chunk, n); i++ {
					do(state, i)
				}
			}
		})
	}
	for from := 0; from < n; from += chunk {
		next <- from
	}
	close(next)
	wg.Wait()
}

// Len returns the number of shapes given to Prepare, refused ones included.
func (p *Prepared) Len() int { return len(p.outlines) }

// Bounds returns the pixels that shape i may touch, possibly outside the grid;
// it is empty where the shape was refused.
func (p *Prepared) Bounds(i int) imagery.Window {
	o := &p.outlines[i]
	return imagery.Window{X: o.col, Y: o.row, Width: o.w, Height: o.h}
}

// Cover measures shapes within a window of the grid: those whose numbers are
// listed in only, or all where it is nil. The Coverage's grid is the window.
func (p *Prepared) Cover(w imagery.Window, only []int) *Coverage {
	c, _ := p.CoverNumbered(w, only)
	return c
}

// CoverNumbered is Cover, and tells for each shape of the coverage its number
// among the shapes given to Prepare.
func (p *Prepared) CoverNumbered(w imagery.Window, only []int) (*Coverage, []int) {
	c := &Coverage{Grid: windowGrid(p.grid, w)}
	s, _ := p.scanners.Get().(*scanner)
	if s == nil {
		s = &scanner{}
	}
	defer p.scanners.Put(s)
	c.spans, c.cells = s.spans[:0], s.cells[:0] // which grow; what is kept has its exact size
	defer func() {
		s.spans, s.cells = c.spans, c.cells
		c.spans, c.cells = slices.Clone(c.spans), slices.Clone(c.cells)
	}()
	numbers := make([]int, 0, len(only))
	if only == nil {
		only = make([]int, len(p.outlines))
		for i := range only {
			only[i] = i
		}
	}
	for _, i := range only {
		if p.add(c, s, i, w) {
			numbers = append(numbers, i)
		}
	}
	return c, numbers
}

// add appends the coverage of shape i and tells whether there is any.
func (p *Prepared) add(c *Coverage, s *scanner, i int, w imagery.Window) bool {
	o := &p.outlines[i]
	if len(o.rings) == 0 || o.col >= w.X+w.Width || o.col+o.w <= w.X || o.row >= w.Y+w.Height || o.row+o.h <= w.Y {
		return false
	}
	spans, cells := len(c.spans), len(c.cells)
	s.scan(o, w.Y-o.row, w.Y+w.Height-o.row, w.X+w.Width-o.col, func(r run) {
		col, n := o.col+r.col-w.X, r.n
		if col < 0 {
			col, n = 0, n+col
		}
		if n <= 0 {
			return
		}
		index := uint32((o.row+r.row-w.Y)*w.Width + col)
		if r.fraction == One {
			c.spans = append(c.spans, Span{index, uint32(n)})
		} else {
			c.cells = append(c.cells, Cell{index, r.fraction})
		}
	})
	if len(c.spans) == spans && len(c.cells) == cells {
		return false
	}
	c.IDs = append(c.IDs, p.ids[i])
	c.spanEnd, c.cellEnd = append(c.spanEnd, uint32(len(c.spans))), append(c.cellEnd, uint32(len(c.cells)))
	return true
}

func windowGrid(g imagery.Grid, w imagery.Window) imagery.Grid {
	t := g.Transform
	o := t.Apply(float64(w.X), float64(w.Y))
	t[0], t[3] = o[0], o[1]
	return imagery.Grid{CRS: g.CRS, Transform: t, Width: w.Width, Height: w.Height}
}

func (c *Coverage) String() string {
	return fmt.Sprintf("coverage of %d shapes on %d×%d pixels", len(c.IDs), c.Grid.Width, c.Grid.Height)
}
