package publication

import (
	"errors"
	"time"
)

// ErrNotFound says that a thing does not exist or is outside the scope; the
// two are never told apart, so that nobody can probe for what exists.
var ErrNotFound = errors.New("not found")

// Bounds are west, south, east, north in degrees.
type Bounds [4]float64

// Publication is one season of one county as it was published. It never
// changes; a new scoring is a new publication.
type Publication struct {
	ID         int64     `json:"id" doc:"Names the release in the path of its tiles."`
	County     string    `json:"county" doc:"Administrative code."`
	CountyName string    `json:"county_name"`
	Currency   string    `json:"currency" doc:"ISO 4217."`
	Season     string    `json:"season"`
	Starts     *string   `json:"starts" doc:"First day of the season, YYYY-MM-DD."`
	Ends       *string   `json:"ends" doc:"Last day of the season, YYYY-MM-DD."`
	InForce    bool      `json:"in_force" doc:"The one that people see of its county and season: the newest, unless an earlier one was put back."`
	CreatedAt  time.Time `json:"created_at"`
	Bounds     *Bounds   `json:"bounds" doc:"West, south, east, north in degrees; null where nothing was published."`
}

// Summary is a publication at a glance.
type Summary struct {
	Publication int64         `json:"publication"`
	Parcels     int           `json:"parcels"`
	Households  int           `json:"households"`
	AreaM2      float64       `json:"area_m2"`
	Abstained   int           `json:"abstained" doc:"Parcels whose crop is not known well enough."`
	Scores      *ScoreSummary `json:"scores" doc:"Null for roles that see no scores."`
	Crops       []CropArea    `json:"crops" doc:"Largest area first."`
	Villages    []Village     `json:"villages"`
}

// ScoreSummary is the money side of a summary.
type ScoreSummary struct {
	LineFen    int64   `json:"line_fen" doc:"Sum of all lines."`
	WithLine   int     `json:"with_line" doc:"Households with a line above zero."`
	Referred   int     `json:"referred" doc:"Households referred to an officer."`
	MedianFen  int64   `json:"median_fen" doc:"Median of the lines above zero."`
	MeanPD     float64 `json:"mean_pd"`
	LineBreaks []int64 `json:"line_breaks_fen" doc:"20th, 40th, 60th and 80th percentile of the lines above zero."`
}

// CropArea is the area of one crop. Crop is a catalogue code, or "" where the
// crop is unknown.
type CropArea struct {
	Crop    string  `json:"crop"`
	Parcels int     `json:"parcels"`
	AreaM2  float64 `json:"area_m2"`
}

// Village is the aggregate of one village.
type Village struct {
	Code       string  `json:"code"`
	Name       string  `json:"name" doc:"As the registry calls it; empty where it has none."`
	Households int     `json:"households"`
	AreaM2     float64 `json:"area_m2"`
	LineFen    *int64  `json:"line_fen"`
	Bounds     *Bounds `json:"bounds"`
}

// Hit is one thing that a search found.
type Hit struct {
	Kind    string  `json:"kind" enum:"household,parcel,village"`
	ID      string  `json:"id"`
	Label   string  `json:"label" doc:"Masked name of a household, local name of a parcel, name of a village."`
	Village string  `json:"village"`
	Bounds  *Bounds `json:"bounds"`
	LineFen *int64  `json:"line_fen"`
}
