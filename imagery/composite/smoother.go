package composite

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"sync/atomic"
)

// Params sets how a pixel's curve is drawn. The zero value of a field stands
// for its default.
type Params struct {
	// Lambda is the stiffness in days³: the curve minimises
	// Σ (y−z)² + Lambda·∫ (z″)² dt over the clear dates. Default DefaultLambda.
	Lambda float64
	// MinDates is how many clear dates a pixel needs; default 3, with a Ridge 0.
	// A curve with a penalty on its bend alone needs two.
	MinDates int
	// MaxDistanceDays is how far from its nearest clear date a layer may lie;
	// farther ones have no value. 0 is no bound.
	MaxDistanceDays float64
	// Ridge pulls every date towards 0 with this weight, masked or not. Other
	// programs do so to keep their equations solvable; it bends curves to 0 in
	// gaps. 0 is none, and is right.
	Ridge float64
	// NoHold lets the curve run on along a line before the first and after the
	// last clear date of a pixel, instead of holding the value there.
	NoHold bool
}

// DefaultLambda is that of imagery/series, where it is explained.
const DefaultLambda = 2000

// MaxDates is how many dates a composite may take: a mask is one word.
const MaxDates = 64

// tableDates is up to how many dates matrices are kept for every mask.
const tableDates = 12

// rowLanes is how many layers one row of a matrix holds; see Matrix.
const rowLanes = 8

// Smoother knows, for one set of dates and layers, the matrix of every mask.
// It is safe for concurrent use.
type Smoother struct {
	params  Params
	dates   int
	layers  []combination
	knots   []float64 // days, ascending, each once
	knot    []int     // date → its knot
	penalty [3][]float64
	table   []atomic.Pointer[Matrix] // by mask; nil for many dates
}

// combination says which knots a layer is the mean of.
type combination []int

// Matrix turns the values of a pixel's dates into its layers. Blocks of
// rowLanes layers follow one another; a block has a row of rowLanes weights for
// each date, 0 for masked dates, and a last row that is −1 for layers without a
// value.
type Matrix struct {
	weights []float32
	none    uint64 // bits of layers that have no value
}

// EvenLayers makes a smoother with n layers in the middles of n equal parts of
// the time from the first to the last date. Dates are days from any origin,
// ascending; several scenes may share a day.
func EvenLayers(dates []float64, n int, p Params) (*Smoother, error) {
	if n < 1 || n > MaxDates || len(dates) == 0 {
		return nil, fmt.Errorf("composite: %d layers of %d dates: want 1 to %d layers of a date or more", n, len(dates), MaxDates)
	}
	first, last := dates[0], dates[len(dates)-1]
	at := make([][]float64, n)
	for j := range at {
		at[j] = []float64{first + (last-first)*(float64(j)+.5)/float64(n)}
	}
	return newSmoother(dates, at, p)
}

// MeanLayers makes a smoother whose n layers are means of the curve over n
// equal groups of consecutive dates, as monthly composites are.
func MeanLayers(dates []float64, n int, p Params) (*Smoother, error) {
	if n < 1 || n > MaxDates || len(dates)%n != 0 {
		return nil, fmt.Errorf("composite: %d dates do not fall into %d equal groups", len(dates), n)
	}
	at := make([][]float64, n)
	for j := range at {
		at[j] = dates[j*len(dates)/n : (j+1)*len(dates)/n]
	}
	return newSmoother(dates, at, p)
}

// Days lists the day of each layer, or the middle of its group.
func (s *Smoother) Days() []float64 {
	out := make([]float64, len(s.layers))
	for j, c := range s.layers {
		for _, k := range c {
			out[j] += s.knots[k] / float64(len(c))
		}
	}
	return out
}

// newSmoother makes a smoother with a layer for each list of days, the mean of
// the curve on these days.
func newSmoother(dates []float64, layers [][]float64, p Params) (*Smoother, error) {
	switch {
	case len(dates) > MaxDates:
		return nil, fmt.Errorf("composite: %d dates, at most %d: choose a shorter time", len(dates), MaxDates)
	case !slices.IsSorted(dates):
		return nil, errors.New("composite: the dates are not in order")
	case p.Lambda < 0 || p.Ridge < 0 || p.MaxDistanceDays < 0 || p.MinDates < 0:
		return nil, fmt.Errorf("composite: a parameter is negative: %+v", p)
	}
	if p.Lambda == 0 {
		p.Lambda = DefaultLambda
	}
	if p.Ridge == 0 {
		p.MinDates = max(2, orDefault(p.MinDates, 3))
	}
	s := &Smoother{params: p, dates: len(dates), knots: slices.Clone(dates)}
	for _, l := range layers {
		s.knots = append(s.knots, l...)
	}
	slices.Sort(s.knots)
	s.knots = slices.Compact(s.knots)
	if len(s.knots) < 3 {
		return nil, errors.New("composite: fewer than three different days: a curve needs more scenes")
	}
	at := func(day float64) int {
		i, _ := slices.BinarySearch(s.knots, day)
		return i
	}
	for _, d := range dates {
		s.knot = append(s.knot, at(d))
	}
	for _, l := range layers {
		var c combination
		for _, d := range l {
			c = append(c, at(d))
		}
		s.layers = append(s.layers, c)
	}
	s.penalty = penaltyOf(s.knots, p.Lambda)
	if len(dates) <= tableDates {
		s.table = make([]atomic.Pointer[Matrix], 1<<len(dates))
	}
	return s, nil
}

func orDefault(v, otherwise int) int {
	if v == 0 {
		return otherwise
	}
	return v
}

// Layers is how many layers the smoother makes.
func (s *Smoother) Layers() int { return len(s.layers) }

// penaltyOf returns the diagonal and two upper diagonals of λD'HD. D takes
// second divided differences, the second derivative of the parabola through
// three knots, and H weighs each by half the time between its outer knots, so
// the sum stands for the integral over time and does not depend on where the
// knots lie (Eilers 2003, Analytical Chemistry 75, 3631–3636, on unequal
// intervals). On even steps of h days it is Eilers' Σ(Δ²z)² times λ/h³.
func penaltyOf(t []float64, lambda float64) [3][]float64 {
	n := len(t)
	var band [3][]float64
	for k := range band {
		band[k] = make([]float64, n)
	}
	for i := 1; i+1 < n; i++ {
		h0, h1 := t[i]-t[i-1], t[i+1]-t[i]
		d := [3]float64{2 / (h0 * (h0 + h1)), -2 / (h0 * h1), 2 / (h1 * (h0 + h1))}
		w := lambda * (h0 + h1) / 2
		for a := range 3 {
			for b := a; b < 3; b++ {
				band[b-a][i-1+a] += w * d[a] * d[b]
			}
		}
	}
	return band
}

// Matrix returns the matrix of a mask, whose bit k says that date k is clear.
func (s *Smoother) Matrix(mask uint64) *Matrix {
	if s.table == nil {
		return s.matrix(mask)
	}
	if m := s.table[mask].Load(); m != nil {
		return m
	}
	m := s.matrix(mask) // two threads may make the same one
	s.table[mask].Store(m)
	return m
}

func (s *Smoother) matrix(mask uint64) *Matrix {
	blocks := (len(s.layers) + rowLanes - 1) / rowLanes
	m := &Matrix{weights: make([]float32, blocks*(s.dates+1)*rowLanes)}
	defer m.markNone(s.dates, len(s.layers))
	if bits.OnesCount64(mask) < s.params.MinDates || s.clearKnots(mask) < 2 && s.params.Ridge == 0 {
		m.none = 1<<len(s.layers) - 1
		return m
	}
	f := factor(s.system(mask))
	first, last := s.ends(mask)
	row := make([]float64, len(s.knots))
	for j, c := range s.layers {
		clear(row)
		for _, k := range c {
			if !s.params.NoHold {
				k = min(max(k, first), last)
			}
			row[k] += 1 / float64(len(c))
		}
		if s.far(c, mask) {
			m.none |= 1 << j
			continue
		}
		f.solve(row) // the system is symmetric: row·A⁻¹
		for k := range s.dates {
			if mask>>k&1 == 1 {
				m.weights[(j/rowLanes*(s.dates+1)+k)*rowLanes+j%rowLanes] = float32(row[s.knot[k]] * (1 + s.params.Ridge))
			}
		}
	}
	return m
}

// markNone writes the last rows of the blocks.
func (m *Matrix) markNone(dates, layers int) {
	for j := range layers {
		if m.none>>j&1 == 1 {
			m.weights[(j/rowLanes*(dates+1)+dates)*rowLanes+j%rowLanes] = -1
		}
	}
}

// clearKnots counts the different days that are clear.
func (s *Smoother) clearKnots(mask uint64) int {
	n, before := 0, -1
	for k, at := range s.knot {
		if mask>>k&1 == 1 && at != before {
			n, before = n+1, at
		}
	}
	return n
}

// ends returns the first and last clear knot, all knots where none is clear.
func (s *Smoother) ends(mask uint64) (first, last int) {
	if mask == 0 {
		return 0, len(s.knots) - 1
	}
	return s.knot[bits.TrailingZeros64(mask)], s.knot[bits.Len64(mask)-1]
}

// far tells whether a layer lies too far from every clear date.
func (s *Smoother) far(c combination, mask uint64) bool {
	if s.params.MaxDistanceDays == 0 {
		return false
	}
	nearest := math.Inf(1)
	for _, at := range c {
		for k, knot := range s.knot {
			if mask>>k&1 == 1 {
				nearest = min(nearest, math.Abs(s.knots[at]-s.knots[knot]))
			}
		}
	}
	return nearest > s.params.MaxDistanceDays
}

// system is W + λD'HD of a mask, as three diagonals.
func (s *Smoother) system(mask uint64) [3][]float64 {
	a := [3][]float64{slices.Clone(s.penalty[0]), slices.Clone(s.penalty[1]), slices.Clone(s.penalty[2])}
	for k, at := range s.knot {
		a[0][at] += s.params.Ridge + float64(mask>>k&1)
	}
	return a
}

// factored is the LDL' of a symmetric matrix of half width 2.
type factored [3][]float64

// factor works in place.
func factor(a [3][]float64) factored {
	d, e, f := a[0], a[1], a[2]
	for i := range d {
		if i >= 1 {
			d[i] -= e[i-1] * e[i-1] * d[i-1]
		}
		if i >= 2 {
			d[i] -= f[i-2] * f[i-2] * d[i-2]
		}
		if i+1 < len(d) {
			if i >= 1 {
				e[i] -= e[i-1] * f[i-1] * d[i-1]
			}
			e[i] /= d[i]
		}
		if i+2 < len(d) {
			f[i] /= d[i]
		}
	}
	return a
}

// solve replaces z by A⁻¹z.
func (a factored) solve(z []float64) {
	d, e, f := a[0], a[1], a[2]
	for i := range z {
		if i >= 1 {
			z[i] -= e[i-1] * z[i-1]
		}
		if i >= 2 {
			z[i] -= f[i-2] * z[i-2]
		}
	}
	for i := len(z) - 1; i >= 0; i-- {
		z[i] /= d[i]
		if i+1 < len(z) {
			z[i] -= e[i] * z[i+1]
		}
		if i+2 < len(z) {
			z[i] -= f[i] * z[i+2]
		}
	}
}
