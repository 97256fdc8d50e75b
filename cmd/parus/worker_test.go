package main

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"parus/internal/services/servicetest"
)

func TestAWorkerWaitsForADatabaseThatIsAwayAndMayBeTold(t *testing.T) {
	t.Parallel()
	env := []string{"PARUS_HOME=" + t.TempDir(), "PARUS_REDIS_URL=" + servicetest.Redis(t),
		"PARUS_DATABASE_URL=postgres://parus@/parus?host=" + filepath.Join(t.TempDir(), "nobody")}
	p := start(t, env, "worker", "--no-supervise")
	if !p.await("parus: waiting for the database: ") {
		t.Fatalf("it ends: %s", p.said())
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := p.end(t); code != exitOK || strings.Count(p.said(), "waiting") != 1 {
		t.Errorf("exit %d: %s", code, p.said())
	}
}

func TestAWorkerWithAWrongAddressOfItsDatabaseEnds(t *testing.T) {
	t.Parallel()
	r := program(t, []string{"PARUS_HOME=" + t.TempDir(), "PARUS_REDIS_URL=" + servicetest.Redis(t), "PARUS_DATABASE_URL=postgres://host:notaport/parus"},
		"worker", "--no-supervise")
	if r.code != exitFail || !strings.Contains(r.errors, "database URL") {
		t.Errorf("exit %d: %s", r.code, r.errors)
	}
}
