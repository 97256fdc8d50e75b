package registry_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/airbusgeo/godal"
	"golang.org/x/text/encoding/simplifiedchinese"

	"parus/fields/registry"
	"parus/imagery/gdal"
)

// TestTablesOfAnMDBComeThroughItsTools stands in for mdbtools by two scripts
// that print what it would, to see failures of the programs themselves.
func TestTablesOfAnMDBComeThroughItsTools(t *testing.T) {
	p := newPackage(t, six())
	want := open(t, p.write(t), registry.Options{})
	bin := t.TempDir()
	var names []string
	for n, b := range p.files {
		base, ok := strings.CutSuffix(n, ".csv")
		if !ok {
			continue
		}
		text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(base)
		names = append(names, name)
		if err := os.WriteFile(filepath.Join(bin, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
		delete(p.files, n)
	}
	p.files["权属数据/3701992016.mdb"] = []byte("Jet")
	script := func(name, body string) {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+body+"\n"), 0o700); err != nil { //nolint:gosec // a program
			t.Fatal(err)
		}
	}
	script("mdb-tables", "printf '%s\\n' "+strings.Join(names, " ")+" 其他")
	script("mdb-export", fmt.Sprintf(`for last; do :; done; cat "%s/$last"`, bin))
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	sameLand(t, want, open(t, p.write(t), registry.Options{}))

	script("mdb-export", "echo broken page >&2; exit 3")
	got := open(t, p.write(t), registry.Options{})
	if hits := codes(got, "TABLE_MISSING"); len(hits) == 0 {
		t.Errorf("a failing mdb-export goes unnoticed: %+v", got.Report.Defects)
	}
	t.Setenv("PATH", t.TempDir())
	got = open(t, p.write(t), registry.Options{})
	if hits := codes(got, "TABLE_MISSING"); len(hits) == 0 || !strings.Contains(hits[0].Message, "mdbtools") {
		t.Errorf("nothing says to install mdbtools: %+v", hits)
	}
}

// asMDB moves the package's tables into an .mdb, numbers and dates as such.
func asMDB(t testing.TB, p *pkg) {
	t.Helper()
	kinds := map[string]byte{"HTMJ": jetDouble, "HTZMJ": jetDouble, "CBFCYSL": jetLong, "CBQXQ": jetDate, "CBQXZ": jetDate}
	var tables []jetTable
	names := slices.Sorted(maps.Keys(p.files))
	for _, n := range names {
		base, ok := strings.CutSuffix(n, ".csv")
		if !ok {
			continue
		}
		text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(p.files[n])
		if err != nil {
			t.Fatal(err)
		}
		delete(p.files, n)
		rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		x := jetTable{name: filepath.Base(base), rows: rows[1:]}
		for _, c := range rows[0] {
			kind := kinds[c]
			if kind == 0 {
				kind = jetText
			}
			x.columns = append(x.columns, jetColumn{c, kind})
		}
		tables = append(tables, x)
	}
	p.files["权属数据/3701992016.mdb"] = jetFile(t, tables)
}

// needMDBTools skips where mdbtools is not installed.
func needMDBTools(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("mdb-export"); err != nil {
		t.Skip("mdbtools is not installed")
	}
}

func TestTablesInAnMDBReadAsThoseInCSV(t *testing.T) {
	t.Parallel()
	needMDBTools(t)
	var ps []parcel
	for i := range 150 { // more rows than a page holds
		ps = append(ps, at(i+1))
	}
	p := newPackage(t, ps)
	want := open(t, p.write(t), registry.Options{})
	asMDB(t, p)
	got := open(t, p.write(t), registry.Options{})
	sameLand(t, want, got)
	if got.Parcels[0].ContractM2 != 600 || got.Households[0].DisplayName != "王**" {
		t.Errorf("%+v %+v", got.Parcels[0], got.Households[0])
	}
}

func TestAContractOfAnMDBExpiresByItsDate(t *testing.T) {
	t.Parallel()
	needMDBTools(t)
	p := newPackage(t, six())
	p.edit(t, "CBHT", "2028-09-30", "2023-09-30")
	asMDB(t, p)
	got := open(t, p.write(t), registry.Options{})
	if d := codes(got, "CONTRACT_EXPIRED"); len(d) != 1 || d[0].Key != cbfbm(1)+"J" {
		t.Errorf("%+v", got.Report.Defects)
	}
}

// FuzzMDB breaks bytes of a file and reads it through mdbtools.
func FuzzMDB(f *testing.F) {
	needMDBTools(f)
	base := newPackage(f, six())
	asMDB(f, base)
	const name = "权属数据/3701992016.mdb"
	f.Add(uint32(3*4096+12), []byte{255, 255})
	f.Add(uint32(2*4096+45), []byte{255, 255})
	f.Fuzz(func(t *testing.T, at uint32, with []byte) {
		p := &pkg{files: maps.Clone(base.files)}
		broken := bytes.Clone(base.files[name])
		copy(broken[int(at)%len(broken):], with)
		p.files[name] = broken
		bounded(t, p.write(t), registry.Options{Threads: 1})
	})
}

func TestTablesInSQLiteReadAsThoseInCSV(t *testing.T) {
	t.Parallel()
	gdal.Register()
	p := newPackage(t, six())
	want := open(t, p.write(t), registry.Options{})
	file := filepath.Join(t.TempDir(), "t.sqlite")
	mode := []string{"-f", "SQLite"}
	for n, b := range p.files {
		base, ok := strings.CutSuffix(n, ".csv")
		if !ok {
			continue
		}
		delete(p.files, n)
		text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(string(text), "\n") < 2 {
			continue // GDAL reads no CSV of a head alone
		}
		src := filepath.Join(t.TempDir(), filepath.Base(base)+".csv")
		if err := os.WriteFile(src, text, 0o600); err != nil {
			t.Fatal(err)
		}
		ds, err := godal.Open(src, godal.VectorOnly())
		if err != nil {
			t.Fatal(err)
		}
		out, err := ds.VectorTranslate(file, append(mode, "-nln", filepath.Base(base)))
		if err != nil {
			t.Fatal(err)
		}
		out.Close()
		ds.Close()
		mode = []string{"-update"}
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p.files["权属数据/3701992016.sqlite"] = b
	got := open(t, p.write(t), registry.Options{})
	for _, d := range got.Report.Defects {
		if d.Code != "TABLE_MISSING" || !strings.Contains("FBF LZHT CBJYQZDJB CBJYQZ CBJYQZ_QZZX", d.Key) {
			t.Errorf("%+v", d)
		}
	}
	if len(got.Parcels) != len(want.Parcels) || len(got.People) != len(want.People) {
		t.Errorf("%d parcels, %d people", len(got.Parcels), len(got.People))
	}
}

// TestALayerDKInAGeoPackageReadsAsTheShapefileDoes keeps the tables as CSV.
func TestALayerDKInAGeoPackageReadsAsTheShapefileDoes(t *testing.T) {
	t.Parallel()
	gdal.Register()
	p := newPackage(t, six())
	dir := p.write(t)
	want := open(t, dir, registry.Options{})
	const base = "矢量数据/DK3701992016"
	ds, err := godal.Open(filepath.Join(dir, filepath.FromSlash(base)+".shp"), godal.VectorOnly(), godal.ConfigOption("SHAPE_RESTORE_SHX=YES"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "c.gpkg")
	out, err := ds.VectorTranslate(file, []string{"-f", "GPKG", "-nln", "DK3701992016"})
	if err != nil {
		t.Fatal(err)
	}
	out.Close()
	ds.Close()
	for _, ext := range []string{".shp", ".dbf", ".prj", ".cpg"} {
		delete(p.files, base+ext)
	}
	if p.files["矢量数据/c.gpkg"], err = os.ReadFile(file); err != nil {
		t.Fatal(err)
	}
	got := open(t, p.write(t), registry.Options{})
	sameLand(t, want, got)
	if got.Report.CRS.Source != "EPSG:4527" || got.Parcels[0].Name != want.Parcels[0].Name || got.Parcels[0].DeclaredM2 != want.Parcels[0].DeclaredM2 {
		t.Errorf("%+v %+v", got.Report.CRS, got.Parcels[0])
	}
}
