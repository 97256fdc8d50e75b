package delineate

import "math"

// smooth replaces each pixel by a mean of its 3 × 3 neighbourhood, in which a
// pixel weighs less the less it is alike (a bilateral filter, Tomasi and
// Manduchi 1998): noise inside fields goes, edges stay.
func (s *stack) smooth() {
	k, reach := s.bands, float32(smoothReach*smoothReach*float64(s.bands))
	out := make([]float32, len(s.v))
	s.rows(func(from, to int) {
		sum := make([]float32, k)
		for y := from; y < to; y++ {
			for x := range s.width {
				i := y*s.width + x
				here, total := s.v[i*k:(i+1)*k], float32(1)
				copy(sum, here)
				for ny := max(y-1, 0); ny <= min(y+1, s.height-1); ny++ {
					for nx := max(x-1, 0); nx <= min(x+1, s.width-1); nx++ {
						j := ny*s.width + nx
						if j == i {
							continue
						}
						there := s.v[j*k : (j+1)*k]
						a := 1 / (1 + distance2(here, there)/reach)
						a *= a
						total += a
						for b, v := range there {
							sum[b] += a * v
						}
					}
				}
				for b, v := range sum {
					out[i*k+b] = v / total
				}
			}
		}
	})
	s.v = out
}

// smoothReach is the difference per band, in spreads, at which a neighbour
// weighs a quarter.
const smoothReach = .3

func distance2(a, b []float32) (d float32) {
	b = b[:len(a)]
	for i, x := range a {
		d += (x - b[i]) * (x - b[i])
	}
	return d
}

// edges returns the strength of the edge at each pixel: the root of the larger
// eigenvalue of the tensor of gradients summed over bands (Di Zenzo 1986, "A
// note on the gradient of a multi-image"), in spreads per pixel. Bands and
// dates that agree on a direction add up; noise that does not cancels.
func (s *stack) edges() []float32 {
	k := s.bands
	out := make([]float32, s.width*s.height)
	s.rows(func(from, to int) {
		for y := from; y < to; y++ {
			up, down := max(y-1, 0)*s.width, min(y+1, s.height-1)*s.width
			for x := range s.width {
				i, left, right := y*s.width+x, max(x-1, 0), min(x+1, s.width-1)
				w, e := s.v[(y*s.width+left)*k:][:k], s.v[(y*s.width+right)*k:][:k]
				n, o := s.v[(up+x)*k:][:k], s.v[(down+x)*k:][:k]
				var xx, yy, xy float32
				for b := range k {
					dx, dy := e[b]-w[b], o[b]-n[b]
					xx, yy, xy = xx+dx*dx, yy+dy*dy, xy+dx*dy
				}
				root := float32(math.Sqrt(float64((xx-yy)*(xx-yy) + 4*xy*xy)))
				out[i] = float32(math.Sqrt(float64(xx+yy+root)/2)) / 2
			}
		}
	})
	return out
}
