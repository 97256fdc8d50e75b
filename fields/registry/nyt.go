package registry

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sync/errgroup"

	"parus/fields"
)

// nyt is the state of reading an NY/T 2539 package.
type nyt struct {
	b       *bundle
	opt     Options
	p       *Package
	parts   []*dkPart
	rows    []row
	plane   *plane
	defects []Defect
}

func (x *nyt) add(d Defect) { x.defects = append(x.defects, d) }

func openNYT(ctx context.Context, b *bundle, files []bundleFile, layers []dkLayer, p *Package, opt Options) error {
	x := &nyt{b: b, opt: opt, p: p}
	p.Report.Encoding = map[string]string{}
	for _, f := range files {
		if err := x.readPart(ctx, f); err != nil {
			return err
		}
	}
	for _, l := range layers {
		if err := x.readLayer(ctx, l); err != nil {
			return err
		}
	}
	if p.County == "" {
		for _, part := range x.parts {
			if p.County = majorityCounty(part.rows); p.County != "" {
				break
			}
		}
	}
	placed := x.place()
	book, err := x.checkAll(ctx, placed)
	if err != nil {
		return err
	}
	return x.finish(ctx, book)
}

// readPart opens one shapefile with what lies beside it and reads its rows.
func (x *nyt) readPart(ctx context.Context, f bundleFile) error {
	part := &dkPart{file: f}
	if prj, ok := x.b.sibling(f, ".prj"); ok {
		if text, err := os.ReadFile(prj.path); err == nil && len(text) < 1<<16 {
			part.prj = string(text)
			if s, err := parseSystem(part.prj); err == nil {
				part.declared = &s
			}
		}
	}
	dbf, ok := x.b.sibling(f, ".dbf")
	if !ok {
		x.add(Defect{Code: TableMissing, Severity: SeverityError, Layer: "DK", Key: f.name, Message: "缺属性表 .dbf / the shapefile has no .dbf"})
	} else if err := x.openTable(part, dbf); err != nil {
		x.add(Defect{Code: TableMissing, Severity: SeverityError, Layer: "DK", Key: dbf.name, Message: fmt.Sprintf("属性表不可读 / table cannot be read: %v", err)})
		part.table = nil
	}
	defects, err := readPart(ctx, part, dbf.path, x.opt.Threads)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		x.add(Defect{Code: RowUnreadable, Severity: SeverityError, Layer: "DK", Key: f.name, Message: fmt.Sprintf("图层不可读 / layer cannot be read: %v", err)})
		return nil
	}
	x.defects = append(x.defects, defects...)
	x.parts = append(x.parts, part)
	return nil
}

// openTable reads the header of the DBF and settles its encoding.
func (x *nyt) openTable(part *dkPart, f bundleFile) error {
	r, err := os.Open(f.path)
	if err != nil {
		return err
	}
	defer r.Close()
	t, err := readDBFHeader(r)
	if err != nil {
		return err
	}
	if have := int((f.size - int64(t.header)) / int64(t.length)); have < t.records {
		x.add(Defect{Code: RowUnreadable, Severity: SeverityWarning, Layer: "DK", Key: f.name,
			Message: fmt.Sprintf("属性表应有 %d 条记录，实有 %d 条 / table is cut short", t.records, have)})
		t.records = have
	}
	sample := make([]byte, min(1<<18, int64(t.records)*int64(t.length)))
	n, _ := io.ReadFull(r, sample)
	part.text = textDecoder{x.charset(t, sample[:n], part.file, f)}
	t.decodeNames(part.text.main)
	x.p.Report.Encoding[f.name] = string(part.text.main)
	part.table = t
	part.columns = dkColumns{
		code: t.column(or(x.opt.Columns.ID, dkCode)...), name: t.column(or(x.opt.Columns.Name, dkMC)...), kind: t.column(dkLB...),
		areaM2: t.column(or(x.opt.areaColumn("m2"), dkM2)...), areaMu: t.column(or(x.opt.areaColumn("mu"), dkMu)...),
	}
	x.missFields(f.name, part.columns)
	return nil
}

// or puts the name of a field that the caller gives before the usual ones; DBF
// fields are in capitals.
func or(given string, usual []string) []string {
	if given == "" || given == "-" {
		return usual
	}
	return append([]string{strings.ToUpper(given)}, usual...)
}

// areaColumn is the column of areas that the caller gives, where its unit is u;
// one of no stated unit is in square metres, as SCMJ is.
func (o Options) areaColumn(u string) string {
	if o.Columns.AreaUnit == u || o.Columns.AreaUnit == "" && u == "m2" {
		return o.Columns.Area
	}
	return ""
}

// missFields reports the fields of DK that a table lacks.
func (x *nyt) missFields(file string, columns dkColumns) {
	for _, c := range []struct {
		at   int
		name string
		s    Severity
	}{{columns.code, "DKBM", SeverityError}, {columns.areaM2, "SCMJ", SeverityWarning}} {
		if c.at < 0 {
			x.add(Defect{Code: FieldMissing, Severity: c.s, Layer: "DK", Key: c.name, Message: fmt.Sprintf("%s 缺字段 %s / table lacks the field", file, c.name)})
		}
	}
}

// checkAll runs the checks of rows, pairs and tables.
func (x *nyt) checkAll(ctx context.Context, placed bool) (*book, error) {
	if !placed {
		for i := range x.rows {
			x.rows[i].raise(quarantined)
			x.rows[i].outside = true
		}
	}
	tables, defects, closers := findTables(ctx, x.b, x.opt)
	defer func() {
		for _, c := range closers {
			c()
		}
	}()
	x.defects = append(x.defects, defects...)
	bk := &book{opt: x.opt, county: x.p.County}
	g, gctx := errgroup.WithContext(ctx)
	var pairs []Defect
	var index map[string]int32
	g.Go(func() (err error) {
		if placed {
			c := &checker{layer: "DK", nyt: true, county: x.p.County, plane: x.plane, compareA: true}
			rowDefects, err := c.checkRows(gctx, x.rows, x.opt.Threads)
			if err != nil {
				return err
			}
			x.defects = append(x.defects, rowDefects...)
		}
		var dups []Defect
		dups, index = checkDuplicates("DK", x.rows)
		x.defects = append(x.defects, dups...)
		if placed {
			pairs, err = checkPairs(gctx, "DK", x.rows, x.plane, x.opt.Threads)
		}
		return err
	})
	g.Go(func() error {
		if err := bk.readCollectives(gctx, tables); err != nil {
			return err
		}
		if err := bk.readHouseholds(gctx, tables); err != nil {
			return err
		}
		if err := bk.readMembers(gctx, tables); err != nil {
			return err
		}
		bk.checkIDs()
		return bk.readContracts(gctx, tables)
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	x.defects = append(x.defects, pairs...)
	for _, std := range standardTables {
		if tables[std] == nil {
			x.add(Defect{Code: TableMissing, Severity: SeverityWarning, Layer: std, Key: std, Message: fmt.Sprintf("缺表 %s / table is missing", std)})
		}
	}
	if tables["CBF"] == nil {
		bk.byCode = nil
	}
	if tables["CBDKXX"] != nil {
		if err := bk.readHoldings(ctx, tables, x.rows, index); err != nil {
			return nil, err
		}
		bk.settle(x.rows)
	}
	for i := range x.rows {
		if k := x.rows[i].kind; k != "" && k != "10" && !means(k, x.opt.Codes.ContractedLand, codeLists["DKLB"]...) {
			bk.strangeValue("DK", "DKLB", k, int(x.rows[i].number))
		}
	}
	bk.reportStrange()
	for _, t := range tables {
		x.p.Report.Encoding[t.where] = t.charset
	}
	return bk, nil
}

// finish turns rows into parcels and gathers the report.
func (x *nyt) finish(ctx context.Context, bk *book) error {
	rep := &x.p.Report
	dk := tally(x.rows, "DK")
	rep.Rows = dk.RowCounts
	rep.Layers = append([]LayerCounts{dk}, bk.layers...)
	rep.Defects = append(x.defects, bk.defects...)
	if x.plane != nil {
		if err := x.plane.project(ctx, x.rows, rep.Defects, x.opt.Threads); err != nil {
			return err
		}
	} else {
		for i := range rep.Defects {
			rep.Defects[i].Geometry = nil // nobody knows where it is
		}
	}
	for i := range rep.Defects {
		if rep.Defects[i].Fix == "" {
			rep.Defects[i].Fix = fixes[rep.Defects[i].Code]
		}
	}
	x.p.Households = bk.households
	x.p.People = bk.people
	x.p.Villages, x.p.Contracts, x.p.Holdings = bk.villages.list(), bk.contractList(), bk.holdingList(x.rows)
	if x.p.Households == nil {
		x.p.Households = holdersOnly(x.rows, bk)
	}
	x.p.Parcels = make([]fields.Parcel, 0, dk.Accepted+dk.Corrected)
	for i := range x.rows {
		if r := &x.rows[i]; r.state != quarantined {
			x.p.Parcels = append(x.p.Parcels, parcelOf(r, bk))
		}
	}
	return nil
}

func parcelOf(r *row, bk *book) fields.Parcel {
	p := fields.Parcel{ID: r.code, HouseholdID: r.owner, Village: r.village, Name: r.name, DeclaredM2: r.scmjM2, AreaM2: r.areaM2,
		Shape: r.plane, DeclaredCrop: r.crop}
	if bk != nil && r.holding >= 0 {
		h := bk.holdings[r.holding]
		p.HouseholdID, p.ContractM2, p.LeasedIn, p.Certified = h.owner, h.m2, h.leased, h.certified
	}
	return p
}

// holdersOnly makes households of the holdings' codes where table CBF is
// missing.
func holdersOnly(rows []row, bk *book) []fields.Household {
	seen := map[string]bool{}
	var out []fields.Household
	for i := range rows {
		if rows[i].holding < 0 {
			continue
		}
		id := bk.holdings[rows[i].holding].owner
		if id == "" || seen[id] {
			continue
		}
		seen[id] = true
		h := fields.Household{ID: id}
		if len(id) >= 12 {
			h.Village = id[:12]
		}
		out = append(out, h)
	}
	return out
}
