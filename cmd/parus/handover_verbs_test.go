package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"parus/internal/handover"
)

func TestATargetOfTheHandOverFromItsSecretToItsTest(t *testing.T) {
	t.Parallel()
	env, _ := servers(t)
	dir := t.TempDir()
	made := program(t, env, "handover", "secret")
	mustExit(t, exitOK, made)
	secret := strings.TrimSpace(made.out)
	verifier, err := handover.NewVerifier([]string{secret}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan error, 4)
	bank := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, err := verifier.Verify(r.Header, body)
		got <- err
		w.WriteHeader(http.StatusNoContent)
	}))
	defer bank.Close()

	config, secrets := filepath.Join(dir, "bank.yaml"), filepath.Join(dir, "secrets.json")
	writeFile(t, config, []byte("url: "+bank.URL+"/events\ntimeout: 20s\n"))
	add := []string{"handover", "targets", "add", "bank", "--kind", "webhook", "--config", config, "--county", "3701"}
	mustExit(t, exitOK, program(t, env, add...))
	mustExit(t, exitFail, program(t, env, add...)) // the name is taken
	test := []string{"handover", "test", "bank"}
	env = append(env, "PARUS_HANDOVER_SECRETS="+secrets)
	mustExit(t, exitFail, program(t, env, test...)) // no secrets yet
	writeFile(t, secrets, []byte(`{"format": "parus-handover-1", "targets": {"bank": {"webhook": ["`+secret+`"]}}}`))
	if err := os.Chmod(secrets, 0o644); err != nil {
		t.Fatal(err)
	}
	if r := program(t, env, test...); r.code != exitFail || !strings.Contains(r.errors, "chmod 600") {
		t.Errorf("secrets that all can read: %+v", r)
	}
	if err := os.Chmod(secrets, 0o600); err != nil {
		t.Fatal(err)
	}
	mustExit(t, exitOK, program(t, env, test...))
	if err := <-got; err != nil {
		t.Errorf("the receiver does not believe the test: %v", err)
	}
	if r := program(t, env, "handover", "send"); r.code != exitOK || r.out != "queued 0, sent 0, failed for now 0, dead 0\n" {
		t.Errorf("%+v", r)
	}
	mustExit(t, exitOK, program(t, env, "handover", "targets", "set", "bank", "--pause", "--acts", "accept,withdraw"))
	r := program(t, env, "handover", "list")
	if r.code != exitOK || !strings.Contains(r.out, "bank") || !strings.Contains(r.out, "true") || strings.Contains(r.out+r.errors, secret) {
		t.Errorf("%+v", r)
	}
	mustExit(t, exitFail, program(t, env, "handover", "drop", "--target", "bank", "--county", "370199", "--event", "1", "--why", "x"))
	mustExit(t, exitUsage, program(t, env, "handover", "pull", "bank"))
}

func TestHandOverVerbsRefuseWhatCannotBeMeant(t *testing.T) {
	t.Parallel()
	env, _ := servers(t)
	dir := t.TempDir()
	plain, odd := filepath.Join(dir, "plain.yaml"), filepath.Join(dir, "odd.yaml")
	writeFile(t, plain, []byte("url: http://bank.example/events\n"))
	writeFile(t, odd, []byte("url: https://bank.example/events\npassword: hush\n"))
	for name, c := range map[string]struct {
		code int
		args []string
	}{
		"plain HTTP over a network":      {exitUsage, []string{"targets", "add", "bank", "--kind", "webhook", "--config", plain}},
		"a secret in the configuration":  {exitUsage, []string{"targets", "add", "bank", "--kind", "webhook", "--config", odd}},
		"an unknown act":                 {exitUsage, []string{"targets", "add", "bank", "--kind", "webhook", "--config", odd, "--acts", "sing"}},
		"a change of nothing":            {exitUsage, []string{"targets", "set", "bank"}},
		"a change of nobody":             {exitFail, []string{"targets", "set", "bank", "--pause"}},
		"a replay to nobody":             {exitFail, []string{"replay", "--target", "bank", "--county", "370199", "--from", "1"}},
		"a replay from the end to start": {exitUsage, []string{"replay", "--target", "bank", "--county", "370199", "--from", "3", "--to", "2"}},
		"sending without secrets":        {exitFail, []string{"send"}},
	} {
		if r := program(t, env, append([]string{"handover"}, c.args...)...); r.code != c.code || strings.Contains(r.errors, "hush") {
			t.Errorf("%s: %+v, want exit %d", name, r, c.code)
		}
	}
}

func TestAnExportOfNothingLeavesNoFile(t *testing.T) {
	t.Parallel()
	env, _ := servers(t)
	out := filepath.Join(t.TempDir(), "x.xlsx")
	c := appsExportCmd{platform: platform{Home: t.TempDir(), DatabaseURL: strings.TrimPrefix(env[0], "PARUS_DATABASE_URL=")}, County: "370199", Format: "xlsx", Lang: "both", Output: out}
	err := c.Run(t.Context(), &streams{Out: io.Discard, Err: io.Discard})
	if err == nil || !strings.Contains(err.Error(), "nothing to export") {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("there is a file")
	}
}

// Names leave only with the county's keys, and the audit knows whose and why.
func TestANameThatIsHandedOverIsInTheAudit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env, db := servers(t)
	keys := filepath.Join(dir, "keys.json")
	w := &told{env: append(env, "PARUS_KEYS="+keys)}
	mustExit(t, exitOK, program(t, nil, "fixtures", "county", "--seed", "3", "--households", "6", "--size-px", "96", "--package-only", "-o", filepath.Join(dir, "county")))
	folder := filepath.Join(dir, "county", "registry", "370199测试县")
	mustExit(t, exitOK, w.parus(t, "keys", "new", "--county", "370199"))
	mustExit(t, exitOK, w.parus(t, "registry", "import", folder, "--county", "370199"))
	holder := peopleOf(t, folder)[0]
	found := w.asked(t, holder[1]+"\n", "people", "find", "--county", "370199", "--purpose", "find a household")
	household := regexp.MustCompile(`\b(\d{18}) +true`).FindStringSubmatch(found.out)
	if household == nil {
		t.Fatalf("%+v", found)
	}
	ring, err := keyFile{keys}.ring()
	if err != nil {
		t.Fatal(err)
	}
	c := &carriers{db: db, ring: ring, now: time.Now}
	name, err := c.name(t.Context(), "core", handover.Event{County: "370199", Application: 17, Household: household[1]})
	if err != nil || name != holder[0] {
		t.Errorf("%v: another name than the registry's", err)
	}
	audit := w.parus(t, "people", "audit", "--county", "370199")
	if mustExit(t, exitOK, audit); !strings.Contains(audit.out, "application 370199-17 to core") || strings.Contains(audit.out, holder[0]) {
		t.Errorf("%s", audit.out)
	}
}
