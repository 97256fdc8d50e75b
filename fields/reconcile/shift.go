package reconcile

import (
	"math"
	"slices"
)

// The search: half pixels, up to 4 pixels (40 m of Sentinel-2), beyond which a
// neighbour's edges are as likely.
const (
	searchPx = 4.0
	searchBy = 0.5
	side     = 2*int(searchPx/searchBy) + 1
	middle   = side * side / 2
)

// Fit is how well an outline lies on the edges of the picture at places around
// where it is drawn, row by row from the north-west, in thousandths of
// standard deviations over all places. Fits of parcels add up to that of their
// village, exactly and in any order: surveys err by villages.
type Fit [side * side]int32

// Add adds another parcel's fit.
func (f *Fit) Add(g Fit) {
	for i, v := range g {
		f[i] += v
	}
}

// Shift is where outlines would fit better.
type Shift struct {
	EastM, NorthM float64 // from where they are drawn; 0, 0 where that is best
	Gain          float64 // how much better they fit there, in standard deviations as Finding.Edge
}

// commonWeight is how fast places worse than the best lose their say: an edge
// is seen alike up to half a pixel on either side, and the middle of these
// places is where it lies.
const (
	commonWeight  = 20
	commonPriorPx = 2.0 // strips of one width fit again one strip further
)

// Common is the place at which n parcels together, whose fits were added,
// fit best, on pixels of pixelM. Their edges agree only where they belong, so
// a few dozen are enough to tell metres.
func Common(sum Fit, n int, pixelM float64) Shift {
	best := slices.Max(sum[:])
	var total, east, north float64
	for i, v := range sum {
		x, y := place(i)
		w := math.Exp(commonWeight*float64(v-best)/1000/float64(max(n, 1)) - (x*x+y*y)/(2*commonPriorPx*commonPriorPx))
		e, no := offset(i, pixelM)
		total += w
		east += w * e
		north += w * no
	}
	return Shift{EastM: east / total, NorthM: north / total, Gain: float64(best-sum[middle]) / 1000 / float64(max(n, 1))}
}

// How a single parcel's fit is weighed: likelihood exp(fitWeight·z) under a
// normal prior around the drawn place. Both were chosen on generated counties
// (seeds 11 and 12) for the error of shifted and unshifted parcels together.
const (
	fitWeight = 3.0
	priorPx   = 1.0
)

// shift is the mean place under likelihood and prior: one outline fits its
// neighbours' edges too, so the best place alone would be a guess.
func (f Fit) shift(pixelM float64) Shift {
	var sum, east, north float64
	best := int32(math.MinInt32)
	for i, v := range f {
		x, y := place(i)
		w := math.Exp(fitWeight*float64(v-f[middle])/1000 - (x*x+y*y)/(2*priorPx*priorPx))
		sum += w
		e, n := offset(i, pixelM)
		east += w * e
		north += w * n
		best = max(best, v)
	}
	return Shift{EastM: east / sum, NorthM: north / sum, Gain: float64(best-f[middle]) / 1000}
}

// place is how far place i lies from the drawn one, in pixels right and down.
func place(i int) (x, y float64) {
	return float64(i%side-side/2) * searchBy, float64(i/side-side/2) * searchBy
}

func offset(i int, pixelM float64) (eastM, northM float64) {
	x, y := place(i)
	return x * pixelM, -y * pixelM
}

// try measures the outline at all places; not ok where too little of its
// surroundings was seen.
func (s *scene) try(b boundary) (fit Fit, ok bool) {
	var v [side * side]float64
	var sum, sum2 float64
	n := 0
	around := s.patchOf(b)
	for i := range v {
		e, seen := around.along(i%side-side/2, i/side-side/2)
		if !seen {
			v[i] = math.NaN()
			continue
		}
		v[i] = e
		sum, sum2, n = sum+e, sum2+e*e, n+1
	}
	if n < len(v)/2 || math.IsNaN(v[middle]) {
		return fit, false
	}
	mean := sum / float64(n)
	sd := math.Sqrt(max(0, sum2/float64(n)-mean*mean))
	for i := range fit {
		if z := (v[i] - mean) / sd; sd > 1e-9 && z == z {
			fit[i] = int32(math.Round(1000 * z))
		}
	}
	return fit, true
}
