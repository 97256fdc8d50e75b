package postgis

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// copyInto copies rows into a table under row-level security, which PostgreSQL
// refuses to COPY into: by way of a temporary table without.
func copyInto(ctx context.Context, tx pgx.Tx, table string, columns []string, rows pgx.CopyFromSource) error {
	into, list := pgx.Identifier{table}.Sanitize(), strings.Join(columns, ", ")
	if _, err := tx.Exec(ctx, `create temporary table copied on commit drop as select `+list+` from `+into+` limit 0`); err != nil {
		return err
	}
	if err := copyRows(ctx, tx, pgx.Identifier{"copied"}, columns, rows); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into `+into+` (`+list+`) select `+list+` from copied`); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `drop table copied`)
	return err
}

// copyRelease copies rows into a partition of a release that is still open.
func copyRelease(ctx context.Context, tx pgx.Tx, partition string, columns []string, n int, row func(int) ([]any, error)) error {
	if n == 0 {
		return nil
	}
	return copyRows(ctx, tx, pgx.Identifier{"release", partition}, columns, pgx.CopyFromSlice(n, row))
}

// copyRows copies. Where ctx ends in the middle, pgx may tell of the line that it
// closes instead of that.
func copyRows(ctx context.Context, tx pgx.Tx, into pgx.Identifier, columns []string, rows pgx.CopyFromSource) error {
	_, err := tx.CopyFrom(ctx, into, columns, rows)
	if ended := ctx.Err(); err != nil && ended != nil && !errors.Is(err, ended) {
		return fmt.Errorf("%w: %w", ended, err)
	}
	return err
}
