package scorecard_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"parus/credit/scorecard"
)

// loans writes n invented loans as CSV: the chance of a bad outcome rises with
// debt, is lower for wheat and higher for garlic, is U-shaped in distance and
// does not know of noise; rain is missing in a fifth of the rows. rate is the
// log odds at the middle.
func loans(n int, seed uint64, rate float64) []string {
	r := rand.New(rand.NewPCG(seed, 1))
	rows := []string{"loan,granted,debt,crop,distance,rain,noise,default"}
	for i := range n {
		debt, distance := r.Float64(), r.NormFloat64()
		crop := []string{"wheat", "maize", "garlic", "cotton", "rice"}[min(r.IntN(5), r.IntN(6))]
		eta := rate + 3*(debt-0.5) + map[string]float64{"wheat": -.6, "garlic": .8}[crop] + .2*(distance*distance-1)
		rain := fmt.Sprintf("%.0f", 300+100*r.NormFloat64())
		if r.IntN(5) == 0 {
			rain = ""
			eta += .5
		}
		bad := 0
		if r.Float64() < 1/(1+math.Exp(-eta)) {
			bad = 1
		}
		rows = append(rows, fmt.Sprintf("L%05d,%d-0%d-01,%.3f,%s,%.2f,%s,%.3f,%d", i, 2020+i*5/n, 3+i%2, debt, crop, distance, rain, r.Float64(), bad))
	}
	return rows
}

func read(t testing.TB, rows []string, c scorecard.TableColumns) scorecard.Table {
	t.Helper()
	table, err := scorecard.ReadTable(strings.NewReader(strings.Join(rows, "\n")), c)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func loanColumns() scorecard.TableColumns {
	return scorecard.TableColumns{ID: "loan", Target: "default", Ignore: []string{"granted"}}
}

func fit(t testing.TB, rows []string, c scorecard.TableColumns, o scorecard.Options) scorecard.Scorecard {
	t.Helper()
	if o.Folds == 0 {
		o.Folds = 2 // for time
	}
	card, err := scorecard.Fit(context.Background(), read(t, rows, c), o)
	if err != nil {
		t.Fatal(err)
	}
	return card
}

func bytesOf(t testing.TB, card scorecard.Scorecard) string {
	t.Helper()
	var b strings.Builder
	if err := card.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
