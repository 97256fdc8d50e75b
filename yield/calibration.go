package yield

import (
	"fmt"
	"math"
	"slices"
)

// Calibration widens or narrows the spread of groups of parcels by what past
// harvests showed. Its zero value changes nothing.
type Calibration struct {
	Factors map[string]float64 // of the log SDs, by group: crop and size, crop, or "" for all
	Counts  map[string]int     // outcomes behind each
}

// Harvest is one parcel's season with what was said and what came in.
type Harvest struct {
	Crop   string
	AreaHa float64
	P50    float64 // kg/ha, of the crop that was grown
	SDLog  float64 // √(SDCounty² + SDModel²) as estimated
	Actual float64 // kg/ha
}

// leastHarvests is how many outcomes a group needs to have a factor of its own:
// with 30 the 80 % quantile of the errors is known to about ±7 % coverage.
const leastHarvests = 30

// SizeClass parts parcels by what Sentinel-2 sees of them: under 0.1 ha fewer
// than 10 pixels, under 0.5 ha fewer than 50.
func SizeClass(ha float64) string {
	switch {
	case ha < 0.1:
		return "under 0.1 ha"
	case ha < 0.5:
		return "0.1 to 0.5 ha"
	}
	return "0.5 ha and more"
}

// Calibrate learns group-conformal factors (Vovk et al. 2005, Mondrian
// predictors): the ⌈0.8·(n+1)⌉-th smallest |ln actual − ln P50| / SDLog over the
// normal's 1.2816, so that P10 to P90 would have held eight in ten. Groups are
// crop and size, then crop, then all; those with fewer than 30 harvests have
// none. A harvest that is not positive is an error.
func Calibrate(h []Harvest) (Calibration, error) {
	errs := map[string][]float64{}
	for i, x := range h {
		if !(x.P50 > 0 && x.SDLog > 0 && x.Actual > 0) || math.IsInf(x.Actual, 0) {
			return Calibration{}, fmt.Errorf("calibrate: harvest %d of %s: P50 %g, SD %g, actual %g: want positive figures (a total loss is a hazard's, not the spread's)", i+1, x.Crop, x.P50, x.SDLog, x.Actual)
		}
		z := math.Abs(math.Log(x.Actual/x.P50)) / x.SDLog
		for _, g := range groupsOf(x.Crop, x.AreaHa) {
			errs[g] = append(errs[g], z)
		}
	}
	c := Calibration{Factors: map[string]float64{}, Counts: map[string]int{}}
	for g, z := range errs {
		if len(z) < leastHarvests {
			continue
		}
		slices.Sort(z)
		k := int(math.Ceil(0.8*float64(len(z)+1))) - 1
		c.Factors[g], c.Counts[g] = z[min(k, len(z)-1)]/1.2816, len(z)
	}
	return c, nil
}

// groupsOf lists the groups of a parcel, the narrowest first.
func groupsOf(crop string, ha float64) []string {
	return []string{crop + ", " + SizeClass(ha), crop, ""}
}

// apply scales the SDs of every estimate by its narrowest group's factor.
func (c Calibration) apply(parcels []ParcelInput, out []ParcelEstimate) {
	if len(c.Factors) == 0 {
		return
	}
	for i, p := range parcels {
		for k := range out[i].PerCrop {
			y := &out[i].PerCrop[k]
			for _, g := range groupsOf(y.Code, p.AreaHa) {
				if f, ok := c.Factors[g]; ok {
					y.SDCounty, y.SDModel, y.SDArea = y.SDCounty*f, y.SDModel*f, y.SDArea*f
					break
				}
			}
		}
	}
}
