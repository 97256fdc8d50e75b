package postgis_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"parus/fields"
	"parus/internal/postgis"
	"parus/internal/season"
)

func TestBatchesHoldEachHouseholdOnceInOneOrder(t *testing.T) {
	t.Parallel()
	db := open(t)
	release := postgis.RegistryRelease{Digest: "order"}
	var want []string
	for i, village := range []string{"", "370199101202", "370199101201"} {
		for j := range 7 {
			// Capitals come before small letters by code point, not by a dictionary.
			id := fmt.Sprintf("%c%d-%d", "aBcDeFg"[j], i, j)
			release.Households = append(release.Households, fields.Household{ID: id, Village: village, Members: 1})
			want = append(want, village+"/"+id)
		}
	}
	slices.Sort(want)
	saved := importing(t, db, release).ID
	for size := 1; size <= len(want)+1; size++ {
		starts, err := db.HouseholdBatches(t.Context(), saved, size)
		if err != nil {
			t.Fatal(err)
		}
		var got, skipped []string
		for i, after := range starts {
			got = append(got, householdsOf(t, db, season.HoldingsQuery{Registry: saved, After: after, Limit: size})...)
			skipped = append(skipped, householdsOf(t, db, season.HoldingsQuery{Registry: saved, Offset: i * size, Limit: size})...)
		}
		if !slices.Equal(got, want) {
			t.Errorf("batches of %d:\n%s\nwant\n%s", size, strings.Join(got, " "), strings.Join(want, " "))
		}
		if !slices.Equal(skipped, want) {
			t.Errorf("units planned by number, of %d:\n%s", size, strings.Join(skipped, " "))
		}
	}
	if starts, err := db.HouseholdBatches(t.Context(), saved+1, 5); err != nil || len(starts) != 0 {
		t.Errorf("a registry without households: %v, %v", starts, err)
	}
}

func householdsOf(t *testing.T, db *postgis.DB, q season.HoldingsQuery) []string {
	t.Helper()
	held, err := db.Holdings(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, h := range held {
		out = append(out, h.Household.Village+"/"+h.Household.ID)
	}
	return out
}
