package postgis_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"parus/internal/ledger"
	"parus/internal/mapsheet"
	"parus/internal/postgis"
	"parus/internal/publication"
	"parus/internal/season"
)

// inForce is the publication that people see.
func (n *newsroom) inForce(t *testing.T) int64 {
	t.Helper()
	list, err := n.db.PublicationList(t.Context(), countyA.Code)
	if err != nil {
		t.Fatal(err)
	}
	var id int64
	for _, p := range list {
		if p.InForce && id != 0 {
			t.Errorf("publications %d and %d are in force", id, p.ID)
		}
		if p.InForce {
			id = p.ID
		}
	}
	return id
}

func (n *newsroom) putInForce(t *testing.T, id int64) int64 {
	t.Helper()
	replaced, err := n.db.PutInForce(t.Context(), id, nil, manager("prices were wrong"))
	if err != nil {
		t.Fatal(err)
	}
	n.id = id
	return replaced
}

func TestARollbackShowsTheEarlierPublicationAndTellsTheAudit(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.publish(t)
	first := n.id
	n.publish(t)
	second := n.id
	tile := func(id int64) []byte {
		// 117°E 36°N at zoom 14: see the test of forgotten filters.
		sheets, err := n.db.MapSheets(t.Context(), officers, id, []mapsheet.Cell{{Z: 14, X: 13516, Y: 6433}})
		if err != nil || len(sheets) != 1 || len(sheets[0].Lines) == 0 {
			t.Fatalf("map of publication %d: %d sheets, %v", id, len(sheets), err)
		}
		return slices.Concat(sheets[0].Shapes, sheets[0].Lines)
	}
	before := [][]byte{tile(first), tile(second)}
	if replaced := n.putInForce(t, first); replaced != second || n.inForce(t) != first {
		t.Errorf("replaced %d, in force is %d; want %d and %d", replaced, n.inForce(t), second, first)
	}
	for i, id := range []int64{first, second} {
		if !bytes.Equal(tile(id), before[i]) {
			t.Errorf("the map of publication %d has changed", id)
		}
	}
	if _, err := n.db.PutInForce(t.Context(), first, nil, manager("x")); !errors.Is(err, postgis.ErrInForce) {
		t.Errorf("once more: %v", err)
	}
	if _, err := n.db.PutInForce(t.Context(), 99, nil, manager("x")); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("one that does not exist: %v", err)
	}
	entries, err := n.db.Audit(t.Context(), countyA.Code)
	if err != nil {
		t.Fatal(err)
	}
	last := entries[len(entries)-1]
	if last.Act != "put publication in force" || last.Item != "publication 1 of season w instead of 2" || last.Purpose != "prices were wrong" || last.Actor != "li (risk)" {
		t.Errorf("the audit says %+v", last)
	}
	n.publish(t) // the next season's batch goes on from there
	if n.inForce(t) != n.id {
		t.Errorf("in force is %d after publication %d", n.inForce(t), n.id)
	}
}

// Alerts that came with what was withdrawn are closed, unless somebody works on
// them; what the earlier one had found goes on; and all is as before when it is
// put back.
func TestAlertsFollowTheOneInForce(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.publish(t)
	first := n.id
	n.publish(t, signal(4, 9, 0))
	second := n.id
	n.putInForce(t, first)
	if got := n.told(t); got != "a 1 closed 08-04..08-09 raise recover" {
		t.Errorf("withdrawn: %q", got)
	}
	n.putInForce(t, second)
	if got := n.told(t); got != "a 1 open 08-04..08-09 raise recover reopen" {
		t.Errorf("put back: %q", got)
	}
	n.publish(t, signal(4, 14, 24)) // the parcel has recovered
	if got := n.told(t); got != "a 1 closed 08-04..08-14 raise recover reopen recover" && got != "a 1 closed 08-04..08-09 raise recover reopen recover" {
		t.Errorf("recovered: %q", got)
	}
	n.putInForce(t, second) // that was a mistake
	if got := n.told(t); !strings.Contains(got, "a 1 open ") || !strings.HasSuffix(got, "recover reopen") {
		t.Errorf("recovery withdrawn: %q", got)
	}
	if err := n.move(t, publication.AcknowledgeAlert); err != nil {
		t.Fatal(err)
	}
	n.putInForce(t, first)
	if got := n.told(t); !strings.Contains(got, "a 1 acknowledged ") {
		t.Errorf("somebody works on it: %q", got)
	}
}

// A season that is retried publishes again, and both stay.
func TestARunThatPublishesTwiceKeepsBoth(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.publish(t)
	first := n.id
	run, err := n.db.Run(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	key := "publish again"
	if err := n.db.PlanUnits(t.Context(), run.ID, "publish", []ledger.Unit{{Key: key, County: countyA.Code, Stage: "publish", Item: "season w"}}); err != nil {
		t.Fatal(err)
	}
	c, err := n.db.ClaimUnit(t.Context(), key, taking("w"))
	if err != nil {
		t.Fatal(err)
	}
	if err := n.db.Publish(t.Context(), c, ledger.Outcome{}, run, season.Sources{}); err != nil {
		t.Fatal(err)
	}
	id, err := n.db.PublicationOfRun(t.Context(), run.ID)
	if err != nil || id == first || n.inForce(t) != id {
		t.Errorf("publication %d of the run, %v; the first was %d, in force is %d", id, err, first, n.inForce(t))
	}
	n.putInForce(t, first)
}

func TestRollbacksAtOnceLeaveOneInForce(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	var ids []int64
	for range 4 {
		n.publish(t)
		ids = append(ids, n.id)
	}
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			_, err := n.db.PutInForce(t.Context(), ids[i%4], nil, manager("x"))
			if err != nil && !errors.Is(err, postgis.ErrInForce) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n.inForce(t) == 0 {
		t.Error("none is in force")
	}
	entries, err := n.db.Audit(t.Context(), countyA.Code)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range entries {
		if e.Seq != int64(i+1) {
			t.Errorf("entry %d has number %d", i, e.Seq)
		}
	}
}
