package delineate

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// sample holds, at places spread over the image, the ranks of a pixel and of
// the two next to it in one direction: what noise and texture are read from.
type sample struct {
	bands  int
	places []place
	v      [][3]float32 // [place·bands+band]; NaN where one of the three is hidden
}

// place is a pixel and the step to the next, east or south.
type place struct{ at, step int32 }

// sampleSide is the number of places in each direction, at most.
const sampleSide = 288

func newSample(width, height, bands int) *sample {
	s := &sample{bands: bands}
	every := max(1, (max(width, height)+sampleSide-1)/sampleSide)
	for y := 0; y < height; y += every {
		for x := 0; x < width; x += every {
			// A hash moves places off the lattice, lest they fall in step with rows of fields.
			h := (uint32(x)*0x9E3779B1 ^ uint32(y)*0x85EBCA77) * 0xC2B2AE3D
			px, py := x+int(h>>8)%every, y+int(h>>20)%every
			step, fits := int32(1), px+2 < width && py < height
			if h>>31 == 1 {
				step, fits = int32(width), py+2 < height && px < width
			}
			if fits {
				s.places = append(s.places, place{int32(py*width + px), step})
			}
		}
	}
	s.v = make([][3]float32, len(s.places)*bands)
	return s
}

// take reads one band's ranks.
func (s *sample) take(band int, plane []float32) {
	for i, p := range s.places {
		s.v[i*s.bands+band] = [3]float32{plane[p.at], plane[p.at+p.step], plane[p.at+2*p.step]}
	}
}

// step returns the difference of ranks between a place and the pixel lag to
// its side, NaN where hidden.
func (s *sample) step(i, band, lag int) float64 {
	v := &s.v[i*s.bands+band]
	if !finite(v[0]) || !finite(v[1]) || !finite(v[2]) {
		return math.NaN()
	}
	return float64(v[lag] - v[0])
}

// calm lists the half of the places whose next pixel is most like them: edges
// are among the others.
func (s *sample) calm() []int {
	type change struct {
		i int
		d float64
	}
	var all []change
	for i := range s.places {
		var sum, n float64
		for b := range s.bands {
			if d := s.step(i, b, 1); !math.IsNaN(d) {
				sum += d * d
				n++
			}
		}
		if 2*n >= float64(s.bands) && n > 0 {
			all = append(all, change{i, sum / n})
		}
	}
	slices.SortFunc(all, func(a, b change) int { return cmp.Or(cmp.Compare(a.d, b.d), cmp.Compare(a.i, b.i)) })
	out := make([]int, (len(all)+1)/2)
	for k := range out {
		out[k] = all[k].i
	}
	return out
}

// covariance of what value returns for each place and band, over the places
// where both bands are seen.
func (s *sample) covariance(places []int, value func(i, band int) float64) *mat.SymDense {
	k := s.bands
	sum, n := make([]float64, k*k), make([]float64, k*k)
	x := make([]float64, k)
	for _, i := range places {
		for b := range x {
			x[b] = value(i, b)
		}
		for a := range x {
			if math.IsNaN(x[a]) {
				continue
			}
			for b := a; b < k; b++ {
				if !math.IsNaN(x[b]) {
					sum[a*k+b] += x[a] * x[b]
					n[a*k+b]++
				}
			}
		}
	}
	out := mat.NewSymDense(k, nil)
	for a := range k {
		for b := a; b < k; b++ {
			out.SetSym(a, b, sum[a*k+b]/max(n[a*k+b], 1))
		}
	}
	return out
}
