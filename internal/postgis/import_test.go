package postgis_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"parus/fields"
	"parus/internal/postgis"
	"parus/internal/postgistest"
	"parus/internal/season"
	"parus/internal/vault"
)

var countyA = fields.County{Code: "370199", Name: "测试县", Currency: "CNY"}

func importing(t *testing.T, db *postgis.DB, r postgis.RegistryRelease) season.Release {
	t.Helper()
	r.County, r.Source, r.Act = countyA, "package", vault.Act{Actor: "tester", At: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
	id, err := db.ImportRegistry(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	got, err := db.Release(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestAReleaseIsDifferentFromTheOneBeforeWhereItIs(t *testing.T) {
	t.Parallel()
	db := open(t)
	hh := func(ids ...string) (out []fields.Household) {
		for _, id := range ids {
			out = append(out, fields.Household{ID: id, DisplayName: "王**", Members: 3})
		}
		return out
	}
	one := importing(t, db, postgis.RegistryRelease{Digest: "1", Households: hh("H1", "H2", "H3"), Parcels: []fields.Parcel{
		box("stays", 117, 36, 117.001, 36.001), box("moves", 117.01, 36, 117.011, 36.001), box("renamed", 117.02, 36, 117.021, 36.001), box("goes", 117.03, 36, 117.031, 36.001),
	}})
	if one.Previous != 0 || one.Parcels != 4 || one.Households != 3 || !one.InForce || one.People != -1 {
		t.Errorf("first release: %+v", one)
	}
	renamed := box("renamed", 117.02, 36, 117.021, 36.001)
	renamed.Name = "东地"
	moved := box("moves", 117.01, 36, 117.011, 36.001)
	moved.Shape[0][0][2][0] += 2e-8 // two millimetres
	stays := box("stays", 117, 36, 117.001, 36.001)
	stays.Shape[0][0][2][0] += 5e-9 // half a millimetre, as files round
	changed := hh("H1", "H3", "H4")
	changed[1].Members = 4
	two := importing(t, db, postgis.RegistryRelease{Digest: "2", Households: changed, Parcels: []fields.Parcel{
		stays, moved, renamed, box("comes", 117.04, 36, 117.041, 36.001),
	}})
	want := season.Difference{
		Parcels:    season.Changes{Added: 1, Removed: 1, Changed: 2, FirstAdded: []string{"comes"}, FirstRemoved: []string{"goes"}, FirstChanged: []string{"moves", "renamed"}},
		Households: season.Changes{Added: 1, Removed: 1, Changed: 1, FirstAdded: []string{"H4"}, FirstRemoved: []string{"H2"}, FirstChanged: []string{"H3"}},
	}
	if diff := cmp.Diff(want, two.Difference); diff != "" || two.Previous != one.ID || !two.InForce {
		t.Errorf("difference (-want +got):\n%s\n%+v", diff, two)
	}
	// The one before is no longer in force and holds what it held.
	if before, err := db.Release(t.Context(), one.ID); err != nil || before.InForce {
		t.Errorf("%+v, %v", before, err)
	}
	if old, err := db.Parcels(t.Context(), one.ID); err != nil || len(old) != 4 || old[0].ID != "goes" || old[1].Shape[0][0][2][0] != 117.011 {
		t.Errorf("parcels of the release before: %+v, %v", old, err)
	}
}

func TestEverythingOfAReleaseIsKept(t *testing.T) {
	t.Parallel()
	db, url := postgistest.Open(t)
	until := time.Date(2028, 9, 30, 0, 0, 0, 0, time.UTC)
	p := box("p", 117, 36, 117.001, 36.001)
	p.Village, p.Name, p.ContractM2, p.DeclaredM2, p.AreaM2, p.LeasedIn, p.Certified = "370199101001", "东地", 1, 2, 3, true, true
	r := importing(t, db, postgis.RegistryRelease{Digest: "1", Report: []byte(`{"rows":{"in":1}}`), FullReport: []byte(`{"rows":{"in":1},"defects":[]}`), ValidFrom: until, Parcels: []fields.Parcel{p},
		Households: []fields.Household{{ID: "Hp"}}, Villages: []season.Village{{Code: "370199101001", Name: "红旗村"}},
		Contracts: []season.Contract{{ID: "C1", HouseholdID: "Hp", AreaM2: 12.5, Until: until}, {ID: "C2"}},
		Holdings: []season.LandHolding{{ParcelID: "p", HouseholdID: "Hp", Contract: "C1", Certificate: "Q1", Transfer: "L1", AreaM2: 12.5, Leased: true,
			HolderID: "Hq", Transferee: "Hp", TransferOn: until.AddDate(-5, 0, 0), TransferEnd: until}},
		Originals: season.Originals{"p": {"AREA_UNIT_MU": "SCMJ=12.5"}, "Hp": {"CODE_CHARACTERS": "Ｈp"}},
	})
	got, err := db.Parcels(t.Context(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]fields.Parcel{p}, got); diff != "" || !r.ValidFrom.Equal(until) || r.Contracts != 2 {
		t.Errorf("(-want +got):\n%s\n%+v", diff, r)
	}
	if v, err := db.Villages(t.Context(), r.ID); err != nil || len(v) != 1 || v[0].Name != "红旗村" {
		t.Errorf("%v, %v", v, err)
	}
	if report, err := db.ReleaseReport(t.Context(), r.ID); err != nil || string(report) != `{"rows":{"in":1},"defects":[]}` {
		t.Errorf("%s, %v", report, err)
	}
	conn := connect(t, url)
	for sql, want := range map[string]string{
		`select original->>'AREA_UNIT_MU' from parcel`:                                                                   "SCMJ=12.5",
		`select original->>'CODE_CHARACTERS' from household`:                                                             "Ｈp",
		`select string_agg(id || household_id || area_m2 || coalesce(until::text, '-'), ' ' order by id) from contract`:  "C1Hp12.52028-09-30 C20-",
		`select parcel_id || household_id || contract || certificate || transfer || area_m2 || leased from holding`:      "pHpC1Q1L112.5true",
		`select holder || transferee || transfer_from || transfer_until from holding`:                                    "HqHp2023-09-302028-09-30",
		`select string_agg(indexdef, ' ') from pg_indexes where tablename = 'parcel_1' and indexdef like '%gist (geom)'`: `CREATE INDEX parcel_1_geom_idx ON release.parcel_1 USING gist (geom)`,
	} {
		var text string
		if err := conn.QueryRow(t.Context(), sql).Scan(&text); err != nil || text != want {
			t.Errorf("%s: %q, want %q; %v", sql, text, want, err)
		}
	}
}

func TestTheSameContentAgainIsTheSameRelease(t *testing.T) {
	t.Parallel()
	db := open(t)
	one := importing(t, db, postgis.RegistryRelease{Digest: "1", Parcels: []fields.Parcel{box("a", 117, 36, 117.001, 36.001)}})
	two := importing(t, db, postgis.RegistryRelease{Digest: "2", Parcels: []fields.Parcel{box("b", 117, 36, 117.001, 36.001)}})
	again := importing(t, db, postgis.RegistryRelease{Digest: "1", Parcels: []fields.Parcel{box("a", 117, 36, 117.001, 36.001)}})
	if again.ID != one.ID || again.InForce {
		t.Errorf("%+v: want release %d, which %d has taken the place of", again, one.ID, two.ID)
	}
	if l, err := db.Releases(t.Context(), countyA.Code); err != nil || len(l) != 2 {
		t.Errorf("%+v, %v", l, err)
	}
}

func TestReleasesAreActivatedAndDeletedButNotFromUnderARun(t *testing.T) {
	t.Parallel()
	db, url := postgistest.Open(t)
	act := vault.Act{Actor: "tester", At: time.Now()}
	one := importing(t, db, postgis.RegistryRelease{Digest: "1", Parcels: []fields.Parcel{box("a", 117, 36, 117.001, 36.001)}})
	two := importing(t, db, postgis.RegistryRelease{Digest: "2", Parcels: []fields.Parcel{box("a", 118, 36, 118.001, 36.001)}})
	publish(t, connect(t, url), two.ID)
	if err := db.ActivateRelease(t.Context(), one.ID, nil, act); err != nil {
		t.Fatal(err)
	}
	if r, err := db.ReleaseInForce(t.Context(), countyA.Code); err != nil || r.ID != one.ID {
		t.Errorf("in force is %d, %v", r.ID, err)
	}
	for id, why := range map[int64]string{one.ID: "in force", two.ID: "1 runs refer to it"} {
		if err := db.DeleteRelease(t.Context(), id, nil, act); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("delete %d: %v, want %q", id, err, why)
		}
	}
	// What was run keeps its land whatever is in force.
	if p, err := db.Parcels(t.Context(), two.ID); err != nil || p[0].Shape[0][0][0] != (orb.Point{118, 36}) {
		t.Errorf("%+v, %v", p, err)
	}
	three := importing(t, db, postgis.RegistryRelease{Digest: "3"})
	if err := db.DeleteRelease(t.Context(), one.ID, nil, act); err != nil {
		t.Fatal(err)
	}
	if p, err := db.Parcels(t.Context(), one.ID); err != nil || len(p) != 0 {
		t.Errorf("%d parcels of a release that was deleted, %v", len(p), err)
	}
	if _, err := db.Release(t.Context(), one.ID); err == nil {
		t.Error("the release is still there")
	}
	if three.Previous != one.ID {
		t.Errorf("release 3 came after %d", three.Previous)
	}
}

func TestARowThatFailsLateLeavesNothing(t *testing.T) {
	t.Parallel()
	db := open(t)
	one := importing(t, db, postgis.RegistryRelease{Digest: "1", Parcels: []fields.Parcel{box("a", 117, 36, 117.001, 36.001)}})
	many := manyParcels(4_000)
	for name, last := range map[string]fields.Parcel{
		"a code that occurs twice": many[0],
		"a name that is not UTF-8": {ID: "x", Name: "\xff", Shape: many[0].Shape},
		"a shape that is no shape": {ID: "y", Shape: orb.MultiPolygon{{{{0, 0}}}}},
		"a null byte in a name":    {ID: "z", Name: "a\x00b", Shape: many[0].Shape},
	} {
		_, err := db.ImportRegistry(t.Context(), postgis.RegistryRelease{County: countyA, Digest: name, Source: "x", Parcels: append(many[:len(many):len(many)], last)})
		if err == nil {
			t.Fatalf("%s: imported", name)
		}
		if strings.Contains(err.Error(), "\xff") {
			t.Errorf("%s: the error repeats the row: %v", name, err)
		}
		untouched(t, db, one)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := db.ImportRegistry(ctx, postgis.RegistryRelease{County: countyA, Digest: "9", Source: "x", Parcels: manyParcels(60_000)}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("interrupted: %v", err)
	}
	untouched(t, db, one)
}

// untouched checks that one is in force, alone, with nothing lying about.
func untouched(t *testing.T, db *postgis.DB, one season.Release) {
	t.Helper()
	l, err := db.Releases(t.Context(), countyA.Code)
	if err != nil || len(l) != 1 || l[0].ID != one.ID || !l[0].InForce {
		t.Errorf("releases %+v, %v", l, err)
	}
	if p, err := db.Parcels(t.Context(), one.ID); err != nil || len(p) != one.Parcels {
		t.Errorf("%d parcels, %v", len(p), err)
	}
	var tables int
	if err := db.Raw(t.Context(), `select count(*) from pg_class where relnamespace = 'release'::regnamespace and relkind = 'r'`, &tables); err != nil || tables != 6 {
		t.Errorf("%d partitions, want the 6 of one release; %v", tables, err)
	}
}

func manyParcels(n int) []fields.Parcel {
	out := make([]fields.Parcel, n)
	for i := range out {
		lon, lat := 117+float64(i%1000)*1e-3, 36+float64(i/1000)*1e-3
		out[i] = box(fmt.Sprintf("37019910100101%07d", i), lon, lat, lon+9e-4, lat+9e-4)
	}
	return out
}

// importerMark turns this test binary into a process that imports a large
// release into the database that it names.
const importerMark = "PARUS_TEST_IMPORTS"

func importInto(url string) {
	db, err := postgis.Open(context.Background(), url)
	if err == nil {
		n, _ := strconv.Atoi(os.Getenv(importerMark))
		_, err = db.ImportRegistry(context.Background(), postgis.RegistryRelease{County: countyA, Digest: "killed", Source: "x", Parcels: manyParcels(n)})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// waitHere is a trigger that waits while the test holds the lock 42.
const waitHere = `
	create function wait_here() returns trigger language plpgsql as
		$$ begin perform pg_advisory_lock_shared(42); perform pg_advisory_unlock_shared(42); return new; end $$;`

// The importer is killed where the database holds it: at its first row, in the
// middle of the copy, before and after the indices, at its last statement and
// in its commit. Either all of the release is there and in force, or nothing.
func TestAnImportThatIsKilledLeavesTheReleaseBefore(t *testing.T) {
	t.Parallel()
	const n = 2000
	for name, stop := range map[string]string{
		"at the first row": `create trigger t before insert on registry_release for each row execute function wait_here()`,
		"in the copy": `alter function release_open rename to opened; create function release_open(id bigint) returns void language plpgsql as $$ begin
			perform opened(id); execute format('create trigger t before insert on release.parcel_%s for each row when (new.id like ''%%1500'') execute function wait_here()', id); end $$`,
		"before the indices": `alter function release_close rename to closed; create function release_close(id bigint) returns void language plpgsql as $$ begin
			perform pg_advisory_lock_shared(42), pg_advisory_unlock_shared(42); perform closed(id); end $$`,
		"after the indices": `alter function release_close rename to closed; create function release_close(id bigint) returns void language plpgsql as $$ begin
			perform closed(id); perform pg_advisory_lock_shared(42), pg_advisory_unlock_shared(42); end $$`,
		"as it is put in force": `create trigger t before update on registry_release for each row execute function wait_here()`,
		"at the last statement": `create trigger t after insert on audit for each row execute function wait_here()`,
		"in the commit":         `create constraint trigger t after insert on audit deferrable initially deferred for each row execute function wait_here()`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, url := postgistest.Open(t)
			one := importing(t, db, postgis.RegistryRelease{Digest: "1", Parcels: []fields.Parcel{box("a", 117, 36, 117.001, 36.001)}})
			conn := connect(t, url)
			if _, err := conn.Exec(t.Context(), waitHere+stop+`; select pg_advisory_lock(42)`); err != nil {
				t.Fatal(err)
			}
			cmd := importer(t, url, n)
			for waiting := 0; waiting == 0; {
				if err := conn.QueryRow(t.Context(), `select count(*) from pg_locks where locktype = 'advisory' and objid = 42 and not granted and database = (select oid from pg_database where datname = current_database())`).Scan(&waiting); err != nil {
					t.Fatal(err)
				}
			}
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait() // killed
			if _, err := conn.Exec(t.Context(), `select pg_advisory_unlock(42)`); err != nil {
				t.Fatal(err)
			}
			alone(t, db)
			l, err := db.Releases(t.Context(), countyA.Code)
			if err != nil {
				t.Fatal(err)
			}
			if len(l) == 1 {
				untouched(t, db, one)
				// The same again goes through.
				if err := importer(t, url, n).Wait(); err != nil {
					t.Errorf("after a kill: %v", err)
				}
				if l, err = db.Releases(t.Context(), countyA.Code); err != nil {
					t.Fatal(err)
				}
			} else if name != "in the commit" { // the server may end that without its client
				t.Errorf("%d releases", len(l))
			}
			if len(l) != 2 || !l[0].InForce || l[1].InForce || l[0].Parcels != n {
				t.Errorf("%+v", l)
			}
			if p, err := db.Parcels(t.Context(), l[0].ID); err != nil || len(p) != n {
				t.Errorf("%d parcels, %v", len(p), err)
			}
		})
	}
}

// importer starts a process that imports n parcels.
func importer(t *testing.T, url string, n int) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], url)
	cmd.Env = append(os.Environ(), importerMark+"="+strconv.Itoa(n))
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// alone waits until no other client is at work in the database.
func alone(t *testing.T, db *postgis.DB) {
	t.Helper()
	const others = `select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'`
	for n := 1; n > 0; {
		if err := db.Raw(t.Context(), others, &n); err != nil {
			t.Fatal(err)
		}
	}
}
