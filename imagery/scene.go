package imagery

import (
	"time"

	"github.com/paulmach/orb"
)

// Scene is one acquisition over one footprint: what a STAC item, a SAFE folder
// or a GeoTIFF with a sidecar tells of it. It holds no pixels.
type Scene struct {
	ID          string    `json:"id"`
	Collection  string    `json:"collection,omitempty"`
	Sensor      string    `json:"sensor"`             // key of a sensor data file, e.g. "sentinel-2-l2a"
	Datetime    time.Time `json:"datetime"`           // UTC
	Created     time.Time `json:"created,omitzero"`   // when the product was made; a later one supersedes
	CloudCover  *float64  `json:"cloud_cover"`        // percent, nil where the catalogue is silent
	Baseline    string    `json:"baseline,omitempty"` // processing baseline, "04.00"
	Bound       orb.Bound `json:"bound"`              // of the footprint, lon and lat; zero where unknown
	MGRSTile    string    `json:"mgrs_tile,omitempty"`
	Bands       []Band    `json:"bands"`           // in the sensor's order
	InputDigest string    `json:"input_digest"`    // SHA-256 of what identifies the scene's content
	Notes       []string  `json:"notes,omitempty"` // repairs and doubts, in words, for outcomes.csv
}

// Band says where one band of a scene is and how its numbers (DN) become
// reflectance, a class or a backscatter: value = DN·Scale + Offset.
type Band struct {
	Name        string   `json:"name"`         // the sensor's name: "B04", "SCL"
	Href        string   `json:"href"`         // path, URL or GDAL virtual path
	Index       int      `json:"index"`        // band number within the file, from 1
	Scale       float64  `json:"scale"`        // reflectance per DN
	Offset      float64  `json:"offset"`       // reflectance at DN 0
	ScaleSource string   `json:"scale_source"` // "item", "file" or "sensor"
	NoData      *float64 `json:"nodata"`       // DN, nil where there is none
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
