package main

import (
	"encoding/csv"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// loanTable writes n invented loans whose outcome depends on debt and crop, and
// returns how many are bad.
func loanTable(t *testing.T, path string, n int, extra func(i int) string) (bads int) {
	t.Helper()
	r := rand.New(rand.NewPCG(uint64(n), 9))
	var b strings.Builder
	fmt.Fprintln(&b, "\ufeffloan,granted,debt,crop,default,年龄")
	for i := range n {
		debt, crop := r.Float64(), []string{"wheat", "maize", "garlic"}[r.IntN(3)]
		eta := -2.3 + 3*debt + map[string]float64{"garlic": .8}[crop]
		bad := 0
		if r.Float64() < 1/(1+math.Exp(-eta)) {
			bad++
		}
		bads += bad
		fmt.Fprintf(&b, "L%d,%d-10-01,%.3f,%s,%d,%s\n", i, 2019+6*i/n, debt, crop, bad, extra(i))
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return bads
}

func TestScorecardFitPredictEvaluateCard(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	table, card, out := filepath.Join(dir, "t.csv"), filepath.Join(dir, "card.json"), filepath.Join(dir, "p.csv")
	loanTable(t, table, 1500, func(i int) string { return fmt.Sprint(30 + i%40) })
	common := []string{"--table", table, "--id", "loan"}
	fit := append([]string{"scorecard", "fit", "--target", "default", "-o", card, "--folds", "3"}, common...)

	code, _, errs := parus(append(fit, "--ignore", "granted")...)
	if code != exitFail || !strings.Contains(errs, `"年龄" (age)`) || !strings.Contains(errs, "--ignore 年龄") {
		t.Fatalf("age: %d\n%s", code, errs)
	}
	if _, err := os.Stat(card); err == nil {
		t.Fatal("a card was left behind")
	}
	code, text, errs := parus(append(fit, "--date", "granted", "--ignore", "年龄")...)
	if code != exitOK {
		t.Fatalf("fit: %s", errs)
	}
	for _, part := range []string{"可用于决策", "时间外样本", "AUC 0.", "KS 0.", "Brier 0.", "WoE", "缺失", "debt", "garlic"} {
		if !strings.Contains(text, part) {
			t.Errorf("the card lacks %q:\n%s", part, text)
		}
	}
	code, printed, errs := parus("scorecard", "card", "--model", card)
	if code != exitOK || printed != text {
		t.Errorf("card prints another card than fit: %d %s", code, errs)
	}
	code, english, _ := parus("scorecard", "card", "--model", card, "--lang", "en")
	if code != exitOK || !strings.Contains(english, "for decisions") || strings.ContainsAny(english, "缺失坏账") {
		t.Errorf("in English:\n%s", english)
	}

	if code, _, errs = parus(append([]string{"scorecard", "predict", "--model", card, "-o", out}, common...)...); code != exitOK {
		t.Fatalf("predict: %s", errs)
	}
	f, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1501 || strings.Join(rows[0], ",") != "id,score,pd,reason,card" || rows[1][0] != "L0" || !strings.HasPrefix(rows[1][2], "0.") {
		t.Fatalf("%d rows, %v, %v", len(rows), rows[0], rows[1])
	}
	evaluate := append([]string{"scorecard", "evaluate", "--target", "default"}, common...)
	code, byCard, errs := parus(append(evaluate, "--model", card)...)
	if code != exitOK || !strings.Contains(byCard, "CSI") {
		t.Fatalf("evaluate by card: %s %s", byCard, errs)
	}
	code, byFile, errs := parus(append(evaluate, "--predicted", out)...)
	if code != exitOK || !strings.HasPrefix(byCard, byFile) {
		t.Errorf("evaluate by file: %s\n%s\n%s", errs, byFile, byCard)
	}
}

func TestScorecardRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	few, card, broken := filepath.Join(dir, "few.csv"), filepath.Join(dir, "card.json"), filepath.Join(dir, "broken.json")
	bads := loanTable(t, few, 400, func(int) string { return "1" })
	if bads >= 300 || bads < 20 {
		t.Fatalf("%d bads", bads)
	}
	fit := []string{"scorecard", "fit", "--table", few, "--id", "loan", "--target", "default", "--ignore", "granted,年龄", "-o", card, "--folds", "2"}
	code, _, errs := parus(fit...)
	if code != exitFail || !strings.Contains(errs, fmt.Sprintf("%d bad outcomes", bads)) || !strings.Contains(errs, fmt.Sprintf("to learn from (%d)", 300-bads)) || !strings.Contains(errs, "--explore") {
		t.Errorf("below 200: %d %s", code, errs)
	}
	if _, err := os.Stat(card); err == nil {
		t.Error("a card was left behind")
	}
	code, text, errs := parus(append(fit, "--explore", "--lang", "en")...)
	if code != exitOK || !strings.Contains(text, "for study alone: credit refuses it") {
		t.Fatalf("explore: %d %s %s", code, text, errs)
	}
	if code, _, errs = parus("scorecard", "predict", "--model", card, "--table", few, "--id", "loan"); code != exitOK || !strings.Contains(errs, "the card is exploratory") {
		t.Errorf("predicting with it: %d %s", code, errs)
	}
	whole, err := os.ReadFile(card)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(broken, whole[:len(whole)-99], 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"a card cut short":         {[]string{"scorecard", "card", "--model", broken}, exitFail, "cut short"},
		"a table for a card":       {[]string{"scorecard", "card", "--model", few}, exitFail, "not a scorecard file"},
		"no such column":           {[]string{"scorecard", "predict", "--model", card, "--table", few, "--id", "household"}, exitFail, `no column "household"`},
		"no file":                  {[]string{"scorecard", "predict", "--model", filepath.Join(dir, "none"), "--table", few, "--id", "loan"}, exitFail, "none"},
		"one fold":                 {append(fit, "--folds", "1"), exitUsage, "--folds"},
		"a day without a column":   {append(fit, "--hold-from", "2024-01-01"), exitUsage, "--date"},
		"a day that is none":       {append(fit, "--hold-from", "May"), exitUsage, "YYYY-MM-DD"},
		"neither card nor file":    {[]string{"scorecard", "evaluate", "--table", few, "--id", "loan", "--target", "default"}, exitUsage, "--model"},
		"a column ignored unknown": {append(fit, "--ignore", "plough"), exitFail, `no column "plough"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, _, errs := parus(c.args...)
			if code != c.code || !strings.Contains(errs, c.want) {
				t.Errorf("%d, want %d; %s", code, c.code, errs)
			}
		})
	}
}
