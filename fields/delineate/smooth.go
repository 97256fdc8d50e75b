package delineate

import "slices"

// smooth takes for each pixel the mean of the 3 × 3 around it, weighted by
// likeness (a bilateral filter, Tomasi and Manduchi 1998, "Bilateral filtering
// for gray and color images"): noise falls to about a tenth, and edges, which
// are what it is weighed against, stay. With t the squared difference in units of
// what noise makes of it, 2 · Noise · axes, a pixel weighs 1 up to t = 1 and about
// exp(1 − t) beyond.
func (s *stack) smooth() {
	row := s.width * s.axes
	per := (s.height + s.threads - 1) / s.threads
	// Rows that a strip reads and its neighbour writes.
	rim := make([]float32, 2*s.threads*row)
	for k := 0; k*per < s.height; k++ {
		from, until := k*per, min((k+1)*per, s.height)
		if from > 0 {
			copy(rim[2*k*row:][:row], s.v[(from-1)*row:])
		}
		if until < s.height {
			copy(rim[(2*k+1)*row:][:row], s.v[until*row:])
		}
	}
	s.rows(func(from, until int) {
		k := from / per
		above, here := rim[2*k*row:][:row], make([]float32, row)
		spare := make([]float32, row)
		for y := from; y < until; y++ {
			copy(here, s.v[y*row:])
			var lines [3][]float32
			lines[1] = here
			if y > 0 {
				lines[0] = above
			}
			if y+1 < until {
				lines[2] = s.v[(y+1)*row:][:row]
			} else if until < s.height {
				lines[2] = rim[(2*k+1)*row:][:row]
			}
			s.smoothRow(y, lines)
			above, here, spare = here, spare, above
		}
	})
}

// smoothRow writes one row from it and its neighbours as they were; nil beyond
// the image.
func (s *stack) smoothRow(y int, lines [3][]float32) {
	k := s.axes
	unit := 1 / float32(2*s.texture.Noise*float64(k))
	for x := range s.width {
		if !s.valid[y*s.width+x] {
			continue
		}
		var sum [MaxAxes]float32
		weight := float32(0)
		here := lines[1][x*k:][:k]
		for l, line := range lines {
			if line == nil {
				continue
			}
			for c := max(0, x-1); c <= min(s.width-1, x+1); c++ {
				if !s.valid[(y+l-1)*s.width+c] {
					continue
				}
				other := line[c*k:][:k]
				w := likeness(distance2(here, other) * unit)
				weight += w
				for a, v := range other {
					sum[a] += w * v
				}
			}
		}
		for a := range k {
			s.v[(y*s.width+x)*k+a] = sum[a] / weight
		}
	}
}

// likeness is close to exp(1 − t) beyond t = 1, by the first terms of its series.
func likeness(t float32) float32 {
	if t <= 1 {
		return 1
	}
	t--
	return 1 / (1 + t*(1+t*(.5+t*(1./6+t*(1./24)))))
}

// noiseSteps is how much larger steps across the borders of basins are than
// usual steps, in noise alone: water divides at the larger ones.
const noiseSteps = 2

// still notes what is left of the noise.
func (s *stack) still() {
	steps := make([]float32, 0, len(s.places))
	for _, p := range s.places {
		if i, j := int(p.at), int(p.at+p.step); s.valid[i] && s.valid[j] {
			steps = append(steps, distance2(s.v[i*s.axes:][:s.axes], s.v[j*s.axes:][:s.axes]))
		}
	}
	if len(steps) > 0 {
		slices.Sort(steps)
		s.calm = noiseSteps * steps[len(steps)*3/8]
	}
}
