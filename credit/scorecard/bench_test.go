package scorecard_test

import (
	"context"
	"testing"

	"parus/credit/scorecard"
)

func BenchmarkFit(b *testing.B) {
	table := read(b, loans(5000, 71, -1), loanColumns())
	for b.Loop() {
		if _, err := scorecard.Fit(context.Background(), table, scorecard.Options{Threads: 1}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(5000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkPredict(b *testing.B) {
	rows := loans(5000, 71, -1)
	card, table := fit(b, rows, loanColumns(), scorecard.Options{}), read(b, rows, loanColumns())
	for b.Loop() {
		if _, err := card.Predict(table); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(5000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkAUC(b *testing.B) {
	table := read(b, loans(20000, 73, -1), loanColumns())
	for b.Loop() {
		if _, _, err := scorecard.AUC(table.Columns[0].Numbers, table.Bad); err != nil {
			b.Fatal(err)
		}
	}
}
