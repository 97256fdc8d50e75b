package postgis

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"parus/imagery"
	"parus/internal/ledger"
	"parus/internal/season"
)

// FinishScene ends the verification of a scene and keeps what it found.
func (db *DB) FinishScene(ctx context.Context, c ledger.Claim, o ledger.Outcome, s imagery.Scene) error {
	const insert = `insert into scene (unit, county, id, datetime, cloud, scene) values ($1, $2, $3, $4, $5, $6)`
	doc, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("scene %s: %w", s.ID, err)
	}
	return db.finish(ctx, c, o, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, insert, c.ID, c.County, s.ID, s.Datetime, s.CloudCover, doc)
		return err
	})
}

// Scene returns the verified scene of a unit.
func (db *DB) Scene(ctx context.Context, unit int64) (imagery.Scene, error) {
	var doc []byte
	var s imagery.Scene
	if err := db.pool.QueryRow(ctx, `select scene from scene where unit = $1`, unit).Scan(&doc); err != nil {
		return s, fmt.Errorf("scene of unit %d: %w", unit, err)
	}
	if err := json.Unmarshal(doc, &s); err != nil {
		return s, fmt.Errorf("scene of unit %d: %w", unit, err)
	}
	return s, nil
}

// FinishCoverage ends the covering of a block and keeps the fractions.
func (db *DB) FinishCoverage(ctx context.Context, c ledger.Claim, o ledger.Outcome, data []byte) error {
	return db.finish(ctx, c, o, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `insert into coverage (unit, data) values ($1, $2)`, c.ID, data)
		return err
	})
}

// Coverage returns the fractions that a unit kept.
func (db *DB) Coverage(ctx context.Context, unit int64) ([]byte, error) {
	return db.blob(ctx, `select data from coverage where unit = $1`, unit)
}

// FinishObservation ends the observation of a block in a scene and keeps the
// sums, those of parcels that reach into other blocks apart.
func (db *DB) FinishObservation(ctx context.Context, c ledger.Claim, o ledger.Outcome, data, shared []byte) error {
	return db.finish(ctx, c, o, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `insert into observation (unit, data, shared) values ($1, $2, $3)`, c.ID, data, orNone(shared))
		return err
	})
}

// Observation returns the sums that a unit kept of parcels that lie in its
// block.
func (db *DB) Observation(ctx context.Context, unit int64) ([]byte, error) {
	return db.blob(ctx, `select data from observation where unit = $1`, unit)
}

// SharedObservation returns the sums that a unit kept of parcels that reach
// into other blocks.
func (db *DB) SharedObservation(ctx context.Context, unit int64) ([]byte, error) {
	return db.blob(ctx, `select shared from observation where unit = $1`, unit)
}

func (db *DB) blob(ctx context.Context, sql string, unit int64) ([]byte, error) {
	var data []byte
	if err := db.pool.QueryRow(ctx, sql, unit).Scan(&data); err != nil {
		return nil, fmt.Errorf("result of unit %d: %w", unit, err)
	}
	return data, nil
}

// FinishSeries ends the assembly of a block's series and keeps them.
func (db *DB) FinishSeries(ctx context.Context, c ledger.Claim, o ledger.Outcome, rows []season.Series) error {
	columns := []string{"unit", "parcel_id", "pixels", "dates", "scenes", "valid", "layers", "vals", "ndvi_sd", "smooth", "phenology"}
	return db.finishRows(ctx, c, o, "series", columns, len(rows), func(i int) ([]any, error) {
		r := rows[i]
		return []any{c.ID, r.ParcelID, r.Pixels, orNone(r.Dates), orNone(r.Scenes), orNone(r.Valid), orNone(r.Layers),
			orNone(r.Values), orNone(r.NDVISD), orNone(r.Smooth), orEmpty(r.Phenology)}, nil
	})
}

// Series returns the series that a unit kept, in order of parcel.
func (db *DB) Series(ctx context.Context, unit int64) ([]season.Series, error) {
	const sql = `
		select parcel_id, pixels, dates, scenes, valid, layers, vals, ndvi_sd, smooth, phenology
		from series where unit = $1 order by parcel_id collate "C"`
	return collect[season.Series](ctx, db, sql, unit)
}

// FinishFindings ends the reconciliation of a block and keeps what it found.
func (db *DB) FinishFindings(ctx context.Context, c ledger.Claim, o ledger.Outcome, rows []season.Finding) error {
	columns := []string{"unit", "parcel_id", "dates", "edge", "east_m", "north_m", "gain", "split_share", "split_contrast", "split_line", "joined"}
	return db.finishRows(ctx, c, o, "parcel_finding", columns, len(rows), func(i int) ([]any, error) {
		r := rows[i]
		edge := &r.Edge
		if r.Edge != r.Edge {
			edge = nil
		}
		return []any{c.ID, r.ParcelID, r.Dates, edge, r.EastM, r.NorthM, r.Gain, r.SplitShare, r.SplitContrast, orNone(r.SplitLine), orNone(r.Joined)}, nil
	})
}

// Findings returns what units of reconciliation kept, in order of parcel.
func (db *DB) Findings(ctx context.Context, units []int64) ([]season.Finding, error) {
	const sql = `
		select parcel_id, dates, coalesce(edge, 'NaN'), east_m, north_m, gain, split_share, split_contrast, split_line, joined
		from parcel_finding where unit = any($1) order by parcel_id collate "C"`
	return collect[season.Finding](ctx, db, sql, units)
}

// FinishCrops ends the recognition of a block's crops and keeps them.
func (db *DB) FinishCrops(ctx context.Context, c ledger.Claim, o ledger.Outcome, rows []season.Crop) error {
	columns := []string{"unit", "parcel_id", "match_p", "match_reasons", "classes", "posterior", "abstained", "reason", "observations", "last_clear"}
	return db.finishRows(ctx, c, o, "parcel_crop", columns, len(rows), func(i int) ([]any, error) {
		r := rows[i]
		return []any{c.ID, r.ParcelID, r.MatchP, orNone(r.MatchReasons), orNone(r.Classes), orNone(r.Posterior),
			r.Abstained, r.Reason, r.Observations, r.LastClear}, nil
	})
}

// Crops returns what units of recognition kept, in order of parcel.
func (db *DB) Crops(ctx context.Context, units []int64) ([]season.Crop, error) {
	const sql = `
		select parcel_id, match_p, match_reasons, classes, posterior, abstained, reason, observations, last_clear
		from parcel_crop where unit = any($1) order by parcel_id collate "C"`
	return collect[season.Crop](ctx, db, sql, units)
}

// FinishYields ends the estimate of a season's yields and keeps n of them, which
// it asks for one after another.
func (db *DB) FinishYields(ctx context.Context, c ledger.Claim, o ledger.Outcome, n int, row func(int) (season.Yield, error)) error {
	columns := []string{"unit", "parcel_id", "p10", "p50", "p90", "mean", "sd", "detail"}
	return db.finishRows(ctx, c, o, "parcel_yield", columns, n, func(i int) ([]any, error) {
		r, err := row(i)
		return []any{c.ID, r.ParcelID, r.P10, r.P50, r.P90, r.Mean, r.SD, orEmpty(r.Detail)}, err
	})
}

// FinishDecisions ends the deciding of some households and keeps the decisions,
// and beside them what a challenger said.
func (db *DB) FinishDecisions(ctx context.Context, c ledger.Claim, o ledger.Outcome, rows []season.Decision) error {
	columns := []string{"unit", "household_id", "digest", "snapshot", "decision", "line_fen", "pd", "apr", "due_date", "referred", "reasons"}
	ofShadow := []string{"unit", "household_id", "policy", "line_fen", "pd", "apr", "capital_fen", "expected_loss_fen", "referred", "rejected", "binding", "rules"}
	var shadows []*season.Shadow
	for _, r := range rows {
		if r.Shadow != nil {
			shadows = append(shadows, r.Shadow)
		}
	}
	return db.finish(ctx, c, o, func(tx pgx.Tx) error {
		err := copyInto(ctx, tx, "decision", columns, pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) {
			r := rows[i]
			return []any{c.ID, r.HouseholdID, r.Digest, r.Snapshot, r.Decision, r.LineFen, r.PD, r.APR, r.DueDate,
				r.Referred, orNone(r.Reasons)}, nil
		}))
		if err != nil || len(shadows) == 0 {
			return err
		}
		return copyInto(ctx, tx, "shadow_decision", ofShadow, pgx.CopyFromSlice(len(shadows), func(i int) ([]any, error) {
			x := shadows[i]
			return []any{c.ID, x.HouseholdID, x.Policy, x.LineFen, x.PD, x.APR, x.CapitalFen, x.ExpectedLossFen, x.Referred, x.Rejected, x.Binding,
				orNone(x.Rules)}, nil
		}))
	})
}

func (db *DB) finishRows(ctx context.Context, c ledger.Claim, o ledger.Outcome, table string, columns []string, n int, row func(int) ([]any, error)) error {
	return db.finish(ctx, c, o, func(tx pgx.Tx) error {
		return copyInto(ctx, tx, table, columns, pgx.CopyFromSlice(n, row))
	})
}

func collect[T any](ctx context.Context, db *DB, sql string, args ...any) ([]T, error) {
	return collectIn[T](ctx, db.pool, sql, args...)
}

func collectIn[T any](ctx context.Context, a access, sql string, args ...any) ([]T, error) {
	rows, err := a.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[T])
}

// orNone stands an empty array in for a nil one: columns hold no nulls.
func orNone[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// Estimables returns the parcels of a registry release that have a series and
// a crop among the given units, in order of parcel.
func (db *DB) Estimables(ctx context.Context, registry int64, seriesUnits, cropUnits []int64) ([]season.Estimable, error) {
	const sql = `
		select p.id, st_x(m.at), st_y(m.at), p.area_m2, s.pixels, s.smooth, c.match_p, c.classes, c.posterior, c.observations,
			s.dates, s.valid, series_layer(s.layers, s.vals, 'ndvi'), series_layer(s.layers, s.vals, 'ndwi'),
			series_layer(s.layers, s.vals, 'B03'), series_layer(s.layers, s.vals, 'B11')
		from parcel p
		join series s on s.parcel_id = p.id and s.unit = any($2)
		cross join lateral (select st_centroid(st_envelope(p.geom)) as at) m
		join parcel_crop c on c.parcel_id = p.id and c.unit = any($3)
		where p.registry = $1 order by p.id collate "C"`
	rows, err := db.pool.whole().Query(ctx, sql, registry, seriesUnits, cropUnits)
	if err != nil {
		return nil, fmt.Errorf("parcels to estimate of registry %d: %w", registry, err)
	}
	var known shared
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (season.Estimable, error) {
		e, err := pgx.RowToStructByPos[season.Estimable](row)
		e.Dates, e.Classes = known.days(e.Dates), known.words(e.Classes)
		return e, err
	})
}
