package report

import (
	"math"
	"time"

	"github.com/paulmach/orb"

	"parus/fields"
)

// Parcel is what the season showed of one registered parcel. NaN stands for
// what is not known.
type Parcel struct {
	ID          string
	HouseholdID string  // "" where unknown
	Village     string  // code or name, "" where unknown
	AreaHa      float64 // hectares
	MatchP      float64 // probability that the shape is the land of the contract, 0..1
	Crop        string  // catalogue code of the best class, also where abstained; "" where none
	PCrop       float64 // posterior probability of Crop, 0..1
	Abstained   bool    // the crop model would not commit itself
	Reason      string  // why it abstained or why there is no result

	// Yield of Crop: the 10th, 50th and 90th percentile, kg/ha.
	YieldP10KgPerHa, YieldP50KgPerHa, YieldP90KgPerHa float64

	Hazards []Hazard // what befell it, by date

	Tenancy  fields.Tenancy  // who farms it; zero where only the registry's household is known
	Declared fields.Declared // what the county declares, against what is seen; zero where nothing is declared

	ValidObservations int              // dates that saw enough of the parcel
	Shape             orb.MultiPolygon // lon, lat (EPSG:4326); nil where the registry has none

	// The parcel's NDVI curve, one entry per date in time order; empty where
	// none was kept. The slices have the length of Dates, or are empty.
	Dates  []time.Time
	NDVI   []float32 // NaN where no pixel was clear
	Valid  []float32 // share of the parcel that was clear, 0..1
	Smooth []float32 // smoothed NDVI, NaN in a gap
}

// Hazard is what befell a parcel.
type Hazard struct {
	Kind      string // drought, flood, frost, heat, green_loss
	From, To  string // YYYY-MM-DD
	Strength  float64
	Loss      float64 // share of the yield
	LossSD    float64
	Confirmed bool   // clear pictures show it: it is in the yield
	Zh, En    string // with the evidence
}

// Thresholds under which a parcel is left out of the household's capacity:
// match probability 0.5 and crop probability 0.6. Source: the credit method,
// whose first step drops parcels with q < 0.5 or Σπ < 0.6.
const (
	lowMatch = 0.5
	lowCrop  = 0.6
)

// clearShare is the share of a parcel from which on the report draws a date as
// a clear one (a full dot). It concerns the drawing only.
const clearShare = 0.5

func known(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// hasCurve tells whether there is a curve to draw: two dates or more and
// slices of one length.
func (p Parcel) hasCurve() bool {
	n := len(p.Dates)
	return n >= 2 && len(p.NDVI) == n &&
		(len(p.Valid) == n || len(p.Valid) == 0) &&
		(len(p.Smooth) == n || len(p.Smooth) == 0)
}
