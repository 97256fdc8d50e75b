package observe_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/paulmach/orb"

	"parus/imagery"
	"parus/imagery/observe"
	"parus/imagery/zonal"
)

// memory is a Reader of bands that are functions of the pixel, counted from
// the CRS origin (col east, row south). It counts reads.
type memory struct {
	bands map[string]func(col, row int) int32
	reads map[string]int
	fail  string // band whose read fails
}

var errDisk = errors.New("disk on fire")

func (m *memory) Read(_ context.Context, b imagery.Band, g imagery.Grid, w imagery.Window, dst []int32) error {
	if b.Name == m.fail {
		return errDisk
	}
	if m.reads == nil {
		m.reads = map[string]int{}
	}
	m.reads[b.Name] += w.Width * w.Height
	col0 := int(math.Round(g.Transform[0]/g.Transform[1])) + w.X
	row0 := int(math.Round(g.Transform[3]/g.Transform[5])) + w.Y
	for i := range dst {
		dst[i] = m.bands[b.Name](col0+i%w.Width, row0+i/w.Width)
	}
	return nil
}

func constant(v int32) func(int, int) int32 { return func(int, int) int32 { return v } }

func scene(names ...string) imagery.Scene {
	s := imagery.Scene{ID: "S", Sensor: "sentinel-2-l2a", Datetime: time.Date(2024, 5, 1, 3, 0, 0, 0, time.UTC)}
	for _, n := range names {
		b := imagery.Band{Name: n, Index: 1}
		if n != "SCL" {
			b.Scale = 1e-4
		}
		s.Bands = append(s.Bands, b)
	}
	return s
}

func box(x0, y0, x1, y1 float64) orb.MultiPolygon {
	return orb.MultiPolygon{{{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}, {x0, y0}}}}
}

// strip3 is a grid of 3 × 1 pixels of 10 m whose corner is the CRS origin.
func strip3() imagery.Grid {
	return imagery.Grid{Transform: imagery.GeoTransform{0, 10, 0, 0, 0, -10}, Width: 3, Height: 1}
}

func cover(t *testing.T, g imagery.Grid, shapes ...zonal.Shape) *zonal.Coverage {
	t.Helper()
	c, refused := zonal.Cover(g, shapes)
	if len(refused) > 0 {
		t.Fatal(refused)
	}
	return c
}

func TestSumsByHand(t *testing.T) {
	t.Parallel()
	// Covered .5, 1, .25. Red 500 600 700, near infrared 4500 3000 700.
	// NDVI 8000, 6667 (2400/3600 = .66667), 0 in steps of 1e-4.
	red := []int32{500, 600, 700}
	nir := []int32{4500, 3000, 700}
	m := &memory{bands: map[string]func(int, int) int32{
		"B04": func(c, _ int) int32 { return red[c] }, "B08": func(c, _ int) int32 { return nir[c] }, "SCL": constant(4),
	}}
	c := cover(t, strip3(), zonal.Shape{ID: "p", Polygon: box(5, -10, 22.5, 0)})
	obs, err := observe.Block(context.Background(), m, scene("B04", "B08", "SCL"), c, observe.Params{Bands: []string{"B04"}, Indices: []string{"ndvi"}})
	if err != nil {
		t.Fatal(err)
	}
	const one = zonal.One
	want := []observe.Parcel{{
		ID: "p", Covered: one * 7 / 4, Valid: one * 7 / 4,
		Sums: []int64{one/2*500 + one*600 + one/4*700, one/2*8000 + one*6667},
		// Inner weights .25, 1 and .0625 of 256.
		Inner:     64 + 256 + 16,
		InnerSums: []int64{64*500 + 256*600 + 16*700, 64*8000 + 256*6667},
		NDVI2:     observe.Wide{Lo: one/2*8000*8000 + one*6667*6667},
	}}
	if diff := cmp.Diff(want, obs.Parcels); diff != "" {
		t.Error(diff)
	}
	if got, want := obs.Mean(obs.Parcels[0], 0), (250.+600+175)/1.75*1e-4; math.Abs(got-want) > 1e-12 {
		t.Errorf("mean red %v, want %v", got, want)
	}
	if got, want := obs.InnerMean(obs.Parcels[0], 0), (.25*500+600+.0625*700)/1.3125*1e-4; math.Abs(got-want) > 1e-12 {
		t.Errorf("interior-weighted mean red %v, want %v", got, want)
	}
}

func TestPixelsUnderCloudOrWithoutDataDoNotCount(t *testing.T) {
	t.Parallel()
	scl := []int32{4, 4, 9}
	for _, c := range []struct {
		name   string
		margin int
		red    []int32
		valid  uint64
	}{
		{"a cloud takes its pixel", 0, []int32{500, 500, 500}, 2},
		{"a margin takes the neighbour", 1, []int32{500, 500, 500}, 1},
		{"no data in one band takes the pixel from all", 0, []int32{500, observe.NoData, 500}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := &memory{bands: map[string]func(int, int) int32{
				"B04": func(col, _ int) int32 { return c.red[col] }, "B08": constant(3000),
				"SCL": func(col, _ int) int32 {
					if col < 0 || col > 2 {
						return 4
					}
					return scl[col]
				},
			}}
			cov := cover(t, strip3(), zonal.Shape{ID: "p", Polygon: box(0, -10, 30, 0)})
			obs, err := observe.Block(context.Background(), m, scene("B04", "B08", "SCL"), cov, observe.Params{Bands: []string{"B04", "B08"}, MarginPx: c.margin})
			if err != nil {
				t.Fatal(err)
			}
			p := obs.Parcels[0]
			if p.Valid != c.valid*zonal.One || p.Covered != 3*zonal.One || p.Sums[1] != int64(c.valid*3000*zonal.One) {
				t.Errorf("%+v", p)
			}
		})
	}
}

func TestSceneWithoutDataUnderTheParcelsDoesNotOverlap(t *testing.T) {
	t.Parallel()
	m := &memory{bands: map[string]func(int, int) int32{"B04": constant(observe.NoData), "SCL": constant(observe.NoData)}}
	cov := cover(t, strip3(), zonal.Shape{ID: "p", Polygon: box(0, -10, 30, 0)})
	_, err := observe.Block(context.Background(), m, scene("B04", "SCL"), cov, observe.Params{Bands: []string{"B04"}})
	if !errors.Is(err, observe.ErrNoOverlap) {
		t.Errorf("%v", err)
	}
	_, err = observe.Block(context.Background(), m, scene("B04", "SCL"), cover(t, strip3()), observe.Params{Bands: []string{"B04"}})
	if !errors.Is(err, observe.ErrNoOverlap) {
		t.Errorf("without parcels: %v", err)
	}
	// Cloud everywhere is data: the scene was seen.
	m.bands["SCL"], m.bands["B04"] = constant(9), constant(7000)
	obs, err := observe.Block(context.Background(), m, scene("B04", "SCL"), cov, observe.Params{Bands: []string{"B04"}})
	if err != nil || obs.Parcels[0].Valid != 0 || !math.IsNaN(obs.Mean(obs.Parcels[0], 0)) {
		t.Errorf("under cloud: %+v %v", obs, err)
	}
}

func TestErrorsNameSceneAndBand(t *testing.T) {
	t.Parallel()
	noScale := scene("B04", "B08", "SCL")
	noScale.Bands[0].Scale = 0
	unknown := scene("B04", "SCL")
	unknown.Sensor = "sputnik"
	for name, c := range map[string]struct {
		s     imagery.Scene
		p     observe.Params
		fail  string
		wants []string
	}{
		"missing band":   {scene("B04", "SCL"), observe.Params{Indices: []string{"ndvi"}}, "", []string{"ndvi", "B08"}},
		"no mask":        {scene("B04"), observe.Params{Bands: []string{"B04"}}, "", []string{"SCL"}},
		"no scale":       {noScale, observe.Params{Bands: []string{"B04"}}, "", []string{"B04", "scale"}},
		"unknown sensor": {unknown, observe.Params{Bands: []string{"B04"}}, "", []string{"sputnik"}},
		"unknown index":  {scene("B04", "SCL"), observe.Params{Indices: []string{"xyz"}}, "", []string{"xyz"}},
		"nothing asked":  {scene("B04", "SCL"), observe.Params{}, "", []string{"nothing to measure"}},
		"failed read":    {scene("B04", "SCL"), observe.Params{Bands: []string{"B04"}}, "B04", []string{"read B04", "disk on fire"}},
		"failed mask":    {scene("B04", "SCL"), observe.Params{Bands: []string{"B04"}}, "SCL", []string{"read SCL"}},
	} {
		m := &memory{bands: map[string]func(int, int) int32{"B04": constant(1), "B08": constant(2), "SCL": constant(4)}, fail: c.fail}
		_, err := observe.Block(context.Background(), m, c.s, cover(t, strip3(), zonal.Shape{ID: "p", Polygon: box(0, -10, 30, 0)}), c.p)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		for _, w := range append(c.wants, "scene S") {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %v does not say %q", name, err, w)
			}
		}
	}
}

// noisy is a memory of noise with clouds, the same for every block.
func noisy() *memory {
	at := func(seed uint64) func(int, int) int32 {
		return func(c, r int) int32 {
			p := rand.NewPCG(seed, uint64(uint32(c))<<32|uint64(uint32(r)))
			return int32(p.Uint64() % 6000)
		}
	}
	scl := func(c, r int) int32 {
		if math.Hypot(float64(c%97), float64(r%89)) < 9 {
			return 9
		}
		return 4
	}
	return &memory{bands: map[string]func(int, int) int32{"B02": at(1), "B04": at(2), "B08": at(3), "SCL": scl}}
}

func TestMovingBlockBordersGivesIdenticalSums(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	var shapes []zonal.Shape
	for i := range 40 {
		x, y := 5000+4000*r.Float64(), 7000+4000*r.Float64()
		w, h := 20+500*r.Float64(), 20+500*r.Float64()
		tilted := orb.MultiPolygon{{{{x, y}, {x + w, y + h/3}, {x + w - 7, y + h}, {x - 3, y + h*.8}, {x, y}}}}
		shapes = append(shapes, zonal.Shape{ID: fmt.Sprint("p", i), Polygon: tilted})
	}
	bound := orb.Bound{Min: orb.Point{4000, 6000}, Max: orb.Point{10000, 12000}}
	measure := func(blockPx int) map[string]observe.Parcel {
		out := map[string]observe.Parcel{}
		l := imagery.Lattice{CRS: "EPSG:32650", PixelSizeM: 10, BlockPx: blockPx}
		for _, b := range l.BlocksOver(bound) {
			obs, err := observe.Block(context.Background(), noisy(), scene("B02", "B04", "B08", "SCL"), cover(t, l.Grid(b), shapes...),
				observe.Params{Bands: []string{"B08"}, Indices: []string{"ndvi", "evi"}, MarginPx: 3})
			if errors.Is(err, observe.ErrNoOverlap) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range obs.Parcels {
				q, ok := out[p.ID]
				if !ok {
					q = observe.Parcel{ID: p.ID, Sums: make([]int64, len(p.Sums)), InnerSums: make([]int64, len(p.Sums))}
				}
				q.Add(p)
				out[p.ID] = q
			}
		}
		return out
	}
	want := measure(2048)
	if len(want) != len(shapes) {
		t.Fatalf("%d parcels of %d", len(want), len(shapes))
	}
	for _, px := range []int{53, 300} {
		if diff := cmp.Diff(want, measure(px)); diff != "" {
			t.Fatalf("blocks of %d px:\n%s", px, diff)
		}
	}
}

func TestEachBandIsReadOnceAndOnlyWhereParcelsLie(t *testing.T) {
	t.Parallel()
	m := noisy()
	g := imagery.Grid{Transform: imagery.GeoTransform{0, 10, 0, 20480, 0, -10}, Width: 2048, Height: 2048}
	c := cover(t, g, zonal.Shape{ID: "p", Polygon: box(1000, 900, 1200, 1200)})
	if _, err := observe.Block(context.Background(), m, scene("B02", "B04", "B08", "SCL"), c,
		observe.Params{Bands: []string{"B04", "B08"}, Indices: []string{"ndvi", "evi"}, MarginPx: 1}); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"B02": 600, "B04": 600, "B08": 600, "SCL": 22 * 32}
	if diff := cmp.Diff(want, m.reads); diff != "" {
		t.Error(diff)
	}
}

func TestObservationSurvivesMarshalling(t *testing.T) {
	t.Parallel()
	g := imagery.Grid{CRS: "EPSG:32650", Transform: imagery.GeoTransform{0, 10, 0, 1000, 0, -10}, Width: 100, Height: 100}
	c := cover(t, g, zonal.Shape{ID: "甲", Polygon: box(13, 17, 800, 633)}, zonal.Shape{ID: "b", Polygon: box(1, 1, 9, 9)})
	obs, err := observe.Block(context.Background(), noisy(), scene("B02", "B04", "B08", "SCL"), c, observe.Params{Bands: []string{"B04"}, Indices: []string{"ndvi"}})
	if err != nil {
		t.Fatal(err)
	}
	data, err := obs.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	back, err := observe.Unmarshal(data, c)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(obs, back); diff != "" {
		t.Error(diff)
	}
	for n := range data {
		if _, err := observe.Unmarshal(data[:n], c); err == nil {
			t.Fatalf("the first %d of %d bytes were taken for an observation", n, len(data))
		}
	}
}

func TestPartsOfAnObservationAreKeptApart(t *testing.T) {
	t.Parallel()
	c := cover(t, strip3(), zonal.Shape{ID: "a", Polygon: box(0, -10, 9, 0)}, zonal.Shape{ID: "b", Polygon: box(10, -10, 19, 0)},
		zonal.Shape{ID: "c", Polygon: box(20, -10, 29, 0)})
	obs, err := observe.Block(context.Background(), noisy(), scene("B04", "SCL"), c, observe.Params{Bands: []string{"B04"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range [][2]int{{0, 1}, {1, 3}, {3, 3}} {
		data, err := obs.Part(p[0], p[1]).MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		got, err := observe.Unmarshal(data, c)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(obs.Parcels[p[0]:p[1]], got.Parcels, cmpopts.EquateEmpty()); diff != "" || got.First != p[0] {
			t.Errorf("parcels %v from %d: %s", p, got.First, diff)
		}
		if _, err := observe.Unmarshal(data, cover(t, strip3(), zonal.Shape{ID: "x", Polygon: box(0, -10, 5, 0)})); err == nil && p[1] > 1 {
			t.Errorf("parcels %v were taken for those of a smaller coverage", p)
		}
	}
}

func FuzzObservationUnmarshal(f *testing.F) {
	c, _ := zonal.Cover(strip3(), []zonal.Shape{{ID: "a", Polygon: box(5, -10, 22.5, 0)}})
	b, _ := (&observe.Observation{Scene: "s", Layers: []observe.Layer{{Name: "ndvi", Scale: 1e-4}},
		Parcels: []observe.Parcel{{ID: "a", Covered: c.Weight(0), Valid: 5, Inner: 3, Sums: []int64{-7}, InnerSums: []int64{-2}}}}).MarshalBinary()
	f.Add(b)
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := observe.Unmarshal(data, c)
		if err != nil {
			return
		}
		for _, p := range o.Parcels {
			if len(p.Sums) != len(o.Layers) || p.Valid > p.Covered {
				t.Fatalf("%+v", p)
			}
		}
	})
}

func TestMemoryStaysUnderItsEstimate(t *testing.T) {
	g := imagery.Grid{Transform: imagery.GeoTransform{0, 10, 0, 20480, 0, -10}, Width: 2048, Height: 2048}
	var shapes []zonal.Shape
	for i := range 400 {
		for j := range 80 { // all of the block, in parcels of 5 × 25 pixels
			x, y := float64(i)*51.2, float64(j)*256
			shapes = append(shapes, zonal.Shape{ID: fmt.Sprint(i, j), Polygon: box(x, y, x+51.2, y+256)})
		}
	}
	c := cover(t, g, shapes...)
	m := &memory{bands: map[string]func(int, int) int32{"B02": constant(300), "B04": constant(500), "B08": constant(3000), "SCL": constant(4)}}
	p := observe.Params{Bands: []string{"B02", "B04", "B08"}, Indices: []string{"ndvi", "evi"}, MarginPx: 2}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	obs, err := observe.Block(context.Background(), m, scene("B02", "B04", "B08", "SCL"), c, p)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := obs.MarshalBinary(); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	masks := uint64(16 * 4 * 2052 * 132) // made and dropped once a strip
	if took, limit := after.TotalAlloc-before.TotalAlloc, uint64(observe.MemoryBytes(g, p, c.Len())); took > limit+masks {
		t.Errorf("%d parcels took %d bytes, the estimate is %d", c.Len(), took, limit)
	} else {
		t.Logf("%d of %d bytes", took, limit)
	}
}

// flat is a Reader that costs next to nothing.
type flat map[string]int32

func (f flat) Read(_ context.Context, b imagery.Band, _ imagery.Grid, _ imagery.Window, dst []int32) error {
	v := f[b.Name]
	for i := range dst {
		dst[i] = v
	}
	return nil
}

func BenchmarkBlock(b *testing.B) {
	g := imagery.Grid{Transform: imagery.GeoTransform{0, 10, 0, 20480, 0, -10}, Width: 2048, Height: 2048}
	var shapes []zonal.Shape
	for i := range 200 {
		for j := range 200 { // a quarter of the ground, as a tile with a million parcels
			x, y := float64(i)*102+3, float64(j)*102+5
			shapes = append(shapes, zonal.Shape{ID: fmt.Sprint(i, j), Polygon: box(x, y, x+51, y+47)})
		}
	}
	c, _ := zonal.Cover(g, shapes)
	m := flat{"B02": 300, "B03": 400, "B04": 500, "B08": 3000, "SCL": 4}
	s := scene("B02", "B03", "B04", "B08", "SCL")
	p := observe.Params{Bands: []string{"B02", "B03", "B04", "B08"}, Indices: []string{"ndvi", "evi", "ndwi"}, MarginPx: 2}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := observe.Block(context.Background(), m, s, c, p); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(g.Width*g.Height)/4, "ns/pixel-band")
}
