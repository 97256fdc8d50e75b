package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"parus/internal/publication"
)

func TestAnOutlookIsThatOfThePublishedLine(t *testing.T) {
	t.Parallel()
	l := newLender(t)
	b := l.as(t, publication.Officer, "officer", own.code)
	card := fmt.Sprintf("/v1/publications/%d/households/%s", l.own, l.households[0])
	d := read[publication.HouseholdCard](b, card).Decision
	o := read[struct {
		P10     int64 `json:"p10_fen"`
		P50     int64 `json:"p50_fen"`
		P90     int64 `json:"p90_fen"`
		Owed    int64 `json:"owed_fen"`
		Counts  []int
		Draws   int
		Short   float64
		Spread  []struct{ Source string }
		WidthBy int64 `json:"width_fen"`
	}](b, card+"/outlook")
	if o.P10 != d.Income.P10Fen || o.P50 != d.Income.P50Fen || o.P90 != d.Income.P90Fen {
		t.Errorf("outlook %+v, the card's income is %+v", o, d.Income)
	}
	all := 0
	for _, n := range o.Counts {
		all += n
	}
	var sources []string
	for _, s := range o.Spread {
		sources = append(sources, s.Source)
	}
	slices.Sort(sources)
	if all != o.Draws || o.Owed < d.LineFen || o.Short > d.PD || !slices.Equal(sources, []string{"county", "crop", "match", "price", "yield"}) {
		t.Errorf("outlook %+v of a line of %d at a probability of default of %g", o, d.LineFen, d.PD)
	}
	partner := l.as(t, publication.Partner, "partner", own.code)
	if status, _ := partner.get(card + "/outlook"); status != http.StatusNotFound {
		t.Errorf("a partner is answered %d, want 404", status)
	}
}
