package registry_test

import (
	"slices"
	"testing"
	"time"

	"parus/fields"
	"parus/fields/registry"
	"parus/fixtures"
)

func date(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

// leases opens a generated county on a day and gives its holdings by parcel.
func leases(t *testing.T, today time.Time) (*fixtures.County, map[string]registry.LandHolding) {
	t.Helper()
	cfg := fixtures.Config{Seed: 5, Households: 80, SizePx: 240}
	c, err := fixtures.NewCounty(cfg)
	if err != nil {
		t.Fatal(err)
	}
	p, _ := countyPackage(t, cfg)
	out := map[string]registry.LandHolding{}
	for _, h := range open(t, p.write(t), registry.Options{Now: today}).Holdings {
		out[h.ParcelID] = h
	}
	return c, out
}

// The generated county lets its leased parcels from 2023-10-01 to 2028-09-30.
func TestTransfersProveWhoFarmsWhileTheyLast(t *testing.T) {
	t.Parallel()
	season := func(year int) fields.Season {
		return fields.Season{Name: "winter", Start: date(year-1, 10, 1), End: date(year, 6, 20)}
	}
	for name, today := range map[string]time.Time{"read while the transfers last": date(2025, 6, 20), "read after they ended": date(2030, 1, 1)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, held := leases(t, today)
			let := 0
			for _, p := range c.Parcels {
				h, holder, farmer := held[p.ID], c.Households[p.Household].ID, c.Households[p.Farmer()].ID
				if h.HolderID != holder || h.Leased != (p.Tenant >= 0 && today.Year() < 2028) {
					t.Fatalf("%+v, held by %s", h, holder)
				}
				if p.Tenant < 0 {
					if h.Transferee != "" || h.HouseholdID != holder {
						t.Fatalf("a parcel that is not let: %+v", h)
					}
					continue
				}
				let++
				sign := fields.TenancyEvidence{ParcelID: p.ID, FarmerID: h.Transferee, Source: fields.FromTransfer, From: h.TransferOn, Until: h.TransferEnd}
				for year, proven := range map[int]bool{2023: false, 2024: true, 2025: true, 2028: true, 2029: false} {
					got := fields.JudgeTenancy(p.ID, holder, season(year), []fields.TenancyEvidence{sign})
					if got.Proven != proven || proven && got.FarmerID != farmer || !proven && got.FarmerID != holder {
						t.Errorf("%d: %+v, let to %s", year, got, farmer)
					}
				}
			}
			if let == 0 {
				t.Fatal("the county lets nothing")
			}
		})
	}
}

func TestOnlyGrowerPaymentsOfAParcelTellWhoFarms(t *testing.T) {
	t.Parallel()
	winter := fields.Season{Name: "w", Start: date(2024, 10, 1), End: date(2025, 6, 20)}
	pay := func(household, parcel string, s registry.Scheme, paid time.Time) registry.Subsidy {
		return registry.Subsidy{HouseholdID: household, ParcelID: parcel, Scheme: s, Paid: paid}
	}
	got := registry.TenancyEvidence(winter, []registry.Subsidy{
		pay("h1", "p2", registry.SchemeGrower, date(2025, 10, 30)),
		pay("h1", "p2", registry.SchemeGrower, date(2025, 11, 30)), // a second part of the same
		pay("h2", "p1", registry.SchemeGrower, time.Time{}),
		pay("h3", "p1", registry.SchemeHolder, date(2025, 6, 12)),  // pays whoever holds
		pay("h4", "p1", registry.SchemeUnknown, date(2025, 6, 12)), // pays nobody knows whom
		pay("h5", "", registry.SchemeGrower, date(2025, 10, 30)),   // of which parcel?
		pay("h6", "p1", registry.SchemeGrower, date(2024, 9, 30)),  // of the year before
		pay("h7", "p1", registry.SchemeGrower, date(2026, 6, 21)),  // of the year after
	}, []registry.Planting{
		{ParcelID: "p3", HouseholdID: "h8", Sown: date(2024, 9, 20)},
		{ParcelID: "p4", HouseholdID: "h8", Sown: date(2025, 6, 10)},
		{ParcelID: "p5", HouseholdID: "h8", Year: 2024},
		{ParcelID: "p6", Year: 2025, Leased: true}, // to a stranger
		{ParcelID: "p7", Year: 2025},               // nobody is named
	})
	want := []fields.TenancyEvidence{
		{ParcelID: "p1", FarmerID: "h2", Source: fields.FromSubsidy, Season: "w"}, {ParcelID: "p2", FarmerID: "h1", Source: fields.FromSubsidy, Season: "w"},
		{ParcelID: "p3", FarmerID: "h8", Source: fields.FromPlanting, Season: "w"}, {ParcelID: "p6", Source: fields.FromPlanting, Season: "w"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}
