package postgis_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"parus/fields"
	"parus/internal/ledger"
	"parus/internal/postgis"
	"parus/internal/postgistest"
	"parus/internal/publication"
	"parus/internal/season"
)

// newsroom publishes one season again and again with what a watch has found.
type newsroom struct {
	db       *postgis.DB
	url      string
	registry int64
	runs     int
	id       int64 // of the last publication
}

func newNewsroom(t *testing.T) *newsroom {
	t.Helper()
	db, url := postgistest.Open(t)
	r := importing(t, db, postgis.RegistryRelease{Digest: "1", Households: []fields.Household{{ID: "Ha"}},
		Parcels: []fields.Parcel{box("a", 117, 36, 117.001, 36.001), box("b", 117.01, 36, 117.011, 36.001)}})
	return &newsroom{db: db, url: url, registry: r.ID}
}

// unit claims a unit of its own.
func (n *newsroom) unit(t *testing.T, run int64, stage string) ledger.Claim {
	t.Helper()
	key := fmt.Sprintf("%s %d", stage, run)
	if err := n.db.PlanUnits(t.Context(), run, stage, []ledger.Unit{{Key: key, County: countyA.Code, Stage: stage, Item: "season w"}}); err != nil {
		t.Fatal(err)
	}
	c, err := n.db.ClaimUnit(t.Context(), key, ledger.Taking{Token: "me", Lease: time.Minute, Alone: true})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// publish takes a run to its publication.
func (n *newsroom) publish(t *testing.T, found ...season.Signal) {
	t.Helper()
	n.runs++
	run, err := n.db.StartRun(t.Context(), season.Run{County: countyA.Code, Season: "w", Registry: n.registry,
		Spec: season.Spec{County: countyA, RegistryDigest: fmt.Sprint(n.runs)}})
	if err != nil {
		t.Fatal(err)
	}
	w := n.unit(t, run.ID, "watch")
	if err := n.db.FinishSignals(t.Context(), w, ledger.Outcome{}, found); err != nil {
		t.Fatal(err)
	}
	if err := n.db.Publish(t.Context(), n.unit(t, run.ID, "publish"), ledger.Outcome{}, run, season.Sources{Watch: w.ID}); err != nil {
		t.Fatal(err)
	}
	if n.id, err = n.db.PublicationOfRun(t.Context(), run.ID); err != nil {
		t.Fatal(err)
	}
}

var officers = publication.Scope{Counties: []string{countyA.Code}, Scores: true}

func (n *newsroom) cases(t *testing.T) []publication.AlertCard {
	t.Helper()
	page, err := n.db.Alerts(t.Context(), officers, n.id, publication.AlertQuery{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	var out []publication.AlertCard
	for _, a := range page.Items {
		c, err := n.db.Alert(t.Context(), officers, n.id, a.ID)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

// told is "parcel episode state first..last act,act" of each case.
func (n *newsroom) told(t *testing.T) (out string) {
	t.Helper()
	for i, c := range n.cases(t) {
		if i > 0 {
			out += "; "
		}
		out += fmt.Sprintf("%s %d %s %s..%s", c.ParcelID, c.Episode, c.State, c.FirstOn[5:], c.LastOn[5:])
		for _, e := range c.History {
			out += " " + e.Act
		}
	}
	return out
}

func (n *newsroom) move(t *testing.T, act publication.AlertAct) error {
	t.Helper()
	return n.db.MoveAlert(t.Context(), officers, n.id, publication.AlertMove{Alert: n.cases(t)[0].ID, Act: act, Account: "li", Actor: "li (officer)",
		Reason: "seen", At: time.Date(2025, 8, 20, 4, 0, 0, 0, time.UTC)})
}

// signal is of parcel a in August 2025; ended 0: it goes on.
func signal(first, last, ended int) season.Signal {
	day := func(d int) time.Time { return time.Date(2025, 8, d, 0, 0, 0, 0, time.UTC) }
	s := season.Signal{ParcelID: "a", Kind: "left_band", Crop: "maize", First: day(first), Last: day(last), Strength: 0.5, Evidence: []byte(`{"lowest_z": -6}`)}
	if ended > 0 {
		e := day(ended)
		s.Ended = &e
	}
	return s
}

func TestAnAlertIsRaisedOnceAndClosesByItself(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	for _, step := range []struct {
		found season.Signal
		want  string
	}{
		{signal(4, 9, 0), "a 1 open 08-04..08-09 raise"},
		{signal(4, 14, 0), "a 1 open 08-04..08-14 raise"},
		{signal(4, 14, 24), "a 1 closed 08-04..08-14 raise recover"},
		{signal(4, 14, 24), "a 1 closed 08-04..08-14 raise recover"},
		{signal(4, 19, 0), "a 1 open 08-04..08-19 raise recover reopen"}, // dates between came late
		{signal(4, 19, 28), "a 1 closed 08-04..08-19 raise recover reopen recover"},
		{signal(29, 30, 0), "a 2 open 08-29..08-30 raise; a 1 closed 08-04..08-19 raise recover reopen recover"},
	} {
		n.publish(t, step.found)
		if got := n.told(t); got != step.want {
			t.Errorf("%q, want %q", got, step.want)
		}
	}
	if e := n.cases(t)[0].Evidence; e.LowestZ != -6 {
		t.Errorf("evidence %+v", e)
	}
}

func TestAHazardIsACaseThatNamesItsCause(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	struck := signal(4, 9, 0)
	struck.Kind = "hazard"
	struck.Evidence = []byte(`{"lowest_z": -1.2, "cause": {"kind": "green_loss", "from": "2025-08-01", "to": "2025-08-09", "fall": 0.2, "spreads": 9, "loss": 0.4, "zh": "绿度突降", "en": "Sudden loss of green"}}`)
	n.publish(t, struck)
	c := n.cases(t)
	want := publication.AlertCause{Kind: "green_loss", From: "2025-08-01", To: "2025-08-09", Loss: 0.4, Zh: "绿度突降", En: "Sudden loss of green"}
	if len(c) != 1 || c[0].Kind != "hazard" || c[0].Evidence.Cause == nil || *c[0].Evidence.Cause != want {
		t.Fatalf("%+v", c)
	}
	struck.Last = struck.Last.AddDate(0, 0, 5)
	n.publish(t, struck)
	if got := n.told(t); got != "a 1 open 08-04..08-14 raise" {
		t.Errorf("the same episode again: %q", got)
	}
}

func TestWhatAnOfficerClosedStaysClosedForItsEpisode(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.publish(t, signal(4, 9, 0))
	for _, step := range []struct {
		act  publication.AlertAct
		want string
	}{
		{publication.AssignAlert, "a 1 assigned 08-04..08-09 raise assign"},
		{publication.AcknowledgeAlert, "a 1 acknowledged 08-04..08-09 raise assign acknowledge"},
		{publication.CloseAlert, "a 1 closed 08-04..08-09 raise assign acknowledge close"},
	} {
		if err := n.move(t, step.act); err != nil {
			t.Fatal(err)
		}
		if got := n.told(t); got != step.want {
			t.Errorf("%q, want %q", got, step.want)
		}
	}
	for _, act := range []publication.AlertAct{publication.AssignAlert, publication.AcknowledgeAlert, publication.CloseAlert} {
		if err := n.move(t, act); !errors.Is(err, publication.ErrAlertState) {
			t.Errorf("%s of a closed alert: %v", act, err)
		}
	}
	if c := n.cases(t)[0]; c.Assignee != "li" || c.History[3].Reason != "seen" || c.History[3].Actor != "li (officer)" {
		t.Errorf("%+v", c)
	}
	n.publish(t, signal(4, 14, 0))
	if got := n.told(t); got != "a 1 closed 08-04..08-14 raise assign acknowledge close" {
		t.Errorf("the same episode again: %q", got)
	}
	n.publish(t, signal(24, 29, 0))
	if got := n.told(t); got != "a 2 open 08-24..08-29 raise; a 1 closed 08-04..08-14 raise assign acknowledge close" {
		t.Errorf("a new episode: %q", got)
	}
}

func TestTheDatabaseGuardsTheHistoryOfAlerts(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.publish(t, signal(4, 9, 0))
	conn := connect(t, n.url)
	for what, sql := range map[string]string{
		"a change of the history":       `update alert_event set reason = 'other'`,
		"an entry taken out":            `delete from alert_event`,
		"a state that is not told":      `update alert set state = 'acknowledged'`,
		"assigned to nobody":            `update alert set state = 'assigned'`,
		"closed by itself and still on": `update alert set recovered = true`,
	} {
		if _, err := conn.Exec(t.Context(), sql); err == nil {
			t.Errorf("%s is let through", what)
		}
	}
	partner := officers
	partner.Scores = false
	if page, err := n.db.Alerts(t.Context(), partner, n.id, publication.AlertQuery{Limit: 10}); err != nil || len(page.Items)+len(page.Counts) != 0 {
		t.Errorf("a partner sees %v, %v", page, err)
	}
	for who, s := range map[string]publication.Scope{"a partner": partner, "another county's officer": {Counties: []string{"370198"}, Scores: true}} {
		err := n.db.MoveAlert(t.Context(), s, n.id, publication.AlertMove{Alert: n.cases(t)[0].ID, Act: publication.CloseAlert, At: time.Now()})
		if !errors.Is(err, publication.ErrNotFound) {
			t.Errorf("%s moves it: %v", who, err)
		}
	}
}

func TestTheListOfAlertsPagesByRaisingAndStrength(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	b := signal(4, 9, 0)
	b.ParcelID, b.Strength = "b", 0.7
	n.publish(t, signal(4, 9, 0), b)
	var got string
	q := publication.AlertQuery{State: "live", Limit: 1}
	for {
		page, err := n.db.Alerts(t.Context(), officers, n.id, q)
		if err != nil || page.Counts[publication.AlertOpen] != 2 {
			t.Fatal(page, err)
		}
		last := page.Items[len(page.Items)-1]
		got += last.ParcelID
		if !page.More {
			break
		}
		q.After = &publication.AlertCursor{RaisedAt: last.RaisedAt, Strength: last.Strength, ID: last.ID}
	}
	if got != "ba" {
		t.Errorf("pages hold %q, want the stronger b and then a", got)
	}
}
