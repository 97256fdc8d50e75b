package registry_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"parus/fields/registry"
)

var now = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

func open(t testing.TB, path string, opt registry.Options) *registry.Package {
	t.Helper()
	if opt.Now.IsZero() {
		opt.Now = now
	}
	p, err := registry.Open(context.Background(), path, opt)
	if err != nil && !errors.Is(err, registry.ErrNothingUsable) {
		t.Fatalf("open: %v", err)
	}
	r := p.Report.Rows
	if r.In != r.Accepted+r.Corrected+r.Quarantined {
		t.Errorf("rows do not reconcile: %+v", r)
	}
	for _, l := range p.Report.Layers {
		if l.In != l.Accepted+l.Corrected+l.Quarantined {
			t.Errorf("layer does not reconcile: %+v", l)
		}
	}
	for _, d := range p.Report.Defects {
		if d.Fix == "" || d.Message == "" || d.Layer == "" {
			t.Errorf("defect without fix, message or layer: %+v", d)
		}
	}
	return p
}

func codes(p *registry.Package, code string) (out []registry.Defect) {
	for _, d := range p.Report.Defects {
		if d.Code == code {
			out = append(out, d)
		}
	}
	return out
}

func six() []parcel {
	var ps []parcel
	for i := 1; i <= 6; i++ {
		ps = append(ps, at(i))
	}
	return ps
}

func TestAPackageWithoutDefectsIsTakenAsItStands(t *testing.T) {
	t.Parallel()
	p := open(t, newPackage(t, six()).write(t), registry.Options{})
	if len(p.Report.Defects) != 0 {
		t.Fatalf("defects on a clean package: %+v", p.Report.Defects)
	}
	if p.County != county || len(p.Parcels) != 6 || len(p.Households) != 6 || len(p.People) != 12 {
		t.Fatalf("county %s, %d parcels, %d households, %d people", p.County, len(p.Parcels), len(p.Households), len(p.People))
	}
	q := p.Parcels[0]
	if q.ID != dkbm(1) || q.HouseholdID != cbfbm(1) || q.Village != "370199101001" || q.Name != "村东地块" {
		t.Errorf("parcel %+v", q)
	}
	// 20 m × 30 m in the projection the county surveys in.
	if math.Abs(q.AreaM2-600) > 1e-6 || math.Abs(q.DeclaredM2-600) > 1e-6 || math.Abs(q.ContractM2-600) > 1e-6 {
		t.Errorf("areas %v %v %v, want 600", q.AreaM2, q.DeclaredM2, q.ContractM2)
	}
	// EPSG:4527 39520025, 4060000 by PROJ: cs2cs EPSG:4527 EPSG:4490.
	if c := q.Shape[0][0][0]; math.Abs(c[0]-117.2238) > 1e-3 || math.Abs(c[1]-36.6704) > 1e-3 {
		t.Errorf("corner at %v", c)
	}
	if h := p.Households[0]; h.DisplayName != "王**" || h.Members != 1 || h.Village != "370199101001" {
		t.Errorf("household %+v", h)
	}
	if p.Report.CRS.Source != "EPSG:4527" || len(p.Digest) != 64 {
		t.Errorf("crs %+v digest %q", p.Report.CRS, p.Digest)
	}
}

func TestTheReportKeepsItsContract(t *testing.T) {
	t.Parallel()
	p := open(t, newPackage(t, six()).write(t), registry.Options{})
	var b bytes.Buffer
	if err := p.Report.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var r struct {
		Rows     map[string]int    `json:"rows"`
		CRS      map[string]any    `json:"crs"`
		Encoding map[string]string `json:"encoding"`
		Defects  []map[string]any  `json:"defects"`
	}
	if err := json.Unmarshal(b.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if r.Rows["in"] != 6 || r.Rows["accepted"] != 6 || r.CRS["source"] != "EPSG:4527" || r.Defects == nil {
		t.Errorf("report %s", b.Bytes())
	}
	if e := r.Encoding["矢量数据/DK3701992016.dbf"]; e != "GB18030" && e != r.Encoding["370199测试县/矢量数据/DK3701992016.dbf"] {
		t.Errorf("encoding %v", r.Encoding)
	}
}

// TestPlantedDefects plants one defect a case and wants its code with the
// right key, the row's end, and no other code that the case does not name.
func TestPlantedDefects(t *testing.T) {
	t.Parallel()
	ring := func(p *parcel, pts ...orb.Point) { p.rings = []orb.Ring{pts}; p.scmj = "600.00" }
	o := origin
	cases := []struct {
		name  string
		plant func(t *testing.T, ps []parcel, p *pkg) []parcel // returns the parcels to write
		code  string
		key   string
		also  string // codes that follow from the plant
		ends  string // accepted, corrected, quarantined of six
	}{
		{"a code with full-width digits is cleaned", func(_ *testing.T, ps []parcel, _ *pkg) []parcel {
			ps[2].code = ps[2].code[:18] + "３"
			return ps
		}, "CODE_CHARACTERS", dkbm(3), "", "5 1 0"},
		{"a code one digit short", func(_ *testing.T, ps []parcel, _ *pkg) []parcel {
			ps[2].code = ps[2].code[:18]
			return ps
		}, "CODE_LENGTH", dkbm(3)[:18], "HOLDING_WITHOUT_SHAPE", "5 0 1"},
		{"a code of another county", func(_ *testing.T, ps []parcel, _ *pkg) []parcel {
			ps[2].code = "370198" + ps[2].code[6:]
			return ps
		}, "CODE_COUNTY", "370198" + dkbm(3)[6:], "HOLDING_WITHOUT_SHAPE", "5 0 1"},
		{"a code that occurs twice", func(_ *testing.T, ps []parcel, _ *pkg) []parcel {
			ps[2].code = ps[1].code
			return ps
		}, "CODE_DUPLICATE", dkbm(2), "HOLDING_WITHOUT_SHAPE", "4 0 2"},
		{"a null shape", func(_ *testing.T, ps []parcel, _ *pkg) []parcel {
			ps[2].rings, ps[2].scmj = nil, "600.00"
			return ps
		}, "GEOM_MISSING", dkbm(3), "", "5 0 1"},
		{"a bow-tie", func(_ *testing.T, ps []parcel, _ *pkg) []parcel {
			x := o[0] + 75
			ring(&ps[2], orb.Point{x, o[1]}, orb.Point{x + 20, o[1] + 30}, orb.Point{x + 20, o[1]}, orb.Point{x, o[1] + 30}, orb.Point{x, o[1]})
			return ps
		}, "GEOM_INVALID", dkbm(3), "AREA_MISMATCH", "5 0 1"},
		{"a ring left open is closed", func(_ *testing.T, ps []parcel, _ *pkg) []parcel {
			ps[2].rings[0] = ps[2].rings[0][:4]
			ps[2].scmj = "600.00"
			return ps
		}, "GEOM_INVALID", dkbm(3), "", "5 1 0"},
		{"two parts", func(_ *testing.T, ps []parcel, _ *pkg) []parcel {
			x := o[0] + 75
			ps[2].rings = []orb.Ring{rect(x, o[1], 20, 10), rect(x, o[1]+15, 20, 10)}
			return ps
		}, "GEOM_MULTIPART", dkbm(3), "", "6 0 0"},
		{"a scrap below a square metre", func(_ *testing.T, ps []parcel, _ *pkg) []parcel {
			ps[2].rings = []orb.Ring{rect(o[0]+75, o[1], .9, .9)}
			return ps
		}, "AREA_TINY", dkbm(3), "", "5 0 1"},
		{"a sliver", func(_ *testing.T, ps []parcel, _ *pkg) []parcel {
			ps[2].rings = []orb.Ring{rect(o[0]+75, o[1], .3, 60)} // 4π·18/120.6² = .0155
			return ps
		}, "SLIVER", dkbm(3), "", "6 0 0"},
		{"a sharp angle", func(_ *testing.T, ps []parcel, _ *pkg) []parcel {
			x := o[0] + 75 // a needle of 1 by 15 m on the top: 2·atan(.5/15) = 3.8°
			ring(&ps[2], orb.Point{x, o[1]}, orb.Point{x, o[1] + 30}, orb.Point{x + 9.5, o[1] + 30}, orb.Point{x + 10, o[1] + 45},
				orb.Point{x + 10.5, o[1] + 30}, orb.Point{x + 20, o[1] + 30}, orb.Point{x + 20, o[1]}, orb.Point{x, o[1]})
			return ps
		}, "ANGLE_SHARP", dkbm(3), "", "6 0 0"},
		{"vertices 3 cm apart", func(_ *testing.T, ps []parcel, _ *pkg) []parcel {
			x := o[0] + 75
			ring(&ps[2], orb.Point{x, o[1]}, orb.Point{x, o[1] + 30}, orb.Point{x + 20, o[1] + 30}, orb.Point{x + 20, o[1] + .03}, orb.Point{x + 20, o[1]}, orb.Point{x, o[1]})
			return ps
		}, "VERTEX_CLOSE", dkbm(3), "", "6 0 0"},
		{"a neighbour 1 m over the boundary", func(_ *testing.T, ps []parcel, _ *pkg) []parcel {
			ps[2].rings = []orb.Ring{rect(o[0]+69, o[1], 20, 30)} // parcel 2 ends at +70
			return ps
		}, "OVERLAP", dkbm(2) + "|" + dkbm(3), "", "6 0 0"},
		{"a neighbour 3 cm off", func(_ *testing.T, ps []parcel, _ *pkg) []parcel {
			ps[2].rings = []orb.Ring{rect(o[0]+70.03, o[1], 20, 30)}
			return ps
		}, "NOT_SNAPPED", dkbm(2) + "|" + dkbm(3), "", "6 0 0"},
		{"a registered area 10 % off", func(_ *testing.T, ps []parcel, _ *pkg) []parcel {
			ps[2].scmj = "545.45"
			return ps
		}, "AREA_MISMATCH", dkbm(3), "", "6 0 0"},
		{"a registered area 50 % off", func(_ *testing.T, ps []parcel, _ *pkg) []parcel {
			ps[2].scmj = "400.00"
			return ps
		}, "AREA_MISMATCH", dkbm(3), "", "5 0 1"},
		{"a registered area in mu", func(_ *testing.T, ps []parcel, _ *pkg) []parcel {
			ps[2].scmj = "0.90" // 600 m² are 0.9 mu
			return ps
		}, "AREA_UNIT_MU", dkbm(3), "", "5 1 0"},
		{"a shape that nobody holds", func(t *testing.T, ps []parcel, p *pkg) []parcel {
			p.edit(t, "CBDKXX", dkbm(3)+","+cbfbm(3)[:14]+","+cbfbm(3)+",110,600.00,"+cbfbm(3)+"J,,"+cbfbm(3)+"J,,,,\n", "")
			return ps
		}, "SHAPE_WITHOUT_HOLDING", dkbm(3), "", "6 0 0"},
		{"a holding without a shape", func(_ *testing.T, ps []parcel, _ *pkg) []parcel {
			return append(ps[:2:2], ps[3:]...)
		}, "HOLDING_WITHOUT_SHAPE", dkbm(3), "", "5 0 0"},
		{"a holding whose household is unknown", func(t *testing.T, ps []parcel, p *pkg) []parcel {
			p.edit(t, "CBDKXX", dkbm(3)+","+cbfbm(3)[:14]+","+cbfbm(3), dkbm(3)+","+cbfbm(3)[:14]+","+cbfbm(77))
			return ps
		}, "HOLDING_WITHOUT_HOUSEHOLD", dkbm(3), "", "5 0 1"},
		{"a parcel that two households hold", func(t *testing.T, ps []parcel, p *pkg) []parcel {
			p.edit(t, "CBDKXX", "SFQQQG\n", "SFQQQG\n"+dkbm(3)+","+cbfbm(5)[:14]+","+cbfbm(5)+",110,600.00,,,,,,,\n")
			return ps
		}, "HOLDER_MULTIPLE", dkbm(3), "", "5 0 1"},
		{"a contract whose total is not its parcels'", func(t *testing.T, ps []parcel, p *pkg) []parcel {
			p.edit(t, "CBHT", "2028-09-30,600.00", "2028-09-30,700.00")
			return ps
		}, "CONTRACT_AREA_SUM", cbfbm(1) + "J", "", "6 0 0"},
		{"a contract that has expired", func(t *testing.T, ps []parcel, p *pkg) []parcel {
			p.edit(t, "CBHT", "2028-09-30,600.00", "2020-09-30,600.00")
			return ps
		}, "CONTRACT_EXPIRED", cbfbm(1) + "J", "", "6 0 0"},
		{"a cancelled certificate", func(_ *testing.T, ps []parcel, p *pkg) []parcel {
			p.files["权属数据/CBJYQZ_QZZX.csv"] = []byte("CBJYQZBM,ZXYY,ZXRQ\n" + cbfbm(3) + "J,x,2020-01-01\n")
			return ps
		}, "CERTIFICATE_CANCELLED", "*", "", "5 0 1"},
		{"a wrong number of members", func(t *testing.T, ps []parcel, p *pkg) []parcel {
			p.edit(t, "CBF", id(2)+",13800000000,1", id(2)+",13800000000,4")
			return ps
		}, "MEMBER_COUNT", cbfbm(3), "", "6 0 0"},
		{"a household without a head", func(t *testing.T, ps []parcel, p *pkg) []parcel {
			p.edit(t, "CBF_JTCY", id(2)+",02", id(2)+",20")
			return ps
		}, "HEAD_MISSING", cbfbm(3), "", "6 0 0"},
		{"a wrong check digit", func(t *testing.T, ps []parcel, p *pkg) []parcel {
			bad := id(2)[:17] + string('0'+(id(2)[17]-'0'+1)%10)
			p.edit(t, "CBF_JTCY", id(2), bad)
			return ps
		}, "ID_CHECKSUM", cbfbm(3), "", "6 0 0"},
		{"one person in two households", func(t *testing.T, ps []parcel, p *pkg) []parcel {
			p.edit(t, "CBF_JTCY", id(2), id(4))
			return ps
		}, "ID_DUPLICATE", "*", "", "6 0 0"},
		{"a telephone number of ten digits", func(t *testing.T, ps []parcel, p *pkg) []parcel {
			p.edit(t, "CBF", id(2)+",13800000000", id(2)+",1380000000")
			return ps
		}, "PHONE_INVALID", cbfbm(3), "", "6 0 0"},
		{"a table that is missing", func(_ *testing.T, ps []parcel, p *pkg) []parcel {
			delete(p.files, "权属数据/CBHT.csv")
			return ps
		}, "TABLE_MISSING", "CBHT", "", "6 0 0"},
		{"a field that is missing", func(t *testing.T, ps []parcel, p *pkg) []parcel {
			p.edit(t, "CBHT", "CBHTBM", "X")
			return ps
		}, "FIELD_MISSING", "*", "", "6 0 0"},
		{"a text where a number is due", func(t *testing.T, ps []parcel, p *pkg) []parcel {
			p.edit(t, "CBDKXX", ",600.00,"+cbfbm(3), ",abc,"+cbfbm(3))
			return ps
		}, "FIELD_TYPE", dkbm(3), "CONTRACT_AREA_SUM", "6 0 0"},
		{"a row with too few cells", func(t *testing.T, ps []parcel, p *pkg) []parcel {
			p.edit(t, "CBF_JTCY", "CYBZSM\n", "CYBZSM\n"+cbfbm(1)+",王\n")
			return ps
		}, "ROW_UNREADABLE", cbfbm(1), "", "6 0 0"},
		{"text that decodes in nothing", func(_ *testing.T, ps []parcel, p *pkg) []parcel {
			p.files["garble"] = nil
			return ps
		}, "ENCODING_GARBLED", dkbm(3), "", "6 0 0"},
		{"no .cpg", func(_ *testing.T, ps []parcel, p *pkg) []parcel {
			p.files["no"] = []byte(".cpg")
			return ps
		}, "ENCODING_UNDECLARED", "*", "", "6 0 0"},
		{"no .prj", func(_ *testing.T, ps []parcel, p *pkg) []parcel {
			p.files["no"] = []byte(".prj")
			return ps
		}, "CRS_MISSING", "*", "", "6 0 0"},
		{"axes swapped", func(_ *testing.T, ps []parcel, _ *pkg) []parcel {
			move(ps, func(q orb.Point) orb.Point { return orb.Point{q[1], q[0]} })
			return ps
		}, "AXES_SWAPPED", "*", "", "0 6 0"},
		{"zone prefix missing", func(_ *testing.T, ps []parcel, _ *pkg) []parcel {
			move(ps, func(q orb.Point) orb.Point { return orb.Point{q[0] - 39e6, q[1]} })
			return ps
		}, "ZONE_PREFIX_MISSING", "*", "", "0 6 0"},
		{"axes swapped and zone prefix missing", func(_ *testing.T, ps []parcel, _ *pkg) []parcel {
			move(ps, func(q orb.Point) orb.Point { return orb.Point{q[1], q[0] - 39e6} })
			return ps
		}, "ZONE_PREFIX_MISSING", "*", "AXES_SWAPPED", "0 6 0"},
		{"one row with axes swapped", func(_ *testing.T, ps []parcel, _ *pkg) []parcel {
			move(ps[2:3], func(q orb.Point) orb.Point { return orb.Point{q[1], q[0]} })
			return ps
		}, "AXES_SWAPPED", dkbm(3), "", "5 1 0"},
		{"one row far away", func(_ *testing.T, ps []parcel, _ *pkg) []parcel {
			move(ps[2:3], func(q orb.Point) orb.Point { return orb.Point{q[0] + 7e5, q[1]} })
			return ps
		}, "GEOM_OUTSIDE", dkbm(3), "", "5 0 1"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newPackage(t, six())
			ps := c.plant(t, six(), p)
			p.layer(t, "DK3701992016", ps)
			if ext, ok := p.files["no"]; ok {
				delete(p.files, "no")
				delete(p.files, "矢量数据/DK3701992016"+string(ext))
			}
			if _, ok := p.files["garble"]; ok {
				delete(p.files, "garble")
				n := "矢量数据/DK3701992016.dbf"
				b := p.files[n]
				at := bytes.Index(b, []byte(dkbm(3)))
				copy(b[at+21:], "\xff\xff\x80\xff")
			}
			got := open(t, p.write(t), registry.Options{County: county})
			hits := codes(got, c.code)
			if len(hits) == 0 {
				t.Fatalf("%s not found in %+v", c.code, got.Report.Defects)
			}
			for _, d := range hits {
				if c.key != "*" && c.key != "" && d.Key != c.key {
					t.Errorf("key %q, want %q", d.Key, c.key)
				}
			}
			for code := range got.Report.Counts {
				if code != c.code && !strings.Contains(" "+c.also+" ", " "+code+" ") {
					t.Errorf("false alarm %s: %+v", code, codes(got, code))
				}
			}
			r := got.Report.Rows
			if ends := strings.Join([]string{itoa(r.Accepted), itoa(r.Corrected), itoa(r.Quarantined)}, " "); ends != c.ends {
				t.Errorf("rows end %s, want %s: %+v", ends, c.ends, got.Report.Defects)
			}
			if len(got.Parcels) != r.Accepted+r.Corrected {
				t.Errorf("%d parcels", len(got.Parcels))
			}
		})
	}
}

func itoa(n int) string { return string(rune('0' + n)) }

func move(ps []parcel, f func(orb.Point) orb.Point) {
	for i := range ps {
		ps[i].scmj = "600.00"
		for _, r := range ps[i].rings {
			for k := range r {
				r[k] = f(r[k])
			}
		}
	}
}

func zipOf(t testing.TB, files map[string][]byte) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for n, data := range files {
		w, err := z.Create(n)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(data)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	f := filepath.Join(t.TempDir(), "p.zip")
	if err := os.WriteFile(f, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAZipReadsAsItsFolderDoes(t *testing.T) {
	t.Parallel()
	p := newPackage(t, six())
	folder := open(t, p.write(t), registry.Options{})
	in := map[string][]byte{}
	for n, b := range p.files {
		in[gbk(t, "370199测试县/"+n)] = b // as Chinese archivers name entries
	}
	zipped := open(t, zipOf(t, in), registry.Options{TempDir: t.TempDir()})
	if folder.Digest != zipped.Digest {
		t.Errorf("digests %s and %s", folder.Digest, zipped.Digest)
	}
	if len(zipped.Parcels) != 6 || len(zipped.Report.Defects) != 0 {
		t.Errorf("%d parcels, %+v", len(zipped.Parcels), zipped.Report.Defects)
	}
}

func TestADangerousZipIsRefused(t *testing.T) {
	t.Parallel()
	zeros := make([]byte, 20<<20)
	for name, files := range map[string]map[string][]byte{
		"path that leads out":     {"../../etc/DK1.shp": {1}},
		"absolute path":           {"/etc/DK1.shp": {1}},
		"backslashes that do too": {`..\DK1.shp`: {1}},
		"bomb":                    {"DK1.shp": zeros},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := registry.Open(context.Background(), zipOf(t, files), registry.Options{})
			if !errors.Is(err, registry.ErrRefused) {
				t.Errorf("got %v, want a refusal", err)
			}
		})
	}
}

func TestNothingUsableIsAnErrorWithAReport(t *testing.T) {
	t.Parallel()
	ps := six()
	for i := range ps {
		ps[i].rings, ps[i].scmj = nil, "600"
	}
	pk := newPackage(t, six())
	pk.layer(t, "DK3701992016", ps)
	p, err := registry.Open(context.Background(), pk.write(t), registry.Options{})
	if !errors.Is(err, registry.ErrNothingUsable) || p == nil || p.Report.Rows.Quarantined != 6 {
		t.Fatalf("got %v", err)
	}
}
