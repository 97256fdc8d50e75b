package workers_test

import (
	"encoding/json"
	"testing"

	"parus/credit"
	"parus/fields"
	"parus/internal/season"
)

// unproven runs the season and gives, by parcel, whether its tenancy counted as
// unproven.
func unproven(t *testing.T, signs ...fields.TenancyEvidence) map[string]bool {
	t.Helper()
	f := newFarm(t, func(*season.Spec) {})
	if len(signs) > 0 {
		digest, err := f.db.SaveTenancyEvidence(t.Context(), f.run.Spec.County, signs)
		if err != nil {
			t.Fatal(err)
		}
		f.run.Spec.Inputs[season.InputTenancy] = digest
		if f.run, err = f.db.StartRun(t.Context(), f.run); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.drive(t, f.stages...); err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, s := range f.snapshots(t) {
		for _, p := range s.Case.Parcels {
			out[p.ID] = p.TenancyUnproven
		}
	}
	return out
}

// snapshots are those of the run's decisions, by household.
func (f *farm) snapshots(t *testing.T) []credit.Snapshot {
	t.Helper()
	publication, err := f.db.PublicationOfRun(t.Context(), f.run.ID)
	if err != nil {
		t.Fatal(err)
	}
	households, err := f.db.PublishedHouseholds(t.Context(), publication)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]credit.Snapshot, len(households))
	for i, h := range households {
		text, err := f.db.Snapshot(t.Context(), h.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &out[i]); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestATransferInForceProvesATenancy(t *testing.T) {
	t.Parallel()
	got := unproven(t)
	if wheat, ok := got["wheat"]; !ok || wheat {
		t.Errorf("leased under a transfer that covers the season: %v", got)
	}
	if !got["bare"] {
		t.Errorf("leased under a transfer that has ended: %v", got)
	}
}

func TestSignsOfAnotherFarmerMakeATenancyUnproven(t *testing.T) {
	t.Parallel()
	by := func(source fields.TenancySource) fields.TenancyEvidence {
		return fields.TenancyEvidence{ParcelID: "wheat", FarmerID: "h2", Source: source, Season: "winter"}
	}
	if got := unproven(t, by(fields.FromPlanting)); got["wheat"] { // 15 against the contract's 100
		t.Errorf("a declaration outweighs a contract: %v", got)
	}
	if got := unproven(t, by(fields.FromPlanting), by(fields.FromSubsidy)); !got["wheat"] { // 225 against 100
		t.Errorf("a declaration and a payment do not outweigh a contract: %v", got)
	}
}
