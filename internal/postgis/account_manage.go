package postgis

import (
	"context"
	"fmt"

	"parus/internal/publication"

	"github.com/jackc/pgx/v5"
)

const selectAccountCards = `
	select a.id, a.name, a.role, a.counties, a.created_at, a.disabled_at, a.signed_in_at,
		(select count(*) from session s where s.account = a.id and s.expires_at > $1 and coalesce(s.seen_at, s.created_at) + s.idle > $1),
		a.password_hash <> '', a.must_change, coalesce(a.issuer, ''), coalesce(a.subject, ''), a.managed
	from account a `

func scanAccountCard(row pgx.CollectableRow) (publication.AccountCard, error) {
	var c publication.AccountCard
	err := row.Scan(&c.ID, &c.Name, &c.Role, &c.Counties, &c.CreatedAt, &c.DisabledAt, &c.SignedInAt, &c.Sessions, &c.Password, &c.MustChange, &c.Issuer, &c.Subject, &c.Managed)
	c.CreatedAt, c.DisabledAt, c.SignedInAt = c.CreatedAt.UTC(), utc(c.DisabledAt), utc(c.SignedInAt)
	return c, err
}

// AccountCards returns the accounts of which the asker sees every county, by
// name.
func (db *DB) AccountCards(ctx context.Context, by publication.Doer) ([]publication.AccountCard, error) {
	rows, err := db.signIn().Query(ctx, selectAccountCards+`order by a.name`, by.At)
	if err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	all, err := pgx.CollectRows(rows, scanAccountCard)
	if err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	out := []publication.AccountCard{}
	for _, c := range all {
		if by.Account.Scope().Holds(c.Counties) {
			out = append(out, c)
		}
	}
	return out, nil
}

// manage runs f on an account that the doer may manage, with its row locked.
func (db *DB) manage(ctx context.Context, by publication.Doer, id int64, f func(tx pgx.Tx, c publication.AccountCard) error) error {
	err := pgx.BeginFunc(ctx, db.signIn(), func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectAccountCards+`where a.id = $2 for update of a`, by.At, id)
		if err != nil {
			return err
		}
		c, err := pgx.CollectExactlyOneRow(rows, scanAccountCard)
		if err != nil {
			return notFound("account", err)
		}
		if !by.Account.Scope().Holds(c.Counties) {
			return publication.ErrNotFound
		}
		return f(tx, c)
	})
	if err != nil {
		return fmt.Errorf("account %d: %w", id, accountError(err))
	}
	return nil
}

// ChangeAccount changes an account that the doer may manage. Sessions of one
// that is disabled end with it; those of others ask for the rights each time.
// It answers [publication.ErrNotFound], [publication.ErrManaged],
// [publication.ErrNameTaken] where the identity is another account's, or
// [publication.ErrLastAdministrator].
func (db *DB) ChangeAccount(ctx context.Context, by publication.Doer, id int64, ch publication.AccountChange) (out publication.AccountCard, err error) {
	const change = `
		update account set role = $2, counties = $3, issuer = nullif($4, ''), subject = nullif($5, ''),
			disabled_at = case when not $6 then null else coalesce(disabled_at, $7) end
		where id = $1`
	err = db.manage(ctx, by, id, func(tx pgx.Tx, c publication.AccountCard) error {
		before := c.Counties
		if c.Managed && (ch.Role != nil || ch.Counties != nil || ch.Identity != nil) {
			return publication.ErrManaged
		}
		c = changed(c, ch)
		disabled := c.DisabledAt != nil
		if ch.Disabled != nil {
			disabled = *ch.Disabled
		}
		if _, err := tx.Exec(ctx, change, id, string(c.Role), c.Counties, c.Issuer, c.Subject, disabled, by.At); err != nil {
			return err
		}
		act, detail := "change account", describe(c.Role, c.Counties)
		switch {
		case ch.Disabled != nil && *ch.Disabled:
			act = "disable account"
		case ch.Disabled != nil:
			act = "enable account"
		case ch.Identity != nil && c.Subject != "":
			detail += ", signs in as a subject of " + c.Issuer
		}
		if err := told(ctx, tx, by, act, c.Name, append(before, c.Counties...), detail); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, selectAccountCards+`where a.id = $2`, by.At, id)
		if err != nil {
			return err
		}
		out, err = pgx.CollectExactlyOneRow(rows, scanAccountCard)
		return err
	})
	return out, err
}

func changed(c publication.AccountCard, ch publication.AccountChange) publication.AccountCard {
	if ch.Role != nil {
		c.Role = *ch.Role
	}
	if ch.Counties != nil {
		c.Counties = *ch.Counties
	}
	if ch.Identity != nil {
		c.Issuer, c.Subject = ch.Identity.Issuer, ch.Identity.Subject
	}
	return c
}

// ResetPassword gives an account that the doer may manage a password that its
// owner has to change, and ends its sessions.
func (db *DB) ResetPassword(ctx context.Context, by publication.Doer, id int64, phc string) error {
	return db.manage(ctx, by, id, func(tx pgx.Tx, c publication.AccountCard) error {
		if err := setPassword(ctx, tx, id, phc, true, 0); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from sign_in_attempt where key = $1`, attemptKey("name", c.Name)); err != nil {
			return err
		}
		return told(ctx, tx, by, "reset password", c.Name, c.Counties, "")
	})
}

// ChangePassword gives an account the password that its owner has chosen, and
// ends all its sessions but the one that asks.
func (db *DB) ChangePassword(ctx context.Context, by publication.Doer, phc string) error {
	err := pgx.BeginFunc(ctx, db.signIn(), func(tx pgx.Tx) error {
		if err := setPassword(ctx, tx, by.Account.ID, phc, false, by.Account.SessionID); err != nil {
			return err
		}
		return told(ctx, tx, by, "change password", by.Account.Name, by.Account.Counties, "")
	})
	if err != nil {
		return fmt.Errorf("change password of account %d: %w", by.Account.ID, err)
	}
	return nil
}

func setPassword(ctx context.Context, tx pgx.Tx, id int64, phc string, mustChange bool, keep int64) error {
	if _, err := tx.Exec(ctx, `update account set password_hash = $2, must_change = $3 where id = $1`, id, phc, mustChange); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `delete from session where account = $1 and id <> $2`, id, keep)
	return err
}
