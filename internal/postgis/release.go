package postgis

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"

	"parus/internal/season"
	"parus/internal/vault"
)

const selectRelease = `
	select r.id, r.county, r.digest, r.source, r.created_at, r.valid_from, r.in_force, coalesce(r.previous, 0),
		r.parcels, r.households, r.contracts, coalesce(r.people, -1), r.difference,
		(select count(*) from season_run s where s.registry = r.id)
	from registry_release r `

// Releases returns a county's registry releases, the newest first.
func (db *DB) Releases(ctx context.Context, county string) ([]season.Release, error) {
	return db.releases(ctx, selectRelease+`where r.county = $1 order by r.id desc`, county)
}

// Release returns a registry release by number.
func (db *DB) Release(ctx context.Context, id int64) (season.Release, error) {
	list, err := db.releases(ctx, selectRelease+`where r.id = $1`, id)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("registry release %d does not exist: `parus registry releases` lists them", id)
	}
	if err != nil {
		return season.Release{}, err
	}
	return list[0], nil
}

// ErrNoRelease is wrapped where a county has no registry release as asked for.
var ErrNoRelease = errors.New("no registry release")

// ReleaseByDigest returns the release of a county with some content, or
// [ErrNoRelease].
func (db *DB) ReleaseByDigest(ctx context.Context, county, digest string) (season.Release, error) {
	list, err := db.releases(ctx, selectRelease+`where r.county = $1 and r.digest = $2`, county, digest)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("county %s, content %.12s: %w", county, digest, ErrNoRelease)
	}
	if err != nil {
		return season.Release{}, err
	}
	return list[0], nil
}

// ReleaseInForce returns the release that a county's runs start from, or
// [ErrNoRelease].
func (db *DB) ReleaseInForce(ctx context.Context, county string) (season.Release, error) {
	list, err := db.releases(ctx, selectRelease+`where r.county = $1 and r.in_force`, county)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("county %s: %w is in force: import one with `parus registry import`, or activate one", county, ErrNoRelease)
	}
	if err != nil {
		return season.Release{}, err
	}
	return list[0], nil
}

func (db *DB) releases(ctx context.Context, sql string, args ...any) ([]season.Release, error) {
	rows, err := db.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("registry releases: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (season.Release, error) {
		var r season.Release
		var difference []byte
		err := row.Scan(&r.ID, &r.County, &r.Digest, &r.Source, &r.CreatedAt, &r.ValidFrom, &r.InForce, &r.Previous,
			&r.Parcels, &r.Households, &r.Contracts, &r.People, &difference, &r.Runs)
		if err != nil {
			return r, err
		}
		return r, json.Unmarshal(difference, &r.Difference)
	})
}

// ReleaseReport returns the whole report that a release came with.
func (db *DB) ReleaseReport(ctx context.Context, id int64) (json.RawMessage, error) {
	var report, full []byte
	err := db.pool.QueryRow(ctx, `select report, report_gz from registry_release where id = $1`, id).Scan(&report, &full)
	if err == nil && full != nil {
		report, err = unpacked(full)
	}
	if err != nil {
		return nil, fmt.Errorf("report of registry release %d: %w", id, err)
	}
	return report, nil
}

// packed is a text in gzip, nil for none: what there is a row of for every
// defect may be larger than a column of JSON can hold.
func packed(text []byte) []byte {
	if len(text) == 0 {
		return nil
	}
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed) // the level exists
	_, _ = z.Write(text)                            // a buffer takes all
	_ = z.Close()
	return b.Bytes()
}

func unpacked(data []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// ActivateRelease puts another release of its county in force. What was run and
// decided keeps the release that it names.
func (db *DB) ActivateRelease(ctx context.Context, id int64, keys *vault.County, a vault.Act) error {
	r, err := db.Release(ctx, id)
	if err != nil {
		return err
	}
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockRegistry(ctx, tx, r.County); err != nil {
			return err
		}
		if err := putInForce(ctx, tx, r.County, id); err != nil {
			return err
		}
		return appendAudit(ctx, tx, keys, r.County, entryOf(a, "activate release", fmt.Sprint(id)))
	})
	if err != nil {
		return fmt.Errorf("activate registry release %d: %w", id, err)
	}
	return nil
}

func putInForce(ctx context.Context, tx pgx.Tx, county string, id int64) error {
	if _, err := tx.Exec(ctx, `update registry_release set in_force = false where county = $1 and in_force`, county); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `update registry_release set in_force = true where id = $1`, id)
	return err
}

// DeleteRelease drops a release with what it holds. One that is in force, or
// that a run refers to, stays.
func (db *DB) DeleteRelease(ctx context.Context, id int64, keys *vault.County, a vault.Act) error {
	r, err := db.Release(ctx, id)
	if err != nil {
		return err
	}
	err = pgx.BeginFunc(ctx, db.Within([]string{r.County}).owner(), func(tx pgx.Tx) error {
		if err := lockRegistry(ctx, tx, r.County); err != nil {
			return err
		}
		var inForce bool
		var runs int
		if err := tx.QueryRow(ctx, `select in_force, (select count(*) from season_run where registry = $1) from registry_release where id = $1`, id).Scan(&inForce, &runs); err != nil {
			return err
		}
		switch {
		case inForce:
			return errors.New("it is in force: activate another one first")
		case runs > 0:
			return fmt.Errorf("%d runs refer to it, and decisions keep their shapes", runs)
		}
		if _, err := tx.Exec(ctx, `select release_drop($1)`, id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from registry_release where id = $1`, id); err != nil {
			return err
		}
		return appendAudit(ctx, tx, keys, r.County, entryOf(a, "delete release", fmt.Sprint(id)))
	})
	if err != nil {
		return fmt.Errorf("delete registry release %d: %w", id, err)
	}
	return nil
}

// lockRegistry lets one transaction at a time change a county's registry.
func lockRegistry(ctx context.Context, tx pgx.Tx, county string) error {
	_, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('parus registry ' || $1, 0))`, county)
	return err
}
