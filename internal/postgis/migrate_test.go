package postgis_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"parus/credit/lending"
	"parus/internal/postgis"
	"parus/internal/services/servicetest"
)

// schemas lists the numbers of all migrations, ascending.
func schemas(t *testing.T) []int64 {
	t.Helper()
	files, err := fs.Glob(postgis.Migrations, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	var all []int64
	for _, f := range files {
		number, _, _ := strings.Cut(path.Base(f), "_")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, n)
	}
	return all
}

// A county's database of every earlier schema, with rows in every table that it
// has, comes to the schema of a fresh one, keeps its rows, and goes on lending.
func TestEveryEarlierSchemaMigratesWithItsRows(t *testing.T) {
	t.Parallel()
	b := newFullBranch(t)
	want := catalogue(t, connectTo(t, b.url))
	all := schemas(t)
	for _, n := range all {
		t.Run(fmt.Sprintf("schema %d", n), func(t *testing.T) {
			t.Parallel()
			old := servicetest.Database(t)
			db := openAt(t, old, n)
			conn := connectTo(t, old)
			kept := project(t, connectTo(t, b.url), conn)
			if err := db.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			conn = connectTo(t, old) // plans of the old schema go with the old connection
			for table, k := range kept {
				if got := rowsOf(t, conn, table, k.columns); got != k.rows {
					t.Errorf("rows of %s were\n%s\nand are\n%s", table, k.rows, got)
				}
			}
			differ(t, want, catalogue(t, conn))
			checkDerived(t, connectTo(t, b.url), conn)
			if _, lends := kept["application_event"]; lends {
				goesOnLending(t, b, db, old)
			}
		})
	}
}

// newFullBranch has lent, and has rows in every table of the latest schema.
func newFullBranch(t *testing.T) *branch {
	t.Helper()
	b := newBranch(t, 2)
	b.limit(t, lending.OnVillage, "", villageLimit)
	id := b.apply(t, b.asking(0)).ID
	b.must(t, b.act(t, id, lending.ActAccept, 0))
	b.must(t, b.act(t, id, lending.ActDraw, 200_000))
	conn := connectTo(t, b.url)
	run(t, conn, representativeRows)
	for table, columns := range tables(t, conn) {
		if rowsOf(t, conn, table, columns) == "" {
			t.Errorf("table %s has no row: representativeRows has to give it one", table)
		}
	}
	return b
}

// openAt opens a database and brings it to an earlier schema.
func openAt(t *testing.T, url string, schema int64) *postgis.DB {
	t.Helper()
	db, err := postgis.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if err := db.MigrateTo(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	if got, err := db.SchemaVersion(t.Context()); err != nil || got != schema {
		t.Fatalf("schema %d, %v, want %d", got, err, schema)
	}
	return db
}

func run(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatalf("%v: %s", err, sql[:min(len(sql), 300)])
	}
}

func strs(t *testing.T, conn *pgx.Conn, sql string, args ...any) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%v: %s", err, sql)
	}
	return out
}

// tables lists the tables of Parus with their columns.
func tables(t *testing.T, conn *pgx.Conn) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, name := range strs(t, conn, `select c.relname::text from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
			and c.relname not in ('goose_db_version', 'spatial_ref_sys')`) {
		out[name] = strs(t, conn, `select attname::text from pg_attribute where attrelid = to_regclass(quote_ident($1)) and attnum > 0 and not attisdropped order by attname`, name)
	}
	return out
}

// rowsOf are the rows of a table as JSON, in an order that does not depend on
// where they lie.
func rowsOf(t *testing.T, conn *pgx.Conn, table string, columns []string) string {
	t.Helper()
	all := strs(t, conn, `select to_jsonb(r)::text from (select `+strings.Join(columns, ", ")+` from `+table+`) r`)
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// held is what a table of an earlier schema had.
type held struct {
	columns []string
	rows    string
}

// project copies the rows of a full database of the latest schema into one of an
// earlier schema, as far as that has tables and columns, as it stands: the
// triggers have passed these rows where they come from.
func project(t *testing.T, from, to *pgx.Conn) map[string]held {
	t.Helper()
	run(t, to, `set session_replication_role = replica; set parus.counties = '{""}'`)
	latest, kept := tables(t, from), map[string]held{}
	all := tables(t, to)
	if _, partitioned := all["village"]; partitioned {
		run(t, to, `select release_open(1); select release_close(1)`)
	}
	for table, columns := range all {
		shared := slices.DeleteFunc(slices.Clone(columns), func(c string) bool { return !slices.Contains(latest[table], c) })
		list := strings.Join(shared, ", ")
		run(t, to, `delete from `+table) // what a migration has put there
		for _, row := range strs(t, from, `select to_jsonb(r)::text from (select `+list+` from `+table+`) r`) {
			if _, err := to.Exec(t.Context(), `insert into `+table+` (`+list+`) overriding system value select `+list+` from jsonb_populate_record(null::public.`+table+`, $1)`, row); err != nil {
				t.Fatalf("%s: %v", table, err)
			}
		}
		if slices.Contains(columns, "id") {
			run(t, to, fmt.Sprintf(`select setval(s, (select max(id)::text::bigint from %s)) from pg_get_serial_sequence('%s', 'id') s where s is not null`, table, table))
		}
		k := held{columns, rowsOf(t, to, table, columns)}
		if k.rows == "" {
			t.Errorf("table %s has no row before it is migrated", table)
		}
		kept[table] = k
	}
	run(t, to, `set session_replication_role = origin`)
	return kept
}

// checkDerived compares what migrations work out of rows that were there before.
func checkDerived(t *testing.T, want, got *pgx.Conn) {
	t.Helper()
	for table, columns := range map[string][]string{
		"registry_release": {"id", "in_force", "parcels", "households"},
		"publication":      {"id", "decided", "watched"},
	} {
		if w, g := rowsOf(t, want, table, columns), rowsOf(t, got, table, columns); w != g {
			t.Errorf("%s has %s, want %s", table, g, w)
		}
	}
}

// goesOnLending verifies the chain, moves the application that is drawn and
// takes another.
func goesOnLending(t *testing.T, b *branch, db *postgis.DB, url string) {
	t.Helper()
	after := &branch{db: db, url: url, county: b.county, pub: b.pub, line: b.line, clock: b.clock, keys: b.keys}
	before := after.holds(t)
	if before.Events != 4 || before.Applications != 1 {
		t.Errorf("the book has %d events of %d applications, want 4 of 1", before.Events, before.Applications)
	}
	after.must(t, after.act(t, 1, lending.ActDraw, 50_000))
	after.apply(t, after.asking(1))
	if r, err := db.VerifyBook(t.Context(), b.county, before.Head); err != nil || len(r.Differences) > 0 || r.Events != 7 {
		t.Errorf("%+v, %v", r, err)
	}
}

// catalogue describes everything that a schema has, a line each: columns,
// indices, constraints, triggers, policies, functions, grants.
func catalogue(t *testing.T, conn *pgx.Conn) []string {
	t.Helper()
	return strs(t, conn, `
with ours as (select c.* from pg_class c where c.relnamespace in ('public'::regnamespace, 'release'::regnamespace)
	and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'))
select concat_ws(' ', 'relation', c.oid::regclass, c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.reloptions, pg_get_userbyid(c.relowner),
	'grants', (select string_agg(a::text, ',' order by a::text) from unnest(c.relacl) a), pg_get_expr(c.relpartbound, c.oid), pg_get_partkeydef(c.oid)) as line from ours c
union all select concat_ws(' ', 'column', c.oid::regclass, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, a.attstorage, a.attcompression, a.attcollation::regcollation,
	'default', pg_get_expr(d.adbin, d.adrelid), 'grants', (select string_agg(x::text, ',' order by x::text) from unnest(a.attacl) x))
	from ours c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped left join pg_attrdef d on (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
union all select concat_ws(' ', 'index', pg_get_indexdef(x.indexrelid), x.indisvalid, x.indisunique, x.indisprimary) from ours c join pg_index x on x.indrelid = c.oid
union all select concat_ws(' ', 'constraint', c.oid::regclass, k.conname, pg_get_constraintdef(k.oid), k.convalidated, k.condeferrable, k.condeferred) from ours c join pg_constraint k on k.conrelid = c.oid
union all select concat_ws(' ', 'trigger', pg_get_triggerdef(g.oid), g.tgenabled) from ours c join pg_trigger g on g.tgrelid = c.oid and not g.tgisinternal
union all select concat_ws(' ', 'policy', c.oid::regclass, p.polname, p.polcmd, p.polpermissive, p.polroles::regrole[], pg_get_expr(p.polqual, c.oid), 'check', pg_get_expr(p.polwithcheck, c.oid))
	from ours c join pg_policy p on p.polrelid = c.oid
union all select concat_ws(' ', 'function', pg_get_functiondef(p.oid), 'grants', (select string_agg(a::text, ',' order by a::text) from unnest(p.proacl) a)) from pg_proc p
	where p.pronamespace = 'public'::regnamespace and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
union all select concat_ws(' ', 'leakproof', p.oid::regprocedure) from pg_proc p where p.proleakproof
union all select concat_ws(' ', 'default grants', a.defaclobjtype, a.defaclnamespace::regnamespace, (select string_agg(x::text, ',' order by x::text) from unnest(a.defaclacl) x)) from pg_default_acl a
union all select concat_ws(' ', 'schema', n.nspname, (select string_agg(a::text, ',' order by a::text) from unnest(n.nspacl) a)) from pg_namespace n where n.nspname in ('public', 'release')
union all select concat_ws(' ', 'extension', e.extname, e.extversion) from pg_extension e
union all select concat_ws(' ', 'migration', version_id, is_applied) from goose_db_version
order by line`)
}

// differ reports the lines that only one catalogue has.
func differ(t *testing.T, want, got []string) {
	t.Helper()
	if len(want) < 500 {
		t.Errorf("a catalogue of %d lines has not been read whole", len(want))
	}
	for _, l := range want {
		if _, ok := slices.BinarySearch(got, l); !ok && !slices.Contains(got, l) {
			t.Errorf("a migrated database lacks\n%s", l)
		}
	}
	for _, l := range got {
		if !slices.Contains(want, l) {
			t.Errorf("only a migrated database has\n%s", l)
		}
	}
}

// Several programs that start at once migrate once.
func TestMigratorsThatStartTogetherMigrateOnce(t *testing.T) {
	t.Parallel()
	url := servicetest.Database(t)
	var all sync.WaitGroup
	for range 3 {
		db, err := postgis.Open(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(db.Close)
		all.Go(func() {
			if err := db.Migrate(t.Context()); err != nil {
				t.Error(err)
			}
			if err := db.CheckSchema(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	var n int
	if err := connectTo(t, url).QueryRow(t.Context(), `select count(*) from goose_db_version where version_id > 0`).Scan(&n); err != nil || n != len(schemas(t)) {
		t.Errorf("%d migrations have run, %v, want %d", n, err, len(schemas(t)))
	}
}

func TestASchemaOfAnotherReleaseIsRefusedByNumber(t *testing.T) {
	t.Parallel()
	all := schemas(t)
	last, before := all[len(all)-1], all[len(all)-2]
	cases := map[string]struct {
		schema  int64
		words   string
		migrate bool // helps
	}{
		"a newer schema":  {last + 1, fmt.Sprintf("schema %d, this program knows schemas up to %d", last+1, last), false},
		"an older schema": {before, fmt.Sprintf("schema %d, this program needs schema %d: run `parus migrate`", before, last), true},
		"no schema":       {0, "run `parus migrate`", true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := servicetest.Database(t)
			db, err := postgis.Open(t.Context(), url)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(db.Close)
			if c.schema > 0 {
				if err := db.MigrateTo(t.Context(), min(c.schema, last)); err != nil {
					t.Fatal(err)
				}
			}
			if c.schema > last {
				run(t, connectTo(t, url), fmt.Sprintf(`insert into goose_db_version (version_id, is_applied) values (%d, true)`, c.schema))
			}
			err = db.CheckSchema(t.Context())
			if e := (postgis.SchemaError{}); !errors.As(err, &e) || e != (postgis.SchemaError{Got: c.schema, Want: last}) || !strings.Contains(err.Error(), c.words) {
				t.Errorf("got %v", err)
			}
			if err := db.Migrate(t.Context()); (err == nil) != c.migrate || (err != nil && !strings.Contains(err.Error(), c.words)) {
				t.Errorf("migrating gives %v", err)
			}
		})
	}
}

// A worker of the schema before is in the middle of a transaction while a new
// release migrates. Its transaction ends, others are not held up behind the
// migration, and it goes on with the new schema.
func TestMigratingWaitsForAWorkersTransactionAndHoldsUpNobody(t *testing.T) {
	t.Parallel()
	url := servicetest.Database(t)
	db := openAt(t, url, 16) // 18 alters work and season_run
	worker, other, watch := connectTo(t, url), connectTo(t, url), connectTo(t, url)
	run(t, worker, `insert into county (code, name) values ('370199', 'x');
		insert into work (key, county, stage, item, payload) values ('k', '370199', 'observe', 'x', '{}')`)
	run(t, worker, `begin; update work set state = 'running', claim = 'old'`)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- db.Migrate(ctx) }()
	until(t, func() bool {
		return strs(t, watch, `select count(*)::text from pg_locks where relation = 'work'::regclass and not granted and mode = 'AccessExclusiveLock'`)[0] != "0"
	})
	run(t, other, `insert into work (key, county, stage, item, payload) values ('l', '370199', 'observe', 'y', '{}')`) // passes once the migration gives way
	select {
	case err := <-done:
		t.Fatalf("the migration ended under a worker's transaction: %v", err)
	default:
	}
	run(t, worker, `update work set reason = 'still mine' where claim = 'old'; commit`)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	run(t, worker, `update work set state = 'done', claim = ''`)
	if got := strs(t, watch, `select key || state || reason || deaths from work order by key`); !slices.Equal(got, []string{"kdonestill mine0", "ldone0"}) {
		t.Errorf("got %v", got)
	}
}

// until looks until ok holds; the deadline of all tests bounds it.
func until(t *testing.T, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		<-tick.C
	}
}
