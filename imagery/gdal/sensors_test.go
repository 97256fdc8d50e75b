package gdal_test

import (
	"context"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/airbusgeo/godal"
	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"parus/imagery"
	"parus/imagery/gdal"
	"parus/imagery/observe"
	"parus/imagery/zonal"
)

// raw writes a file of one type on the grid of 4 × 4 pixels, one band for each
// row of numbers, and returns its path.
func raw[T int16 | uint16 | int32 | float32 | uint8](t *testing.T, dt godal.DataType, nodata *float64, bands ...[]T) string {
	t.Helper()
	gdal.Register()
	path := filepath.Join(t.TempDir(), "raw.tif")
	side := int(math.Sqrt(float64(len(bands[0]))))
	ds, err := godal.Create(godal.GTiff, path, len(bands), dt, side, side)
	if err != nil {
		t.Fatal(err)
	}
	sr, err := godal.NewSpatialRefFromEPSG(32650)
	if err != nil {
		t.Fatal(err)
	}
	defer sr.Close()
	errs := []error{ds.SetGeoTransform(grid10().Transform), ds.SetSpatialRef(sr)}
	for i, b := range ds.Bands() {
		errs = append(errs, b.Write(0, 0, bands[i], side, side))
		if nodata != nil {
			errs = append(errs, b.SetNoData(*nodata))
		}
	}
	for _, err := range append(errs, ds.Close()) {
		if err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// probed verifies a scene of one band and reads its first pixels.
func probed(t *testing.T, s imagery.Scene, name string, n int) ([]int32, imagery.Band, imagery.Scene, error) {
	t.Helper()
	r := gdal.NewReader()
	defer r.Close()
	s, err := r.Probe(context.Background(), s)
	if err != nil {
		return nil, imagery.Band{}, s, err
	}
	b, _ := s.Band(name)
	dst := make([]int32, n)
	if err := r.Read(context.Background(), b, grid10(), imagery.Window{Width: n, Height: 1}, dst); err != nil {
		t.Fatal(err)
	}
	return dst, b, s, nil
}

func filled[T any](first []T, rest T) []T {
	out := make([]T, 16)
	for i := range out {
		out[i] = rest
	}
	copy(out, first)
	return out
}

func radar(path string, edit func(*imagery.Band)) imagery.Scene {
	b := imagery.Band{Name: "VV", Href: path, Index: 1}
	edit(&b)
	return imagery.Scene{ID: "R", Sensor: "sentinel-1-grd", Bands: []imagery.Band{b}}
}

func TestRadarNumbersBecomeLinearPower(t *testing.T) {
	t.Parallel()
	nodata := math.NaN()
	decibels := raw(t, godal.Float32, &nodata, filled([]float32{-10, -20, float32(math.NaN()), 30}, -13))
	millibels := raw(t, godal.Int32, nil, filled([]int32{-100000, -200000, 0, -30000}, -130000)) // 1e-4 dB
	powers := raw(t, godal.Float32, nil, filled([]float32{.1, .01, 0, .5}, .05))
	amplitudes := raw(t, godal.UInt16, nil, filled([]uint16{1000, 100, 0, 2000}, 500))
	zero := 0.0
	for _, c := range []struct {
		name  string
		scene imagery.Scene
		want  []int32 // in steps of 1e-5
		note  string
	}{
		{"decibels of floats, by their sign", radar(decibels, func(*imagery.Band) {}), []int32{10000, 1000, nd, 65535}, "taken as decibels"}, // 30 dB is more than fits
		{"decibels in integers with a scale", radar(millibels, func(b *imagery.Band) { b.Scale, b.ScaleSource, b.NoData, b.Unit = 1e-4, "item", &zero, "decibel" }),
			[]int32{10000, 1000, nd, 50119}, ""}, // 10^-0.3 = 0.501187
		{"power, by its fractions", radar(powers, func(*imagery.Band) {}), []int32{10000, 1000, nd, 50000}, "taken as power"},
		{"amplitudes with the scale that calibrates them", radar(amplitudes, func(b *imagery.Band) { b.Scale, b.ScaleSource, b.Unit = 1e-3/math.Sqrt(10), "item", "amplitude" }),
			[]int32{10000, 100, nd, 40000}, ""}, // (1000·1e-3)²/10 = 0.1
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, b, s, err := probed(t, c.scene, "VV", 4)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" || b.Scale != 1e-5 || b.Offset != 0 {
				t.Errorf("scale %v offset %v:\n%s", b.Scale, b.Offset, diff)
			}
			if text := strings.Join(s.Notes, "; "); !strings.Contains(text, c.note) || c.note == "" && text != "" {
				t.Errorf("notes %q", text)
			}
		})
	}
}

func TestRadarNumbersThatCannotBeWhatIsSaidAreRefused(t *testing.T) {
	t.Parallel()
	counts := raw(t, godal.UInt16, nil, filled([]uint16{100}, 200))
	powers := raw(t, godal.Float32, nil, filled([]float32{.1}, .05))
	millibels := raw(t, godal.Int32, nil, filled([]int32{-100000}, -130000))
	for _, c := range []struct {
		name  string
		scene imagery.Scene
		want  string
	}{
		{"raw amplitudes", radar(counts, func(*imagery.Band) {}), "without calibration"},
		{"amplitudes whose scale is not said", radar(counts, func(b *imagery.Band) { b.Unit = "amplitude" }), "without calibration"},
		{"power that is called decibels", radar(raw(t, godal.Float32, nil, filled([]float32{50}, 60)), func(b *imagery.Band) { b.Unit = "decibel" }), "no backscatter in the unit \"decibel\""},
		{"decibels that are called power", radar(millibels, func(b *imagery.Band) { b.Unit, b.Scale = "power", 1e-4 }), "no backscatter in the unit \"power\""},
		{"decibels without their scale", radar(millibels, func(*imagery.Band) {}), "state unit"},
		{"nothing at all", radar(raw(t, godal.Float32, nil, filled(nil, float32(math.NaN()))), func(*imagery.Band) {}), "no pixel of a sample has data"},
	} {
		_, _, _, err := probed(t, c.scene, "VV", 4)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "scene R: VV") {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if _, b, _, err := probed(t, radar(powers, func(b *imagery.Band) { b.Unit = "power" }), "VV", 4); err != nil || b.Decode == nil {
		t.Errorf("power that is called so: %v", err)
	}
}

// optical makes a scene of Gaofen whose red, green and blue are bands of one
// file.
func optical(path string, scale float64) imagery.Scene {
	s := imagery.Scene{ID: "G", Sensor: "gaofen-wfv"}
	for i, name := range []string{"B1", "B2", "B3"} {
		s.Bands = append(s.Bands, imagery.Band{Name: name, Href: path, Index: i + 1, Scale: scale, ScaleSource: "item"})
	}
	return s
}

func TestFloatsAreCountedInStepsOfTenThousandths(t *testing.T) {
	t.Parallel()
	nodata := -3.4e38
	v := filled([]float32{.12345, -.01, -3.4e38, 7}, .2)
	path := raw(t, godal.Float32, &nodata, v, v, v)
	got, b, s, err := probed(t, optical(path, 0), "B3", 4)
	if err != nil {
		t.Fatal(err)
	}
	// .12345 is 1234.5 steps as a decimal; its single-precision form is just above
	if diff := cmp.Diff([]int32{1235, -100, nd, 65535}, got); diff != "" || b.Scale != 1e-4 || b.ScaleSource != "values" {
		t.Errorf("%+v\n%s", b, diff)
	}
	if !strings.Contains(strings.Join(s.Notes, ";"), "steps of 0.0001") {
		t.Errorf("notes %v", s.Notes)
	}
	percent := filled([]float32{12}, 20)
	if _, _, _, err := probed(t, optical(raw(t, godal.Float32, nil, percent, percent, percent), 0), "B3", 1); err == nil || !strings.Contains(err.Error(), "state the scale") {
		t.Errorf("floats in percent without a scale: %v", err)
	}
	got, _, _, err = probed(t, optical(raw(t, godal.Float32, nil, percent, percent, percent), .01), "B3", 2)
	if diff := cmp.Diff([]int32{1200, 2000}, got); err != nil || diff != "" {
		t.Errorf("floats in percent with their scale: %v\n%s", err, diff)
	}
}

func TestASensorWithoutAMaskGetsOneByBrightness(t *testing.T) {
	t.Parallel()
	// reflectance × 10000 of vegetation, a cloud, bright soil, no data
	blue := filled([]uint16{400, 4500, 1200, 0}, 400)
	green := filled([]uint16{700, 4600, 1600, 0}, 700)
	red := filled([]uint16{500, 4700, 2200, 0}, 500)
	got, b, s, err := probed(t, optical(raw(t, godal.UInt16, nil, blue, green, red), 0), "CLOUD", 4)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int32{0, 1, 0, nd}, got); diff != "" || len(b.Of) != 3 {
		t.Errorf("%+v\n%s", b, diff)
	}
	if !strings.Contains(strings.Join(s.Notes, ";"), "no mask band") {
		t.Errorf("notes %v", s.Notes)
	}
	own := optical(raw(t, godal.UInt16, nil, blue, green, red), 0)
	own.Bands = append(own.Bands, imagery.Band{Name: "CLOUD", Href: raw(t, godal.Byte, nil, filled([]uint8{2, 0}, 0)), Index: 1})
	got, b, s, err = probed(t, own, "CLOUD", 4)
	if diff := cmp.Diff([]int32{2, 0, 0, 0}, got); err != nil || diff != "" || len(b.Of) != 0 || len(s.Notes) != 0 {
		t.Errorf("a mask that the scene brings: %v %v\n%s", err, s.Notes, diff)
	}
	dark := optical(raw(t, godal.UInt16, nil, blue, green, red), 0)
	dark.Bands = dark.Bands[1:]
	if _, _, _, err := probed(t, dark, "B3", 1); err == nil || !strings.Contains(err.Error(), "without blue") {
		t.Errorf("a scene without blue: %v", err)
	}
}

func TestACloudWithoutAMaskBandLeavesTheParcelsSums(t *testing.T) {
	t.Parallel()
	// Vegetation with two pixels of cloud; near infrared in a file of its own.
	blue, green, red := filled([]uint16{4500, 4500}, 400), filled([]uint16{4600, 4600}, 700), filled([]uint16{4700, 4700}, 500)
	s := optical(raw(t, godal.UInt16, nil, blue, green, red), 0)
	s.Bands = append(s.Bands, imagery.Band{Name: "B4", Href: raw(t, godal.UInt16, nil, filled([]uint16{5000, 5000}, 4500)), Index: 1})
	r := gdal.NewReader()
	defer r.Close()
	s, err := r.Probe(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	field := orb.MultiPolygon{{{{500000, 4000000}, {500040, 4000000}, {500040, 4000040}, {500000, 4000040}, {500000, 4000000}}}}
	cover, _ := zonal.Cover(grid10(), []zonal.Shape{{ID: "p", Polygon: field}})
	obs, err := observe.Block(t.Context(), r, s, cover, observe.Params{Indices: []string{"ndvi"}})
	if err != nil {
		t.Fatal(err)
	}
	p := obs.Parcels[0]
	if p.Covered != 16*zonal.One || p.Valid != 14*zonal.One || p.Sums[0] != 14*8000*zonal.One {
		t.Errorf("covered %v, clear %v, sum %v", p.Covered/zonal.One, p.Valid/zonal.One, p.Sums[0]/zonal.One)
	}
}

func TestDaysOfACompositeCountFromItsStart(t *testing.T) {
	t.Parallel()
	nodata := -1.0
	s := imagery.Scene{ID: "M", Sensor: "mod13q1", Datetime: time.Date(2023, 12, 19, 0, 0, 0, 0, time.UTC)} // day 353 of 365
	s.Bands = []imagery.Band{
		{Name: "NDVI", Href: raw(t, godal.Int16, nil, filled([]int16{-500, 8000, -3000}, 5000)), Index: 1},
		{Name: "DOY", Href: raw(t, godal.Int16, &nodata, filled([]int16{353, 365, -1, 3}, 353)), Index: 1},
	}
	got, _, checked, err := probed(t, s, "DOY", 4)
	if diff := cmp.Diff([]int32{0, 12, nd, 15}, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if !strings.Contains(strings.Join(checked.Notes, ";"), "no RELIABILITY") {
		t.Errorf("notes %v", checked.Notes)
	}
	got, b, _, err := probed(t, s, "NDVI", 3)
	if diff := cmp.Diff([]int32{-500, 8000, nd}, got); err != nil || diff != "" || b.Scale != 1e-4 {
		t.Errorf("%v %+v\n%s", err, b, diff)
	}
}

func TestMaskBitsOfAnotherCollectionAreRefused(t *testing.T) {
	t.Parallel()
	red := raw(t, godal.UInt16, nil, filled([]uint16{9000}, 9000))
	for _, c := range []struct {
		name  string
		clear uint16
		want  string
	}{{"Collection 2", 21824, ""}, {"Collection 1, clear land", 322, "not the bits that QA_PIXEL has"}, {"fill alone", 1, ""}, {"TM of Collection 2", 5440, ""}} {
		s := imagery.Scene{ID: "L", Sensor: "landsat-c2-l2", Bands: []imagery.Band{
			{Name: "SR_B4", Href: red, Index: 1}, {Name: "QA_PIXEL", Href: raw(t, godal.UInt16, nil, filled([]uint16{1}, c.clear)), Index: 1}}}
		_, err := probedScene(t, s)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestLandsatCountsOfAnotherCollectionAreRefused(t *testing.T) {
	t.Parallel()
	// reflectance × 10000, as Collection 1 and some exports have it: with
	// 0.0000275·DN − 0.2 red would be −0.18
	path := raw(t, godal.UInt16, nil, filled([]uint16{700}, 800))
	scene := func(scale float64) imagery.Scene {
		return imagery.Scene{ID: "L", Sensor: "landsat-c2-l2", Bands: []imagery.Band{
			{Name: "SR_B4", Href: path, Index: 1, Scale: scale, ScaleSource: "item"}, {Name: "QA_PIXEL", Href: raw(t, godal.UInt16, nil, filled[uint16](nil, 21824)), Index: 1}}}
	}
	if _, _, _, err := probed(t, scene(0), "SR_B4", 1); err == nil || !strings.Contains(err.Error(), "state the scale") {
		t.Errorf("without a word on the scale: %v", err)
	}
	if got, b, _, err := probed(t, scene(1e-4), "SR_B4", 1); err != nil || got[0] != 700 || b.Scale != 1e-4 {
		t.Errorf("with the scale: %v %v", got, err)
	}
}
