package postgis_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"parus/credit"
	"parus/credit/fairness"
	"parus/credit/monitor"
	"parus/credit/portfolio"
	"parus/fields"
	"parus/internal/postgis"
	"parus/internal/postgistest"
	"parus/internal/publication"
	"parus/internal/vault"
)

// scored is a county of n households, each with the worked case as its own, one
// parcel, and a holder: women where the number is even.
type scored struct {
	db          *postgis.DB
	url         string
	keys        *vault.County
	publication int64
	line        credit.Fen
}

func scoredCounty(t *testing.T, n int) scored {
	t.Helper()
	db, url := postgistest.Open(t)
	s := scored{db: db, url: url, keys: keysOf(t, ring(t, countyA.Code), countyA.Code)}
	r := postgis.RegistryRelease{Digest: "1", Keys: s.keys}
	for i := range n {
		id := fmt.Sprintf("H%03d", i)
		r.Households = append(r.Households, fields.Household{ID: id, Village: fmt.Sprintf("370199001%03d", i%3), DisplayName: "王**"})
		r.People = append(r.People, vault.Person{HouseholdID: id, Holder: true, NameMask: "王**",
			Secret: vault.Secret{Name: "王小", IDKind: "1", IDNumber: fmt.Sprintf("3701991970%02d01%03dX", 1+i/500, i%500*2+i%2)}})
	}
	r.Parcels = []fields.Parcel{box("p", 117, 36, 117.001, 36.001)}
	release := importing(t, db, r)
	conn := connect(t, url)
	raw, err := os.ReadFile("../../credit/testdata/worked.json")
	if err != nil {
		t.Fatal(err)
	}
	var snap credit.Snapshot
	if err := json.Unmarshal(raw, &snap); err != nil {
		t.Fatal(err)
	}
	s.line = snap.Decision.LineFen
	decision, err := json.Marshal(snap.Decision)
	if err != nil {
		t.Fatal(err)
	}
	const sql = `
		with run as (
			insert into season_run (county, season, registry, spec, digest) values ($1, '2025', $2, '{}', 'd') returning *
		), unit as (
			insert into work (key, county, stage, item, payload, state) select 'k', county, 'decide', 'x', '{}', 'done' from run returning *
		), done as (
			insert into run_work (run, unit) select run.id, unit.id from run, unit
		), decided as (
			insert into decision (unit, household_id, digest, snapshot, decision, line_fen, pd, apr, referred, reasons)
			select unit.id, h.id, h.id, $3, $4, 0, 0, 0, false, '{}' from unit, household h where h.registry = $2
		), pub as (
			insert into publication (county, season, registry, run, in_force) select county, season, registry, id, true from run returning *
		), published as (
			insert into published_household (publication, county, id, village, display_name, parcels, area_m2, line_fen, pd, apr, referred, reasons, decision)
			select pub.id, pub.county, h.id, h.village, h.display_name, 1, 6667, $5, $6, 0, h.id = 'H000', '{}', $4 from pub, household h where h.registry = $2
		), parcels as (
			insert into published_parcel (publication, county, id, household_id, village, name, area_m2, match_p, crop, crop_p, abstained, reason, classes, posterior, observations, yield_detail, geom)
			select pub.id, pub.county, 'p' || h.id, h.id, h.village, '', 6667, 0.9, 'winter_wheat', 0.8, false, '', '{}', '{}', 9,
				'{"PerCrop": [{"Code": "maize", "Index": 2}, {"Code": "winter_wheat", "Index": 1.25}]}', st_multi(st_makeenvelope(0, 0, 1, 1, 3857)) from pub, household h where h.registry = $2
		)
		select id from pub`
	if err := conn.QueryRow(t.Context(), sql, countyA.Code, release.ID, raw, decision, s.line, snap.Decision.PD).Scan(&s.publication); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAPublicationIsReadAsAPortfolio(t *testing.T) {
	t.Parallel()
	s := scoredCounty(t, 40)
	list, err := s.db.InForce(t.Context(), everywhere, "3701", "2025")
	if err != nil || len(list) != 1 || list[0].ID != s.publication {
		t.Fatalf("in force: %+v, %v", list, err)
	}
	book, err := portfolio.NewBook(portfolio.DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.db.Exposures(t.Context(), everywhere, s.publication, book.Add); err != nil {
		t.Fatal(err)
	}
	r, err := book.Result()
	// The one that is referred has no line.
	if err != nil || r.Exposures != 39 || r.AmountFen != 39*s.line || r.SingleRate != 0 || r.Villages != 3 {
		t.Errorf("%+v, %v", r, err)
	}
	if len(r.Crops) == 0 || r.Crops[0].Crop != "winter_wheat" || r.ShortfallFen <= r.ExpectedLossFen {
		t.Errorf("crops %+v, shortfall %s of %s expected", r.Crops, r.ShortfallFen, r.ExpectedLossFen)
	}
	nobody := publication.Scope{Counties: []string{"320582"}}
	err = s.db.Exposures(t.Context(), nobody, s.publication, func(portfolio.Exposure) error {
		t.Error("another county's line is read")
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	stop := errors.New("enough")
	if err := s.db.Exposures(t.Context(), everywhere, s.publication, func(portfolio.Exposure) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("a reader that stops: %v", err)
	}
}

func TestTraitsOfAPublication(t *testing.T) {
	t.Parallel()
	s := scoredCounty(t, 3)
	n := 0
	err := s.db.Traits(t.Context(), everywhere, s.publication, func(x monitor.Traits) {
		n++
		if x.MatchP < .899 || x.MatchP > .901 || x.CropP < .799 || x.YieldIndex != 1.25 || x.AreaMu != 10.0005 || x.Parcels != 1 || x.DebtYuan != 0 ||
			!(x.LineNeed > .5 && x.LineNeed < .8) || x.LineAsked == x.LineAsked || !(x.RevenuePerMu > 0) {
			t.Errorf("%+v", x)
		}
	})
	if err != nil || n != 3 {
		t.Errorf("%d households, %v", n, err)
	}
}

func TestGroupsAreComparedUnderOneLineOfTheAudit(t *testing.T) {
	t.Parallel()
	s := scoredCounty(t, 60)
	on := time.Date(2025, 10, 1, 0, 0, 0, 0, time.UTC)
	without, err := s.db.FairnessSubjects(t.Context(), everywhere, s.publication, nil, on, vault.Act{})
	if err != nil || len(without) != 60 || without[0].Sex != fairness.Unknown {
		t.Fatalf("without keys: %d, %v", len(without), err)
	}
	before, err := s.db.Audit(t.Context(), countyA.Code)
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.db.FairnessSubjects(t.Context(), everywhere, s.publication, s.keys, on, visit)
	if err != nil {
		t.Fatal(err)
	}
	count := map[fairness.Group]int{}
	for _, x := range list {
		count[x.Sex]++
		if x.Age != fairness.From55 {
			t.Errorf("born in January 1970, on 1 October 2025: band %d", x.Age)
		}
	}
	if count[fairness.Women] != 30 || count[fairness.Men] != 30 {
		t.Errorf("%v", count)
	}
	after, err := s.db.Audit(t.Context(), countyA.Code)
	if err != nil || len(after) != len(before)+1 || after[len(after)-1].Act != "compare groups" || after[len(after)-1].Purpose != visit.Purpose {
		t.Errorf("audit %+v, %v", after, err)
	}
	if err := s.keys.Verify(after, ""); err != nil {
		t.Error(err)
	}
	result, err := fairness.Assess(list, fairness.DefaultRules())
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(result)
	if err != nil || strings.Contains(string(text), "1970") || strings.Contains(string(text), "H0") {
		t.Errorf("the result tells of somebody: %s", text)
	}
}

func TestWhatWasMonitoredOnlyGrows(t *testing.T) {
	t.Parallel()
	s := scoredCounty(t, 1)
	for i := range 2 {
		err := s.db.KeepMonitoring(t.Context(), s.publication, publication.Monitoring{Kind: publication.MonitoringStability, Actor: "tester",
			At: time.Date(2026, 3, 1+i, 0, 0, 0, 0, time.UTC), Result: json.RawMessage(fmt.Sprintf(`{"n": %d}`, i))})
		if err != nil {
			t.Fatal(err)
		}
	}
	list, err := s.db.Monitoring(t.Context(), everywhere, s.publication)
	if err != nil || len(list) != 2 || string(list[0].Result) != `{"n": 1}` {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err := s.db.Monitoring(t.Context(), publication.Scope{Counties: []string{"32"}}, s.publication); err != nil || len(list) != 0 {
		t.Errorf("another county sees %+v, %v", list, err)
	}
	conn := connect(t, s.url)
	for _, sql := range []string{`update monitoring set result = '{}'`, `delete from monitoring`, `truncate monitoring`} {
		if _, err := conn.Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: %v", sql, err)
		}
	}
	if _, err := conn.Exec(t.Context(), `delete from publication`); err != nil {
		t.Errorf("a publication can't go: %v", err)
	}
	if err := s.db.KeepMonitoring(t.Context(), 99, publication.Monitoring{Kind: publication.MonitoringStability, Result: json.RawMessage(`{}`)}); !errors.Is(err, publication.ErrNotFound) {
		t.Errorf("of no publication: %v", err)
	}
}

// Four loans due on 15 July, looked at on 1 December: repaid in time, repaid
// after 91 days, never repaid; the fourth fell due on 1 October and is none yet.
func TestOutcomesOfApplications(t *testing.T) {
	t.Parallel()
	s := scoredCounty(t, 4)
	conn := connect(t, s.url)
	if _, err := conn.Exec(t.Context(), `set session_replication_role = replica`); err != nil { // states are made up: no chain stands behind them
		t.Skipf("needs a superuser: %v", err)
	}
	loan(t, conn, "H000", "2025-07-15", "2025-10-13")
	loan(t, conn, "H001", "2025-07-15", "2025-10-14")
	loan(t, conn, "H002", "2025-07-15", "")
	loan(t, conn, "H003", "2025-10-01", "2025-10-02")
	list, err := s.db.DueOutcomes(t.Context(), everywhere, countyA.Code, "2025", time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC))
	if err != nil || len(list) != 3 {
		t.Fatalf("%+v, %v", list, err)
	}
	for i, bad := range []bool{false, true, true} {
		if o := list[i]; o.Bad != bad || o.PD != .03 || o.AmountFen != 500_000 || bad && o.BadOn.String() != "2025-10-14" {
			t.Errorf("%+v, want bad %t", o, bad)
		}
	}
}

func loan(t *testing.T, conn *pgx.Conn, household, due, repaid string) {
	t.Helper()
	state, paid := "drawn", 0
	if repaid != "" {
		state, paid = "repaid", 500_000
	}
	var id, seq int64
	err := conn.QueryRow(t.Context(), `
		insert into application (county, season, household_id, village, publication, digest, asked_fen, line_fen, cap_fen, currency, pd, apr, due_date, state, offer,
			drawn_fen, repaid_fen, applied_by, idempotency_key, request_digest, created_at, updated_at)
		values ($1, '2025', $2, '', 1, '', 500000, 500000, 500000, 'CNY', .03, .08, $3, $4, '{}', 500000, $5, 'x', $2, '', now(), now())
		returning id, (select count(*) + 1 from application_event)`, countyA.Code, household, due, state, paid).Scan(&id, &seq)
	if err == nil && repaid != "" {
		_, err = conn.Exec(t.Context(), `insert into application_event values ($1, $2, $3, $4, 'x', 'officer', 'repay', 'repaid', 500000, '', '{}', '', sha256('x'))`, countyA.Code, seq, id, repaid)
	}
	if err != nil {
		t.Fatal(err)
	}
}
