package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"parus/credit"
	"parus/credit/lending"
	"parus/internal/publication"
)

// testApplications lets every household of the run ask for a line under limits
// that are set by the verb, and has the book verified by the verb.
func (w *world) testApplications(t *testing.T) {
	county := "370199"
	pub, err := w.db.PublicationOfRun(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	households, err := w.db.PublishedHouseholds(t.Context(), pub)
	if err != nil {
		t.Fatal(err)
	}
	r := program(t, w.env, "limits", "set", "--county", county, "--kind", "village", "--yuan", "60000.50")
	mustExit(t, exitOK, r)
	if !strings.Contains(r.out, "60,000.50") || !strings.Contains(r.out, "(each)") {
		t.Errorf("limits: %s", r.out)
	}
	scope := publication.Scope{Counties: []string{county}, Scores: true}
	states := map[lending.State]int{}
	for i, h := range households {
		at := time.Date(2025, 6, 25, 4, 0, i, 0, time.UTC) // five days after the last scene
		err := w.db.SetConsent(t.Context(), scope, publication.ConsentGiven{Publication: pub, Household: h.ID, Evidence: "paper", Account: "li", At: at})
		if err != nil {
			t.Fatal(err)
		}
		a, err := w.db.Apply(t.Context(), scope, publication.Applying{Key: fmt.Sprint(i), Account: "li", Role: publication.Officer, At: at,
			Request: lending.Request{Publication: pub, Household: h.ID, AskedFen: 20_000 * credit.FenPerYuan, Identity: lending.IdentityChecked}})
		if err != nil {
			t.Fatal(err)
		}
		states[a.State]++
	}
	r = program(t, w.env, "applications", "verify", "--county", county)
	mustExit(t, exitOK, r)
	head := regexp.MustCompile(`(?m)^head ([0-9a-f]{64})$`).FindStringSubmatch(r.out)
	want := fmt.Sprintf("%d events, %d applications (%d straight through, %d referred, 0 rejected), %d decisions replayed bit for bit",
		2*len(households), len(households), states[lending.Decided], states[lending.Referred], len(households))
	if head == nil || !strings.Contains(r.out, want) || states[lending.Decided] == 0 || states[lending.Referred] == 0 {
		t.Fatalf("%v: %s, want %s", states, r.out, want)
	}
	mustExit(t, exitOK, program(t, w.env, "applications", "verify", "--county", county, "--head", head[1]))
	mustExit(t, exitFail, program(t, w.env, "applications", "verify", "--county", county, "--head", strings.Repeat("0", 64)))
	mustExit(t, exitFail, program(t, w.env, "applications", "verify", "--county", "370100"))
	r = program(t, w.env, "applications", "list", "--state", "referred", "--limit", "1000")
	mustExit(t, exitOK, r)
	if n := strings.Count(r.out, " referred "); n != states[lending.Referred] {
		t.Errorf("%d referred are listed, want %d:\n%s", n, states[lending.Referred], r.out)
	}
	r = program(t, w.env, "applications", "expire", "--county", county) // all have lapsed by the real clock
	mustExit(t, exitOK, r)
	if !strings.Contains(r.out, fmt.Sprintf("withdrew %d offers", len(households))) {
		t.Errorf("expire: %s", r.out)
	}
	for _, bad := range [][]string{{"--kind", "moon", "--yuan", "1"}, {"--kind", "village"}, {"--kind", "village", "--yuan", "1", "--none"}, {"--kind", "village", "--yuan=-1"}} {
		mustExit(t, exitUsage, program(t, w.env, append([]string{"limits", "set", "--county", county}, bad...)...))
	}
	if r := program(t, w.env, "limits", "list", "--county", county); !strings.Contains(r.out, "60,000.50") {
		t.Errorf("a limit that was refused has changed the limits: %s", r.out)
	}
	mustExit(t, exitOK, program(t, w.env, "limits", "set", "--county", county, "--kind", "crop", "--yuan", "1000.10")) // 1000.1 · 100 is no whole number in binary
	mustExit(t, exitUsage, program(t, w.env, "applications", "list", "--state", "moon"))
	if r := program(t, w.env, "applications", "expire", "--county", "999999"); !strings.Contains(r.errors, "999999: not found") || strings.Contains(r.errors, "SQLSTATE") {
		t.Errorf("expire in no county: %s", r.errors)
	}
	mustExit(t, exitUsage, program(t, w.env, "limits", "set", "--county", county, "--kind", "crop", "--yuan", "0.001"))
}
