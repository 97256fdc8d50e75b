package postgis

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// How attempts to sign in are slowed down, for all servers together: after some
// failures a name or an address waits for a minute, then twice as long after each
// further one, an hour at most (as OWASP's authentication sheet and NIST SP
// 800-63B-4, 3.2.2, advise); a day without a failure forgets them. Behind one
// address there may be an office of many people.
const (
	freeByName    = 10
	freeByAddress = 60
	firstLock     = time.Minute
	longestLock   = time.Hour
	forgotten     = 24 * time.Hour
)

// attemptKey is what a name or an address is kept as.
func attemptKey(kind, text string) []byte {
	sum := sha256.Sum256([]byte(kind + "\x00" + strings.ToLower(text)))
	return sum[:]
}

// countAttempt counts an attempt where none is locked, before its password is
// looked at, so that many at once are as many as one after the other. $1 key,
// $2 now, $3 failures that are free, $4 first lock, $5 longest, $6 forgotten, in
// seconds.
const countAttempt = `
	insert into sign_in_attempt as t (key, failures, last_at) values ($1, 1, $2::timestamptz)
	on conflict (key) do update set
		failures = case when t.last_at < $2::timestamptz - $6::float8 * interval '1 second' then 1 else t.failures + 1 end,
		last_at = $2::timestamptz,
		locked_until = case when t.last_at >= $2::timestamptz - $6::float8 * interval '1 second' and t.failures + 1 >= $3::int
			then $2::timestamptz + least($4::float8 * power(2, least(t.failures + 1 - $3::int, 30)), $5::float8) * interval '1 second' end
	where t.locked_until is null or t.locked_until <= $2::timestamptz`

// CountAttempt counts an attempt to sign in and returns until when no further
// one is looked at; the zero time where this one may go on.
func (db *DB) CountAttempt(ctx context.Context, name, address string, now time.Time) (until time.Time, err error) {
	err = pgx.BeginFunc(ctx, db.signIn(), func(tx pgx.Tx) error {
		for _, k := range []struct {
			key  []byte
			free int
		}{{attemptKey("address", address), freeByAddress}, {attemptKey("name", name), freeByName}} {
			tag, err := tx.Exec(ctx, countAttempt, k.key, now, k.free, firstLock.Seconds(), longestLock.Seconds(), forgotten.Seconds())
			if err != nil {
				return err
			}
			if tag.RowsAffected() == 0 {
				return tx.QueryRow(ctx, `select locked_until from sign_in_attempt where key = $1`, k.key).Scan(&until)
			}
		}
		_, err := tx.Exec(ctx, `delete from sign_in_attempt where last_at < $1`, now.Add(-forgotten))
		return err
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("count an attempt to sign in: %w", err)
	}
	return until, nil
}

// ForgiveAttempt forgets the failures of a name that has signed in, and this
// attempt of its address.
func (db *DB) ForgiveAttempt(ctx context.Context, name, address string) error {
	err := pgx.BeginFunc(ctx, db.signIn(), func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `delete from sign_in_attempt where key = $1 or (key = $2 and failures = 1)`, attemptKey("name", name), attemptKey("address", address)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `update sign_in_attempt set failures = failures - 1, locked_until = null where key = $1 and failures > 1`, attemptKey("address", address))
		return err
	})
	if err != nil {
		return fmt.Errorf("forgive an attempt to sign in: %w", err)
	}
	return nil
}
