package delineate_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"parus/fields/delineate"
	"parus/imagery"
)

// scene makes an image of three bands from a drawing: a letter is a field with
// a colour of its own, a space is hidden. Each letter becomes scale × scale
// pixels of 10 m, with noise of a known seed.
func scene(scale int, noise float64, rows ...string) delineate.Image {
	w, h := len(rows[0])*scale, len(rows)*scale
	m := delineate.Image{Grid: imagery.Grid{CRS: "EPSG:32650", Transform: imagery.GeoTransform{500000, 10, 0, 4000000, 0, -10}, Width: w, Height: h}}
	r := rand.New(rand.NewPCG(1, 2))
	for b := range 3 {
		plane := make([]float32, w*h)
		for i := range plane {
			c := rows[i/w/scale][i%w/scale]
			colour := float64((int(c)*(37+50*b))%97) * 10
			plane[i] = float32(colour + noise*r.NormFloat64())
			if c == ' ' {
				plane[i] = float32(math.NaN())
			}
		}
		m.Bands = append(m.Bands, plane)
	}
	return m
}

func divide(t testing.TB, m delineate.Source, seeds delineate.Seeds, p delineate.Params) *delineate.Result {
	t.Helper()
	got, err := delineate.Delineate(context.Background(), m, seeds, p)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func find(t *testing.T, m delineate.Image, seeds delineate.Seeds, p delineate.Params) []delineate.Field {
	t.Helper()
	return divide(t, m, seeds, p).Fields
}

func TestTouchingFieldsStayApart(t *testing.T) {
	t.Parallel()
	got := find(t, scene(12, 2, "aabb", "aacc"), nil, delineate.Defaults())
	// a: 2×2 letters of 12 × 12 pixels of .01 ha = 5.76 ha; b and c: half.
	want := []delineate.Hectares{5.76, 2.88, 2.88}
	if len(got) != 3 {
		t.Fatalf("%d fields, want 3", len(got))
	}
	for i, f := range got {
		if math.Abs(float64(f.Area-want[i])) > 1e-9 {
			t.Errorf("field %d of %v ha, want %v", i, f.Area, want[i])
		}
		if a := planar.Area(f.Polygon); math.Abs(a-float64(f.Area)*1e4) > 1e-6 {
			t.Errorf("field %d: polygon of %v m² for %v ha", i, a, f.Area)
		}
	}
}

func TestFieldsOfOneCropStayApartByTheTrackBetween(t *testing.T) {
	t.Parallel()
	p := delineate.Defaults()
	p.MinArea = .3 // the track of 24 pixels goes to one of the fields
	// Other crops around, since values are ranked.
	rows := append(repeat(12, "aaaaaaaaaaaazaaaaaaaaaaaa"), repeat(12, "bbbbbccccccdddddeeeeeeffff")...)
	for i := range rows {
		rows[i] = rows[i][:25]
	}
	label := divide(t, scene(1, 1, rows...), nil, p).Label
	if left, right := label[5*25+5], label[5*25+19]; left == right {
		t.Error("the fields on both sides of the track are one")
	}
}

func repeat(n int, s string) (out []string) {
	for range n {
		out = append(out, s)
	}
	return out
}

func TestNoSliversAndNoGiants(t *testing.T) {
	t.Parallel()
	p := delineate.Defaults()
	p.MinArea, p.MaxArea = .05, 2
	m := scene(1, 1, repeat(40, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")...) // 16 ha of one crop
	for _, b := range m.Bands {
		b[815] = 9999 // a roof
	}
	var total delineate.Hectares
	for i, f := range find(t, m, nil, p) {
		total += f.Area
		if f.Area < p.MinArea {
			t.Errorf("field %d is a sliver of %v ha", i, f.Area)
		}
		if f.Area > 1.1*p.MaxArea { // slivers and single pixels still join
			t.Errorf("field %d is a giant of %v ha", i, f.Area)
		}
	}
	if math.Abs(float64(total-16)) > 1e-9 {
		t.Errorf("%v ha in all, want 16", total)
	}
}

func TestParcelsKeepFieldsOfOneColourApart(t *testing.T) {
	t.Parallel()
	m := scene(10, 1, "aaaa", "aaaa")
	seeds := make(delineate.Seeds, 40*20)
	for i := range seeds {
		seeds[i] = int32(i % 40 / 20)
	}
	got := find(t, m, seeds, delineate.Defaults())
	if len(got) != 2 || got[0].Seed != 0 || got[1].Seed != 1 || got[0].Pixels != 400 {
		t.Errorf("got %d fields, want the two halves", len(got))
	}
}

// unitEdges counts how often each pixel edge is walked, by direction.
func unitEdges(t *testing.T, all []delineate.Field) map[[4]int]int {
	t.Helper()
	out := map[[4]int]int{}
	for _, f := range all {
		for _, ring := range f.Polygon {
			seen := map[orb.Point]bool{}
			for i := 1; i < len(ring); i++ {
				if seen[ring[i]] {
					t.Errorf("a ring passes %v twice", ring[i])
				}
				seen[ring[i]] = true
				x, y := int(ring[i-1][0])/10, int(ring[i-1][1])/10
				x1, y1 := int(ring[i][0])/10, int(ring[i][1])/10
				for x != x1 || y != y1 {
					dx, dy := sign(x1-x), sign(y1-y)
					out[[4]int{x, y, x + dx, y + dy}]++
					x, y = x+dx, y+dy
				}
			}
		}
	}
	return out
}

func sign(x int) int { return max(-1, min(1, x)) }

func TestPolygonsNeverOverlapAndShareTheirVertices(t *testing.T) {
	t.Parallel()
	m := scene(3, 150, "abcab", "bcc b", "caabc", "abcca") // noise draws ragged fields with holes
	p := delineate.Defaults()
	p.Contrast = .05
	got := find(t, m, nil, p)
	if len(got) < 8 {
		t.Fatalf("only %d fields: the test sees nothing", len(got))
	}
	area := 0.0
	for i, f := range got {
		if f.Polygon[0].Orientation() != orb.CCW {
			t.Errorf("field %d: the rim runs clockwise", i)
		}
		area += planar.Area(f.Polygon)
	}
	// 20 letters less one hidden, of 9 pixels of 100 m².
	if math.Abs(area-19*9*100) > 1e-6 {
		t.Errorf("%v m² in all, want %v", area, 19*9*100)
	}
	for e, n := range unitEdges(t, got) {
		if n != 1 {
			t.Errorf("pixel edge %v is walked %d times in one direction", e, n)
		}
	}
}

func TestThreadsChangeNothing(t *testing.T) {
	t.Parallel()
	m := scene(9, 60, "abcabd", "bcc bd", "caabca")
	p := delineate.Defaults()
	p.Threads = 1
	want := find(t, m, nil, p)
	p.Threads = 5
	if got := find(t, m, nil, p); !reflect.DeepEqual(got, want) {
		t.Error("five threads draw other fields than one")
	}
}

func TestACloudInOneDateDrawsNoField(t *testing.T) {
	t.Parallel()
	m := scene(12, 2, "aabb", "aabb")
	for y := 8; y < 16; y++ {
		for x := 8; x < 16; x++ {
			m.Bands[1][y*48+x] = float32(math.NaN())
		}
	}
	if got := find(t, m, nil, delineate.Defaults()); len(got) != 2 {
		t.Errorf("%d fields, want 2", len(got))
	}
}

func TestImagesThatCannotBeWorkedOn(t *testing.T) {
	t.Parallel()
	nan := float32(math.NaN())
	grid := func(w, h int, px float64) imagery.Grid {
		return imagery.Grid{CRS: "EPSG:32650", Transform: imagery.GeoTransform{0, px, 0, 0, 0, -px}, Width: w, Height: h}
	}
	for name, c := range map[string]struct {
		m    delineate.Image
		want error
	}{
		"too large":       {delineate.Image{Grid: grid(11586, 11585, 10)}, delineate.ErrTooLarge},
		"in degrees":      {delineate.Image{Grid: grid(1, 1, 1e-4), Bands: [][]float32{{1}}}, delineate.ErrUnits},
		"without bands":   {delineate.Image{Grid: grid(1, 1, 10)}, delineate.ErrShape},
		"of other size":   {delineate.Image{Grid: grid(1, 1, 10), Bands: [][]float32{{1, 2}}}, delineate.ErrShape},
		"hidden entirely": {delineate.Image{Grid: grid(1, 1, 10), Bands: [][]float32{{nan}}}, delineate.ErrNoData},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := delineate.Delineate(context.Background(), c.m, nil, delineate.Defaults()); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}
