package zonal_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"parus/imagery"
	"parus/imagery/zonal"
)

// unit3 is a grid of 3 × 3 pixels of 1 unit, upper left corner (0, 3).
func unit3() imagery.Grid {
	return imagery.Grid{Transform: imagery.GeoTransform{0, 1, 0, 3, 0, -1}, Width: 3, Height: 3}
}

func ring(xy ...float64) orb.Ring {
	var r orb.Ring
	for i := 0; i < len(xy); i += 2 {
		r = append(r, orb.Point{xy[i], xy[i+1]})
	}
	return append(r, r[0])
}

func box(x0, y0, x1, y1 float64) orb.Ring { return ring(x0, y0, x1, y0, x1, y1, x0, y1) }

// dense spreads the coverage of shape i over the grid, row-major.
func dense(c *zonal.Coverage, i int) []float64 {
	out := make([]float64, c.Grid.Width*c.Grid.Height)
	for _, s := range c.Spans(i) {
		for k := s.Index; k < s.Index+s.N; k++ {
			out[k]++
		}
	}
	for _, p := range c.Cells(i) {
		out[p.Index] += float64(p.Fraction) / zonal.One
	}
	return out
}

func TestFractionsOnThreeByThreeGridsByHand(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name string
		mp   orb.MultiPolygon
		want []float64
	}{
		{"a square of side 2 centred on the middle covers corners by a quarter and edges by half",
			orb.MultiPolygon{{box(.5, .5, 2.5, 2.5)}},
			[]float64{.25, .5, .25, .5, 1, .5, .25, .5, .25}},
		{"a box inside one pixel covers its own area: .5 × .4",
			orb.MultiPolygon{{box(1.25, 1.3, 1.75, 1.7)}},
			[]float64{0, 0, 0, 0, .2, 0, 0, 0, 0}},
		// The diagonal y = x halves three pixels; those below it are full.
		{"a triangle under the diagonal halves the pixels on it",
			orb.MultiPolygon{{ring(0, 0, 3, 0, 3, 3)}},
			[]float64{0, 0, .5, 0, .5, 1, .5, 1, 1}},
		// Hole of side 1 centred on the middle pixel's corner (1, 2): a quarter of four pixels.
		{"a hole takes its share of each pixel",
			orb.MultiPolygon{{box(0, 0, 3, 3), box(.5, 1.5, 1.5, 2.5)}},
			[]float64{.75, .75, 1, .75, .75, 1, 1, 1, 1}},
		{"parts of a multipolygon add up within a pixel: .25 + .25",
			orb.MultiPolygon{{box(0, 2.5, .5, 3)}, {box(.5, 2, 1, 2.5)}},
			[]float64{.5, 0, 0, 0, 0, 0, 0, 0, 0}},
		{"a polygon over the whole grid and beyond covers every pixel",
			orb.MultiPolygon{{box(-5, -5, 8, 8)}},
			[]float64{1, 1, 1, 1, 1, 1, 1, 1, 1}},
		// Slope 1/3 from (0,0) to (3,1): bottom row keeps 1/6, 3/6, 5/6 under the line.
		{"a shallow edge splits a row in sixths",
			orb.MultiPolygon{{ring(0, 0, 3, 0, 3, 1)}},
			[]float64{0, 0, 0, 0, 0, 0, 1. / 6, 3. / 6, 5. / 6}},
		{"winding does not matter",
			orb.MultiPolygon{{ring(0, 0, 0, 3, 3, 3, 3, 0), box(1, 1, 2, 2)}},
			[]float64{1, 1, 1, 1, 0, 1, 1, 1, 1}},
		{"a hole that touches its shell in a point is valid",
			orb.MultiPolygon{{box(0, 0, 3, 3), ring(0, 1.5, 1, 1, 1, 2)}},
			[]float64{1, 1, 1, .5, 1, 1, 1, 1, 1}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cov, refused := zonal.Cover(unit3(), []zonal.Shape{{ID: "a", Polygon: c.mp}})
			if len(refused) > 0 {
				t.Fatalf("refused: %+v", refused)
			}
			got := dense(cov, 0)
			for i := range got {
				if math.Abs(got[i]-c.want[i]) > 1.0/zonal.One { // one step of the fixed point
					t.Fatalf("fractions\n got %v\nwant %v", got, c.want)
				}
			}
		})
	}
}

func TestGridOrientationDoesNotChangeFractions(t *testing.T) {
	t.Parallel()
	shape := []zonal.Shape{{ID: "a", Polygon: orb.MultiPolygon{{box(.5, 1, 1.5, 2.5)}}}}
	southUp := imagery.Grid{Transform: imagery.GeoTransform{0, 1, 0, 0, 0, 1}, Width: 3, Height: 3}
	// Columns run north and rows run east: pixel (col, row) is at x = row, y = col.
	turned := imagery.Grid{Transform: imagery.GeoTransform{0, 0, 1, 0, 1, 0}, Width: 3, Height: 3}
	for name, c := range map[string]struct {
		g    imagery.Grid
		want []float64
	}{
		"south-up": {southUp, []float64{0, 0, 0, .5, .5, 0, .25, .25, 0}},
		"rotated":  {turned, []float64{0, .5, .25, 0, .5, .25, 0, 0, 0}},
	} {
		cov, refused := zonal.Cover(c.g, shape)
		if len(refused) > 0 {
			t.Fatalf("%s: refused %v", name, refused)
		}
		if diff := cmp.Diff(c.want, dense(cov, 0)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestInvalidPolygonsAreRefusedWithAReason(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	cases := []struct {
		name, reason string
		mp           orb.MultiPolygon
	}{
		{"no geometry", "no geometry", nil},
		{"a bow tie", "crosses itself", orb.MultiPolygon{{ring(0, 0, 2, 2, 2, 0, 0, 2.5)}}},
		{"a symmetric bow tie has no net area", "no area", orb.MultiPolygon{{ring(0, 0, 2, 2, 2, 0, 0, 2)}}},
		{"NaN", "NaN", orb.MultiPolygon{{ring(0, 0, nan, 0, 2, 2)}}},
		{"infinity", "NaN or infinite", orb.MultiPolygon{{ring(0, 0, math.Inf(1), 0, 2, 2)}}},
		{"a line there and back", "no area", orb.MultiPolygon{{ring(0, 0, 1, 1, 2, 2)}}},
		{"two points", "three distinct", orb.MultiPolygon{{ring(0, 0, 1, 1)}}},
		{"a spike", "a ring t", orb.MultiPolygon{{ring(0, 0, 2, 0, 2, 3, 2, 2, 0, 2)}}},
		{"a ring that touches itself in a point", "touches itself", orb.MultiPolygon{{ring(0, 0, 2, 0, 1, 1, 2, 2, 0, 2, 1, 1)}}},
		{"a hole outside its shell", "hole", orb.MultiPolygon{{box(0, 0, 1, 1), box(2, 2, 3, 3)}}},
		{"a hole in a hole", "hole", orb.MultiPolygon{{box(0, 0, 3, 3), box(.5, .5, 2.5, 2.5), box(1, 1, 2, 2)}}},
		{"a hole across its shell", "crosses", orb.MultiPolygon{{box(0, 0, 2, 2), box(1, 1, 3, 1.5)}}},
		{"parts one inside the other", "overlap", orb.MultiPolygon{{box(0, 0, 3, 3)}, {box(1, 1, 2, 2)}}},
		{"parts that cross", "crosses", orb.MultiPolygon{{box(0, 0, 2, 2)}, {box(1, 1, 3, 3)}}},
		{"parts that share an edge", "share", orb.MultiPolygon{{box(0, 0, 1, 1)}, {box(1, 0, 2, 1)}}},
		{"farther than can be measured", "too far", orb.MultiPolygon{{box(0, 0, 1e12, 1)}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			good := zonal.Shape{ID: "good", Polygon: orb.MultiPolygon{{box(0, 0, 1, 1)}}}
			cov, refused := zonal.Cover(unit3(), []zonal.Shape{{ID: "bad", Polygon: c.mp}, good})
			if len(refused) != 1 || refused[0].ID != "bad" || !strings.Contains(refused[0].Reason, c.reason) {
				t.Errorf("refused %+v, want reason with %q", refused, c.reason)
			}
			if diff := cmp.Diff([]string{"good"}, cov.IDs); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPartInTheHoleOfAnotherPartIsValid(t *testing.T) {
	t.Parallel()
	island := orb.MultiPolygon{{box(0, 0, 3, 3), box(.5, .5, 2.5, 2.5)}, {box(1, 1, 2, 2)}}
	cov, refused := zonal.Cover(unit3(), []zonal.Shape{{ID: "a", Polygon: island}})
	if len(refused) > 0 {
		t.Fatal(refused)
	}
	want := []float64{.75, .5, .75, .5, 1, .5, .75, .5, .75}
	if diff := cmp.Diff(want, dense(cov, 0)); diff != "" {
		t.Error(diff)
	}
}

// star returns a simple polygon around (cx, cy) in grid units.
func star(r *rand.Rand, cx, cy, size float64) orb.Ring {
	n := 3 + r.IntN(20)
	var out orb.Ring
	for i := range n {
		a := 2 * math.Pi * (float64(i) + .8*r.Float64()) / float64(n)
		d := size * (.2 + .8*r.Float64())
		out = append(out, orb.Point{cx + d*math.Cos(a), cy + d*math.Sin(a)})
	}
	return append(out, out[0])
}

// shoelace is the polygon's area, independent of the package.
func shoelace(r orb.Ring) float64 {
	var s float64
	for i := range len(r) - 1 {
		s += (r[i][0]-r[0][0])*(r[i+1][1]-r[0][1]) - (r[i+1][0]-r[0][0])*(r[i][1]-r[0][1])
	}
	return math.Abs(s / 2)
}

func TestFractionsTimesCellAreaAddUpToThePolygonArea(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	g := imagery.Grid{Transform: imagery.GeoTransform{399960, 10, 0, 4100040, 0, -10}, Width: 400, Height: 400}
	var shapes []zonal.Shape
	for range 300 {
		s := star(r, 399960+1000+2000*r.Float64(), 4100040-1000-2000*r.Float64(), 5+300*r.Float64())
		shapes = append(shapes, zonal.Shape{Polygon: orb.MultiPolygon{{s}}})
	}
	cov, refused := zonal.Cover(g, shapes)
	if len(refused) > 0 {
		t.Fatal(refused)
	}
	for i, s := range shapes {
		got := float64(cov.Weight(i)) / zonal.One * 100
		want := shoelace(s.Polygon[0][0])
		// Rounding: half a step of 2^-24 a pixel, and vertices moved by 0.3 µm.
		limit := 100.0/zonal.One*float64(len(cov.Cells(i))) + 1e-6*3000
		if math.Abs(got-want) > limit {
			t.Errorf("shape %d: %.7f m², want %.7f", i, got, want)
		}
	}
}

func TestNeighboursThatShareEdgesFillPixelsExactlyOnce(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	const n = 12 // n × n wiggly quads over 30 × 30 pixels, nothing between them
	at := make([][]orb.Point, n+1)
	for i := range at {
		for j := range n + 1 {
			p := orb.Point{float64(i) * 2.5, float64(j) * 2.5}
			if i > 0 && i < n {
				p[0] += r.Float64() - .5
			}
			if j > 0 && j < n {
				p[1] += r.Float64() - .5
			}
			at[i] = append(at[i], p)
		}
	}
	var shapes []zonal.Shape
	for i := range n {
		for j := range n {
			q := orb.Ring{at[i][j], at[i+1][j], at[i+1][j+1], at[i][j+1], at[i][j]}
			shapes = append(shapes, zonal.Shape{Polygon: orb.MultiPolygon{{q}}})
		}
	}
	g := imagery.Grid{Transform: imagery.GeoTransform{0, 1, 0, 30, 0, -1}, Width: 30, Height: 30}
	cov, refused := zonal.Cover(g, shapes)
	if len(refused) > 0 {
		t.Fatal(refused)
	}
	sum := make([]float64, 900)
	for i := range shapes {
		for k, f := range dense(cov, i) {
			sum[k] += f
		}
	}
	for k, s := range sum {
		if math.Abs(s-1) > 4.0/zonal.One { // up to eight shapes meet in a pixel, half a step each
			t.Errorf("pixel %d: fractions add up to %.9f", k, s)
		}
	}
}

func TestMovingBlockBordersGivesIdenticalFractions(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	var shapes []zonal.Shape
	for i := range 50 {
		s := star(r, 500000+600*r.Float64(), 4e6+600*r.Float64(), 10+200*r.Float64())
		shapes = append(shapes, zonal.Shape{ID: string(rune('A' + i)), Polygon: orb.MultiPolygon{{s}}})
	}
	bound := orb.Bound{Min: orb.Point{499700, 3999700}, Max: orb.Point{500900, 4000900}}
	// fraction by shape and by pixel counted from the CRS origin
	type key struct {
		id       string
		col, row int
	}
	measure := func(blockPx int) map[key]uint32 {
		out := map[key]uint32{}
		l := imagery.Lattice{PixelSizeM: 10, BlockPx: blockPx}
		for _, b := range l.BlocksOver(bound) {
			g := l.Grid(b)
			cov, refused := zonal.Cover(g, shapes)
			if len(refused) > 0 {
				t.Fatal(refused)
			}
			col0, row0 := b.Col*blockPx, -(b.Row+1)*blockPx
			for i, id := range cov.IDs {
				for _, s := range cov.Spans(i) {
					for k := int(s.Index); k < int(s.Index+s.N); k++ {
						out[key{id, col0 + k%blockPx, row0 + k/blockPx}] += zonal.One
					}
				}
				for _, p := range cov.Cells(i) {
					k := int(p.Index)
					out[key{id, col0 + k%blockPx, row0 + k/blockPx}] += p.Fraction
				}
			}
		}
		return out
	}
	want := measure(2048)
	for _, px := range []int{16, 77, 300} {
		if diff := cmp.Diff(want, measure(px)); diff != "" {
			t.Fatalf("blocks of %d px: %s", px, diff)
		}
	}
}

func TestShapesOutsideTheGridAreLeftOut(t *testing.T) {
	t.Parallel()
	shapes := []zonal.Shape{
		{ID: "west", Polygon: orb.MultiPolygon{{box(-3, 0, -1, 1)}}},
		{ID: "in", Polygon: orb.MultiPolygon{{box(-1, 0, 1, 1)}}},
		{ID: "south", Polygon: orb.MultiPolygon{{box(0, -2, 1, 0)}}},
		{ID: "east", Polygon: orb.MultiPolygon{{box(3, 0, 4, 1)}}},
	}
	cov, refused := zonal.Cover(unit3(), shapes)
	if diff := cmp.Diff([]string{"in"}, cov.IDs); diff != "" || refused != nil {
		t.Errorf("%s refused %v", diff, refused)
	}
	if got := cov.Weight(0); got != zonal.One {
		t.Errorf("weight %d, want One: one of its two pixels lies on the grid", got)
	}
}

func TestGridThatCannotBeMeasuredRefusesEveryShape(t *testing.T) {
	t.Parallel()
	shapes := []zonal.Shape{{ID: "a", Polygon: orb.MultiPolygon{{box(0, 0, 1, 1)}}}}
	for name, g := range map[string]imagery.Grid{
		"no size":   {Transform: imagery.GeoTransform{0, 1, 0, 0, 0, -1}},
		"singular":  {Transform: imagery.GeoTransform{0, 1, 1, 0, 1, 1}, Width: 3, Height: 3},
		"too large": {Transform: imagery.GeoTransform{0, 1, 0, 0, 0, -1}, Width: 1 << 17, Height: 1 << 17},
	} {
		cov, refused := zonal.Cover(g, shapes)
		if len(refused) != 1 || cov.Len() != 0 {
			t.Errorf("%s: %d shapes, refused %v", name, cov.Len(), refused)
		}
	}
}

func TestCoverageSurvivesMarshalling(t *testing.T) {
	t.Parallel()
	cov, _ := zonal.Cover(unit3(), []zonal.Shape{
		{ID: "地块甲", Polygon: orb.MultiPolygon{{box(.5, .5, 2.5, 2.5)}}},
		{ID: "", Polygon: orb.MultiPolygon{{box(0, 0, 3, 3)}}},
	})
	data, err := cov.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	var back zonal.Coverage
	if err := back.UnmarshalBinary(data); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(cov.IDs, back.IDs); diff != "" {
		t.Error(diff)
	}
	for i := range cov.IDs {
		if diff := cmp.Diff(dense(cov, i), dense(&back, i)); diff != "" {
			t.Error(diff)
		}
	}
	again, _ := back.MarshalBinary()
	if string(again) != string(data) {
		t.Error("marshalling what was read gives other bytes")
	}
	for n := range data {
		if err := new(zonal.Coverage).UnmarshalBinary(data[:n]); err == nil {
			t.Fatalf("the first %d of %d bytes were taken for a coverage", n, len(data))
		}
	}
}

func FuzzCoverageUnmarshal(f *testing.F) {
	cov, _ := zonal.Cover(unit3(), []zonal.Shape{{ID: "a", Polygon: orb.MultiPolygon{{box(.5, .5, 2.5, 2.5)}}}})
	data, _ := cov.MarshalBinary()
	f.Add(data)
	f.Add([]byte("PRSCOV\x01\x02{}\x01"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var c zonal.Coverage
		if c.UnmarshalBinary(data) != nil {
			return
		}
		pixels := uint64(c.Grid.Width) * uint64(c.Grid.Height)
		for i := range c.Len() {
			for _, s := range c.Spans(i) {
				if uint64(s.Index)+uint64(s.N) > pixels {
					t.Fatal("span outside the grid")
				}
			}
			for _, p := range c.Cells(i) {
				if uint64(p.Index) >= pixels {
					t.Fatal("cell outside the grid")
				}
			}
		}
	})
}

func FuzzCoverNeverPanics(f *testing.F) {
	f.Add(0.5, 0.5, 2.5, 0.5, 2.0, 2.5, -1.0, 1.0)
	f.Add(0.0, 0.0, 1e300, 0.0, 0.0, math.MaxFloat64, 1.0, 1.0)
	f.Fuzz(func(t *testing.T, a, b, c, d, e, g, h, i float64) {
		cov, refused := zonal.Cover(unit3(), []zonal.Shape{{ID: "a", Polygon: orb.MultiPolygon{{ring(a, b, c, d, e, g, h, i)}}}})
		if len(refused)+cov.Len() > 1 {
			t.Fatal("one shape came back twice")
		}
		if cov.Len() == 1 && cov.Weight(0) > 9*zonal.One {
			t.Fatal("more than the whole grid is covered")
		}
	})
}
