package registry

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"parus/fields"
)

// The schemas that fiboa exports follow: Vecorel 0.1 and fiboa 0.3.
const (
	schemaVecorel = "https://vecorel.org/specification/v0.1.0/schema.yaml"
	schemaMetrics = "https://vecorel.org/geometry-metrics-extension/v0.1.0/schema.yaml"
	schemaFiboa   = "https://fiboa.org/specification/v0.3.0/schema.yaml"
)

// Determination says how boundaries came about, in fiboa's words.
type Determination string

// The values that Parus writes: registry parcels are surveyed, delineated
// fields come from imagery.
const (
	Surveyed    Determination = "surveyed"
	AutoImagery Determination = "auto-imagery"
)

// ExportInfo describes an export.
type ExportInfo struct {
	Collection    string        // identifier of the collection, e.g. "370199-2025"
	Determination Determination // default surveyed
	Determined    time.Time     // since when the boundaries hold; zero: not said
}

func (e ExportInfo) withDefaults() ExportInfo {
	if e.Collection == "" {
		e.Collection = "parus"
	}
	if e.Determination == "" {
		e.Determination = Surveyed
	}
	return e
}

// schemas is the member of that name, by collection.
func (e ExportInfo) schemas() map[string][]string {
	return map[string][]string{e.Collection: {schemaVecorel, schemaMetrics, schemaFiboa}}
}

// ErrNothingToExport is returned for an empty list: a file without parcels
// would pass for a success.
var ErrNothingToExport = errors.New("no parcel to export")

// Export writes parcels to path, which appears whole or not at all: format
// fiboa as GeoJSON (.json, .geojson) or GeoParquet (any other ending), geojson
// as fiboa's GeoJSON whatever the ending, gpkg as GeoPackage. The same parcels give the same bytes. Fiboa files carry no
// households.
func Export(ctx context.Context, path, format string, parcels []fields.Parcel, info ExportInfo) error {
	if len(parcels) == 0 {
		return fmt.Errorf("export to %s: %w", path, ErrNothingToExport)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := replaceable(path); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(filepath.Dir(path), ".parus-export-")
	if err != nil {
		return fmt.Errorf("export to %s: %w", path, err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	tmp := filepath.Join(dir, "out"+filepath.Ext(path))
	switch ext := strings.ToLower(filepath.Ext(path)); {
	case format == "gpkg":
		err = WriteGeoPackage(tmp, parcelLayer(parcels))
	case format == "geojson" || format == "fiboa" && (ext == ".json" || ext == ".geojson"):
		err = toFile(tmp, func(w io.Writer) error { return WriteFiboaGeoJSON(w, parcels, info) })
	case format == "fiboa":
		err = toFile(tmp, func(w io.Writer) error { return WriteFiboaParquet(w, parcels, info) })
	default:
		err = fmt.Errorf("format %q: want fiboa, geojson or gpkg", format)
	}
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		return fmt.Errorf("export to %s: %w", path, err)
	}
	return nil
}

func toFile(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(f, 1<<20)
	if err := errors.Join(write(b), b.Flush(), f.Sync()); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// WriteFiboaGeoJSON writes a FeatureCollection by fiboa 0.3, one feature a
// line, lon/lat.
func WriteFiboaGeoJSON(w io.Writer, parcels []fields.Parcel, info ExportInfo) error {
	info = info.withDefaults()
	head, err := json.Marshal(info.schemas())
	if err != nil {
		return fmt.Errorf("write fiboa: %w", err)
	}
	if _, err := fmt.Fprintf(w, `{"type":"FeatureCollection","schemas":%s,"features":[`, head); err != nil {
		return fmt.Errorf("write fiboa: %w", err)
	}
	sep := "\n"
	for i := range parcels {
		p := &parcels[i]
		line, err := json.Marshal(fiboaFeature{"Feature", p.ID, plainGeometry(p.Shape), fiboaProperties{info.Collection, areaOrNil(p), info.Determination, info.determined()}})
		if err == nil {
			_, err = fmt.Fprintf(w, "%s%s", sep, line)
		}
		if err != nil {
			return fmt.Errorf("write fiboa: parcel %s: %w", p.ID, err)
		}
		sep = ",\n"
	}
	if _, err := io.WriteString(w, "\n]}\n"); err != nil {
		return fmt.Errorf("write fiboa: %w", err)
	}
	return nil
}

type fiboaFeature struct {
	Type       string          `json:"type"`
	ID         string          `json:"id"`
	Geometry   geoGeometry     `json:"geometry"`
	Properties fiboaProperties `json:"properties"`
}

type fiboaProperties struct {
	Collection    string        `json:"collection"`
	AreaM2        *float64      `json:"metrics:area,omitempty"` // m²
	Determination Determination `json:"determination:method"`
	Determined    *string       `json:"determination:datetime,omitempty"` // RFC 3339, UTC
}

// determined is the time as fiboa's GeoJSON writes it.
func (e ExportInfo) determined() *string {
	if e.Determined.IsZero() {
		return nil
	}
	t := e.Determined.UTC().Format(time.RFC3339)
	return &t
}

func areaOrNil(p *fields.Parcel) *float64 {
	if p.AreaM2 <= 0 {
		return nil
	}
	a := math.Round(p.AreaM2*100) / 100
	return &a
}

// plainGeometry writes a shape of one part as a polygon.
func plainGeometry(m orb.MultiPolygon) geoGeometry {
	if len(m) == 1 {
		return geoGeometry{"Polygon", m[0]}
	}
	return geoGeometry{"MultiPolygon", m}
}

// fiboaRow is a row of the GeoParquet file.
type fiboaRow struct {
	ID            string   `parquet:"id"`
	Collection    string   `parquet:"collection,dict"`
	Geometry      []byte   `parquet:"geometry"` // WKB
	AreaM2        *float32 `parquet:"metrics:area,optional"`
	Determination string   `parquet:"determination:method,dict"`

	Determined *time.Time `parquet:"determination:datetime,optional,timestamp(millisecond)"`
}

// WriteFiboaParquet writes GeoParquet 1.1 by fiboa 0.3, geometries as WKB in
// OGC:CRS84.
func WriteFiboaParquet(w io.Writer, parcels []fields.Parcel, info ExportInfo) error {
	info = info.withDefaults()
	geo, err := geoMetadata(parcels)
	if err != nil {
		return fmt.Errorf("write fiboa: %w", err)
	}
	coll, err := json.Marshal(map[string]any{"collection": info.Collection, "schemas": info.schemas()})
	if err != nil {
		return fmt.Errorf("write fiboa: %w", err)
	}
	pw := parquet.NewGenericWriter[fiboaRow](w,
		parquet.KeyValueMetadata("geo", geo), parquet.KeyValueMetadata("collection", string(coll)),
		parquet.Compression(&parquet.Zstd), parquet.CreatedBy("parus", "1", "0"), parquet.MaxRowsPerRowGroup(1<<17))
	rows := make([]fiboaRow, 0, 4096)
	for i := range parcels {
		p := &parcels[i]
		var g orb.Geometry = p.Shape
		if len(p.Shape) == 1 {
			g = p.Shape[0]
		}
		b, err := wkb.Marshal(g)
		if err != nil {
			return fmt.Errorf("write fiboa: parcel %s: %w", p.ID, err)
		}
		r := fiboaRow{ID: p.ID, Collection: info.Collection, Geometry: b, Determination: string(info.Determination)}
		if !info.Determined.IsZero() {
			r.Determined = &info.Determined
		}
		if a := areaOrNil(p); a != nil {
			f := float32(*a)
			r.AreaM2 = &f
		}
		rows = append(rows, r)
		if len(rows) == cap(rows) || i == len(parcels)-1 {
			if _, err := pw.Write(rows); err != nil {
				return fmt.Errorf("write fiboa: %w", err)
			}
			rows = rows[:0]
		}
	}
	if err := pw.Close(); err != nil {
		return fmt.Errorf("write fiboa: %w", err)
	}
	return nil
}

// geoMetadata is the file's member "geo". Source: GeoParquet 1.1.0; the CRS
// is OGC:CRS84 by default.
func geoMetadata(parcels []fields.Parcel) (string, error) {
	bound, kinds := orb.Bound{}, map[string]bool{}
	for i := range parcels {
		b := parcels[i].Shape.Bound()
		if i == 0 {
			bound = b
		}
		bound = bound.Union(b)
		kinds[plainGeometry(parcels[i].Shape).Type] = true
	}
	b, err := json.Marshal(map[string]any{
		"version": "1.1.0", "primary_column": "geometry",
		"columns": map[string]any{"geometry": map[string]any{
			"encoding": "WKB", "geometry_types": sortedKeys(kinds), "orientation": "counterclockwise",
			"bbox": []float64{bound.Min[0], bound.Min[1], bound.Max[0], bound.Max[1]},
		}},
	})
	return string(b), err
}

// parcelLayer is the layer of a GeoPackage of parcels.
func parcelLayer(parcels []fields.Parcel) Layer {
	l := Layer{Name: "parcels", Columns: []Column{{"parcel_id", Text}, {"household_id", Text}, {"village", Text}, {"name", Text},
		{"contract_m2", Real}, {"declared_m2", Real}, {"area_m2", Real}, {"leased_in", Whole}, {"certified", Whole}, {"declared_crop", Text}}}
	flag := map[bool]int64{true: 1}
	for i := range parcels {
		p := &parcels[i]
		l.Rows = append(l.Rows, LayerRow{p.Shape, []any{p.ID, p.HouseholdID, p.Village, p.Name,
			p.ContractM2, p.DeclaredM2, p.AreaM2, flag[p.LeasedIn], flag[p.Certified], p.DeclaredCrop}})
	}
	return l
}
