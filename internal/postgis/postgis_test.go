package postgis_test

import (
	"os"
	"testing"

	"parus/internal/postgis"
	"parus/internal/postgistest"
	"parus/internal/services/servicetest"
)

func TestMain(m *testing.M) {
	if os.Getenv(importerMark) != "" {
		importInto(os.Args[1])
		return
	}
	servicetest.Main(m)
}

// open returns a migrated database of the test's own.
func open(t *testing.T) *postgis.DB {
	t.Helper()
	db, _ := postgistest.Open(t)
	return db
}

func TestMigratingTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	db := open(t)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if v, err := db.PostGISVersion(t.Context()); err != nil || v == "" {
		t.Fatalf("PostGIS version %q, %v", v, err)
	}
}
