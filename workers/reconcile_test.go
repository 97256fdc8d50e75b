package workers_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"parus/internal/ledger"
	"parus/internal/season"
	"parus/workers"
)

// findings are those of all blocks, by parcel, and the units that made them.
func (f *farm) findings(t *testing.T) (map[string]season.Finding, []ledger.Finished) {
	t.Helper()
	done, err := f.db.FinishedUnits(t.Context(), f.run.ID, "reconcile")
	if err != nil || len(done) == 0 {
		t.Fatalf("%d units: %v", len(done), err)
	}
	var units []int64
	for _, u := range done {
		units = append(units, u.ID)
	}
	rows, err := f.db.Findings(t.Context(), units)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]season.Finding{}
	for _, r := range rows {
		out[r.ParcelID] = r
	}
	return out, done
}

func TestShapesAreHeldAgainstPicturesWhereverBlocksAreCut(t *testing.T) {
	t.Parallel()
	var first map[string]season.Finding
	for _, side := range []int{64, 100} {
		f := newFarm(t, func(s *season.Spec) { s.Lattice.BlockPx = side })
		if err := f.drive(t, f.stages[:5]...); err != nil {
			t.Fatal(err)
		}
		got, _ := f.findings(t)
		for _, id := range []string{"wheat", "bare", "wheat2"} {
			if got[id].Dates < 5 {
				t.Errorf("%s is seen on %d days, want most of eight", id, got[id].Dates)
			}
		}
		if proposals, err := workers.Proposals(t.Context(), f.db, f.run.ID); err != nil {
			t.Errorf("%d proposals: %v", len(proposals), err)
		}
		if first == nil {
			first = got
			continue
		}
		for id, want := range first {
			g := got[id]
			if g.Dates != want.Dates || g.SplitContrast != want.SplitContrast || math.Abs(float64(g.Edge-want.Edge)) > .02 {
				t.Errorf("%s in blocks of %d: %+v, want %+v", id, side, g, want)
			}
		}
	}
}

func TestASceneThatIsNotTheClearestOfItsTimeReconcilesNothingAnew(t *testing.T) {
	t.Parallel()
	f := newFarm(t, func(*season.Spec) {})
	if err := f.drive(t, f.stages[:5]...); err != nil {
		t.Fatal(err)
	}
	_, before := f.findings(t)
	more := append(f.run.Spec.Scenes, scene("cloudy", dates()[3].Add(48*time.Hour), true))
	f.extend(t, more, 5)
	_, after := f.findings(t)
	if fmt.Sprint(keysOf(before)) != fmt.Sprint(keysOf(after)) {
		t.Errorf("units %v became %v", keysOf(before), keysOf(after))
	}
}

func keysOf(done []ledger.Finished) []string {
	var out []string
	for _, d := range done {
		out = append(out, d.Key)
	}
	return out
}
