package main

import (
	"context"
	"errors"
	"fmt"
)

// migrateCmd brings a database to this program's schema.
type migrateCmd struct{ platform }

// Run migrates forward; other processes that do the same wait for it.
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
	_, err = fmt.Fprintf(s.Out, "schema version %d\n", v)
	return err
}
