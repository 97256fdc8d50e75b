package registry

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"parus/fields"
)

// plainExts are the files that openPlain looks for, the most telling first.
var plainExts = []string{".gpkg", ".shp", ".geojson", ".json", ".geojsonl", ".fgb", ".gml", ".kml", ".gdb", ".sqlite", ".tab", ".mif", ".csv", ".parquet", ".geoparquet"}

// plainFile finds the one vector file of a bundle.
func plainFile(b *bundle) (bundleFile, error) {
	if len(b.files) == 1 {
		return b.files[0], nil
	}
	for _, ext := range plainExts {
		var hits []bundleFile
		for _, f := range b.files {
			if f.ext() == ext {
				hits = append(hits, f)
			}
		}
		if len(hits) == 1 {
			return hits[0], nil
		}
		if len(hits) > 1 {
			return bundleFile{}, fmt.Errorf("%d files %s and no layer DK: name one file, or hand in an NY/T 2539 package with DK*.shp", len(hits), ext)
		}
	}
	return bundleFile{}, fmt.Errorf("no layer DK and no vector file among %d files: hand in an NY/T 2539 package, GeoPackage, shapefile or GeoJSON", len(b.files))
}

// plainRead is the state of reading a plain parcel file.
type plainRead struct {
	v       *vectorLayer
	m       Mapping
	col     struct{ id, household, area, village, name, crop int }
	rows    []row
	defects []Defect
	notes   []string
}

func (x *plainRead) add(d Defect) {
	d.Layer = x.v.name
	x.defects = append(x.defects, d)
}

// openPlain reads a plain parcel file with a mapping of columns.
func openPlain(ctx context.Context, b *bundle, p *Package, opt Options) error {
	f, err := plainFile(b)
	if err != nil {
		return err
	}
	v, text, err := readAnyVector(ctx, b, f, opt)
	if err != nil {
		return err
	}
	x := &plainRead{v: v, m: suggest(opt.Columns, v.columns)}
	if miss := x.m.missing(v.columns); len(miss) > 0 {
		return fmt.Errorf("%w: %s has no columns %q: it has %q", ErrMapping, f.name, miss, v.columns)
	}
	x.columns()
	x.fill()
	pl, err := x.place(opt, &p.Report)
	if err != nil {
		return err
	}
	c := &checker{layer: v.name, plane: pl}
	defects, err := c.checkRows(ctx, x.rows, opt.Threads)
	if err != nil {
		return err
	}
	x.areaUnit()
	x.compareAreas(c)
	dups, _ := checkDuplicates(v.name, x.rows)
	pairs, err := checkPairs(ctx, v.name, x.rows, pl, opt.Threads)
	if err != nil {
		return err
	}
	rep := &p.Report
	rep.Defects = slices.Concat(x.defects, defects, dups, pairs)
	if err := pl.project(ctx, x.rows, rep.Defects, opt.Threads); err != nil {
		return err
	}
	rep.Encoding = map[string]string{f.name: text}
	x.finish(p)
	return nil
}

// readAnyVector reads GeoParquet by itself and the rest through OGR, plain
// shapefiles with the encoding that their bytes are in.
func readAnyVector(ctx context.Context, b *bundle, f bundleFile, opt Options) (*vectorLayer, string, error) {
	switch f.ext() {
	case ".parquet", ".geoparquet":
		v, err := readParquet(ctx, f.path, f.name)
		return v, string(charsetUTF8), err
	case ".shp":
		return readShapefile(ctx, b, f, opt)
	}
	v, err := readVector(ctx, f.path, f.name, opt.Layer)
	return v, string(charsetUTF8), err
}

func (x *plainRead) columns() {
	at := func(name string) int {
		if name == "" {
			return -1
		}
		return indexOf(x.v.columns, name)
	}
	x.col.id, x.col.household, x.col.area = at(x.m.ID), at(x.m.Household), at(x.m.Area)
	x.col.village, x.col.name, x.col.crop = at(x.m.Village), at(x.m.Name), at(x.m.DeclaredCrop)
	if x.col.id < 0 {
		x.notes = append(x.notes, "没有地块编号列，以记录序号编号 / no column of ids: records are numbered")
	}
	if x.col.household < 0 {
		x.notes = append(x.notes, "没有农户列，每个地块视为一户 / no column of households: each parcel is a household of its own")
	}
}

// fill makes rows of features.
func (x *plainRead) fill() {
	cell := func(f *feature, i int) string {
		if i < 0 || i >= len(f.cells) {
			return ""
		}
		return strings.TrimSpace(f.cells[i])
	}
	x.rows = make([]row, len(x.v.features))
	for i := range x.v.features {
		f := &x.v.features[i]
		r := &x.rows[i]
		*r = row{number: int32(f.fid), holding: -1, plane: f.shape, name: cell(f, x.col.name), village: cell(f, x.col.village), crop: cell(f, x.col.crop)}
		raw := cell(f, x.col.id)
		var changed bool
		if r.code, changed = cleanCode(raw); r.code == "" {
			r.code = strconv.Itoa(f.fid)
			if x.col.id >= 0 {
				x.add(Defect{Code: CodeLength, Severity: SeverityRepaired, Key: r.code, Row: f.fid, Message: "编号为空，改用记录序号 / id is empty; the record's number is used"})
				r.raise(corrected)
			}
		}
		if changed && r.code != strings.ReplaceAll(raw, " ", "") {
			x.add(Defect{Code: CodeCharacters, Severity: SeverityRepaired, Key: r.code, Row: f.fid, Original: raw,
				Message: "编号含全角或控制字符 / id holds full-width or control characters"})
			r.raise(corrected)
		}
		if r.owner = cell(f, x.col.household); r.owner == "" {
			r.owner = r.code
		}
		if f.shape == nil && f.unreadable() {
			x.add(Defect{Code: GeomInvalid, Severity: SeverityError, Key: r.code, Row: f.fid, Message: f.reason})
			r.raise(quarantined)
		}
		a, ok := number([]byte(cell(f, x.col.area)))
		if !ok {
			x.add(Defect{Code: FieldType, Severity: SeverityWarning, Key: r.code, Row: f.fid, Message: fmt.Sprintf("%s 不是数字 / is no number", x.m.Area)})
		}
		r.scmjM2 = a
		f.shape, f.cells = nil, nil
	}
}

// place brings the rows into a metric plane by way of lon/lat.
func (x *plainRead) place(opt Options, rep *Report) (*plane, error) {
	crs := opt.CRS
	if crs == "" {
		crs = x.v.wkt
	}
	mid, any := middle(x.rows)
	if crs == "" {
		x.add(Defect{Code: CRSMissing, Severity: SeverityWarning, Key: x.v.name, Message: "文件未写坐标系 / the file names no coordinate system"})
		if any && (math.Abs(mid[0]) > 180 || math.Abs(mid[1]) > 90) {
			return nil, fmt.Errorf("%s: no coordinate system and no degrees: %w: name the system with --crs", x.v.name, ErrNowhere)
		}
		crs = "EPSG:4326"
	}
	t, err := newTransformer(crs)
	if err != nil {
		return nil, err
	}
	defer t.close()
	rep.CRS = CRSReport{Source: t.name(), Declared: x.v.wkt, Datum: string(datumOther), Area: "ellipsoid"}
	var lons []float64
	for i := range x.rows {
		r := &x.rows[i]
		if r.plane == nil {
			continue
		}
		m, err := t.shape(r.plane)
		if err != nil {
			x.add(Defect{Code: GeomOutside, Severity: SeverityError, Key: r.code, Row: int(r.number), Message: "坐标超出坐标系范围 / coordinates outside of their system"})
			r.raise(quarantined)
			r.plane = nil
			continue
		}
		r.plane = m
		if p, ok := r.first(); ok {
			lons = append(lons, p[0])
		}
	}
	slices.Sort(lons)
	pl := planeAround(0)
	if len(lons) > 0 {
		pl = planeAround(lons[len(lons)/2])
	}
	for i := range x.rows {
		each(x.rows[i].plane, pl.proj.forward)
	}
	return pl, nil
}

// finish hands out parcels and households.
func (x *plainRead) finish(p *Package) {
	rep := &p.Report
	count := tally(x.rows, x.v.name)
	rep.Rows, rep.Layers, rep.Notes = count.RowCounts, []LayerCounts{count}, append(rep.Notes, x.notes...)
	rep.Mapping = &x.m
	for i := range rep.Defects {
		rep.Defects[i].Fix = fixes[rep.Defects[i].Code]
	}
	seen := map[string]bool{}
	for i := range x.rows {
		r := &x.rows[i]
		if r.state == quarantined {
			continue
		}
		p.Parcels = append(p.Parcels, parcelOf(r, nil))
		if !seen[r.owner] {
			seen[r.owner] = true
			p.Households = append(p.Households, fields.Household{ID: r.owner, Village: r.village})
		}
	}
}

// name gives the authority's code of the source system, or the text.
func (t *transformer) name() string {
	if a, c := t.src.AuthorityName(""), t.src.AuthorityCode(""); a != "" && c != "" {
		return a + ":" + c
	}
	if w, err := t.src.WKT(); err == nil {
		return w
	}
	return "unknown"
}
