package yield

import (
	"fmt"
	"math"
	"time"

	"parus/fields"
	"parus/fields/catalogue"
)

// parShare is the photosynthetically active part of global radiation (Monteith
// 1972; SWAT theory 2009, equation 5:2.1.1, whose light-use efficiencies the
// catalogue quotes).
const parShare = 0.5

// FPAR is the share of the PAR that a canopy takes up, from its NDVI by the
// line of Myneni and Williams (1994), 1.1638·NDVI − 0.1426, kept in 0..0.95.
func FPAR(ndvi float64) float64 {
	return math.Max(0, math.Min(0.95, 1.1638*ndvi-0.1426))
}

// TemperatureFactor is the share of growth that the day's mean temperature
// allows, 0..1: SWAT's temperature stress (theory 2009, equations 5:3.1.3 to
// 5:3.1.6), exp(−0.1054·((Topt−T)/(T−Tbase))²), mirrored above the optimum.
func TemperatureFactor(tC, baseC, optC float64) float64 {
	if tC > optC {
		tC = 2*optC - tC
	}
	if tC <= baseC {
		return 0
	}
	x := (optC - tC) / (tC - baseC)
	return math.Exp(-0.1054 * x * x)
}

// The water balance is one bucket of 100 mm, as in CASA for a medium soil
// (Potter et al. 1993), full at the start of the season; evaporation falls off
// below half of it (FAO-56, equation 84 with p = 0.5).
const (
	bucketMM   = 100.0
	depletionP = 0.5
)

// LightUse is what a season's weather lets a crop make of light, day by day.
type LightUse struct {
	Weights []float64 // g dry matter m-2 per unit of fPAR, one per season day; 0 outside the crop's window
	Total   float64   // sum of Weights
	Notes   []string  // stand-ins that were used
}

// NewLightUse computes PAR·ε·T·W for every day of a season. Days that weather
// does not cover get half of the extraterrestrial radiation at the latitude
// and no limit by temperature and water; Notes says how many. W is 0.5 +
// 0.5·(actual over potential evaporation) after CASA (Potter et al. 1993).
func NewLightUse(season fields.Season, crop catalogue.Crop, w Weather, latitudeDeg float64) LightUse {
	from, to, usual := window(season, crop)
	lu := LightUse{Weights: make([]float64, season.Days())}
	if !usual {
		lu.Notes = append(lu.Notes, fmt.Sprintf("%s: its usual dates do not fall into season %s: the whole season counts", crop.Code, season.Name))
	}
	water, noRadiation, noTemperature := bucketMM, 0, 0
	for i := range lu.Weights {
		day := season.Start.AddDate(0, 0, i)
		ra := ExtraterrestrialMJ(latitudeDeg, day)
		d, known := w.At(day)
		radiation, factor := cloudyShare*ra, 1.0
		if known && !math.IsNaN(d.RadiationMJ) {
			radiation = d.RadiationMJ
		} else {
			noRadiation++
		}
		if known && !math.IsNaN(d.TMeanC) {
			factor = TemperatureFactor(d.TMeanC, crop.TBaseC.Value, crop.TOptC.Value) * waterFactor(&water, d, ra)
		} else {
			noTemperature++
		}
		if day.Before(from) || day.After(to) {
			continue
		}
		lu.Weights[i] = parShare * radiation * crop.RUE.Value * factor
		lu.Total += lu.Weights[i]
	}
	if noRadiation > 0 {
		lu.Notes = append(lu.Notes, fmt.Sprintf("no radiation for %d of %d days: half of the extraterrestrial radiation stands in", noRadiation, len(lu.Weights)))
	}
	if noTemperature > 0 {
		lu.Notes = append(lu.Notes, fmt.Sprintf("no temperature for %d of %d days: no limit by temperature and water there", noTemperature, len(lu.Weights)))
	}
	return lu
}

// window is when the crop grows: its usual dates where they fall into the
// season, else all of the season, and usual is false.
func window(season fields.Season, crop catalogue.Crop) (from, to time.Time, usual bool) {
	from, to, ok := crop.Window(season.Start)
	if !ok || to.Before(season.Start) || from.After(season.End) || to.Sub(season.Start) > season.End.Sub(season.Start)+60*24*time.Hour {
		return season.Start, season.End, false
	}
	return from, to, true
}

// waterFactor moves the bucket on by a day and returns W, 0.5..1. Without
// extremes or rain it is 1.
func waterFactor(water *float64, d WeatherDay, extraterrestrialMJ float64) float64 {
	if math.IsNaN(d.TMinC) || math.IsNaN(d.TMaxC) || math.IsNaN(d.PrecipitationMM) {
		return 1
	}
	stress := math.Min(1, *water/((1-depletionP)*bucketMM))
	actual := stress * referenceET0(d, extraterrestrialMJ)
	*water = math.Max(0, math.Min(bucketMM, *water+d.PrecipitationMM-actual))
	return 0.5 + 0.5*stress
}

// against compares a parcel's light use with the crop's usual one on the days
// with a value: index is the ratio, seen the share of the whole window's usual
// light use that those days hold. Days without a value, gaps and days to come,
// thereby count as usual and not as bare ground.
func (lu LightUse) against(fpar, usual []float64) (index, seen float64) {
	var own, known, whole float64
	for i, w := range lu.Weights {
		u := w * usual[i]
		whole += u
		if u > 0 && fpar[i] == fpar[i] { // not NaN
			own += w * fpar[i]
			known += u
		}
	}
	if known == 0 {
		return 0, 0
	}
	return own / known, known / whole
}
