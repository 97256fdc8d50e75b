package delineate

import (
	"context"
	"runtime"
	"sync"
)

// stack is an image made ready: on few axes, without gaps, pixel by pixel.
type stack struct {
	width, height, axes int
	v                   []float32 // [pixel·axes+axis]
	valid               []bool    // pixels with data in some band
	texture             Texture
	places              []place // where the sample was taken
	calm                float32 // squared step that noise makes at a border, once smooth
	threads             int
}

// newStack ranks each band, fills hidden pixels smoothly, so that the rim of a
// cloud is no edge, and turns the bands into axes. Where there are no more
// bands than axes, each is read once.
func newStack(ctx context.Context, src Source, threads int) (*stack, error) {
	grid, bands := src.Shape()
	if threads == 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	n := grid.Width * grid.Height
	s := &stack{width: grid.Width, height: grid.Height, axes: min(bands, MaxAxes), valid: make([]bool, n), threads: threads}
	s.v = make([]float32, n*s.axes)
	all, seen := newSample(s.width, s.height, bands), false
	curves := make([]ranks, bands)
	plane := make([]float32, n)
	err := s.each(ctx, src, plane, func(b int) {
		var ok bool
		if curves[b], ok = newRanks(plane); !ok {
			return
		}
		seen = true
		s.rank(&curves[b], plane)
		all.take(b, plane)
		if bands <= s.axes {
			s.put(b, s.filled(plane))
		}
	})
	if err != nil {
		return nil, err
	}
	if !seen {
		return nil, ErrNoData
	}
	to := newAxes(all)
	s.texture, s.places = to.texture(all), all.places
	if bands <= s.axes {
		s.turn(to)
		return s, nil
	}
	return s, s.each(ctx, src, plane, func(b int) {
		if curves[b].at == nil {
			return // hidden entirely
		}
		s.rows(func(from, until int) { curves[b].apply(plane[from*s.width : until*s.width]) })
		s.add(to, b, s.filled(plane))
	})
}

// each reads the planes one after another into the same place.
func (s *stack) each(ctx context.Context, src Source, plane []float32, do func(band int)) error {
	_, bands := src.Shape()
	for b := range bands {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := src.Plane(b, plane); err != nil {
			return err
		}
		do(b)
	}
	return nil
}

// rank ranks a plane in place and notes which pixels are seen.
func (s *stack) rank(curve *ranks, plane []float32) {
	s.rows(func(from, until int) {
		part := plane[from*s.width : until*s.width]
		curve.apply(part)
		for i, x := range part {
			if x == x { // not NaN
				s.valid[from*s.width+i] = true
			}
		}
	})
}

// filled returns the plane without gaps.
func (s *stack) filled(plane []float32) []float32 {
	for _, x := range plane {
		if x != x {
			return fillGaps(plane, s.width, s.height)
		}
	}
	return plane
}

func (s *stack) put(band int, plane []float32) {
	s.rows(func(from, until int) {
		for i := from * s.width; i < until*s.width; i++ {
			s.v[i*s.axes+band] = plane[i]
		}
	})
}

func (s *stack) add(to axes, band int, plane []float32) {
	s.rows(func(from, until int) {
		for a := range s.axes {
			t := to.t[a*to.bands+band]
			for i := from * s.width; i < until*s.width; i++ {
				s.v[i*s.axes+a] += t * plane[i]
			}
		}
	})
}

// turn turns ranks into axes in place, as many as there are bands.
func (s *stack) turn(to axes) {
	s.rows(func(from, until int) {
		var old [MaxAxes]float32
		for i := from * s.width; i < until*s.width; i++ {
			here := s.v[i*s.axes : (i+1)*s.axes]
			copy(old[:], here)
			for a := range here {
				var sum float32
				for b, t := range to.t[a*to.bands : (a+1)*to.bands] {
					sum += t * old[b]
				}
				here[a] = sum
			}
		}
	})
}

// rows runs f over strips of rows on all threads. f may write to its rows only.
func (s *stack) rows(f func(from, until int)) {
	var wg sync.WaitGroup
	per := (s.height + s.threads - 1) / s.threads
	for y := 0; y < s.height; y += per {
		wg.Go(func() { f(y, min(y+per, s.height)) })
	}
	wg.Wait()
}

func distance2(a, b []float32) (d float32) {
	b = b[:len(a)]
	for i, x := range a {
		d += (x - b[i]) * (x - b[i])
	}
	return d
}
