package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"parus/internal/publication"

	"github.com/jackc/pgx/v5"
)

// growing is a county of its own, so that what happens there moves no other
// journey.
var growing = county{code: "370197", name: "新泽县", lon: 116.10, lat: 36.10, villages: 2}

// seedLive publishes it, leaves a run of it under way, and lets journeys ask for
// what workers would do next, step by step.
func seedLive(t *testing.T, s seeded) map[string]any {
	t.Helper()
	ctx := context.Background()
	addAccount(t, s, "watcher", publication.Officer, growing.code)
	addAccount(t, s, "chief", publication.Risk, growing.code)
	conn := dial(t, s.url)
	seedOf := seeded{rows: map[string]seedParcel{}, runOf: map[string]int64{}}
	first, err := seedOf.publish(ctx, conn, growing)
	if err != nil {
		t.Fatal(err)
	}
	q := &ids{ctx: ctx, conn: conn}
	run := q.one(`insert into season_run (county, season, registry, spec, digest, estimate)
		select county, season, registry, spec, 'live run', $2 from season_run where county = $1 returning id`, growing.code, liveEstimate)
	q.many(liveUnits, growing.code, run)
	if q.err != nil {
		t.Fatal(q.err)
	}
	steps := map[string]func() (int64, error){
		"/publish": func() (int64, error) { return publishAgain(ctx, conn, first, run) },
		"/advance": func() (int64, error) {
			tag, err := conn.Exec(ctx, `update work set state = 'done', started_at = now() - interval '2 s', finished_at = now() where id in (
				select w.id from work w join run_work x on x.unit = w.id where x.run = $1 and w.state in ('pending', 'running') order by w.id limit 5)`, run)
			return tag.RowsAffected(), err
		},
	}
	control := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, err := steps[r.URL.Path]()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		fmt.Fprint(w, n)
	}))
	t.Cleanup(control.Close)
	return map[string]any{"control": control.URL, "publication": first, "run": run, "household": seedOf.first.household, "county": growing.name}
}

const liveEstimate = `{"at": "2026-01-01T00:00:00Z", "threads": 2, "stages": [
	{"stage": "verify", "units": 6, "wall_s": 4, "low_s": 2, "high_s": 8, "runs": 3}, {"stage": "observe", "units": 24, "wall_s": 60, "low_s": 40, "high_s": 90, "runs": 3},
	{"stage": "decide", "units": 4, "at_most": true, "wall_s": 30, "low_s": 20, "high_s": 45, "runs": 0}, {"stage": "publish", "units": 1, "at_most": true, "wall_s": 6, "low_s": 3, "high_s": 9, "runs": 0}]}`

// liveUnits has $1 = county and $2 = run.
const liveUnits = `
	with unit as (
		insert into work (key, county, stage, item, payload, state, reason, poison, attempts, started_at, finished_at)
		select 'live ' || n, $1, case when n < 6 then 'verify' else 'observe' end, case when n < 6 then 'S2A_2025071' || n else 'S2A_20250714 over block ' || n end, '{}',
			case when n = 8 or n = 9 then 'failed' when n < 14 then 'done' when n < 16 then 'running' else 'pending' end,
			case when n = 8 then 'read B04 window (512,0): the file ends early' when n = 9 then 'the object store does not answer' else '' end, n = 8, 1,
			case when n < 16 then now() - interval '40 s' end, case when n < 14 then now() - interval '5 s' end
		from generate_series(0, 29) n returning id)
	insert into run_work (run, unit) select $2, id from unit returning unit`

// publishAgain is what publishing does: every household, a tenth of whose lines
// move, in a release of its own that is in force at once.
func publishAgain(ctx context.Context, conn *pgx.Conn, first, run int64) (id int64, err error) {
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		const insert = `
			insert into publication (county, season, registry, run, in_force)
			select county, season, registry, $2, true from publication where id = $1 returning id`
		if _, err := tx.Exec(ctx, `update publication set in_force = false where county = (select county from publication where id = $1)`, first); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, insert, first, run).Scan(&id); err != nil {
			return err
		}
		for _, table := range []string{"published_household", "published_parcel"} {
			_, err := tx.Exec(ctx, fmt.Sprintf(`create temporary table again on commit drop as select * from %s where publication = %d;
				update again set publication = %d, line_fen = case when id ~ '[13]$' then line_fen * 6 / 5 when id ~ '5$' then line_fen / 2 else line_fen end;
				insert into %s select * from again; drop table again`, table, first, id, table))
			if err != nil {
				return err
			}
		}
		return nil
	})
	return id, err
}
