package composite_test

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"parus/imagery"
	"parus/imagery/composite"
	"parus/imagery/observe"
)

// memory is a stack of scenes in memory; band numbers by href.
type memory struct {
	width, height int
	bands         map[string][]int32
	native        bool
	fail          string
}

func (m *memory) Close() error { return nil }

func (m *memory) Read(_ context.Context, b imagery.Band, _ imagery.Grid, w imagery.Window, dst []int32) error {
	if b.Href == m.fail {
		return errors.New("read " + b.Href + ": broken")
	}
	for y := range w.Height {
		for x := range w.Width {
			v := m.bands[b.Href][(y+w.Y)*m.width+x+w.X]
			if b.NoData != nil && float64(v) == *b.NoData {
				v = observe.NoData
			}
			dst[y*w.Width+x] = v
		}
	}
	return nil
}

func (m *memory) ReadNative(_ context.Context, b imagery.Band, _ imagery.Grid, w imagery.Window, dst []uint16) (bool, error) {
	if !m.native {
		return false, nil
	}
	if b.Href == m.fail {
		return false, errors.New("read " + b.Href + ": broken")
	}
	for y := range w.Height {
		for x := range w.Width {
			dst[y*w.Width+x] = uint16(m.bands[b.Href][(y+w.Y)*m.width+x+w.X])
		}
	}
	return true, nil
}

// sheet is a sink that keeps layers as they are.
type sheet struct {
	job    composite.Job
	layers [][]int16
}

func (s *sheet) Encoder() (func([]byte, []int16) ([]byte, error), error) {
	return func(dst []byte, layer []int16) ([]byte, error) {
		for _, v := range layer {
			dst = binary.LittleEndian.AppendUint16(dst, uint16(v))
		}
		return dst, nil
	}, nil
}

func (s *sheet) Put(tile int, layers [][]byte) error {
	side, g := s.job.TilePx, s.job.Grid
	across := (g.Width + side - 1) / side
	x0, y0 := tile%across*side, tile/across*side
	for j, data := range layers {
		for y := range min(side, g.Height-y0) {
			for x := range min(side, g.Width-x0) {
				s.layers[j][(y+y0)*g.Width+x+x0] = int16(binary.LittleEndian.Uint16(data[2*(y*side+x):]))
			}
		}
	}
	return nil
}

var zero = 0.0

// scenesOf makes Sentinel-2 scenes over a memory, one for each date.
func scenesOf(dates int, offset float64) []imagery.Scene {
	var out []imagery.Scene
	for k := range dates {
		name := string(rune('a' + k))
		out = append(out, imagery.Scene{ID: name, Sensor: "sentinel-2-l2a", Datetime: time.Date(2024, 3, 1+k, 0, 0, 0, 0, time.UTC), Bands: []imagery.Band{
			{Name: "B02", Href: name + "B02", Index: 1, Scale: 1e-4, Offset: offset, NoData: &zero},
			{Name: "B04", Href: name + "B04", Index: 1, Scale: 1e-4, Offset: offset, NoData: &zero},
			{Name: "B08", Href: name + "B08", Index: 1, Scale: 1e-4, Offset: offset, NoData: &zero},
			{Name: "SCL", Href: name + "SCL", Index: 1},
		}})
	}
	return out
}

// invented fills a memory with noise and clouds.
func invented(dates, width, height int) *memory {
	r := rand.New(rand.NewPCG(3, 4))
	m := &memory{width: width, height: height, bands: map[string][]int32{}}
	for k := range dates {
		name := string(rune('a' + k))
		for _, b := range []string{"B02", "B04", "B08"} {
			plane := make([]int32, width*height)
			for i := range plane {
				plane[i] = int32(r.IntN(4000))
			}
			m.bands[name+b] = plane
		}
		mask := make([]int32, width*height)
		for i := range mask {
			mask[i] = 4
			if r.Float64() < .02 {
				mask[i] = 9
			}
			if r.Float64() < .1 {
				mask[i] = 11 // does not spread
			}
		}
		m.bands[name+"SCL"] = mask
	}
	return m
}

func grid(width, height int) imagery.Grid {
	return imagery.Grid{CRS: "EPSG:32650", Transform: imagery.GeoTransform{0, 10, 0, 0, 0, -10}, Width: width, Height: height}
}

func make2(t *testing.T, m *memory, job composite.Job) ([][]int16, composite.Report, error) {
	t.Helper()
	job.Open = func() (composite.Pixels, error) { return m, nil }
	job.Grid = grid(m.width, m.height)
	s := &sheet{job: job}
	for range job.Smoother.Layers() {
		s.layers = append(s.layers, make([]int16, m.width*m.height))
	}
	report, err := composite.Run(t.Context(), job, s)
	return s.layers, report, err
}

func TestOnePixelByHand(t *testing.T) {
	t.Parallel()
	// Days 0, 1, 2; λ = 1: the penalty is that of unit steps, so with y = 0, .7, 0
	// z = y − d (d·y)/(1+d·d), d = (1 −2 1): d·y = −1.4, z = .2, .3, .2.
	// Layers in the middles of two halves lie on days .5 and 1.5; they are knots of
	// their own without data. With h = ½ between the knots the curve is another one;
	// means over groups of one date read the dates themselves.
	s, err := composite.MeanLayers([]float64{0, 1, 2}, 3, composite.Params{Lambda: 1})
	if err != nil {
		t.Fatal(err)
	}
	// nir = 17, red = 3 gives (17−3)/20 = .7; nir = red gives 0.
	m := &memory{width: 1, height: 1, native: true, bands: map[string][]int32{}}
	for k, bands := range [][2]int32{{10, 10}, {3, 17}, {10, 10}} {
		name := string(rune('a' + k))
		m.bands[name+"B04"], m.bands[name+"B08"], m.bands[name+"SCL"] = []int32{bands[0]}, []int32{bands[1]}, []int32{4}
	}
	got, report, err := make2(t, m, composite.Job{Scenes: scenesOf(3, 0), Index: "ndvi", Smoother: s, TilePx: 16})
	if err != nil {
		t.Fatal(err)
	}
	for j, want := range []int16{2000, 3000, 2000} {
		if got[j][0] != want {
			t.Errorf("layer %d: %d, want %d", j, got[j][0], want)
		}
	}
	if report.Pixels != 1 || !slices.Equal(report.Values, []int{1, 1, 1}) {
		t.Errorf("%+v", report)
	}
}

// curveOf applies a smoother to one pixel's values through its matrix.
func curveOf(t *testing.T, s *composite.Smoother, values []float64) []float64 {
	t.Helper()
	return composite.CurveOf(s, values)
}

func TestALineComesBackWhateverIsMasked(t *testing.T) {
	t.Parallel()
	days := []float64{0, 3, 3, 20, 41, 45, 90, 97}
	s, err := composite.EvenLayers(days, 5, composite.Params{})
	if err != nil {
		t.Fatal(err)
	}
	nan := math.NaN()
	for _, mask := range [][]int{{}, {2}, {1, 3, 4}, {5, 6}} {
		values := make([]float64, len(days))
		for i, d := range days {
			values[i] = .1 + .005*d
		}
		for _, i := range mask {
			values[i] = nan
		}
		for j, v := range curveOf(t, s, values) {
			if want := .1 + .005*s.Days()[j]; math.Abs(v-want) > 1e-5 {
				t.Errorf("masked %v: layer %d is %v, want %v", mask, j, v, want)
			}
		}
	}
}

func TestUnevenDatesAreNotTakenForEven(t *testing.T) {
	t.Parallel()
	// The same curve sampled twice as often in one part is the same curve: knots
	// without data change nothing.
	s, err := composite.EvenLayers([]float64{0, 20, 40, 60, 80, 100}, 4, composite.Params{Lambda: 5e4})
	if err != nil {
		t.Fatal(err)
	}
	dense, err := composite.EvenLayers([]float64{0, 5, 10, 15, 20, 25, 40, 60, 80, 100}, 4, composite.Params{Lambda: 5e4})
	if err != nil {
		t.Fatal(err)
	}
	nan := math.NaN()
	a := curveOf(t, s, []float64{.2, .3, .7, .8, .5, .3})
	b := curveOf(t, dense, []float64{.2, nan, nan, nan, .3, nan, .7, .8, .5, .3})
	for j := range a {
		if math.Abs(a[j]-b[j]) > .01 { // the integral is taken on other knots
			t.Errorf("layer %d: %v and %v", j, a[j], b[j])
		}
	}
}

func TestWhatIsTooFarOrTooFewHasNoValue(t *testing.T) {
	t.Parallel()
	s, err := composite.EvenLayers([]float64{0, 10, 20, 30, 40, 50, 60, 70}, 7, composite.Params{MaxDistanceDays: 12})
	if err != nil {
		t.Fatal(err)
	}
	nan := math.NaN()
	got := curveOf(t, s, []float64{.2, .3, .4, nan, nan, nan, nan, nan}) // layers at 5, 15 … 65
	for j, v := range got {
		if known := j <= 2; known == math.IsNaN(v) { // 25 is 5 days off, 35 is 15
			t.Errorf("layer %d is %v", j, v)
		}
	}
	if math.Abs(got[2]-got[1]) > .06 || got[2] > .4+1e-6 {
		t.Errorf("beyond the last clear date the curve runs on: %v", got[:3])
	}
	for _, v := range curveOf(t, s, []float64{.2, .3, nan, nan, nan, nan, nan, nan}) {
		if !math.IsNaN(v) {
			t.Errorf("two clear dates give %v", v)
		}
	}
}

func TestTheRidgeIsThatOfOtherPrograms(t *testing.T) {
	t.Parallel()
	// (W + ε + D'D) z = (W + ε) y with y = 0 where masked; days 0, 1, 2, λ = 1,
	// ε = 1, clear: the first date alone, y = 1. A = diag(2, 1, 1) + dd':
	// A = [3 −2 1; −2 5 −2; 1 −2 2], right side (2, 0, 0), det = 3·6 + 2·(−2) + 1·(−1) = 13.
	// z = 2/13·(5·2−4, 2·2−2, 4−5) = (12, 4, −2)/13.
	s, err := composite.MeanLayers([]float64{0, 1, 2}, 3, composite.Params{Lambda: 1, Ridge: 1, NoHold: true})
	if err != nil {
		t.Fatal(err)
	}
	got := curveOf(t, s, []float64{1, math.NaN(), math.NaN()})
	for j, want := range []float64{12. / 13, 4. / 13, -2. / 13} {
		if math.Abs(got[j]-want) > 1e-6 {
			t.Errorf("z%d = %v, want %v", j, got[j], want)
		}
	}
}

func TestSmoothersRefuseWhatIsNoSeries(t *testing.T) {
	t.Parallel()
	for name, days := range map[string][]float64{
		"no date": {}, "one day": {4, 4, 4}, "out of order": {3, 1, 2}, "too many": make([]float64, composite.MaxDates+1),
	} {
		if _, err := composite.MeanLayers(days, 1, composite.Params{}); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if _, err := composite.MeanLayers([]float64{1, 2, 3}, 2, composite.Params{}); err == nil {
		t.Error("three dates fall into two groups")
	}
	if _, err := composite.EvenLayers([]float64{1, 2, 3}, 2, composite.Params{Lambda: -1}); err == nil {
		t.Error("a negative stiffness is taken")
	}
}

func TestThreadsTilesAndPathsGiveTheSameLayers(t *testing.T) {
	t.Parallel()
	const dates, width, height = 14, 75, 50 // more dates than a table holds
	m := invented(dates, width, height)
	days := make([]float64, dates)
	for k := range days {
		days[k] = float64(7*k + k%3)
	}
	s, err := composite.EvenLayers(days, 8, composite.Params{MaxDistanceDays: 20})
	if err != nil {
		t.Fatal(err)
	}
	var want [][]int16
	for _, c := range []struct {
		name          string
		native        bool
		threads, tile int
	}{{"one thread", true, 1, 512}, {"three threads, small tiles", true, 3, 16}, {"resampled scenes", false, 2, 32}} {
		mem := *m
		mem.native = c.native
		got, _, err := make2(t, &mem, composite.Job{Scenes: scenesOf(dates, -.1), Index: "ndvi", MarginPx: 2, Smoother: s, Threads: c.threads, TilePx: c.tile})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if want == nil {
			want = got
			continue
		}
		for j := range want {
			for i := range want[j] {
				if d := int(want[j][i]) - int(got[j][i]); d > 1 || d < -1 || c.native && d != 0 {
					t.Fatalf("%s: layer %d pixel %d is %d, want %d", c.name, j, i, got[j][i], want[j][i])
				}
			}
		}
	}
}

func TestACloudOutsideOfATileCounts(t *testing.T) {
	t.Parallel()
	const dates = 4
	m := invented(dates, 32, 16)
	for k := range dates {
		name := string(rune('a' + k))
		for i := range m.bands[name+"SCL"] {
			m.bands[name+"SCL"][i], m.bands[name+"B04"][i], m.bands[name+"B08"][i] = 4, 500, 1500
		}
	}
	m.native = true
	m.bands["aSCL"][5*32+16] = 9 // first column of the second tile
	s, err := composite.EvenLayers([]float64{0, 10, 20, 30}, 1, composite.Params{MinDates: 4})
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := make2(t, m, composite.Job{Scenes: scenesOf(dates, 0), Index: "ndvi", MarginPx: 2, Smoother: s, TilePx: 16})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range got[0] {
		x, y := i%32, i/32
		cloudy := x >= 14 && x <= 18 && y >= 3 && y <= 7
		if cloudy != (v == composite.NoData) {
			t.Errorf("pixel %d,%d is %d", x, y, v)
		}
		if !cloudy && v != 5000 {
			t.Errorf("pixel %d,%d is %d, want 5000", x, y, v)
		}
	}
}

func TestRunNamesWhatFails(t *testing.T) {
	t.Parallel()
	s, err := composite.EvenLayers([]float64{0, 10, 20}, 2, composite.Params{})
	if err != nil {
		t.Fatal(err)
	}
	job := composite.Job{Scenes: scenesOf(3, 0), Index: "evi", Smoother: s, TilePx: 16, Threads: 2}
	broken := invented(3, 40, 40)
	broken.fail = "bB04"
	if _, _, err := make2(t, broken, job); err == nil || !strings.Contains(err.Error(), "scene b") {
		t.Errorf("a broken band: %v", err)
	}
	cloudy := invented(3, 40, 40)
	for i := range cloudy.bands["aSCL"] {
		cloudy.bands["aSCL"][i] = 9
	}
	if _, _, err := make2(t, cloudy, job); err == nil || !strings.Contains(err.Error(), "clear") {
		t.Errorf("nothing but cloud: %v", err)
	}
	job.Index = "ndre"
	if _, _, err := make2(t, cloudy, job); err == nil || !strings.Contains(err.Error(), "B05") {
		t.Errorf("a missing band: %v", err)
	}
}

func BenchmarkTwelveDates(b *testing.B) {
	m := invented(12, 512, 512)
	m.native = true
	days := make([]float64, 12)
	for k := range days {
		days[k] = float64(20 * k)
	}
	s, err := composite.MeanLayers(days, 6, composite.Params{Lambda: 8e4})
	if err != nil {
		b.Fatal(err)
	}
	job := composite.Job{Scenes: scenesOf(12, 0), Index: "ndvi", Smoother: s, Threads: 1, Grid: grid(512, 512), TilePx: 512,
		Open: func() (composite.Pixels, error) { return m, nil }}
	sink := &sheet{job: job}
	for range 6 {
		sink.layers = append(sink.layers, make([]int16, 512*512))
	}
	b.SetBytes(512 * 512 * 12)
	for b.Loop() {
		if _, err := composite.Run(b.Context(), job, sink); err != nil {
			b.Fatal(err)
		}
	}
}
