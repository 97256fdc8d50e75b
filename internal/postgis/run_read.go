package postgis

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"parus/internal/publication"
	"parus/internal/season"
)

// Runs returns a page of runs of counties in the scope, the newest first.
func (db *DB) Runs(ctx context.Context, s publication.Scope, q publication.RunQuery) (publication.RunPage, error) {
	const list = `
		with page as (
			select * from season_run r
			where ($1 = 0 or r.id = $1) and starts_with(r.county, $2) and ($3 = '' or r.season = $3)
				and ($4 = '' or r.state = $4 or $4 = 'live' and r.state in ('running', 'paused')) and ($5 = 0 or r.id < $5)
			order by r.id desc limit $6 + 1
		)
		select r.id, r.county, c.name, r.season, r.state, r.reason, r.created_at, r.finished_at, n.total, n.ended, n.failed,
			coalesce(p.id, 0), coalesce(p.in_force, false)
		from page r join county c on c.code = r.county
		cross join lateral (
			select count(*) as total, count(*) filter (where w.state in ('done', 'skipped', 'failed', 'cancelled')) as ended,
				count(*) filter (where w.state = 'failed') as failed
			from run_work x join work w on w.id = x.unit where x.run = r.id and w.stage <> 'render') n
		left join lateral (select id, in_force from publication where run = r.id order by id desc limit 1) p on true
		order by r.id desc`
	items, err := collectIn[publication.Run](ctx, db.in(s), list, q.ID, q.County, q.Season, q.State, q.Before, q.Limit)
	if err != nil {
		return publication.RunPage{}, fmt.Errorf("list runs: %w", err)
	}
	p := publication.RunPage{Items: items}
	if len(items) > q.Limit {
		p.Items, p.More = items[:q.Limit], true
	}
	return p, nil
}

// RunCard returns a run of a county in the scope, or [publication.ErrNotFound].
func (db *DB) RunCard(ctx context.Context, s publication.Scope, id int64) (publication.RunCard, error) {
	const told = `select at, actor, act, state, reason from run_event where run = $1 order by seq`
	const before = `
		select coalesce(max(p.id), 0) from publication p join publication n on n.county = p.county and n.season = p.season
		where n.id = $1 and p.id < n.id`
	in := db.in(s)
	page, err := db.Runs(ctx, s, publication.RunQuery{ID: id, Limit: 1})
	if err != nil {
		return publication.RunCard{}, err
	}
	if len(page.Items) == 0 {
		return publication.RunCard{}, fmt.Errorf("run %d: %w", id, publication.ErrNotFound)
	}
	card := publication.RunCard{Run: page.Items[0], Actual: []publication.StageSpent{}}
	fail := func(err error) (publication.RunCard, error) { return card, fmt.Errorf("run %d: %w", id, err) }
	if card.History, err = collectIn[publication.RunAct](ctx, in, told, id); err != nil {
		return fail(err)
	}
	if err := in.QueryRow(ctx, before, card.Publication).Scan(&card.Before); err != nil {
		return fail(err)
	}
	progress, err := db.Progress(ctx, s, []int64{id})
	if err != nil {
		return fail(err)
	}
	for _, p := range progress {
		if p.Run == id {
			card.Progress = p
		}
	}
	var doc []byte
	if err := in.QueryRow(ctx, `select estimate from season_run where id = $1`, id).Scan(&doc); err != nil || doc == nil {
		return card, err
	}
	e, err := estimateOf(doc)
	if err != nil {
		return fail(err)
	}
	card.Plan = planOf(e)
	return card, db.spent(ctx, in, &card, e)
}

// spent fills in what a run has cost since it was estimated.
func (db *DB) spent(ctx context.Context, in access, card *publication.RunCard, e season.Estimate) error {
	actual, err := collectIn[season.StageActual](ctx, in, selectActual, card.ID, e.At)
	if err != nil {
		return fmt.Errorf("cost of run %d: %w", card.ID, err)
	}
	last := e.At
	for _, a := range actual {
		card.Actual = append(card.Actual, publication.StageSpent{Stage: a.Stage, Units: a.Units, WallS: a.Last.Sub(a.First).Seconds(), PeakBytes: a.PeakBytes})
		if a.Last.After(last) {
			last = a.Last
		}
	}
	if card.FinishedAt != nil && len(actual) > 0 {
		card.TookS = seconds(last.Sub(e.At))
	}
	return nil
}

func estimateOf(doc []byte) (e season.Estimate, err error) {
	if doc == nil {
		return e, nil
	}
	return e, json.Unmarshal(doc, &e)
}

// planOf is an estimate as people see it.
func planOf(e season.Estimate) *publication.RunPlan {
	low, wall, high := e.Wall()
	p := &publication.RunPlan{Threads: e.Threads, ToDo: e.ToDo(), LowS: low.Seconds(), WallS: wall.Seconds(), HighS: high.Seconds(),
		MemoryBytes: e.MemoryBytes(), DiskBytes: e.DiskBytes(), ImageryBytes: e.ImageryBytes, ImageryFiles: e.ImageryFiles, Stages: []publication.PlanStage{}}
	for _, s := range e.Stages {
		p.Stages = append(p.Stages, publication.PlanStage{Stage: s.Stage, Units: s.Units, Done: s.Done, AtMost: s.AtMost,
			LowS: s.LowS, WallS: s.WallS, HighS: s.HighS, Runs: s.Runs})
	}
	return p
}

// RunItems returns a page of a run's items: its units, and the items that were
// refused when inputs were read. A run outside the scope has none.
func (db *DB) RunItems(ctx context.Context, s publication.Scope, q publication.RunItemQuery) (publication.RunItemPage, error) {
	const items = `
		select stage, item, state, reason, attempts, poison, retryable from (
			select w.stage, w.item, w.state, w.reason, w.attempts, w.poison, w.state = 'failed' as retryable
			from run_work r join work w on w.id = r.unit
			where r.run = $1 and w.stage <> 'render' and ($2 = '' or w.state = $2)
			union all
			select stage, item, outcome, reason, 0, false, false from outcome where run = $1 and ($2 = '' or outcome = $2)
		) i
		where ($3 = '' or item ilike $4 escape '\') and ($5 = '' or (stage collate "C", item collate "C") > ($5, $6))
		order by stage collate "C", item collate "C" limit $7 + 1`
	like := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(q.Text) + "%"
	var after publication.RunItemCursor
	if q.After != nil {
		after = *q.After
	}
	rows, err := collectIn[publication.RunItem](ctx, db.in(s), items, q.Run, q.State, q.Text, like, after.Stage, after.Item, q.Limit)
	if err != nil {
		return publication.RunItemPage{}, fmt.Errorf("items of run %d: %w", q.Run, err)
	}
	p := publication.RunItemPage{Items: rows}
	if len(rows) > q.Limit {
		p.Items, p.More = rows[:q.Limit], true
	}
	return p, nil
}

const selectRescores = `
	select id, county, season, state, asked_by, asked_at, confirmed_by, reason, plan, planned_at, coalesce(run, 0), result from rescore `

func scanRescore(row pgx.CollectableRow) (publication.Rescore, error) {
	var r publication.Rescore
	var plan []byte
	err := row.Scan(&r.ID, &r.County, &r.Season, &r.State, &r.AskedBy, &r.AskedAt, &r.ConfirmedBy, &r.Reason, &plan, &r.PlannedAt, &r.Run, &r.Result)
	if err != nil || plan == nil {
		return r, err
	}
	e, err := estimateOf(plan)
	r.Plan = planOf(e)
	return r, err
}

// Rescores returns the last orders of counties in the scope, the newest first.
func (db *DB) Rescores(ctx context.Context, s publication.Scope, limit int) ([]publication.Rescore, error) {
	rows, err := db.in(s).Query(ctx, selectRescores+`order by id desc limit $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("orders to score again: %w", err)
	}
	return pgx.CollectRows(rows, scanRescore)
}

// Rescore returns an order of a county in the scope, or [publication.ErrNotFound].
func (db *DB) Rescore(ctx context.Context, s publication.Scope, id int64) (publication.Rescore, error) {
	return oneRescore(ctx, db.in(s), selectRescores+`where id = $1`, id)
}

func oneRescore(ctx context.Context, q querier, sql string, args ...any) (publication.Rescore, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return publication.Rescore{}, fmt.Errorf("order to score again: %w", err)
	}
	r, err := pgx.CollectExactlyOneRow(rows, scanRescore)
	if err != nil {
		return r, notFound("order to score again", err)
	}
	return r, nil
}

// AskRescore asks for a plan to score a county's season again, also where one
// was made before and nobody has confirmed it. It fails with
// [publication.ErrState] where a run of the season is open, and with
// [publication.ErrNotFound] where it has none or lies outside the scope.
func (db *DB) AskRescore(ctx context.Context, s publication.Scope, a publication.AskingRescore) (publication.Rescore, error) {
	const ask = `
		insert into rescore (county, season, asked_by, asked_at) values ($1, $2, $3, $4)
		on conflict (county, season) where state in ('asked', 'planned', 'confirmed') do update
			set state = case when rescore.state = 'planned' then 'asked' else rescore.state end,
				asked_by = excluded.asked_by, asked_at = excluded.asked_at
		returning id`
	var id int64
	err := pgx.BeginFunc(ctx, db.in(s), func(tx pgx.Tx) error {
		var known, open bool
		const look = `select count(*) > 0, coalesce(bool_or(state in ('running', 'paused')), false) from season_run where county = $1 and season = $2`
		if err := tx.QueryRow(ctx, look, a.County, a.Season).Scan(&known, &open); err != nil {
			return err
		}
		switch {
		case !known:
			return publication.ErrNotFound
		case open:
			return stateError("a run of the season is open")
		}
		return tx.QueryRow(ctx, ask, a.County, a.Season, a.Actor, a.At).Scan(&id)
	})
	if err != nil {
		return publication.Rescore{}, fmt.Errorf("ask to score %s %s again: %w", a.County, a.Season, err)
	}
	return db.Rescore(ctx, s, id)
}

// MoveRescore confirms a planned order, with a reason, or withdraws one. An
// order in another state is left alone: [publication.ErrState].
func (db *DB) MoveRescore(ctx context.Context, s publication.Scope, m publication.RescoreMove) error {
	const confirm = `
		update rescore set state = 'confirmed', confirmed_by = $2, reason = $3, confirmed_at = $4 where id = $1 and state = 'planned' returning id`
	const withdraw = `update rescore set state = 'withdrawn' where id = $1 and state in ('asked', 'planned') returning id`
	if _, err := db.Rescore(ctx, s, m.Rescore); err != nil {
		return err
	}
	sql, args := withdraw, []any{m.Rescore}
	if m.Act == "start" {
		sql, args = confirm, []any{m.Rescore, m.Actor, m.Reason, m.At}
	}
	tag, err := db.in(s).Exec(ctx, sql, args...)
	if err == nil && tag.RowsAffected() == 0 {
		err = stateError("it has moved on")
	}
	if err != nil {
		return fmt.Errorf("%s order %d: %w", m.Act, m.Rescore, err)
	}
	return nil
}
