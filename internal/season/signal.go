package season

import (
	"encoding/json"
	"time"
)

// Signal is what a run found wrong on a parcel; see yield/alert.
type Signal struct {
	ParcelID string
	Kind     string
	Crop     string
	First    time.Time
	Last     time.Time
	Ended    *time.Time // nil: it goes on
	Strength float64
	Evidence json.RawMessage // alert.Evidence
}

// Watched is a parcel as the watch for alerts needs it. Dates and what goes
// with them are empty without a series.
type Watched struct {
	ParcelID     string
	Lon, Lat     float64
	Dates        []time.Time // shared between parcels, as Classes are
	Valid        []float32
	NDVI         []float32 // per date; NaN is a gap; empty where it was not measured
	Red, Blue    []float32 // reflectance in B04 and B02, likewise
	Classes      []string
	Posterior    []float32
	Abstained    bool
	Observations int
	Yield        json.RawMessage // yield.ParcelEstimate, {} without one
	Before       *Told           // by the publication before; nil: none, or not this parcel
}

// Told is what a publication told of a parcel.
type Told struct {
	Crop         string // "" where it abstained
	Observations int
	Yield        json.RawMessage
}

// Earlier is the publication of the same season before a run's own.
type Earlier struct {
	Publication int64 // 0: there is none
	Digest      string
	Watch       int64 // unit of its watch, 0 where it has none
}
