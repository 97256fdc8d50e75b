package postgis_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"parus/fields"
	"parus/internal/postgis"
)

func TestDeclarationsAreKeptOnceAndWithinTheirCounty(t *testing.T) {
	t.Parallel()
	db := open(t)
	importing(t, db, postgis.RegistryRelease{Digest: "1", Households: []fields.Household{{ID: "Ha"}}, Parcels: []fields.Parcel{box("a", 117, 36, 117.001, 36.001)}})
	all := []fields.Declaration{{ParcelID: "a", HouseholdID: "Ha", Crop: "maize"}, {ParcelID: "a", Crop: "soybean"}, {ParcelID: "b", Crop: "maize"}}
	digest, err := db.SaveDeclarations(t.Context(), countyA, "s", all)
	if err != nil || digest == "" {
		t.Fatal(digest, err)
	}
	if again, err := db.SaveDeclarations(t.Context(), countyA, "s", all); err != nil || again != digest {
		t.Errorf("kept again: %s, %v", again, err)
	}
	if other, err := db.SaveDeclarations(t.Context(), countyA, "t", all); err != nil || other == digest {
		t.Errorf("of another season: %s, %v", other, err)
	}
	got, err := db.Declarations(t.Context(), countyA.Code, digest)
	if d := cmp.Diff(all, got); d != "" || err != nil {
		t.Error(d, err)
	}
	if none, err := db.Declarations(t.Context(), "370198", digest); err != nil || len(none) != 0 {
		t.Errorf("of another county: %v, %v", none, err)
	}
	if none, err := db.SaveDeclarations(t.Context(), countyA, "s", nil); err != nil || none != "" {
		t.Errorf("none: %q, %v", none, err)
	}
}
