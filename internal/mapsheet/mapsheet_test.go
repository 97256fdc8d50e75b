package mapsheet_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"parus/internal/mapsheet"

	"google.golang.org/protobuf/encoding/protowire"
)

func ptr[T any](v T) *T { return &v }

// rectangle is an outline in units, clockwise as seen.
func rectangle(x, y, w, h int32) [][][]mapsheet.Point {
	return [][][]mapsheet.Point{{{{X: x, Y: y}, {X: x + w, Y: y}, {X: x + w, Y: y + h}, {X: x, Y: y + h}}}}
}

func pack(parcels []mapsheet.Parcel) (shapes, lines []byte) {
	var p mapsheet.Packer
	for _, a := range parcels {
		p.Add(a)
	}
	return p.Bytes()
}

func packed(parcels []mapsheet.Parcel) mapsheet.Packed {
	shapes, lines := pack(parcels)
	return mapsheet.Packed{Shapes: shapes, Lines: lines}
}

func draw(t testing.TB, tile mapsheet.Cell, sheets ...mapsheet.Packed) []byte {
	t.Helper()
	b, err := mapsheet.Draw(tile, sheets...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestASheetComesBackAsItWasPacked(t *testing.T) {
	t.Parallel()
	parcels := []mapsheet.Parcel{
		{ID: "3701991012010000001", Crop: "maize", Match: ptr(987), Line: ptr(int64(52300)), Shape: rectangle(1<<27, 1<<26, 500, 300)},
		{ID: "3701991012010000002", Crop: "", Abstained: true, Shape: rectangle(1<<27+500, 1<<26, 7, 1)},
		{ID: "3701991012020000001", Crop: "maize", Match: ptr(0), Line: ptr(int64(0)), Shape: [][][]mapsheet.Point{
			rectangle(0, 0, 90, 90)[0],
			{rectangle(200, 200, 90, 90)[0][0], rectangle(210, 210, 9, 9)[0][0]},
		}},
	}
	shapes, lines := pack(parcels)
	got, err := mapsheet.Unpack(shapes, lines)
	if err != nil || !reflect.DeepEqual(got, parcels) {
		t.Errorf("unpacked %+v, %v; want %+v", got, err, parcels)
	}
	got, err = mapsheet.Unpack(shapes, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range got {
		if p.Line != nil {
			t.Errorf("parcel %s has line %d, though none were handed over", p.ID, *p.Line)
		}
	}
	if bytes.Contains(shapes, lines) {
		t.Error("the lines are among the shapes")
	}
}

func TestVillagesComeBackAsTheyWerePacked(t *testing.T) {
	t.Parallel()
	villages := []mapsheet.Village{
		{ID: "370199101201", At: mapsheet.Point{X: 7, Y: 9}, Parcels: 130, AreaM2: 2031000, Crop: "maize", Households: 44, Line: ptr(int64(8123))},
		{ID: "370199101202", At: mapsheet.Point{X: 8, Y: 1}, Parcels: 1, Crop: ""},
	}
	shapes, lines := mapsheet.PackVillages(villages)
	got, err := mapsheet.UnpackVillages(shapes, lines)
	if err != nil || !reflect.DeepEqual(got, villages) {
		t.Errorf("unpacked %+v, %v; want %+v", got, err, villages)
	}
	if got, err = mapsheet.UnpackVillages(shapes, nil); err != nil || got[0].Line != nil {
		t.Errorf("without lines: %+v, %v", got, err)
	}
}

func TestPlacesAreThoseOfTheWebMap(t *testing.T) {
	t.Parallel()
	// Half the world's girth is π·6378137 m = 20037508.34 m: its north-west corner
	// is unit 0, its middle unit 2²⁷. 1 m at the equator is 2²⁸/40075016.69 = 6.698 units.
	const half = math.Pi * 6378137
	for _, c := range []struct {
		name        string
		east, north float64
		want        mapsheet.Point
	}{
		{"the corner", -half, half, mapsheet.Point{}},
		{"the middle", 0, 0, mapsheet.Point{X: 1 << 27, Y: 1 << 27}},
		{"ten metres east and south of it", 10, -10, mapsheet.Point{X: 1<<27 + 67, Y: 1<<27 + 67}},
		{"beyond the world's end", half + 5, -half - 5, mapsheet.Point{X: 1<<28 - 1, Y: 1<<28 - 1}},
	} {
		if got := mapsheet.PointOf(c.east, c.north); got != c.want {
			t.Errorf("%s is %v, want %v", c.name, got, c.want)
		}
	}
}

func TestATileIsDrawnFromTheSheetsUnderIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tile mapsheet.Cell
		want []mapsheet.Cell
	}{
		{mapsheet.Cell{Z: 12, X: 5, Y: 6}, []mapsheet.Cell{{}}},
		{mapsheet.Cell{Z: 13, X: 5, Y: 6}, []mapsheet.Cell{{14, 10, 12}, {14, 11, 12}, {14, 10, 13}, {14, 11, 13}}},
		{mapsheet.Cell{Z: 14, X: 5, Y: 6}, []mapsheet.Cell{{14, 5, 6}}},
		{mapsheet.Cell{Z: 16, X: 23, Y: 24}, []mapsheet.Cell{{14, 5, 6}}},
	} {
		if got := mapsheet.CellsOf(c.tile); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v is drawn from %v, want %v", c.tile, got, c.want)
		}
	}
}

// geometry is what tests read of a drawn tile: the rings of each parcel by id.
type drawn map[string][][]mapsheet.Point

// read decodes a tile by the specification, commands and all.
func read(t testing.TB, tile []byte) drawn {
	t.Helper()
	out := drawn{}
	fields(t, tile, func(_ int, layer []byte, _ uint64) {
		var keys, values []string
		type feature struct{ tags, geometry []uint64 }
		var features []feature
		fields(t, layer, func(n int, raw []byte, _ uint64) {
			switch n {
			case 2:
				var f feature
				fields(t, raw, func(n int, raw []byte, _ uint64) {
					switch n {
					case 2:
						f.tags = varints(t, raw)
					case 4:
						f.geometry = varints(t, raw)
					}
				})
				features = append(features, f)
			case 3:
				keys = append(keys, string(raw))
			case 4:
				text := ""
				fields(t, raw, func(_ int, raw []byte, v uint64) { text = string(raw) + fmt.Sprint(v) })
				values = append(values, text)
			}
		})
		for _, f := range features {
			for i := 0; i+1 < len(f.tags); i += 2 {
				if keys[f.tags[i]] == "id" {
					id := values[f.tags[i+1]]
					out[id[:len(id)-1]] = rings(t, f.geometry)
				}
			}
		}
	})
	return out
}

func rings(t testing.TB, g []uint64) (out [][]mapsheet.Point) {
	var x, y int64
	for i := 0; i < len(g); {
		id, n := g[i]&7, int(g[i]>>3)
		i++
		if id == 7 {
			continue
		}
		for range n {
			x, y = x+protowire.DecodeZigZag(g[i]), y+protowire.DecodeZigZag(g[i+1])
			i += 2
			if id == 1 {
				out = append(out, nil)
			}
			out[len(out)-1] = append(out[len(out)-1], mapsheet.Point{X: int32(x), Y: int32(y)})
		}
	}
	for _, r := range out {
		if len(r) < 3 {
			t.Errorf("a ring has %d points", len(r))
		}
	}
	return out
}

func varints(t testing.TB, b []byte) (out []uint64) {
	for len(b) > 0 {
		v, n := protowire.ConsumeVarint(b)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		out, b = append(out, v), b[n:]
	}
	return out
}

func fields(t testing.TB, b []byte, each func(n int, raw []byte, v uint64)) {
	t.Helper()
	for len(b) > 0 {
		n, kind, size := protowire.ConsumeTag(b)
		if size < 0 {
			t.Fatal(protowire.ParseError(size))
		}
		b = b[size:]
		var raw []byte
		var v uint64
		switch kind {
		case protowire.BytesType:
			raw, size = protowire.ConsumeBytes(b)
		case protowire.VarintType:
			v, size = protowire.ConsumeVarint(b)
		default:
			size = protowire.ConsumeFieldValue(n, kind, b)
		}
		if size < 0 {
			t.Fatal(protowire.ParseError(size))
		}
		each(int(n), raw, v)
		b = b[size:]
	}
}

// twice the area of a ring, positive where it turns clockwise as seen.
func twice(ring []mapsheet.Point) (sum int64) {
	for i, p := range ring {
		q := ring[(i+1)%len(ring)]
		sum += int64(p.X)*int64(q.Y) - int64(q.X)*int64(p.Y)
	}
	return sum
}

func TestShapesAreDrawnByHand(t *testing.T) {
	t.Parallel()
	// Tile 16/1/0 begins at unit 4096; one of zoom 15 has units of two.
	at := mapsheet.Cell{Z: 16, X: 1}
	for _, c := range []struct {
		name  string
		tile  mapsheet.Cell
		shape [][][]mapsheet.Point
		want  [][]mapsheet.Point
	}{
		{"a rectangle inside", at, rectangle(4106, 20, 30, 40), [][]mapsheet.Point{{{10, 20}, {40, 20}, {40, 60}, {10, 60}}}},
		{"turned the other way it is turned back", at,
			[][][]mapsheet.Point{{{{4106, 20}, {4106, 60}, {4136, 60}, {4136, 20}}}}, [][]mapsheet.Point{{{40, 20}, {40, 60}, {10, 60}, {10, 20}}}},
		{"across the border it is cut 64 units beyond", at, rectangle(4000, 20, 200, 40), [][]mapsheet.Point{{{-64, 20}, {104, 20}, {104, 60}, {-64, 60}}}},
		{"what lies outside of the margin is not there", at, rectangle(3000, 20, 1000, 40), nil},
		{"half the units one zoom above", mapsheet.Cell{Z: 15}, rectangle(4106, 20, 30, 40), [][]mapsheet.Point{{{2053, 10}, {2068, 10}, {2068, 30}, {2053, 30}}}},
		{"too small for the zoom it is a triangle", mapsheet.Cell{Z: 13}, rectangle(80, 80, 2, 2), [][]mapsheet.Point{{{10, 10}, {11, 10}, {10, 11}}}},
		{"too narrow for the zoom it is a unit wide", mapsheet.Cell{Z: 13}, rectangle(80, 80, 800, 1), [][]mapsheet.Point{{{10, 10}, {110, 10}, {110, 11}}}},
		{"a hole turns the other way", at, [][][]mapsheet.Point{{rectangle(4096, 0, 90, 90)[0][0], rectangle(4106, 10, 9, 9)[0][0]}},
			[][]mapsheet.Point{{{0, 0}, {90, 0}, {90, 90}, {0, 90}}, {{10, 19}, {19, 19}, {19, 10}, {10, 10}}}},
		{"a point on a straight side is left out above the last zoom", mapsheet.Cell{Z: 15},
			[][][]mapsheet.Point{{{{0, 0}, {100, 4}, {200, 0}, {200, 200}, {0, 200}}}}, [][]mapsheet.Point{{{0, 0}, {100, 0}, {100, 100}, {0, 100}}}},
		{"and kept at the last", mapsheet.Cell{Z: 16},
			[][][]mapsheet.Point{{{{0, 0}, {100, 4}, {200, 0}, {200, 200}, {0, 200}}}}, [][]mapsheet.Point{{{0, 0}, {100, 4}, {200, 0}, {200, 200}, {0, 200}}}},
	} {
		got := read(t, draw(t, c.tile, packed([]mapsheet.Parcel{{ID: "a", Shape: c.shape}})))["a"]
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// county lays out n parcels of all sizes, slivers and specks among them, over a
// square of so many units, in order of id.
func county(rng *rand.Rand, n int, side int32) []mapsheet.Parcel {
	const x0, y0 = 27030 << 13, 12860 << 13
	out := make([]mapsheet.Parcel, n)
	for i := range out {
		size := math.Exp(rng.Float64()*9) / 2 // 0.5 to 4,000 units
		cx, cy := x0+rng.Float64()*float64(side), y0+rng.Float64()*float64(side)
		flat := math.Pow(rng.Float64(), 3)
		turn := rng.Float64() * math.Pi
		var ring []mapsheet.Point
		for k := range 3 + rng.IntN(9) {
			a := float64(k) * 0.6
			u, v := size*math.Cos(a), size*flat*math.Sin(a)*(0.7+rng.Float64()*0.6)
			ring = append(ring, mapsheet.Point{X: int32(cx + u*math.Cos(turn) - v*math.Sin(turn)), Y: int32(cy + u*math.Sin(turn) + v*math.Cos(turn))})
		}
		out[i] = mapsheet.Parcel{ID: fmt.Sprintf("%019d", i), Crop: "maize", Match: ptr(rng.IntN(1000)), Line: ptr(rng.Int64N(90000)), Shape: [][][]mapsheet.Point{{ring}}}
	}
	return out
}

// sheetsOf packs parcels by cells.
func sheetsOf(parcels []mapsheet.Parcel) map[mapsheet.Cell]mapsheet.Packed {
	packers := map[mapsheet.Cell]*mapsheet.Packer{}
	for _, p := range parcels {
		for _, c := range mapsheet.TouchedBy(p.Shape) {
			if packers[c] == nil {
				packers[c] = &mapsheet.Packer{}
			}
			packers[c].Add(p)
		}
	}
	out := map[mapsheet.Cell]mapsheet.Packed{}
	for c, p := range packers {
		shapes, lines := p.Bytes()
		out[c] = mapsheet.Packed{Cell: c, Shapes: shapes, Lines: lines}
	}
	return out
}

func TestNoParcelVanishesFromAnyZoom(t *testing.T) {
	t.Parallel()
	parcels := county(rand.New(rand.NewPCG(3, 5)), 4000, 3<<14)
	sheets := sheetsOf(parcels)
	for z := mapsheet.ParcelsFromZoom; z <= mapsheet.LastZoom; z++ {
		shown := map[string]int{}
		tiles := map[mapsheet.Cell]bool{}
		for c := range sheets {
			if z == mapsheet.ParcelsFromZoom {
				tiles[mapsheet.Cell{Z: z, X: c.X >> 1, Y: c.Y >> 1}] = true
				continue
			}
			down := z - mapsheet.Zoom
			for y := range 1 << down {
				for x := range 1 << down {
					tiles[mapsheet.Cell{Z: z, X: c.X<<down + x, Y: c.Y<<down + y}] = true
				}
			}
		}
		for tile := range tiles {
			var under []mapsheet.Packed
			for _, c := range mapsheet.CellsOf(tile) {
				under = append(under, sheets[c])
			}
			for id, rings := range read(t, draw(t, tile, under...)) {
				shown[id]++
				for i, r := range rings {
					if a := twice(r); a == 0 || (i == 0) != (a > 0) {
						t.Errorf("zoom %d: ring %d of parcel %s has twice the area %d", z, i, id, a)
					}
					for _, p := range r {
						if p.X < -64 || p.Y < -64 || p.X > 4096+64 || p.Y > 4096+64 {
							t.Fatalf("zoom %d: parcel %s reaches %v, beyond the margin", z, id, p)
						}
					}
				}
			}
		}
		for _, p := range parcels {
			if shown[p.ID] == 0 {
				t.Errorf("zoom %d shows parcel %s %v nowhere", z, p.ID, p.Shape)
			}
		}
		if len(shown) != len(parcels) {
			t.Errorf("zoom %d shows %d parcels, want %d", z, len(shown), len(parcels))
		}
	}
}

func TestATileIsTheSameBytesHoweverItsSheetsCome(t *testing.T) {
	t.Parallel()
	sheets := sheetsOf(county(rand.New(rand.NewPCG(8, 1)), 500, 2<<14))
	tile := mapsheet.Cell{Z: 13, X: 27030 >> 2, Y: 12860 >> 2}
	cells := mapsheet.CellsOf(tile)
	a := draw(t, tile, sheets[cells[0]], sheets[cells[1]], sheets[cells[2]], sheets[cells[3]])
	b := draw(t, tile, sheets[cells[3]], sheets[cells[1]], sheets[cells[0]], sheets[cells[2]])
	if len(a) == 0 || !bytes.Equal(a, b) {
		t.Errorf("%d and %d bytes differ with the order of the sheets", len(a), len(b))
	}
}

func TestATileIsTheSameBytesFromItsPartOfASheet(t *testing.T) {
	t.Parallel()
	drawn, whole, cut := 0, 0, 0
	for cell, sheet := range sheetsOf(county(rand.New(rand.NewPCG(8, 1)), 900, 2<<14)) {
		sheet.Cell = cell
		for _, sheet := range []mapsheet.Packed{sheet, {Cell: cell, Shapes: sheet.Shapes}} {
			for z := mapsheet.Zoom; z <= mapsheet.LastZoom; z++ {
				parts, err := mapsheet.Cut(sheet, z)
				if err != nil || len(parts) != 1<<(2*(z-mapsheet.Zoom)) {
					t.Fatalf("%v at zoom %d: %d parts, %v", cell, z, len(parts), err)
				}
				if z == mapsheet.LastZoom {
					whole += len(sheet.Shapes)
				}
				for _, part := range parts {
					if c := mapsheet.CellsOf(part.Cell); part.Z != z || len(c) != 1 || c[0] != cell {
						t.Fatalf("%v is no part of %v", part.Cell, cell)
					}
					got := draw(t, part.Cell, part)
					if !bytes.Equal(got, draw(t, part.Cell, sheet)) {
						t.Errorf("tile %v is other bytes from its part", part.Cell)
					}
					if (part.Lines != nil) != (sheet.Lines != nil && part.Shapes != nil) {
						t.Errorf("part %v has lines: %t, its sheet: %t", part.Cell, part.Lines != nil, sheet.Lines != nil)
					}
					if len(got) > 0 {
						drawn++
					}
					if z == mapsheet.LastZoom {
						cut += len(part.Shapes)
					}
				}
			}
		}
	}
	if drawn < 100 || cut > 3*whole {
		t.Errorf("%d tiles were drawn; sixteenths have %d bytes, their sheets %d", drawn, cut, whole)
	}
	if _, err := mapsheet.Cut(mapsheet.Packed{Cell: mapsheet.Cell{Z: 14}, Shapes: []byte{1, 200}}, 15); !errors.Is(err, mapsheet.ErrCorrupt) {
		t.Errorf("a sheet that ends early: %v", err)
	}
}

func TestACellsBoundsHoldWhatTouchesIt(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		east, north := 13e6+rng.Float64()*5e4, 4.4e6+rng.Float64()*5e4
		p := mapsheet.PointOf(east, north)
		touched := mapsheet.TouchedBy([][][]mapsheet.Point{{{p}}})
		if len(touched) == 0 {
			t.Fatalf("%v touches no cell", p)
		}
		for _, c := range touched {
			b := c.Bounds()
			const unit = 0.15 // half a unit of rounding, twice
			if east < b[0]-unit || east > b[2]+unit || north < b[1]-unit || north > b[3]+unit {
				t.Errorf("%v touches %v, whose bounds %v do not hold it", p, c, b)
			}
		}
	}
}

func FuzzUnpack(f *testing.F) {
	shapes, lines := pack(county(rand.New(rand.NewPCG(1, 1)), 5, 1<<14))
	f.Add(shapes, lines)
	f.Add([]byte{1, 1, 0}, []byte{})
	f.Add([]byte{2}, []byte(nil))
	f.Fuzz(func(t *testing.T, shapes, lines []byte) {
		if _, err := mapsheet.Unpack(shapes, lines); err == nil {
			for z := 13; z <= 16; z++ {
				draw(t, mapsheet.Cell{Z: z, X: 27030 << z >> 15, Y: 12860 << z >> 15}, mapsheet.Packed{Shapes: shapes, Lines: lines})
			}
			sheet := mapsheet.Packed{Cell: mapsheet.Cell{Z: 14, X: 27030 >> 1, Y: 12860 >> 1}, Shapes: shapes, Lines: lines}
			parts, err := mapsheet.Cut(sheet, 15)
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range parts {
				if !bytes.Equal(draw(t, part.Cell, part), draw(t, part.Cell, sheet)) {
					t.Errorf("tile %v is other bytes from its part", part.Cell)
				}
			}
		} else if !errors.Is(err, mapsheet.ErrCorrupt) {
			t.Errorf("error %v does not say what it is", err)
		}
		if _, err := mapsheet.UnpackVillages(shapes, lines); err != nil && !errors.Is(err, mapsheet.ErrCorrupt) {
			t.Errorf("error %v does not say what it is", err)
		}
	})
}

func BenchmarkDraw(b *testing.B) {
	sheets := sheetsOf(county(rand.New(rand.NewPCG(3, 5)), 1600, 1<<14))
	var cell mapsheet.Cell
	for c := range sheets {
		if len(sheets[c].Shapes) > len(sheets[cell].Shapes) {
			cell = c
		}
	}
	for b.Loop() {
		if len(draw(b, mapsheet.Cell{Z: 14, X: cell.X, Y: cell.Y}, sheets[cell])) == 0 {
			b.Fatal("the tile is empty")
		}
	}
}

// BenchmarkCut draws the sixteen tiles of zoom 16 in a sheet.
func BenchmarkCut(b *testing.B) {
	var sheet mapsheet.Packed
	for c, s := range sheetsOf(county(rand.New(rand.NewPCG(3, 5)), 1600, 1<<14)) {
		if len(s.Shapes) > len(sheet.Shapes) {
			sheet = mapsheet.Packed{Cell: c, Shapes: s.Shapes, Lines: s.Lines}
		}
	}
	b.Run("from parts", func(b *testing.B) {
		for b.Loop() {
			parts, err := mapsheet.Cut(sheet, mapsheet.LastZoom)
			if err != nil {
				b.Fatal(err)
			}
			for _, p := range parts {
				draw(b, p.Cell, p)
			}
		}
	})
	b.Run("from the whole", func(b *testing.B) {
		for b.Loop() {
			for i := range 16 {
				draw(b, mapsheet.Cell{Z: 16, X: sheet.X<<2 + i%4, Y: sheet.Y<<2 + i/4}, sheet)
			}
		}
	})
}
