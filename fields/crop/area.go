package crop

import (
	"fmt"
	"math"
	"slices"
)

// Inclusion is how the parcels of a reference sample were drawn from those that
// the map gives to one crop.
type Inclusion string

const (
	// ByCount draws parcels without replacement, each as likely as the next.
	ByCount Inclusion = "count"
	// ByArea draws parcels with replacement, each as likely as it is large:
	// what points thrown at the map do.
	ByArea Inclusion = "area"
)

// Stratum is the part of a map that is given to one crop.
type Stratum struct {
	Crop     string // [Unmapped] where the map says nothing
	Parcels  int
	Hectares float64
}

// Unmapped names the stratum of parcels to which the map gives no crop.
const Unmapped = "(unmapped)"

// Checked is a parcel of the reference sample: what the map said and what is true.
type Checked struct {
	Mapped, Truth string
	Hectares      float64
	Draws         int // how often it was drawn; 0 counts as once
}

// Area is the estimated area of one crop and the map's accuracy for it.
// Accuracies are NaN where there is nothing to tell them from.
type Area struct {
	Crop       string
	MappedHa   float64 // what adding up the map would say
	Ha         float64 // unbiased estimate
	SE         float64 // ha
	Low, High  float64 // ha; Ha ± 1.96·SE, not below 0
	User       float64 // share of what is mapped to the crop that truly is it
	UserSE     float64
	Producer   float64 // share of the crop's true area that is mapped to it
	ProducerSE float64
	Checked    int // draws among what is mapped to the crop
	Found      int // draws whose truth is the crop
	Outside    int // of these, mapped as something else
}

// FewOutside is how many draws of a crop outside of what is mapped to it make its
// interval trustworthy. With fewer, the errors' distribution is skew and fewer
// than 95 in 100 intervals hold the truth, mostly because they end too low.
const FewOutside = 5

// AreaEstimate is what a reference sample tells of a map.
type AreaEstimate struct {
	Inclusion  Inclusion
	TotalHa    float64
	Draws      int
	Accuracy   float64 // share of the area that is mapped right
	AccuracySE float64
	Crops      []Area // by name, [Unmapped] left out
}

// z95 is the 97.5 % quantile of the normal distribution.
const z95 = 1.959963984540054

// EstimateAreas estimates the area of every crop from a map and a sample of
// each of its strata whose truth is known: the stratified estimator of Olofsson
// et al., "Good practices for estimating area and assessing accuracy of land
// change" (Remote Sensing of Environment 148, 2014), equations 1 to 11. With
// W_i the share of the area mapped to i and p_ij the share of stratum i that
// truly is j, the area of j is A·Σ W_i·p_ij and its variance A²·Σ W_i²·v(p_ij).
//
// The paper's units are of one size, so that p_ij = n_ij/n_i; here they are
// parcels. Drawn by area, n_ij/n_i stays unbiased (Hansen and Hurwitz 1943).
// Drawn by count, p_ij is the ratio Σ a·y / Σ a over the sampled areas a, with
// v = (1−n/N)·Σ a²(y−p_ij)² / (n(n−1)·ā²) (Cochran, Sampling Techniques, 1977,
// equations 2.39 and 6.13). Accuracies are ratios of the same kind and their
// variances follow by linearisation, which for equal areas are the paper's
// equations 5 to 7.
//
// Every stratum with area needs two draws at least; an error names those
// without. So does a sample larger than its stratum when drawn by count.
func EstimateAreas(strata []Stratum, sample []Checked, inclusion Inclusion) (AreaEstimate, error) {
	e := AreaEstimate{Inclusion: inclusion}
	parts, err := partsOf(strata, sample, inclusion)
	if err != nil {
		return e, fmt.Errorf("areas: %w", err)
	}
	var crops []string
	for _, p := range parts {
		crops = append(crops, p.Crop)
		e.TotalHa += p.Hectares
		e.Draws += p.draws
		for _, c := range p.sample {
			crops = append(crops, c.Truth)
		}
	}
	slices.Sort(crops)
	crops = slices.DeleteFunc(slices.Compact(crops), func(c string) bool { return c == Unmapped })
	for i := range parts {
		parts[i].weight = parts[i].Hectares / e.TotalHa
	}
	e.Accuracy, e.AccuracySE = total(parts, func(stratum, truth string) float64 { return yes(stratum == truth) })
	for _, c := range crops {
		e.Crops = append(e.Crops, areaOf(c, parts, e.TotalHa))
	}
	return e, nil
}

func areaOf(crop string, parts []part, totalHa float64) Area {
	share, se := total(parts, func(_, truth string) float64 { return yes(truth == crop) })
	a := Area{Crop: crop, Ha: share * totalHa, SE: se * totalHa, User: math.NaN(), UserSE: math.NaN(), Producer: math.NaN(), ProducerSE: math.NaN()}
	a.Low, a.High = max(0, a.Ha-z95*a.SE), a.Ha+z95*a.SE
	hit := 0.0
	for _, p := range parts {
		a.Found += p.found(crop)
		if p.Crop != crop {
			a.Outside += p.found(crop)
			continue
		}
		var v float64
		a.User, v = p.mean(func(truth string) float64 { return yes(truth == crop) })
		a.UserSE, a.MappedHa, a.Checked = math.Sqrt(v), p.Hectares, p.draws
		hit = p.weight * a.User
	}
	if share > 0 {
		a.Producer = hit / share
		_, se := total(parts, func(stratum, truth string) float64 {
			return yes(truth == crop) * (yes(stratum == crop) - a.Producer)
		})
		a.ProducerSE = se / share
	}
	return a
}

// part is a stratum with its sample.
type part struct {
	Stratum
	sample []Checked
	draws  int
	weight float64 // share of the area
	by     Inclusion
}

func partsOf(strata []Stratum, sample []Checked, by Inclusion) ([]part, error) {
	if by != ByCount && by != ByArea {
		return nil, fmt.Errorf("inclusion %q: want %q or %q", by, ByCount, ByArea)
	}
	at := map[string]int{}
	var parts []part
	for _, s := range strata {
		if !(s.Hectares >= 0) || math.IsInf(s.Hectares, 0) {
			return nil, fmt.Errorf("%s has %v ha", s.Crop, s.Hectares)
		}
		if _, twice := at[s.Crop]; twice {
			return nil, fmt.Errorf("%s comes twice among the strata", s.Crop)
		}
		if s.Hectares > 0 {
			at[s.Crop] = len(parts)
			parts = append(parts, part{Stratum: s, by: by})
		}
	}
	if len(parts) == 0 {
		return nil, fmt.Errorf("the map has no area")
	}
	for _, c := range sample {
		i, ok := at[c.Mapped]
		if !ok {
			return nil, fmt.Errorf("a reference parcel is mapped as %s, which has no area on the map", c.Mapped)
		}
		c.Draws = max(1, c.Draws)
		parts[i].sample = append(parts[i].sample, c)
		parts[i].draws += c.Draws
	}
	for _, p := range parts {
		switch {
		case p.draws < 2:
			return nil, fmt.Errorf("%d reference parcels are mapped as %s (%.1f ha): two at least are needed: visit some, or draw them with `parus crop sample-design`", p.draws, p.Crop, p.Hectares)
		case by == ByCount && p.draws > p.Parcels:
			return nil, fmt.Errorf("%d reference parcels are mapped as %s, which has %d: drawn by count none comes twice", p.draws, p.Crop, p.Parcels)
		}
	}
	return parts, nil
}

func yes(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// total is the mean over the whole area of what u says of a stratum and a
// truth, with its standard error.
func total(parts []part, u func(stratum, truth string) float64) (mean, se float64) {
	for _, p := range parts {
		m, v := p.mean(func(truth string) float64 { return u(p.Crop, truth) })
		mean += p.weight * m
		se += p.weight * p.weight * v
	}
	return mean, math.Sqrt(se)
}

// mean is the stratum's mean of u by area and its variance.
func (p part) mean(u func(truth string) float64) (mean, variance float64) {
	size := func(c Checked) float64 {
		if p.by == ByArea {
			return 1 // the draw has weighed it already
		}
		return c.Hectares
	}
	n, sum := float64(p.draws), 0.0
	for _, c := range p.sample {
		sum += float64(c.Draws) * size(c)
		mean += float64(c.Draws) * size(c) * u(c.Truth)
	}
	if sum == 0 {
		return 0, 0
	}
	mean /= sum
	for _, c := range p.sample {
		e := size(c) * (u(c.Truth) - mean)
		variance += float64(c.Draws) * e * e
	}
	variance /= n * (n - 1) * (sum / n) * (sum / n)
	if p.by == ByCount {
		variance *= 1 - n/float64(p.Parcels)
	}
	return mean, variance
}

func (p part) found(crop string) int {
	n := 0
	for _, c := range p.sample {
		if c.Truth == crop {
			n += c.Draws
		}
	}
	return n
}
