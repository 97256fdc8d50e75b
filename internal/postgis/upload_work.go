package postgis

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"parus/internal/intake"
	"parus/internal/ledger"
)

// UploadsToDo lists uploads for which no unit is planned yet.
func (db *DB) UploadsToDo(ctx context.Context) ([]intake.Planned, error) {
	const list = `
		select id, county, name, size, round, case state when 'checking' then 'check' else 'commit' end
		from upload where state in ('checking', 'committing') and step = 'waiting' order by moved_at, id limit 100`
	todo, err := collect[intake.Planned](ctx, db, list)
	if err != nil {
		return nil, fmt.Errorf("uploads that wait for a worker: %w", err)
	}
	return todo, nil
}

// PlanUpload records the unit that works on an upload.
func (db *DB) PlanUpload(ctx context.Context, upload string, u ledger.Unit) error {
	if err := db.AskUnits(ctx, []ledger.Unit{u}); err != nil {
		return err
	}
	const note = `update upload set unit = $2, step = 'queued' where id = $1 and state in ('checking', 'committing') and step = 'waiting'`
	if _, err := db.pool.Exec(ctx, note, upload, u.Key); err != nil {
		return fmt.Errorf("plan upload %s: %w", upload, err)
	}
	return nil
}

// UploadJob returns what a worker needs to know of an upload.
func (db *DB) UploadJob(ctx context.Context, id string) (intake.Job, error) {
	const sql = `
		select u.id, u.county, coalesce(c.name, u.county), u.name, u.size, u.round, u.options, u.key_id, u.wrapped, coalesce(u.mapping, 'null'),
			u.signed_by, coalesce(u.signed_at, u.moved_at)
		from upload u left join county c on c.code = u.county where u.id = $1`
	var j intake.Job
	var keyID string
	var wrapped []byte
	err := db.pool.QueryRow(ctx, sql, id).Scan(&j.ID, &j.County, &j.CountyName, &j.Name, &j.Size, &j.Round, &j.Options, &keyID, &wrapped, &j.Mapping,
		&j.By, &j.At)
	if err != nil {
		return j, fmt.Errorf("upload %s: %w", id, err)
	}
	if keyID != "" {
		j.Key = &intake.Key{KeyID: keyID, Data: wrapped}
	}
	return j, nil
}

// UploadPieces passes on the pieces of an upload in order and checks that they
// are whole.
func (db *DB) UploadPieces(ctx context.Context, id string, each func(intake.Chunk) error) error {
	const next = `select start, size, digest, data from upload_piece where upload = $1 and start = $2`
	const size = `select size from upload where id = $1`
	var want int64
	if err := db.pool.QueryRow(ctx, size, id).Scan(&want); err != nil {
		return fmt.Errorf("upload %s: %w", id, err)
	}
	for at := int64(0); at < want; {
		var c intake.Chunk
		if err := db.pool.QueryRow(ctx, next, id, at).Scan(&c.At, &c.Size, &c.Digest, &c.Data); err != nil {
			if errors.Is(err, pgx.ErrNoRows) {
				err = fmt.Errorf("the piece at byte %d is missing", at)
			}
			return fmt.Errorf("upload %s: %w", id, err)
		}
		if err := each(c); err != nil {
			return fmt.Errorf("upload %s, byte %d: %w", id, at, err)
		}
		at += int64(c.Size)
	}
	return nil
}

// UploadStep notes what a worker does about an upload.
func (db *DB) UploadStep(ctx context.Context, id, step string) error {
	if _, err := db.pool.Exec(ctx, `update upload set step = $2 where id = $1 and state in ('checking', 'committing')`, id, step); err != nil {
		return fmt.Errorf("upload %s: %w", id, err)
	}
	return nil
}

// UploadBroke notes how a worker broke down on an upload, before its unit fails.
func (db *DB) UploadBroke(ctx context.Context, id, why string) error {
	if _, err := db.pool.Exec(ctx, `update upload set why = $2 where id = $1 and state in ('checking', 'committing')`, id, why); err != nil {
		return fmt.Errorf("upload %s: %w", id, err)
	}
	return nil
}

// FinishUploadCheck ends a claim with what a check has come to.
func (db *DB) FinishUploadCheck(ctx context.Context, c ledger.Claim, o ledger.Outcome, job intake.Job, r intake.Result, now time.Time) error {
	const end = `
		update upload set state = $3, step = '', why = $4, reason = $5, found = $6, report = $7, report_gz = $8,
			rows_in = $9, accepted = $10, corrected = $11, quarantined = $12, mapping = $13, moved_at = $14
		where id = $1 and round = $2 and state = 'checking'`
	return db.finish(ctx, c, o, func(tx pgx.Tx) error {
		state, act := intake.Checked, "checked"
		if r.Why != "" {
			state, act = intake.Refused, "refuse"
		}
		rows := [4]*int{}
		if r.Why == "" {
			rows = [4]*int{&r.Rows.In, &r.Rows.Accepted, &r.Rows.Corrected, &r.Rows.Quarantined}
		}
		tag, err := tx.Exec(ctx, end, job.ID, job.Round, state, r.Why, r.Reason, r.Found, r.Report, packed(r.Full),
			rows[0], rows[1], rows[2], rows[3], r.Mapping, now)
		if err != nil || tag.RowsAffected() == 0 { // withdrawn meanwhile
			return err
		}
		if _, err := tx.Exec(ctx, `delete from upload_defect where upload = $1`, job.ID); err != nil {
			return err
		}
		if err := copyDefects(ctx, tx, job, r.Defects); err != nil {
			return err
		}
		return tellUpload(ctx, tx, job.ID, intake.UploadEvent{At: now, Actor: "parus", Act: act, Detail: r.Why})
	})
}

func copyDefects(ctx context.Context, tx pgx.Tx, job intake.Job, defects []intake.Defect) error {
	if err := registerGeometry(ctx, tx); err != nil {
		return err
	}
	columns := []string{"upload", "county", "seq", "code", "severity", "layer", "key", "row_no", "message", "fix", "original", "geom"}
	return copyInto(ctx, tx, "upload_defect", columns, pgx.CopyFromSlice(len(defects), func(i int) ([]any, error) {
		d := defects[i]
		return []any{job.ID, job.County, int32(d.Seq), d.Code, d.Severity, d.Layer, plainText(d.Key), int32(d.Row), plainText(d.Message), d.Fix, plainText(d.Original), d.WKB}, nil
	}))
}

// plainText drops what PostgreSQL takes in no text.
func plainText(s string) string {
	return string(bytes.ReplaceAll(bytes.ToValidUTF8([]byte(s), []byte("\ufffd")), []byte{0}, nil))
}

// FinishUploadCommit ends a claim with the release that an upload has become; its
// pieces go.
func (db *DB) FinishUploadCommit(ctx context.Context, c ledger.Claim, o ledger.Outcome, job intake.Job, r intake.Release, now time.Time) error {
	const end = `
		update upload set state = $2, step = '', why = $3, reason = $4, release = nullif($5, 0), known = $6, moved_at = $7
		where id = $1 and state = 'committing'`
	return db.finish(ctx, c, o, func(tx pgx.Tx) error {
		state, act, detail := intake.Committed, "committed", fmt.Sprint(r.ID)
		if r.Why != "" {
			state, act, detail = intake.Refused, "refuse", r.Why
		}
		tag, err := tx.Exec(ctx, end, job.ID, state, r.Why, r.Reason, r.ID, r.Known, now)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		if state == intake.Committed {
			if _, err := tx.Exec(ctx, `delete from upload_piece where upload = $1`, job.ID); err != nil {
				return err
			}
		}
		return tellUpload(ctx, tx, job.ID, intake.UploadEvent{At: now, Actor: "parus", Act: act, Detail: detail})
	})
}

// ExpireUploads lets go of the bytes of uploads that were never finished or never
// committed, and returns how many there were. One that a worker has in hand
// stays.
func (db *DB) ExpireUploads(ctx context.Context, now time.Time) (int, error) {
	const expire = `
		update upload u set state = 'expired', step = '', moved_at = $1
		where expires_at < $1 and (state in ('receiving', 'checked', 'refused')
			or state in ('checking', 'committing') and exists (select from work w where w.key = u.unit and w.state = 'failed'))
		returning id`
	n := 0
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, expire, now)
		if err != nil {
			return err
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil || len(ids) == 0 {
			return err
		}
		n = len(ids)
		if _, err := tx.Exec(ctx, `delete from upload_piece where upload = any($1)`, ids); err != nil {
			return err
		}
		for _, id := range ids {
			if err := tellUpload(ctx, tx, id, intake.UploadEvent{At: now, Actor: "parus", Act: "expire"}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("expire uploads: %w", err)
	}
	return n, nil
}
