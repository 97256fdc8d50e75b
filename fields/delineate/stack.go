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
	v                    []float32 // [pixel·bands+band], in units of a band's spread
	valid                []bool    // pixels with data in some band
	threads              int
}

// newStack scales each band by its spread and fills hidden pixels smoothly, so
// that the rim of a cloud is no edge.
func newStack(m Image, threads int) (*stack, error) {
	if threads == 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	s := &stack{width: m.Grid.Width, height: m.Grid.Height, bands: len(m.Bands), threads: threads}
	n := s.width * s.height
	s.v, s.valid = make([]float32, n*s.bands), make([]bool, n)
	for b, plane := range m.Bands {
		for i, x := range plane {
			if finite(x) {
				s.valid[i] = true
			}
			_ = b
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
	middle, spread := spreadOf(plane)
	if slices.ContainsFunc(plane, func(x float32) bool { return !finite(x) }) {
		plane = fillGaps(plane, s.width, s.height)
	}
	limit := float32(maxSpreads)
	for i, x := range plane {
		s.v[i*s.bands+b] = min(max((x-middle)/spread, -limit), limit)
	}
}

// maxSpreads cuts off roofs, clouds and glint, which would drown the fields.
const maxSpreads = 6

// Spread is read from a sample of at most this many pixels.
const spreadSample = 1 << 18

// spreadOf returns the median of a band and its spread: the distance between
// the 25th and 75th percentiles divided by 1.349, which is the standard
// deviation of a normal distribution and is not moved by outliers.
func spreadOf(plane []float32) (median, spread float32) {
	step := len(plane)/spreadSample + 1
	sample := make([]float32, 0, len(plane)/step+1)
	for i := 0; i < len(plane); i += step {
		if finite(plane[i]) {
			sample = append(sample, plane[i])
		}
	}
	if len(sample) == 0 {
		return 0, 1
	}
	slices.Sort(sample)
	at := func(q float64) float32 { return sample[int(q*float64(len(sample)-1))] }
	spread = (at(.75) - at(.25)) / 1.349
	if spread <= 0 {
		spread = (at(1) - at(0)) / 2
	}
	if spread <= 0 {
		spread = 1
	}
	return at(.5), spread
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
