package delineate

import (
	"math"
	"slices"
)

// whiten turns bands into combinations that carry noise of one unit each and
// none in common, so that a difference counts by how far it stands out of the
// noise (minimum noise fraction, Green et al. 1988). The noise is read from
// differences of neighbours, of which the quieter half is taken: the louder
// half holds the edges.
func (s *stack) whiten() {
	k := s.bands
	var diffs []int32
	n := s.width * s.height
	step := n/spreadSample + 1
	var sizes []float32
	for i := 0; i+1 < n; i += step {
		if (i+1)%s.width != 0 && s.valid[i] && s.valid[i+1] {
			diffs = append(diffs, int32(i))
			sizes = append(sizes, distance2(s.v[i*k:][:k], s.v[(i+1)*k:][:k]))
		}
	}
	if len(diffs) < 4*k {
		return
	}
	sorted := slices.Sorted(slices.Values(sizes))
	half := sorted[len(sorted)/2]
	cov := make([]float64, k*k)
	used := 0.0
	for d, i := range diffs {
		if sizes[d] > half {
			continue
		}
		used++
		for a := range k {
			for b := range k {
				cov[a*k+b] += float64(s.v[int(i)*k+a]-s.v[(int(i)+1)*k+a]) * float64(s.v[int(i)*k+b]-s.v[(int(i)+1)*k+b])
			}
		}
	}
	trace := 0.0
	for a := range k {
		trace += cov[a*k+a] / used
	}
	for i := range cov {
		cov[i] /= used
	}
	for a := range k {
		cov[a*k+a] += 0.02*trace/float64(k) + 1e-9
	}
	l := cholesky(cov, k)
	s.rows(func(from, to int) {
		for i := from * s.width; i < to*s.width; i++ {
			v := s.v[i*k:][:k]
			for a := range k {
				x := float64(v[a])
				for b := range a {
					x -= l[a*k+b] * float64(v[b])
				}
				v[a] = float32(x / l[a*k+a])
			}
		}
	})
}

func cholesky(c []float64, k int) []float64 {
	l := make([]float64, k*k)
	for a := range k {
		for b := range a + 1 {
			x := c[a*k+b]
			for j := range b {
				x -= l[a*k+j] * l[b*k+j]
			}
			if a == b {
				l[a*k+a] = math.Sqrt(x)
			} else {
				l[a*k+b] = x / l[b*k+b]
			}
		}
	}
	return l
}
