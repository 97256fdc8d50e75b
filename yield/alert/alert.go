package alert

import (
	"cmp"
	"slices"
	"time"

	"parus/fields"
)

// Kind is what went wrong.
type Kind string

// The kinds of finding.
const (
	LeftBand     Kind = "left_band"     // the parcel left its county's band of the crop
	Struck       Kind = "hazard"        // a hazard struck it that clear pictures show, be it inside the band or not
	ForecastFell Kind = "forecast_fell" // its forecast fell further than its own uncertainty explains
)

// County is what is known of a county's season up to now.
type County struct {
	Season  fields.Season
	Harvest map[string]time.Time // crop → first usual day of its harvest; a crop without has no such end
	Parcels []Parcel             // all of the county's: they make the bands
}

// Parcel is one parcel's season so far. NDVI, Valid and the reflectances have a
// value per date, NaN where nothing is known; Red and Blue may be nil.
type Parcel struct {
	ID           string
	Crop         string  // catalogue code; "" where it is not known well enough
	EastM        float64 // position in any plane
	NorthM       float64
	Dates        []time.Time
	NDVI         []float64
	Valid        []float64 // share clear, 0..1
	Red, Blue    []float64
	Observations int       // clear dates behind Now
	Now          *Forecast // nil: none
	Before       *Forecast // of the publication before; nil: none
	Hazards      []Cause   // of the season that pictures show, by date
}

// Forecast is a yield if the parcel bears the crop.
type Forecast struct {
	Crop         string
	MeanKgPerHa  float64
	SD           float64 // the parcel's own, of ln yield
	Observations int     // clear dates behind it
}

// Finding is a parcel in trouble, or one that was and has recovered.
type Finding struct {
	ParcelID string
	Kind     Kind
	Crop     string
	First    time.Time // first clear date of it
	Last     time.Time // last clear date on which it was seen
	Ended    time.Time // clear date by which it had recovered; zero: it goes on
	Strength float64   // share of the green, or of the yield, that is gone, 0..1
	Evidence Evidence
}

// Evidence is what a finding rests on, in numbers. Of a finding of one kind
// the values of the other are empty.
type Evidence struct {
	Dates      []Point `json:"dates,omitempty"`
	LowestZ    float64 `json:"lowest_z,omitempty"`   // spreads under the county's median
	Own        float64 `json:"own,omitempty"`        // where the parcel stood before, in spreads
	Neighbours int     `json:"neighbours,omitempty"` // of the same crop that were seen on the first date
	Outside    int     `json:"outside,omitempty"`    // of them outside the band too
	Before     float64 `json:"before,omitempty"`     // kg/ha
	Now        float64 `json:"now,omitempty"`        // kg/ha
	County     float64 `json:"county,omitempty"`     // by which the county's forecasts of the crop moved, as a share
	RevisionZ  float64 `json:"revision_z,omitempty"` // in spreads of a revision
	Cause      *Cause  `json:"cause,omitempty"`      // likely, of those of the band and of hazards; nil: not told
}

// Point is one clear date of a parcel against the county's band.
type Point struct {
	Date   string  `json:"date"`
	NDVI   float64 `json:"ndvi"`
	Median float64 `json:"median"` // of the county's crop
	P10    float64 `json:"p10"`
	Z      float64 `json:"z"` // spreads from the median
}

// Detect returns what is wrong, in order of parcel and kind. What was found
// before and is not seen again goes on until its parcel has been inside the
// band on enough clear dates since; then it is returned once more, ended. What
// the band and a hazard tell of the same episode is one finding.
func Detect(c County, before []Finding, r Rules) []Finding {
	w := newWatch(c, r)
	var out []Finding
	known := map[key]Finding{}
	for _, f := range before {
		if f.Ended.IsZero() {
			known[key{f.ParcelID, f.Kind}] = f
		}
	}
	fallen := w.fallen()
	for i := range c.Parcels {
		track := w.follow(i)
		for _, found := range []*Finding{w.merged(i, track, known), fallen[i]} {
			if found != nil {
				out = append(out, join(known, *found))
			}
		}
		for _, kind := range []Kind{LeftBand, Struck, ForecastFell} {
			k := key{c.Parcels[i].ID, kind}
			f, open := known[k]
			if !open {
				continue
			}
			delete(known, k)
			if end, ok := track.backSince(f.Last, r.Dates); ok {
				f.Ended = end
			}
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.ParcelID, b.ParcelID), cmp.Compare(a.Kind, b.Kind))
	})
	return out
}

type key struct {
	parcel string
	kind   Kind
}

// join takes the beginning of what was known from it.
func join(known map[key]Finding, f Finding) Finding {
	k := key{f.ParcelID, f.Kind}
	old, ok := known[k]
	if ok && (f.Kind == ForecastFell || !f.First.After(old.Last)) && old.First.Before(f.First) {
		f.First = old.First
	}
	delete(known, k)
	return f
}
