package registry_test

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/airbusgeo/godal"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"parus/fields/registry"
	"parus/imagery/gdal"
)

// TestPlacesAgreeWithPROJ compares shapes of random parcels over a zone, and
// far outside of it, with PROJ's.
func TestPlacesAgreeWithPROJ(t *testing.T) {
	t.Parallel()
	gdal.Register()
	src, err := godal.NewSpatialRefFromEPSG(4527)
	if err != nil {
		t.Fatal(err)
	}
	dst, err := godal.NewSpatialRefFromEPSG(4490)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := godal.NewTransform(src, dst)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(7, 7))
	var ps []parcel
	var xs, ys []float64
	for i := range 200 {
		x, y := 39.5e6+3e5*(r.Float64()*2-1), 4.0e6+2e5*(r.Float64()*2-1)
		ps = append(ps, parcel{code: dkbm(i + 1), rings: []orb.Ring{rect(x, y, 50, 50)}})
		xs, ys = append(xs, x), append(ys, y)
	}
	if err := tr.TransformEx(xs, ys, nil, nil); err != nil {
		t.Fatal(err)
	}
	pk := &pkg{files: map[string][]byte{}}
	pk.layer(t, "DK3701992016", ps)
	p := open(t, pk.write(t), registry.Options{})
	if len(p.Parcels) != len(ps) {
		t.Fatalf("%d parcels: %v", len(p.Parcels), p.Report.Counts)
	}
	for i, q := range p.Parcels {
		best := math.Inf(1)
		for _, c := range q.Shape[0][0] {
			best = min(best, math.Hypot(c[0]-xs[i], c[1]-ys[i]))
		}
		if best > 1e-10 { // degrees: 10 micrometres
			t.Fatalf("parcel %d is %.3g° from PROJ's place", i, best)
		}
	}
}

// geosValid asks GEOS.
func geosValid(t testing.TB, m orb.Geometry) bool {
	t.Helper()
	b, err := wkb.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	g, err := godal.NewGeometryFromWKB(b, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	return g.Valid()
}

// TestValidityAgreesWithGEOS draws polygons on a coarse lattice, so that
// crossings, touches, spikes and overlapping sides abound, and wants GEOS's
// verdict on each.
func TestValidityAgreesWithGEOS(t *testing.T) {
	t.Parallel()
	gdal.Register()
	r := rand.New(rand.NewPCG(3, 9))
	var ps []parcel
	want := map[string]bool{}
	for n := 1; n <= 3000; n++ {
		x, y := origin[0]+float64(n%50)*2000, origin[1]+float64(n/50)*2000
		k := 3 + r.IntN(5)
		var ring orb.Ring
		for len(ring) < k {
			p := orb.Point{x + 100*float64(r.IntN(5)), y + 100*float64(r.IntN(5))}
			if len(ring) == 0 || ring[len(ring)-1] != p {
				ring = append(ring, p)
			}
		}
		if ring[0] != ring[k-1] {
			ring = append(ring, ring[0])
		}
		if len(ring) < 4 {
			continue
		}
		rings := []orb.Ring{ring}
		q := parcel{code: dkbm(n), scmj: "0", rings: rings}
		ps = append(ps, q)
		want[q.code] = geosValid(t, orb.Polygon{ring})
	}
	pk := &pkg{files: map[string][]byte{}}
	pk.layer(t, "DK3701992016", ps)
	p := open(t, pk.write(t), registry.Options{})
	bad := map[string]bool{}
	for _, d := range codes(p, "GEOM_INVALID") {
		bad[d.Key] = true
	}
	valid := 0
	for code, ok := range want {
		if ok == bad[code] {
			t.Errorf("parcel %s: GEOS says valid %v", code, ok)
		}
		if ok {
			valid++
		}
	}
	if valid < 100 || len(want)-valid < 100 {
		t.Errorf("only %d valid of %d: the test shows little", valid, len(want))
	}
}

// TestOverlapsAgreeWithGEOS scatters parcels so that many overlap and wants
// the pairs whose common ground survives a buffer of −1 mm.
func TestOverlapsAgreeWithGEOS(t *testing.T) {
	t.Parallel()
	gdal.Register()
	r := rand.New(rand.NewPCG(5, 5))
	var ps []parcel
	for n := 1; n <= 250; n++ {
		x, y := origin[0]+float64(r.IntN(60))*5, origin[1]+float64(r.IntN(60))*5
		a, b := float64(1+r.IntN(4))*5, float64(1+r.IntN(4))*5
		ring := orb.Ring{{x, y}, {x, y + b}, {x + a, y + b}, {x + a + float64(r.IntN(2))*3, y}, {x, y}}
		ps = append(ps, parcel{code: dkbm(n), scmj: "0", rings: []orb.Ring{ring}})
	}
	pk := &pkg{files: map[string][]byte{}}
	pk.layer(t, "DK3701992016", ps)
	p := open(t, pk.write(t), registry.Options{})
	got := map[string]bool{}
	for _, d := range codes(p, "OVERLAP") {
		if got[d.Key] {
			t.Errorf("pair %s comes twice", d.Key)
		}
		got[d.Key] = true
	}
	n := 0
	for i := range ps {
		for j := i + 1; j < len(ps); j++ {
			want := geosOverlap(t, ps[i], ps[j])
			if want {
				n++
			}
			if k := ps[i].code + "|" + ps[j].code; got[k] != want {
				t.Errorf("pair %s: GEOS says overlap %v: %v %v", k, want, ps[i].rings, ps[j].rings)
			}
		}
	}
	if n < 50 {
		t.Errorf("only %d pairs overlap: the test shows little", n)
	}
}

func geosOverlap(t testing.TB, a, b parcel) bool {
	t.Helper()
	ba, bb := a.rings[0].Bound(), b.rings[0].Bound()
	if !ba.Intersects(bb) {
		return false
	}
	var gs [2]*godal.Geometry
	for i, q := range []parcel{a, b} {
		w, err := wkb.Marshal(orb.Polygon(q.rings))
		if err != nil {
			t.Fatal(err)
		}
		g, err := godal.NewGeometryFromWKB(w, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer g.Close()
		if gs[i], err = g.Buffer(-0.001, 4); err != nil {
			t.Fatal(err)
		}
		defer gs[i].Close()
	}
	x, err := gs[0].Intersection(gs[1])
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	return x.Area() > 0
}

func realData(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("PARUS_REAL_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("real data is absent (%v): set PARUS_REAL_DATA", err)
	}
	return dir
}

func TestRealParcelFilesReadAndAgreeWithGEOS(t *testing.T) {
	t.Parallel()
	gdal.Register()
	dir := realData(t)
	for _, c := range []struct {
		file       string
		in, usable int
	}{
		{"parcels/brazil_lem_2019_2020.gpkg", 1854, 1854},
		{"parcels/catalunya_sigpac_samples_2019.gpkg", 1203, 1203},
		{"parcels/flanders_lpis_samples_2017.gpkg", 1361, 1361},
		{"parcels/flanders_lpis_samples_2018.gpkg", 1531, 1529},
		{"parcels/switzerland_zh_esch_2020.gpkg", 281, 281},
		{"s2_flanders_2018_31UDS/labels/parcels_from_labels.gpkg", 21, 21},
		{"s2_denmark_2016/parcels_west.gpkg", 185, 185},
	} {
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			p := open(t, filepath.Join(dir, c.file), registry.Options{})
			if p.Report.Rows.In != c.in || len(p.Parcels) != c.usable {
				t.Errorf("%+v, %d usable: %v", p.Report.Rows, len(p.Parcels), p.Report.Counts)
			}
			for _, q := range p.Parcels {
				if q.DeclaredCrop != "" {
					t.Fatalf("parcel %s carries the label %q though nobody asked", q.ID, q.DeclaredCrop)
				}
				for _, poly := range q.Shape { // parts may overlap: a defect of its own
					if !geosValid(t, poly) {
						t.Errorf("parcel %s is invalid to GEOS", q.ID)
					}
				}
			}
		})
	}
}
