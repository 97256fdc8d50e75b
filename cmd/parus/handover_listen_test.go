package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
)

// A hook is a hint: what happened is read from Fineract itself, and only whoever
// knows the token in the address is listened to.
func TestHooksOfAFineractAreListenedTo(t *testing.T) {
	t.Parallel()
	env, _ := servers(t)
	dir := t.TempDir()
	var asked atomic.Int64
	core := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"id": 7, "externalId": "somebody else's"}`)
	}))
	defer core.Close()
	config, secrets := filepath.Join(dir, "core.yaml"), filepath.Join(dir, "secrets.json")
	writeFile(t, config, []byte("url: "+core.URL+"/api/v1\ntenant: default\noffice_id: 1\nproducts:\n  - {id: 1, currency: CNY, crop: grain}\n"))
	mustExit(t, exitOK, program(t, env, "handover", "targets", "add", "core", "--kind", "fineract", "--config", config))
	env = append(env, "PARUS_HANDOVER_SECRETS="+secrets)
	keep := func(more string) {
		writeFile(t, secrets, []byte(`{"format": "parus-handover-1", "targets": {"core": {"username": "parus", "password": "x"`+more+`}}}`))
		if err := os.Chmod(secrets, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	listen := []string{"handover", "listen", "core", "--listen", "127.0.0.1:0"}
	keep("")
	if r := program(t, env, listen...); r.code != exitFail || !strings.Contains(r.errors, "hook_token") {
		t.Errorf("without a token: %+v", r)
	}
	token := strings.Repeat("t", 32)
	keep(`, "hook_token": "` + token + `"`)
	s := start(t, env, listen...)
	if !s.await("parus: taking hooks on ") {
		t.Fatalf("it ended: %s", s.said())
	}
	base := regexp.MustCompile(`http://\S+/hooks/core/`).FindString(s.said())
	for _, c := range []struct {
		name, token string
		status      int
		asks        int64
	}{
		{"a stranger's", strings.Repeat("u", 32), http.StatusNotFound, 0},
		{"the bank's, on a loan that is none of ours", token, http.StatusNoContent, 1},
	} {
		req, err := http.NewRequest(http.MethodPost, base+c.token+"/", strings.NewReader(`{"entityName": "LOAN", "response": {"loanId": 7}}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Fineract-Platform-TenantId", "default")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != c.status || asked.Load() != c.asks {
			t.Errorf("%s hook: status %d after %d questions, want %d after %d", c.name, res.StatusCode, asked.Load(), c.status, c.asks)
		}
	}
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := s.end(t); code != exitOK || strings.Contains(s.said(), token) {
		t.Errorf("it ends with %d: %s", code, s.said())
	}
}
