package credit

import "math"

// lowQuantile is the smallest value below which at most a share α of the draws
// lies: the (⌊α·n⌋+1)-th smallest. A sample tells about where that is, so
// that only the values around it need ordering.
func (s *simulation) lowQuantile(farm *[Draws]float64, alpha float64) float64 {
	const every = 16
	k := min(int(float64(alpha*Draws)), Draws-1) // from 0
	sample := s.few[:Draws/every]
	for i := range sample {
		sample[i] = farm[i*every+i%every]
	}
	expected := k / every // of the sample; its spread is below its root
	margin := 4 + int(4*math.Sqrt(float64(expected)))
	limit := math.Inf(1)
	if at := expected + margin; at < len(sample) {
		limit = selectSmallest(sample, at)
	}
	n := 0
	for _, x := range farm {
		if x <= limit {
			s.few[n%Draws] = x
			n++
		}
	}
	if n <= k { // the sample misled
		n = copy(s.few[:], farm[:])
	}
	return selectSmallest(s.few[:n], k)
}

// distribution reads the quantiles off the draws.
func (s *simulation) distribution(in income) Income {
	low, top := s.farm[0], s.farm[0]
	for _, x := range s.farm {
		if x < low {
			low = x
		}
		if x > top {
			top = x
		}
	}
	var count [256]int
	scale := 255 / (top - low)
	if !finite(scale) { // all draws alike
		scale = 0
	}
	for d, x := range s.farm {
		b := uint8(float64((x - low) * scale))
		s.bin[d] = b
		count[b]++
	}
	at := func(k int) Fen { return RoundFen(in.fixed + s.smallest(k, &count)) }
	return Income{MeanFen: RoundFen(in.mean), LowFen: RoundFen(in.low), P10Fen: at(Draws / 10), P50Fen: at(Draws / 2), P90Fen: at(Draws * 9 / 10)}
}

// smallest is the k-th smallest draw (from 0), by its bin.
func (s *simulation) smallest(k int, count *[256]int) float64 {
	b := 0
	for ; k >= count[b]; b++ {
		k -= count[b]
	}
	n := 0
	for d, x := range s.farm {
		s.few[n%Draws] = x
		if int(s.bin[d]) == b {
			n++
		}
	}
	return selectSmallest(s.few[:n], k)
}

// selectSmallest moves the k-th smallest (from 0) to its place, smaller ones
// before it, and returns it (Hoare 1961).
func selectSmallest(v []float64, k int) float64 {
	low, top := 0, len(v)-1
	for low < top {
		pivot := v[(low+top)/2]
		i, j := low, top
		for i <= j {
			for v[i] < pivot {
				i++
			}
			for pivot < v[j] {
				j--
			}
			if i <= j {
				v[i], v[j] = v[j], v[i]
				i, j = i+1, j-1
			}
		}
		switch {
		case k <= j:
			top = j
		case k >= i:
			low = i
		default:
			return v[k]
		}
	}
	return v[low]
}
