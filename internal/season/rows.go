package season

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"parus/fields"
	"parus/imagery"
)

// Block is a block of the lattice that parcels of a registry release touch.
type Block struct {
	imagery.Block
	Digest  string          // SHA-256 of the ids and shapes of the parcels that touch it
	Bound   orb.Bound       // lon, lat of these parcels
	Touched int             // parcels that touch it
	Home    int             // parcels whose home it is: those that touch no block before it
	Spans   []imagery.Block // blocks that the parcels at home here touch, this one included
}

// Series is a parcel's observations in one season.
type Series struct {
	ParcelID  string
	Pixels    float32 // sum of coverage fractions
	Dates     []time.Time
	Scenes    []string
	Valid     []float32 // per date, 0..1
	Layers    []string
	Values    []float32 // layer-major, layers × dates; NaN is a gap
	NDVISD    []float32 // per date, within the parcel
	Smooth    []float32 // NDVI per day of the season; empty where it could not be had
	Phenology json.RawMessage
}

// Crop is what is known of the crop on a parcel and of its match with imagery.
type Crop struct {
	ParcelID     string
	MatchP       float32
	MatchReasons []string
	Classes      []string // catalogue codes
	Posterior    []float32
	Abstained    bool
	Reason       string
	Observations int        // dates with enough valid pixels
	LastClear    *time.Time // the last of them
}

// Finding is what a season's pictures say of a registered shape; see
// fields/reconcile. NaN is unknown.
type Finding struct {
	ParcelID      string
	Dates         int     // clear dates that were looked at
	Edge          float32 // how far the outline follows edges of the pictures
	EastM, NorthM float32 // where this parcel alone would fit better
	Gain          float32
	SplitShare    float32 // smaller part of its best division in two; 0: too small to divide
	SplitContrast float32
	SplitLine     []float64 // x1, y1, x2, y2 in the lattice's CRS; empty where there is none
	Joined        []string  // neighbours that look like one field with it
}

// Proposal is what a season's pictures propose about a registered parcel.
type Proposal struct {
	ParcelID, Kind, Zh, En string
	EastM, NorthM          float64 // by how much to move
	Strength               float64
	With                   string    // the other parcel of a join
	Line                   []float64 // x1, y1, x2, y2 where to divide, in the lattice's CRS
}

// Area is what the registry says of a parcel's size, m²; 0 is unknown.
type Area struct {
	DeclaredM2 float64 // the contract's, else the declared one of the shape
	AreaM2     float64 // of the shape
}

// Yield is a parcel's yield, kg/ha, as the mixture over its crops.
type Yield struct {
	ParcelID      string
	P10, P50, P90 float32
	Mean, SD      float32
	Detail        json.RawMessage // yield.ParcelEstimate
}

// Decision is a household's line with all that it was computed from.
type Decision struct {
	HouseholdID string
	Digest      string // SHA-256 of Snapshot
	Snapshot    json.RawMessage
	Decision    json.RawMessage
	LineFen     int64
	PD, APR     float64
	DueDate     *time.Time
	Referred    bool
	Reasons     []string // codes, strongest first
	Shadow      *Shadow  // nil where the county has no challenger
}

// Shadow is what a challenger would have decided on a household.
type Shadow struct {
	HouseholdID     string
	Policy          string // digest of its document
	LineFen         int64
	PD, APR         float64
	CapitalFen      int64
	ExpectedLossFen int64
	Referred        bool
	Rejected        bool
	Binding         string
	Rules           []string // names of those that held
}

// StoredDecision is a decision as a back-test reads it.
type StoredDecision struct {
	Household, Village string
	Snapshot           json.RawMessage
}

// ShadowedDecision is a decision beside its challenger's.
type ShadowedDecision struct {
	Household, Village string
	Decision           json.RawMessage
	Shadow             Shadow
}

// Holding is a household with what the stages before credit know of its
// parcels.
type Holding struct {
	Household fields.Household
	Finance   Finance
	Parcels   []HeldParcel
}

// HoldingsQuery names a batch of households and the units whose estimates
// count.
type HoldingsQuery struct {
	Registry  int64
	After     HouseholdKey // the batch begins behind it; the zero value is before all
	Offset    int          // households to pass over behind After; units planned before batches had an After
	Limit     int
	CropUnits []int64
	YieldUnit int64
	Evidence  string // digest of the signs of who farms, "" for none beside transfers
}

// HouseholdKey is a household's place in the order in which a county is decided:
// by village, then by id, both by code point.
type HouseholdKey struct{ Village, ID string }

// HeldParcel joins a parcel with its estimates; Crop and Yield are nil where no
// stage could say anything.
type HeldParcel struct {
	Parcel fields.Parcel // without Shape
	Crop   *Crop
	Yield  *Yield
	Land   LandHolding              // its holding; only who holds it and the transfer are told
	Signs  []fields.TenancyEvidence // of who farms it, beside the transfer
}

// Tenancy judges who farms the parcel in a season.
func (p HeldParcel) Tenancy(s fields.Season) fields.Tenancy {
	holder, signs := p.Land.HolderID, p.Signs
	if holder == "" {
		holder = p.Parcel.HouseholdID
	}
	if p.Land.Transferee != "" && p.Land.Transferee != holder {
		signs = append(slices.Clip(signs), fields.TenancyEvidence{ParcelID: p.Parcel.ID, FarmerID: p.Land.Transferee, Source: fields.FromTransfer,
			From: p.Land.TransferOn, Until: p.Land.TransferEnd})
	}
	return fields.JudgeTenancy(p.Parcel.ID, holder, s, signs)
}

// Finance is what a county's household table tells, in the county's currency.
type Finance struct {
	Subsidy float64 `json:"subsidy,omitempty"`
	OffFarm float64 `json:"off_farm,omitempty"` // verified
	DebtDue float64 `json:"debt_due,omitempty"` // due by harvest
	Balance float64 `json:"balance,omitempty"`  // outstanding with the bank
}

// Outcome is how one item of a run ended.
type Outcome struct {
	Item, Stage, Outcome, Reason string
}

// Estimable is a parcel as the estimate of yields needs it.
type Estimable struct {
	ParcelID     string
	Lon, Lat     float64 // of the middle of its shape
	AreaM2       float64
	Pixels       float32
	Smooth       []float32 // NDVI per day of the season; empty where unknown
	MatchP       float32
	Classes      []string
	Posterior    []float32
	Observations int
	Dates        []time.Time
	Valid        []float32 // per date, 0..1
	NDVI         []float32 // per date; NaN is a gap
	NDWI         []float32 // the same, or empty where it was not measured
	Green, SWIR  []float32 // reflectance in B03 and B11, likewise
}

// Hazard is what befell a parcel, as yield.Hazard tells it to people.
type Hazard struct {
	Kind      string  `json:"kind"`
	From      string  `json:"from"`
	To        string  `json:"to"`
	Strength  float64 `json:"strength"`
	Loss      float64 `json:"loss"`
	LossSD    float64 `json:"loss_sd"`
	Confirmed bool    `json:"confirmed"`
	Zh        string  `json:"zh"`
	En        string  `json:"en"`
}
