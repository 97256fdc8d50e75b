package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"parus/credit"
	"parus/credit/fairness"
	"parus/credit/monitor"
	"parus/credit/portfolio"
	"parus/internal/publication"
)

// testMonitoring looks at the undisturbed run's publication.
func (w *world) testMonitoring(t *testing.T) {
	dir := t.TempDir()
	at := []string{"--county", "370199", "--season", worldSeason}
	look := func(verb, file string, more ...string) result {
		return program(t, w.env, append(append([]string{verb, "-o", filepath.Join(dir, file)}, at...), more...)...)
	}
	mustExit(t, exitOK, look("portfolio", "p.json", "--stress", "--threads", "1"))
	mustExit(t, exitOK, look("portfolio", "p2.json", "--stress", "--threads", "3"))
	if one, three := readFile(t, filepath.Join(dir, "p.json")), readFile(t, filepath.Join(dir, "p2.json")); one != three {
		t.Error("the number of threads shows in the stresses")
	}
	var p struct {
		portfolio.Result
		Stressed     []portfolio.Stressed
		Publications []int64
	}
	readResult(t, filepath.Join(dir, "p.json"), &p)
	var lines credit.Fen
	for _, c := range p.Counties {
		lines += c.AmountFen
	}
	if p.Exposures == 0 || lines != p.AmountFen || p.SingleRate != 0 || len(p.Stressed) != 4 || len(p.Publications) != 1 || p.Stressed[0].LossFen <= p.Stressed[0].BaseFen || p.Stressed[0].Households != p.Exposures {
		t.Errorf("%+v", p)
	}
	w.testOutcomes(t, dir, look)
	mustExit(t, exitOK, look("fairness", "f.json"))
	var f fairness.Result
	readResult(t, filepath.Join(dir, "f.json"), &f)
	if f.Households < p.Exposures || len(f.Dimensions) != 3 || f.Dimensions[0].Known || !f.Dimensions[2].Known {
		t.Errorf("%+v", f)
	}
	for _, verb := range []string{"portfolio", "fairness"} {
		mustExit(t, exitOK, look(verb, verb+".html", "--no-keep"))
		if page := readFile(t, filepath.Join(dir, verb+".html")); !strings.Contains(page, "<table>") || strings.Contains(page, "<script") || strings.Contains(page, "%!") || strings.Contains(page, "NaN") {
			t.Errorf("%s.html is no report", verb)
		}
		mustExit(t, exitOK, look(verb, verb+".csv", "--no-keep"))
	}
	mustExit(t, exitUsage, look("portfolio", "p.pdf"))
	if r := program(t, w.env, "fairness", "--county", "370199", "--season", "1999"); r.code != exitFail || !strings.Contains(r.errors, "parus run") {
		t.Errorf("a season that nobody ran: %+v", r)
	}
	kept, err := w.db.Monitoring(t.Context(), all, p.Publications[0])
	if err != nil || !slices.ContainsFunc(kept, func(m publication.Monitoring) bool { return m.Kind == publication.MonitoringPortfolio }) {
		t.Errorf("%d results are kept, %v", len(kept), err)
	}
}

// testOutcomes reads a bank's table: the PDs come from the publication.
func (w *world) testOutcomes(t *testing.T, dir string, look func(string, string, ...string) result) {
	var b strings.Builder
	b.WriteString("county,household_id,season,days_past_due\n")
	n := 0
	for i, row := range strings.Split(strings.TrimSpace(w.undisturbed["lines.csv"]), "\n")[1:] {
		id, _, _ := strings.Cut(row, ",")
		fmt.Fprintf(&b, "370199,%s,%s,%d\n", id, worldSeason, 30+i%3/2*65)
		n++
	}
	table := filepath.Join(dir, "outcomes.csv")
	if err := os.WriteFile(table, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := look("monitor", "none.json"); r.code != exitOK || !strings.Contains(r.errors, "no loan can be judged") {
		t.Errorf("without outcomes: %+v", r)
	}
	mustExit(t, exitOK, look("monitor", "m.json", "--outcomes", table))
	mustExit(t, exitOK, look("monitor", "m.html", "--outcomes", table, "--no-keep"))
	var m struct{ Performance *monitor.Performance }
	readResult(t, filepath.Join(dir, "m.json"), &m)
	if m.Performance == nil || m.Performance.Outcomes+m.Performance.WithoutPD != n || m.Performance.AUC.Enough || m.Performance.AUC.Why == "" {
		t.Errorf("%d rows: %+v", n, m.Performance)
	}
	mustExit(t, exitFail, look("monitor", "m2.json", "--against", "1999"))
}

func readResult(t *testing.T, path string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(readFile(t, path)), into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
