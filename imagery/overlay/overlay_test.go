package overlay_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	_ "image/jpeg"
	_ "image/png"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"parus/imagery"
	"parus/imagery/observe"
	"parus/imagery/overlay"
)

// land tells a pixel's DN by band and place in metres of EPSG:3857.
type land func(band string, x, y float64) int32

func (l land) Read(_ context.Context, b imagery.Band, g imagery.Grid, w imagery.Window, dst []int32) error {
	if b.Href == "broken" {
		return errors.New("broken")
	}
	for i := range dst {
		p := g.Transform.Apply(float64(w.X+i%w.Width)+.5, float64(w.Y+i/w.Width)+.5)
		dst[i] = l(b.Name, p[0], p[1])
	}
	return nil
}

func scene(bands ...string) imagery.Scene {
	s := imagery.Scene{ID: "S2_A", Sensor: "sentinel-2-l2a", Datetime: time.Date(2025, 5, 1, 3, 0, 0, 0, time.UTC)}
	for _, b := range bands {
		s.Bands = append(s.Bands, imagery.Band{Name: b, Href: b, Index: 1, Scale: 1e-4})
	}
	return s
}

var all = []string{"B02", "B03", "B04", "B08", "SCL"}

// cell is a tile of zoom 10 with x 845; its corner is 13,033,... m.
var cell = overlay.Tile{Z: 10, X: 845, Y: 399}

const world = 2 * 20037508.342789244

// corner is the upper left corner of a tile in metres.
func corner(t overlay.Tile) (x, y float64) {
	side := world / float64(int(1)<<t.Z)
	return -world/2 + float64(t.X)*side, world/2 - float64(t.Y)*side
}

// four tiles of zoom 14 in the corner of the cell.
var four = overlay.Area{X0: 845 << 4, Y0: 399 << 4, X1: 845<<4 + 1, Y1: 399<<4 + 1}

func render(t *testing.T, l land, s imagery.Scene, a overlay.Area) (map[string]image.Image, map[string]int, overlay.Report) {
	t.Helper()
	images, sizes := map[string]image.Image{}, map[string]int{}
	report, err := overlay.Render(t.Context(), l, overlay.Job{Scene: s, Cell: cell, Area: a}, func(d overlay.Drawn) error {
		m, _, err := image.Decode(bytes.NewReader(d.Data))
		name := string(d.Kind) + " " + d.Tile.String()
		if images[name] != nil {
			t.Errorf("%s is drawn twice", name)
		}
		images[name], sizes[name] = m, len(d.Data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return images, sizes, report
}

func TestTilesOfAPlace(t *testing.T) {
	t.Parallel()
	// By hand, zoom 1: the equator and the meridian part the world in four; a point in
	// the north-east lies in column 1, row 0. 117.2° E at zoom 14: (297.2/360)·16384 = 13525.9.
	// 36.7° N: asinh(tan 36.7°) = asinh(.745377) = .689423; (1 − .689423/π)/2·16384 = 6394.3.
	b := orb.Bound{Min: orb.Point{117.2, 36.7}, Max: orb.Point{117.2, 36.7}}
	if got, want := overlay.AreaOf(b), (overlay.Area{X0: 13525, Y0: 6394, X1: 13525, Y1: 6394}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	area := overlay.AreaOf(orb.Bound{Min: orb.Point{117.0, 36.5}, Max: orb.Point{117.6, 36.9}})
	count := 0
	for _, c := range area.Cells() {
		part := area.Clip(c)
		if part.Empty() {
			t.Errorf("cell %s is empty", c)
		}
		count += (part.X1 - part.X0 + 1) * (part.Y1 - part.Y0 + 1)
	}
	if want := (area.X1 - area.X0 + 1) * (area.Y1 - area.Y0 + 1); count != want {
		t.Errorf("cells hold %d tiles, the area %d", count, want)
	}
}

func TestEveryZoomIsDrawnOnce(t *testing.T) {
	t.Parallel()
	even := land(func(b string, _, _ float64) int32 {
		return map[string]int32{"B02": 500, "B03": 700, "B04": 600, "B08": 3000, "SCL": 4}[b]
	})
	images, _, report := render(t, even, scene(all...), four)
	var names []string
	for n := range images {
		names = append(names, n)
	}
	slices.Sort(names)
	var want []string
	for _, k := range []string{"truecolour ", "vegetation "} {
		want = append(want, k+"10/845/399", k+"11/1690/798", k+"12/3380/1596", k+"13/6760/3192",
			k+"14/13520/6384", k+"14/13520/6385", k+"14/13521/6384", k+"14/13521/6385")
	}
	if !slices.Equal(names, want) {
		t.Errorf("%v, want %v", names, want)
	}
	if report.Seen != 4*256*256 || report.Clear != report.Seen {
		t.Errorf("%+v", report)
	}
	// True colour by hand: ρ = .06 of red: 255·(.06/.3)^(1/1.5) = 255·.34200 = 87.
	r, g, b, a := images["truecolour 14/13520/6384"].At(100, 100).RGBA()
	for i, v := range []struct{ got, want uint32 }{{r >> 8, 87}, {g >> 8, 97}, {b >> 8, 77}, {a >> 8, 255}} {
		if v.got+2 < v.want || v.got > v.want+2 { // JPEG
			t.Errorf("channel %d is %d, want %d", i, v.got, v.want)
		}
	}
	// NDVI = 24/36 = .667: a third of the way from #5fa15b (.6) to #1f6f5c (.8), so #4a905b.
	got := color.NRGBAModel.Convert(images["vegetation 14/13520/6384"].At(9, 9)).(color.NRGBA)
	for i, v := range [][2]uint8{{got.R, 0x4a}, {got.G, 0x90}, {got.B, 0x5b}} {
		if math.Abs(float64(v[0])-float64(v[1])) > 4 { // 64 steps
			t.Errorf("channel %d of NDVI .667 is %#x, want %#x", i, v[0], v[1])
		}
	}
}

func TestOnlyTheKindsAskedForAreKept(t *testing.T) {
	t.Parallel()
	even := land(func(b string, _, _ float64) int32 {
		return map[string]int32{"B02": 500, "B03": 700, "B04": 600, "B08": 3000, "SCL": 4}[b]
	})
	kept := func(kinds ...overlay.Kind) map[string]string {
		out := map[string]string{}
		report, err := overlay.Render(t.Context(), even, overlay.Job{Scene: scene(all...), Cell: cell, Area: four, Kinds: kinds}, func(d overlay.Drawn) error {
			out[string(d.Kind)+d.Tile.String()] = string(d.Data)
			return nil
		})
		if err != nil || len(kinds) > 0 && !slices.Equal(report.Kinds, kinds) {
			t.Fatalf("%v of %v: %v", report.Kinds, kinds, err)
		}
		return out
	}
	both, one := kept(), kept(overlay.Vegetation)
	if len(one) != 8 || len(both) != 16 {
		t.Errorf("%d tiles of one kind, %d of both: want 8 and 16", len(one), len(both))
	}
	for name, data := range one {
		if both[name] != data {
			t.Errorf("%s is another tile alone", name)
		}
	}
	_, err := overlay.Render(t.Context(), even, overlay.Job{Scene: scene("B04", "B08", "SCL"), Cell: cell, Area: four, Kinds: []overlay.Kind{overlay.TrueColour}}, nil)
	if !errors.Is(err, overlay.ErrNothing) {
		t.Errorf("true colour without green and blue: %v", err)
	}
}

func TestCloudsAreHatchedAndTheEdgeIsEmpty(t *testing.T) {
	t.Parallel()
	x0, y0 := corner(overlay.Tile{Z: 14, X: four.X0, Y: four.Y0})
	px := world / (1 << 14) / 256
	half := land(func(b string, x, y float64) int32 {
		col, row := (x-x0)/px, (y0-y)/px
		if col > 300 { // beyond the scene
			return observe.NoData
		}
		if b == "SCL" && row < 100 {
			return 9
		}
		return map[string]int32{"B02": 500, "B03": 700, "B04": 600, "B08": 3000, "SCL": 4}[b]
	})
	images, _, report := render(t, half, scene(all...), four)
	ndvi := images["vegetation 14/13520/6384"]
	alpha := func(m image.Image, x, y int) uint32 { _, _, _, a := m.At(x, y).RGBA(); return a >> 8 }
	for y := range 256 {
		for x := range 256 {
			switch a := alpha(ndvi, x, y); {
			case y < 102 && (x+y)%8 < 2: // 100 rows of cloud and a margin of 2
				if a != 170 {
					t.Fatalf("pixel %d,%d of the hatch has alpha %d", x, y, a)
				}
			case y < 102 && a != 0:
				t.Fatalf("pixel %d,%d of the cloud is painted, alpha %d", x, y, a)
			case y >= 102 && a != 255:
				t.Fatalf("pixel %d,%d is clear and has alpha %d", x, y, a)
			}
		}
	}
	for _, k := range []string{"truecolour", "vegetation"} {
		m := images[k+" 14/13521/6385"]
		if alpha(m, 40, 200) != 255 || alpha(m, 60, 200) != 0 { // column 300 is 44 of this tile
			t.Errorf("%s: the scene's edge is not at column 44", k)
		}
	}
	if want := 300*512 - 300*102; report.Seen != 301*512 && report.Seen != 300*512 || math.Abs(float64(report.Clear-want)) > 512 {
		t.Errorf("%+v, want %d clear of %d", report, want, 300*512)
	}
}

func TestNoTileTakesMoreThanItsBudget(t *testing.T) {
	t.Parallel()
	for _, edge := range []bool{false, true} {
		r := rand.New(rand.NewPCG(5, 6))
		noise := land(func(b string, _, _ float64) int32 {
			if b == "SCL" {
				return 4
			}
			if edge && r.Float64() < .05 {
				return observe.NoData
			}
			return int32(r.IntN(4000))
		})
		_, sizes, _ := render(t, noise, scene(all...), overlay.Area{X0: four.X0, Y0: four.Y0, X1: four.X0, Y1: four.Y0})
		for name, n := range sizes {
			if n > overlay.MaxTileBytes {
				t.Errorf("edge %t: %s takes %d bytes", edge, name, n)
			}
		}
	}
}

func TestTheRampDarkensAllTheWay(t *testing.T) {
	t.Parallel()
	before, at := 2.0, math.Inf(-1)
	for _, s := range overlay.Legend() {
		var c [3]int64
		for i := range c {
			for _, ch := range strings.ToLower(s.Colour[1+2*i : 3+2*i]) {
				c[i] = 16*c[i] + int64(strings.IndexRune("0123456789abcdef", ch))
			}
		}
		// Relative luminance by WCAG 2.2; the steps must be told apart without hue.
		lin := func(v int64) float64 { return math.Pow((float64(v)/255+.055)/1.055, 2.4) }
		y := .2126*lin(c[0]) + .7152*lin(c[1]) + .0722*lin(c[2])
		if y >= before*.85 || s.NDVI <= at {
			t.Errorf("%v: luminance %.3f after %.3f", s, y, before)
		}
		before, at = y, s.NDVI
	}
}

func TestScenesDrawWhatTheirBandsAllow(t *testing.T) {
	t.Parallel()
	even := land(func(string, float64, float64) int32 { return 4 })
	_, _, report := render(t, even, scene("B04", "B08", "SCL"), four)
	if !slices.Equal(report.Kinds, []overlay.Kind{overlay.Vegetation}) {
		t.Errorf("kinds %v", report.Kinds)
	}
	keep := func(overlay.Drawn) error { return nil }
	for name, c := range map[string]struct {
		job  overlay.Job
		land land
		none bool
		say  string
	}{
		"a scene without colours": {overlay.Job{Scene: scene("B04", "SCL"), Cell: cell, Area: four}, even, true, "S2_A"},
		"a scene elsewhere": {overlay.Job{Scene: scene(all...), Cell: cell, Area: four},
			func(string, float64, float64) int32 { return observe.NoData }, true, "no data"},
		"an area elsewhere":     {overlay.Job{Scene: scene(all...), Cell: overlay.Tile{Z: 10, X: 1, Y: 1}, Area: four}, even, true, "outside"},
		"a scene without mask":  {overlay.Job{Scene: scene("B04", "B08"), Cell: cell, Area: four}, even, false, "SCL"},
		"a scene of no sensor":  {overlay.Job{Scene: imagery.Scene{ID: "x", Sensor: "?"}, Cell: cell, Area: four}, even, false, "not known"},
		"a band that is broken": {overlay.Job{Scene: brokenScene(), Cell: cell, Area: four}, even, false, "read B08"},
	} {
		_, err := overlay.Render(t.Context(), c.land, c.job, keep)
		if err == nil || errors.Is(err, overlay.ErrNothing) != c.none || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func brokenScene() imagery.Scene {
	s := scene(all...)
	s.Bands[3].Href = "broken"
	return s
}

func BenchmarkRenderFourTiles(b *testing.B) {
	even := land(func(band string, x, _ float64) int32 {
		if band == "SCL" {
			return 4
		}
		return int32(math.Mod(x, 3000))
	})
	for b.Loop() {
		if _, err := overlay.Render(b.Context(), even, overlay.Job{Scene: scene(all...), Cell: cell, Area: four}, func(overlay.Drawn) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

// TestATileThatIsPartlyCoveredLooksLikeItsNeighbour holds the colours of a tile
// with transparency, which is PNG with a palette, near those of the land.
func TestATileThatIsPartlyCoveredLooksLikeItsNeighbour(t *testing.T) {
	t.Parallel()
	left, _ := corner(cell)
	east := left + 100*world/float64(1<<22) // 100 of the 256 columns of the first tile of zoom 14
	dn := func(band string, x, y float64) int32 {
		switch base := int32(x*7+y*3) % 400; band {
		case "SCL":
			return 4
		case "B02":
			return 500 + base
		case "B03":
			return 800 + base/2
		default:
			return 1000 + base/3
		}
	}
	j := overlay.Job{Scene: scene("B02", "B03", "B04", "SCL"), Cell: cell, Area: overlay.Area{X0: cell.X << 4, Y0: cell.Y << 4, X1: cell.X << 4, Y1: cell.Y << 4}}
	tone := func(dn int32) float64 { return 255 * math.Pow(float64(dn)*1e-4/.3, 1/1.5) }
	_, err := overlay.Render(t.Context(), land(func(band string, x, y float64) int32 {
		if x > east {
			return observe.NoData
		}
		return dn(band, x, y)
	}), j, func(d overlay.Drawn) error {
		if d.Tile.Z != overlay.MaxZoom {
			return nil
		}
		m, kind, err := image.Decode(bytes.NewReader(d.Data))
		if err != nil || kind != "png" {
			return errors.Join(err, errors.New(kind))
		}
		x0, y0 := corner(d.Tile)
		px := world / float64(1<<22)
		worst := 0.0
		for y := range 256 {
			for x := range 99 {
				c := color.NRGBAModel.Convert(m.At(x, y)).(color.NRGBA)
				mx, my := x0+(float64(x)+.5)*px, y0-(float64(y)+.5)*px
				for k, got := range []uint8{c.R, c.G, c.B} {
					band := []string{"B04", "B03", "B02"}[k]
					worst = max(worst, math.Abs(float64(got)-tone(dn(band, mx, my))))
				}
			}
		}
		if worst > 16 {
			t.Errorf("a colour is %.0f of 255 off", worst)
		}
		if _, _, _, a := m.At(101, 7).RGBA(); a != 0 {
			t.Error("what the scene does not cover is not transparent")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
