package postgis

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"parus/fields"
)

// SaveDeclarations keeps what a county declares of a season and returns its
// digest, "" for none. The same declarations again change nothing.
func (db *DB) SaveDeclarations(ctx context.Context, c fields.County, season string, all []fields.Declaration) (string, error) {
	if len(all) == 0 {
		return "", nil
	}
	text, err := json.Marshal(struct {
		Season       string
		Declarations []fields.Declaration
	}{season, all})
	if err != nil {
		return "", fmt.Errorf("keep declarations: %w", err)
	}
	sum := sha256.Sum256(text)
	digest := hex.EncodeToString(sum[:])
	columns := []string{"county", "digest", "season", "parcel_id", "household_id", "crop"}
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockRegistry(ctx, tx, c.Code); err != nil {
			return err
		}
		var known bool
		err := tx.QueryRow(ctx, `select exists (select from declaration where county = $1 and digest = $2)`, c.Code, digest).Scan(&known)
		if err != nil || known {
			return err
		}
		return copyInto(ctx, tx, "declaration", columns, pgx.CopyFromSlice(len(all), func(i int) ([]any, error) {
			d := &all[i]
			return []any{c.Code, digest, season, d.ParcelID, d.HouseholdID, d.Crop}, nil
		}))
	})
	if err != nil {
		return "", fmt.Errorf("keep declarations of county %s: %w", c.Code, err)
	}
	return digest, nil
}

// Declarations returns what was kept under a digest, in order of parcel and
// crop; none for "".
func (db *DB) Declarations(ctx context.Context, county, digest string) ([]fields.Declaration, error) {
	if digest == "" {
		return nil, nil
	}
	const declarations = `
		select parcel_id, household_id, crop from declaration
		where county = $1 and digest = $2 order by parcel_id collate "C", crop collate "C"`
	all, err := collect[fields.Declaration](ctx, db, declarations, county, digest)
	if err != nil {
		return nil, fmt.Errorf("declarations of county %s: %w", county, err)
	}
	return all, nil
}
