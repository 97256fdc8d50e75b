package scorecard_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"parus/credit/scorecard"
)

// Two public sets of card and consumer loans: they check the code and say
// nothing about farmers. Peers' AUC is 0.80 and 0.78 on the whole sets, by
// learners of any kind; a plain regression has 0.756 and 0.722 here.
func TestRealLoans(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("PARUS_REAL_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	for name, c := range map[string]struct {
		least, most int // rows taken, for time
		auc         float64
	}{"german_credit.csv": {725, 725, .73}, "taiwan_card_default.csv": {5000, 5000, .72}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(dir, "credit", name)
			f, err := os.Open(path)
			if err != nil {
				t.Skipf("SKIPPED: no real data at %s: set PARUS_REAL_DATA", path)
			}
			defer f.Close()
			table, err := scorecard.ReadTable(f, scorecard.TableColumns{ID: "row_id", Target: "default"})
			if err != nil {
				t.Fatal(err)
			}
			if len(table.IDs) < c.least {
				t.Fatalf("%d rows", len(table.IDs))
			}
			card, err := scorecard.Fit(context.Background(), head(table, c.most), scorecard.Options{Explore: true, Folds: 3})
			if err != nil {
				t.Fatal(err)
			}
			cv := card.CrossValidation
			t.Logf("AUC %.4f ± %.4f, KS %.3f, Brier %.4f, slope %.2f, ECE %.3f, %d characteristics", cv.AUC, cv.AUCSE, cv.KS, cv.Brier, cv.Slope, cv.ECE, len(card.Characteristics))
			if cv.AUC < c.auc || cv.Slope < .8 || cv.Slope > 1.25 {
				t.Errorf("AUC %.4f, want %.2f or more; slope %.2f", cv.AUC, c.auc, cv.Slope)
			}
			if card.Decides() == nil {
				t.Error("a card that was explored decides")
			}
		})
	}
}

// head is the first n rows.
func head(t scorecard.Table, n int) scorecard.Table {
	t.IDs, t.Lines, t.Bad = t.IDs[:n], t.Lines[:n], t.Bad[:n]
	for j, c := range t.Columns {
		c.Cells = c.Cells[:n]
		if c.Numbers != nil {
			c.Numbers = c.Numbers[:n]
		}
		t.Columns[j] = c
	}
	return t
}
