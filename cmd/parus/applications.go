package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"parus/internal/publication"
)

// appsCmd groups what an operator does with applications for lines.
// People work on them through the web.
type appsCmd struct {
	Verify appsVerifyCmd `cmd:"" help:"Follow a county's chain of events, compute every decision again and compare all that is kept."`
	List   appsListCmd   `cmd:"" help:"List applications, the newest first."`
	Export appsExportCmd `cmd:"" help:"Write applications, or scored lines before there are any, as CSV or XLSX for people."`
	Expire appsExpireCmd `cmd:"" help:"Withdraw the offers of a county that have lapsed."`
}

type appsVerifyCmd struct {
	platform
	County string `required:"" placeholder:"CODE" help:"Code of the county."`
	Head   string `placeholder:"HASH" help:"A head that was noted earlier: an error where the chain does not contain it, since then events were cut off or replaced."`
}

// Run prints the head of the chain, to be noted elsewhere, and fails on any
// difference.
func (c *appsVerifyCmd) Run(ctx context.Context, s *streams) (err error) {
	b, err := c.openDatabase(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	r, err := b.db.VerifyBook(ctx, c.County, c.Head)
	if err != nil {
		return err
	}
	for _, d := range r.Differences {
		fmt.Fprintln(s.Err, d)
	}
	if r.Untold > 0 {
		fmt.Fprintf(s.Err, "and %d more\n", r.Untold)
	}
	if n := len(r.Differences) + r.Untold; n > 0 {
		return fmt.Errorf("the book of county %s does not hold: %d differences", c.County, n)
	}
	fmt.Fprintf(s.Out, "county %s: %d events, %d applications (%d straight through, %d referred, %d rejected), %d decisions replayed bit for bit\n",
		c.County, r.Events, r.Applications, r.Decided, r.Referred, r.Rejected, r.Replayed)
	if r.OtherEngine > 0 {
		fmt.Fprintf(s.Out, "%d decisions were made by other versions of the engine: replay them with those\n", r.OtherEngine)
	}
	_, err = fmt.Fprintf(s.Out, "head %s\n", r.Head)
	return err
}

type appsListCmd struct {
	platform
	County string `placeholder:"CODE" help:"Only those of counties whose code begins so."`
	State  string `enum:",live,applied,decided,referred,approved,accepted,drawn,repaid,rejected,withdrawn" default:"" placeholder:"STATE" help:"Only those in a state: ${enum}; live for all that are open."`
	Limit  int    `default:"50" help:"How many."`
}

// Run prints a table.
func (c *appsListCmd) Run(ctx context.Context, s *streams) (err error) {
	if c.Limit < 1 || c.Limit > 100_000 {
		return usageError{fmt.Errorf("--limit %d: want 1 to 100000", c.Limit)}
	}
	b, err := c.openDatabase(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	page, err := b.db.Applications(ctx, publication.Scope{Counties: []string{c.County}, Scores: true}, publication.ApplicationQuery{State: c.State, Limit: c.Limit})
	if err != nil {
		return err
	}
	tab := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "id\tcounty\tseason\thousehold\tstate\tasked\tline\tdrawn\towed\tdue\tby\tat")
	for _, a := range page.Items {
		fmt.Fprintf(tab, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", a.ID, a.County, a.Season, a.HouseholdID, a.State,
			fen(a.AskedFen), fen(a.LineFen), fen(a.DrawnFen), fen(a.OwedFen), a.DueDate, a.AppliedBy, a.CreatedAt.Format(time.RFC3339))
	}
	if page.More {
		fmt.Fprintln(tab, "…")
	}
	return tab.Flush()
}

type appsExpireCmd struct {
	platform
	County string `required:"" placeholder:"CODE" help:"Code of the county."`
}

// Run tells how many there were.
func (c *appsExpireCmd) Run(ctx context.Context, s *streams) (err error) {
	b, err := c.openDatabase(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	now, err := b.db.Now(ctx) // not this machine's: what lapses, lapses for all
	if err != nil {
		return err
	}
	n, err := b.db.ExpireApplications(ctx, c.County, now)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.Out, "withdrew %d offers that had lapsed\n", n)
	return err
}
