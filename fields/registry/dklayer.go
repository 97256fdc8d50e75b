package registry

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/airbusgeo/godal"
)

// dkLayer is layer DK kept in a database instead of a shapefile.
type dkLayer struct {
	file  bundleFile
	layer string
}

var dkLayerName = regexp.MustCompile(`(?i)^dk\d*$`)

// dkLayers finds layers DK in GeoPackages and SQLite files. Where the package
// holds no table of the standard the layer is a plain parcel file.
func dkLayers(b *bundle) []dkLayer {
	var out []dkLayer
	tables := false
	for _, f := range b.files {
		tables = tables || f.ext() == ".mdb" || f.ext() == ".accdb" || canonicalTable(f.stem()) != ""
		if f.ext() == "" || !strings.Contains(".gpkg.sqlite.db.", f.ext()+".") {
			continue
		}
		ds, err := openVector(f.path, f.name, godal.DriverOpenOption("LIST_ALL_TABLES=YES"))
		if err != nil {
			continue // said where its tables are looked for
		}
		for _, l := range ds.Layers() {
			if dkLayerName.MatchString(l.Name()) {
				out = append(out, dkLayer{f, l.Name()})
			}
			tables = tables || canonicalTable(l.Name()) != ""
		}
		_ = ds.Close() // opened for reading
	}
	if !tables {
		return nil
	}
	return out
}

// readLayer reads a layer DK of a database into rows.
func (x *nyt) readLayer(ctx context.Context, l dkLayer) error {
	v, err := readVector(ctx, l.file.path, l.file.name, l.layer)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		x.add(Defect{Code: RowUnreadable, Severity: SeverityError, Layer: "DK", Key: l.file.name, Message: fmt.Sprintf("图层不可读 / layer cannot be read: %v", err)})
		return nil
	}
	part := &dkPart{file: l.file, prj: v.wkt}
	if s, err := parseSystem(v.wkt); err == nil {
		part.declared = &s
	}
	part.columns = dkColumns{code: v.column(or(x.opt.Columns.ID, dkCode)), name: v.column(or(x.opt.Columns.Name, dkMC)), kind: v.column(dkLB),
		areaM2: v.column(or(x.opt.areaColumn("m2"), dkM2)), areaMu: v.column(or(x.opt.areaColumn("mu"), dkMu))}
	x.missFields(l.file.name, part.columns)
	x.p.Report.Encoding[l.file.name] = string(charsetUTF8)
	b := &batch{}
	for i := range v.features {
		f := &v.features[i]
		cell := func(c int) string {
			if c < 0 || c >= len(f.cells) {
				return ""
			}
			return strings.TrimSpace(f.cells[c])
		}
		r := row{number: int32(f.fid), holding: -1, plane: f.shape}
		c := part.columns
		b.fill(&r, dkCells{code: cell(c.code), name: cell(c.name), kind: []byte(cell(c.kind)), areaM2: []byte(cell(c.areaM2)), areaMu: []byte(cell(c.areaMu))})
		if f.shape == nil && f.unreadable() {
			r.raise(quarantined)
			b.add(&r, RowUnreadable, SeverityError, f.reason)
		}
		part.rows = append(part.rows, r)
		f.cells, f.shape = nil, nil
	}
	x.defects = append(x.defects, b.defects...)
	x.parts = append(x.parts, part)
	return nil
}

// unreadable tells a shape that could not be read from one that is not there.
func (f *feature) unreadable() bool {
	return f.reason != "" && !strings.HasPrefix(f.reason, "没有图形")
}

// column finds the first of several names; −1 where there is none.
func (v *vectorLayer) column(names []string) int {
	for _, n := range names {
		if i := indexOf(v.columns, n); i >= 0 {
			return i
		}
	}
	return -1
}
