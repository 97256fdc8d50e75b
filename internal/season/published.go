package season

import (
	"encoding/json"
	"time"

	"github.com/paulmach/orb"
)

// Sources names the units whose results a publication is made of.
type Sources struct {
	Series, Crops, Decisions []int64
	Yield, Watch             int64
}

// PublishedParcel is what people see of a parcel. Pointers are nil where
// nothing is known.
type PublishedParcel struct {
	ID, HouseholdID, Village     string
	AreaM2                       float64
	MatchP                       *float32
	Crop                         string // best catalogue code, "" where nothing is known
	CropP                        *float32
	Abstained                    bool
	Reason                       string
	YieldP10, YieldP50, YieldP90 *float32 // kg/ha
	Observations                 int
	Dates                        []time.Time
	NDVI, Valid                  []float32 // per date
	Smooth                       []float32 // NDVI per day of the season
	Hazards                      []Hazard
	Shape                        orb.MultiPolygon // lon, lat
}

// PublishedHousehold is what people see of a household and its line.
type PublishedHousehold struct {
	ID, Village, DisplayName string
	Parcels                  int
	AreaM2                   float64
	LineFen                  int64
	PD, APR                  float64
	DueDate                  *time.Time
	Referred                 bool
	Reasons                  []string
	Decision                 json.RawMessage // credit.Decision
}

// Addressee is whom a decision is about.
type Addressee struct {
	County, CountyName string
	DisplayName        string // masked; "" where unknown or erased
}

// Layer returns one layer of a series, a value per date, or nil.
func (s Series) Layer(name string) []float32 {
	n := len(s.Dates)
	for i, l := range s.Layers {
		if l == name {
			return s.Values[i*n : (i+1)*n]
		}
	}
	return nil
}

// PublicationRow is a publication in a list of what was published.
type PublicationRow struct {
	ID         int64
	County     string
	Season     string
	Run        int64
	Registry   int64
	InForce    bool
	CreatedAt  time.Time
	Households int   // with a decision
	LineFen    int64 // of all lines together
	WithLine   int   // with a line above zero
	Referred   int
}

// Compared is a household as two publications decided on it.
type Compared struct {
	HouseholdID, Village string
	Before, After        ComparedSide
}

// ComparedSide is one publication's word on a household.
type ComparedSide struct {
	Decided  bool
	LineFen  int64
	Referred bool
	Snapshot json.RawMessage // credit.Snapshot; nil where it is not kept
}
