package main

import (
	"context"
	"errors"
	"fmt"
)

// migrateCmd brings a database to this program's schema.
type migrateCmd struct{ platform }

// Run migrates forward; other processes that do the same wait for it. What
// publications from before have no packed map is packed then.
func (c *migrateCmd) Run(ctx context.Context, s *streams) (err error) {
	b, err := c.openDatabase(ctx, s) // migrates
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	v, err := b.db.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	if _, err = fmt.Fprintf(s.Out, "schema version %d\n", v); err != nil {
		return err
	}
	n, err := b.db.KeepMissing(ctx)
	if err == nil && n > 0 {
		_, err = fmt.Fprintf(s.Out, "maps packed: %d\n", n)
	}
	return err
}
