package fineract_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"parus/credit"
	"parus/credit/lending"
	"parus/internal/handover"
	"parus/internal/handover/fineract"
)

var noon = time.Date(2026, 4, 1, 20, 0, 0, 0, time.UTC) // 04:00 of April 2 in Shanghai

func date(t testing.TB, s string) credit.Date {
	t.Helper()
	d, err := credit.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// accepted is a line of 7,000 yuan that follows two harvests.
func accepted(t testing.TB) handover.Event {
	t.Helper()
	return handover.Event{
		County: "370199", Seq: 4, Application: 17, Household: "370199001001000123", Act: lending.ActAccept, State: lending.Accepted, At: noon,
		Line: &handover.Line{AmountFen: 700_000, Currency: "CNY", APR: 0.0825, Schedule: []credit.Instalment{
			{Date: date(t, "2026-03-20"), InterestFen: 5_000}, {Date: date(t, "2026-06-20"), InterestFen: 12_658},
			{Date: date(t, "2026-07-15"), PrincipalFen: 300_000, InterestFen: 3_955}, {Date: date(t, "2026-09-20"), InterestFen: 6_058},
			{Date: date(t, "2026-11-10"), PrincipalFen: 400_000, InterestFen: 4_611}}},
	}
}

func newCarrier(t testing.TB, c fineract.Config, name func(context.Context, handover.Event) (string, error)) *fineract.Carrier {
	t.Helper()
	out, err := fineract.New(c, handover.TargetSecret{Username: "parus", Password: "hush"}, fineract.Tools{Now: func() time.Time { return noon }, Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func carry(t testing.TB, c *fineract.Carrier, e handover.Event) (handover.Receipt, *handover.Failure) {
	t.Helper()
	r, err := c.Carry(t.Context(), handover.Delivery{Event: e})
	if err == nil {
		return r, nil
	}
	f := (*handover.Failure)(nil)
	if !errors.As(err, &f) {
		t.Fatalf("%v is no judged failure", err)
	}
	if strings.Contains(f.Why, "secret words") || strings.Contains(f.Why, e.Household) {
		t.Errorf("the failure repeats what was sent: %s", f.Why)
	}
	return r, f
}

// Interest by hand: 7,000 × 8.25 % over 79 days of 365 from April 2 is 124.99;
// 25 days 39.55; then 4,000 × 8.25 % × 67/365 = 60.58 and × 51/365 = 46.11.
func TestAnAcceptedLineBecomesALoanWithOurSchedule(t *testing.T) {
	t.Parallel()
	b, s := newBank(t)
	r, f := carry(t, newCarrier(t, config(s.URL, nil), nil), accepted(t))
	if f != nil || r.Remote != "loan 50" || len(r.Digest) != 64 {
		t.Fatalf("%+v, %+v", r, f)
	}
	l := b.loans[50]
	want := []fineract.Period{{Due: date(t, "2026-06-20"), Interest: 12_499}, {Due: date(t, "2026-07-15"), Principal: 300_000, Interest: 3_955},
		{Due: date(t, "2026-09-20"), Interest: 6_058}, {Due: date(t, "2026-11-10"), Principal: 400_000, Interest: 4_611}}
	if !slices.Equal(l.rows, want) {
		t.Errorf("%v, want %v", l.rows, want)
	}
	if l.externalID != "370199-17" || l.status != 100 || l.principal != 700_000 || l.product != 1 || l.disbursed != date(t, "2026-04-02").Time() {
		t.Errorf("%+v", l)
	}
	c := b.clients[100]
	if c["externalId"] != "370199001001000123" || c["fullname"] != "Household 370199001001000123" {
		t.Errorf("%v", c)
	}
}

func TestABulletAtItsDayNeedsNoVariations(t *testing.T) {
	t.Parallel()
	b, s := newBank(t)
	e := accepted(t)
	e.Line.Schedule = []credit.Instalment{{Date: date(t, "2026-11-10"), PrincipalFen: 700_000}}
	if _, f := carry(t, newCarrier(t, config(s.URL, nil), nil), e); f != nil {
		t.Fatal(f)
	}
	if slices.ContainsFunc(b.asked, func(a string) bool { return strings.HasSuffix(a, "/schedule") }) {
		t.Errorf("%v", b.asked)
	}
}

func TestPerishableLinesTakeTheirOwnProduct(t *testing.T) {
	t.Parallel()
	b, s := newBank(t)
	e := accepted(t)
	e.Line.Perishable = true
	if _, f := carry(t, newCarrier(t, config(s.URL, nil), nil), e); f != nil || b.loans[50].product != 2 {
		t.Fatal(f)
	}
	e.Application, e.Line.Currency = 18, "USD"
	if _, f := carry(t, newCarrier(t, config(s.URL, nil), nil), e); f == nil || !f.Permanent {
		t.Errorf("a currency without a product: %+v", f)
	}
}

func TestWhatFollowsIsAsConfigured(t *testing.T) {
	t.Parallel()
	for then, status := range map[string]int{"": 100, "approve": 200, "disburse": 300} {
		b, s := newBank(t)
		c := newCarrier(t, config(s.URL, func(c *fineract.Config) { c.Then = then }), nil)
		for range 2 { // the second time there is nothing left to do
			if _, f := carry(t, c, accepted(t)); f != nil {
				t.Fatalf("%s: %v", then, f)
			}
		}
		if len(b.loans) != 1 || len(b.clients) != 1 || b.loans[50].status != status || len(b.loans[50].transactions) > 1 {
			t.Errorf("%q: %d loans, %d clients, status %d, %v", then, len(b.loans), len(b.clients), b.loans[50].status, b.loans[50].transactions)
		}
	}
}

func TestNamesAreSentOnlyWhereTheyAreConfigured(t *testing.T) {
	t.Parallel()
	b, s := newBank(t)
	asked := 0
	name := func(_ context.Context, e handover.Event) (string, error) {
		asked++
		return "holder of " + e.Household, nil
	}
	if _, f := carry(t, newCarrier(t, config(s.URL, nil), name), accepted(t)); f != nil || asked != 0 {
		t.Fatalf("%v, %d names opened", f, asked)
	}
	e := accepted(t)
	e.Household, e.Application = "370199001001000124", 18
	c := newCarrier(t, config(s.URL, func(c *fineract.Config) { c.Names = true }), name)
	for range 2 {
		if _, f := carry(t, c, e); f != nil {
			t.Fatal(f)
		}
	}
	if asked != 1 || b.clients[101]["fullname"] != "holder of 370199001001000124" {
		t.Errorf("%d names opened, %v", asked, b.clients[101])
	}
	if _, err := fineract.New(config(s.URL, func(c *fineract.Config) { c.Names = true }), handover.TargetSecret{Username: "u", Password: "p"}, fineract.Tools{}); err == nil {
		t.Error("names without keys are accepted")
	}
}

// Whatever is lost on the way, at whichever request: done again, there is one
// client and one loan with the right schedule.
func TestWhateverGetsLostNothingIsMadeTwice(t *testing.T) {
	t.Parallel()
	cut := func(w http.ResponseWriter) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_ = c.(*net.TCPConn).SetLinger(0)
		_ = c.Close()
	}
	for name, how := range map[string]struct {
		after bool // the bank has done it
		do    func(w http.ResponseWriter)
		soon  time.Duration
	}{
		"the answer is lost after it is done": {true, cut, 0},
		"the connection breaks before":        {false, cut, 0},
		"500 after it is done":                {true, func(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) }, 0},
		"500 before":                          {false, func(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) }, 0},
		"429": {false, func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
		}, 7 * time.Second},
		"409 while it is being done": {true, func(w http.ResponseWriter) { w.WriteHeader(http.StatusConflict) }, 0},
		"half an answer": {true, func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte(`{"id":`))
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, s := newBank(t)
			c := newCarrier(t, config(s.URL, func(c *fineract.Config) { c.Then = "disburse" }), nil)
			failures := 0
			for victim := 1; ; victim++ { // the nth request of a try is hurt, then it goes on
				n := 0
				b.with(func() {
					b.hurt = func(w http.ResponseWriter, _ *http.Request, done bool) bool {
						if !done {
							n++
						}
						if n != victim || done != how.after {
							return false
						}
						how.do(w)
						return true
					}
				})
				_, f := carry(t, c, accepted(t))
				if f == nil {
					break // nothing was left to be hurt
				}
				if failures++; f.Permanent || f.After != how.soon {
					t.Fatalf("request %d: %+v", victim, f)
				}
				if failures > 20 {
					t.Fatal("it never ends")
				}
			}
			b.mu.Lock() // gets that broke were repeated below us, so not each breach is a failure
			defer b.mu.Unlock()
			if failures < 2 || len(b.clients) != 1 || len(b.loans) != 1 || b.loans[50].status != 300 || len(b.loans[50].transactions) != 1 {
				t.Errorf("%d failures, %d clients, %d loans, %+v", failures, len(b.clients), len(b.loans), b.loans[50])
			}
		})
	}
}

func TestAnotherScheduleFailsForAllToSee(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		bank   func(*bank)
		config func(*fineract.Config)
		line   func(*handover.Line)
		want   string
	}{
		"a product without variable instalments": {bank: func(b *bank) { b.products[1]["allowVariableInstallments"] = false }, want: "variable.schedule.not.supported"},
		"interest beyond the tolerance":          {bank: func(b *bank) { b.rounding = 2 }, want: "interest 125.01 for our 124.99"},
		"a due date moved by a holiday": {bank: func(b *bank) { b.holiday = true }, config: func(c *fineract.Config) { c.Then = "approve" },
			want: "since it was approved: instalment 1 falls due on 2026-06-21 for our 2026-06-20"},
		"a schedule that does not add up": {line: func(l *handover.Line) { l.Schedule[2].PrincipalFen = 1 }, want: "does not add up"},
		"principal due before it is paid": {line: func(l *handover.Line) { l.Schedule[0].PrincipalFen = 1 }, want: "before it is paid out"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, s := newBank(t)
			if c.bank != nil {
				c.bank(b)
			}
			e := accepted(t)
			if c.line != nil {
				c.line(e.Line)
			}
			_, f := carry(t, newCarrier(t, config(s.URL, c.config), nil), e)
			if f == nil || !f.Permanent || !strings.Contains(f.Why, c.want) {
				t.Errorf("%+v, want %q", f, c.want)
			}
		})
	}
}

func TestRoundingOfOneFenIsNoDifference(t *testing.T) {
	t.Parallel()
	b, s := newBank(t)
	b.rounding = 1
	if _, f := carry(t, newCarrier(t, config(s.URL, nil), nil), accepted(t)); f != nil {
		t.Error(f)
	}
	zero := credit.Fen(0)
	_, f := carry(t, newCarrier(t, config(s.URL, func(c *fineract.Config) { c.InterestTolerance = &zero }), nil), accepted(t))
	if f == nil || !f.Permanent {
		t.Errorf("%+v", f)
	}
}

func TestALoanOfAnotherIsLeftAlone(t *testing.T) {
	t.Parallel()
	b, s := newBank(t)
	c := newCarrier(t, config(s.URL, nil), nil)
	if _, f := carry(t, c, accepted(t)); f != nil {
		t.Fatal(f)
	}
	e := accepted(t)
	e.Household = "370199001001000999"
	if _, f := carry(t, c, e); f == nil || !f.Permanent || !strings.Contains(f.Why, "another client") {
		t.Errorf("%+v", f)
	}
	b.loans[50].status = 500
	if _, f := carry(t, c, accepted(t)); f == nil || !f.Permanent || !strings.Contains(f.Why, "rejected") {
		t.Errorf("%+v", f)
	}
}

func TestWithdrawals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		then   string
		none   bool
		status int
		fails  bool
	}{
		"of a loan that waits":       {"", false, 400, false},
		"of a loan that is approved": {"approve", false, 400, false},
		"of a loan that is paid out": {"disburse", false, 300, true},
		"of what never got there":    {"", true, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, s := newBank(t)
			carrier := newCarrier(t, config(s.URL, func(x *fineract.Config) { x.Then = c.then }), nil)
			if !c.none {
				if _, f := carry(t, carrier, accepted(t)); f != nil {
					t.Fatal(f)
				}
			}
			e := accepted(t)
			e.Act, e.State = lending.ActWithdraw, lending.Withdrawn
			for range 2 {
				if _, f := carry(t, carrier, e); (f != nil) != c.fails || f != nil && !f.Permanent {
					t.Fatalf("%+v", f)
				}
			}
			if !c.none && b.loans[50].status != c.status {
				t.Errorf("status %d, want %d", b.loans[50].status, c.status)
			}
		})
	}
}

func TestWhatIsNoFineractIsNotTakenForOneWithoutTheClient(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(w http.ResponseWriter){
		"404 of something before it": func(w http.ResponseWriter) { http.Error(w, "<html>not found</html>", http.StatusNotFound) },
		"a page of a portal":         func(w http.ResponseWriter) { _, _ = w.Write([]byte("<html>welcome</html>")) },
		"a redirect to a sign-in":    func(w http.ResponseWriter) { w.Header().Set("Location", "/login"); w.WriteHeader(http.StatusFound) },
		"another tenant":             func(w http.ResponseWriter) { w.WriteHeader(http.StatusUnauthorized) },
		"an endless answer": func(w http.ResponseWriter) {
			for range 140 {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, s := newBank(t)
			b.with(func() {
				b.hurt = func(w http.ResponseWriter, _ *http.Request, _ bool) bool {
					answer(w)
					return true
				}
			})
			_, f := carry(t, newCarrier(t, config(s.URL, nil), nil), accepted(t))
			b.with(func() {
				if f == nil || !f.Permanent || len(b.asked) != 1 {
					t.Errorf("%+v after %v", f, b.asked)
				}
			})
		})
	}
}

func TestConfigurationsThatCannotWorkAreRefused(t *testing.T) {
	t.Parallel()
	good := `{"url":"https://bank.example/api/v1","tenant":"t","office_id":1,"products":[{"id":1,"currency":"CNY","crop":"grain"}]}`
	if _, err := fineract.ParseConfig([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for old, bad := range map[string]string{
		"https://bank":  "http://bank",
		`"tenant":"t"`:  `"tenant":""`,
		`"office_id":1`: `"office_id":0`,
		`"grain"`:       `"rice"`,
		`"CNY"`:         `"yuan"`,
		`{"url"`:        `{"then":"pay","url"`,
		`{"id":1`:       `{"id":2,"currency":"CNY","crop":"grain"},{"id":1`,
		`"products":[`:  `"password":"x","products":[`,
		`,"products"`:   `,"time_zone":"Mars","products"`,
	} {
		if _, err := fineract.ParseConfig([]byte(strings.Replace(good, old, bad, 1))); err == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
}

func TestTheProductsAreLookedAt(t *testing.T) {
	t.Parallel()
	b, s := newBank(t)
	c := newCarrier(t, config(s.URL, nil), nil)
	if problems, err := c.Test(t.Context()); err != nil || len(problems) != 0 {
		t.Fatalf("%v, %v", problems, err)
	}
	b.products[1]["allowVariableInstallments"] = false
	b.products[2]["daysInYearType"] = map[string]any{"id": 360}
	if problems, err := c.Test(t.Context()); err != nil || len(problems) != 2 {
		t.Errorf("%v, %v", problems, err)
	}
	delete(b.products, 2)
	if _, err := c.Test(t.Context()); err == nil {
		t.Error("a product that is not there passes")
	}
}
