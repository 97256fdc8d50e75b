package registry

import (
	"bufio"
	"context"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/paulmach/orb"
)

// Look is what a package seems to be before it is read in earnest, with what
// else it could be: for whoever hands it in to say yes or to choose another.
type Look struct {
	Files  []LookFile  `json:"files"`
	Tables []LookTable `json:"tables"` // those with parcels, at most lookTables
	CRS    []LookCRS   `json:"crs"`    // of the first table, what it is read as first
}

// LookFile is a file of the package.
type LookFile struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
}

// LookTable is a table of parcels with its heads and first rows.
type LookTable struct {
	File      string         `json:"file"`
	Records   int            `json:"records"`
	Encodings []LookEncoding `json:"encodings"`
	Columns   []LookColumn   `json:"columns"`
	Rows      [][]string     `json:"rows"` // masked, by column
}

// LookEncoding is one way to read a table's text, and what comes out.
type LookEncoding struct {
	Name     string   `json:"name"`
	Declared bool     `json:"declared"` // by a .cpg
	Guessed  bool     `json:"guessed"`  // what the bytes show
	Garbled  int      `json:"garbled"`  // cells of the sample that do not decode
	Samples  []string `json:"samples"`  // names of fields and parcels, no names of people
}

// LookColumn is a column and what of the standard it is taken for.
type LookColumn struct {
	Name string `json:"name"`
	Role string `json:"role"` // id, household, area, village, name, kind; "" for none
}

// LookCRS is a system that the coordinates could be in, and where the middle of
// the parcels would lie.
type LookCRS struct {
	Name     string  `json:"name"` // "EPSG:4527"
	Datum    string  `json:"datum"`
	Lon0     float64 `json:"lon0"` // central meridian, 0 for degrees
	Lon      float64 `json:"lon"`
	Lat      float64 `json:"lat"`
	Inside   bool    `json:"inside"` // of the county's province
	Declared bool    `json:"declared"`
	Swapped  bool    `json:"swapped"` // where the axes are
}

// How much is looked at and shown.
const (
	lookTables  = 8
	lookRows    = 5
	lookSamples = 6
	lookShapes  = 500
	lookBytes   = 1 << 18
	lookCell    = 60 // characters
)

// LookInto opens the package at path as [Open] does and says what it seems to be. Cells
// that may be of people are masked.
func LookInto(ctx context.Context, path string, opt Options) (Look, error) {
	b, err := openBundle(ctx, path, opt.TempDir, opt.Limits)
	if err != nil {
		return Look{}, err
	}
	defer b.close()
	l := Look{Files: []LookFile{}, Tables: []LookTable{}, CRS: []LookCRS{}}
	for _, f := range b.files {
		l.Files = append(l.Files, LookFile{f.name, f.size})
	}
	parts := dkFiles(b)
	if len(parts) == 0 && len(dkLayers(b)) == 0 {
		return l, l.plain(ctx, b, opt)
	}
	for i, f := range parts[:min(len(parts), lookTables)] {
		t, err := lookAtDBF(b, f, opt)
		if err != nil {
			continue // Open says it as a defect
		}
		l.Tables = append(l.Tables, t)
		if i == 0 {
			l.CRS = lookAtPlace(b, f, opt)
		}
	}
	for _, d := range dkLayers(b) {
		if len(parts) > 0 || len(l.Tables) >= lookTables {
			break
		}
		v, err := readVector(ctx, d.file.path, d.file.name, d.layer)
		if err != nil {
			continue // the same
		}
		l.Tables = append(l.Tables, lookAtVector(v, d.file.name, dkRoles(opt)))
		if len(l.CRS) == 0 {
			l.CRS = placesOf(middleOf(v), v.wkt, opt)
		}
	}
	return l, ctx.Err()
}

// plain looks at a plain parcel file.
func (l *Look) plain(ctx context.Context, b *bundle, opt Options) error {
	f, err := plainFile(b)
	if err != nil {
		return err
	}
	v, text, err := readAnyVector(ctx, b, f, opt)
	if err != nil {
		return err
	}
	m := suggest(opt.Columns, v.columns)
	roles := map[string]string{}
	for role, c := range map[string]string{"id": m.ID, "household": m.Household, "area": m.Area, "village": m.Village, "name": m.Name} {
		if c != "" {
			roles[strings.ToUpper(c)] = role
		}
	}
	t := lookAtVector(v, f.name, roles)
	t.Encodings = []LookEncoding{{Name: text, Guessed: true, Samples: []string{}}}
	if f.ext() == ".shp" {
		if s, err := lookAtDBF(b, f, opt); err == nil {
			t.Encodings = s.Encodings
		}
	}
	l.Tables = append(l.Tables, t)
	l.CRS = placesOf(middleOf(v), v.wkt, opt)
	return nil
}

// dkRoles tells which fields of layer DK are read as what.
func dkRoles(opt Options) map[string]string {
	out := map[string]string{}
	for role, names := range map[string][]string{"id": or(opt.Columns.ID, dkCode), "name": or(opt.Columns.Name, dkMC), "kind": dkLB,
		"area": or(opt.Columns.Area, slices.Concat(dkM2, dkMu))} {
		for _, n := range names {
			if _, taken := out[n]; !taken {
				out[n] = role
			}
		}
	}
	return out
}

// lookAtDBF reads heads and first rows of a shapefile's table in each encoding.
func lookAtDBF(b *bundle, shp bundleFile, opt Options) (LookTable, error) {
	out := LookTable{File: shp.name, Encodings: []LookEncoding{}, Columns: []LookColumn{}, Rows: [][]string{}}
	f, ok := b.sibling(shp, ".dbf")
	if !ok {
		return out, os.ErrNotExist
	}
	r, err := os.Open(f.path)
	if err != nil {
		return out, err
	}
	defer r.Close()
	t, err := readDBFHeader(r)
	if err != nil {
		return out, err
	}
	sample := make([]byte, min(lookBytes, int64(t.records)*int64(t.length)))
	n, _ := io.ReadFull(r, sample) // a table may be cut short
	sample = sample[:n/t.length*t.length]
	guess, _ := guessFields(t, sample)
	guess = orDefault(guess)
	said := charsetUnknown
	if cpg, ok := b.sibling(shp, ".cpg"); ok {
		if text, err := os.ReadFile(cpg.path); err == nil {
			said = declaredCharset(string(text))
		}
	}
	out.Records = t.records
	roles := dkRoles(opt)
	for _, c := range []charset{charsetGB18030, charsetUTF8, charsetLatin1} {
		if e := lookAtText(t, sample, c); c != charsetLatin1 || said == c {
			e.Declared, e.Guessed = said == c, guess == c
			out.Encodings = append(out.Encodings, e)
		}
	}
	with := guess
	if c := declaredCharset(opt.Encoding); c != charsetUnknown {
		with = c
	}
	t.decodeNames(with)
	for _, c := range t.fields {
		out.Columns = append(out.Columns, LookColumn{c.name, roles[c.name]})
	}
	for at := 0; at < len(sample) && len(out.Rows) < lookRows; at += t.length {
		cells := make([]string, len(t.fields))
		for i := range t.fields {
			text, _ := decodeAs(with, t.cell(sample[at:at+t.length], i))
			cells[i] = maskCell(text, out.Columns[i])
		}
		out.Rows = append(out.Rows, cells)
	}
	return out, nil
}

// lookAtText decodes heads and names of parcels as c.
func lookAtText(t *dbfTable, sample []byte, c charset) LookEncoding {
	e := LookEncoding{Name: string(c), Samples: []string{}}
	seen := map[string]bool{}
	take := func(b []byte, show bool) {
		if ascii(b) {
			return
		}
		s, ok := decodeAs(c, b)
		if !ok {
			e.Garbled++
		}
		if show && !seen[s] && len(e.Samples) < lookSamples {
			seen[s] = true
			e.Samples = append(e.Samples, clipText(s))
		}
	}
	for _, n := range t.rawNames {
		take(n, true)
	}
	for at := 0; at < len(sample); at += t.length {
		for i, f := range t.fields {
			if f.kind == 'C' {
				take(t.cell(sample[at:at+t.length], i), slices.Contains(dkMC, strings.ToUpper(string(t.rawNames[i]))))
			}
		}
	}
	return e
}

func lookAtVector(v *vectorLayer, file string, roles map[string]string) LookTable {
	out := LookTable{File: file, Records: len(v.features), Columns: []LookColumn{}, Rows: [][]string{},
		Encodings: []LookEncoding{{Name: string(charsetUTF8), Guessed: true, Samples: []string{}}}}
	for _, c := range v.columns {
		out.Columns = append(out.Columns, LookColumn{c, roles[strings.ToUpper(c)]})
	}
	for _, f := range v.features[:min(len(v.features), lookRows)] {
		cells := make([]string, len(v.columns))
		for i := range cells {
			if i < len(f.cells) {
				cells[i] = maskCell(f.cells[i], out.Columns[i])
			}
		}
		out.Rows = append(out.Rows, cells)
	}
	return out
}

// maskCell shows what cannot be of a person: numbers that are short, and what is
// read as an id, an area or a village. Of anything else the first character
// stays.
func maskCell(cell string, c LookColumn) string {
	cell = strings.TrimSpace(cell)
	plain, _ := cleanCode(cell)
	_, isNumber := number([]byte(plain))
	switch {
	case c.Role == "name" && slices.Contains(dkMC, strings.ToUpper(c.Name)), c.Role != "" && c.Role != "name":
		return clipText(cell)
	case isNumber && len(plain) < 8 || cell == "":
		return cell
	case len(plain) >= 8 && digits(strings.TrimRight(plain, "Xx")):
		return MaskID(plain)
	}
	return MaskName(cell)
}

func clipText(s string) string {
	if utf8.RuneCountInString(s) > lookCell {
		return string([]rune(s)[:lookCell]) + "…"
	}
	return s
}

// lookAtPlace reads the first shapes of a shapefile and its .prj.
func lookAtPlace(b *bundle, shp bundleFile, opt Options) []LookCRS {
	wkt := ""
	if prj, ok := b.sibling(shp, ".prj"); ok {
		if text, err := os.ReadFile(prj.path); err == nil && len(text) < 1<<16 {
			wkt = string(text)
		}
	}
	r, err := os.Open(shp.path)
	if err != nil {
		return []LookCRS{}
	}
	defer r.Close()
	br := bufio.NewReaderSize(r, 1<<16)
	if readSHPHeader(br) != nil {
		return []LookCRS{}
	}
	v := &vectorLayer{}
	var slab ringSlab
	var buf []byte
	for len(v.features) < lookShapes {
		if buf, err = nextSHPRecord(br, buf[:0]); err != nil {
			break
		}
		if m, err := parseSHPPolygon(buf, &slab); err == nil {
			v.features = append(v.features, feature{shape: m})
		}
	}
	return placesOf(middleOf(v), wkt, opt)
}

func middleOf(v *vectorLayer) *orb.Point {
	rows := make([]row, min(len(v.features), lookShapes))
	for i := range rows {
		rows[i].plane = v.features[i].shape
	}
	if mid, ok := middle(rows); ok {
		return &mid
	}
	return nil
}

// lookSystems is how many systems are offered.
const lookSystems = 8

// placesOf lists the systems under which the middle lands somewhere sensible: as
// declared, then whatever lands within the county's province.
func placesOf(mid *orb.Point, wkt string, opt Options) []LookCRS {
	out := []LookCRS{}
	if mid == nil {
		return out
	}
	x := &nyt{opt: opt, p: &Package{County: opt.County}}
	extent := x.extent()
	add := func(p placing, declared bool) {
		at, ok := p.lonLat(*mid)
		c := LookCRS{Name: p.system.name(), Datum: string(p.system.datum), Lon0: p.system.lon0, Lon: at[0], Lat: at[1],
			Inside: ok && extent.Contains(at), Declared: declared, Swapped: p.swapped}
		known := slices.ContainsFunc(out, func(o LookCRS) bool { return o.Name == c.Name })
		if ok && !known && (c.Inside || declared) && len(out) < lookSystems {
			out = append(out, c)
		}
	}
	declared, err := parseSystem(wkt)
	if err == nil && declared.datum == datumOther {
		if c, ok := placeOf(*mid, wkt, extent); ok {
			out = append(out, c)
		}
	} else if err == nil {
		for i, p := range declaredPlacings(*mid, declared) {
			add(p, i < 4) // as declared, by its axes and its zone number
		}
	}
	for _, p := range assumedPlacings(*mid) {
		for _, d := range []datum{datumCGCS2000, datumXian80, datumBeijing} {
			p.system.datum = d
			add(p, false)
		}
	}
	slices.SortStableFunc(out, func(a, b LookCRS) int { return rank(a) - rank(b) })
	return out
}

// rank puts what is declared and fits first.
func rank(c LookCRS) int {
	switch {
	case c.Declared && c.Inside:
		return 0
	case c.Inside:
		return 1
	}
	return 2
}

// placeOf is the place of the middle in a system that PROJ knows.
func placeOf(mid orb.Point, crs string, extent orb.Bound) (LookCRS, bool) {
	t, err := newTransformer(crs)
	if err != nil {
		return LookCRS{}, false
	}
	defer t.close()
	m, err := t.shape(orb.MultiPolygon{{{mid}}})
	if err != nil {
		return LookCRS{}, false
	}
	at := m[0][0][0]
	return LookCRS{Name: t.name(), Datum: string(datumOther), Lon: at[0], Lat: at[1], Inside: extent.Contains(at), Declared: true}, true
}
