package postgis_test

import (
	"testing"

	"parus/imagery"
	"parus/internal/postgis"
	"parus/internal/postgistest"
)

// A shape is projected once, however often its projected form is named in the
// statement. PostgreSQL counts the calls where it is told to.
func TestShapesAreProjectedOnce(t *testing.T) {
	t.Parallel()
	const n = 40
	owner, url := postgistest.Open(t)
	registry, err := owner.ImportRegistry(t.Context(), postgis.RegistryRelease{County: countyA, Digest: "d", Source: "x", Parcels: manyParcels(n)})
	if err != nil {
		t.Fatal(err)
	}
	conn := connect(t, url)
	if _, err := conn.Exec(t.Context(), `do $$ begin execute format('alter database %I set track_functions = ''all''', current_database()); end $$`); err != nil {
		t.Fatal(err)
	}
	db, err := postgis.Open(t.Context(), url+"&pool_max_conns=1") // so that what it has counted can be asked for
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	calls := func() (sum int) {
		t.Helper()
		var word string
		if err := db.Raw(t.Context(), `select pg_stat_force_next_flush()::text`, &word); err != nil {
			t.Fatal(err)
		}
		if err := db.Raw(t.Context(), `select coalesce(sum(calls), 0)::int from pg_stat_user_functions where funcname = 'st_transform'`, &sum); err != nil {
			t.Fatal(err)
		}
		return sum
	}
	lattice := imagery.Lattice{CRS: "EPSG:32650", PixelSizeM: 10, BlockPx: 2048}
	blocks, err := db.RegistryBlocks(t.Context(), registry, lattice)
	if err != nil || len(blocks) == 0 {
		t.Fatal(blocks, err)
	}
	if got := calls(); got < n || got > n+len(blocks) {
		t.Errorf("blocks of %d parcels project %d times", n, got)
	}
	for name, ask := range map[string]func() error{
		"shapes": func() error {
			_, _, err := db.BlockShapes(t.Context(), registry, lattice, blocks[0].Block)
			return err
		},
		"homes": func() error {
			_, err := db.HomeParcels(t.Context(), registry, lattice, blocks[0].Block)
			return err
		},
	} {
		before := calls()
		if err := ask(); err != nil {
			t.Fatal(err)
		}
		// The block's own outline is projected too, for each parcel that is looked at where the plan says so.
		if got := calls() - before; got < 1 || got > 2*n {
			t.Errorf("%s of a block of %d parcels project %d times", name, n, got)
		}
	}
}
