package lending_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"parus/credit"
	"parus/credit/lending"
)

// diary writes events as a store does.
type diary struct {
	t      *testing.T
	head   lending.Head
	at     map[int64]lending.Position
	events []lending.Event
}

func (d *diary) add(application int64, m lending.Move, body any) {
	d.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		d.t.Fatal(err)
	}
	if m.At.IsZero() {
		m.At = noon.Add(time.Duration(d.head.Seq) * time.Second)
	}
	p, err := d.at[application].After(m)
	if err != nil {
		d.t.Fatal(err)
	}
	d.at[application] = p
	if m.Act == lending.ActApprove {
		m.AmountFen = p.LineFen
	}
	var e lending.Event
	e, d.head = d.head.Chain(lending.Event{County: "370199", Application: application, At: m.At, Actor: m.Actor, Role: m.Role, Act: m.Act, State: p.State,
		AmountFen: m.AmountFen, Reason: m.Reason, Body: string(b)})
	d.events = append(d.events, e)
}

// apply asks and answers.
func (d *diary) apply(application int64, s credit.Snapshot, asked credit.Fen, identity lending.Identity) lending.Outcome {
	d.t.Helper()
	r, f := asking(s)
	r.AskedFen, r.Identity = asked, identity
	rec, _, err := lending.NewRecord(r, f, s)
	if err != nil {
		d.t.Fatal(err)
	}
	d.add(application, lending.Move{Act: lending.ActApply, Actor: "li", Role: lending.Officer, AmountFen: asked}, r)
	o := rec.Outcome
	d.add(application, lending.Move{Act: o.Act, Actor: lending.SystemActor, Role: lending.System, AmountFen: o.Offer.LineFen, DueDate: o.DueDate, CapFen: o.CapFen}, rec)
	return o
}

func TestABookTellsWhatIsHeldAtEveryLink(t *testing.T) {
	t.Parallel()
	s := snapshot(t)
	d := &diary{t: t, at: map[int64]lending.Position{}}
	o := d.apply(1, s, 300_000, lending.IdentityChecked)
	d.apply(2, s, 200_000, lending.IdentityUnchecked)
	d.add(2, lending.Move{Act: lending.ActApprove, Actor: "wu", Role: lending.Approver}, struct{}{})
	d.add(1, lending.Move{Act: lending.ActAccept, Actor: "li", Role: lending.Officer}, struct{}{})
	d.add(1, lending.Move{Act: lending.ActDraw, Actor: "li", Role: lending.Officer, AmountFen: 100_000}, struct{}{})
	d.add(1, lending.Move{Act: lending.ActRepay, Actor: "li", Role: lending.Officer, AmountFen: 40_000}, struct{}{})
	d.add(2, lending.Move{Act: lending.ActWithdraw, Actor: "li", Role: lending.Officer, Reason: "no need"}, struct{}{})
	d.add(1, lending.Move{Act: lending.ActRepay, Actor: "li", Role: lending.Officer, AmountFen: 60_000}, struct{}{})
	county := []credit.Fen{0, 300_000, 300_000, 300_000, 500_000, 500_000, 500_000, 460_000, 260_000, 0}
	var b lending.Book
	for i, e := range d.events {
		if err := b.Add(e); err != nil {
			t.Fatal(err)
		}
		for _, x := range []lending.Exposure{{Kind: lending.OnCounty, Key: "370199"}, {Kind: lending.OnVillage, Key: "370199001001"}, {Kind: lending.OnHousehold, Key: "h1"}} {
			if got := b.Held[x]; got != county[i] {
				t.Errorf("after %d: %s of %v are held, want %s", e.Seq, got, x, county[i])
			}
		}
		if i == 1 { // rounded up, crop by crop
			for _, share := range o.Shares {
				if got, want := b.Held[lending.Exposure{Kind: lending.OnCrop, Key: share.Code}], credit.Fen((300_000*share.PerMillion+999_999)/1_000_000); got != want {
					t.Errorf("%s of %s are held, want %s", got, share.Code, want)
				}
			}
		}
	}
	for x, held := range b.Held {
		if held != 0 {
			t.Errorf("%s of %v are still held", held, x)
		}
	}
	if a := b.Applications[1]; a.State != lending.Repaid || a.Household != "h1" || a.Season != s.Case.Season || a.Digest != s.Digest || b.Head().Seq != 10 {
		t.Errorf("%+v, head %d", a, b.Head().Seq)
	}
}

func TestABookBelievesNoEventThatNoRuleLeadsTo(t *testing.T) {
	t.Parallel()
	s := snapshot(t)
	fresh := func() *diary {
		d := &diary{t: t, at: map[int64]lending.Position{}}
		d.apply(1, s, 300_000, lending.IdentityUnchecked)
		return d
	}
	for name, tc := range map[string]struct {
		forge func(*diary) lending.Event
		says  string
	}{
		"approved by who applied": {func(*diary) lending.Event {
			return lending.Event{Application: 1, Actor: "li", Role: lending.Approver, Act: lending.ActApprove, State: lending.Approved, AmountFen: 300_000, Body: "{}"}
		}, "same_person"},
		"drawn while referred": {func(*diary) lending.Event {
			return lending.Event{Application: 1, Actor: "li", Role: lending.Officer, Act: lending.ActDraw, State: lending.Drawn, AmountFen: 1, Body: "{}"}
		}, "wrong_state"},
		"a state that does not follow": {func(*diary) lending.Event {
			return lending.Event{Application: 1, Actor: "wu", Role: lending.Approver, Act: lending.ActApprove, State: lending.Accepted, AmountFen: 300_000, Body: "{}"}
		}, "leads to approved"},
		"an application from nowhere": {func(*diary) lending.Event {
			return lending.Event{Application: 2, Actor: "li", Role: lending.Officer, Act: lending.ActAccept, State: lending.Accepted, Body: "{}"}
		}, "wrong_state"},
		"another amount than was asked": {func(d *diary) lending.Event {
			return lending.Event{Application: 2, Actor: "li", Role: lending.Officer, Act: lending.ActApply, State: lending.Applied, AmountFen: 1, Body: d.events[0].Body}
		}, "asks for"},
		"another line than was recorded": {func(d *diary) lending.Event {
			d.add(2, lending.Move{Act: lending.ActApply, Actor: "li", Role: lending.Officer, AmountFen: 300_000}, json.RawMessage(d.events[0].Body))
			e := d.events[1]
			e.Application, e.AmountFen = 2, e.AmountFen-1
			return e
		}, "tells of"},
		"a body that is no record": {func(d *diary) lending.Event {
			d.add(2, lending.Move{Act: lending.ActApply, Actor: "li", Role: lending.Officer, AmountFen: 300_000}, json.RawMessage(d.events[0].Body))
			e := d.events[1]
			e.Application, e.Body = 2, `{"engine":"1","more":2}`
			return e
		}, "body"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := fresh()
			e := tc.forge(d)
			e.County, e.At = "370199", noon.Add(time.Hour)
			e, _ = d.head.Chain(e)
			var b lending.Book
			for _, before := range d.events {
				if err := b.Add(before); err != nil {
					t.Fatal(err)
				}
			}
			var broken *lending.BrokenError
			if err := b.Add(e); !errors.As(err, &broken) || broken.Seq != e.Seq || !strings.Contains(broken.Problem, tc.says) {
				t.Errorf("got %v, want …%s…", err, tc.says)
			}
		})
	}
}

func FuzzReadRecord(f *testing.F) {
	f.Add([]byte(`{"engine":"2","rules":"1","request":{},"facts":{},"outcome":{}}`))
	f.Add([]byte(`{"outcome":{"offer":{"line_fen":1e99}}}`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, body []byte) {
		rec, err := lending.ReadRecord(body)
		if err != nil {
			return
		}
		if _, err := json.Marshal(rec); err != nil {
			t.Errorf("%+v is read but can not be written: %v", rec, err)
		}
	})
}
