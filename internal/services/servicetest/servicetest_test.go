package servicetest_test

import (
	"errors"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"parus/internal/services"
	"parus/internal/services/servicetest"
)

func TestMain(m *testing.M) { servicetest.Main(m) }

func query(t *testing.T, databaseURL, sql string) (string, error) {
	t.Helper()
	out, err := exec.Command("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", databaseURL, "-c", sql).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func TestEachTestGetsAnEmptyDatabaseWithPostGIS(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"first", "second", "third"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := servicetest.Database(t)
			got, err := query(t, url, "CREATE TABLE mine AS SELECT ST_SRID(ST_Point(1, 2, 4326)) AS srid; SELECT srid FROM mine")
			if err != nil || got != "4326" {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestADatabaseIsGoneAfterItsTest(t *testing.T) {
	t.Parallel()
	var url string
	t.Run("the test", func(t *testing.T) { url = servicetest.Database(t) })
	if out, err := query(t, url, "SELECT 1"); err == nil || !strings.Contains(out, "does not exist") {
		t.Errorf("got %q, %v", out, err)
	}
}

func TestATemplateIsPreparedOnceAndCloned(t *testing.T) {
	t.Parallel()
	var prepared atomic.Int32
	prepare := func(url string) error {
		prepared.Add(1)
		out, err := query(t, url, "CREATE TABLE season (year int); INSERT INTO season VALUES (2026)")
		if err != nil {
			return errors.New(out)
		}
		return nil
	}
	for range 2 {
		url := servicetest.DatabaseFrom(t, "seasons", prepare)
		if got, err := query(t, url, "INSERT INTO season VALUES (2027) RETURNING (SELECT count(*) FROM season)"); err != nil || got != "1" {
			t.Errorf("got %q, %v", got, err)
		}
	}
	if n := prepared.Load(); n != 1 {
		t.Errorf("prepared %d times", n)
	}
}

func TestEachTestGetsAnEmptyNumberedRedis(t *testing.T) {
	t.Parallel()
	a, b := servicetest.Redis(t), servicetest.Redis(t)
	if a == b {
		t.Fatalf("both got %s", a)
	}
	if _, err := services.AskRedis(t.Context(), a, "SET", "k", "v"); err != nil {
		t.Fatal(err)
	}
	for uri, want := range map[string]string{a: "1", b: "0"} {
		if got, err := services.AskRedis(t.Context(), uri, "DBSIZE"); err != nil || got != want {
			t.Errorf("%s holds %s keys, %v", uri, got, err)
		}
	}
}
