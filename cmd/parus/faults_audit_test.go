package main

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// audit reads what a season has left in the database: every unit and its state,
// and how many rows there are in each table.
func (f *field) audit(t *testing.T, r *reference) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), f.database)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	r.units, r.rows = map[string]string{}, map[string]int{}
	collect := func(sql string, each func(name, value string)) {
		found, err := conn.Query(t.Context(), sql)
		if err != nil {
			t.Fatal(err)
		}
		var name, value string
		if _, err := pgx.ForEachRow(found, []any{&name, &value}, func() error { each(name, value); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	collect(`select w.stage || ' ' || w.item, w.state from work w where w.stage <> 'render'`, func(name, value string) {
		if _, twice := r.units[name]; twice {
			t.Errorf("unit %s is there twice", name)
		}
		r.units[name] = value
	})
	var tables []string
	collect(`select c.relname, '' from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition`, func(name, _ string) { tables = append(tables, name) })
	for _, table := range tables {
		var n int
		if err := conn.QueryRow(t.Context(), `select count(*) from `+pgx.Identifier{table}.Sanitize()).Scan(&n); err != nil {
			t.Fatal(err)
		}
		r.rows[table] = n
	}
	collect(`select 'events of run ' || run, (max(seq) - count(*))::text from run_event group by run`, func(name, gap string) {
		if gap != "0" {
			t.Errorf("the %s have gaps", name)
		}
	})
	if err := conn.QueryRow(t.Context(), `select coalesce(sum(deaths), 0) from work`).Scan(&r.deaths); err != nil {
		t.Fatal(err)
	}
}

// compare holds a season against an undisturbed one.
func (r reference) compare(t *testing.T, by reference) {
	t.Helper()
	if !maps.Equal(r.units, by.units) {
		for name, state := range by.units {
			if r.units[name] != state {
				t.Errorf("%s is %q, undisturbed %q", name, r.units[name], state)
			}
		}
		for name, state := range r.units {
			if by.units[name] == "" {
				t.Errorf("%s (%s) is of no undisturbed run", name, state)
			}
		}
	}
	for table, n := range by.rows {
		if r.rows[table] != n && !besides(table) {
			t.Errorf("%d rows of %s, undisturbed %d", r.rows[table], table, n)
		}
	}
}

// besides are tables that say nothing of a run: what is drawn for the map goes
// on after it, for as long as somebody works.
func besides(table string) bool {
	return strings.HasPrefix(table, "overlay") || slices.Contains([]string{"work", "run_work", "session", "sign_in_attempt"}, table)
}

// record is what a soak came to.
type record struct {
	by       reference
	seasons  int
	kills    int
	recovery map[string][]time.Duration
}

func (r *record) took(w *wound) {
	if r.recovery == nil {
		r.recovery = map[string][]time.Duration{}
	}
	kind := strings.Join(w.kinds, "+")
	r.recovery[kind] = append(r.recovery[kind], w.healed)
}

// tell prints the figures.
func (r *record) tell(t *testing.T) {
	t.Helper()
	killed := map[string]int{}
	var every []time.Duration
	for kinds, all := range r.recovery {
		for k := range strings.SplitSeq(kinds, "+") {
			killed[k] += len(all)
		}
		every = append(every, all...)
	}
	t.Logf("%d kills in %d seasons: %v", r.kills, r.seasons, killed)
	for _, kind := range slices.Sorted(maps.Keys(r.recovery)) {
		all := r.recovery[kind]
		t.Logf("%-16s %3d  recovery p50 %5.1f s  p95 %5.1f s  max %5.1f s", kind, len(all), quantile(all, 0.5), quantile(all, 0.95), quantile(all, 1))
	}
	t.Logf("%-16s %3d  recovery p50 %5.1f s  p95 %5.1f s  max %5.1f s", "all", len(every), quantile(every, 0.5), quantile(every, 0.95), quantile(every, 1))
}

// quantile is the smallest of the values that no less than the share q of them
// reach, in seconds.
func quantile(all []time.Duration, q float64) float64 {
	if len(all) == 0 {
		return 0
	}
	all = slices.Sorted(slices.Values(all))
	at := int(q*float64(len(all)) + 0.999999)
	return all[min(max(at, 1), len(all))-1].Seconds()
}
