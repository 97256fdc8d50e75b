package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"parus/internal/postgis"
	"parus/internal/publication"
)

// auditCmd groups what tells who did what; `parus people audit` verifies the
// chain of reveals.
type auditCmd struct {
	List auditListCmd `cmd:"" help:"Who did what, when, on which release and model, the latest first."`
}

type auditListCmd struct {
	platform
	County    string    `placeholder:"CODE" help:"Only counties whose code begins so, and what belongs to none."`
	Kind      string    `enum:",people,application,alert,run,policy,access" default:"" placeholder:"KIND" help:"Only one kind: people, application, alert, run, policy or access."`
	Actor     string    `placeholder:"TEXT" help:"Only those whose name has the text."`
	Household string    `placeholder:"ID" help:"Only what concerns a household."`
	From      time.Time `format:"2006-01-02" placeholder:"DATE" help:"The first day, in UTC."`
	Until     time.Time `format:"2006-01-02" placeholder:"DATE" help:"The day after the last, in UTC."`
	Limit     int       `default:"100" help:"How many."`
}

// Run prints a table. Names of the view are in the names of its columns.
func (c *auditListCmd) Run(ctx context.Context, s *streams) error {
	if c.Limit < 1 || c.Limit > 100_000 {
		return usageError{fmt.Errorf("--limit %d: want 1 to 100000", c.Limit)}
	}
	return c.withDatabase(ctx, s, func(db *postgis.DB) error {
		page, err := db.Trail(ctx, publication.Scope{Counties: []string{c.County}, Scores: true},
			publication.TrailQuery{Kind: c.Kind, Actor: c.Actor, Household: c.Household, From: c.From, Until: c.Until, Limit: c.Limit})
		if err != nil {
			return err
		}
		tab := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(tab, "at\tkind\tcounty\twho\twhat\titem\thousehold\twhy\trelease\tmodel")
		for _, e := range page.Items {
			fmt.Fprintf(tab, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", e.At.Format(time.RFC3339), e.Kind, e.County, e.Actor, e.Act, e.Item, e.Household, e.Reason, e.Release, e.Model)
		}
		if err := tab.Flush(); err != nil {
			return err
		}
		if page.More {
			fmt.Fprintln(s.Err, "parus: there are more; raise --limit or narrow it down")
		}
		return nil
	})
}
