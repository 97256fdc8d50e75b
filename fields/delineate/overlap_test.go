package delineate_test

import (
	"context"
	"math"
	"reflect"
	"testing"

	"github.com/paulmach/orb"

	"parus/fields/delineate"
	"parus/imagery"
	"parus/imagery/zonal"
)

// box is a rectangle in pixels of the drawing, from the upper left corner.
func box(g imagery.Grid, x0, y0, x1, y1 float64) orb.MultiPolygon {
	p := func(x, y float64) orb.Point { return g.Transform.Apply(x, y) }
	return orb.MultiPolygon{{{p(x0, y0), p(x0, y1), p(x1, y1), p(x1, y0), p(x0, y0)}}}
}

func cover(t *testing.T, g imagery.Grid, boxes ...orb.MultiPolygon) *zonal.Coverage {
	t.Helper()
	var shapes []zonal.Shape
	for i, b := range boxes {
		shapes = append(shapes, zonal.Shape{ID: string(rune('A' + i)), Polygon: b})
	}
	c, refused := zonal.Cover(g, shapes)
	if len(refused) > 0 {
		t.Fatal(refused)
	}
	return c
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-6 { // fractions are counted in 2^-24 of a pixel
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func TestEachParcelFindsTheFieldThatMatchesIt(t *testing.T) {
	t.Parallel()
	m := scene(12, 2, "aabb", "aacc") // field 0: 24 × 24 pixels, 1 and 2: 24 × 12
	r := divide(t, m, nil, delineate.Defaults())
	// Half a pixel to the right of field 1, three pixels of field 0, and nothing.
	c := cover(t, m.Grid, box(m.Grid, 24.5, 0, 48, 12), box(m.Grid, 0, 0, 3, 1), box(m.Grid, 21, 0, 27, 24))
	got := r.Overlaps(c)
	if len(got) != 3 || len(got[0]) != 1 || len(got[1]) != 1 || len(got[2]) != 3 {
		t.Fatalf("got %+v", got)
	}
	first := got[0][0]
	if first.Field != 1 {
		t.Errorf("the first parcel matches field %d, want 1", first.Field)
	}
	// 23.5 of 24 columns: it lies in the field, so the IoU is its share.
	near(t, "IoU", first.IoU, 23.5/24)
	near(t, "the share of the parcel", first.OfParcel, 1)
	near(t, "the share of the field", first.OfField, 23.5/24)
	near(t, "shared pixels", got[1][0].Pixels, 3)
	// 3 columns of 24 rows in field 0: 72 of 144 + 576 − 72; 36 in each of the others.
	near(t, "IoU of the third with field 0", got[2][0].IoU, 72./648)
	near(t, "IoU of the third with field 1", got[2][1].IoU, 36./(144+288-36))
	if f := []int{got[2][0].Field, got[2][1].Field, got[2][2].Field}; !reflect.DeepEqual(f, []int{0, 1, 2}) {
		t.Errorf("fields %v, want the best first and equal ones in order", f)
	}
}

func TestAnotherOpinionAgreesDividesJoinsOrIsAbsent(t *testing.T) {
	t.Parallel()
	m := scene(12, 2, "aabb", "aacc")
	r := divide(t, m, nil, delineate.Defaults())
	b := func(x0, y0, x1, y1 float64) orb.MultiPolygon { return box(m.Grid, x0, y0, x1, y1) }
	for name, c := range map[string]struct {
		others []orb.MultiPolygon
		want   []delineate.Verdict // of the fields a, b and c
	}{
		"the same fields":          {[]orb.MultiPolygon{b(0, 0, 24, 24), b(24, 0, 48, 12), b(24, 12, 48, 24)}, []delineate.Verdict{delineate.Agrees, delineate.Agrees, delineate.Agrees}},
		"the first in four pieces": {[]orb.MultiPolygon{b(0, 0, 12, 12), b(12, 0, 24, 12), b(0, 12, 12, 24), b(12, 12, 24, 24)}, []delineate.Verdict{delineate.Divides, delineate.Absent, delineate.Absent}},
		// One polygon over all: 576 of 1152 is half of field a, which is called the same.
		"all of them as one": {[]orb.MultiPolygon{b(0, 0, 48, 24)}, []delineate.Verdict{delineate.Agrees, delineate.Joins, delineate.Joins}},
		// Field b by thirds, each of a polygon that lies mostly elsewhere.
		"across the borders": {[]orb.MultiPolygon{b(24, 0, 32, 24), b(32, 0, 40, 24), b(40, 0, 48, 24)}, []delineate.Verdict{delineate.Absent, delineate.Differs, delineate.Differs}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for f, o := range r.Opinions(cover(t, m.Grid, c.others...)) {
				if o.Verdict != c.want[f] {
					t.Errorf("field %d: %+v, want %s", f, o, c.want[f])
				}
			}
		})
	}
}

// counted notes how often each plane is read.
type counted struct {
	delineate.Image
	reads []int
}

func (c *counted) Plane(band int, dst []float32) error {
	c.reads[band]++
	return c.Image.Plane(band, dst)
}

func TestManyBandsDrawTheFieldsThatFewDo(t *testing.T) {
	t.Parallel()
	few := scene(12, 2, "aabb", "aacc", "ddcc")
	many := counted{Image: delineate.Image{Grid: few.Grid}, reads: make([]int, 24)}
	for range 8 { // eight dates, in units of their own
		for b, plane := range few.Bands {
			scaled := make([]float32, len(plane))
			for i, v := range plane {
				scaled[i] = v*float32(b+2) - 1000
			}
			many.Bands = append(many.Bands, scaled)
		}
	}
	want, got := divide(t, few, nil, delineate.Defaults()), divide(t, &many, nil, delineate.Defaults())
	if !reflect.DeepEqual(got.Label, want.Label) {
		t.Errorf("%d fields, want the same %d", len(got.Fields), len(want.Fields))
	}
	for b, n := range many.reads {
		if n != 2 {
			t.Errorf("band %d is read %d times, want 2", b, n)
		}
	}
}

func TestUnitsChangeNoField(t *testing.T) {
	t.Parallel()
	m := scene(12, 20, "abca", "bcab", "cabd")
	want := divide(t, m, nil, delineate.Defaults())
	for b, plane := range m.Bands {
		for i := range plane {
			m.Bands[b][i] = plane[i]*0.0001 - 0.1
		}
	}
	got := divide(t, m, nil, delineate.Defaults())
	// Rounding may move single pixels that lie between two fields.
	moved := 0
	for i := range got.Label {
		if got.Label[i] != want.Label[i] {
			moved++
		}
	}
	if len(got.Fields) != len(want.Fields) || moved > len(got.Label)/100 {
		t.Errorf("%d fields with %d pixels elsewhere, want the same %d", len(got.Fields), moved, len(want.Fields))
	}
}

func TestWorkEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := delineate.Delineate(ctx, scene(12, 2, "ab"), nil, delineate.Defaults()); err == nil {
		t.Error("no error after the context ended")
	}
}

func TestTextureTellsPatchesFromNoise(t *testing.T) {
	t.Parallel()
	white := scene(48, 300, "a", "a")
	patchy := scene(48, 300, "a", "a")
	for _, plane := range patchy.Bands { // running sums along rows: a random walk, whose squared steps grow with distance
		for i := range plane {
			if i%48 > 0 {
				plane[i] += plane[i-1]
			}
		}
	}
	a, b := divide(t, white, nil, delineate.Defaults()).Texture, divide(t, patchy, nil, delineate.Defaults()).Texture
	if a.Rise > 1.2 {
		t.Errorf("white noise rises %.2f-fold, want about 1", a.Rise)
	}
	if b.Rise < 1.4 {
		t.Errorf("patches rise %.2f-fold, want well above noise", b.Rise)
	}
}
