package crop

import (
	"fmt"
	"math"
)

// Area is the estimated area of one class, with its standard error.
type Area struct {
	Class    string
	MappedHa float64 // what adding up the map would say
	Ha       float64 // unbiased estimate
	SE       float64 // ha; ±1.96·SE is the 95 % interval
}

// Areas estimates the area of every class from the area mapped to each and a
// random sample of every mapped class whose truth is known, by the stratified
// estimator of Olofsson et al., "Good practices for estimating area and
// assessing accuracy of land change" (Remote Sensing of Environment 148, 2014),
// equations 9 to 11: with W_i the share mapped to i and n_ij the samples mapped
// to i that truly are j, p_j = Σ W_i·n_ij/n_i and
// SE² = Σ W_i²·(n_ij/n_i)(1−n_ij/n_i)/(n_i−1).
//
// c must have been counted as NewConfusion(truth, mapped). A class with mapped
// area needs at least two samples mapped to it; an error names one that has not.
func Areas(c Confusion, mappedHa map[string]float64) ([]Area, error) {
	total := 0.0
	out := make([]Area, len(c.Classes))
	for i, name := range c.Classes {
		out[i] = Area{Class: name, MappedHa: mappedHa[name]}
		total += mappedHa[name]
	}
	sum := 0.0
	for name, ha := range mappedHa {
		if !(ha >= 0) || math.IsInf(ha, 0) {
			return nil, fmt.Errorf("areas: %s has %v ha", name, ha)
		}
		sum += ha
	}
	if total <= 0 || sum > total*(1+1e-12) {
		return nil, fmt.Errorf("areas: a class with area has no sample at all: check some parcels of every class of the map")
	}
	for i, name := range c.Classes {
		w := mappedHa[name] / total
		if w == 0 {
			continue
		}
		_, n := c.sums(i)
		if n < 2 {
			return nil, fmt.Errorf("areas: %d samples are mapped as %s: two at least are needed", n, name)
		}
		for j := range c.Classes {
			p := float64(c.N[j][i]) / float64(n)
			out[j].Ha += w * p * total
			out[j].SE += w * w * p * (1 - p) / float64(n-1)
		}
	}
	for j := range out {
		out[j].SE = math.Sqrt(out[j].SE) * total
	}
	return out, nil
}
