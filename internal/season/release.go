package season

import (
	"encoding/json"
	"time"
)

// Release is one accepted hand-over of a county's registry. What it holds never
// changes, so that a run and a decision mean the same land for ever.
type Release struct {
	ID         int64
	County     string
	Digest     string // of the package's content and the rules it was read by
	Source     string // base name
	CreatedAt  time.Time
	ValidFrom  time.Time
	InForce    bool  // the one that runs start from
	Previous   int64 // in force when this one came, 0 for none
	Parcels    int
	Households int
	Contracts  int
	People     int // -1 where personal data were not kept
	Difference Difference
	Runs       int // that refer to it
}

// Difference is what a release changed of the one before.
type Difference struct {
	Parcels    Changes `json:"parcels"`
	Households Changes `json:"households"`
}

// Changes counts items by what became of them and names the first of each.
type Changes struct {
	Added        int      `json:"added"`
	Removed      int      `json:"removed"`
	Changed      int      `json:"changed"`
	FirstAdded   []string `json:"first_added,omitempty"`
	FirstRemoved []string `json:"first_removed,omitempty"`
	FirstChanged []string `json:"first_changed,omitempty"`
}

// Village is a village by its code.
type Village struct {
	Code string // 12 digits
	Name string
}

// Contract is a contract on land.
type Contract struct {
	ID          string // CBHTBM
	HouseholdID string
	AreaM2      float64   // HTZMJ, 0 where unknown
	Until       time.Time // zero where unknown
}

// LandHolding is one row that ties a parcel to a household.
type LandHolding struct {
	ParcelID, HouseholdID           string
	Contract, Certificate, Transfer string // codes, "" for none
	AreaM2                          float64
	Leased                          bool

	HolderID    string    // household of the contract, "" where unknown
	Transferee  string    // household of the transfer, in force or not; "" for none
	TransferOn  time.Time // its first day, zero where unknown
	TransferEnd time.Time // its last day, zero where unknown
}

// Mapping is a mapping of a county's columns that somebody stands behind.
type Mapping struct {
	Kind, Digest, YAML, ConfirmedBy string
}

// Originals holds what repairs replaced: key of an item → code of the repair →
// what was there before.
type Originals map[string]map[string]string

// Of is the item's part as JSON, nil where nothing was replaced.
func (o Originals) Of(key string) json.RawMessage {
	if len(o[key]) == 0 {
		return nil
	}
	b, err := json.Marshal(o[key])
	if err != nil {
		panic("a map of strings does not marshal: " + err.Error())
	}
	return b
}
