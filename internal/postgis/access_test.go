package postgis_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"parus/fields"
	"parus/internal/mapsheet"
	"parus/internal/postgis"
	"parus/internal/postgistest"
	"parus/internal/publication"
)

// ofNoCounty are the tables that belong to no county: what PostGIS and goose
// keep, files by their content, who signs in, the lender's policies, where
// hand-overs go, and how often the database was put back.
var ofNoCounty = []string{"account", "api_token", "delivery_target", "goose_db_version", "history", "input", "policy", "policy_event", "policy_term", "session",
	"sign_in_attempt", "sign_in_flow", "spatial_ref_sys"}

func TestEveryTableWithCountyDataHasAPolicy(t *testing.T) {
	t.Parallel()
	_, url := postgistest.Open(t)
	conn := connect(t, url)
	if _, err := conn.Exec(t.Context(), `select release_open(1); select release_close(1)`); err != nil {
		t.Fatal(err)
	}
	const tables = `
		select c.relnamespace::regnamespace::text, c.relname, c.relrowsecurity and c.relforcerowsecurity,
			exists (select from pg_policy p where p.polrelid = c.oid and p.polcmd = '*' and p.polwithcheck is not null),
			has_table_privilege('parus_web', c.oid, 'select') and has_schema_privilege('parus_web', c.relnamespace, 'usage')
		from pg_class c where c.relkind in ('r', 'p', 'm', 'f')
			and c.relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'pg_toast') and c.relpersistence <> 't'`
	rows, err := conn.Query(t.Context(), tables)
	if err != nil {
		t.Fatal(err)
	}
	var schema, name string
	var forced, policy, readable bool
	seen := 0
	_, err = pgx.ForEachRow(rows, []any{&schema, &name, &forced, &policy, &readable}, func() error {
		seen++
		switch {
		case schema == "release":
			if !forced || readable {
				t.Errorf("partition %s: forced %t, readable by itself %t", name, forced, readable)
			}
		case schema != "public":
			t.Errorf("schema %s is unknown here: say whether its tables hold data of counties", schema)
		case slices.Contains(ofNoCounty, name):
			if policy {
				t.Errorf("%s has a policy, but is listed as a table of no county", name)
			}
		case !forced || !policy:
			t.Errorf("%s has no forced policy: give it a column that tells its county (county, publication, registry, run or unit), or list it as a table of no county", name)
		}
		return nil
	})
	if err != nil || seen < 25 {
		t.Fatalf("%d tables, %v", seen, err)
	}
}

func TestANewTableIsProtectedByTheNextMigration(t *testing.T) {
	t.Parallel()
	_, url := postgistest.Open(t)
	conn := connect(t, url)
	if _, err := conn.Exec(t.Context(), `create table note (unit bigint, text text); select protect_counties()`); err != nil {
		t.Fatal(err)
	}
	var forced bool
	err := conn.QueryRow(t.Context(), `select relforcerowsecurity from pg_class where relname = 'note'`).Scan(&forced)
	if err != nil || !forced {
		t.Errorf("forced %t, %v", forced, err)
	}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// twoCounties imports a release of two counties each of one household.
func twoCounties(t *testing.T, db *postgis.DB) (a, b int64) {
	t.Helper()
	for _, code := range []string{"370198", "370199"} {
		id, err := db.ImportRegistry(t.Context(), postgis.RegistryRelease{
			County: fields.County{Code: code, Name: code, Currency: "CNY"}, Digest: "d", Source: "x",
			Parcels:    []fields.Parcel{box(code+"p", 117, 36, 117.001, 36.001)},
			Households: []fields.Household{{ID: "H" + code + "p", DisplayName: "王**"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		a, b = b, id
	}
	return a, b
}

// earlierThan adds an empty publication of the county beside one.
func earlierThan(t *testing.T, conn *pgx.Conn, pub int64) (id int64) {
	t.Helper()
	err := conn.QueryRow(t.Context(), `insert into publication (county, season, registry, run, in_force) select county, season, registry, run, false from publication where id = $1 returning id`, pub).Scan(&id)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// Every query of the web's store is asked for what lies in county B, with the
// scope of somebody who sees everything, as a handler that forgot to narrow it
// would; the view of the database is within county A.
func TestNothingOfAnotherCountyComesThroughAForgottenFilter(t *testing.T) {
	t.Parallel()
	db, url := postgistest.Open(t)
	a, b := twoCounties(t, db)
	conn := connect(t, url)
	pubs := map[int64]int64{}
	for _, registry := range []int64{a, b} {
		pubs[registry] = publish(t, conn, registry)
	}
	everything := publication.Scope{Counties: []string{""}, Scores: true}
	within := db.Within([]string{"370198"})
	for _, c := range []struct {
		name string
		sees func(db *postgis.DB, pub int64, county string) (int, error)
	}{
		{"publications", func(db *postgis.DB, pub int64, _ string) (int, error) {
			l, err := db.Publications(t.Context(), everything)
			return len(slices.DeleteFunc(l, func(p publication.Publication) bool { return p.ID != pub })), err
		}},
		{"publication", func(db *postgis.DB, pub int64, _ string) (int, error) {
			_, err := db.Publication(t.Context(), everything, pub)
			return 1, err
		}},
		{"summary", func(db *postgis.DB, pub int64, _ string) (int, error) {
			s, err := db.Summary(t.Context(), everything, pub)
			return s.Parcels, err
		}},
		{"search", func(db *postgis.DB, pub int64, county string) (int, error) {
			l, err := db.Search(t.Context(), everything, pub, county, 10)
			return len(l), err
		}},
		{"households", func(db *postgis.DB, pub int64, _ string) (int, error) {
			p, err := db.Households(t.Context(), everything, pub, publication.HouseholdQuery{Limit: 10})
			return len(p.Items) + p.Total, err
		}},
		{"household", func(db *postgis.DB, pub int64, county string) (int, error) {
			_, err := db.HouseholdCard(t.Context(), everything, pub, "H"+county+"p")
			return 1, err
		}},
		{"parcel", func(db *postgis.DB, pub int64, county string) (int, error) {
			_, err := db.ParcelCard(t.Context(), everything, pub, county+"p")
			return 1, err
		}},
		{"band", func(db *postgis.DB, pub int64, _ string) (int, error) {
			band, err := db.CountyBand(t.Context(), everything, pub, "")
			if band == nil {
				return 0, err
			}
			return len(band.Dates), err
		}},
		{"sheet of the map", func(db *postgis.DB, pub int64, _ string) (int, error) {
			// 117°E 36°N at zoom 14: x = (117+180)/360·2¹⁴ = 13516.8, y = (1 − ln(tan 36° + sec 36°)/π)/2·2¹⁴ = 6433.7.
			sheets, err := db.MapSheets(t.Context(), everything, pub, []mapsheet.Cell{{Z: 14, X: 13516, Y: 6433}})
			return len(sheets), err
		}},
		{"overlays", func(db *postgis.DB, pub int64, _ string) (int, error) {
			l, err := db.Overlays(t.Context(), everything, pub)
			return len(l), err
		}},
		{"tile of an overlay", func(db *postgis.DB, pub int64, county string) (int, error) {
			tile, err := db.OverlayTile(t.Context(), everything, pub,
				publication.OverlayTile{Scene: "s" + county, Kind: "vegetation", MapTile: publication.MapTile{Z: 14, X: 13516, Y: 6433}})
			return len(tile), err
		}},
		{"log of what is live", func(db *postgis.DB, _ int64, county string) (int, error) {
			l, err := db.Feed(t.Context(), everything, 0, 1000)
			return len(slices.DeleteFunc(l, func(e publication.FeedEvent) bool { return e.County != county })), err
		}},
		{"runs", func(db *postgis.DB, _ int64, county string) (int, error) {
			p, err := db.Runs(t.Context(), everything, publication.RunQuery{County: county, Limit: 10})
			return len(p.Items), err
		}},
		{"difference", func(db *postgis.DB, pub int64, _ string) (int, error) {
			earlier := earlierThan(t, conn, pub)
			d, err := db.Difference(t.Context(), everything, earlier, pub)
			if err != nil {
				return 0, err
			}
			m, err := db.Movers(t.Context(), everything, publication.MoverQuery{Before: earlier, After: pub, Limit: 10})
			return d.New + len(m.Items), err
		}},
		{"registry of a publication", func(db *postgis.DB, pub int64, _ string) (int, error) {
			_, _, err := db.RegistryOf(t.Context(), everything, pub, "")
			return 1, err
		}},
		{"registry of a household", func(db *postgis.DB, _ int64, county string) (int, error) {
			_, _, err := db.RegistryOf(t.Context(), everything, 0, "H"+county+"p")
			return 1, err
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, err := c.sees(within, pubs[a], "370198")
			if err != nil || n == 0 {
				t.Errorf("of the own county: %d, %v", n, err)
			}
			n, err = c.sees(db, pubs[b], "370199")
			if err != nil || n == 0 {
				t.Errorf("of the other county without the limit: %d, %v: the test tells nothing", n, err)
			}
			n, err = c.sees(within, pubs[b], "370199")
			if err == nil && n > 0 {
				t.Errorf("of the other county: %d", n)
			}
			if err != nil && !errors.Is(err, publication.ErrNotFound) {
				t.Errorf("of the other county: %v", err)
			}
		})
	}
}

// publish makes a publication of a registry release by hand, a series per
// parcel and one tile of imagery with it.
func publish(t *testing.T, conn *pgx.Conn, registry int64) (id int64) {
	t.Helper()
	const sql = `
		with run as (
			insert into season_run (county, season, registry, spec, digest) select county, 's', id, '{}', county from registry_release where id = $1 returning *
		), unit as (
			insert into work (key, county, stage, item, payload) select county, county, 'assemble', 'x', '{}' from run returning *
		), pub as (
			insert into publication (county, season, registry, run, in_force) select county, season, registry, id, true from run returning *
		), parcels as (
			insert into published_parcel (publication, county, id, household_id, village, name, area_m2, crop, abstained, reason, classes, posterior,
				observations, series_unit, yield_detail, geom)
			select pub.id, pub.county, pub.county || 'p' || coalesce(nullif(n, 0)::text, ''), 'H' || pub.county || 'p', pub.county, '', 1, 'maize', false, '', '{}', '{}', 1, unit.id, '{}', st_transform(p.geom, 3857)
			from pub, unit, parcel p, generate_series(0, 24) n where p.registry = $1
		), households as (
			insert into published_household (publication, county, id, village, display_name, parcels, area_m2, line_fen, pd, apr, referred, reasons, decision, bound)
			select pub.id, pub.county, 'H' || pub.county || 'p', pub.county, '王**', 1, 1, 0, 0, 0, false, '{}', '{}', p.geom::box2d
			from pub, parcel p where p.registry = $1
		), series as (
			insert into series (unit, parcel_id, pixels, dates, scenes, valid, layers, vals, ndvi_sd, smooth)
			select unit.id, unit.county || 'p' || coalesce(nullif(n, 0)::text, ''), 1, '{2025-06-01}', '{s}', '{1}', '{ndvi}', '{0.5}', '{0.1}', '{}' from unit, generate_series(0, 24) n
		), done as (
			insert into run_work (run, unit) select run.id, unit.id from run, unit
		), overlays as (
			insert into overlay (unit, county, scene, datetime, seen, clear, kinds)
			select id, county, 's' || county, '2025-06-01', 1, 1, '{vegetation}' from unit
		), tiles as (
			insert into overlay_tile (unit, county, kind, z, x, y, data) select id, county, 'vegetation', 14, 13516, 6433, 'png' from unit
		)
		select id from pub`
	if err := conn.QueryRow(t.Context(), sql, registry).Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}

// One connection serves all: what one asker may see must not be there for the
// next.
func TestNothingLeaksBetweenThoseWhoShareAConnection(t *testing.T) {
	t.Parallel()
	_, url := postgistest.Open(t)
	db, err := postgis.Open(t.Context(), url+"&pool_max_conns=1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	twoCounties(t, db)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			own, other := "370198", "370199"
			if i%2 == 1 {
				own, other = other, own
			}
			scope := publication.Scope{Counties: []string{own}}
			for range 25 {
				if county, _, err := db.RegistryOf(t.Context(), scope, 0, "H"+own+"p"); county != own || err != nil {
					t.Errorf("own household: %q, %v", county, err)
				}
				if _, _, err := db.RegistryOf(t.Context(), scope, 0, "H"+other+"p"); !errors.Is(err, publication.ErrNotFound) {
					t.Errorf("the other's household: %v", err)
				}
				if l, err := db.Within([]string{own}).Releases(t.Context(), other); err != nil || len(l) != 0 {
					t.Errorf("%d releases of the other, %v", len(l), err)
				}
			}
		})
	}
	all.Wait()
	var state string
	err = db.Raw(t.Context(), `select current_user || ' ' || current_setting('role') || ' ' || coalesce(current_setting('parus.counties', true), '')`, &state)
	if err != nil || !strings.HasSuffix(state, " none ") {
		t.Errorf("after all transactions the connection is %q, %v; want no role and no counties", state, err)
	}
}

func TestWhoeverNamesNoCountySeesNone(t *testing.T) {
	t.Parallel()
	db, url := postgistest.Open(t)
	a, _ := twoCounties(t, db)
	conn := connect(t, url)
	for _, c := range []struct {
		settings string
		want     int
	}{
		{`set local role parus_web`, 0},
		{`set local role parus_web; set local parus.counties = '{}'`, 0},
		{`set local role parus_web; set local parus.counties = '{"370198"}'`, 1},
		{`set local role parus_web; set local parus.counties = '{"3701"}'`, 2},
		{`set local role parus_worker; set local parus.counties = '{"370198","370199"}'`, 2},
		{`set local role parus_worker`, 0},
	} {
		t.Run(c.settings, func(t *testing.T) {
			tx, err := conn.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = tx.Rollback(context.Background()) }()
			if _, err := tx.Exec(t.Context(), c.settings); err != nil {
				t.Fatal(err)
			}
			for _, table := range []string{"parcel", "household", "registry_release", "county"} {
				var n int
				if err := tx.QueryRow(t.Context(), `select count(*) from `+table).Scan(&n); err != nil || n != c.want {
					t.Errorf("%s: %d rows, want %d; %v", table, n, c.want, err)
				}
			}
		})
	}
	// A worker may not write rows of a county that it is not within, the web
	// server none at all, and neither may look into a partition itself.
	for _, sql := range []string{
		`set local role parus_worker; set local parus.counties = '{"370198"}'; insert into village values (` + fmt.Sprint(a+1) + `, '370199', 'x')`,
		`set local role parus_web; set local parus.counties = '{""}'; insert into village values (` + fmt.Sprint(a) + `, '370198', 'x')`,
		`set local role parus_web; set local parus.counties = '{""}'; select * from release.parcel_` + fmt.Sprint(a),
		`set local role parus_worker; set local parus.counties = '{""}'; update audit set purpose = 'x'`,
	} {
		if _, err := conn.Exec(t.Context(), `begin; `+sql+`; commit`); err == nil {
			t.Errorf("%s is allowed", sql)
		}
		if _, err := conn.Exec(t.Context(), `rollback`); err != nil {
			t.Fatal(err)
		}
	}
}

// Under a policy PostgreSQL uses an index only for operators that are marked as
// leakproof; these are what tiles and searches ask by.
func TestTilesAndSearchesUseTheirIndicesUnderThePolicies(t *testing.T) {
	t.Parallel()
	db, url := postgistest.Open(t)
	a, _ := twoCounties(t, db)
	conn := connect(t, url)
	publish(t, conn, a)
	if _, err := conn.Exec(t.Context(), `begin; set local role parus_web; set local parus.counties = '{"370198"}'; set local enable_seqscan = off; set local enable_indexscan = off`); err != nil {
		t.Fatal(err)
	}
	for sql, index := range map[string]string{
		`select id from published_parcel where geom && st_makeenvelope(0, 0, 1, 1, 3857)`:                             "published_parcel_geom",
		`select id from published_parcel where id like '%370198p%'`:                                                   "published_parcel_search",
		`select id from published_parcel where reverse(id) collate "C" >= '37' and reverse(id) collate "C" < '38'`:    "published_parcel_end",
		`select id from published_household where id like '%370198%'`:                                                 "published_household_search",
		`select id from published_household where reverse(id) collate "C" >= '37' and reverse(id) collate "C" < '38'`: "published_household_end",
	} {
		rows, err := conn.Query(t.Context(), `explain `+sql)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil || !strings.Contains(strings.Join(plan, "\n"), index) {
			t.Errorf("%s does not use %s: %v\n%s", sql, index, err, strings.Join(plan, "\n"))
		}
	}
}

// mayRunAsOwner are the functions that see more than who calls them: triggers,
// which nobody calls, and the one that answers with an epoch alone.
var mayRunAsOwner = []string{"policy_moves", "event_has_history", "note_history"}

// Whatever the web server's role can reach, with rows of both counties in every
// table: a table, a view and a function that forgets the county tells here.
func TestTheWebServersRoleReachesNothingOfAnotherCounty(t *testing.T) {
	t.Parallel()
	b := newFullBranch(t) // of county 370199, with a row in every table
	conn := connectTo(t, b.url)
	reached := strs(t, conn, `
		select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_t'
			and has_schema_privilege('parus_web', n.oid, 'usage') and has_table_privilege('parus_web', c.oid, 'select')
			and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e') order by 1`)
	if len(reached) < 50 {
		t.Fatalf("only %d tables and views are reached: %v", len(reached), reached)
	}
	count := func(counties, table string) (n int) {
		tx, err := conn.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback(context.Background()) }()
		if _, err := tx.Exec(t.Context(), `select set_config('role', 'parus_web', true), set_config('parus.counties', $1, true)`, counties); err != nil {
			t.Fatal(err)
		}
		if err := tx.QueryRow(t.Context(), `select count(*) from `+table).Scan(&n); err != nil {
			t.Fatalf("%s: %v", table, err)
		}
		return n
	}
	for _, table := range reached {
		if slices.Contains(ofNoCounty, strings.TrimPrefix(table, "public.")) {
			continue
		}
		mine, theirs, none := count(`{"370199"}`, table), count(`{"370198"}`, table), count(`{}`, table)
		if mine == 0 {
			t.Errorf("%s shows its own county nothing: the test tells nothing", table)
		}
		if table == "public.audit_trail" { // policies are the lender's
			theirs -= count(`{"370198"}`, `(select from audit_trail where kind = 'policy') p`)
			none -= count(`{}`, `(select from audit_trail where kind = 'policy') p`)
		}
		if theirs > 0 || none > 0 {
			t.Errorf("%s shows %d rows to another county and %d to none", table, theirs, none)
		}
	}
	for _, f := range strs(t, conn, `
		select p.proname::text from pg_proc p where p.prosecdef and has_function_privilege('parus_web', p.oid, 'execute')
			and p.pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
			and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')`) {
		if !slices.Contains(mayRunAsOwner, f) {
			t.Errorf("function %s runs with its owner's rights, and the web server may call it", f)
		}
	}
	for _, view := range strs(t, conn, `
		select c.relname::text from pg_class c where c.relkind = 'v' and c.relnamespace = 'public'::regnamespace
			and not coalesce(c.reloptions::text, '') like '%security_invoker=true%'
			and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')`) {
		t.Errorf("view %s is read with its owner's rights", view)
	}
}
