package yield

import (
	"fmt"
	"math"
	"sort"

	"parus/fields/catalogue"
)

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
