package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestAPrivateDatabaseIsCopiedAndRestored(t *testing.T) {
	t.Parallel()
	home := private(t)
	plain := homeEnv(filepath.Join(home, "home"))
	env := append(plain, "PARUS_ARCHIVE="+filepath.Join(home, "archive"))
	if r := program(t, plain, "backup"); r.code != exitFail || !strings.Contains(r.errors, "PARUS_ARCHIVE") {
		t.Errorf("without an archive: %+v", r)
	}
	if r := program(t, append(env, "PARUS_DATABASE_URL=postgres://x/y"), "restore"); r.code != exitFail || !strings.Contains(r.errors, "whoever runs it") {
		t.Errorf("with a database of others: %+v", r)
	}
	copied := program(t, env, "backup")
	if copied.code != exitOK || filepath.Dir(strings.TrimSpace(copied.out)) != filepath.Join(home, "archive", "base") {
		t.Fatalf("%+v", copied)
	}
	if r := program(t, env, "restore", "--to", "2020-01-01T00:00:00Z"); r.code != exitFail || !strings.Contains(r.errors, filepath.Base(strings.TrimSpace(copied.out))) {
		t.Errorf("a time before the copy: %+v", r)
	}
	if r := program(t, env, "restore", "--to", "yesterday"); r.code != exitUsage {
		t.Errorf("no time: %+v", r)
	}
	if r := program(t, env, "restore"); r.code != exitOK || !strings.Contains(r.out, ".before-") {
		t.Fatalf("%+v", r)
	}
	// The copy was made before the restore, which is the second history.
	if r := program(t, env, "restore", "--by-other-means"); r.code != exitOK || !strings.HasPrefix(r.out, "history ") {
		t.Errorf("%+v", r)
	}
	if r := program(t, env, "migrate"); r.code != exitOK || !strings.HasPrefix(r.out, "schema version ") {
		t.Errorf("%+v", r)
	}
}
