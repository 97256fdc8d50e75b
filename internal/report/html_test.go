package report_test

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parus/internal/report"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with testdata/name, or rewrites that with -update.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs; look, and if it is meant, run with -update:\n%.4000s", name, diff)
	}
}

func page(t *testing.T, s report.Season) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.WriteHTML(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTheReportOfASmallVillageIsTheGolden(t *testing.T) {
	t.Parallel()
	golden(t, "village.html", page(t, county(60, 1)))
}

func TestTheReportOfNothingSaysSoInsteadOfFailing(t *testing.T) {
	t.Parallel()
	golden(t, "empty.html", page(t, report.Season{County: "370199", Season: "2025", Currency: "CNY"}))
}

func TestTheOrderOfTheValuesDoesNotShow(t *testing.T) {
	t.Parallel()
	s := county(900, 2)
	want := page(t, s)
	r := rand.New(rand.NewPCG(3, 3))
	for range 3 {
		r.Shuffle(len(s.Parcels), func(i, j int) { s.Parcels[i], s.Parcels[j] = s.Parcels[j], s.Parcels[i] })
		r.Shuffle(len(s.Households), func(i, j int) { s.Households[i], s.Households[j] = s.Households[j], s.Households[i] })
		r.Shuffle(len(s.Outcomes), func(i, j int) { s.Outcomes[i], s.Outcomes[j] = s.Outcomes[j], s.Outcomes[i] })
		slices.Reverse(s.Inputs)
		if !bytes.Equal(want, page(t, s)) {
			t.Fatal("the same values in another order gave other bytes")
		}
	}
}
