package postgis_test

import (
	"slices"
	"testing"
	"time"

	"parus/fields"
	"parus/internal/postgis"
	"parus/internal/season"
)

func TestWhatTellsWhoFarmsComesBackWithTheParcel(t *testing.T) {
	t.Parallel()
	db := open(t)
	from, until := time.Date(2023, 10, 1, 0, 0, 0, 0, time.UTC), time.Date(2028, 9, 30, 0, 0, 0, 0, time.UTC)
	r := importing(t, db, postgis.RegistryRelease{Digest: "1", Households: []fields.Household{{ID: "Ha"}, {ID: "Hb"}, {ID: "Hc"}},
		Parcels: []fields.Parcel{box("a", 117, 36, 117.001, 36.001), box("b", 117.01, 36, 117.011, 36.001), box("c", 117.02, 36, 117.021, 36.001)},
		Holdings: []season.LandHolding{{ParcelID: "a", HouseholdID: "Ha", HolderID: "Hx", Transferee: "Ha", TransferOn: from, TransferEnd: until},
			{ParcelID: "c", HouseholdID: "Hc", HolderID: "Hc"}},
	})
	signs := []fields.TenancyEvidence{{ParcelID: "a", FarmerID: "Ha", Source: fields.FromPlanting, Season: "w"}, {ParcelID: "b", Source: fields.FromSubsidy, Season: "w"},
		{ParcelID: "elsewhere", FarmerID: "Ha", Source: fields.FromPlanting, Season: "w"}}
	digest, err := db.SaveTenancyEvidence(t.Context(), countyA, signs)
	if err != nil || digest == "" {
		t.Fatal(digest, err)
	}
	if again, err := db.SaveTenancyEvidence(t.Context(), countyA, signs); err != nil || again != digest {
		t.Errorf("kept again: %s, %v", again, err)
	}
	if none, err := db.SaveTenancyEvidence(t.Context(), countyA, nil); err != nil || none != "" {
		t.Errorf("no signs: %q, %v", none, err)
	}
	winter := fields.Season{Name: "w", Start: from.AddDate(1, 0, 0), End: from.AddDate(1, 8, 0)}
	for name, evidence := range map[string]string{"with evidence": digest, "without": ""} {
		held, err := db.Holdings(t.Context(), season.HoldingsQuery{Registry: r.ID, Limit: 10, Evidence: evidence})
		if err != nil {
			t.Fatal(err)
		}
		byParcel := map[string]season.HeldParcel{}
		for _, h := range held {
			for _, p := range h.Parcels {
				byParcel[p.Parcel.ID] = p
			}
		}
		a := byParcel["a"].Tenancy(winter)
		if a.HolderID != "Hx" || a.FarmerID != "Ha" || !a.Proven || slices.Contains(a.Reasons, fields.PlantingByOther) != (evidence != "") {
			t.Errorf("%s: %+v", name, a)
		}
		if b := byParcel["b"].Tenancy(winter); b.FarmedByOther("Hb") != (evidence != "") || b.Proven {
			t.Errorf("%s: %+v", name, b)
		}
		if c := byParcel["c"].Tenancy(winter); c.FarmerID != "Hc" || len(c.Reasons) > 0 {
			t.Errorf("%s: %+v", name, c)
		}
		told, err := db.TenancyParcels(t.Context(), r.ID, evidence)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range told {
			if got, want := p.Tenancy(winter), byParcel[p.Parcel.ID].Tenancy(winter); got.FarmerID != want.FarmerID || got.P != want.P || got.Proven != want.Proven {
				t.Errorf("%s: %+v and %+v", name, got, want)
			}
		}
		if want := map[bool]int{true: 2, false: 1}[evidence != ""]; len(told) != want {
			t.Errorf("%s: %d parcels, want %d", name, len(told), want)
		}
	}
}

func TestTheLastMappingOfACountyIsKept(t *testing.T) {
	t.Parallel()
	db := open(t)
	if _, found, err := db.LastMapping(t.Context(), countyA.Code, "parcels"); found || err != nil {
		t.Fatal(found, err)
	}
	m := season.Mapping{Kind: "parcels", Digest: "m1", YAML: "kind: parcels\n", ConfirmedBy: "李四"}
	importing(t, db, postgis.RegistryRelease{Digest: "1", Mapping: &m, Parcels: []fields.Parcel{box("a", 117, 36, 117.001, 36.001)}})
	if got, found, err := db.LastMapping(t.Context(), countyA.Code, "parcels"); !found || err != nil || got != m {
		t.Errorf("%+v, %v, %v", got, found, err)
	}
	if _, found, err := db.Within([]string{"42"}).LastMapping(t.Context(), countyA.Code, "parcels"); found || err != nil {
		t.Errorf("another county's session sees it: %v, %v", found, err)
	}
}
