package handover_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"parus/credit"
	"parus/credit/lending"
	"parus/internal/handover"
)

// noon is when the tests happen.
var noon = time.Date(2026, 4, 1, 4, 0, 0, 0, time.UTC) // 12:00 in Shanghai

func date(t testing.TB, s string) credit.Date {
	t.Helper()
	d, err := credit.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// accepted is an accepted line of 7,000 yuan: two interest days, two harvests.
func accepted(t testing.TB) handover.Event {
	t.Helper()
	return handover.Event{
		County: "370199", Seq: 4, Application: 17, Household: "370199001001000123", Season: "2026-summer",
		Act: lending.ActAccept, State: lending.Accepted, At: noon,
		Line: &handover.Line{AmountFen: 700_000, Currency: "CNY", APR: 0.0825, Snapshot: strings.Repeat("ab", 32), Policy: "p-1", Reasons: []string{"R01_PARCEL_MATCH"},
			Schedule: []credit.Instalment{{Date: date(t, "2026-06-20"), InterestFen: 12_658}, {Date: date(t, "2026-07-15"), PrincipalFen: 300_000, InterestFen: 3_955},
				{Date: date(t, "2026-11-10"), PrincipalFen: 400_000, InterestFen: 10_668}}},
	}
}

func TestAPayloadHoldsWhatIsListedAndNothingElse(t *testing.T) {
	t.Parallel()
	b, err := handover.NewPayload(accepted(t))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"type":"application.accept","timestamp":"2026-04-01T04:00:00Z","data":{"version":1,"county":"370199","seq":4,` +
		`"application":"370199-17","household":"370199001001000123","season":"2026-summer","act":"accept","state":"accepted","amount_fen":0,` +
		`"line":{"amount_fen":700000,"currency":"CNY","apr":0.0825,"due_date":"2026-11-10","schedule":[` +
		`{"date":"2026-06-20","principal_fen":0,"interest_fen":12658},{"date":"2026-07-15","principal_fen":300000,"interest_fen":3955},` +
		`{"date":"2026-11-10","principal_fen":400000,"interest_fen":10668}],"snapshot":"abababababababababababababababababababababababababababababababab",` +
		`"policy_version":"p-1","reasons":["R01_PARCEL_MATCH"]}}}`
	if string(b) != want {
		t.Errorf("got  %s\nwant %s", b, want)
	}
}

// history is an application that an approver granted less than the engine's
// starting point; officers wrote people's names into reasons.
func history(t testing.TB, s credit.Snapshot) []lending.Event {
	t.Helper()
	body := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	asked := lending.Request{Season: "2026-summer", Household: "370199001001000123", AskedFen: 700_000, Identity: lending.IdentityUnchecked}
	record := lending.Record{Request: asked, Facts: lending.Facts{Digest: s.Digest, County: "370199"}, Outcome: lending.Outcome{
		Act: lending.ActRefer, Currency: "CNY", APR: 0.0825, DueDate: date(t, "2026-11-10"),
		Offer:    credit.Offer{LineFen: 700_000, Reasons: []credit.Reason{{Code: credit.ReasonParcelMatch}}},
		Schedule: accepted(t).Line.Schedule, Shares: []credit.CropShare{{Code: "apple", PerMillion: 600_000}, {Code: "wheat", PerMillion: 400_000}}}}
	e := lending.Event{County: "370199", Application: 17, Actor: "li", Reason: "王小明 called", At: noon}
	out := make([]lending.Event, 4)
	for i, x := range []lending.Event{
		{Act: lending.ActApply, State: lending.Applied, AmountFen: 700_000, Body: body(asked)},
		{Act: lending.ActRefer, State: lending.Referred, AmountFen: 700_000, Body: body(record)},
		{Act: lending.ActApprove, State: lending.Approved, AmountFen: 350_000, Body: "{}"},
		{Act: lending.ActAccept, State: lending.Accepted, Body: "{}"},
	} {
		out[i] = e
		out[i].Seq, out[i].Act, out[i].State, out[i].AmountFen, out[i].Body = int64(i+1), x.Act, x.State, x.AmountFen, x.Body
	}
	return out
}

func snapshot(t testing.TB) credit.Snapshot {
	t.Helper()
	return credit.Snapshot{Digest: "d1", Policy: credit.Policy{Version: "p-1"}, Case: credit.Case{AsOf: date(t, "2026-04-01"),
		Market: []credit.Market{{Code: "apple", Perishable: true}, {Code: "wheat"}}}}
}

func TestAnEventTellsOfTheLineAsItWasThen(t *testing.T) {
	t.Parallel()
	s := snapshot(t)
	find := func(digest string) (credit.Snapshot, error) {
		if digest != s.Digest {
			return s, errors.New("another snapshot was asked for")
		}
		return s, nil
	}
	all := history(t, s)
	for n, want := range []credit.Fen{0, 700_000, 350_000, 350_000} { // after each event
		e, err := handover.NewEvent(all[:n+1], find)
		if err != nil {
			t.Fatal(err)
		}
		var got, principal credit.Fen
		if e.Line != nil {
			got = e.Line.AmountFen
			for _, x := range e.Line.Schedule {
				principal += x.PrincipalFen
			}
		}
		if got != want || principal != want {
			t.Errorf("after event %d: a line of %s with principal %s, want %s", n+1, got, principal, want)
		}
		if e.Household != "370199001001000123" || e.ID() != "evt-370199-"+string(rune('1'+n)) || e.Number() != "370199-17" {
			t.Errorf("event %+v", e)
		}
	}
	e, err := handover.NewEvent(all, find)
	if err != nil || !e.Line.Perishable {
		t.Errorf("%v: 60 %% of the revenue is of apples, line %+v", err, e.Line)
	}
	// Half of the line: 3,000 and 4,000 become 1,500 and the rest.
	if p := e.Line.Schedule[1].PrincipalFen; p != 150_000 {
		t.Errorf("principal %s, want 1500.00", p)
	}
	b, err := handover.NewPayload(e)
	if err != nil || strings.Contains(string(b), "王") || strings.Contains(string(b), "li\"") {
		t.Errorf("%v: the payload tells of people: %s", err, b)
	}
}

func TestNumbersOfApplications(t *testing.T) {
	t.Parallel()
	n, err := handover.ParseNumber(accepted(t).Number())
	if err != nil || n.County != "370199" || n.Application != 17 {
		t.Errorf("%+v, %v", n, err)
	}
	for _, bad := range []string{"", "370199", "370199-", "-3", "370199-0", "370199-+3", "370199-03", "370199-9223372036854775808"} {
		if _, err := handover.ParseNumber(bad); err == nil {
			t.Errorf("%q passes as a number", bad)
		}
	}
}

func TestTargetsThatCannotWorkAreRefused(t *testing.T) {
	t.Parallel()
	good := handover.Target{Name: "bank-1", Kind: handover.Webhook, FromSeq: 1, Acts: lending.Acts()}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*handover.Target){
		"a name with a slash":                    func(x *handover.Target) { x.Name = "a/b" },
		"no name":                                func(x *handover.Target) { x.Name = "" },
		"an unknown kind":                        func(x *handover.Target) { x.Kind = "ftp" },
		"sequence 0":                             func(x *handover.Target) { x.FromSeq = 0 },
		"no acts":                                func(x *handover.Target) { x.Acts = nil },
		"an unknown act":                         func(x *handover.Target) { x.Acts = []lending.Act{"sing"} },
		"draws to Fineract, whence they are had": func(x *handover.Target) { x.Kind, x.Acts = handover.Fineract, []lending.Act{lending.ActDraw} },
	} {
		bad := good
		change(&bad)
		if bad.Check() == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
