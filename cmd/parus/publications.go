package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"parus/credit"
	"parus/internal/postgis"
)

// publicationsCmd is for what people see.
type publicationsCmd struct {
	List     publicationsListCmd     `cmd:"" help:"Publications by county and season, the newest first."`
	Rollback publicationsRollbackCmd `cmd:"" help:"Put an earlier publication of its county and season in force again."`
}

type publicationsListCmd struct {
	database
	County string `placeholder:"CODE" help:"Only of this county."`
}

// Run prints a table.
func (c *publicationsListCmd) Run(ctx context.Context, s *streams) error {
	return c.with(ctx, s, func(db *postgis.DB) error {
		list, err := db.PublicationList(ctx, c.County)
		if err != nil {
			return err
		}
		tab := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(tab, "publication\tcounty\tseason\tin force\tpublished\trun\tregistry\thouseholds\twith a line\treferred\tlines in all")
		for _, p := range list {
			force := ""
			if p.InForce {
				force = "yes"
			}
			fmt.Fprintf(tab, "%d\t%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%s\n", p.ID, p.County, p.Season, force, p.CreatedAt.Format("2006-01-02 15:04"),
				p.Run, p.Registry, p.Households, p.WithLine, p.Referred, credit.Fen(p.LineFen))
		}
		return tab.Flush()
	})
}

type publicationsRollbackCmd struct {
	database
	keyFile
	purpose
	Publication int64 `arg:"" help:"Number of the publication to put in force."`
}

// Run puts it in force, with a line in the county's audit.
func (c *publicationsRollbackCmd) Run(ctx context.Context, s *streams) error {
	act, err := c.act()
	if err != nil {
		return err
	}
	return c.with(ctx, s, func(db *postgis.DB) error {
		county, season, err := db.PublicationCounty(ctx, c.Publication)
		if err != nil {
			return err
		}
		keys, err := c.countyIfKept(county)
		if err != nil {
			return err
		}
		replaced, err := db.PutInForce(ctx, c.Publication, keys, act)
		if err != nil {
			return err
		}
		return tell(s.Out, "county %s, season %s: publication %d is in force instead of %d\n", county, season, c.Publication, replaced)
	})
}
