package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"parus/internal/postgis"
	"parus/internal/vault"
)

// runsCmd is for whoever answers for a batch.
type runsCmd struct {
	List   runsListCmd   `cmd:"" help:"Runs, the newest first."`
	Show   runsShowCmd   `cmd:"" help:"A run's stages, pace, time left, and how far off its estimate is."`
	Pause  runsPauseCmd  `cmd:"" help:"Take up no unit of a run any more; those in hand are finished."`
	Resume runsResumeCmd `cmd:"" help:"Let a paused or cancelled run go on."`
	Cancel runsCancelCmd `cmd:"" help:"End a run without a publication."`
	Retry  runsRetryCmd  `cmd:"" help:"Try failed items again."`
}

// database is what verbs need that look and give orders.
type database struct{ platform }

func (d database) with(ctx context.Context, s *streams, f func(*postgis.DB) error) (err error) {
	b, err := d.openDatabase(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	return f(b.db)
}

// runOrder is what somebody wants done about a run, and why.
type runOrder struct {
	database
	Run    int64  `arg:"" name:"run" help:"Number of the run; runs list prints them."`
	Reason string `required:"" help:"Why; it is kept in the run's history."`
}

func (o runOrder) act() vault.Act {
	return vault.Act{Actor: whoami(), Purpose: o.Reason, At: time.Now().UTC()}
}

type runsListCmd struct {
	database
	County string `placeholder:"CODE" help:"Only of this county."`
	Limit  int    `default:"20" help:"How many."`
}

// Run prints a table.
func (c *runsListCmd) Run(ctx context.Context, s *streams) error {
	return c.with(ctx, s, func(db *postgis.DB) error {
		list, err := db.RunList(ctx, c.County, c.Limit)
		if err != nil {
			return err
		}
		tab := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(tab, "run\tcounty\tseason\tstate\tasked for\tended\tunits\tfailed\tpublication\treason")
		for _, r := range list {
			ended, published := "", ""
			if r.FinishedAt != nil {
				ended = r.FinishedAt.Format("2006-01-02 15:04")
			}
			if r.Publication != 0 {
				published = fmt.Sprint(r.Publication)
			}
			fmt.Fprintf(tab, "%d\t%s\t%s\t%s\t%s\t%s\t%d of %d\t%d\t%s\t%s\n", r.ID, r.County, r.Season, r.State,
				r.CreatedAt.Format("2006-01-02 15:04"), ended, r.Ended, r.Units, r.Failed, published, r.Reason)
		}
		return tab.Flush()
	})
}

type runsPauseCmd struct{ runOrder }

// Run pauses.
func (c *runsPauseCmd) Run(ctx context.Context, s *streams) error {
	return c.with(ctx, s, func(db *postgis.DB) error {
		if err := db.PauseRun(ctx, c.runOrder.Run, c.act()); err != nil {
			return err
		}
		return tell(s.Out, "run %d is paused; units in hand are finished\n", c.runOrder.Run)
	})
}

type runsResumeCmd struct{ runOrder }

// Run lets it go on.
func (c *runsResumeCmd) Run(ctx context.Context, s *streams) error {
	return c.with(ctx, s, func(db *postgis.DB) error {
		if err := db.ResumeRun(ctx, c.runOrder.Run, c.act()); err != nil {
			return err
		}
		return tell(s.Out, "run %d goes on as soon as a worker is there (`parus worker`, `parus up`, or the command that started it)\n", c.runOrder.Run)
	})
}

type runsCancelCmd struct{ runOrder }

// Run cancels.
func (c *runsCancelCmd) Run(ctx context.Context, s *streams) error {
	return c.with(ctx, s, func(db *postgis.DB) error {
		n, err := db.CancelRun(ctx, c.runOrder.Run, c.act())
		if err != nil {
			return err
		}
		return tell(s.Out, "run %d is cancelled, with %d units that waited; what is done is kept, and nothing was published\n", c.runOrder.Run, n)
	})
}

type runsRetryCmd struct {
	runOrder
	Failed bool   `xor:"which" required:"" help:"What may pass: services that were away, workers that were lost."`
	All    bool   `xor:"which" required:"" help:"Also what trying again is not expected to mend, and what is quarantined."`
	Item   string `xor:"which" required:"" placeholder:"NAME" help:"One item by its name in outcomes.csv, whatever it failed of."`
}

// Run returns failed units to waiting.
func (c *runsRetryCmd) Run(ctx context.Context, s *streams) error {
	return c.with(ctx, s, func(db *postgis.DB) error {
		n, err := db.RetryFailed(ctx, c.runOrder.Run, postgis.Retry{Poison: c.All, Item: c.Item}, c.act())
		if err != nil {
			return err
		}
		if n == 0 {
			return tell(s.Out, "run %d has no such failed item; `parus runs show %d` tells what failed\n", c.runOrder.Run, c.runOrder.Run)
		}
		return tell(s.Out, "run %d: %d units are tried again, and what comes after them is planned anew\n", c.runOrder.Run, n)
	})
}

func tell(w io.Writer, format string, args ...any) error {
	_, err := fmt.Fprintf(w, format, args...)
	return err
}
