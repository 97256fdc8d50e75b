package gdal_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"parus/imagery"
	"parus/imagery/gdal"
	"parus/imagery/observe"
	"parus/imagery/series"
	"parus/imagery/stac"
	"parus/imagery/zonal"
)

// realData returns a path of the real data, or skips aloud.
func realData(t *testing.T, parts ...string) string {
	t.Helper()
	root := os.Getenv("PARUS_REAL_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	path := filepath.Join(append([]string{root}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("SKIPPED: no real data at %s: set PARUS_REAL_DATA", path)
	}
	return path
}

func TestFlandersFromItemsToSeries(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	items, err := stac.Load(ctx, realData(t, "s2_flanders_2018_31UDS", "stac_items.json"), stac.Query{})
	if err != nil {
		t.Fatal(err)
	}
	if len(items.Scenes) != 118 || len(items.Refused) != 0 {
		t.Fatalf("%d scenes, refused %v", len(items.Scenes), items.Refused)
	}
	r := gdal.NewReader()
	defer r.Close()
	lattice := imagery.Lattice{CRS: "EPSG:32631", PixelSizeM: 10, BlockPx: 2048}
	field := orb.MultiPolygon{{{{501405, 5629100}, {501603, 5629107}, {501600, 5629300}, {501400, 5629305}, {501405, 5629100}}}}
	blocks := lattice.BlocksOver(field.Bound())
	cover, refused := zonal.Cover(lattice.Grid(blocks[0]), []zonal.Shape{{ID: "field", Polygon: field}})
	if len(blocks) != 1 || len(refused) > 0 {
		t.Fatal(blocks, refused)
	}
	var all []*observe.Observation
	for _, s := range items.Scenes {
		if s, err = r.Probe(ctx, s); err != nil {
			t.Fatal(err)
		}
		if red, _ := s.Band("B04"); red.Scale != 1e-4 || red.Offset != 0 || red.ScaleSource != "file" {
			t.Fatalf("%s: %+v", s.ID, red)
		}
		obs, err := observe.Block(ctx, r, s, cover, observe.Params{
			Bands: []string{"B02", "B04", "B08", "B11"}, Indices: []string{"ndvi", "evi", "ndwi", "ndmi", "ndre", "psri"}, MarginPx: 2})
		if errors.Is(err, observe.ErrNoOverlap) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, obs)
	}
	parcels, err := series.Assemble(all)
	if err != nil || len(parcels) != 1 {
		t.Fatal(len(parcels), err)
	}
	s := parcels[0].Series
	clear := 0
	ndvi, _ := s.Layer("ndvi")
	for i, v := range ndvi {
		if s.Valid[i] > .5 {
			clear++
			if v < -.2 || v > 1 {
				t.Errorf("%s: ndvi %v", s.Scenes[i], v)
			}
		}
	}
	if clear < 30 || clear > 90 {
		t.Errorf("%d clear dates of %d: 56 of the patch have less than 20 %% cloud", clear, len(s.Dates))
	}
	curve, err := series.Smooth(s, "ndvi", series.SmoothParams{Start: s.Dates[0], End: s.Dates[len(s.Dates)-1]})
	if err != nil {
		t.Fatal(err)
	}
	if seasons := series.Phenology(curve, series.PhenologyParams{}); len(seasons) == 0 {
		t.Error("a field of Flanders shows no growing season in 16 months")
	}
}

func TestConformanceRastersReadOrFailPlainly(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"raster", "malformed"} {
		root := realData(t, "conformance", dir)
		err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
			ext := strings.ToLower(filepath.Ext(path))
			if err != nil || d.IsDir() || ext != ".tif" && ext != ".jp2" {
				return err
			}
			t.Run(filepath.Base(path), func(t *testing.T) {
				t.Parallel()
				readAll(t, path)
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// readAll reads every band of a file on its own grid, or as far as 512 × 512
// pixels, and on a grid of another CRS.
func readAll(t *testing.T, path string) {
	t.Helper()
	ctx := context.Background()
	in, err := gdal.ReadInfo(ctx, path)
	if err != nil {
		named(t, path, err)
		return
	}
	r := gdal.NewReader()
	defer r.Close()
	w := imagery.Window{Width: min(in.Grid.Width, 512), Height: min(in.Grid.Height, 512)}
	for i := range in.Bands {
		dst := make([]int32, w.Width*w.Height)
		b := imagery.Band{Name: "B", Href: path, Index: i + 1}
		if err := r.Read(ctx, b, in.Grid, w, dst); err != nil {
			named(t, path, err)
		}
		utm := imagery.Grid{CRS: "EPSG:32650", Transform: imagery.GeoTransform{500000, 100, 0, 4000000, 0, -100}, Width: 64, Height: 64}
		if err := r.Read(ctx, b, utm, imagery.Window{Width: 64, Height: 64}, dst[:min(len(dst), 64*64)]); err != nil {
			named(t, path, err)
		}
	}
}

func named(t *testing.T, path string, err error) {
	t.Helper()
	if !strings.Contains(err.Error(), filepath.Base(path)) {
		t.Errorf("the error does not name the file: %v", err)
	}
}

func TestConformanceSouthUpAgreesWithNorthUp(t *testing.T) {
	t.Parallel()
	path := realData(t, "conformance", "raster", "inverted_lat.tif")
	ctx := context.Background()
	in, err := gdal.ReadInfo(ctx, path)
	if err != nil || in.Grid.Transform[5] <= 0 {
		t.Skipf("SKIPPED: %s is not south-up: %v %v", path, in.Grid.Transform, err)
	}
	if in.Bands[0].Type != "Byte" && in.Bands[0].Type != "UInt16" && in.Bands[0].Type != "Int16" {
		t.Skipf("SKIPPED: %s holds %s", path, in.Bands[0].Type)
	}
	up := in.Grid
	up.Transform[3] += float64(up.Height) * up.Transform[5]
	up.Transform[5] = -up.Transform[5]
	r := gdal.NewReader()
	defer r.Close()
	w := imagery.Window{Width: up.Width, Height: up.Height}
	a, b := make([]int32, w.Width*w.Height), make([]int32, w.Width*w.Height)
	band := imagery.Band{Href: path, Index: 1}
	if err := errors.Join(r.Read(ctx, band, in.Grid, w, a), r.Read(ctx, band, up, w, b)); err != nil {
		t.Fatal(err)
	}
	for i := range a {
		if a[i] != b[(w.Height-1-i/w.Width)*w.Width+i%w.Width] {
			t.Fatalf("pixel %d differs", i)
		}
	}
}
