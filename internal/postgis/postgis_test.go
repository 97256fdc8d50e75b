package postgis_test

import (
	"context"
	"testing"

	"parus/internal/postgis"
	"parus/internal/services/servicetest"
)

func TestMain(m *testing.M) { servicetest.Main(m) }

// open returns a migrated database of the test's own.
func open(t *testing.T) *postgis.DB {
	t.Helper()
	url := servicetest.DatabaseFrom(t, "migrated", func(url string) error {
		db, err := postgis.Open(context.Background(), url)
		if err != nil {
			return err
		}
		defer db.Close()
		return db.Migrate(context.Background())
	})
	db, err := postgis.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
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
