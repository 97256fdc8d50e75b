package postgis

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parus/internal/publication"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const insertAccount = `
insert into account (name, password_hash, role, counties)
values ($1, $2, $3, $4)
returning id`

// AddAccount creates an account. The name must be free.
func (db *DB) AddAccount(ctx context.Context, a publication.NewAccount) (publication.Account, error) {
	counties := a.Counties
	if counties == nil {
		counties = []string{}
	}
	out := publication.Account{Name: a.Name, Role: a.Role, Counties: counties}
	err := db.pool.QueryRow(ctx, insertAccount, a.Name, a.PasswordHash, string(a.Role), counties).Scan(&out.ID)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "23505" { // unique_violation
		return publication.Account{}, fmt.Errorf("account %q exists already: choose another name", a.Name)
	}
	if err != nil {
		return publication.Account{}, fmt.Errorf("add account %q: %w", a.Name, err)
	}
	return out, nil
}

// signIn is the access of somebody who is not known yet: no county's rows.
func (db *DB) signIn() access { return access{conns: db.conns, role: roleWeb, counties: nil} }

const selectAccountByName = `
select id, name, role, counties, password_hash
from account
where name = $1 and disabled_at is null`

// AccountByName returns an account in use and the PHC string of its password,
// or [publication.ErrNotFound].
func (db *DB) AccountByName(ctx context.Context, name string) (publication.Account, string, error) {
	var a publication.Account
	var hash string
	err := db.signIn().QueryRow(ctx, selectAccountByName, name).Scan(&a.ID, &a.Name, &a.Role, &a.Counties, &hash)
	if err != nil {
		return publication.Account{}, "", notFound("account", err)
	}
	return a, hash, nil
}

const insertSession = `
insert into session (token_hash, account, created_at, expires_at)
values ($1, $2, $3, $4)`

const deleteExpiredSessions = `delete from session where expires_at <= $1`

// AddSession stores a session and forgets those that have expired.
func (db *DB) AddSession(ctx context.Context, s publication.Session) error {
	return pgx.BeginFunc(ctx, db.signIn(), func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, deleteExpiredSessions, s.Created); err != nil {
			return fmt.Errorf("forget expired sessions: %w", err)
		}
		if _, err := tx.Exec(ctx, insertSession, s.TokenHash, s.AccountID, s.Created, s.Expires); err != nil {
			return fmt.Errorf("add session of account %d: %w", s.AccountID, err)
		}
		return nil
	})
}

const selectSession = `
select a.id, a.name, a.role, a.counties
from session s join account a on a.id = s.account
where s.token_hash = $1 and s.expires_at > $2 and a.disabled_at is null`

// SessionAccount returns the account of a session that has not expired at now,
// or [publication.ErrNotFound].
func (db *DB) SessionAccount(ctx context.Context, tokenHash []byte, now time.Time) (publication.Account, error) {
	var a publication.Account
	err := db.signIn().QueryRow(ctx, selectSession, tokenHash, now).Scan(&a.ID, &a.Name, &a.Role, &a.Counties)
	if err != nil {
		return publication.Account{}, notFound("session", err)
	}
	return a, nil
}

const deleteSession = `delete from session where token_hash = $1`

// DropSession ends a session; one that does not exist is no error.
func (db *DB) DropSession(ctx context.Context, tokenHash []byte) error {
	if _, err := db.signIn().Exec(ctx, deleteSession, tokenHash); err != nil {
		return fmt.Errorf("drop session: %w", err)
	}
	return nil
}

// notFound turns pgx's "no rows" into the sentinel that callers branch on.
func notFound(what string, err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("%s: %w", what, publication.ErrNotFound)
	}
	return fmt.Errorf("read %s: %w", what, err)
}
