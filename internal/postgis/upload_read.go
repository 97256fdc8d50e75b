package postgis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"parus/internal/intake"
	"parus/internal/publication"
)

// A worker that breaks down on an upload leaves that in the ledger alone.
const selectUploads = `
	select u.id, u.county, u.name, u.account_name, u.size, u.got,
		case when w.state = 'failed' and u.state in ('checking', 'committing') then 'quarantined' else u.state end,
		coalesce(w.state = 'running', false) and u.state in ('checking', 'committing'), u.step,
		case when w.state = 'failed' and u.state in ('checking', 'committing') then case when w.deaths > 0 then 'crashed' when u.why = '' then 'failed' else u.why end else u.why end,
		case when w.state = 'failed' and u.state in ('checking', 'committing') then w.reason else u.reason end,
		u.round, u.options, u.rows_in, u.accepted, u.corrected, u.quarantined, u.release, u.known, coalesce(r.in_force, false), u.signed_by,
		u.created_at, u.moved_at, u.expires_at
	from upload u
	left join work w on w.key = u.unit and u.unit <> ''
	left join registry_release r on r.id = u.release `

func scanUpload(row pgx.CollectableRow) (intake.Upload, error) {
	var u intake.Upload
	var options []byte
	var in, accepted, corrected, quarantined *int
	err := row.Scan(&u.ID, &u.County, &u.Name, &u.By, &u.Size, &u.Got, &u.State, &u.Working, &u.Step, &u.Why, &u.Reason,
		&u.Round, &options, &in, &accepted, &corrected, &quarantined, &u.Release, &u.Known, &u.InForce, &u.Signed,
		&u.Created, &u.Moved, &u.Expires)
	if err != nil {
		return u, err
	}
	if in != nil {
		u.Rows = &intake.RowCount{In: *in, Accepted: orZero(accepted), Corrected: orZero(corrected), Quarantined: orZero(quarantined)}
	}
	return u, json.Unmarshal(options, &u.Options)
}

func uploads(ctx context.Context, by access, sql string, args ...any) ([]intake.Upload, error) {
	rows, err := by.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, scanUpload)
	return orNone(list), err
}

// Uploads lists a page of uploads in scope, the newest first.
func (db *DB) Uploads(ctx context.Context, s publication.Scope, after *intake.Cursor, limit int) (intake.Page, error) {
	const order = ` where $1::timestamptz is null or (u.created_at, u.id) < ($1, $2) order by u.created_at desc, u.id desc limit $3`
	var at any
	id := ""
	if after != nil {
		at, id = after.Created, after.ID
	}
	list, err := uploads(ctx, db.in(s), selectUploads+order, at, id, limit+1)
	if err != nil {
		return intake.Page{}, fmt.Errorf("uploads: %w", err)
	}
	more := len(list) > limit
	return intake.Page{Items: list[:min(limit, len(list))], More: more}, nil
}

// Upload returns one upload, or [publication.ErrNotFound].
func (db *DB) Upload(ctx context.Context, s publication.Scope, id string) (intake.Upload, error) {
	list, err := uploads(ctx, db.in(s), selectUploads+` where u.id = $1`, id)
	if err == nil && len(list) == 0 {
		err = publication.ErrNotFound
	}
	if err != nil {
		return intake.Upload{}, fmt.Errorf("upload %s: %w", id, err)
	}
	return list[0], nil
}

// UploadCard returns an upload with what was found in it.
func (db *DB) UploadCard(ctx context.Context, s publication.Scope, id string) (intake.UploadCard, error) {
	const more = `select found, report, (select count(*) from upload_defect d where d.upload = u.id and geom is not null) from upload u where id = $1`
	const kinds = `
		select code, severity, count(*), min(fix) from upload_defect where upload = $1 group by code, severity
		order by case severity when 'error' then 0 when 'repaired' then 1 else 2 end, count(*) desc, code`
	const history = `select at, actor, act, detail from upload_event where upload = $1 order by seq`
	const before = `
		select id, source, created_at, parcels, households from registry_release where county = $1 and in_force`
	u, err := db.Upload(ctx, s, id)
	if err != nil {
		return intake.UploadCard{}, err
	}
	c := intake.UploadCard{Upload: u, Kinds: []intake.DefectKind{}, History: []intake.UploadEvent{}, May: []string{}}
	wrong := func(err error) (intake.UploadCard, error) { return c, fmt.Errorf("upload %s: %w", id, err) }
	by := db.in(s)
	if err := by.QueryRow(ctx, more, id).Scan(&c.Found, &c.Report, &c.Placed); err != nil {
		return wrong(err)
	}
	if c.Kinds, err = collectIn[intake.DefectKind](ctx, by, kinds, id); err != nil {
		return wrong(err)
	}
	if c.History, err = collectIn[intake.UploadEvent](ctx, by, history, id); err != nil {
		return wrong(err)
	}
	c.Kinds, c.History = orNone(c.Kinds), orNone(c.History)
	var b intake.ReleaseBefore
	err = by.QueryRow(ctx, before, u.County).Scan(&b.Release, &b.Source, &b.Created, &b.Parcels, &b.Households)
	switch {
	case err == nil:
		c.Before = &b
	case !errors.Is(err, pgx.ErrNoRows):
		return wrong(err)
	}
	return c, nil
}

// $2 code, $3 severity, $4 part of a key, $5 whether it must have a place; for
// all of it where empty.
const whichDefects = `
	from upload_defect where upload = $1 and ($2 = '' or code = $2) and ($3 = '' or severity = $3)
		and ($4 = '' or position($4 in key) > 0) and (not $5 or geom is not null) `

// UploadDefects returns a page of an upload's defects in the report's order.
func (db *DB) UploadDefects(ctx context.Context, s publication.Scope, id string, q intake.DefectQuery) (intake.DefectPage, error) {
	page := intake.DefectPage{Items: []intake.Defect{}}
	by := db.in(s)
	args := []any{id, q.Code, q.Severity, q.Text, q.Placed}
	if _, err := db.Upload(ctx, s, id); err != nil {
		return page, err
	}
	if err := by.QueryRow(ctx, `select count(*)`+whichDefects, args...).Scan(&page.Total); err != nil {
		return page, fmt.Errorf("defects of upload %s: %w", id, err)
	}
	err := db.eachDefect(ctx, by, id, q, q.Limit+1, func(d intake.Defect) error {
		page.Items = append(page.Items, d)
		return nil
	})
	if page.More = len(page.Items) > q.Limit; page.More {
		page.Items = page.Items[:q.Limit]
	}
	return page, err
}

// EachUploadDefect passes on an upload's defects one by one, at most limit.
func (db *DB) EachUploadDefect(ctx context.Context, s publication.Scope, id string, q intake.DefectQuery, each func(intake.Defect) error) error {
	if _, err := db.Upload(ctx, s, id); err != nil {
		return err
	}
	return db.eachDefect(ctx, db.in(s), id, q, q.Limit, each)
}

func (db *DB) eachDefect(ctx context.Context, by access, id string, q intake.DefectQuery, limit int, each func(intake.Defect) error) error {
	const columns = `
		select seq, code, severity, layer, key, row_no, message, fix, original,
			st_xmin(geom), st_ymin(geom), st_xmax(geom), st_ymax(geom), st_asgeojson(geom, 8)::text`
	const order = ` and seq > $6 order by seq limit $7`
	rows, err := by.Query(ctx, columns+whichDefects+order, id, q.Code, q.Severity, q.Text, q.Placed, q.After, limit)
	if err != nil {
		return fmt.Errorf("defects of upload %s: %w", id, err)
	}
	defer rows.Close()
	for rows.Next() {
		var d intake.Defect
		var w, so, e, n *float64
		var shape *string
		err := rows.Scan(&d.Seq, &d.Code, &d.Severity, &d.Layer, &d.Key, &d.Row, &d.Message, &d.Fix, &d.Original, &w, &so, &e, &n, &shape)
		if err != nil {
			return fmt.Errorf("defects of upload %s: %w", id, err)
		}
		if w != nil && shape != nil {
			d.Bounds, d.Shape = &[4]float64{*w, *so, *e, *n}, json.RawMessage(*shape)
		}
		if err := each(d); err != nil {
			return err
		}
	}
	return rows.Err()
}

// UploadReport returns the whole report of an upload, or
// [publication.ErrNotFound] where there is none.
func (db *DB) UploadReport(ctx context.Context, s publication.Scope, id string) (json.RawMessage, error) {
	var full []byte
	err := db.in(s).QueryRow(ctx, `select report_gz from upload where id = $1 and report_gz is not null`, id).Scan(&full)
	if errors.Is(err, pgx.ErrNoRows) {
		err = publication.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("report of upload %s: %w", id, err)
	}
	return unpacked(full)
}
