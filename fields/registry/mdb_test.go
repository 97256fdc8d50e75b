package registry_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airbusgeo/godal"
	"golang.org/x/text/encoding/simplifiedchinese"

	"parus/fields/registry"
)

// TestTablesOfAnMDBComeThroughItsTools stands in for mdbtools by two scripts
// that print what it would: no free program writes an .mdb.
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

func TestTablesInSQLiteReadAsThoseInCSV(t *testing.T) {
	t.Parallel()
	godal.RegisterAll()
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
