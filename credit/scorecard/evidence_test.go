package scorecard_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"parus/credit/scorecard"
)

// withBads keeps all good rows and the first n bad ones.
func withBads(t *testing.T, rows []string, n int) []string {
	t.Helper()
	out := rows[:1:1]
	for _, r := range rows[1:] {
		if strings.HasSuffix(r, ",1") {
			if n == 0 {
				continue
			}
			n--
		}
		out = append(out, r)
	}
	if n > 0 {
		t.Fatalf("%d bad rows short", n)
	}
	return out
}

// withGoods keeps all bad rows and the first n good ones.
func withGoods(rows []string, n int) []string {
	out := rows[:1:1]
	for _, r := range rows[1:] {
		if strings.HasSuffix(r, ",0") {
			if n--; n < 0 {
				continue
			}
		}
		out = append(out, r)
	}
	return out
}

func TestRuleOf200(t *testing.T) {
	t.Parallel()
	rows := loans(2000, 31, -1)
	dated := scorecard.TableColumns{ID: "loan", Target: "default", Date: "granted"}
	for name, c := range map[string]struct {
		rows    []string
		columns scorecard.TableColumns
		want    []string // parts of the refusal; nil where the card decides
	}{
		"119 bads":            {withBads(t, rows, 119), loanColumns(), []string{"119 bad outcomes", "needs 200 and 100", "bad outcomes to learn from (181)", "--explore"}},
		"60 bads":             {withBads(t, rows, 60), loanColumns(), []string{"60 bad outcomes", "bad outcomes to learn from (200) and bad outcomes to be checked on (40)"}},
		"299 bads":            {withBads(t, rows, 299), loanColumns(), []string{"299 bad outcomes", "Missing are bad outcomes to learn from (1)."}},
		"300 bads":            {withBads(t, rows, 300), loanColumns(), nil},
		"300 bads, few goods": {withGoods(withBads(t, rows, 300), 240), loanColumns(), []string{"Missing are good outcomes to learn from (40)."}}, // 80 are held out
		"450 bads with dates": {withBads(t, rows, 450), dated, nil},
		"300 bads with dates, where whole days are held out": {withBads(t, rows, 300), dated, []string{"300 bad outcomes, 194 to learn from and 106 held out"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			card, err := scorecard.Fit(context.Background(), read(t, c.rows, c.columns), scorecard.Options{Folds: 2})
			if c.want == nil {
				if err != nil || card.Use != scorecard.Decisions || card.Decides() != nil {
					t.Fatalf("refused: %v", err)
				}
				if card.Training.Bads < 200 || card.HeldOut.Bads < 100 || card.HeldOut.ByDate != (c.columns.Date != "") {
					t.Errorf("learned from %d, checked on %d", card.Training.Bads, card.HeldOut.Bads)
				}
				return
			}
			if !errors.Is(err, scorecard.ErrEvidence) {
				t.Fatalf("got %v", err)
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q lacks %q", err, part)
				}
			}
		})
	}
}

func TestLatestRowsAreHeldOut(t *testing.T) {
	t.Parallel()
	rows := loans(3000, 37, -1)
	columns := scorecard.TableColumns{ID: "loan", Target: "default", Date: "granted"}
	card := fit(t, rows, columns, scorecard.Options{})
	if !card.HeldOut.ByDate || card.HeldOut.From <= card.Training.To || card.Training.From != "2020-03-01" || card.HeldOut.To != "2024-04-01" {
		t.Errorf("learned from %s to %s, checked on %s to %s", card.Training.From, card.Training.To, card.HeldOut.From, card.HeldOut.To)
	}
	if card.Training.Rows+card.HeldOut.Rows != 3000 {
		t.Errorf("%d and %d rows", card.Training.Rows, card.HeldOut.Rows)
	}
	from := time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC)
	card = fit(t, rows, columns, scorecard.Options{HoldFrom: from})
	if card.HeldOut.From != "2023-03-01" || card.Training.To != "2022-04-01" {
		t.Errorf("learned until %s, checked from %s", card.Training.To, card.HeldOut.From)
	}
	_, err := scorecard.Fit(context.Background(), read(t, rows, columns), scorecard.Options{HoldFrom: from.AddDate(-9, 0, 0)})
	if !errors.Is(err, scorecard.ErrEvidence) || !strings.Contains(err.Error(), "nothing is left to learn from") {
		t.Errorf("all held out: %v", err)
	}
}

// A card that ranks no better than chance on later rows decides nothing, however
// many outcomes it has seen.
func TestACardThatDoesNotLastIsRefused(t *testing.T) {
	t.Parallel()
	rows := loans(3000, 41, -1)
	for i := range rows[1:] {
		cells := strings.Split(rows[i+1], ",")
		if cells[1] >= "2023" { // the world turns: outcomes go round
			cells[7] = map[bool]string{true: "1", false: "0"}[i%4 == 0]
		}
		rows[i+1] = strings.Join(cells, ",")
	}
	_, err := scorecard.Fit(context.Background(), read(t, rows, scorecard.TableColumns{ID: "loan", Target: "default", Date: "granted"}),
		scorecard.Options{Folds: 2, HoldFrom: time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC)})
	if !errors.Is(err, scorecard.ErrEvidence) || !strings.Contains(err.Error(), "which chance can give too") {
		t.Errorf("got %v", err)
	}
}

func TestWillingPDIsGuarded(t *testing.T) {
	t.Parallel()
	rows := loans(2500, 43, -1)
	explored := fit(t, rows, loanColumns(), scorecard.Options{Explore: true})
	features := map[string]string{"debt": "0.5", "crop": "wheat", "distance": "0", "rain": "", "noise": "0.5"}
	if pd, err := explored.WillingPD(features); !errors.Is(err, scorecard.ErrEvidence) || !math.IsNaN(pd) {
		t.Errorf("an exploratory card gave %g, %v", pd, err)
	}
	explored.Use = scorecard.Decisions // a mark alone is not enough
	if _, err := explored.WillingPD(features); !errors.Is(err, scorecard.ErrEvidence) {
		t.Errorf("a card that was never checked: %v", err)
	}
	card := fit(t, rows, loanColumns(), scorecard.Options{BaseRate: .03})
	pd, err := card.WillingPD(features)
	if err != nil {
		t.Fatal(err)
	}
	p, err := card.Score(features)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "willing PD", pd, scorecard.Willing(scorecard.PriorPD, p.PD, card.Training.Bads), 0)
	if _, err := card.WillingPD(map[string]string{}); err == nil {
		t.Error("no features were taken")
	}
	few := card
	few.Training.Bads = 199
	if _, err := few.WillingPD(features); !errors.Is(err, scorecard.ErrEvidence) || !strings.Contains(err.Error(), "bad outcomes to learn from (1)") {
		t.Errorf("199 bads: %v", err)
	}
	named := card
	named.Characteristics = slices.Clone(card.Characteristics)
	named.Characteristics[0].Name = "性别"
	if _, err := named.WillingPD(features); !errors.Is(err, scorecard.ErrForbidden) {
		t.Errorf("sex in a card: %v", err)
	}
}

// Z = B/(B + 200): half at 200, 5/6 at 1,000; the prior alone below 200.
func TestCredibilityByHand(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		bads     int
		pd, want float64
	}{
		{199, .10, .02}, {200, .10, .06}, {1000, .08, .07}, {200, 0, .01}, {3800, .001, .00195 + .00305}, {100000, .9, .30},
	} {
		t.Run(fmt.Sprintf("%d bads, %g", c.bads, c.pd), func(t *testing.T) {
			t.Parallel()
			near(t, "PD", scorecard.Willing(.02, c.pd, c.bads), c.want, 1e-12)
		})
	}
	for b := 200; b < 5000; b += 100 {
		if !(scorecard.Credibility(b) < scorecard.Credibility(b+100)) || scorecard.Credibility(b) >= 1 {
			t.Fatalf("credibility does not grow at %d", b)
		}
	}
}

func TestForbiddenNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"sex", "SEX", "Gender", "gender_code", "applicant.sex", "applicantSex", "is_male", "personal.status.and.sex", "性别", "户主性别", "ＳＥＸ", "xingbie",
		"age", "AGE", "age.in.years", "AgeGroup", "head_age", "customerage", "birth_date", "BirthYear", "date_of_birth", "dob", "年龄", "户主年龄(岁)", "出生日期", "nianling",
		"plot_size", "PlotSizeQuartile", "size_quartile", "area quartile", "地块面积四分位",
		"ethnicity", "民族", "race", "nationality", "foreign.worker", "籍贯", "religion", "宗教", "MARRIAGE", "marital_status", "婚姻状况",
		"name", "first_name", "householder_name", "fullname", "姓名", "户主姓名", "id", "ID_NO", "id-card", "身份证号", "证件号码", "national_id", "phone", "phone_number", "手机号", "bank_account", "age2", "Sex_1",
	} {
		if ground, bad := scorecard.Forbidden(name); !bad || ground == "" {
			t.Errorf("%q is allowed", name)
		}
	}
	for _, name := range []string{
		"usage", "acreage", "village", "mortgage", "average_debt", "savings", "tree_age", "loanAge", "crop_name", "PAY_0", "LIMIT_BAL", "total_area_mu", "树龄", "面积", "作物", "debt",
		"housing", "number.of.existing.credits.at.this.bank", "paid", "Essex", "embrace", "household_members", "wheat_share", "message", "percentage",
	} {
		if ground, bad := scorecard.Forbidden(name); bad {
			t.Errorf("%q is refused as %s", name, ground)
		}
	}
}

func TestForbiddenColumnsAreRefusedForDecisions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ column, even, odd, ground string }{
		"by name":          {"年龄", "40", "50", "age"},
		"by name, English": {"Gender", "1", "2", "sex"},
		"by its values":    {"x7", "男", "女", "sex, by its values"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows := loans(2000, 47, -1)
			rows[0] += "," + c.column
			for i := range rows[1:] {
				rows[i+1] += "," + map[bool]string{true: c.even, false: c.odd}[i%2 == 0]
			}
			table := read(t, rows, loanColumns())
			_, err := scorecard.Fit(context.Background(), table, scorecard.Options{})
			if !errors.Is(err, scorecard.ErrForbidden) || !strings.Contains(err.Error(), fmt.Sprintf("%q (%s)", c.column, c.ground)) || !strings.Contains(err.Error(), "--ignore "+c.column) {
				t.Errorf("got %v", err)
			}
			card, err := scorecard.Fit(context.Background(), table, scorecard.Options{Explore: true, Folds: 2})
			if err != nil || card.Use != scorecard.Exploratory || !slices.ContainsFunc(card.Notes, func(n scorecard.Words) bool { return strings.Contains(n.EN, "may never be an input") }) {
				t.Errorf("explored: %v, notes %q", err, card.Notes)
			}
		})
	}
}
