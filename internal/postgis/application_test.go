package postgis_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"parus/credit"
	"parus/credit/lending"
	"parus/internal/postgis"
	"parus/internal/postgistest"
	"parus/internal/publication"
)

// branch is a bank's branch in a county whose season is scored and published.
type branch struct {
	db     *postgis.DB
	url    string
	county string
	pub    int64
	line   credit.Fen // of every household
	clock  time.Time
	keys   int
}

const lentSeason = "2025-winter"

// household is the id of the i-th; ten live in each village.
func (b *branch) household(i int) string { return fmt.Sprintf("%s%03d%06d", b.county, i/10, i) }

func (b *branch) village(i int) string { return fmt.Sprintf("%s%03d", b.county, i/10) }

var teller = publication.Scope{Counties: []string{"370199"}, Scores: true}

func newBranch(t testing.TB, households int) *branch {
	t.Helper()
	db, url := postgistest.Open(t)
	b := &branch{db: db, url: url, county: "370199", clock: time.Date(2025, 4, 1, 4, 0, 0, 0, time.UTC)}
	b.open(t, households)
	return b
}

// open publishes a season with real snapshots of n households, all of whom have
// consented.
func (b *branch) open(t testing.TB, n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), b.url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	const county = `
		with c as (insert into county (code, name) values ($1, $1) returning code),
		r as (insert into registry_release (county, digest, source, report) select code, 'd', 'x', '{}' from c returning id),
		s as (insert into season_run (county, season, registry, spec, digest) select $1, $2, id, '{}', $1 from r returning id, registry),
		w as (insert into work (key, county, stage, item, payload, state) select $1, $1, 'decide', 'x', '{}', 'done' from c returning id),
		p as (insert into publication (county, season, registry, run, in_force) select $1, $2, registry, id, true from s returning id)
		select p.id, w.id from p, w`
	var unit int64
	if err := conn.QueryRow(t.Context(), county, b.county, lentSeason).Scan(&b.pub, &unit); err != nil {
		t.Fatal(err)
	}
	e := engine(t)
	q := &pgx.Batch{}
	for i := range n {
		s, err := e.NewSnapshot(farm(t, b.household(i)))
		if err != nil {
			t.Fatal(err)
		}
		b.line = s.Decision.LineFen
		snapshot, _ := json.Marshal(s)
		decision, _ := json.Marshal(s.Decision)
		q.Queue(`insert into decision (unit, household_id, digest, snapshot, decision, line_fen, pd, apr, referred, reasons) values ($1, $2, $3, $4, $5, $6, 0, 0, false, '{}')`,
			unit, b.household(i), s.Digest, snapshot, decision, s.Decision.LineFen)
		q.Queue(`insert into published_household (publication, county, id, village, display_name, parcels, area_m2, line_fen, pd, apr, referred, reasons, decision)
			values ($1, $2, $3, $4, '王**', 1, 1, $5, 0, 0, false, '{}', $6)`, b.pub, b.county, b.household(i), b.village(i), s.Decision.LineFen, decision)
		q.Queue(`insert into consent (county, household, at, act, actor, evidence) values ($1, $2, $3, 'give', 'li', 'paper')`, b.county, b.household(i), b.clock)
	}
	if err := conn.SendBatch(t.Context(), q).Close(); err != nil {
		t.Fatal(err)
	}
}

func engine(t testing.TB) *credit.Engine {
	t.Helper()
	p, err := credit.DefaultPolicy()
	if err != nil {
		t.Fatal(err)
	}
	e, err := credit.NewEngine(p)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func date(t testing.TB, s string) credit.Date {
	t.Helper()
	d, err := credit.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// farm has 15 mu of winter wheat and soybean.
func farm(t testing.TB, household string) credit.Case {
	t.Helper()
	return credit.Case{HouseholdID: household, Season: lentSeason, Currency: "CNY", AsOf: date(t, "2025-03-20"), ModelVersion: "m",
		Market: []credit.Market{
			{Code: "winter_wheat", PricePerKg: 2.4, LogPriceSD: .12, CashCostPerMu: 659, HarvestEnd: date(t, "2025-06-20")},
			{Code: "soybean", PricePerKg: 4, LogPriceSD: .14, CashCostPerMu: 446, HarvestEnd: date(t, "2025-06-20")}},
		Parcels: []credit.Parcel{{ID: household + "p", GeometryMu: 15, ContractMu: 15, CultivatedShare: 1, MatchP: .98, Certified: true,
			Crops: []credit.CropChance{{Code: "winter_wheat", P: .9, MeanKgPerMu: 490, SDCounty: .11, SDModel: .12}, {Code: "soybean", P: .1, MeanKgPerMu: 150, SDCounty: .11, SDModel: .12}}}}}
}

// asking is an application of the i-th household for 3,000 yuan.
func (b *branch) asking(i int) publication.Applying {
	b.keys++
	return publication.Applying{Request: lending.Request{Publication: b.pub, Household: b.household(i), AskedFen: 300_000, Identity: lending.IdentityChecked},
		Key: fmt.Sprint("key-", b.keys), Account: "li", Role: publication.Officer, At: b.clock}
}

func (b *branch) apply(t testing.TB, a publication.Applying) publication.Answer {
	t.Helper()
	out, err := b.db.Apply(t.Context(), teller, a)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// act moves an application as the role's usual person.
func (b *branch) act(t testing.TB, id int64, act lending.Act, amount credit.Fen) error {
	t.Helper()
	m := publication.ApplicationMove{Application: id, Act: act, AmountFen: amount, Reason: "because", Account: "li", Role: publication.Officer, At: b.clock}
	if publication.Approver.Lends().May(act) {
		m.Account, m.Role = "wu", publication.Approver
	}
	return b.db.MoveApplication(t.Context(), teller, m)
}

func (b *branch) must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (b *branch) card(t testing.TB, id int64) publication.ApplicationCard {
	t.Helper()
	c, err := b.db.Application(t.Context(), teller, id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// holds verifies the whole book and returns what it found.
func (b *branch) holds(t testing.TB) publication.BookReport {
	t.Helper()
	r, err := b.db.VerifyBook(t.Context(), b.county, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Differences) > 0 || r.Replayed != r.Decided+r.Referred+r.Rejected || r.OtherEngine != 0 {
		t.Errorf("the book does not hold: %+v", r)
	}
	return r
}

func (b *branch) limit(t testing.TB, kind lending.Kind, key string, yuan credit.Fen) {
	t.Helper()
	amount := yuan * 100
	b.must(t, b.db.SetLimit(t.Context(), teller, publication.SettingLimit{County: b.county, Kind: kind, Key: key, AmountFen: &amount, Account: "he", At: b.clock}))
}

// held is what is kept as held of a limit.
func (b *branch) held(t testing.TB, kind lending.Kind, key string) (fen credit.Fen) {
	t.Helper()
	conn := connectTo(t, b.url)
	err := conn.QueryRow(t.Context(), `select coalesce(sum(committed_fen), 0)::bigint from exposure where kind = $1 and key = $2`, kind, key).Scan(&fen)
	b.must(t, err)
	return fen
}

func connectTo(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	return conn
}

func TestALineFromApplyingToRepaying(t *testing.T) {
	t.Parallel()
	b := newBranch(t, 1)
	a := b.apply(t, b.asking(0))
	if a.State != lending.Decided || a.Offer.LineFen != 300_000 || a.Offer.Counter || a.Season != lentSeason || a.ExpiresAt == nil || a.Offer.DueDate != "2025-07-20" {
		t.Fatalf("%+v", a)
	}
	for _, step := range []struct {
		act    lending.Act
		amount credit.Fen
		state  lending.State
		held   credit.Fen
	}{
		{lending.ActAccept, 0, lending.Accepted, 300_000},
		{lending.ActDraw, 200_000, lending.Drawn, 300_000},
		{lending.ActDraw, 50_000, lending.Drawn, 300_000},
		{lending.ActRepay, 150_000, lending.Drawn, 150_000},
		{lending.ActRepay, 100_000, lending.Repaid, 0},
	} {
		b.clock = b.clock.Add(time.Hour)
		b.must(t, b.act(t, a.ID, step.act, step.amount))
		c := b.card(t, a.ID)
		if c.State != step.state || b.held(t, lending.OnCounty, b.county) != step.held || b.held(t, lending.OnVillage, b.village(0)) != step.held {
			t.Errorf("after %s: %s, %s held; want %s, %s", step.act, c.State, b.held(t, lending.OnCounty, b.county), step.state, step.held)
		}
	}
	c := b.card(t, a.ID)
	var acts string
	for _, e := range c.History {
		acts += string(e.Act) + " "
	}
	if acts != "apply decide accept draw draw repay repay " || c.DrawnFen != 250_000 || c.RepaidFen != 250_000 || c.OwedFen != 0 || c.Late || c.Household != "王**" {
		t.Errorf("%s: %+v", acts, c.Application)
	}
	if r := b.holds(t); r.Events != 7 || r.Head != c.History[6].Hash || r.Decided != 1 {
		t.Errorf("%+v", r)
	}
	n, err := b.db.RepaidBefore(t.Context(), b.county, b.clock.Add(time.Second), []string{b.household(0), "other"})
	if err != nil || !reflect.DeepEqual(n, map[string]int{b.household(0): 1}) {
		t.Errorf("repaid %v, %v", n, err)
	}
	if n, err := b.db.RepaidBefore(t.Context(), b.county, b.clock, []string{b.household(0)}); err != nil || len(n) != 0 {
		t.Errorf("repaid before it was: %v, %v", n, err)
	}
	again := b.apply(t, b.asking(0)) // after a line is repaid another may be asked for
	events, err := b.db.ApplicationEvents(t.Context(), b.county, 7, 10)
	if err != nil || len(events) != 2 || events[0].Application != again.ID || events[1].Seq != 9 {
		t.Errorf("events after the seventh: %v, %v", events, err)
	}
}

func TestAReferredApplicationNeedsASecondPerson(t *testing.T) {
	t.Parallel()
	b := newBranch(t, 2)
	in := b.asking(0)
	in.Identity = lending.IdentityUnchecked
	a := b.apply(t, in)
	if a.State != lending.Referred || b.held(t, lending.OnCounty, b.county) != 0 {
		t.Fatalf("%+v", a)
	}
	self := publication.ApplicationMove{Application: a.ID, Act: lending.ActApprove, Account: "li", Role: publication.Approver, At: b.clock}
	if err := b.db.MoveApplication(t.Context(), teller, self); !errors.Is(err, lending.SamePerson) {
		t.Errorf("who applied approves: %v", err)
	}
	b.must(t, b.act(t, a.ID, lending.ActApprove, 250_000))
	if c := b.card(t, a.ID); c.State != lending.Approved || c.LineFen != 250_000 || b.held(t, lending.OnCounty, b.county) != 250_000 || sum(c.Schedule) != 250_000 || sum(c.Offer.Schedule) != 300_000 {
		t.Errorf("%+v", c)
	}
	in = b.asking(1)
	in.Identity = lending.IdentityUnchecked
	r := b.apply(t, in)
	b.must(t, b.act(t, r.ID, lending.ActReject, 0))
	if c := b.card(t, r.ID); c.State != lending.Rejected || c.History[2].Actor != "wu" || c.History[2].Reason != "because" {
		t.Errorf("%+v", c)
	}
	b.holds(t)
}

func sum(schedule []publication.Instalment) (fen int64) {
	for _, i := range schedule {
		fen += i.PrincipalFen
	}
	return fen
}

func TestTheSameKeyIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	b := newBranch(t, 2)
	in := b.asking(0)
	first := b.apply(t, in)
	b.must(t, b.act(t, first.ID, lending.ActAccept, 0))
	in.At = in.At.Add(time.Hour)
	again := b.apply(t, in)
	if !again.Replayed || first.Replayed {
		t.Errorf("replayed: first %t, again %t", first.Replayed, again.Replayed)
	}
	one, _ := json.Marshal(first)
	two, _ := json.Marshal(again)
	if string(one) != string(two) {
		t.Errorf("answers differ:\n%s\n%s", one, two)
	}
	other := in
	other.AskedFen++
	if _, err := b.db.Apply(t.Context(), teller, other); !errors.Is(err, lending.KeyReused) {
		t.Errorf("the same key with another amount: %v", err)
	}
	other = in
	other.Account, other.Household = "zhang", b.household(1)
	if a := b.apply(t, other); a.Replayed {
		t.Error("another account's key is its own")
	}
	if r := b.holds(t); r.Applications != 2 {
		t.Errorf("%d applications", r.Applications)
	}
}

func TestApplyingIsRefusedByNameWithNothingHalfDone(t *testing.T) {
	t.Parallel()
	b := newBranch(t, 4)
	conn := connectTo(t, b.url)
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	b.apply(t, b.asking(0))
	exec(`update published_household set decision = '{}' where id = $1`, b.household(1))
	b.must(t, b.db.SetConsent(t.Context(), teller, publication.ConsentGiven{Publication: b.pub, Household: b.household(2), Revoke: true, Evidence: "said so", Account: "li", At: b.clock}))
	before := b.holds(t)
	for _, tc := range []struct {
		name string
		edit func(*publication.Applying)
		want error
	}{
		{"nothing asked", func(a *publication.Applying) { a.AskedFen = 0 }, lending.BadAmount},
		{"too much asked", func(a *publication.Applying) { a.AskedFen = 1e12 }, lending.BadAmount},
		{"a negative debt", func(a *publication.Applying) { a.DebtDueFen = -1 }, lending.BadDebt},
		{"signed tomorrow", func(a *publication.Applying) { a.SignedAt = b.clock.AddDate(0, 0, 1) }, lending.SignedAhead},
		{"no key", func(a *publication.Applying) { a.Key = "" }, lending.BadKey},
		{"a key with a blank", func(a *publication.Applying) { a.Key = "a b" }, lending.BadKey},
		{"an approver applies", func(a *publication.Applying) { a.Role = publication.Approver }, lending.WrongRole},
		{"an admin applies", func(a *publication.Applying) { a.Role = publication.Admin }, lending.WrongRole},
		{"an unknown publication", func(a *publication.Applying) { a.Publication = 99 }, publication.ErrNotFound},
		{"an unknown household", func(a *publication.Applying) { a.Household = "nobody" }, lending.UnknownHousehold},
		{"an open application", func(a *publication.Applying) { a.Household = b.household(0) }, lending.OpenApplication},
		{"no snapshot", func(a *publication.Applying) { a.Household = b.household(1) }, lending.NoSnapshot},
		{"a revoked consent", func(a *publication.Applying) { a.Household = b.household(2) }, lending.NoConsent},
		{"a clock an hour behind", func(a *publication.Applying) { a.At = b.clock.Add(-time.Hour) }, lending.ClockSkew},
	} {
		a := b.asking(3)
		tc.edit(&a)
		if _, err := b.db.Apply(t.Context(), teller, a); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
	for who, s := range map[string]publication.Scope{"a partner": {Counties: []string{b.county}}, "another county's officer": {Counties: []string{"370198"}, Scores: true}} {
		if _, err := b.db.Apply(t.Context(), s, b.asking(3)); !errors.Is(err, publication.ErrNotFound) {
			t.Errorf("%s: %v", who, err)
		}
	}
	exec(`update publication set in_force = false where id = $1`, b.pub)
	if _, err := b.db.Apply(t.Context(), teller, b.asking(3)); !errors.Is(err, lending.PublicationReplaced) {
		t.Errorf("a replaced publication: %v", err)
	}
	exec(`update publication set in_force = true where id = $1`, b.pub)
	if after := b.holds(t); !reflect.DeepEqual(before, after) {
		t.Errorf("the book has moved from %+v to %+v", before, after)
	}
	a := b.asking(3)
	a.At = b.clock.Add(-time.Minute) // a little behind: the chain's time counts
	if got := b.apply(t, a); !got.CreatedAt.Equal(b.clock) {
		t.Errorf("a clock a little behind writes %v", got.CreatedAt)
	}
}

func TestMovesAreRefusedByNameWithNothingHalfDone(t *testing.T) {
	t.Parallel()
	b := newBranch(t, 3)
	drawn := b.apply(t, b.asking(0)).ID
	b.must(t, b.act(t, drawn, lending.ActAccept, 0))
	b.must(t, b.act(t, drawn, lending.ActDraw, 100_000))
	in := b.asking(1)
	in.Identity = lending.IdentityUnchecked
	referred := b.apply(t, in).ID
	decided := b.apply(t, b.asking(2)).ID
	b.must(t, b.db.SetConsent(t.Context(), teller, publication.ConsentGiven{Publication: b.pub, Household: b.household(2), Revoke: true, Evidence: "said so", Account: "li", At: b.clock}))
	b.limit(t, lending.OnVillage, "", 6000) // 3,000 and 3,000 are held
	before := b.holds(t)
	for _, tc := range []struct {
		name string
		id   int64
		act  lending.Act
		fen  credit.Fen
		want error
	}{
		{"draw beyond the line", drawn, lending.ActDraw, 200_001, lending.BeyondLine},
		{"repay beyond what is owed", drawn, lending.ActRepay, 100_001, lending.BeyondDebt},
		{"accept what is drawn", drawn, lending.ActAccept, 0, lending.WrongState},
		{"withdraw what is drawn", drawn, lending.ActWithdraw, 0, lending.WrongState},
		{"draw what is referred", referred, lending.ActDraw, 1, lending.WrongState},
		{"approve into a full village", referred, lending.ActApprove, 0, lending.LimitFull},
		{"approve more than was asked", referred, lending.ActApprove, 300_001, lending.BadAmount},
		{"accept after the consent was revoked", decided, lending.ActAccept, 0, lending.NoConsent},
		{"approve what was decided", decided, lending.ActApprove, 0, lending.WrongState},
		{"an act that nobody does", decided, lending.ActDecide, 0, lending.WrongRole},
		{"applying twice", decided, lending.ActApply, 1, lending.WrongRole},
		{"an application that is not there", 99, lending.ActAccept, 0, publication.ErrNotFound},
	} {
		if err := b.act(t, tc.id, tc.act, tc.fen); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
	for who, s := range map[string]publication.Scope{"a partner": {Counties: []string{b.county}}, "another county's officer": {Counties: []string{"370198"}, Scores: true}} {
		err := b.db.MoveApplication(t.Context(), s, publication.ApplicationMove{Application: decided, Act: lending.ActWithdraw, Reason: "no", Account: "li", Role: publication.Officer, At: b.clock})
		if !errors.Is(err, publication.ErrNotFound) {
			t.Errorf("%s moves it: %v", who, err)
		}
		if _, err := b.db.Application(t.Context(), s, decided); !errors.Is(err, publication.ErrNotFound) {
			t.Errorf("%s reads it: %v", who, err)
		}
		if page, err := b.db.Applications(t.Context(), s, publication.ApplicationQuery{Limit: 10}); err != nil || len(page.Items) != 0 {
			t.Errorf("%s lists %v, %v", who, page, err)
		}
	}
	b.clock = time.Date(2025, 7, 21, 0, 0, 0, 0, time.UTC)
	if err := b.act(t, drawn, lending.ActDraw, 1); !errors.Is(err, lending.Lapsed) {
		t.Errorf("drawn after the due date: %v", err)
	}
	if after := b.holds(t); !reflect.DeepEqual(before, after) {
		t.Errorf("the book has moved from %+v to %+v", before, after)
	}
	b.must(t, b.act(t, decided, lending.ActWithdraw, 0)) // frees the village
	b.must(t, b.act(t, drawn, lending.ActRepay, 100_000))
	if c := b.card(t, drawn); c.State != lending.Repaid || !c.Late {
		t.Errorf("repaid after the due date: %+v", c.Application)
	}
	b.holds(t)
}

func TestOffersThatLapseMakeRoom(t *testing.T) {
	t.Parallel()
	b := newBranch(t, 8)
	b.limit(t, lending.OnVillage, b.village(0), 18_000)
	for i := range 6 {
		b.apply(t, b.asking(i))
	}
	if a := b.apply(t, b.asking(6)); a.State != lending.Referred || a.Offer.Binding != "village "+b.village(0) || a.Offer.Reasons[0].Code != string(credit.ReasonPolicyCap) {
		t.Fatalf("the village is full, but %+v", a)
	}
	b.clock = b.clock.AddDate(0, 0, lending.OfferDays)
	again := b.asking(0) // whose offer has lapsed
	if a := b.apply(t, again); a.State != lending.Decided {
		t.Fatalf("five offers have lapsed, but %+v", a)
	}
	if n, err := b.db.ExpireApplications(t.Context(), b.county, b.clock); n != 2 || err != nil {
		t.Errorf("%d more have lapsed, %v; want the sixth and the one referred", n, err)
	}
	if held := b.held(t, lending.OnVillage, b.village(0)); held != 300_000 {
		t.Errorf("%s are held", held)
	}
	b.holds(t)
}

func TestLimitsBindByHouseholdVillageCountyAndCrop(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		kind    lending.Kind
		key     string
		yuan    credit.Fen
		binding string
		reason  credit.ReasonCode
	}{
		{lending.OnHousehold, "", 2000, "household", credit.ReasonPolicyCap},
		{lending.OnVillage, "", 2000, "village 370199000", credit.ReasonPolicyCap},
		{lending.OnCounty, "370199", 2000, "county 370199", credit.ReasonPolicyCap},
		{lending.OnCrop, "winter_wheat", 1900, "crop winter_wheat", credit.ReasonConcentration}, // 94.6 % of the revenue: 2,008
	} {
		t.Run(string(tc.kind), func(t *testing.T) {
			t.Parallel()
			b := newBranch(t, 1)
			b.limit(t, tc.kind, tc.key, tc.yuan)
			a := b.apply(t, b.asking(0))
			if a.State != lending.Decided || a.Offer.LineFen != 200_000 || !a.Offer.Counter || a.Offer.Binding != tc.binding || a.Offer.Reasons[0].Code != string(tc.reason) {
				t.Errorf("%+v", a)
			}
			list, err := b.db.Limits(t.Context(), teller, b.county)
			if err != nil || len(list) != 1 || list[0].Kind != tc.kind || *list[0].AmountFen != int64(tc.yuan*100) || list[0].CommittedFen < 189_000 || list[0].CommittedFen > 200_000 {
				t.Errorf("limits %+v, %v", list, err)
			}
			b.holds(t)
		})
	}
}

func TestTheDatabaseGuardsApplications(t *testing.T) {
	t.Parallel()
	b := newBranch(t, 2)
	in := b.asking(0)
	in.Identity = lending.IdentityUnchecked
	id := b.apply(t, in).ID
	b.limit(t, lending.OnCounty, b.county, 5000)
	conn := connectTo(t, b.url)
	event := func(role, actor, act, state string) string {
		return fmt.Sprintf(`insert into application_event select county, seq + 1, %d, at, '%s', '%s', '%s', '%s', 1, '', '{}', hash, sha256('x') from county_book`, id, actor, role, act, state)
	}
	for what, tc := range map[string]struct{ sql, says string }{
		"a change of the history":          {`update application_event set reason = 'other'`, "append-only"},
		"an event taken out":               {`delete from application_event`, "append-only"},
		"the history thrown away":          {`truncate application_event cascade`, "append-only"},
		"a consent changed":                {`update consent set act = 'revoke'`, "append-only"},
		"a limit's history changed":        {`delete from lending_limit`, "append-only"},
		"an application taken out":         {`delete from application`, "append-only"},
		"a state that is not told":         {`update application set state = 'approved'`, "do not tell"},
		"a book that ends otherwise":       {`update county_book set seq = 9`, "does not end"},
		"an event that is not in the book": {event("approver", "wu", "approve", "approved"), "do"},
		"an event that does not follow":    {`insert into application_event select county, 9, 1, now(), 'li', 'officer', 'withdraw', 'withdrawn', 0, '', '{}', hash, sha256('x') from county_book`, "does not follow"},
		"approved by who applied":          {event("approver", "li", "approve", "approved"), "another has to decide"},
		"drawn while referred":             {event("officer", "li", "draw", "drawn"), "can not go"},
		"approved by an officer":           {event("officer", "wu", "approve", "approved"), "can not go"},
		"more drawn than the line":         {`update application set drawn_fen = line_fen + 1`, "check"},
		"more repaid than drawn":           {`update application set repaid_fen = 1`, "check"},
		"more held than the limit":         {`insert into exposure values ('370199', 'county', '370199', 500001)`, "the limit"},
		"less than nothing held":           {`insert into exposure values ('370199', 'county', '370199', -1)`, "check"},
		"the decision that it rests on":    {`delete from decision d using application a where a.digest = d.digest`, "rests on"},
	} {
		if _, err := conn.Exec(t.Context(), tc.sql); err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: %v, want …%s…", what, err, tc.says)
		}
	}
	for _, sql := range []string{`delete from application`, `update application set asked_fen = 1`, `update application set applied_by = 'wu'`,
		`update application_event set reason = ''`, `delete from consent`, `delete from exposure`, `delete from county_book`, `update lending_limit set amount_fen = 1`} {
		_, err := conn.Exec(t.Context(), `begin; set local role parus_web; set local parus.counties = '{""}'; `+sql+`; commit`)
		if err == nil || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("the web server may %s: %v", sql, err)
		}
		if _, err := conn.Exec(t.Context(), `rollback`); err != nil {
			t.Fatal(err)
		}
	}
	b.holds(t)
}

// Whoever owns the database can switch its guards off; the verifier sees it.
func TestTheVerifierFindsWhatWasForged(t *testing.T) {
	t.Parallel()
	b := newBranch(t, 2)
	a := b.apply(t, b.asking(0)).ID
	b.must(t, b.act(t, a, lending.ActAccept, 0))
	b.must(t, b.act(t, a, lending.ActDraw, 100_000))
	b.apply(t, b.asking(1))
	b.holds(t)
	conn := connectTo(t, b.url)
	b.keep(t, conn)
	for _, tc := range []struct{ what, sql, says string }{
		{"an edited amount", `update application_event set amount_fen = amount_fen + 1 where seq = 4`, "breaks at event 4: it was edited"},
		{"an edited record", `update application_event set body = replace(body, '"checked"', '"unchecked"') where seq = 2`, "breaks at event 2: it was edited"},
		{"a missing event", `delete from application_event where seq = 3`, "breaks at event 3: it is missing"},
		{"the end cut off", `delete from application_event where seq = 6`, "the book's head is event 6"},
		{"a larger line", `update application set asked_fen = 400000, line_fen = 400000 where id = (select min(id) from application)`, "is kept as drawn"},
		{"less drawn", `update application set drawn_fen = 0 where id = (select min(id) from application)`, "drawn 0.00"},
		{"an application that was made up", `insert into application select 99, county, 'x', household_id, village, publication, digest, asked_fen, line_fen, cap_fen, currency, pd, apr, due_date, state, offer, 0, 0, false, 'x', 'x', '', now(), now(), now(), now() from application order by id limit 1`, "application 99 is in no event"},
		{"a counter", `update exposure set committed_fen = committed_fen - 1 where kind = 'county'`, "county 370199: 5999.99 are kept as held, its events tell 6000.00"},
		{"a counter too many", `insert into exposure values ('370199', 'crop', 'tea', 1)`, "crop tea"},
		{"a counter taken out", `delete from exposure where kind = 'village'`, "village 370199000: nothing is kept"},
		{"the score", `update decision set snapshot = jsonb_set(snapshot, '{decision,line_fen}', '99999900') where household_id like '%000'`, "replay of household"},
		{"the score's evidence", `update decision set snapshot = jsonb_set(snapshot, '{case,parcels,0,match_p}', '0.99') where household_id like '%000'`, "digest of the inputs"},
		{"a score that is gone", `delete from decision where household_id like '%000'`, "is gone"},
	} {
		tx, err := conn.Begin(t.Context())
		b.must(t, err)
		sql := strings.Replace(tc.sql, "insert into application select", "insert into application overriding system value select", 1)
		_, err = tx.Exec(t.Context(), `set local session_replication_role = replica; `+sql)
		b.must(t, err)
		b.must(t, tx.Commit(t.Context()))
		r, err := b.db.VerifyBook(t.Context(), b.county, "")
		b.must(t, err)
		if !strings.Contains(strings.Join(r.Differences, "\n"), tc.says) {
			t.Errorf("%s: %q, want …%s…", tc.what, r.Differences, tc.says)
		}
		b.restore(t, conn)
	}
	head := b.holds(t).Head
	for noted, want := range map[string]int{head: 0, "": 0, "cafe": 1} {
		if r, err := b.db.VerifyBook(t.Context(), b.county, noted); err != nil || len(r.Differences) != want {
			t.Errorf("with head %q: %q, %v", noted, r.Differences, err)
		}
	}
}

// restore puts back what keep has kept.
func (b *branch) restore(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	for _, table := range []string{"application", "application_event", "exposure", "decision"} {
		_, err := conn.Exec(t.Context(), fmt.Sprintf(`begin; set local session_replication_role = replica;
			delete from %[1]s; insert into %[1]s overriding system value select * from kept.%[1]s; commit`, table))
		b.must(t, err)
	}
}

func (b *branch) keep(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	for _, table := range []string{"application", "application_event", "exposure", "decision"} {
		_, err := conn.Exec(t.Context(), fmt.Sprintf(`create schema if not exists kept; create table kept.%[1]s as table %[1]s`, table))
		b.must(t, err)
	}
}

// With a million households a scan would take seconds.
func TestAnApplicationReadsItsScoreByIndicesUnderThePolicies(t *testing.T) {
	t.Parallel()
	b := newBranch(t, 1)
	conn := connectTo(t, b.url)
	_, err := conn.Exec(t.Context(), `begin; set local role parus_web; set local parus.counties = '{"370199"}'; set local enable_seqscan = off; set local enable_bitmapscan = off`)
	b.must(t, err)
	sql := strings.NewReplacer("$1", fmt.Sprint(b.pub), "$2", "'"+b.household(0)+"'").Replace(postgis.SelectScore)
	rows, err := conn.Query(t.Context(), `explain `+sql)
	b.must(t, err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	b.must(t, err)
	plan := strings.Join(lines, "\n")
	for _, index := range []string{"decision_digest", "Index Cond: ((publication = 1) AND (id =", "Index Cond: (digest ="} {
		if !strings.Contains(plan, index) {
			t.Errorf("the plan does not use %s:\n%s", index, plan)
		}
	}
}
