package crop

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Mapped is a parcel of a map of crops.
type Mapped struct {
	ID       string
	Crop     string // [Unmapped] where the map says nothing
	P        float64
	Hectares float64
}

// StrataOf adds up a map by crop, in order of name.
func StrataOf(parcels []Mapped) []Stratum {
	at := map[string]int{}
	var out []Stratum
	for _, p := range parcels {
		i, ok := at[p.Crop]
		if !ok {
			i = len(out)
			at[p.Crop] = i
			out = append(out, Stratum{Crop: p.Crop})
		}
		out[i].Parcels++
		out[i].Hectares += p.Hectares
	}
	slices.SortFunc(out, func(a, b Stratum) int { return cmp.Compare(a.Crop, b.Crop) })
	return out
}

// DesignOptions tune [DesignSample].
type DesignOptions struct {
	Size      int     // draws; 0: what SE asks for
	SE        float64 // wanted standard error of the overall accuracy, where Size is 0
	Least     int     // draws in every stratum that has as many parcels [10]
	Accuracy  float64 // anticipated share of every stratum that is mapped right [the mean of P, weighed by area]
	Inclusion Inclusion
	Seed      uint64
}

// Drawn is a parcel to visit.
type Drawn struct {
	Mapped
	Draws int
}

// DesignSample draws parcels to visit, by stratum and then by id. The draws are
// shared out by Neyman's allocation, n_i ∝ W_i·√(U_i(1−U_i)), with W_i the
// stratum's share of the area and U_i its anticipated accuracy; where parcels
// are drawn by count, times √(1+cv²) of their sizes, by which the ratio
// estimator's variance grows. A wanted standard error S of the accuracy asks
// for n = (Σ W_i·√(U_i(1−U_i))/S)² draws (Olofsson et al. 2014, equation 13,
// after Cochran 1977, equation 5.25). No stratum gets fewer than Least, since a
// crop that is never visited cannot be estimated.
func DesignSample(parcels []Mapped, o DesignOptions) ([]Drawn, error) {
	if o.Least == 0 {
		o.Least = 10
	}
	switch {
	case o.Inclusion != ByCount && o.Inclusion != ByArea:
		return nil, fmt.Errorf("design a sample: inclusion %q: want %q or %q", o.Inclusion, ByCount, ByArea)
	case o.Size <= 0 && !(o.SE > 0 && o.SE < .5):
		return nil, fmt.Errorf("design a sample: want a size above 0, or a standard error between 0 and 0.5")
	case o.Least < 2:
		return nil, fmt.Errorf("design a sample: %d draws a crop: two at least are needed to tell an error", o.Least)
	case o.Accuracy < 0 || o.Accuracy >= 1:
		return nil, fmt.Errorf("design a sample: anticipated accuracy %v: want one between 0 and 1", o.Accuracy)
	}
	by := map[string][]Mapped{}
	for _, p := range parcels {
		by[p.Crop] = append(by[p.Crop], p)
	}
	strata := StrataOf(parcels)
	n, err := allocate(strata, by, o)
	if err != nil {
		return nil, fmt.Errorf("design a sample: %w", err)
	}
	var out []Drawn
	for i, s := range strata {
		all := by[s.Crop]
		slices.SortFunc(all, func(a, b Mapped) int { return cmp.Compare(a.ID, b.ID) })
		rng := rand.New(rand.NewPCG(o.Seed, uint64(i)))
		drawn := drawByCount(all, n[i], rng)
		if o.Inclusion == ByArea {
			drawn = drawByArea(all, n[i], rng)
		}
		out = append(out, drawn...)
	}
	return out, nil
}

// Anticipated accuracies are held within these: a stratum that is sure of
// itself is not exempt from being looked at.
const leastAnticipated, mostAnticipated = .5, .98

// allocate shares draws out over the strata.
func allocate(strata []Stratum, by map[string][]Mapped, o DesignOptions) ([]int, error) {
	weight := make([]float64, len(strata))
	area, sum, error1 := 0.0, 0.0, 0.0
	for _, s := range strata {
		area += s.Hectares
	}
	if !(area > 0) {
		return nil, fmt.Errorf("the map has no area")
	}
	for i, s := range strata {
		right, squares := 0.0, 0.0
		for _, p := range by[s.Crop] {
			right += p.P * p.Hectares
			squares += p.Hectares * p.Hectares
		}
		u := right / s.Hectares
		if o.Accuracy > 0 {
			u = o.Accuracy
		}
		if s.Crop == Unmapped || !(u >= leastAnticipated) {
			u = leastAnticipated
		}
		u = min(u, mostAnticipated)
		weight[i] = s.Hectares / area * math.Sqrt(u*(1-u))
		error1 += weight[i]
		if o.Inclusion == ByCount && s.Hectares > 0 {
			weight[i] *= math.Sqrt(squares * float64(s.Parcels) / (s.Hectares * s.Hectares))
		}
		sum += weight[i]
	}
	size := o.Size
	if size == 0 {
		size = int(math.Ceil(error1 / o.SE * (error1 / o.SE)))
	}
	n := make([]int, len(strata))
	least := 0
	for i, s := range strata {
		if s.Hectares > 0 {
			n[i] = min(o.Least, s.Parcels)
			least += n[i]
		}
	}
	if size < least {
		return nil, fmt.Errorf("%d draws are fewer than the %d that %d crops with at least %d each need: raise the size or lower the least", size, least, len(strata), o.Least)
	}
	shareOut(n, strata, weight, size, o.Inclusion)
	return n, nil
}

// shareOut raises n to size in all, each draw to the stratum that is furthest below
// its share and not yet exhausted.
func shareOut(n []int, strata []Stratum, weight []float64, size int, by Inclusion) {
	left := size
	for _, v := range n {
		left -= v
	}
	for ; left > 0; left-- {
		best, most := -1, 0.0
		for i, s := range strata {
			if weight[i] == 0 || by == ByCount && n[i] >= s.Parcels {
				continue
			}
			if need := weight[i] / float64(n[i]+1); best < 0 || need > most {
				best, most = i, need
			}
		}
		if best < 0 {
			return // every parcel is visited
		}
		n[best]++
	}
}

func drawByCount(all []Mapped, n int, rng *rand.Rand) []Drawn {
	at := rng.Perm(len(all))[:n]
	slices.Sort(at)
	out := make([]Drawn, n)
	for i, k := range at {
		out[i] = Drawn{all[k], 1}
	}
	return out
}

// drawByArea throws n points at the parcels laid end to end.
func drawByArea(all []Mapped, n int, rng *rand.Rand) []Drawn {
	ends := make([]float64, len(all))
	sum := 0.0
	for i, p := range all {
		sum += p.Hectares
		ends[i] = sum
	}
	draws := make([]int, len(all))
	for range n {
		at, _ := slices.BinarySearch(ends, rng.Float64()*sum)
		for at < len(all)-1 && all[at].Hectares == 0 {
			at++
		}
		draws[min(at, len(all)-1)]++
	}
	var out []Drawn
	for i, d := range draws {
		if d > 0 {
			out = append(out, Drawn{all[i], d})
		}
	}
	return out
}
