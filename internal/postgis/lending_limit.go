package postgis

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"parus/credit/lending"
	"parus/internal/publication"
)

// Limits returns what may be lent at most in a county and what is held of it.
func (db *DB) Limits(ctx context.Context, s publication.Scope, county string) ([]publication.Limit, error) {
	const limits = `
		select l.kind, l.key, l.amount_fen, coalesce((
			select max(e.committed_fen) from exposure e where e.county = l.county and e.kind = l.kind and (e.key = l.key or l.key = '' and not exists (
				select from lending_limit o where o.county = e.county and o.kind = e.kind and o.key = e.key))), 0), l.set_by, l.at
		from (select distinct on (kind, key) * from lending_limit where county = $1 order by kind, key, id desc) l
		order by l.kind, l.key`
	by, err := db.lender(s)
	if err != nil {
		return nil, fmt.Errorf("limits of county %s: %w", county, err)
	}
	if err := countyIsThere(ctx, by, county); err != nil {
		return nil, err
	}
	rows, err := by.Query(ctx, limits, county)
	if err != nil {
		return nil, fmt.Errorf("limits of county %s: %w", county, err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[publication.Limit])
	if err != nil {
		return nil, fmt.Errorf("limits of county %s: %w", county, err)
	}
	for i := range list {
		list[i].At = list[i].At.UTC()
	}
	return orNone(list), nil
}

func countyIsThere(ctx context.Context, by access, county string) error {
	var there bool
	err := by.QueryRow(ctx, `select exists (select from county where code = $1)`, county).Scan(&there)
	if err != nil {
		return fmt.Errorf("county %s: %w", county, err)
	}
	if !there {
		return fmt.Errorf("county %s: %w", county, publication.ErrNotFound)
	}
	return nil
}

// SetLimit sets a limit from now on. It waits for decisions under way, so that
// the next one is under it; lines that are held already stay, be they above it.
func (db *DB) SetLimit(ctx context.Context, s publication.Scope, l publication.SettingLimit) error {
	const insert = `insert into lending_limit (county, kind, key, amount_fen, set_by, at) values ($1, $2, $3, $4, $5, $6)`
	what := fmt.Sprintf("limit on %s %q of county %s", l.Kind, l.Key, l.County)
	by, err := db.lender(s)
	if err == nil {
		err = countyIsThere(ctx, by, l.County)
	}
	if err != nil {
		return fmt.Errorf("set %s: %w", what, err)
	}
	if err := lending.CheckLimit(l.Kind, l.Key, l.AmountFen); err != nil {
		return fmt.Errorf("set %s: %w", what, err)
	}
	err = db.withBook(ctx, by, l.County, nil, func(b *book) error {
		_, err := b.conn.Exec(ctx, insert, l.County, l.Kind, l.Key, l.AmountFen, l.Account, l.At)
		return err
	})
	if err != nil {
		return fmt.Errorf("set %s: %w", what, err)
	}
	return nil
}

// SetConsent keeps what a household says about being scored and lent to, in a
// publication that tells the household's county.
func (db *DB) SetConsent(ctx context.Context, s publication.Scope, c publication.ConsentGiven) error {
	const county = `
		select p.county from publication p join published_household h on h.publication = p.id and h.id = $2 where p.id = $1`
	const insert = `insert into consent (county, household, at, act, actor, evidence) values ($1, $2, $3, $4, $5, $6)`
	what := "consent of household " + c.Household
	by, err := db.lender(s)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	var of string
	err = by.QueryRow(ctx, county, c.Publication, c.Household).Scan(&of)
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("%s: %w", what, publication.ErrNotFound)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	act := "give"
	if c.Revoke {
		act = "revoke"
	}
	err = db.withBook(ctx, by, of, nil, func(b *book) error {
		_, err := b.conn.Exec(ctx, insert, of, c.Household, c.At, act, c.Account, c.Evidence)
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
