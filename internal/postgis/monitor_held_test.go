package postgis_test

import (
	"maps"
	"testing"
	"time"

	"parus/credit"
	"parus/credit/lending"
	"parus/internal/postgis"
	"parus/internal/publication"
)

func TestWhatApplicationsHoldIsReadAsAPortfolio(t *testing.T) {
	t.Parallel()
	b := newBranch(t, 4)
	if _, err := connectTo(t, b.url).Exec(t.Context(), `insert into run_work (run, unit) select distinct p.run, d.unit from publication p, decision d`); err != nil {
		t.Fatal(err)
	}
	offered, drawn, withdrawn := b.apply(t, b.asking(0)), b.apply(t, b.asking(1)), b.apply(t, b.asking(2))
	for _, step := range []struct {
		id     int64
		act    lending.Act
		amount credit.Fen
	}{{drawn.ID, lending.ActAccept, 0}, {drawn.ID, lending.ActDraw, 200_000}, {drawn.ID, lending.ActRepay, 50_000}, {withdrawn.ID, lending.ActWithdraw, 0}} {
		b.clock = b.clock.Add(time.Hour)
		b.must(t, b.act(t, step.id, step.act, step.amount))
	}
	read := func(of publication.Basis) map[string]credit.Fen {
		out := map[string]credit.Fen{}
		b.must(t, b.db.EachScored(t.Context(), teller, b.pub, of, func(h *postgis.ScoredHousehold) error {
			out[h.ID] = h.LineFen
			return nil
		}))
		return out
	}
	// 3,000 offered; of 3,000 drawn in part 500 are paid back; what was withdrawn is free.
	want := map[string]credit.Fen{b.household(0): 300_000, b.household(1): 250_000, b.household(2): 0, b.household(3): 0}
	if got := read(publication.Held); !maps.Equal(got, want) {
		t.Errorf("held: %v, want %v of application %d and the others", got, want, offered.ID)
	}
	for id, line := range read(publication.Published) {
		if line <= 300_000 {
			t.Errorf("published of %s: %s, want the whole line", id, line)
		}
	}
}
