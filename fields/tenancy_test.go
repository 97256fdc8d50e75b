package fields_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"parus/fields"
)

func on(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

var winter2025 = fields.Season{Name: "2025-winter", Start: on(2024, 10, 1), End: on(2025, 6, 20)}

func TestWhoFarms(t *testing.T) {
	t.Parallel()
	transfer := func(from, until time.Time) fields.TenancyEvidence {
		return fields.TenancyEvidence{ParcelID: "p", FarmerID: "tenant", Source: fields.FromTransfer, From: from, Until: until}
	}
	says := func(source fields.TenancySource, farmer string) fields.TenancyEvidence {
		return fields.TenancyEvidence{ParcelID: "p", FarmerID: farmer, Source: source, Season: "2025-winter"}
	}
	covers := transfer(on(2023, 10, 1), on(2028, 9, 30))
	for name, c := range map[string]struct {
		signs  []fields.TenancyEvidence
		farmer string
		p      float64
		proven bool
		codes  []fields.TenancyCode
	}{
		"nothing is known: the holder, by the share of land that holders farm": {nil, "holder", .7, false, nil},
		// .3·100 / (.7 + 30)
		"a transfer covers the season": {[]fields.TenancyEvidence{covers}, "tenant", 30 / 30.7, true, []fields.TenancyCode{fields.TransferInForce}},
		"a transfer begins and ends with the season": {[]fields.TenancyEvidence{transfer(winter2025.Start, winter2025.End)}, "tenant", 30 / 30.7, true,
			[]fields.TenancyCode{fields.TransferInForce}},
		// .3·10 / (.7 + 3)
		"a transfer ends a day before the season does": {[]fields.TenancyEvidence{transfer(on(2023, 10, 1), on(2025, 6, 19))}, "tenant", 3 / 3.7, false,
			[]fields.TenancyCode{fields.TransferPart}},
		// holder .7 / (.7 + .3·2)
		"a transfer that ended before": {[]fields.TenancyEvidence{transfer(on(2020, 10, 1), on(2024, 9, 30))}, "holder", .7 / 1.3, false,
			[]fields.TenancyCode{fields.TransferOutside}},
		"a transfer that begins after": {[]fields.TenancyEvidence{transfer(on(2025, 10, 1), on(2030, 9, 30))}, "holder", .7 / 1.3, false,
			[]fields.TenancyCode{fields.TransferOutside}},
		// .3·20 / (.7 + 6)
		"a transfer without its last day": {[]fields.TenancyEvidence{transfer(on(2020, 10, 1), time.Time{})}, "tenant", 6 / 6.7, false,
			[]fields.TenancyCode{fields.TransferUndated}},
		// .3·15 / (.7 + 4.5)
		"somebody else declares": {[]fields.TenancyEvidence{says(fields.FromPlanting, "tenant")}, "tenant", 4.5 / 5.2, false,
			[]fields.TenancyCode{fields.PlantingByOther}},
		"a stranger declares":            {[]fields.TenancyEvidence{says(fields.FromPlanting, "")}, "", 4.5 / 5.2, false, []fields.TenancyCode{fields.PlantingByOther}},
		"a declaration counts once":      {[]fields.TenancyEvidence{says(fields.FromPlanting, ""), says(fields.FromPlanting, "")}, "", 4.5 / 5.2, false, []fields.TenancyCode{fields.PlantingByOther}},
		"one of another parcel does not": {[]fields.TenancyEvidence{{ParcelID: "q", FarmerID: "tenant", Source: fields.FromPlanting}}, "holder", .7, false, nil},
		"one of another season does not": {[]fields.TenancyEvidence{{ParcelID: "p", FarmerID: "tenant", Source: fields.FromPlanting, Season: "x"}}, "holder", .7, false, nil},
		// .3·15·15 / (.7 + 67.5)
		"declared by and paid to somebody else": {[]fields.TenancyEvidence{says(fields.FromSubsidy, "tenant"), says(fields.FromPlanting, "tenant")}, "tenant", 67.5 / 68.2, false,
			[]fields.TenancyCode{fields.PlantingByOther, fields.SubsidyToOther}},
		// holder .7·15·15 = 157.5, tenant .3·100 = 30: the holder farms again, contract or not
		"the holder declares and is paid in spite of a transfer": {[]fields.TenancyEvidence{covers, says(fields.FromSubsidy, "holder"), says(fields.FromPlanting, "holder")},
			"holder", 157.5 / 187.5, false, []fields.TenancyCode{fields.TransferInForce, fields.PlantingByHolder, fields.SubsidyToHolder}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := fields.JudgeTenancy("p", "holder", winter2025, c.signs)
			if got.FarmerID != c.farmer || math.Abs(got.P-c.p) > 1e-12 || got.Proven != c.proven || !slices.Equal(got.Reasons, c.codes) {
				t.Errorf("%+v, want %s with %g", got, c.farmer, c.p)
			}
			backwards := slices.Clone(c.signs)
			slices.Reverse(backwards)
			if again := fields.JudgeTenancy("p", "holder", winter2025, backwards); math.Abs(again.P-got.P) > 1e-12 || again.FarmerID != got.FarmerID {
				t.Errorf("the order of signs counts: %+v", again)
			}
			for _, r := range got.Reasons {
				if zh, en := r.Words(); zh == "" || en == "" {
					t.Errorf("%s has no words", r)
				}
			}
			if got.FarmedByOther("holder") != (c.farmer != "holder") || (fields.Tenancy{}).FarmedByOther("holder") {
				t.Error("who is somebody else")
			}
		})
	}
}
