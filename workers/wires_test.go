package workers_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"parus/internal/ledger"
	"parus/internal/season"
	"parus/internal/services/servicetest"
	"parus/workers"
)

// struckStage is a stage before whose units something happens, once, and that counts
// how often each item is worked on.
type struckStage struct {
	workers.Stage
	blow *blow
}

// blow is what happens before some of the units that are worked on, by number.
type blow struct {
	at   map[int32]func()
	seen atomic.Int32
}

func (s struckStage) Work(ctx context.Context, c ledger.Claim) error {
	if do := s.blow.at[s.blow.seen.Add(1)]; do != nil {
		do()
	}
	return s.Stage.Work(ctx, c)
}

// strike has things happen before the units of a season, by number.
func (f *farm) strike(at map[int32]func()) *blow {
	b := &blow{at: at}
	for i, s := range f.stages {
		f.stages[i] = struckStage{s, b}
	}
	return b
}

// told is all that a season has come to.
type told struct {
	Progress   []ledger.Progress
	Outcomes   []season.Outcome // each once
	Published  int              // how often
	Parcels    []season.PublishedParcel
	Households []season.PublishedHousehold
	Series     []season.Series
	Snapshots  []string
}

// calm is what a season comes to that nobody disturbs.
var calm struct {
	once sync.Once
	told
}

func calmSeason(t *testing.T) told {
	t.Helper()
	calm.once.Do(func() {
		f := newFarm(t, func(*season.Spec) {})
		if err := f.drive(t, f.stages...); err != nil {
			t.Fatal(err)
		}
		calm.told = f.tell(t)
	})
	if calm.Published == 0 {
		t.Fatal("the season that others are compared with has failed")
	}
	return calm.told
}

// tell reads what a season has come to.
func (f *farm) tell(t *testing.T) told {
	t.Helper()
	out := told{Series: f.series(t)}
	var publication int64
	for _, read := range []func() error{
		func() (err error) { out.Progress, err = f.db.RunProgress(t.Context(), f.run.ID); return err },
		func() (err error) { out.Outcomes, err = f.db.RunOutcomes(t.Context(), f.run.ID); return err },
		func() (err error) {
			list, err := f.db.PublicationList(t.Context(), f.run.County)
			out.Published = len(list)
			return err
		},
		func() (err error) { publication, err = f.db.PublicationOfRun(t.Context(), f.run.ID); return err },
		func() (err error) { out.Parcels, err = f.db.PublishedParcels(t.Context(), publication); return err },
		func() (err error) {
			out.Households, err = f.db.PublishedHouseholds(t.Context(), publication)
			return err
		},
	} {
		if err := read(); err != nil {
			t.Fatal(err)
		}
	}
	for _, h := range out.Households {
		text, err := f.db.Snapshot(t.Context(), h.ID)
		if err != nil {
			t.Fatal(err)
		}
		out.Snapshots = append(out.Snapshots, string(text))
	}
	for i := range out.Progress {
		out.Progress[i].Busy = 0
	}
	return out
}

// asCalm compares a season with one that nobody has disturbed.
func (f *farm) asCalm(t *testing.T) {
	t.Helper()
	if diff := cmp.Diff(calmSeason(t), f.tell(t), cmpopts.EquateNaNs()); diff != "" {
		t.Fatalf("it differs from a season that nobody has disturbed:\n%.3000s", diff)
	}
}

func TestASeasonOutlivesTheMasterOfItsSentinels(t *testing.T) {
	t.Parallel()
	s := servicetest.Sentinels(t)
	f := newFarmIn(t, newHouseBy(t, s.URL), func(*season.Spec) {})
	b := f.strike(map[int32]func(){9: s.KillMaster})
	if err := f.drive(t, f.stages...); err != nil {
		t.Fatal(err)
	}
	f.asCalm(t)
	s.AwaitFailover(t)
	if found, err := workers.LookAtRedis(t.Context(), s.URL); err != nil || !strings.Contains(found, "is at "+s.Replica) {
		t.Errorf("%s, %v", found, err)
	}
	t.Logf("%d units were worked on", b.seen.Load())
}

func TestASeasonOnAClusterOutlivesANodeThatForgets(t *testing.T) {
	t.Parallel()
	c := servicetest.Cluster(t)
	f := newFarmIn(t, newHouseBy(t, c.URL), func(*season.Spec) {})
	blows := map[int32]func(){}
	if soaked(t, "PARUS_SOAK_WIRES", 0) > 0 { // it takes the others two seconds to miss it, and two to take it back
		blows[9] = func() {
			i := c.NodeOf(t, "asynq:{pixels}:pending")
			c.KillNode(i)
			c.RestartNode(t, i)
		}
	}
	b := f.strike(blows)
	if err := f.drive(t, f.stages...); err != nil {
		t.Fatal(err)
	}
	f.asCalm(t)
	t.Logf("%d units were worked on", b.seen.Load())
}
