// Package postgistest opens migrated databases for tests: a real PostGIS, a
// database of its own for each test.
//
//	func TestMain(m *testing.M) { servicetest.Main(m) }
//
//	func TestLedger(t *testing.T) {
//		db, url := postgistest.Open(t)
//		…
//	}
package postgistest

import (
	"context"
	"testing"

	"parus/internal/postgis"
	"parus/internal/services/servicetest"
)

// Open returns a migrated database of the test's own and its URL. Both are gone
// after the test.
func Open(t testing.TB) (*postgis.DB, string) {
	t.Helper()
	url := servicetest.DatabaseFrom(t, "migrated", migrate)
	db, err := postgis.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db, url
}

func migrate(url string) error {
	db, err := postgis.Open(context.Background(), url)
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Migrate(context.Background())
}
