package postgis

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"parus/internal/publication"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// signIn is the access of somebody who is not known yet: no county's rows.
func (db *DB) signIn() access { return access{conns: db.conns, role: roleWeb, counties: nil} }

// AddAccount creates an account from the command line. The name must be free.
func (db *DB) AddAccount(ctx context.Context, a publication.NewAccount) (publication.Account, error) {
	return db.CreateAccount(ctx, publication.Doer{Account: publication.Account{Name: "parus", Role: "system"}, At: time.Now()}, a)
}

// CreateAccount creates an account, or says [publication.ErrNameTaken].
func (db *DB) CreateAccount(ctx context.Context, by publication.Doer, a publication.NewAccount) (publication.Account, error) {
	const insert = `
		insert into account (name, password_hash, role, counties, must_change, issuer, subject, managed)
		values ($1, $2, $3, $4, $5, nullif($6, ''), nullif($7, ''), $8)
		returning id`
	if a.Counties == nil {
		a.Counties = []string{}
	}
	out := publication.Account{Name: a.Name, Role: a.Role, Counties: a.Counties, MustChange: a.MustChange}
	err := pgx.BeginFunc(ctx, db.signIn(), func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, insert, a.Name, a.PasswordHash, string(a.Role), a.Counties, a.MustChange, a.Identity.Issuer, a.Identity.Subject, a.Managed).Scan(&out.ID)
		if err != nil {
			return err
		}
		return told(ctx, tx, by, "add account", a.Name, a.Counties, describe(a.Role, a.Counties))
	})
	if err != nil {
		return publication.Account{}, fmt.Errorf("add account %q: %w", a.Name, accountError(err))
	}
	return out, nil
}

// told writes what was done to an account or a token.
func told(ctx context.Context, tx pgx.Tx, by publication.Doer, act, item string, counties []string, detail string) error {
	const insert = `insert into access_event (at, actor, act, item, counties, detail) values ($1, $2, $3, $4, $5, $6)`
	_, err := tx.Exec(ctx, insert, by.At, by.Account.Actor(), act, item, counties, detail)
	return err
}

func describe(r publication.Role, counties []string) string {
	list := make([]string, len(counties))
	for i, c := range counties {
		if list[i] = c; c == "" {
			list[i] = "every county"
		}
	}
	return string(r) + ": " + strings.Join(list, ", ")
}

// accountError names what the schema refuses.
func accountError(err error) error {
	var pg *pgconn.PgError
	switch {
	case !errors.As(err, &pg):
		return err
	case pg.Code == "23505": // unique_violation
		return publication.ErrNameTaken
	case pg.ConstraintName == "last_administrator":
		return publication.ErrLastAdministrator
	}
	return err
}

const selectAccount = `select id, name, role, counties, must_change, password_hash from account where disabled_at is null and `

// AccountByName returns an account in use and the PHC string of its password,
// or [publication.ErrNotFound].
func (db *DB) AccountByName(ctx context.Context, name string) (publication.Account, string, error) {
	return db.account(ctx, `name = $1`, name)
}

// AccountByIdentity returns the account in use that belongs to a provider's
// subject, or [publication.ErrNotFound].
func (db *DB) AccountByIdentity(ctx context.Context, id publication.Identity) (publication.Account, error) {
	a, _, err := db.account(ctx, `issuer = $1 and subject = $2`, id.Issuer, id.Subject)
	return a, err
}

func (db *DB) account(ctx context.Context, where string, args ...any) (a publication.Account, hash string, err error) {
	err = db.signIn().QueryRow(ctx, selectAccount+where, args...).Scan(&a.ID, &a.Name, &a.Role, &a.Counties, &a.MustChange, &hash)
	if err != nil {
		return publication.Account{}, "", notFound("account", err)
	}
	return a, hash, nil
}

// FollowClaims sets role and counties of an account that its provider manages;
// others stay as they are.
func (db *DB) FollowClaims(ctx context.Context, by publication.Doer, id int64, role publication.Role, counties []string) error {
	const follow = `
		update account a set role = $2, counties = $3 from account old
		where a.id = $1 and old.id = a.id and a.managed and (a.role, a.counties) is distinct from ($2, $3::text[]) returning a.name, old.counties`
	err := pgx.BeginFunc(ctx, db.signIn(), func(tx pgx.Tx) error {
		var name string
		var before []string
		err := tx.QueryRow(ctx, follow, id, string(role), counties).Scan(&name, &before)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		return told(ctx, tx, by, "change account", name, append(before, counties...), describe(role, counties)+", by the provider's claims")
	})
	if err != nil {
		return fmt.Errorf("account %d: %w", id, accountError(err))
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
