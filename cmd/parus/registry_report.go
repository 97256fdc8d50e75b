package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"parus/fields/registry"
	"parus/internal/postgis"
)

// registryReportCmd writes the report that a release was stored with.
type registryReportCmd struct {
	countyRegistry
	Release int64  `placeholder:"N" help:"A release of the county; default: the one in force."`
	HTML    string `name:"html" placeholder:"FILE" help:"Where to write it as a page to read and print."`
	JSON    string `name:"json" placeholder:"FILE" help:"Where to write it as JSON; '-' for stdout."`
}

// Run writes the report. Places of defects are not kept with a release, so the
// page has no map.
func (c *registryReportCmd) Run(ctx context.Context, s *streams) error {
	if c.HTML == "" && c.JSON == "" {
		return usageError{errors.New("say where to write the report: --html or --json")}
	}
	return c.with(ctx, s, func(db *postgis.DB) error {
		r, err := chosenRelease(ctx, db, c.County, c.Release)
		if err != nil {
			return err
		}
		text, err := db.ReleaseReport(ctx, r.ID)
		if err != nil {
			return err
		}
		var report registry.Report
		if err := json.Unmarshal(text, &report); err != nil {
			return fmt.Errorf("report of registry release %d: %w", r.ID, err)
		}
		if c.JSON != "" {
			if err := writeWhole(c.JSON, s.Out, report.WriteJSON); err != nil {
				return err
			}
		}
		if c.HTML == "" {
			return nil
		}
		title := registry.PageTitle{Package: r.Source, County: r.County, Date: r.CreatedAt}
		return writeWhole(c.HTML, s.Out, func(w io.Writer) error { return report.WriteHTML(w, title) })
	})
}
