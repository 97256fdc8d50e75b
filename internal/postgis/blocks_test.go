package postgis_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"parus/fields"
	"parus/imagery"
	"parus/internal/postgis"
)

// box is a lon-lat rectangle as a parcel's shape.
func box(id string, lon0, lat0, lon1, lat1 float64) fields.Parcel {
	ring := orb.Ring{{lon0, lat0}, {lon1, lat0}, {lon1, lat1}, {lon0, lat1}, {lon0, lat0}}
	return fields.Parcel{ID: id, HouseholdID: "H" + id, Shape: orb.MultiPolygon{{ring}}}
}

// In UTM zone 50 the central meridian 117°E has easting 500,000 m exactly and
// the equator northing 0, so blocks of 2,000 px of 10 m (20 km) break at
// 117°E (500,000 = 25 × 20,000): parcel "a" lies west of it, "c" east, and "b"
// across.
func TestParcelsAreFoundInEveryBlockThatTheyTouch(t *testing.T) {
	t.Parallel()
	db := open(t)
	parcels := []fields.Parcel{
		box("a", 116.990, 0.010, 116.995, 0.015),
		box("b", 116.999, 0.010, 117.001, 0.015),
		box("c", 117.005, 0.010, 117.010, 0.015),
	}
	registry, err := db.ImportRegistry(t.Context(), postgis.RegistryRelease{
		County: fields.County{Code: "370199", Name: "测试县", Currency: "CNY"}, Digest: "d", Source: "x", Parcels: parcels,
	})
	if err != nil {
		t.Fatal(err)
	}
	l := imagery.Lattice{CRS: "EPSG:32650", PixelSizeM: 10, BlockPx: 2000}
	blocks, err := db.RegistryBlocks(t.Context(), registry, l)
	if err != nil {
		t.Fatal(err)
	}
	if len(blocks) != 2 {
		t.Fatalf("%d blocks, want 2: %+v", len(blocks), blocks)
	}
	west, east := blocks[0], blocks[1]
	if west.Block != (imagery.Block{Col: 24, Row: 0}) || east.Block != (imagery.Block{Col: 25, Row: 0}) {
		t.Fatalf("blocks %s and %s, want 24_0 and 25_0", west, east)
	}
	if west.Touched != 2 || west.Home != 2 || east.Touched != 2 || east.Home != 1 {
		t.Errorf("west %d touched %d at home, east %d and %d; want 2 2 2 1", west.Touched, west.Home, east.Touched, east.Home)
	}
	if diff := cmp.Diff([]imagery.Block{{Col: 24, Row: 0}, {Col: 25, Row: 0}}, west.Spans); diff != "" {
		t.Errorf("parcels at home in the west span (-want +got):\n%s", diff)
	}
	shapes, shared, err := db.BlockShapes(t.Context(), registry, l, west.Block)
	if err != nil || shared != 1 || len(shapes) != 2 || shapes[0].ID != "b" || shapes[1].ID != "a" {
		t.Fatalf("shapes of the west block: %v, %d shared, %v; want b, which reaches east, before a", shapes, shared, err)
	}
	shapes, shared, err = db.BlockShapes(t.Context(), registry, l, east.Block)
	if err != nil || shared != 1 || len(shapes) != 2 || shapes[0].ID != "b" || shapes[1].ID != "c" {
		t.Fatalf("shapes of the east block: %v, %d shared, %v; want b and c", shapes, shared, err)
	}
	homes, err := db.HomeParcels(t.Context(), registry, l, east.Block)
	if diff := cmp.Diff([]string{"c"}, homes); diff != "" || err != nil {
		t.Errorf("at home in the east (-want +got):\n%s %v", diff, err)
	}
	if x := shapes[0].Polygon[0][0][0][0]; x < 499_000 || x > 500_000 {
		t.Errorf("shape b begins at easting %g, want it in metres just under 500,000", x)
	}
}

func TestBlocksNeedAnEPSGCode(t *testing.T) {
	t.Parallel()
	db := open(t)
	if _, err := db.RegistryBlocks(t.Context(), 1, imagery.Lattice{CRS: "UTM 50", PixelSizeM: 10, BlockPx: 64}); err == nil {
		t.Fatal("a grid CRS without an EPSG code passes")
	}
}

func TestRegistryBoundOfNoParcelsIsAnError(t *testing.T) {
	t.Parallel()
	db := open(t)
	if b, err := db.RegistryBound(t.Context(), 99); err == nil {
		t.Fatalf("an unknown registry has the extent %v", b)
	}
}
