package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"parus/imagery/remote/remotetest"
	"parus/internal/season"
)

// inStore is the catalogue with all its files in a bucket of an S3 server.
func (w *world) inStore(t *testing.T, srv *remotetest.Server) (scenes string) {
	t.Helper()
	srv.Bucket(t, "scenes")
	dir := filepath.Join(w.dir, "scenes")
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		srv.Put(t, "scenes", "2025"+strings.TrimPrefix(path, dir), []byte(readFile(t, path)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return w.catalogue(t, func(items []item) []item {
		for i, it := range items {
			assets(it, func(_ string, a item) {
				scheme := "s3://"
				if i%2 == 1 {
					scheme = "/vsis3/"
				}
				a["href"] = strings.Replace(a["href"].(string), dir, scheme+"scenes/2025", 1)
			})
		}
		return items
	})
}

// testMigratedBeneath leaves a season whose scenes lie in object storage to a
// worker. While it works, a newer release migrates the database: it takes nothing
// more, loses nothing, says why and is not started again. Once there is a worker
// of the database's release, the season ends with the bytes of the undisturbed run
// on local files, and nothing that is kept holds the key to the storage.
func (w *world) testMigratedBeneath(t *testing.T) {
	srv := remotetest.Start(t)
	s := w.order(t)
	env, db := servers(t)
	s.scenes = w.inStore(t, srv)
	s.env = append(env, srv.Environ()...)
	s.more = []string{"--detach"}
	mustExit(t, exitOK, program(t, s.env, detached(s.args())...))
	conn, err := pgx.Connect(t.Context(), strings.TrimPrefix(env[0], "PARUS_DATABASE_URL="))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	count := func(where string) (n int) {
		t.Helper()
		if err := conn.QueryRow(t.Context(), `select count(*) from work where `+where).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	order := func(sql string) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}

	p := start(t, s.env, "worker", "--threads", "2")
	await(t, p, func() bool { return count(`stage = 'observe' and state = 'done'`) >= 2 })
	order(`begin; alter table observation rename column data to bytes; insert into goose_db_version (version_id, is_applied) values (9999, true); commit`)
	if code := p.end(t); code != exitFail {
		t.Errorf("under a newer schema the worker ends with %d: %s", code, p.said())
	}
	for _, words := range []string{"no more units are taken", "the database has schema 9999", "install the release of Parus", "can't go on with this release"} {
		if !strings.Contains(p.said(), words) {
			t.Errorf("%q is not said: %s", words, p.said())
		}
	}
	if strings.Contains(p.said(), "the worker has died") {
		t.Errorf("it was started again: %s", p.said())
	}
	if n := count(`state in ('failed', 'running') or deaths > 0`); n != 0 {
		t.Errorf("%d units are failed, running or blamed", n)
	}
	if r := program(t, s.env, "worker"); r.code != exitFail || !strings.Contains(r.errors, "schema 9999") {
		t.Errorf("started again, it ends with %d: %s", r.code, r.errors)
	}
	order(`begin; alter table observation rename column bytes to data; delete from goose_db_version where version_id = 9999; commit`)

	p = start(t, s.env, "worker", "--threads", "2")
	await(t, p, func() bool {
		st, err := db.RunState(t.Context(), 1)
		if err != nil || st.State == season.RunFailed {
			t.Fatal(st, err, p.said())
		}
		return st.State == season.RunDone
	})
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if code := p.end(t); code != exitOK {
		t.Errorf("told to stop, the worker ends with %d: %s", code, p.said())
	}
	s.more = nil
	mustExit(t, exitOK, s.run(t)) // writes what there is
	got := files(t, s.out)
	for _, name := range []string{"parcels.csv", "lines.csv", "hazards.csv", "proposals.csv", "outcomes.csv"} {
		if got[name] != w.undisturbed[name] {
			t.Errorf("%s differs: %s", name, firstDifference(got[name], w.undisturbed[name]))
		}
	}
	w.checkNoKey(t, srv, conn, got, p.said())
}

// await waits until ok holds, or fails where the program ends before.
func await(t *testing.T, p *started, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(10 * time.Minute); !ok(); {
		select {
		case <-late:
			t.Fatalf("it does not come to pass: %s", p.said())
		case _, open := <-p.lines:
			if !open {
				t.Fatalf("the program has ended: %s", p.said())
			}
		case <-tick.C:
		}
	}
}

// checkNoKey looks for the keys of the storage in all that is kept and said.
func (w *world) checkNoKey(t *testing.T, srv *remotetest.Server, conn *pgx.Conn, got map[string]string, said string) {
	t.Helper()
	wrong := w.order(t)
	wrong.env, _ = servers(t)
	wrong.scenes = w.catalogue(t, func(items []item) []item {
		assets(items[3], func(_ string, a item) { a["href"] = "s3://scenes/x.tif" })
		return items[3:4]
	})
	wrong.env = append(append(wrong.env, srv.Environ()...), "AWS_SECRET_ACCESS_KEY=another-secret")
	r := wrong.run(t)
	if r.code != exitFail || !strings.Contains(r.errors, "AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID") {
		t.Errorf("with another's secret: exit %d: %s", r.code, r.errors)
	}
	texts := []string{said, r.errors, r.out}
	for _, text := range got {
		texts = append(texts, text)
	}
	if out, err := os.ReadFile(filepath.Join(wrong.out, "outcomes.csv")); err == nil {
		texts = append(texts, string(out))
	} else if !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	for _, table := range []string{"work", "scene", "season_run", "outcome", "run_event", "publication"} {
		var text string
		if err := conn.QueryRow(t.Context(), `select coalesce(string_agg(to_jsonb(r)::text, ''), '') from `+table+` r`).Scan(&text); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, text)
	}
	for _, text := range texts {
		for _, key := range []string{srv.Secret, srv.KeyID, "another-secret", "Signature="} {
			if at := strings.Index(text, key); at >= 0 {
				t.Errorf("%q is told: …%.200s", key, text[max(0, at-100):])
			}
		}
	}
}
