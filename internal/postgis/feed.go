package postgis

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"parus/internal/ledger"
	"parus/internal/publication"
	"parus/internal/season"
)

// FeedHead is the number of the last line of the log of what is live that
// anybody may have seen, 0 where there is none.
func (db *DB) FeedHead(ctx context.Context) (id int64, err error) {
	everything := publication.Scope{Counties: everyCounty}
	if err := db.in(everything).QueryRow(ctx, `select coalesce(max(id), 0) from feed`).Scan(&id); err != nil {
		return 0, fmt.Errorf("log of what is live: %w", err)
	}
	return id, nil
}

// Feed returns up to limit lines of counties in the scope after one, in order.
func (db *DB) Feed(ctx context.Context, s publication.Scope, after int64, limit int) ([]publication.FeedEvent, error) {
	const feed = `select id, county, at, kind, body from feed where id > $1 order by id limit $2`
	events, err := collectIn[publication.FeedEvent](ctx, db.in(s), feed, after, limit)
	if err != nil {
		return nil, fmt.Errorf("log of what is live: %w", err)
	}
	return events, nil
}

// Progress tells how far the open runs of counties in the scope are, and those
// named, by number. It is three queries, however many runs there are.
func (db *DB) Progress(ctx context.Context, s publication.Scope, also []int64) ([]publication.RunProgress, error) {
	const open = `
		select id, county, season, state, reason, created_at, estimate from season_run
		where state in ('running', 'paused') or id = any($1) order by id`
	in := db.in(s)
	if also == nil {
		also = []int64{}
	}
	rows, err := in.Query(ctx, open, also)
	if err != nil {
		return nil, fmt.Errorf("open runs: %w", err)
	}
	var estimates [][]byte
	runs, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (publication.RunProgress, error) {
		var p publication.RunProgress
		var estimate []byte
		err := row.Scan(&p.Run, &p.County, &p.Season, &p.State, &p.Reason, &p.CreatedAt, &estimate)
		estimates = append(estimates, estimate)
		return p, err
	})
	if err != nil {
		return nil, fmt.Errorf("open runs: %w", err)
	}
	ids := make([]int64, len(runs))
	for i, r := range runs {
		ids[i] = r.Run
	}
	paces, err := pacesOf(ctx, in, ids)
	if err != nil {
		return nil, err
	}
	for i := range runs {
		e, err := estimateOf(estimates[i])
		if err != nil {
			return nil, fmt.Errorf("estimate of run %d: %w", runs[i].Run, err)
		}
		progressOf(&runs[i], paces[runs[i].Run], e)
	}
	return runs, nil
}

// progressOf fills in a run's stages: those that have begun as they are, the
// others as expected.
func progressOf(p *publication.RunProgress, paces []ledger.Pace, e season.Estimate) {
	p.Stages = []publication.StageProgress{}
	begun := map[string]bool{}
	kept := make([]ledger.Pace, 0, len(paces))
	for _, s := range paces {
		if s.Stage == stageRender { // pictures for the map are drawn after a run
			continue
		}
		begun[s.Stage] = true
		kept = append(kept, s)
		row := publication.StageProgress{Stage: s.Stage, Units: s.Total(), Done: s.Done, Skipped: s.Skipped, Failed: s.Failed, Running: s.Running,
			Waiting: s.Pending, Cancelled: s.Cancelled, Earlier: max(0, s.Total()-s.Open()-s.Here), PerMinute: s.PerMinute(), Begun: true}
		if left, ok := s.Left(); ok {
			row.LeftS = seconds(left)
		}
		p.Stages = append(p.Stages, row)
		p.Failed += s.Failed
	}
	ends := p.State == season.RunRunning || p.State == season.RunPaused
	expected := map[string]time.Duration{}
	for _, s := range e.Stages {
		if !ends || begun[s.Stage] {
			continue
		}
		expected[s.Stage] = season.Seconds(s.WallS)
		p.Stages = append(p.Stages, publication.StageProgress{Stage: s.Stage, Units: s.Units, LeftS: &s.WallS})
	}
	for _, s := range p.Stages {
		p.Units, p.Ended = p.Units+s.Units, p.Ended+s.Ended()
	}
	if p.Units > 0 {
		p.Share = float64(p.Ended) / float64(p.Units)
	}
	if p.State == season.RunDone {
		p.Share = 1
	}
	if left, unknown := ledger.Left(kept, expected); unknown == "" && (len(kept) > 0 || len(expected) > 0 || !ends) {
		p.LeftS = seconds(left)
	}
}

// stageRender is the stage that draws pictures for the map.
const stageRender = "render"

func seconds(d time.Duration) *float64 {
	s := d.Seconds()
	return &s
}
