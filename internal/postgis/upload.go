package postgis

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"parus/internal/intake"
	"parus/internal/publication"
)

// AddUpload begins an upload, or returns an [intake.Refusal] where the account or
// the county has no room for it.
func (db *DB) AddUpload(ctx context.Context, s publication.Scope, n intake.New) (intake.Upload, error) {
	// What is kept of a county is counted by one server at a time.
	const lock = `select pg_advisory_xact_lock(hashtextextended('parus uploads ' || $1, 0))`
	const room = `
		select coalesce(sum(size) filter (where state not in ('committed', 'expired', 'withdrawn')), 0)::bigint,
			count(*) filter (where account = $2 and state = 'receiving' and expires_at > $3),
			count(*) filter (where account = $2 and created_at > $3 - interval '1 day')
		from upload where county = $1`
	const insert = `
		insert into upload (id, county, account, account_name, name, size, key_id, wrapped, created_at, moved_at, expires_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10)`
	if !s.Sees(n.County) {
		return intake.Upload{}, fmt.Errorf("upload for county %s: %w", n.County, publication.ErrNotFound)
	}
	if n.Size > n.Limits.Bytes {
		return intake.Upload{}, &intake.Refusal{Code: intake.TooLarge}
	}
	err := pgx.BeginFunc(ctx, db.in(s), func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, lock, n.County); err != nil {
			return err
		}
		var kept, open, today int64
		if err := tx.QueryRow(ctx, room, n.County, n.Account, n.At).Scan(&kept, &open, &today); err != nil {
			return err
		}
		switch {
		case kept+n.Size > n.Limits.CountyBytes:
			return &intake.Refusal{Code: intake.Quota}
		case open >= int64(n.Limits.Open), today >= int64(n.Limits.PerDay):
			return &intake.Refusal{Code: intake.TooMany}
		}
		keyID, wrapped := "", []byte(nil)
		if n.Key != nil {
			keyID, wrapped = n.Key.KeyID, n.Key.Data
		}
		_, err := tx.Exec(ctx, insert, n.ID, n.County, n.Account, n.By, n.Name, n.Size, keyID, wrapped, n.At, n.At.Add(n.Limits.Life))
		if err != nil {
			return err
		}
		return tellUpload(ctx, tx, n.ID, intake.UploadEvent{At: n.At, Actor: n.By, Act: "begin", Detail: n.Name})
	})
	if err != nil {
		return intake.Upload{}, fmt.Errorf("begin upload of county %s: %w", n.County, err)
	}
	return db.Upload(ctx, s, n.ID)
}

// tellUpload adds a line to an upload's history.
func tellUpload(ctx context.Context, tx pgx.Tx, id string, e intake.UploadEvent) error {
	const insert = `
		insert into upload_event (upload, county, seq, at, actor, act, detail)
		select u.id, u.county, (select count(*) + 1 from upload_event e where e.upload = u.id), $2, $3, $4, $5 from upload u where u.id = $1`
	_, err := tx.Exec(ctx, insert, id, e.At, e.Actor, e.Act, e.Detail)
	return err
}

// UploadSealing returns what a server needs to take in an upload's bytes: who may
// send them, and under which key they are sealed.
func (db *DB) UploadSealing(ctx context.Context, s publication.Scope, id string) (intake.Sealing, error) {
	const sql = `select county, account, size, got, state, expires_at, key_id, wrapped from upload where id = $1`
	var u intake.Sealing
	err := db.in(s).QueryRow(ctx, sql, id).Scan(&u.County, &u.Account, &u.Size, &u.Got, &u.State, &u.Expires, &u.Key.KeyID, &u.Key.Data)
	if errors.Is(err, pgx.ErrNoRows) {
		err = publication.ErrNotFound
	}
	if err != nil {
		return u, fmt.Errorf("upload %s: %w", id, err)
	}
	return u, nil
}

// AppendUpload keeps the bytes that follow what has come and returns how many
// have come by now. Of two that send the same bytes one is told
// [intake.WrongPlace]. With the last byte the upload waits to be checked.
func (db *DB) AppendUpload(ctx context.Context, s publication.Scope, p intake.Piece) (int64, error) {
	const move = `
		update upload set got = got + $4, moved_at = $5, step = case when got + $4 = size then 'waiting' else step end,
			state = case when got + $4 = size then 'checking' else state end, round = case when got + $4 = size then 1 else round end,
			expires_at = $5 + case when got + $4 = size then $7::interval else $6::interval end
		where id = $1 and account = $2 and state = 'receiving' and got = $3 and got + $4 <= size and expires_at > $5
		returning county, got, state, account_name`
	const insert = `insert into upload_piece (upload, county, start, size, digest, data) values ($1, $2, $3, $4, $5, $6)`
	var county, by string
	var got int64
	var state intake.State
	err := pgx.BeginFunc(ctx, db.in(s), func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, move, p.Upload, p.Account, p.At, p.Size, p.Now, p.Limits.Life, p.Limits.Keep).Scan(&county, &got, &state, &by)
		if errors.Is(err, pgx.ErrNoRows) {
			return notAppended(ctx, tx, p)
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, insert, p.Upload, county, p.At, p.Size, p.Digest, p.Data); err != nil {
			return err
		}
		if state != intake.Checking {
			return nil
		}
		return tellUpload(ctx, tx, p.Upload, intake.UploadEvent{At: p.Now, Actor: by, Act: "finish", Detail: fmt.Sprint(got)})
	})
	if err != nil {
		return 0, fmt.Errorf("append to upload %s: %w", p.Upload, err)
	}
	return got, nil
}

// notAppended tells why bytes are not taken.
func notAppended(ctx context.Context, tx pgx.Tx, p intake.Piece) error {
	const sql = `select account, got, size, state, expires_at <= $2 from upload where id = $1`
	var account, got, size int64
	var state intake.State
	var late bool
	err := tx.QueryRow(ctx, sql, p.Upload, p.Now).Scan(&account, &got, &size, &state, &late)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return publication.ErrNotFound
	case err != nil:
		return err
	case account != p.Account:
		return &intake.Refusal{Code: intake.NotYours}
	case !state.Open() || late && state == intake.Receiving:
		return &intake.Refusal{Code: intake.Gone}
	case got != p.At:
		return &intake.Refusal{Code: intake.WrongPlace, At: got}
	case state != intake.Receiving:
		return &intake.Refusal{Code: intake.WrongState}
	}
	return &intake.Refusal{Code: intake.TooMuch}
}

// CheckUpload asks for an upload to be read anew, with other options.
func (db *DB) CheckUpload(ctx context.Context, s publication.Scope, a intake.Act) error {
	const move = `
		update upload u set state = 'checking', round = round + 1, options = $2, step = 'waiting', why = '', reason = '', moved_at = $3, expires_at = $3 + $4::interval
		where id = $1 and expires_at > $3 and round < $5 and (state in ('checked', 'refused') or state in ('checking', 'committing')
			and exists (select from work w where w.key = u.unit and w.state = 'failed'))`
	if err := a.Options.Check(); err != nil {
		return err
	}
	return db.actOnUpload(ctx, s, a, "check", a.Options.Words(), func(tx pgx.Tx) (int64, error) {
		tag, err := tx.Exec(ctx, move, a.Upload, a.Options, a.At, a.Limits.Keep, a.Limits.Rounds)
		return tag.RowsAffected(), err
	})
}

// CommitUpload asks for a checked upload to become a release.
func (db *DB) CommitUpload(ctx context.Context, s publication.Scope, a intake.Act) error {
	const move = `
		update upload set state = 'committing', step = 'waiting', signed_by = $2, signed_at = $3, moved_at = $3, why = '', reason = '', expires_at = $3 + $4::interval
		where id = $1 and state = 'checked' and expires_at > $3 and accepted + corrected > 0 and round = $5`
	return db.actOnUpload(ctx, s, a, "commit", "", func(tx pgx.Tx) (int64, error) {
		tag, err := tx.Exec(ctx, move, a.Upload, a.By, a.At, a.Limits.Keep, a.Round)
		return tag.RowsAffected(), err
	})
}

// WithdrawUpload gives an upload up; its bytes go at once.
func (db *DB) WithdrawUpload(ctx context.Context, s publication.Scope, a intake.Act) error {
	const move = `
		update upload set state = 'withdrawn', step = '', moved_at = $2
		where id = $1 and state not in ('committing', 'committed', 'expired', 'withdrawn') and (account = $3 or $4 or state <> 'receiving')`
	return db.actOnUpload(ctx, s, a, "withdraw", "", func(tx pgx.Tx) (int64, error) {
		tag, err := tx.Exec(ctx, move, a.Upload, a.At, a.Account, a.Admin)
		if err != nil || tag.RowsAffected() == 0 {
			return 0, err
		}
		_, err = tx.Exec(ctx, `delete from upload_piece where upload = $1`, a.Upload)
		return tag.RowsAffected(), err
	})
}

// actOnUpload moves an upload and tells its history, or says why not.
func (db *DB) actOnUpload(ctx context.Context, s publication.Scope, a intake.Act, act, detail string, move func(pgx.Tx) (int64, error)) error {
	err := pgx.BeginFunc(ctx, db.in(s), func(tx pgx.Tx) error {
		n, err := move(tx)
		if err != nil {
			return err
		}
		if n == 0 {
			return notMoved(ctx, tx, a)
		}
		return tellUpload(ctx, tx, a.Upload, intake.UploadEvent{At: a.At, Actor: a.By, Act: act, Detail: detail})
	})
	if err != nil {
		return fmt.Errorf("%s upload %s: %w", act, a.Upload, err)
	}
	return nil
}

// notMoved tells why an upload does not move.
func notMoved(ctx context.Context, tx pgx.Tx, a intake.Act) error {
	const sql = `select state, account, round, expires_at <= $2, coalesce(accepted + corrected, 0) from upload where id = $1`
	var state intake.State
	var account int64
	var round, usable int
	var late bool
	err := tx.QueryRow(ctx, sql, a.Upload, a.At).Scan(&state, &account, &round, &late, &usable)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return publication.ErrNotFound
	case err != nil:
		return err
	case state == intake.Expired || state == intake.Withdrawn || late && state != intake.Committed:
		return &intake.Refusal{Code: intake.Gone}
	case state == intake.Receiving && account != a.Account && !a.Admin:
		return &intake.Refusal{Code: intake.NotYours}
	case state == intake.Checked && usable == 0:
		return &intake.Refusal{Code: intake.NothingIn}
	case round >= a.Limits.Rounds && a.Limits.Rounds > 0 && state != intake.Checking && state != intake.Committing:
		return &intake.Refusal{Code: intake.TooOften}
	}
	return &intake.Refusal{Code: intake.WrongState}
}
