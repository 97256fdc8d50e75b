package registry_test

import (
	"bytes"
	"encoding/csv"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"parus/fields/registry"
	"parus/fixtures"
)

// countyPackage generates a county's package with defects and the rows of its
// list: code, layer, key, note.
func countyPackage(t testing.TB, cfg fixtures.Config) (*pkg, [][]string) {
	t.Helper()
	c, err := fixtures.NewCounty(cfg)
	if err != nil {
		t.Fatal(err)
	}
	m := fixtures.NewMemory()
	if err := c.WriteRegistry(m); err != nil {
		t.Fatal(err)
	}
	p := &pkg{files: map[string][]byte{}}
	for _, n := range m.Names() {
		if in, ok := strings.CutPrefix(n, fixtures.PackageDir+"/"); ok {
			p.files[in] = m.File(n)
		}
	}
	rows, err := csv.NewReader(bytes.NewReader(m.File("truth/defects.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return p, rows[1:]
}

func TestACleanCountyRaisesNoAlarm(t *testing.T) {
	t.Parallel()
	p, _ := countyPackage(t, fixtures.Config{Seed: 11, Households: 300, SizePx: 400})
	got := open(t, p.write(t), registry.Options{})
	if len(got.Report.Defects) > 0 {
		t.Errorf("%v: %+v", got.Report.Counts, got.Report.Defects[0])
	}
	leased, certified := 0, 0
	for _, q := range got.Parcels {
		if q.HouseholdID == "" || q.ContractM2 <= 0 {
			t.Fatalf("parcel without holder or contract: %+v", q)
		}
		if q.LeasedIn {
			leased++
		}
		if q.Certified {
			certified++
		}
	}
	if leased == 0 || certified == 0 {
		t.Errorf("%d leased and %d certified parcels", leased, certified)
	}
}

func TestOldDatumIsFittedFromControlPoints(t *testing.T) {
	t.Parallel()
	cfg := fixtures.Config{Seed: 5, Households: 60, SizePx: 200}
	clean, _ := countyPackage(t, cfg)
	cfg.Defects = []string{"CRS_OLD_DATUM"}
	old, _ := countyPackage(t, cfg)
	a, b := open(t, clean.write(t), registry.Options{}), open(t, old.write(t), registry.Options{})
	if f := b.Report.CRS.DatumFit; f == nil || f.RMSEM > .05 || f.Points < 3 {
		t.Fatalf("fit %+v", f)
	}
	for i := range a.Parcels {
		p, q := a.Parcels[i].Shape[0][0][0], b.Parcels[i].Shape[0][0][0]
		if d := math.Hypot(p[0]-q[0], p[1]-q[1]); d > 1e-6 { // 0.1 m
			t.Fatalf("parcel %s is %g° off", a.Parcels[i].ID, d)
		}
	}
	for n := range old.files {
		if strings.Contains(n, "/KZD") {
			delete(old.files, n)
		}
	}
	c := open(t, old.write(t), registry.Options{})
	if c.Report.CRS.DatumFit != nil || len(c.Report.Notes) == 0 || len(codes(c, "CRS_OLD_DATUM")) == 0 {
		t.Errorf("without control points nothing says that positions are doubtful: %+v", c.Report.CRS)
	}
}

// asXLSX rewrites the package's tables as workbooks of text cells.
func asXLSX(t testing.TB, p *pkg) {
	for n, b := range p.files {
		base, ok := strings.CutSuffix(n, ".csv")
		if !ok {
			continue
		}
		text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		x := excelize.NewFile()
		for i, r := range rows {
			cell, _ := excelize.CoordinatesToCellName(1, i+1)
			if err := x.SetSheetRow("Sheet1", cell, &r); err != nil {
				t.Fatal(err)
			}
		}
		var out bytes.Buffer
		if err := x.Write(&out); err != nil {
			t.Fatal(err)
		}
		delete(p.files, n)
		p.files[base+".xlsx"] = out.Bytes()
	}
}

func TestTablesInXLSXReadAsThoseInCSV(t *testing.T) {
	t.Parallel()
	p := newPackage(t, six())
	want := open(t, p.write(t), registry.Options{})
	asXLSX(t, p)
	got := open(t, p.write(t), registry.Options{})
	sameLand(t, want, got)
}

func sameLand(t *testing.T, want, got *registry.Package) {
	t.Helper()
	if len(got.Report.Defects) > 0 || len(got.Parcels) != len(want.Parcels) || len(got.Households) != len(want.Households) || len(got.People) != len(want.People) {
		t.Fatalf("%d parcels, %d households, %d people: %+v", len(got.Parcels), len(got.Households), len(got.People), got.Report.Defects)
	}
	for i := range want.Parcels {
		if a, b := want.Parcels[i], got.Parcels[i]; a.ID != b.ID || a.HouseholdID != b.HouseholdID || a.ContractM2 != b.ContractM2 {
			t.Errorf("%+v became %+v", a, b)
		}
	}
	for i := range want.People {
		if want.People[i] != got.People[i] {
			t.Errorf("%+v became %+v", want.People[i], got.People[i])
		}
	}
}

func TestACorruptTableFileIsNamedAndTheRestGoesOn(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"权属数据/3701992016.mdb", "权属数据/CBF.xlsx", "权属数据/a.sqlite"} {
		t.Run(filepath.Ext(name), func(t *testing.T) {
			t.Parallel()
			p := newPackage(t, six())
			p.files[name] = []byte("no such format")
			got := open(t, p.write(t), registry.Options{})
			if hits := codes(got, "TABLE_MISSING"); len(hits) != 1 || !strings.HasSuffix(hits[0].Key, name) {
				t.Errorf("%+v", got.Report.Defects)
			}
			if len(got.Parcels) != 6 {
				t.Errorf("%d parcels", len(got.Parcels))
			}
		})
	}
}

func TestTheReportDoesNotDependOnThreads(t *testing.T) {
	t.Parallel()
	p, _ := countyPackage(t, fixtures.Config{Seed: 6, Households: 300, SizePx: 400, Defects: fixtures.DefectCodes(), PerDefect: 2})
	dir := p.write(t)
	var first []byte
	for _, n := range []int{1, 2, 5} {
		var b bytes.Buffer
		got := open(t, dir, registry.Options{Threads: n})
		if err := got.Report.WriteJSON(&b); err != nil {
			t.Fatal(err)
		}
		if err := got.Report.WriteGeoJSON(&b); err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = b.Bytes()
		}
		if !bytes.Equal(first, b.Bytes()) {
			t.Errorf("%d threads write another report", n)
		}
	}
}

func TestNoPersonalDataLeavesByTheReport(t *testing.T) {
	t.Parallel()
	p, _ := countyPackage(t, fixtures.Config{Seed: 6, Households: 200, SizePx: 300, Defects: fixtures.DefectCodes()})
	got := open(t, p.write(t), registry.Options{})
	var b bytes.Buffer
	if err := got.Report.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	for _, q := range got.People {
		for _, secret := range []string{q.IDNumber, q.Name, q.Phone} {
			if len(secret) > 4 && bytes.Contains(b.Bytes(), []byte(secret)) {
				t.Fatalf("the report shows %q", secret)
			}
		}
	}
	if len(got.People) == 0 {
		t.Error("no people at all")
	}
}
