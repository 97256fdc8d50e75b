package postgis

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"parus/internal/ledger"
	"parus/internal/publication"
	"parus/internal/season"
)

// FinishOverlay ends a claim with what was drawn.
func (db *DB) FinishOverlay(ctx context.Context, c ledger.Claim, o ledger.Outcome, v season.Overlay) error {
	const insert = `
		insert into overlay (unit, county, scene, datetime, seen, clear, kinds) values ($1, $2, $3, $4, $5, $6, $7)`
	return db.finish(ctx, c, o, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, insert, c.ID, c.County, v.Scene, v.Datetime, v.Seen, v.Clear, v.Kinds); err != nil {
			return err
		}
		columns := []string{"unit", "county", "kind", "z", "x", "y", "data"}
		return copyInto(ctx, tx, "overlay_tile", columns, pgx.CopyFromSlice(len(v.Tiles), func(i int) ([]any, error) {
			t := v.Tiles[i]
			return []any{c.ID, c.County, t.Kind, int16(t.Z), int32(t.X), int32(t.Y), t.Data}, nil
		}))
	})
}

// RunsToDraw returns the runs behind the publications in force whose overlays
// this version of the code has not drawn, the newest first. It returns none
// while a run is open: a season's lines come first.
func (db *DB) RunsToDraw(ctx context.Context, version int) ([]season.Run, error) {
	return db.runs(ctx, `select r.id, r.county, r.season, r.registry, r.spec, r.state, r.reason
		from publication p join season_run r on r.id = p.run
		where p.in_force and r.state = 'done'
			and not exists (select from overlay_run o where o.run = r.id and o.version = $1)
			and not exists (select from season_run where state = 'running')
		order by p.id desc`, version)
}

// EndOverlays records that a run's overlays are drawn, as far as they can be.
func (db *DB) EndOverlays(ctx context.Context, run int64, version int) error {
	const end = `insert into overlay_run (run, version) values ($1, $2) on conflict do nothing`
	if _, err := db.pool.Exec(ctx, end, run, version); err != nil {
		return fmt.Errorf("end overlays of run %d: %w", run, err)
	}
	return nil
}

// drawn is what the overlays of a publication in scope come from.
const drawn = `
with seen as (
    select p.run from publication p
    where p.id = $1 and exists (select 1 from unnest($2::text[]) prefix where starts_with(p.county, prefix))
),
drawn as (
    select o.* from seen join run_work rw on rw.run = seen.run join overlay o on o.unit = rw.unit
)`

const selectOverlays = drawn + `
select scene, to_char(min(datetime), 'YYYY-MM-DD'), sum(clear)::float8 / greatest(sum(seen), 1),
       (select array_agg(distinct k order by k) from drawn e, unnest(e.kinds) k where e.scene = drawn.scene), max(unit)
from drawn group by scene order by min(datetime), scene collate "C"`

// Overlays lists the scenes of a publication that can be shown, by date.
func (db *DB) Overlays(ctx context.Context, s publication.Scope, id int64) ([]publication.SceneOverlay, error) {
	rows, err := db.in(s).Query(ctx, selectOverlays, id, prefixes(s))
	if err != nil {
		return nil, fmt.Errorf("overlays of publication %d: %w", id, err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[publication.SceneOverlay])
	if err != nil {
		return nil, fmt.Errorf("overlays of publication %d: %w", id, err)
	}
	return list, nil
}

const selectOverlayTile = drawn + `
select exists (select 1 from seen),
       (select t.data from drawn join overlay_tile t on t.unit = drawn.unit
        where drawn.scene = $3 and t.kind = $4 and t.z = $5 and t.x = $6 and t.y = $7 limit 1)`

// OverlayTile returns one raster tile, empty where nothing is drawn (yet), or
// [publication.ErrNotFound].
func (db *DB) OverlayTile(ctx context.Context, s publication.Scope, id int64, t publication.OverlayTile) ([]byte, error) {
	var seen bool
	var data []byte
	err := db.in(s).QueryRow(ctx, selectOverlayTile, id, prefixes(s), t.Scene, t.Kind, t.Z, t.X, t.Y).Scan(&seen, &data)
	if err != nil {
		return nil, fmt.Errorf("tile %d/%d/%d of scene %s: %w", t.Z, t.X, t.Y, t.Scene, err)
	}
	if !seen {
		return nil, fmt.Errorf("overlays of publication %d: %w", id, publication.ErrNotFound)
	}
	return data, nil
}
