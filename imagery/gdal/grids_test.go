package gdal_test

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/airbusgeo/godal"
	"github.com/google/go-cmp/cmp"

	"parus/imagery"
	"parus/imagery/gdal"
	"parus/imagery/observe"
)

func TestAlphaAndMasksHidePixels(t *testing.T) {
	t.Parallel()
	v := filled([]uint16{10, 20, 30, 40}, 50)
	path := raw(t, godal.UInt16, nil, v, filled([]uint16{65535, 0, 65535, 1}, 65535))
	for name, hide := range map[string]func(*godal.Dataset) error{
		"an alpha band": func(ds *godal.Dataset) error { return ds.Bands()[1].SetColorInterp(godal.CIAlpha) },
		"a mask of the dataset": func(ds *godal.Dataset) error {
			m, err := ds.CreateMaskBand(0x02, godal.ConfigOption("GDAL_TIFF_INTERNAL_MASK=YES"))
			if err != nil {
				return err
			}
			return m.Write(0, 0, filled([]uint8{255, 0, 255, 255}, 255), 4, 4)
		},
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "masked.tif")
			src, err := godal.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer src.Close()
			ds, err := src.Translate(out, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := hide(ds); err != nil {
				t.Fatal(err)
			}
			if err := ds.Close(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]int32{10, nd, 30, 40}, read(t, out, 1, grid10(), imagery.Window{Width: 4, Height: 1})); diff != "" {
				t.Error(diff)
			}
			// the same through a warp
			west := imagery.Grid{CRS: "EPSG:32649", Transform: imagery.GeoTransform{1043000, 10, 0, 4020000, 0, -10}, Width: 60, Height: 60}
			hits := map[int32]int{}
			p, err := gdal.NewProjection("EPSG:32650", "EPSG:32649")
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			at, err := p.Point([2]float64{500020, 4000020})
			if err != nil {
				t.Fatal(err)
			}
			west.Transform[0], west.Transform[3] = at[0]-300, at[1]+300
			for _, v := range read(t, out, 1, west, imagery.Window{Width: 60, Height: 60}) {
				hits[v]++
			}
			if hits[20] != 0 || hits[10] == 0 || hits[30] == 0 {
				t.Errorf("%v", hits)
			}
		})
	}
}

func TestPixelIsPointLiesHalfAPixelFurther(t *testing.T) {
	t.Parallel()
	// The file says that (500000, 4000040) is the middle of its first pixel, so
	// the pixel reaches from 499995 to 500005, and the centre of the grid's
	// first, (500005, 4000035), lies on the corner that its second row and column
	// begin at.
	src, err := godal.Open(raw(t, godal.UInt16, nil, counting(16)))
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	out := filepath.Join(t.TempDir(), "point.tif")
	ds, err := src.Translate(out, []string{"-mo", "AREA_OR_POINT=Point"}, godal.ConfigOption("GTIFF_POINT_GEO_IGNORE=TRUE"))
	if err != nil {
		t.Fatal(err)
	}
	if err := ds.Close(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int32{6, 7, 8, nd}, read(t, out, 1, grid10(), imagery.Window{Width: 4, Height: 1})); diff != "" {
		t.Error(diff)
	}
}

func TestGroundControlPointsPlaceAFile(t *testing.T) {
	t.Parallel()
	src, err := godal.Open(raw(t, godal.UInt16, nil, counting(16)))
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	// The corners of the file, turned by a half turn: its first pixel is the
	// grid's last.
	out := filepath.Join(t.TempDir(), "gcp.tif")
	ds, err := src.Translate(out, []string{"-a_srs", "EPSG:32650",
		"-gcp", "0", "0", "500040", "4000000", "-gcp", "4", "0", "500000", "4000000", "-gcp", "0", "4", "500040", "4000040", "-gcp", "4", "4", "500000", "4000040"})
	if err != nil {
		t.Fatal(err)
	}
	if err := ds.Close(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int32{16, 15, 14, 13}, read(t, out, 1, grid10(), imagery.Window{Width: 4, Height: 1})); diff != "" {
		t.Error(diff)
	}
}

func TestAGridAcrossTheAntimeridianReadsBothSides(t *testing.T) {
	t.Parallel()
	// A file in degrees east of 179° E, and one west of 179° W, on a UTM grid of
	// zone 60 whose middle is the meridian 180°.
	west := tiff{epsg: 4326, transform: imagery.GeoTransform{179, .5, 0, 52, 0, -1}, width: 2, bands: [][]uint16{{7, 7}}}.write(t)
	east := tiff{epsg: 4326, transform: imagery.GeoTransform{-180, .5, 0, 52, 0, -1}, width: 2, bands: [][]uint16{{9, 9}}}.write(t)
	p, err := gdal.NewProjection("EPSG:4326", "EPSG:32660")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	at, err := p.Point([2]float64{180, 51.5})
	if err != nil {
		t.Fatal(err)
	}
	g := imagery.Grid{CRS: "EPSG:32660", Transform: imagery.GeoTransform{math.Round(at[0]) - 2000, 1000, 0, math.Round(at[1]), 0, -1000}, Width: 4, Height: 1}
	for path, want := range map[string][]int32{west: {7, 7, nd, nd}, east: {nd, nd, 9, 9}} {
		if diff := cmp.Diff(want, read(t, path, 1, g, imagery.Window{Width: 4, Height: 1})); diff != "" {
			t.Error(diff)
		}
	}
}

func TestAFileOfNothingIsAResultAndNoFailure(t *testing.T) {
	t.Parallel()
	zero := 0.0
	empty := filled[uint16](nil, 0)
	s, err := probedScene(t, optical(raw(t, godal.UInt16, &zero, empty, empty, empty), 0))
	if err != nil {
		t.Fatal(err)
	}
	b, _ := s.Band("B3")
	r := gdal.NewReader()
	defer r.Close()
	dst := make([]int32, 16)
	if err := r.Read(t.Context(), b, grid10(), whole, dst); err != nil || dst[0] != observe.NoData || dst[15] != observe.NoData {
		t.Errorf("%v %v", err, dst)
	}
}

func probedScene(t *testing.T, s imagery.Scene) (imagery.Scene, error) {
	t.Helper()
	r := gdal.NewReader()
	defer r.Close()
	return r.Probe(t.Context(), s)
}
