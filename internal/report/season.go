package report

import (
	"slices"
	"strings"
)

// Season is everything that one run found about one county in one season.
// Slices may come in any order; the writers sort copies and change nothing.
type Season struct {
	County     string // administrative code, "370199"
	CountyName string // shown to people; the code is shown where it is empty
	Season     string // the season's name, "2025-summer"
	Currency   string // ISO 4217; amounts are in its hundredth, "fen"
	Parcels    []Parcel
	Households []Household
	Outcomes   []Outcome
	Inputs     []Input
	Model      string           // one line on the crop model: name, classes, held-out accuracy
	CropNames  map[string]Words // names by crop code; a code without one is shown with spaces
	Policy     string           // one line on the policy: name, version
}

// Words is one text in the two languages of the report.
type Words struct {
	Zh, En string
}

// Input is one thing that the run read.
type Input struct {
	Name   string // file name or catalogue id, no path of a machine
	Kind   string // "scene", "registry", "weather", "policy", …
	Digest string // SHA-256 in hex
}

// Outcome is how one item ended in one stage.
type Outcome struct {
	Item    string
	Stage   string
	Outcome string // "done", "skipped" or "failed"
	Reason  string // "" where it is done without remark
}

func sortedParcels(s Season) []Parcel {
	out := slices.Clone(s.Parcels)
	slices.SortStableFunc(out, func(a, b Parcel) int {
		if c := compareIDs(a.ID, b.ID); c != 0 {
			return c
		}
		return compareIDs(a.HouseholdID, b.HouseholdID)
	})
	return out
}

func sortedHouseholds(s Season) []Household {
	out := slices.Clone(s.Households)
	slices.SortStableFunc(out, func(a, b Household) int { return compareIDs(a.ID, b.ID) })
	return out
}

func sortedOutcomes(s Season) []Outcome {
	out := slices.Clone(s.Outcomes)
	slices.SortFunc(out, func(a, b Outcome) int {
		if c := compareIDs(a.Item, b.Item); c != 0 {
			return c
		}
		if c := compareStages(a.Stage, b.Stage); c != 0 {
			return c
		}
		if c := strings.Compare(a.Outcome, b.Outcome); c != 0 {
			return c
		}
		return strings.Compare(a.Reason, b.Reason)
	})
	return out
}

func sortedInputs(s Season) []Input {
	out := slices.Clone(s.Inputs)
	slices.SortFunc(out, func(a, b Input) int {
		if c := strings.Compare(a.Kind, b.Kind); c != 0 {
			return c
		}
		if c := compareIDs(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(a.Digest, b.Digest)
	})
	return out
}
