package imagery

import (
	"math"
	"time"

	"github.com/paulmach/orb"
)

// Scene is one acquisition over one footprint: what a STAC item, a SAFE folder
// or a GeoTIFF with a sidecar tells of it. It holds no pixels.
type Scene struct {
	ID         string    `json:"id"`
	Collection string    `json:"collection,omitempty"`
	Sensor     string    `json:"sensor"`             // key of a sensor data file, e.g. "sentinel-2-l2a"
	Datetime   time.Time `json:"datetime"`           // UTC
	Created    time.Time `json:"created,omitzero"`   // when the product was made; a later one supersedes
	Updated    time.Time `json:"updated,omitzero"`   // when the catalogue last changed its entry; zero where it is silent
	CloudCover *float64  `json:"cloud_cover"`        // percent, nil where the catalogue is silent
	Baseline   string    `json:"baseline,omitempty"` // processing baseline, "04.00"
	Bound      orb.Bound `json:"bound"`              // of the footprint, lon and lat; zero where unknown
	MGRSTile   string    `json:"mgrs_tile,omitempty"`
	Orbit      string    `json:"orbit,omitempty"` // of a radar: "ascending", "descending", "" where the catalogue is silent
	// OffsetApplied: the catalogue says that the offset of the baseline is in the pixels already.
	OffsetApplied bool     `json:"offset_applied,omitempty"`
	Bands         []Band   `json:"bands"`           // in the sensor's order
	InputDigest   string   `json:"input_digest"`    // SHA-256 of what identifies the scene's content
	Notes         []string `json:"notes,omitempty"` // repairs and doubts, in words, for outcomes.csv
}

// Band says where one band of a scene is and how its numbers (DN) become
// reflectance, a class or a backscatter: value = DN·Scale + Offset.
type Band struct {
	Name        string   `json:"name"`             // the sensor's name: "B04", "SCL"
	Href        string   `json:"href"`             // path, URL or GDAL virtual path
	Index       int      `json:"index"`            // band number within the file, from 1
	Scale       float64  `json:"scale"`            // reflectance per DN
	Offset      float64  `json:"offset"`           // reflectance at DN 0
	ScaleSource string   `json:"scale_source"`     // "item", "file", "sensor" or "values"
	NoData      *float64 `json:"nodata"`           // as stored, nil where there is none
	Unit        string   `json:"unit,omitempty"`   // of a radar's numbers: "decibel", "power", "amplitude", "" where the catalogue is silent
	Decode      *Decode  `json:"decode,omitempty"` // how stored numbers become DN, nil where they are DN
	Of          []Band   `json:"of,omitempty"`     // of a mask that is computed: blue, green and red

	// Version is what the server calls the version of the file that was
	// verified, "" for files on disk and where it does not tell.
	Version string `json:"version,omitempty"`
}

// Form says what a number as stored stands for, once scaled.
type Form string

// The forms that a Reader decodes.
const (
	Value     Form = "value"     // the value itself, such as reflectance in floating point
	Decibel   Form = "decibel"   // 10·log10 of power
	Amplitude Form = "amplitude" // square root of power
	DayOfYear Form = "day"       // 1 to 366; the value is days since Decode.Offset
)

// Decode turns numbers as stored into DN while they are read, so that sums
// stay sums of integers and add exactly:
//
//	DN = round(value of Form(stored·Scale + Offset) / Step), within ±65535
//
// What is no finite number becomes no data. A day of the year counts from day
// Offset in a year of Scale days: 5 January since 19 December is 17.
type Decode struct {
	Form   Form    `json:"form"`
	Scale  float64 `json:"scale"`
	Offset float64 `json:"offset"`
	Step   float64 `json:"step"`
}

// MaxDN is the greatest DN that Decode makes.
const MaxDN = 65535

// DN returns the DN of one stored number, and whether there is one.
func (d *Decode) DN(stored float64) (dn int32, ok bool) {
	v := stored*d.Scale + d.Offset
	switch d.Form {
	case Decibel:
		v = math.Pow(10, v/10)
	case Amplitude:
		v *= v
	case DayOfYear:
		if v = stored - d.Offset; v < 0 {
			v += d.Scale
		}
	case Value:
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, false
	}
	return int32(math.Round(min(max(v/d.Step, -MaxDN), MaxDN))), true
}

// Band returns the scene's band of that name.
func (s Scene) Band(name string) (Band, bool) {
	for _, b := range s.Bands {
		if b.Name == name {
			return b, true
		}
	}
	return Band{}, false
}
