package gdal_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
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
