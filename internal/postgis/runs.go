package postgis

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"parus/internal/season"
)

// SaveInput keeps a file that runs depend on and returns its digest.
func (db *DB) SaveInput(ctx context.Context, kind, name string, data []byte) (string, error) {
	const insert = `
		insert into input (digest, kind, name, data) values ($1, $2, $3, $4) on conflict (digest) do nothing`
	sum := sha256.Sum256(data)
	digest := hex.EncodeToString(sum[:])
	if _, err := db.pool.Exec(ctx, insert, digest, kind, name, data); err != nil {
		return "", fmt.Errorf("keep %s %s: %w", kind, name, err)
	}
	return digest, nil
}

// Input returns the content of a kept file.
func (db *DB) Input(ctx context.Context, digest string) ([]byte, error) {
	var data []byte
	err := db.pool.QueryRow(ctx, `select data from input where digest = $1`, digest).Scan(&data)
	if err != nil {
		return nil, fmt.Errorf("input %.12s: %w", digest, err)
	}
	return data, nil
}

// StartRun records a run, or finds the one that was asked for with the same
// specification before, and returns it. A run that had failed runs again.
func (db *DB) StartRun(ctx context.Context, r season.Run) (season.Run, error) {
	return startRun(ctx, db.pool, r)
}

// writer is a connection or a transaction of it.
type writer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func startRun(ctx context.Context, w writer, r season.Run) (season.Run, error) {
	const insert = `
		insert into season_run (county, season, registry, spec, digest) values ($1, $2, $3, $4, $5)
		on conflict (digest) do update set spec = excluded.spec,
			state = case when season_run.state = 'failed' then 'running' else season_run.state end,
			reason = case when season_run.state = 'failed' then '' else season_run.reason end
		returning id, registry, state, reason`
	spec, err := json.Marshal(r.Spec)
	if err != nil {
		return season.Run{}, fmt.Errorf("start run of %s %s: %w", r.County, r.Season, err)
	}
	err = w.QueryRow(ctx, insert, r.County, r.Season, r.Registry, spec, r.Spec.Digest()).
		Scan(&r.ID, &r.Registry, &r.State, &r.Reason)
	if err != nil {
		return season.Run{}, fmt.Errorf("start run of %s %s: %w", r.County, r.Season, err)
	}
	return r, nil
}

// OpenRuns returns the runs that are not at their end, oldest first.
func (db *DB) OpenRuns(ctx context.Context) ([]season.Run, error) {
	return db.runs(ctx, `select id, county, season, registry, spec, state, reason
		from season_run where state = 'running' order by id`)
}

// OpenRunIDs lists the runs that are not at their end, oldest first, without
// what they are made of: a province's are megabytes, and asked for each second.
func (db *DB) OpenRunIDs(ctx context.Context) ([]int64, error) {
	rows, err := db.pool.Query(ctx, `select id from season_run where state = 'running' order by id`)
	if err != nil {
		return nil, fmt.Errorf("open runs: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// Run returns a run by number.
func (db *DB) Run(ctx context.Context, id int64) (season.Run, error) {
	runs, err := db.runs(ctx, `select id, county, season, registry, spec, state, reason from season_run where id = $1`, id)
	if err != nil {
		return season.Run{}, err
	}
	if len(runs) == 0 {
		return season.Run{}, fmt.Errorf("run %d: %w", id, pgx.ErrNoRows)
	}
	return runs[0], nil
}

func (db *DB) runs(ctx context.Context, sql string, args ...any) ([]season.Run, error) {
	rows, err := db.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("season runs: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (season.Run, error) {
		var r season.Run
		var spec []byte
		if err := row.Scan(&r.ID, &r.County, &r.Season, &r.Registry, &spec, &r.State, &r.Reason); err != nil {
			return r, err
		}
		return r, json.Unmarshal(spec, &r.Spec)
	})
}

// EndRun records how a run ended. A run that has ended stays as it is.
func (db *DB) EndRun(ctx context.Context, id int64, state, reason string) error {
	const end = `
		update season_run set state = $2, reason = $3, finished_at = now() where id = $1 and state = 'running'`
	if _, err := db.pool.Exec(ctx, end, id, state, reason); err != nil {
		return fmt.Errorf("end run %d: %w", id, err)
	}
	return nil
}

// RecordOutcomes keeps how items that are no unit of their own ended. Of an
// item that is named twice, all reasons are kept.
func (db *DB) RecordOutcomes(ctx context.Context, run int64, outcomes []season.Outcome) error {
	return recordOutcomes(ctx, db.pool, run, outcomes)
}

func recordOutcomes(ctx context.Context, w writer, run int64, outcomes []season.Outcome) error {
	const insert = `
		insert into outcome (run, stage, item, outcome, reason)
		select $1, stage, item, min(outcome), string_agg(reason, '; ' order by at)
		from (select stage, item, outcome, reason, min(at) at
			from unnest($2::text[], $3::text[], $4::text[], $5::text[]) with ordinality o (stage, item, outcome, reason, at)
			group by stage, item, outcome, reason) once
		group by stage, item
		on conflict (run, stage, item) do update set outcome = excluded.outcome, reason = excluded.reason`
	n := len(outcomes)
	stage, item, outcome, reason := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	for i, o := range outcomes {
		stage[i], item[i], outcome[i], reason[i] = o.Stage, o.Item, o.Outcome, o.Reason
	}
	if _, err := w.Exec(ctx, insert, run, stage, item, outcome, reason); err != nil {
		return fmt.Errorf("record %d outcomes of run %d: %w", n, run, err)
	}
	return nil
}

// ForgetOutcomes drops what was recorded by [DB.RecordOutcomes] of some stages,
// for a run whose inputs are read anew.
func (db *DB) ForgetOutcomes(ctx context.Context, run int64, stages ...string) error {
	if _, err := db.pool.Exec(ctx, `delete from outcome where run = $1 and stage = any($2)`, run, stages); err != nil {
		return fmt.Errorf("forget outcomes of run %d: %w", run, err)
	}
	return nil
}

// RunOutcomes returns the outcomes of a run: of its units, of the items that
// units name and of those recorded beside them, in order of stage and item.
// What is drawn for the map after a run is no part of it.
func (db *DB) RunOutcomes(ctx context.Context, run int64) ([]season.Outcome, error) {
	const outcomes = `
		select * from (
			select w.item, w.stage, w.state,
				concat_ws('; ', nullif(w.reason, ''), nullif(array_to_string(w.notes, '; '), ''))
			from work w join run_work r on r.unit = w.id
			where r.run = $1 and w.state in ('done', 'skipped', 'failed', 'cancelled') and w.stage <> 'render'
			union
			select i->>'item', w.stage, i->>'outcome', i->>'reason'
			from work w join run_work r on r.unit = w.id
			cross join lateral jsonb_array_elements(w.result->'items') i
			where r.run = $1 and w.state in ('done', 'skipped') and w.result ? 'items'
			union
			select item, stage, outcome, reason from outcome where run = $1
		) o order by stage collate "C", item collate "C"`
	rows, err := db.pool.Query(ctx, outcomes, run)
	if err != nil {
		return nil, fmt.Errorf("outcomes of run %d: %w", run, err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (season.Outcome, error) {
		var o season.Outcome
		err := row.Scan(&o.Item, &o.Stage, &o.Outcome, &o.Reason)
		return o, err
	})
}

// LastRun returns the latest run of a county's season.
func (db *DB) LastRun(ctx context.Context, county, name string) (season.Run, error) {
	runs, err := db.runs(ctx, `select id, county, season, registry, spec, state, reason from season_run
		where county = $1 and season = $2 order by id desc limit 1`, county, name)
	if err != nil {
		return season.Run{}, err
	}
	if len(runs) == 0 {
		return season.Run{}, fmt.Errorf("county %s has no run of season %s: start one with `parus run`", county, name)
	}
	return runs[0], nil
}

// Snapshot returns the snapshot of a decision by the beginning of its digest,
// twelve characters at least, or by household, then the latest.
func (db *DB) Snapshot(ctx context.Context, name string) ([]byte, error) {
	const find = `
		select snapshot from decision
		where household_id = $1 or (length($1) >= 12 and digest like $2 escape '\')
		order by unit desc limit 1`
	var doc []byte
	like := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(name) + "%"
	err := db.pool.QueryRow(ctx, find, name, like).Scan(&doc)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("decision %q: there is none: give a household's id, or the digest that a replay of it prints", name)
	}
	if err != nil {
		return nil, fmt.Errorf("decision %q: %w", name, err)
	}
	return doc, nil
}
