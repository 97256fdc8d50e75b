package yield

import (
	"fmt"
	"math"
	"sort"

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

// seasonCrop is a crop as one season sees it.
type seasonCrop struct {
	crop     catalogue.Crop
	prior    Prior
	light    []LightUse // per place of weather
	usual    UsualFPAR
	sdCounty float64
}

type seasonCrops map[string]*seasonCrop

// crops prepares every crop that some parcel may bear.
func (in SeasonInput) crops() (seasonCrops, []string, error) {
	priors := map[string]Prior{}
	for _, p := range in.Priors {
		if !(p.MeanKgPerHa > 0) || !(p.SDKgPerHa >= 0) {
			return nil, nil, fmt.Errorf("prior of %s: mean %g, SD %g: want positive figures", p.Crop, p.MeanKgPerHa, p.SDKgPerHa)
		}
		priors[p.Crop] = p
	}
	out := seasonCrops{}
	codes := map[string]bool{}
	for _, p := range in.Parcels {
		for _, c := range p.Crops {
			codes[c.Code] = true
		}
	}
	order := make([]string, 0, len(codes))
	for c := range codes {
		order = append(order, c)
	}
	sort.Strings(order)
	var notes []string
	for _, code := range order {
		crop, err := in.Catalogue.Crop(code)
		if err != nil {
			continue // named parcel by parcel
		}
		sc := &seasonCrop{crop: crop}
		out[code] = sc
		if crop.EarnsNothing {
			continue
		}
		prior, ok := priors[code]
		if !ok {
			if prior, err = FitPrior(crop, nil, in.Season.End.Year()); err != nil {
				return nil, nil, err
			}
			notes = append(notes, code+": "+prior.Source)
		}
		cv := prior.SDKgPerHa / prior.MeanKgPerHa
		sc.prior, sc.sdCounty = prior, math.Sqrt(math.Log1p(cv*cv)) // of a lognormal with this mean and SD
		for _, w := range in.places() {
			sc.light = append(sc.light, NewLightUse(in.Season, crop, w, in.LatitudeDeg))
		}
		notes = append(notes, sc.light[0].Notes...)
	}
	return out, notes, nil
}

// look computes light use against the usual (in Index, not yet divided by the
// mean) and λ of every crop of a parcel; fpar has one value per day.
func (s seasonCrops) look(p ParcelInput, fpar []float64) ParcelEstimate {
	e := ParcelEstimate{ID: p.ID, PerCrop: make([]CropYield, 0, len(p.Crops))}
	for _, c := range p.Crops {
		sc, ok := s[c.Code]
		if !ok {
			e.Notes = append(e.Notes, (&catalogue.UnknownCropError{Code: c.Code}).Error())
			continue
		}
		y := CropYield{Code: c.Code, P: c.P}
		if !sc.crop.EarnsNothing && p.DailyNDVI != nil {
			var seen float64
			y.Index, seen = sc.light[min(p.Place, len(sc.light)-1)].against(fpar, sc.usual)
			dates := float64(p.ValidObservations)
			y.Lambda = fieldR2 * seen * c.P * p.Pixels / (p.Pixels + enoughPixels) * dates / (dates + enoughDates)
			if y.Index == 0 || !(y.Lambda > leastLambdaRR) {
				y.Index, y.Lambda = 0, 0
			}
		}
		e.PerCrop = append(e.PerCrop, y)
	}
	return e
}

// disaggregate turns light use into yields that add up to the county's.
func (s seasonCrops) disaggregate(parcels []ParcelInput, out []ParcelEstimate) {
	type sums struct{ weighted, weight, yield, area, seen, index, index2 float64 }
	means := make(map[string]*sums, len(s))
	for code := range s {
		means[code] = &sums{}
	}
	each := func(do func(a float64, y *CropYield, m *sums)) {
		for i := range out {
			for k := range out[i].PerCrop {
				y := &out[i].PerCrop[k]
				do(parcels[i].AreaHa*y.P*parcels[i].MatchP, y, means[y.Code])
			}
		}
	}
	each(func(a float64, y *CropYield, m *sums) {
		m.weighted += a * y.Lambda * y.Index
		m.weight += a * y.Lambda
	})
	each(func(a float64, y *CropYield, m *sums) {
		if y.Lambda > 0 && m.weighted > 0 {
			y.Index = math.Max(leastIndex, math.Min(mostIndex, y.Index/(m.weighted/m.weight)))
		} else {
			y.Index, y.Lambda = 0, 0
		}
		y.MeanKgPerHa = 1
		if y.Lambda > 0 {
			y.MeanKgPerHa = 1 + y.Lambda*(y.Index-1)
			m.seen += a
			m.index += a * y.Index
			m.index2 += a * y.Index * y.Index
		}
		m.yield += a * y.MeanKgPerHa
		m.area += a
	})
	each(func(_ float64, y *CropYield, m *sums) {
		sc := s[y.Code]
		if sc.crop.EarnsNothing {
			y.MeanKgPerHa = 0
			return
		}
		y.MeanKgPerHa *= sc.prior.MeanKgPerHa
		if m.area > 0 && m.yield > 0 { // what the bounds of the index took away is given back
			y.MeanKgPerHa *= m.area / m.yield
		}
		y.SDCounty = sc.sdCounty
		y.SDModel = residualSD(y.Lambda, varianceOf(m.seen, m.index, m.index2))
	})
	for i, p := range parcels {
		sd := p.AreaSD
		if sd == 0 {
			sd = AreaSD(p.AreaHa)
		}
		for k := range out[i].PerCrop {
			if y := &out[i].PerCrop[k]; y.MeanKgPerHa > 0 {
				y.SDArea, y.SDModel = sd, math.Hypot(y.SDModel, sd)
			}
		}
	}
}

// residualSD is what remains of the spread between fields where the index has
// moved the mean. By the law of total variance a mean that moves by λ·(B/B̄ − 1)
// can explain no more than λ²·Var(B/B̄) of it: an index that hardly differs
// between parcels narrows nothing, however reliable it is. It never claims more
// than fieldR2.
func residualSD(lambda, indexVariance float64) float64 {
	explained := math.Min(lambda*lambda*indexVariance, fieldR2*withinSD*withinSD)
	return math.Sqrt(withinSD*withinSD - explained)
}

// varianceOf is the variance of weighted values from their sums.
func varianceOf(weight, sum, squares float64) float64 {
	if !(weight > 0) {
		return 0
	}
	mean := sum / weight
	return math.Max(0, squares/weight-mean*mean)
}
