package postgis

import (
	"context"
	"fmt"
	"time"

	"parus/internal/publication"

	"github.com/jackc/pgx/v5"
)

// AddSession stores a session, ends the one that it replaces and forgets those
// that have expired.
func (db *DB) AddSession(ctx context.Context, s publication.Session) error {
	const insert = `
		insert into session (token_hash, account, created_at, expires_at, idle, via, agent, address)
		select $1, id, $3, $4, coalesce(nullif($5::float8, 0), 3.15e9) * interval '1 second', coalesce(nullif($6, ''), 'password'), $7, $8
		from account where id = $2 and disabled_at is null`
	const forget = `delete from session where expires_at <= $1 or token_hash = $2`
	const seen = `update account set signed_in_at = $2 where id = $1`
	return pgx.BeginFunc(ctx, db.signIn(), func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, forget, s.Created, s.Replaces); err != nil {
			return fmt.Errorf("forget expired sessions: %w", err)
		}
		if _, err := tx.Exec(ctx, seen, s.AccountID, s.Created); err != nil {
			return fmt.Errorf("note the sign-in of account %d: %w", s.AccountID, err)
		}
		tag, err := tx.Exec(ctx, insert, s.TokenHash, s.AccountID, s.Created, s.Expires, s.Idle.Seconds(), s.Via, s.Agent, s.Address)
		if err != nil {
			return fmt.Errorf("add session of account %d: %w", s.AccountID, err)
		}
		if tag.RowsAffected() == 0 { // disabled since the password was looked at
			return fmt.Errorf("account %d: %w", s.AccountID, publication.ErrNotFound)
		}
		return nil
	})
}

const liveSession = `s.expires_at > $2 and coalesce(s.seen_at, s.created_at) + s.idle > $2 and a.disabled_at is null`

const selectSession = `
	select a.id, a.name, a.role, a.counties, s.id, s.via, a.must_change, coalesce(s.seen_at, s.created_at) < $2::timestamptz - interval '1 minute'
	from session s join account a on a.id = s.account
	where s.token_hash = $1 and ` + liveSession

// SessionAccount returns the account of a session that has not ended at now, or
// [publication.ErrNotFound]. Each use, noted once a minute, begins the time
// anew after which an idle session ends.
func (db *DB) SessionAccount(ctx context.Context, tokenHash []byte, now time.Time) (publication.Account, error) {
	const seen = `update session set seen_at = $2 where token_hash = $1`
	var a publication.Account
	var stale bool
	err := db.signIn().QueryRow(ctx, selectSession, tokenHash, now).Scan(&a.ID, &a.Name, &a.Role, &a.Counties, &a.SessionID, &a.Via, &a.MustChange, &stale)
	if err != nil {
		return publication.Account{}, notFound("session", err)
	}
	if stale {
		if _, err := db.signIn().Exec(ctx, seen, tokenHash, now); err != nil {
			return publication.Account{}, fmt.Errorf("note the use of a session: %w", err)
		}
	}
	return a, nil
}

// DropSession ends a session; one that does not exist is no error.
func (db *DB) DropSession(ctx context.Context, tokenHash []byte) error {
	if _, err := db.signIn().Exec(ctx, `delete from session where token_hash = $1`, tokenHash); err != nil {
		return fmt.Errorf("drop session: %w", err)
	}
	return nil
}

// Sessions returns the sessions of an account that have not ended, the last
// used first.
func (db *DB) Sessions(ctx context.Context, by publication.Doer) ([]publication.SessionCard, error) {
	const list = `
		select s.id, s.created_at, coalesce(s.seen_at, s.created_at), s.expires_at, s.via, s.agent, s.address, s.id = $3
		from session s join account a on a.id = s.account
		where s.account = $1 and ` + liveSession + ` order by 3 desc, s.id desc`
	rows, err := db.signIn().Query(ctx, list, by.Account.ID, by.At, by.Account.SessionID)
	if err != nil {
		return nil, fmt.Errorf("sessions of account %d: %w", by.Account.ID, err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByPos[publication.SessionCard])
	if err != nil {
		return nil, fmt.Errorf("sessions of account %d: %w", by.Account.ID, err)
	}
	for i := range out {
		s := &out[i]
		s.CreatedAt, s.SeenAt, s.ExpiresAt = s.CreatedAt.UTC(), s.SeenAt.UTC(), s.ExpiresAt.UTC()
	}
	return out, nil
}

// EndSession ends one of an account's own sessions; one of somebody else is
// [publication.ErrNotFound].
func (db *DB) EndSession(ctx context.Context, account, id int64) error {
	tag, err := db.signIn().Exec(ctx, `delete from session where account = $1 and id = $2`, account, id)
	if err != nil {
		return fmt.Errorf("end session %d: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return fmt.Errorf("session %d: %w", id, publication.ErrNotFound)
	}
	return nil
}

// EndSessionsOf ends all sessions of an account that the doer may manage.
func (db *DB) EndSessionsOf(ctx context.Context, by publication.Doer, id int64) error {
	return db.manage(ctx, by, id, func(tx pgx.Tx, c publication.AccountCard) error {
		if _, err := tx.Exec(ctx, `delete from session where account = $1`, id); err != nil {
			return err
		}
		return told(ctx, tx, by, "end sessions", c.Name, c.Counties, "")
	})
}
