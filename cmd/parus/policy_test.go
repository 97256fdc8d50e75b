package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parus/credit/backtest"
	"parus/internal/postgis"
	"parus/internal/publication"
)

const cautious = `version: cautious-1
# lend less to first-season households
first_season_cap: 4000
rules:
  - name: small
    when: area_mu < 3
    then: refer
    zh: 面积过小
    en: too little land
`

// testPolicies takes a policy through its life over a county that was decided.
func (w *world) testPolicies(t *testing.T) {
	s := w.order(t)
	env, db := servers(t)
	s.env = env
	mustExit(t, exitOK, s.run(t))
	for name, role := range map[string]publication.Role{"fang": publication.Risk, "shen": publication.Approver} {
		if _, err := db.AddAccount(t.Context(), publication.NewAccount{Name: name, PasswordHash: "x", Role: role, Counties: []string{""}}); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	doc := filepath.Join(dir, "cautious.yaml")
	writeFile(t, doc, []byte(cautious))
	do := func(want int, args ...string) result {
		t.Helper()
		r := program(t, env, append([]string{"policy"}, args...)...)
		mustExit(t, want, r)
		return r
	}
	season := []string{"--county", "370199", "--season", worldSeason}

	broken := filepath.Join(dir, "broken.yaml")
	writeFile(t, broken, []byte(strings.Replace(cautious, "area_mu", "sex", 1)))
	if r := do(exitFail, "check", broken); !strings.Contains(r.errors, "line 6, column 11") || !strings.Contains(r.errors, "sex is no fact") {
		t.Errorf("%s", r.errors)
	}
	if r := do(exitOK, "check", doc); !strings.Contains(r.out, "first_season_cap: 50000 → 4000") {
		t.Errorf("%s", r.out)
	}
	if r := do(exitOK, append([]string{"backtest", doc}, season...)...); !strings.Contains(r.out, "dry run") {
		t.Errorf("%s", r.out)
	}
	do(exitFail, "draft", doc, "--as", "shen")
	do(exitOK, "draft", doc, "--as", "fang")
	do(exitFail, "approve", "cautious-1", "--as", "shen", "--reason", "looks fine")
	do(exitUsage, append([]string{"backtest", "cautious-1"}, season...)...)
	for _, name := range []string{"r.html", "r.csv", "r.json"} {
		do(exitOK, append([]string{"backtest", "cautious-1", "--as", "fang", "-o", filepath.Join(dir, name)}, season...)...)
	}
	var r backtest.Report
	if err := json.Unmarshal([]byte(readFile(t, filepath.Join(dir, "r.json"))), &r); err != nil {
		t.Fatal(err)
	}
	before := table(t, filepath.Join(s.out, "lines.csv"))
	if r.Households != len(before) || r.Failed != 0 || r.Lose == 0 || r.Gain != 0 || len(table(t, filepath.Join(dir, "r.csv"))) != r.Households {
		t.Errorf("%+v", r)
	}
	do(exitOK, "approve", "cautious-1", "--as", "shen", "--reason", "looks fine")
	do(exitFail, "activate", "cautious-1", "--as", "shen", "--reason", "from now on", "--from", "2020-01-01")
	if r := do(exitOK, "list"); !strings.Contains(r.out, "cautious-1") || !strings.Contains(r.out, "approved") {
		t.Errorf("%s", r.out)
	}
	w.testShadow(t, env, do, r)
	w.testGoverned(t, env, db, do, before)
}

// testShadow lets the policy decide unseen: lines stay, and the comparison is
// that of the back-test.
func (w *world) testShadow(t *testing.T, env []string, do func(want int, args ...string) result, tested backtest.Report) {
	do(exitFail, "compare", "--county", "370199", "--season", worldSeason)
	do(exitOK, "shadow", "cautious-1", "--county", "370199", "--as", "fang")
	out := filepath.Join(t.TempDir(), "out")
	mustExit(t, exitOK, program(t, env, "rescore", "--county", "370199", "--season", worldSeason, "--out", out))
	if got := files(t, out)["lines.csv"]; got != w.undisturbed["lines.csv"] {
		t.Error("the shadow changes lines")
	}
	report := filepath.Join(t.TempDir(), "shadow.json")
	do(exitOK, "compare", "--county", "370199", "--season", worldSeason, "-o", report)
	var r backtest.Report
	if err := json.Unmarshal([]byte(readFile(t, report)), &r); err != nil {
		t.Fatal(err)
	}
	if r.Households != tested.Households || r.After != tested.After || r.Before != tested.Before || r.Lose != tested.Lose || r.Policy != "cautious-1" {
		t.Errorf("the shadow says\n%+v\nthe back-test\n%+v", r.After, tested.After)
	}
	do(exitOK, "shadow", "--end", "--county", "370199", "--as", "fang")
}

// testGoverned puts the policy in force and takes it back; decisions made before
// replay all the while.
func (w *world) testGoverned(t *testing.T, env []string, db *postgis.DB, do func(want int, args ...string) result, before []map[string]string) {
	household := before[0]["household_id"]
	old := program(t, env, "replay", household)
	mustExit(t, exitOK, old)
	digest := strings.Fields(old.out)[1]
	do(exitOK, "activate", "cautious-1", "--as", "shen", "--reason", "from now on", "--from", time.Now().UTC().Format(time.DateOnly))
	t.Run("scored again from the page", func(t *testing.T) { w.testFromThePage(t, env, db) }) // what follows finds that run at its end
	out := filepath.Join(t.TempDir(), "out")
	var said string
	rescore := func() []map[string]string {
		t.Helper()
		r := program(t, env, "rescore", "--county", "370199", "--season", worldSeason, "--out", out)
		mustExit(t, exitOK, r)
		said = r.errors
		return table(t, filepath.Join(out, "lines.csv"))
	}
	capped := 0
	for i, row := range rescore() {
		line, old := number(t, row["line_cny"]), number(t, before[i]["line_cny"])
		if line > 4000 || row["household_id"] != before[i]["household_id"] {
			t.Errorf("household %s: line %g, before %g", row["household_id"], line, old)
		}
		if line != old {
			capped++
		}
	}
	if capped == 0 {
		t.Error("the policy in force changes nothing")
	}
	if now := program(t, env, "replay", household); now.code != exitOK || now.out == old.out {
		t.Errorf("the latest decision: %+v", now)
	}
	if again := program(t, env, "replay", digest); again.code != exitOK || again.out != old.out {
		t.Errorf("the decision of before: %+v, then %+v", old, again)
	}
	do(exitOK, "rollback", "cautious-1", "--as", "fang", "--reason", "too strict")
	rescore()
	if got := files(t, out)["lines.csv"]; got != w.undisturbed["lines.csv"] {
		t.Error("after the rollback lines are not what they were")
	}
	if !strings.Contains(said, "parus publications rollback 1 ") {
		t.Errorf("nobody is told that people see the later publication: %s", said)
	}
	mustExit(t, exitOK, program(t, env, "publications", "rollback", "1", "--purpose", "the policy was taken back"))
	r := program(t, env, "policy", "backtest", "cautious-1", "--county", "370199", "--season", worldSeason, "--as", "fang")
	mustExit(t, exitOK, r)
	if !strings.Contains(r.out, "lose") || strings.Contains(r.out, "nothing changes") {
		t.Errorf("what people see is not what was rolled back to: %s", r.out)
	}
}
