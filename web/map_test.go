package web_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"parus/internal/publication"
)

func TestAnOfficerReadsTheOwnCounty(t *testing.T) {
	t.Parallel()
	s := seed(t)
	addAccount(t, s, "officer", publication.Officer, own.code)
	b := signedIn(t, serve(t, s), "officer")

	pubs := read[items[publication.Publication]](b, "/v1/publications")
	foreigner := func(p publication.Publication) bool { return p.County != own.code }
	if len(pubs.Items) == 0 || slices.ContainsFunc(pubs.Items, foreigner) || pubs.Items[0].ID != s.own || pubs.Items[0].CountyName != own.name {
		t.Fatalf("publications %+v, want the own county's alone", pubs.Items)
	}
	if p := pubs.Items[0]; p.Starts == nil || *p.Starts != "2025-06-01" || p.Ends == nil || *p.Ends != "2025-10-31" {
		t.Errorf("season %v to %v, want 2025-06-01 to 2025-10-31", p.Starts, p.Ends)
	}
	base := fmt.Sprintf("/v1/publications/%d", s.own)
	sum := read[publication.Summary](b, base+"/summary")
	want := own.villages * strips * rowsOf
	if sum.Parcels != want || len(sum.Villages) != own.villages || sum.Scores == nil || len(sum.Scores.LineBreaks) != 4 {
		t.Errorf("summary %d parcels, %d villages, scores %+v; want %d, %d and four breaks", sum.Parcels, len(sum.Villages), sum.Scores, want, own.villages)
	}
	for i, v := range sum.Villages {
		if v.Code != villageCode(own, i) || v.Name != villageNames[i] {
			t.Errorf("village %d is %s %q, want %s %q", i, v.Code, v.Name, villageCode(own, i), villageNames[i])
		}
	}
	parcels := 0
	for _, c := range sum.Crops {
		parcels += c.Parcels
	}
	if parcels != want {
		t.Errorf("crops add up to %d parcels, want %d", parcels, want)
	}
	hits := read[items[publication.Hit]](b, base+"/search?q="+s.first.id[:15])
	if len(hits.Items) == 0 {
		t.Error("a search for the start of a parcel code finds nothing")
	}
	card := read[publication.ParcelCard](b, base+"/parcels/"+s.first.id)
	if card.HouseholdID != s.first.household || card.Crop != s.first.crop || card.Household == nil || *card.Household.LineFen != s.first.line {
		t.Errorf("card %+v differs from what was seeded: %+v", card, s.first)
	}
	if math.Abs(card.AreaM2-s.first.areaM2) > 1e-6 {
		t.Errorf("area %g, want %g", card.AreaM2, s.first.areaM2)
	}
	if len(card.Posterior) != 3 || card.Posterior[0].Crop != s.first.crop {
		t.Errorf("posterior %+v, want three classes, %s first", card.Posterior, s.first.crop)
	}
	if c := card.Curve; c == nil || len(c.Smooth) != seasonOf.Days() || *c.SmoothFrom != "2025-06-01" || len(c.NDVI) != len(c.Dates) {
		t.Errorf("curve %+v, want a smooth value for each of %d days", c, seasonOf.Days())
	}
	if card.Decision == nil || len(card.Decision.Reasons) < 3 || card.Decision.Reasons[0].LiftZH == "" {
		t.Errorf("decision %+v, want its reasons with what would lift them", card.Decision)
	}
	band := read[struct{ Band *publication.CountyBand }](b, base+"/band?crop="+s.first.crop)
	if band.Band == nil || len(band.Band.Dates) == 0 || band.Band.P10[5] > band.Band.P90[5] {
		t.Errorf("band %+v, want percentiles per date", band.Band)
	}
}
