package registry_test

import (
	"math"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"parus/fields/registry"
)

// TestAnInvalidShapeIsRebuiltWhereItsMeaningIsSure gives parcel 3 a shape that
// breaks the rules. Where rings and result enclose the same ground within 1 %
// the row is corrected and its original kept, else it is quarantined.
func TestAnInvalidShapeIsRebuiltWhereItsMeaningIsSure(t *testing.T) {
	t.Parallel()
	x, y := origin[0]+75, origin[1]
	p := func(dx, dy float64) orb.Point { return orb.Point{x + dx, y + dy} }
	for _, c := range []struct {
		name   string
		rings  []orb.Ring
		areaM2 float64 // 0: quarantined
		parts  int
	}{
		{"a spike of no width goes", []orb.Ring{{p(0, 0), p(0, 30), p(10, 30), p(10, 40), p(10, 30), p(20, 30), p(20, 0), p(0, 0)}}, 600, 1},
		// The loop at the corner is a triangle of ½·1·½ = .25 m² that turns the
		// other way: 599.75 − .25 against what is left, below 1 %.
		{"a small loop at a corner goes", []orb.Ring{{p(0, 0), p(0, 30), p(20.5, 30), p(19.5, 30.5), p(20, 29), p(20, 0), p(0, 0)}}, 600, 1},
		{"two lobes that touch in a vertex become two parts", []orb.Ring{{p(0, 0), p(0, 15), p(10, 15), p(10, 30), p(20, 30), p(20, 15), p(10, 15), p(10, 0), p(0, 0)}}, 300, 2},
		{"parts that share a side become one", []orb.Ring{rect(x, y, 20, 10), rect(x, y+10, 20, 20)}, 600, 1},
		{"a bow-tie of two equal halves means two things", []orb.Ring{{p(0, 0), p(20, 30), p(20, 0), p(0, 30), p(0, 0)}}, 0, 0},
		{"parts that overlap by a half mean two things", []orb.Ring{rect(x, y, 20, 20), rect(x+5, y+10, 20, 20)}, 0, 0},
		{"a hole outside of its ring cannot be told from a part", []orb.Ring{rect(x, y, 20, 10), rect(x, y+15, 20, 15)}, 500, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ps := six()
			ps[2].rings, ps[2].scmj = c.rings, "0"
			got := open(t, newPackage(t, ps).write(t), registry.Options{})
			var shape orb.MultiPolygon
			var area float64
			for _, q := range got.Parcels {
				if q.ID == dkbm(3) {
					shape, area = q.Shape, q.AreaM2
				}
			}
			if c.areaM2 == 0 {
				if shape != nil {
					t.Errorf("taken as %v", shape)
				}
				return
			}
			if len(shape) != c.parts || math.Abs(area-c.areaM2) > .005*c.areaM2 {
				t.Fatalf("%d parts of %.2f m², want %d of %.0f: %+v", len(shape), area, c.parts, c.areaM2, got.Report.Defects)
			}
			for _, d := range codes(got, "GEOM_INVALID") {
				if d.Severity != registry.SeverityRepaired || !strings.HasPrefix(d.Original, "MULTIPOLYGON") {
					t.Errorf("%+v", d)
				}
			}
		})
	}
}

func TestRepeatedVerticesAreDroppedAndSaid(t *testing.T) {
	t.Parallel()
	ps := six()
	r := ps[2].rings[0]
	ps[2].rings = []orb.Ring{{r[0], r[1], r[1], r[2], r[3], r[4]}}
	ps[2].scmj = "600.00"
	got := open(t, newPackage(t, ps).write(t), registry.Options{})
	d := codes(got, "VERTEX_CLOSE")
	if len(d) != 1 || d[0].Severity != registry.SeverityRepaired || d[0].Original != "6 vertices" || got.Report.Rows.Corrected != 1 {
		t.Errorf("%+v", got.Report.Defects)
	}
	if n := len(got.Parcels[2].Shape[0][0]); n != 5 {
		t.Errorf("%d vertices", n)
	}
}

// TestAShapeMadeToStopTheReaderIsRefused gives a comb of 60,000 sides that all
// meet in x: 1.8·10⁹ pairs.
func TestAShapeMadeToStopTheReaderIsRefused(t *testing.T) {
	t.Parallel()
	var ring orb.Ring
	for i := range 30000 {
		ring = append(ring, orb.Point{origin[0] + 75, origin[1] + float64(i)/1000}, orb.Point{origin[0] + 95, origin[1] + float64(i)/1000 + .0005})
	}
	ps := six()
	ps[2].rings, ps[2].scmj = []orb.Ring{append(ring, ring[0])}, "0"
	got := open(t, newPackage(t, ps).write(t), registry.Options{})
	if d := codes(got, "GEOM_INVALID"); len(d) != 1 || d[0].Severity != registry.SeverityError || got.Report.Rows.Quarantined != 1 {
		t.Errorf("%+v", got.Report.Counts)
	}
}

func TestWrongDeclarationsOfEncodingAreSeenThrough(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, cpg, want string
		utf8            bool
	}{
		{"bytes in UTF-8 under a .cpg of GBK", "GBK", "UTF-8", true},
		{"bytes in GB18030 under a .cpg of UTF-8", "UTF-8", "GB18030", false},
		{"a .cpg that is right", "GBK", "GB18030", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newPackage(t, six())
			var rows [][]string
			for _, q := range six() {
				name := gbk(t, q.name)
				if c.utf8 {
					name = q.name
				}
				rows = append(rows, []string{q.code, name, "10", "600.00"})
			}
			p.files["矢量数据/DK3701992016.dbf"] = dbfBytes([]column{{"DKBM", 'C', 19, 0}, {"DKMC", 'C', 50, 0}, {"DKLB", 'C', 2, 0}, {"SCMJ", 'N', 16, 2}}, rows)
			p.files["矢量数据/DK3701992016.cpg"] = []byte(c.cpg)
			got := open(t, p.write(t), registry.Options{})
			if e := got.Report.Encoding["矢量数据/DK3701992016.dbf"]; e != c.want || got.Parcels[0].Name != "村东地块" {
				t.Errorf("read as %s: %q", e, got.Parcels[0].Name)
			}
			if said := len(codes(got, "ENCODING_UNDECLARED")) > 0; said != (c.name != "a .cpg that is right") {
				t.Errorf("%+v", got.Report.Defects)
			}
		})
	}
}

func TestCollectivesAreCheckedToo(t *testing.T) {
	t.Parallel()
	p := newPackage(t, six())
	p.files["权属数据/FBF.csv"] = []byte(gbk(t, heads["FBF"]+
		"37019910100101,一组,李四,1,"+id(3)+",13800000000,,,,,\n"+
		"37019910100101,又一组,李四,1,"+id(3)+",13800000000,,,,,\n"+ // twice
		"3701991010010,短,李四,1,"+id(3)+",13800000000,,,,,\n"+ // 13 digits
		"37019810100101,外县,李四,1,"+id(3)+",13800000000,,,,,\n"+
		"37019910100102,二组,李四,1,370199199001010011,123,,,,,\n")) // wrong check digit and telephone
	got := open(t, p.write(t), registry.Options{County: county})
	for code, n := range map[string]int{"CODE_DUPLICATE": 1, "CODE_LENGTH": 1, "CODE_COUNTY": 1, "ID_CHECKSUM": 1, "PHONE_INVALID": 1} {
		if hits := codes(got, code); len(hits) != n || hits[0].Layer != "FBF" {
			t.Errorf("%s: %+v", code, hits)
		}
	}
	for _, l := range got.Report.Layers {
		if l.Layer == "FBF" && (l.In != 5 || l.Quarantined != 3) {
			t.Errorf("%+v", l)
		}
	}
}

func TestCodesMeanWhatThePackageSays(t *testing.T) {
	t.Parallel()
	p := newPackage(t, six())
	p.edit(t, "CBF", cbfbm(2)+",1,", cbfbm(2)+",F,")
	p.edit(t, "CBF_JTCY", id(2)+",02,", id(2)+",户主,")
	dir := p.write(t)
	got := open(t, dir, registry.Options{})
	if len(codes(got, "VALUE_UNKNOWN")) != 1 || len(codes(got, "HEAD_MISSING")) != 1 {
		t.Errorf("without a map: %+v", got.Report.Defects)
	}
	m := registry.MappingFile{Kind: registry.ParcelTable, ConfirmedBy: "测试", Codes: registry.CodeMaps{Family: []string{"1", "F"}, HeadOfHousehold: []string{"02", "户主"}}}
	mapped := open(t, dir, registry.Options{Mapping: &m})
	if len(mapped.Report.Defects) != 0 || mapped.Digest == got.Digest {
		t.Errorf("with a map: %+v", mapped.Report.Defects)
	}
}

func TestTheReportReadsAsAPage(t *testing.T) {
	t.Parallel()
	ps := six()
	ps[1].code = "<script>alert(1)</script>"
	ps[2].rings = nil
	got := open(t, newPackage(t, ps).write(t), registry.Options{})
	var b strings.Builder
	if err := got.Report.WriteHTML(&b, registry.PageTitle{Package: "测试", County: county, Date: now}); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, want := range []string{"必须改正", "GEOM_MISSING", "缺图形", "补绘图形", "draw the shape", "2026-06-01", "<svg", "CBDKXX"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q", want)
		}
	}
	if strings.Contains(page, "<script") || strings.Contains(page, "http") {
		t.Error("the page runs or loads something")
	}
}

func TestATableWithoutItsKeyIsCountedAsSetAside(t *testing.T) {
	t.Parallel()
	p := newPackage(t, six())
	p.files["权属数据/CBJYQZ.csv"] = []byte("FZRQ\n2017-01-01\n2017-01-02\n")
	got := open(t, p.write(t), registry.Options{})
	for _, l := range got.Report.Layers {
		if l.Layer == "CBJYQZ" && l.In == 2 && l.Quarantined == 2 {
			return
		}
	}
	t.Errorf("%+v", got.Report.Layers)
}
