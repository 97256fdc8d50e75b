package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"parus/internal/postgis"
	"parus/internal/publication"
	"parus/web"
	"parus/web/password"
)

// testFromThePage has a risk manager score the season again in a real browser:
// the page is served as parusd does, a worker of its own plans and works.
func (w *world) testFromThePage(t *testing.T, env []string, db *postgis.DB) {
	h, err := web.New(web.Config{}, db)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	const secret = "a test's password"
	hash, err := password.Hash(secret)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.AddAccount(t.Context(), publication.NewAccount{Name: "chief", PasswordHash: hash, Role: publication.Risk, Counties: []string{"370199"}})
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, env, "worker", "--threads", "2")
	shots, err := filepath.Abs("../../test-artifacts")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(shots, 0o755); err != nil {
		t.Fatal(err)
	}
	walk(t, "./batch/", map[string]any{"base": srv.URL, "control": tellsOfRuns(t, strings.TrimPrefix(env[0], "PARUS_DATABASE_URL=")), "chromium": "/usr/bin/chromium",
		"shots": shots, "password": secret})
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if code := p.end(t); code != exitOK {
		t.Errorf("told to stop, the worker ends with %d: %s", code, p.said())
	}
}

// tellsOfRuns serves what the database says of the last run and of what it
// changed, by SQL of its own.
func tellsOfRuns(t *testing.T, url string) string {
	t.Helper()
	queries := map[string]string{
		"/run": `select to_jsonb(r) - 'spec' from season_run r order by id desc limit 1`,
		"/difference": `
			with two as (select id, row_number() over (order by id desc) n from publication),
			a as (select * from published_household where publication = (select id from two where n = 1)),
			b as (select * from published_household where publication = (select id from two where n = 2)),
			m as (select a.id, a.line_fen - b.line_fen as by from a join b using (id))
			select jsonb_build_object('up', count(*) filter (where by > 0), 'down', count(*) filter (where by < 0),
				'up_fen', coalesce(sum(by) filter (where by > 0), 0), 'down_fen', coalesce(sum(by) filter (where by < 0), 0),
				'largest', (select id from m order by abs(by) desc, id collate "C" limit 1)) from m`,
	}
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		conn, err := pgx.Connect(r.Context(), url)
		var doc []byte
		if err == nil {
			defer conn.Close(context.WithoutCancel(r.Context()))
			err = conn.QueryRow(r.Context(), queries[r.URL.Path]).Scan(&doc)
		}
		if err != nil {
			http.Error(rw, err.Error(), http.StatusInternalServerError)
			return
		}
		_, _ = rw.Write(doc) // the test is over where this fails
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// walk walks through the journeys of a folder of web/ui/test in a real browser.
func walk(t *testing.T, folder string, facts map[string]any) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("node is missing: run make setup")
	}
	doc, err := json.Marshal(facts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 12*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, "test/walk.mjs")
	cmd.Dir = "../../web/ui"
	cmd.Env = append(os.Environ(), "PARUS_FACTS="+string(doc), "PARUS_JOURNEYS="+folder, "PARUS_ONLY=")
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
		t.Logf("%s: walked in %d ms", j.Name, j.MS)
		if j.Error != "" {
			t.Errorf("%s: %s", j.Name, j.Error)
		}
	}
	if walked == 0 {
		t.Fatalf("no journey was walked: %v: %s", err, words.Bytes())
	}
}
