package registry_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/paulmach/orb/encoding/wkb"

	"parus/fields/registry"
)

// What a small file may cost, however it is broken. Fuzzing needs
// -fuzzminimizetime of a second or so: by default Go spends a minute on making
// each input smaller, which looks like a hang of zero executions a second.
const (
	mostTime  = 20 * time.Second
	mostBytes = 1 << 30
)

// bounded wants an answer in time and without a panic, rows that reconcile,
// and, while fuzzing, bounded memory.
func bounded(t *testing.T, path string, opt registry.Options) {
	t.Helper()
	var before, after runtime.MemStats
	alone := flag.Lookup("test.fuzz").Value.String() != "" || flag.Lookup("test.fuzzworker").Value.String() == "true"
	if alone {
		runtime.ReadMemStats(&before)
	}
	type result struct {
		p   *registry.Package
		err error
	}
	done := make(chan result, 1)
	go func() {
		p, err := registry.Open(context.Background(), path, opt)
		done <- result{p, err}
	}()
	late := time.NewTimer(mostTime)
	defer late.Stop()
	select {
	case <-late.C:
		stacks := make([]byte, 1<<20)
		t.Fatalf("no answer after %v:\n%s", mostTime, stacks[:runtime.Stack(stacks, true)])
	case r := <-done:
		reconciles(t, r.p, r.err)
	}
	if alone {
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > mostBytes {
			t.Errorf("%d bytes allocated", n)
		}
	}
}

func reconciles(t *testing.T, p *registry.Package, err error) {
	t.Helper()
	if err != nil && !errors.Is(err, registry.ErrNothingUsable) {
		return
	}
	r := p.Report.Rows
	if r.In != r.Accepted+r.Corrected+r.Quarantined || len(p.Parcels) != r.Accepted+r.Corrected {
		t.Errorf("rows do not reconcile: %+v", r)
	}
	for _, l := range p.Report.Layers {
		if l.In != l.Accepted+l.Corrected+l.Quarantined {
			t.Errorf("layer does not reconcile: %+v", l)
		}
	}
	if err == nil && !p.Report.Usable() {
		t.Error("no usable row and no error")
	}
}

func FuzzDBF(f *testing.F) {
	f.Add(dkTable(f, []parcel{at(1), at(2)}))
	f.Add(dbfBytes([]column{{"DKBM", 'C', 19, 0}, {"SCMJ", 'N', 20, 2}}, [][]string{{dkbm(1), "1e400"}}))

	shp := shpBytes([]parcel{at(1), at(2)})
	f.Fuzz(func(t *testing.T, b []byte) { fuzzOpen(t, shp, b) })
}

func FuzzSHP(f *testing.F) {
	ps := []parcel{at(1), at(2)}
	f.Add(shpBytes(ps))
	bad := shpBytes(ps)
	binary.BigEndian.PutUint32(bad[104:], 1<<30)
	f.Add(bad)
	dbf := dkTable(f, ps)

	f.Fuzz(func(t *testing.T, b []byte) { fuzzOpen(t, b, dbf) })
}

// fuzzOpen wants an answer without a panic, rows that reconcile, and bounded
// memory.
func fuzzOpen(t *testing.T, shp, dbf []byte) {
	t.Helper()
	dir := t.TempDir()
	for n, b := range map[string][]byte{"DK1.shp": shp, "DK1.dbf": dbf, "DK1.prj": []byte(prj4527)} {
		if err := os.WriteFile(filepath.Join(dir, n), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	bounded(t, dir, registry.Options{County: county, Threads: 1})
}

func FuzzZip(f *testing.F) {
	for _, files := range []map[string][]byte{{"DK1.shp": shpBytes(six()), "DK1.dbf": dkTable(f, six())}, {"../x": {1}}} {
		b, err := os.ReadFile(zipOf(f, files))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n := filepath.Join(t.TempDir(), "p.zip")
		if err := os.WriteFile(n, b, 0o600); err != nil {
			t.Fatal(err)
		}
		bounded(t, n, registry.Options{TempDir: t.TempDir(), Limits: registry.Limits{TotalBytes: 1 << 24}})
	})
}

func FuzzCSV(f *testing.F) {
	base := newPackage(f, six())
	f.Add(base.files["权属数据/CBDKXX.csv"])
	f.Add([]byte("DKBM;CBFBM\n\"\n\xff\xfe"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p := &pkg{files: map[string][]byte{}}
		for n, x := range base.files {
			p.files[n] = x
		}
		for _, n := range []string{"CBDKXX", "CBF", "CBF_JTCY"} {
			p.files["权属数据/"+n+".csv"] = b
		}
		bounded(t, p.write(t), registry.Options{Threads: 1})
	})
}

func FuzzXLSX(f *testing.F) {
	base := newPackage(f, six())
	asXLSX(f, base)
	const name = "权属数据/CBF.xlsx"
	f.Add(base.files[name])
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p := &pkg{files: map[string][]byte{}}
		for n, x := range base.files {
			p.files[n] = x
		}
		p.files[name] = b
		bounded(t, p.write(t), registry.Options{Threads: 1})
	})
}

func FuzzGeoParquet(f *testing.F) {
	var b bytes.Buffer
	if err := registry.WriteFiboaParquet(&b, someParcels(), registry.ExportInfo{}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) { bounded(t, fileOf(t, "p.parquet", b), registry.Options{Threads: 1}) })
}

func FuzzGeoPackage(f *testing.F) {
	name := filepath.Join(f.TempDir(), "p.gpkg")
	if err := registry.Export(context.Background(), name, "gpkg", someParcels(), registry.ExportInfo{}); err != nil {
		f.Fatal(err)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		f.Fatal(err)
	}
	// The file is a hundred kilobytes of mostly nothing: the input is where to
	// put which bytes.
	f.Add(uint32(len(b)-200), []byte{1, 3, 0, 0, 0, 255, 255})
	f.Add(uint32(100), []byte{0})
	f.Fuzz(func(t *testing.T, at uint32, with []byte) {
		broken := bytes.Clone(b)
		copy(broken[int(at)%len(broken):], with)
		bounded(t, fileOf(t, "p.gpkg", broken), registry.Options{Threads: 1})
	})
}

// FuzzWKB breaks the geometry of one row in a file that is otherwise whole.
func FuzzWKB(f *testing.F) {
	for _, p := range someParcels() {
		b, err := wkb.Marshal(p.Shape)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		b = bytes.Clone(b)
		binary.LittleEndian.PutUint32(b[5:], 1<<30)
		f.Add(b)
	}
	type row struct {
		ID       string `parquet:"id"`
		Geometry []byte `parquet:"geometry"`
	}
	const geo = `{"version":"1.1.0","primary_column":"geometry","columns":{"geometry":{"encoding":"WKB","geometry_types":[]}}}`
	f.Fuzz(func(t *testing.T, b []byte) {
		var out bytes.Buffer
		w := parquet.NewGenericWriter[row](&out, parquet.KeyValueMetadata("geo", geo))
		if _, err := w.Write([]row{{"a", b}}); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		bounded(t, fileOf(t, "p.parquet", out.Bytes()), registry.Options{Threads: 1})
	})
}

func fileOf(t testing.TB, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
