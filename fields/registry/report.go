package registry

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/paulmach/orb"
)

// Severity says what a defect did to its row.
type Severity string

// The severities.
const (
	SeverityError    Severity = "error"    // the row is quarantined; on a file or table: it can't be used
	SeverityWarning  Severity = "warning"  // the row is accepted, but somebody should look
	SeverityRepaired Severity = "repaired" // the row was corrected; the original is kept here
)

// Defect is one entry of the report: what is wrong with which row and what to
// do. Message and fix are Chinese first, then English.
type Defect struct {
	Code     string       `json:"code"`
	Severity Severity     `json:"severity"`
	Layer    string       `json:"layer"` // DK, CBDKXX, CBF, …
	Key      string       `json:"key"`   // DKBM, CBFBM, contract or file; "A|B" for a pair
	Message  string       `json:"message"`
	Fix      string       `json:"fix"`
	Row      int          `json:"row,omitempty"`      // record in its file or table, from 1
	Original string       `json:"original,omitempty"` // what was there before a repair
	Geometry orb.Geometry `json:"-"`                  // lon/lat, nil where there is no place
}

// RowCounts reconciles the parcel layer: In = Accepted + Corrected +
// Quarantined. A row is one record of layer DK, or one feature of a plain
// parcel file, deleted records not counted.
type RowCounts struct {
	In          int `json:"in"`
	Accepted    int `json:"accepted"`
	Corrected   int `json:"corrected"`
	Quarantined int `json:"quarantined"`
}

// LayerCounts reconciles one layer or table in the same way.
type LayerCounts struct {
	Layer string `json:"layer"`
	RowCounts
}

// CRSReport says where the package lies and how its coordinates were read.
type CRSReport struct {
	Source          string  `json:"source"`             // "EPSG:4527" or well-known text
	Declared        string  `json:"declared,omitempty"` // what the file says, "" for nothing
	Datum           string  `json:"datum"`
	CentralMeridian float64 `json:"central_meridian,omitempty"` // degrees
	ZonePrefix      int     `json:"zone_prefix,omitempty"`
	AxesSwapped     bool    `json:"axes_swapped"`
	EastingAddedM   float64 `json:"easting_added_m,omitempty"`
	Area            string  `json:"area"` // "source projection" or "ellipsoid"
	DatumFit        *Fit    `json:"datum_fit,omitempty"`
}

// Fit is the transform from an old datum by control points.
type Fit struct {
	Method string  `json:"method"`
	Points int     `json:"points"`
	RMSEM  float64 `json:"rmse_m"`
}

// Report is what the county gets back.
type Report struct {
	Rows     RowCounts         `json:"rows"`
	CRS      CRSReport         `json:"crs"`
	Encoding map[string]string `json:"encoding"` // file → encoding its text was read in
	Layers   []LayerCounts     `json:"layers"`
	Mapping  *Mapping          `json:"mapping,omitempty"` // columns of a plain file
	Notes    []string          `json:"notes,omitempty"`
	Counts   map[string]int    `json:"counts"` // defects by code
	Defects  []Defect          `json:"defects"`
}

// Usable tells whether any row can be used.
func (r *Report) Usable() bool { return r.Rows.Accepted+r.Rows.Corrected > 0 }

// finish counts and makes empty lists empty rather than null.
func (r *Report) finish() {
	r.Counts = map[string]int{}
	for i := range r.Defects {
		r.Counts[r.Defects[i].Code]++
	}
	if r.Defects == nil {
		r.Defects = []Defect{}
	}
	if r.Encoding == nil {
		r.Encoding = map[string]string{}
	}
	if r.Layers == nil {
		r.Layers = []LayerCounts{}
	}
}

// WriteJSON writes the report, indented, with a final newline.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(r); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// WriteGeoJSON writes the defects that have a place as a FeatureCollection in
// lon/lat, one feature a line.
func (r *Report) WriteGeoJSON(w io.Writer) error {
	if _, err := io.WriteString(w, `{"type":"FeatureCollection","features":[`); err != nil {
		return fmt.Errorf("write defects: %w", err)
	}
	sep := "\n"
	for i := range r.Defects {
		d := &r.Defects[i]
		if d.Geometry == nil {
			continue
		}
		f := struct {
			Type       string      `json:"type"`
			Geometry   geoGeometry `json:"geometry"`
			Properties *Defect     `json:"properties"`
		}{"Feature", geoGeometry{d.Geometry.GeoJSONType(), d.Geometry}, d}
		line, err := json.Marshal(f)
		if err == nil {
			_, err = fmt.Fprintf(w, "%s%s", sep, line)
		}
		if err != nil {
			return fmt.Errorf("write defect %s of %s: %w", d.Code, d.Key, err)
		}
		sep = ",\n"
	}
	_, err := io.WriteString(w, "\n]}\n")
	if err != nil {
		return fmt.Errorf("write defects: %w", err)
	}
	return nil
}

// geoGeometry is a geometry as RFC 7946 writes it; orb's types are nested
// arrays of coordinates already.
type geoGeometry struct {
	Type        string       `json:"type"`
	Coordinates orb.Geometry `json:"coordinates"`
}
