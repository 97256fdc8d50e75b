package yield

import (
	"fmt"
	"math"

	"parus/fields"
	"parus/fields/catalogue"
)

// SeasonInput is everything that one season's estimate of a county needs.
// Parcels must be all of the county's, since they are ranked against each
// other and add up to its figures.
type SeasonInput struct {
	Season      fields.Season
	LatitudeDeg float64 // of the county's middle, north positive
	Catalogue   catalogue.Catalogue
	Priors      []Prior // one per crop; a crop without gets the national figure
	Parcels     []ParcelInput
	Weather     Weather     // zero where there is none: the fallback is noted
	Local       []Weather   // of the places that parcels name, where weather differs within the county
	Calibration Calibration // from past harvests; zero where there are none
}

// ParcelInput is what imagery and matching know of one parcel.
type ParcelInput struct {
	ID                string
	AreaHa            float64
	Crops             []CropChance // posterior; at most 1 in sum
	DailyNDVI         []float64    // one per season day, smoothed; NaN where unknown or yet to come. nil: none at all
	Pixels            float64      // effective pixels: the sum of coverage fractions
	ValidObservations int          // clear dates
	MatchP            float64      // that the parcel is the field which was seen, 0..1
	Place             int          // index into SeasonInput.Local
	Sightings         []Sighting   // clear dates in order, for [FindHazards]
	Hazards           []Hazard     // what befell it; moves the distribution
	AreaSD            float64      // relative error of AreaHa; 0 stands for AreaSD(AreaHa)
}

// CropChance is a crop and its probability.
type CropChance struct {
	Code string
	P    float64
}

// ParcelEstimate is a parcel's yield in kg/ha of marketed product: the mixture
// of its crops, and each crop on its own.
type ParcelEstimate struct {
	ID                      string
	PerCrop                 []CropYield // in the order of the input; crops that are unknown are left out
	P10, P50, P90, Mean, SD float64     // kg/ha, of the mixture over PerCrop
	Notes                   []string
	Hazards                 []Hazard `json:",omitempty"`
	HazardLoss              float64  `json:",omitempty"` // expected share of yield from findings that are not in the distribution
}

// CropYield is the yield if the parcel bears this crop: lognormal with this
// mean. The SDs are of the log, one drawn for the whole county, one for the
// parcel alone.
type CropYield struct {
	Code        string
	P           float64
	MeanKgPerHa float64
	SDCounty    float64 // of ln yield
	SDModel     float64 // of ln yield, the error of the area included
	SDArea      float64 // of ln area: the part of SDModel that the registered area brings
	Index       float64 // B/B̄: light use against the mean of the crop's parcels; 0 where not seen
	Lambda      float64 // how far the index was followed, 0..1
}

// Parameters of the disaggregation, from domain evidence on fields within a
// county: satellite indices explained 32–45 % of the variance between them,
// the spread between fields is 20–25 % of the mean, and eight whole pixels are
// what the EU's Joint Research Centre asks of a parcel.
const (
	fieldR2       = 0.38 // λ of a well-seen parcel
	withinSD      = 0.22 // SD of ln yield between the fields of a county
	enoughPixels  = 8.0  // at which λ is halved by few pixels
	enoughDates   = 6.0  // at which λ is halved by few clear dates
	leastIndex    = 0.3  // B/B̄ is kept within these: beyond is another crop
	mostIndex     = 1.7  // or a failed match, not a yield
	leastLambdaRR = 1e-12
)

// Estimate gives every parcel its yield by
//
//	y = ȳ·(1 + λ·(B/B̄ − 1))
//
// with ȳ the prior's mean, B the parcel's light use over the season, B̄ the mean
// of the crop's parcels weighted by area, chances and λ, so that the parcels'
// area-weighted mean is ȳ, and λ grown from reliability: pixels, clear dates,
// crop probability and how much of the season's usual light use lies on the days
// that were seen: early in the season λ is near 0 and the spread is the prior's.
// What the index leaves open of the spread between fields stays in SDModel,
// with the error of the area, so that yields are per registered hectare.
//
// The result has one entry per parcel in the order of the input. A parcel with
// a wrong series length, a negative area or chances above 1 is an error that
// names it; crops that the catalogue lacks are left out with a note.
func Estimate(in SeasonInput) ([]ParcelEstimate, error) {
	if len(in.Parcels) == 0 {
		return nil, fmt.Errorf("yield of season %s: no parcels", in.Season.Name)
	}
	if in.Season.Days() < 1 || in.Season.Days() > 1500 {
		return nil, fmt.Errorf("yield: season %q has %d days: want 1 to 1500", in.Season.Name, in.Season.Days())
	}
	if err := in.check(); err != nil {
		return nil, fmt.Errorf("yield of season %s: %w", in.Season.Name, err)
	}
	crops, notes, err := in.crops()
	if err != nil {
		return nil, fmt.Errorf("yield of season %s: %w", in.Season.Name, err)
	}
	out := make([]ParcelEstimate, len(in.Parcels))
	fpar := make([]float64, in.Season.Days())
	seen := newCourses(crops, in.Season.Days())
	for _, p := range in.Parcels {
		seen.add(p, fparOf(p, fpar))
	}
	for code, c := range crops {
		c.usual = seen.usual(code, TypicalFPAR(in.Season, c.crop))
	}
	for i, p := range in.Parcels {
		out[i] = crops.look(p, fparOf(p, fpar))
		if i == 0 {
			out[i].Notes = append(out[i].Notes, notes...)
		}
	}
	crops.disaggregate(in.Parcels, out)
	in.Calibration.apply(in.Parcels, out)
	for i := range out {
		out[i].suffer(in.Parcels[i].Hazards)
		out[i].mix()
	}
	return out, nil
}

// check refuses what no repair can make sense of.
func (in SeasonInput) check() error {
	for _, p := range in.Parcels {
		if p.DailyNDVI != nil && len(p.DailyNDVI) != in.Season.Days() {
			return fmt.Errorf("parcel %s: %d NDVI values for a season of %d days", p.ID, len(p.DailyNDVI), in.Season.Days())
		}
		if !(p.AreaHa >= 0) || math.IsInf(p.AreaHa, 0) || !(p.MatchP >= 0 && p.MatchP <= 1) {
			return fmt.Errorf("parcel %s: area %g ha, match probability %g: want a positive area and 0 to 1", p.ID, p.AreaHa, p.MatchP)
		}
		var sum float64
		for _, c := range p.Crops {
			if !(c.P >= 0) {
				return fmt.Errorf("parcel %s: crop %s has probability %g", p.ID, c.Code, c.P)
			}
			sum += c.P
		}
		if !(p.AreaSD >= 0 && p.AreaSD < 1) {
			return fmt.Errorf("parcel %s: relative error of the area %g: want 0 to 1", p.ID, p.AreaSD)
		}
		if sum > 1.001 {
			return fmt.Errorf("parcel %s: crop probabilities add up to %g", p.ID, sum)
		}
	}
	return nil
}
