package delineate

import (
	"math"
	"runtime"
	"slices"
	"sync"
)

// stack is an image made ready: scaled, without gaps, pixel by pixel.
type stack struct {
	width, height, bands int
	v                    []float32 // [pixel·bands+band], ranks within a band, see ranks
	valid                []bool    // pixels with data in some band
	threads              int
}

// newStack ranks each band and fills hidden pixels smoothly, so
// that the rim of a cloud is no edge.
func newStack(m Image, threads int) (*stack, error) {
	if threads == 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	s := &stack{width: m.Grid.Width, height: m.Grid.Height, bands: len(m.Bands), threads: threads}
	n := s.width * s.height
	s.v, s.valid = make([]float32, n*s.bands), make([]bool, n)
	for _, plane := range m.Bands {
		for i, x := range plane {
			s.valid[i] = s.valid[i] || finite(x)
		}
	}
	if !slices.Contains(s.valid, true) {
		return nil, ErrNoData
	}
	var wg sync.WaitGroup
	free := make(chan struct{}, threads)
	for b, plane := range m.Bands {
		free <- struct{}{}
		wg.Go(func() { s.takeBand(b, plane); <-free })
	}
	wg.Wait()
	return s, nil
}

func (s *stack) takeBand(b int, plane []float32) {
	if slices.ContainsFunc(plane, func(x float32) bool { return !finite(x) }) {
		plane = fillGaps(plane, s.width, s.height)
	}
	q := newRanks(plane)
	for i, x := range plane {
		s.v[i*s.bands+b] = q.of(x)
	}
}

func finite(x float32) bool { return !math.IsNaN(float64(x)) && !math.IsInf(float64(x), 0) }

// rows runs f over bands of rows on all threads. f may write to its rows only.
func (s *stack) rows(f func(from, to int)) {
	var wg sync.WaitGroup
	per := (s.height + s.threads - 1) / s.threads
	for y := 0; y < s.height; y += per {
		wg.Go(func() { f(y, min(y+per, s.height)) })
	}
	wg.Wait()
}

// ranks turns values into ranks, spread evenly with a standard deviation of
// one: any unit will do, roofs and clouds cannot drown the fields, and dark
// fields are told apart as well as bright ones.
type ranks struct{ at []float32 }

const (
	rankSteps   = 256     // straight pieces of the curve from value to rank
	rankSample  = 1 << 18 // pixels that ranks are read from, at most
	uniformWide = 3.4641  // width of a uniform distribution of unit deviation, √12
)

func newRanks(plane []float32) ranks {
	step := len(plane)/rankSample + 1
	sample := make([]float32, 0, len(plane)/step+1)
	for i := 0; i < len(plane); i += step {
		sample = append(sample, plane[i])
	}
	slices.Sort(sample)
	r := ranks{make([]float32, rankSteps+1)}
	for k := range r.at {
		r.at[k] = sample[k*(len(sample)-1)/rankSteps]
	}
	return r
}

func (r ranks) of(x float32) float32 {
	k, _ := slices.BinarySearch(r.at, x)
	switch {
	case k == 0:
		return 0
	case k > rankSteps:
		return uniformWide
	}
	lo, hi := r.at[k-1], r.at[k]
	return (float32(k-1) + (x-lo)/(hi-lo)) * uniformWide / rankSteps
}

func distance2(a, b []float32) (d float32) {
	b = b[:len(a)]
	for i, x := range a {
		d += (x - b[i]) * (x - b[i])
	}
	return d
}

// noise is the usual squared difference of neighbouring pixels per band,
// halved, since both are noisy: the median over a sample, which edges hardly
// move.
func (s *stack) noise() float32 {
	n, k := s.width*s.height, s.bands
	step := n/rankSample + 1
	var d []float32
	for i := 0; i+1 < n; i += step {
		if (i+1)%s.width != 0 && s.valid[i] && s.valid[i+1] {
			d = append(d, distance2(s.v[i*k:][:k], s.v[(i+1)*k:][:k]))
		}
	}
	if len(d) == 0 {
		return leastNoise
	}
	slices.Sort(d)
	return max(d[len(d)/2]/2/float32(k), leastNoise)
}

// leastNoise keeps images without noise, which are drawn and not seen, from
// falling apart at rounding errors.
const leastNoise = 1e-5
