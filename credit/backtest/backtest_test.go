package backtest_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"parus/credit"
	"parus/credit/backtest"
	"parus/credit/rule"
)

func policy(t testing.TB, doc string) credit.Policy {
	t.Helper()
	p, err := credit.ReadPolicy(strings.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// season is the stored decisions of households with 5, 10, 15, … mu of wheat,
// in two villages, under the default policy.
func season(t testing.TB, n int) backtest.Source {
	t.Helper()
	p, err := credit.DefaultPolicy()
	if err != nil {
		t.Fatal(err)
	}
	e, err := credit.NewEngine(p)
	if err != nil {
		t.Fatal(err)
	}
	day, harvest := mustDate(t, "2025-03-01"), mustDate(t, "2025-06-20")
	var items []backtest.Item
	for i := range n {
		id := fmt.Sprintf("h%03d", i)
		s, err := e.NewSnapshot(credit.Case{HouseholdID: id, Season: "s", Currency: "CNY", AsOf: day, ModelVersion: "m", FirstSeason: i%2 == 0,
			Market: []credit.Market{{Code: "winter_wheat", PricePerKg: 2.4, LogPriceSD: .1, CashCostPerMu: 659, HarvestEnd: harvest}},
			Parcels: []credit.Parcel{{ID: "p", GeometryMu: float64(5 * (i + 1)), CultivatedShare: 1, MatchP: .99, Certified: true,
				Crops: []credit.CropChance{{Code: "winter_wheat", P: 1, MeanKgPerMu: 480, SDCounty: .1, SDModel: .1}}}}})
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, backtest.Item{Household: id, Village: fmt.Sprintf("v%d", i%2), Snapshot: b})
	}
	return func(ctx context.Context, each func(backtest.Item) error) error {
		for _, i := range items {
			if err := errors.Join(ctx.Err(), each(i)); err != nil {
				return err
			}
		}
		return nil
	}
}

func mustDate(t testing.TB, s string) credit.Date {
	t.Helper()
	d, err := credit.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func test(t *testing.T, j backtest.Job, from backtest.Source) (backtest.Report, []backtest.Pair) {
	t.Helper()
	var pairs []backtest.Pair
	r, err := backtest.Run(t.Context(), j, from, func(p backtest.Pair) error {
		pairs = append(pairs, p)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return r, pairs
}

// Another name for the same figures changes nothing for anybody: both sides see
// the same draws.
func TestTheSameFiguresUnderAnotherNameChangeNothing(t *testing.T) {
	t.Parallel()
	r, pairs := test(t, backtest.Job{Policy: policy(t, "version: other\n")}, season(t, 40))
	if r.Households != 40 || r.Same != 40 || r.Gain+r.Lose != 0 || r.Before != r.After || len(pairs) != 40 || r.Before.LineFen == 0 {
		t.Errorf("%+v", r)
	}
	if len(r.Warnings) != 1 || r.Warnings[0].Code != "no_change" {
		t.Errorf("warnings %+v", r.Warnings)
	}
}

func TestACapTakesFromWhoeverIsAboveIt(t *testing.T) {
	t.Parallel()
	draft := "version: d\nrules:\n  - {name: top, when: line > 10000, then: cap, amount: 10000, zh: 上限, en: top}\n" +
		"  - {name: idle, when: debts > 0, then: refer, zh: 债务, en: debts}\n  - {name: later, when: asked > line, then: refer, zh: 申请, en: asked}\n"
	r, pairs := test(t, backtest.Job{Policy: policy(t, draft), Threads: 3}, season(t, 40))
	var before, after credit.Fen
	above := 0
	for _, p := range pairs {
		want := min(p.Before.LineFen, 1_000_000)
		if p.After.LineFen != want {
			t.Errorf("household %s: %s, then %s", p.Household, p.Before.LineFen, p.After.LineFen)
		}
		if p.Before.LineFen > 1_000_000 {
			above++
		}
		if p.Before.Approved() {
			before += p.Before.LineFen
		}
		if p.After.Approved() {
			after += p.After.LineFen
		}
	}
	if above == 0 || above == 40 || r.Lose != above || r.Gain != 0 || r.Before.LineFen != before || r.After.LineFen != after {
		t.Errorf("%d above; %+v", above, r)
	}
	if r.Rules[0].Count != above || r.Rules[1].Count != 0 || len(r.Pending) != 1 || r.Pending[0] != "later" {
		t.Errorf("rules %+v, pending %v", r.Rules, r.Pending)
	}
	if r.Losers[0].Household != "h039" && r.Losers[0].ChangeFen() > r.Losers[1].ChangeFen() || len(r.Losers) != min(20, above) {
		t.Errorf("losers %+v", r.Losers[:2])
	}
	sum := 0
	for _, b := range r.Changes.Buckets {
		sum += b.Count
	}
	if sum != 40 || r.After.ExpectedLossFen >= r.Before.ExpectedLossFen || len(r.Villages) != 2 || r.Villages[0].Households != 20 || r.Crops[0].Name != "winter_wheat" {
		t.Errorf("%d in buckets; %+v", sum, r)
	}
	codes := map[string]bool{}
	for _, w := range r.Warnings {
		codes[w.Code] = true
	}
	if !codes["rule_idle"] || !codes["lines_jump"] || codes["rejects_all"] {
		t.Errorf("warnings %+v", r.Warnings)
	}
}

func TestAPolicyThatTakesNobodyIsToldSo(t *testing.T) {
	t.Parallel()
	for then, want := range map[string]string{"reject": "rejects_all", "refer": "refers_all"} {
		r, _ := test(t, backtest.Job{Policy: policy(t, "version: d\nrules: [{name: x, when: area_mu > 0, then: "+then+", zh: 面积, en: area}]\n")}, season(t, 20))
		found := false
		for _, w := range r.Warnings {
			found = found || w.Code == want && strings.Contains(w.EN, "100 %")
		}
		if !found || r.After.Approved != 0 || r.After.LineFen != 0 {
			t.Errorf("%s: %+v", then, r.Warnings)
		}
	}
}

func TestNoCellOfTheTableIsAFormula(t *testing.T) {
	t.Parallel()
	for _, evil := range []string{"=1+1", "+cmd|x", "-2+3", "@SUM(A1)", "\t=1", "＝1"} {
		var table bytes.Buffer
		c, err := backtest.NewCSV(&table)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(c.Add(backtest.Pair{Household: evil, Village: evil, Crop: evil, Before: backtest.Side{LineFen: 700_00}}), c.Flush()); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&table).ReadAll()
		if err != nil || len(rows) != 2 {
			t.Fatal(rows, err)
		}
		for i := range 3 {
			if rows[1][i] != "'"+evil {
				t.Errorf("%s is %q, want %q", rows[0][i], rows[1][i], "'"+evil)
			}
		}
		if rows[1][5] != "-700.00" { // a number, below nothing
			t.Errorf("the change is %q", rows[1][5])
		}
	}
}

func TestTheReportDoesNotDependOnThreads(t *testing.T) {
	t.Parallel()
	p := policy(t, "version: d\nappetite: 0.05\nadvance_grain: 0.6\nrules: [{name: x, when: area_mu > 50, then: refer, zh: 面积, en: area}]\n")
	from := season(t, 150)
	var first []byte
	for _, threads := range []int{1, 4} {
		var table, page bytes.Buffer
		c, err := backtest.NewCSV(&table)
		if err != nil {
			t.Fatal(err)
		}
		last := 0
		r, err := backtest.Run(t.Context(), backtest.Job{Policy: p, Threads: threads, Total: 150, Progress: func(done, _ int) { last = done }}, from, c.Add)
		if err := errors.Join(err, c.Flush(), backtest.WriteJSON(&table, r), backtest.WriteHTML(&page, r), backtest.WriteText(&table, r)); err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = table.Bytes()
		}
		if !bytes.Equal(first, table.Bytes()) || last != 150 || !strings.Contains(page.String(), "回测") || bytes.Count(first, []byte("\nh")) != 150 {
			t.Errorf("with %d threads another report, or %d done", threads, last)
		}
	}
}

func TestWhatCannotBeComparedIsCountedByName(t *testing.T) {
	t.Parallel()
	good := season(t, 3)
	from := func(ctx context.Context, each func(backtest.Item) error) error {
		return errors.Join(each(backtest.Item{Household: "broken", Snapshot: []byte("{")}), each(backtest.Item{Household: "old", Snapshot: []byte(`{"engine_version": "1"}`)}), good(ctx, each))
	}
	r, _ := test(t, backtest.Job{Policy: policy(t, "version: d\n")}, from)
	if r.Households != 3 || r.Failed != 2 || r.Failures[0].Household != "broken" || !strings.Contains(r.Failures[1].Problem, "score the season again") {
		t.Errorf("%+v", r.Failures)
	}
}

func TestABackTestStopsWhereItIsToldTo(t *testing.T) {
	t.Parallel()
	stop := errors.New("disk full")
	_, err := backtest.Run(t.Context(), backtest.Job{Policy: policy(t, "version: d\n"), Threads: 2}, season(t, 300), func(backtest.Pair) error { return stop })
	if !errors.Is(err, stop) {
		t.Errorf("a writer that fails: %v", err)
	}
	_, err = backtest.Run(t.Context(), backtest.Job{Policy: policy(t, "version: d\n")}, func(context.Context, func(backtest.Item) error) error { return stop }, nil)
	if !errors.Is(err, stop) {
		t.Errorf("a source that fails: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = backtest.Run(ctx, backtest.Job{Policy: policy(t, "version: d\n")}, season(t, 300), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	broken := policy(t, "version: d\n")
	broken.Rules = []rule.Rule{{Name: "x"}}
	if _, err = backtest.Run(t.Context(), backtest.Job{Policy: broken}, season(t, 1), nil); err == nil {
		t.Error("a broken policy is tested")
	}
}

// Sums by hand: 1,000 and 2,000 before, 1,500 and a referred 2,000 after.
func TestSumsAreOfWhatIsOfferedWithoutAnOfficer(t *testing.T) {
	t.Parallel()
	tally := backtest.NewTally(nil)
	side := func(yuan credit.Fen, pd float64) backtest.Side {
		return backtest.Side{LineFen: yuan * 100, PD: pd, ExpectedLossFen: yuan, CapitalFen: 2 * yuan, Binding: "need"}
	}
	referred := side(2000, .04)
	referred.Referred = true
	tally.Add(backtest.Pair{Household: "a", Before: side(1000, .01), After: side(1500, .02)})
	tally.Add(backtest.Pair{Household: "b", Before: side(2000, .04), After: referred})
	r := tally.Report()
	// Mean PD before: (1000·.01 + 2000·.04) / 3000 = .03.
	if r.Before.LineFen != 300_000 || r.Before.MeanPD != .03 || r.Before.ApprovalRate != 1 || r.Before.ExpectedLossFen != 3000 || r.Before.CapitalFen != 6000 {
		t.Errorf("before %+v", r.Before)
	}
	if r.After.LineFen != 150_000 || r.After.ProposedFen != 200_000 || r.After.MeanPD != .02 || r.After.ApprovalRate != .5 || r.After.Referred != 1 {
		t.Errorf("after %+v", r.After)
	}
	if r.Gain != 1 || r.Same != 1 || r.Changes.P50Fen != 0 || r.Changes.P95Fen != 50_000 || r.Bindings[0].Count != 2 {
		t.Errorf("%+v", r)
	}
}
