package scorecard_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"parus/credit/scorecard"
)

func TestTablesThatNoCardCanBeFittedTo(t *testing.T) {
	t.Parallel()
	good := loans(400, 23, -1)
	edit := func(column int, to func(i int, cell string) string) []string {
		out := slices.Clone(good)
		for i := range out[1:] {
			cells := strings.Split(out[i+1], ",")
			cells[column] = to(i, cells[column])
			out[i+1] = strings.Join(cells, ",")
		}
		return out
	}
	only := func(names ...string) scorecard.TableColumns {
		c := loanColumns()
		c.Only = append([]string{}, names...)
		return c
	}
	var seen [2]int // of each kind of outcome
	even := edit(6, func(i int, _ string) string {
		k := good[i+1][len(good[i+1])-1] - '0'
		seen[k]++
		return fmt.Sprint(seen[k] % 5)
	})
	for name, c := range map[string]struct {
		rows    []string
		columns scorecard.TableColumns
		want    string
		is      error
	}{
		"one kind of outcome":      {edit(7, func(int, string) string { return "0" }), loanColumns(), "0 bad and 400 good", scorecard.ErrOneClass},
		"a constant column":        {edit(2, func(int, string) string { return "1" }), only("debt"), "no two groups", nil},
		"nothing known":            {edit(2, func(int, string) string { return "" }), only("debt"), "no cell is known", nil},
		"too few even to explore":  {good[:30], loanColumns(), "even to explore", scorecard.ErrEvidence},
		"words, each in one row":   {edit(3, func(i int, _ string) string { return fmt.Sprint("w", i) }), only("crop"), "no two groups", nil},
		"the outcome itself":       {edit(2, func(i int, _ string) string { return good[i+1][len(good[i+1])-1:] }), only("debt"), "too good to be true", nil},
		"nothing but noise":        {even, only("noise"), "no column tells bads from goods", nil},
		"no characteristic at all": {good, only(), "no column is left", scorecard.ErrTable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := scorecard.Fit(context.Background(), read(t, c.rows, c.columns), scorecard.Options{Explore: true})
			if err == nil || !strings.Contains(err.Error(), c.want) || c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	for name, o := range map[string]scorecard.Options{
		"one fold":          {Explore: true, Folds: 1},
		"a base rate of 2":  {Explore: true, BaseRate: 2},
		"a scale of no PDO": {Explore: true, Scale: scorecard.Scale{Base: 600, Odds: 50}},
		"a scale of NaN":    {Explore: true, Scale: scorecard.Scale{Base: math.NaN(), Odds: 50, PDO: 20}},
	} {
		if _, err := scorecard.Fit(context.Background(), read(t, good, loanColumns()), o); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// A column that nearly tells the outcome is used, and said to be suspicious.
func TestALeakIsSaidAloud(t *testing.T) {
	t.Parallel()
	rows := loans(800, 29, -1)
	rows[0] += ",days_late"
	for i := range rows[1:] {
		late := i % 7
		if strings.HasSuffix(rows[i+1], "1") && i%9 != 0 {
			late += 60
		}
		rows[i+1] += fmt.Sprintf(",%d", late)
	}
	card := fit(t, rows, loanColumns(), scorecard.Options{Explore: true})
	if !slices.ContainsFunc(card.Notes, func(n scorecard.Words) bool {
		return strings.Contains(n.EN, `"days_late" is too good to be true`) && strings.Contains(n.ZH, "好得不真实")
	}) {
		t.Errorf("notes %q", card.Notes)
	}
}
