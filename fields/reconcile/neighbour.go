package reconcile

import (
	"math"
	"slices"
)

// When two parcels look like one field: their profiles differ by less than
// joinedSD standard deviations of their pixels, and the border between them
// has no more edge than joinedEdge times what lies inside.
const (
	joinedSD    = 0.5
	joinedEdge  = 1.5
	minBorderPx = 4
	minOwnPx    = 6
)

// joined lists the neighbours that look like one field with parcel i.
func (s *scene) joined(i int) []string {
	if len(s.pixels[i]) < minOwnPx {
		return nil
	}
	borders := s.borders(i)
	var out []string
	for j, border := range borders {
		if len(border) < minBorderPx || len(s.pixels[j]) < minOwnPx || s.apart(i, int(j)) > joinedSD {
			continue
		}
		inside := math.Min(s.calm(i), s.calm(int(j)))
		if s.meanEnergy(border) <= inside+math.Log(joinedEdge) {
			out = append(out, s.cover.IDs[j])
		}
	}
	slices.Sort(out)
	return out
}

// borders lists, per neighbour, the pixels of parcel i and of the neighbour
// that lie beside each other.
func (s *scene) borders(i int) map[int32][]int32 {
	width := int32(s.Grid.Width)
	n := int32(len(s.owner))
	out := map[int32][]int32{}
	for _, p := range s.pixels[i] {
		for _, q := range [4]int32{p + 1, p - 1, p + width, p - width} {
			if q < 0 || q >= n || abs(q-p) == 1 && q/width != p/width {
				continue
			}
			if j := s.owner[q]; j >= 0 && j != int32(i) {
				out[j] = append(out[j], p, q)
			}
		}
	}
	return out
}

// apart is the root mean square over common dates of two parcels' difference,
// in standard deviations within them; infinite without common dates.
func (s *scene) apart(i, j int) float64 {
	a, b := s.profiles[i], s.profiles[j]
	var sum float64
	n := 0
	for t := range a.mean {
		if d := a.mean[t] - b.mean[t]; d == d {
			sum += d * d
			n++
		}
	}
	sd2 := (a.sd*a.sd + b.sd*b.sd) / 2
	if n < minDates || sd2 == 0 {
		return math.Inf(1)
	}
	return math.Sqrt(sum / float64(n) / sd2)
}

// calm is the median energy of a parcel's inner pixels.
func (s *scene) calm(i int) float64 {
	width := int32(s.Grid.Width)
	var v []float64
	for _, p := range s.pixels[i] {
		inner := true
		for _, q := range [4]int32{p + 1, p - 1, p + width, p - width} {
			inner = inner && q >= 0 && int(q) < len(s.owner) && s.owner[q] == int32(i)
		}
		if e := float64(s.energy[p]); inner && e == e {
			v = append(v, e)
		}
	}
	if len(v) == 0 {
		return s.meanEnergy(s.pixels[i])
	}
	slices.Sort(v)
	return v[len(v)/2]
}

func (s *scene) meanEnergy(px []int32) float64 {
	var sum float64
	n := 0
	for _, p := range px {
		if e := float64(s.energy[p]); e == e {
			sum += e
			n++
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return sum / float64(n)
}
