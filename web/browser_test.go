package web_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"parus/internal/publication"
)

// chromium is where Debian puts it.
const chromium = "/usr/bin/chromium"

// TestJourneys walks through the built page in a real browser against a real
// PostGIS. Screenshots go to test-artifacts in the repository's root.
func TestJourneys(t *testing.T) {
	if testing.Short() {
		t.Skip("the browser is left to the full test")
	}
	t.Parallel()
	node := needed(t)
	l := newLender(t)
	s := l.seeded
	addAccount(t, s, "teller", publication.Officer, own.code) // attempts to sign in are counted by name
	addAccount(t, s, "approver", publication.Approver, own.code)
	addAccount(t, s, "partner", publication.Partner, own.code)
	addAccount(t, s, "risk", publication.Risk, own.code)
	addAccount(t, s, "officer", publication.Officer, own.code)
	addAccount(t, s, "stranger", publication.Officer, foreign.code)
	addDisputers(t, s)
	if err := s.db.KeepShown(t.Context(), s.own); err != nil { // as publishing does
		t.Fatal(err)
	}
	shots, err := filepath.Abs("../test-artifacts")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(shots, 0o755); err != nil {
		t.Fatal(err)
	}
	facts, err := json.Marshal(map[string]any{
		"base": l.srv.URL, "chromium": chromium, "shots": shots,
		"officer": "officer", "stranger": "stranger", "teller": "teller", "approver": "approver", "partner": "partner", "password": secret, "lent": l.households,
		"publication": s.own, "countyName": own.name, "villageName": villageNames[0], "tile": tileOf(s.first, 14),
		"live":   seedLive(t, s),
		"access": accessFacts(t, l),
		"signOn": signOnFacts(t, s),
		"struck": map[string]any{"id": s.struck.id, "household": s.struck.household},
		"parcel": map[string]any{
			"id": s.first.id, "household": s.first.household,
			"lon": (s.first.corners[0][0] + s.first.corners[2][0]) / 2, "lat": (s.first.corners[0][1] + s.first.corners[2][1]) / 2,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 12*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, "test/walk.mjs")
	cmd.Dir = "ui"
	cmd.Env = append(os.Environ(), "PARUS_FACTS="+string(facts))
	var words bytes.Buffer
	cmd.Stderr = &words
	out, err := cmd.Output()
	walked := 0
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		var j struct {
			Name, Error string
			MS          int
		}
		if json.Unmarshal(lines.Bytes(), &j) != nil || j.Name == "" {
			continue
		}
		walked++
		t.Run(j.Name, func(t *testing.T) {
			t.Logf("walked in %d ms", j.MS)
			if j.Error != "" {
				t.Error(j.Error)
			}
		})
	}
	t.Logf("%s", words.Bytes()) // times on a slow network, to be read with -v
	if walked == 0 {
		t.Fatalf("no journey was walked: %v: %s", err, words.Bytes())
	}
}

// TestPageUnits runs the page's own unit tests.
func TestPageUnits(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the page's own tests are left to the full test")
	}
	cmd := exec.CommandContext(t.Context(), needed(t), "node_modules/vitest/vitest.mjs", "run")
	cmd.Dir = "ui"
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// needed returns node's path, or fails with what is missing.
func needed(t *testing.T) string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("node is missing: run make setup")
	}
	for path, fix := range map[string]string{
		chromium: "make setup-test", "ui/node_modules/playwright-core": "make setup", "ui/dist/index.html": "make page",
	} {
		if _, err := os.Stat(path); err != nil {
			t.Fatalf("%s is missing: run %s", path, fix)
		}
	}
	return node
}

func tileOf(p seedParcel, z int) string {
	x, y := mercator(p.corners[0])
	n := float64(int(1) << z)
	return fmt.Sprintf("%d/%d/%d", z, int(x*n), int(y*n))
}
