package reconcile_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"parus/fields/reconcile"
	"parus/imagery"
	"parus/imagery/zonal"
)

const (
	px   = 10.0 // metres
	east = 500000.0
	top  = 4000000.0
)

// ground paints dates of NDVI: value of each place on each date, with noise
// that depends on place and date alone.
func ground(x0, y0, w, h, dates int, noise float64, value func(x, y, date int) float64) reconcile.Image {
	m := reconcile.Image{Grid: imagery.Grid{CRS: "EPSG:32650", Width: w, Height: h,
		Transform: imagery.GeoTransform{east + px*float64(x0), px, 0, top - px*float64(y0), 0, -px}}}
	for d := range dates {
		plane := make([]float32, w*h)
		for y := range h {
			for x := range w {
				r := rand.New(rand.NewPCG(uint64(x+x0)<<20|uint64(y+y0), uint64(d)))
				plane[y*w+x] = float32(value(x+x0, y+y0, d) + noise*r.NormFloat64())
			}
		}
		m.NDVI = append(m.NDVI, plane)
	}
	return m
}

// box is a parcel over pixels x0..x1, y0..y1, exclusive.
func box(id string, x0, y0, x1, y1 float64) zonal.Shape {
	at := func(x, y float64) orb.Point { return orb.Point{east + px*x, top - px*y} }
	return zonal.Shape{ID: id, Polygon: orb.MultiPolygon{{{at(x0, y1), at(x1, y1), at(x1, y0), at(x0, y0), at(x0, y1)}}}}
}

// oneField is wheat on 20..30 × 20..32 among bare land.
func oneField(x, y, date int) float64 {
	if x >= 20 && x < 30 && y >= 20 && y < 32 {
		return []float64{.2, .5, .8, .4}[date]
	}
	return .2
}

func examine(t *testing.T, m reconcile.Image, shapes ...zonal.Shape) []reconcile.Finding {
	t.Helper()
	f, refused, err := reconcile.Examine(m, shapes)
	if err != nil || len(refused) > 0 {
		t.Fatalf("refused %v, error %v", refused, err)
	}
	return f
}

func TestAnOutlineWhereItBelongsFitsBest(t *testing.T) {
	t.Parallel()
	f := examine(t, ground(0, 0, 60, 60, 4, .02, oneField), box("a", 20, 20, 30, 32))[0]
	if f.Edge < 2 || math.Hypot(f.Shift.EastM, f.Shift.NorthM) > 3 || f.Shift.Gain > .3 {
		t.Errorf("edge %.2f, shift %+v: want a good fit as drawn", f.Edge, f.Shift)
	}
	if f.Dates != 4 {
		t.Errorf("%d dates, want 4", f.Dates)
	}
}

func TestAnOutlineDrawnElsewhereIsSentBack(t *testing.T) {
	t.Parallel()
	// Drawn 2 pixels east and 1 pixel south of the field: it belongs 20 m west
	// and 10 m north. The prior pulls the single estimate towards zero.
	f := examine(t, ground(0, 0, 60, 60, 4, .02, oneField), box("a", 22, 21, 32, 33))[0]
	if f.Edge > 1.5 || f.Shift.Gain < 1 {
		t.Errorf("edge %.2f, gain %.2f: want a poor fit", f.Edge, f.Shift.Gain)
	}
	if e, n := f.Shift.EastM, f.Shift.NorthM; e > -10 || e < -22 || n < 4 || n > 12 {
		t.Errorf("shift %.1f m east, %.1f m north, want near −20 and 10", e, n)
	}
	common := reconcile.Common(f.Fit, 1, px)
	if math.Hypot(common.EastM+20, common.NorthM-10) > 2 {
		t.Errorf("best place %+v, want −20, 10", common)
	}
}

// strips is a village of fields 6 pixels wide with levels of their own.
func strips(x, y, date int) float64 {
	level := float64((x/6*7+y/14*5)%11) / 11
	return .2 + .6*level*float64(date%3)/2
}

func TestAVillageDrawnElsewhereIsPlacedByAllItsParcels(t *testing.T) {
	t.Parallel()
	m := ground(0, 0, 120, 120, 5, .04, strips)
	var shapes []zonal.Shape
	for i := range 10 {
		for j := range 5 {
			x, y := float64(12+6*i), float64(14+14*j)
			shapes = append(shapes, box(string(rune('a'+i))+string(rune('0'+j)), x+1, y-1, x+7, y+13))
		}
	}
	var sum reconcile.Fit
	findings := examine(t, m, shapes...)
	for _, f := range findings {
		sum.Add(f.Fit)
	}
	if c := reconcile.Common(sum, len(findings), px); math.Hypot(c.EastM+10, c.NorthM+10) > 2 || c.Gain < .5 {
		t.Errorf("common shift %+v, want 10 m west and 10 m south", c)
	}
}

func TestTwoFieldsInAParcelAreDivided(t *testing.T) {
	t.Parallel()
	two := func(x, _, date int) float64 {
		if x < 25 {
			return []float64{.2, .6, .8, .3}[date]
		}
		return []float64{.3, .2, .3, .7}[date]
	}
	f := examine(t, ground(0, 0, 60, 60, 4, .03, two), box("a", 20, 20, 32, 32))[0]
	if f.Split.Contrast < 5 || math.Abs(f.Split.Share-5.0/12) > .01 || f.Split.Agree < .99 {
		t.Errorf("split %+v: want parts of 5 and 7 columns far apart", f.Split)
	}
	if l := f.Split.Line; len(l) != 2 || math.Abs(l[0][0]-(east+250)) > 6 || math.Abs(l[1][0]-(east+250)) > 6 {
		t.Errorf("line %v, want the column at %.0f", l, east+250)
	}
	one := examine(t, ground(0, 0, 60, 60, 4, .03, func(_, _, date int) float64 { return .2 * float64(date) }), box("a", 20, 20, 32, 32))[0]
	if one.Split.Share > .2 && one.Split.Contrast > 2.5 {
		t.Errorf("split of one field %+v", one.Split)
	}
}

func TestNeighboursThatLookAlikeAreJoined(t *testing.T) {
	t.Parallel()
	three := func(x, _, date int) float64 {
		if x < 40 {
			return []float64{.2, .6, .8, .3}[date]
		}
		return []float64{.3, .2, .3, .7}[date]
	}
	f := examine(t, ground(0, 0, 80, 60, 4, .04, three), box("a", 20, 20, 30, 32), box("b", 30, 20, 40, 32), box("c", 40, 20, 50, 32))
	for i, want := range [][]string{{"b"}, {"a"}, nil} {
		if !slices.Equal(f[i].Joined, want) {
			t.Errorf("%s joined with %v, want %v", f[i].ID, f[i].Joined, want)
		}
	}
}

func TestAParcelKeepsItsFindingWhereverTheImageIsCut(t *testing.T) {
	t.Parallel()
	shapes := []zonal.Shape{box("a", 70.3, 71, 76.1, 84.5), box("b", 76.1, 71, 82, 84.5)}
	var first []reconcile.Finding
	for _, cut := range [][2]int{{0, 0}, {13, 5}, {31, 37}} {
		m := ground(cut[0], cut[1], 150-cut[0], 150-cut[1], 4, .03, strips)
		f := examine(t, m, shapes...)
		if first == nil {
			first = f
			continue
		}
		for i := range f {
			// Places are worked out in pixels from the image's corner, whose
			// last bits depend on it; the fit is kept in thousandths.
			f[i].Shift, f[i].Split.Line = first[i].Shift, first[i].Split.Line
			if !reflect.DeepEqual(f[i], first[i]) {
				t.Errorf("cut at %v: %+v, want %+v", cut, f[i], first[i])
			}
		}
	}
}

func TestCloudsAndFewDatesSayNothing(t *testing.T) {
	t.Parallel()
	m := ground(0, 0, 60, 60, 4, .02, oneField)
	for d := range 3 {
		for i := range m.NDVI[d] {
			m.NDVI[d][i] = float32(math.NaN())
		}
	}
	f := examine(t, m, box("a", 20, 20, 30, 32))[0]
	if f.Dates != 1 || !math.IsNaN(f.Edge) || f.Split.Share != 0 || f.Joined != nil {
		t.Errorf("%+v: want nothing from one date", f)
	}
	if m.NDVI = m.NDVI[:2]; examine(t, m, box("a", 20, 20, 30, 32))[0].Dates != 0 {
		t.Error("hidden dates counted")
	}
}

func TestImagesThatDoNotFitAreRefused(t *testing.T) {
	t.Parallel()
	m := ground(0, 0, 20, 20, 2, 0, oneField)
	m.NDVI[1] = m.NDVI[1][:10]
	if _, _, err := reconcile.Examine(m, nil); !errors.Is(err, reconcile.ErrShape) {
		t.Errorf("short plane: %v", err)
	}
	m = ground(0, 0, 20, 20, 2, 0, oneField)
	m.Grid.Transform[5] = 10
	if _, _, err := reconcile.Examine(m, nil); !errors.Is(err, reconcile.ErrShape) {
		t.Errorf("south-up: %v", err)
	}
	m = ground(0, 0, 20, 20, 2, 0, oneField)
	bow := box("bow", 2, 2, 8, 8)
	r := bow.Polygon[0][0]
	r[0], r[1] = r[1], r[0]
	r[4] = r[0]
	if f, refused, err := reconcile.Examine(m, []zonal.Shape{bow}); err != nil || len(f) != 0 || len(refused) != 1 || refused[0].ID != "bow" {
		t.Errorf("bow tie: %v %v %v", f, refused, err)
	}
}

func BenchmarkExamine(b *testing.B) {
	m := ground(0, 0, 256, 256, 8, .03, func(x, y, date int) float64 { return strips(x, y, date) })
	var shapes []zonal.Shape
	for i := range 38 {
		for j := range 16 {
			shapes = append(shapes, box(string(rune('A'+i))+string(rune('a'+j)), float64(12+6*i), float64(14+14*j), float64(18+6*i), float64(28+14*j)))
		}
	}
	for b.Loop() {
		if _, _, err := reconcile.Examine(m, shapes); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*len(shapes))/b.Elapsed().Seconds(), "parcels/s")
}
