package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"parus/internal/ledger"
	"parus/internal/postgis"
	"parus/internal/season"
)

type runsShowCmd struct {
	database
	Number int64 `arg:"" name:"run" help:"Number of the run."`
}

// Run prints where a run stands.
func (c *runsShowCmd) Run(ctx context.Context, s *streams) error {
	return c.with(ctx, s, func(db *postgis.DB) error {
		run, err := db.Run(ctx, c.Number)
		if err != nil {
			return err
		}
		pace, err := db.RunPace(ctx, run.ID)
		if err != nil {
			return err
		}
		events, err := db.RunEvents(ctx, run.ID)
		if err != nil {
			return err
		}
		estimate, estimated, err := db.EstimateOf(ctx, run.ID)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.Out, "run %d: county %s, season %s: %s%s\n", run.ID, run.County, run.Season, run.State, because(run.Reason))
		for _, e := range events {
			fmt.Fprintf(s.Out, "%s  %s by %s%s\n", e.At.Format("2006-01-02 15:04:05"), e.Act, e.Actor, because(e.Reason))
		}
		if err := printPace(s.Out, pace); err != nil {
			return err
		}
		if run.State == season.RunRunning || run.State == season.RunPaused {
			return tell(s.Out, "%s\n", timeLeft(pace, estimate))
		}
		if !estimated {
			return nil
		}
		return printActual(ctx, db, run.ID, estimate, s.Out)
	})
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

func printPace(w io.Writer, pace []ledger.Pace) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "stage\tdone\tskipped\tfailed\trunning\twaiting\tcancelled\ttotal\tearlier\ta minute\tleft")
	for _, p := range pace {
		rate, left := "", ""
		if r := p.PerMinute(); r > 0 && p.Open() > 0 {
			rate = fmt.Sprintf("%.1f", r)
		}
		if t, ok := p.Left(); ok && p.Open() > 0 {
			left = t.Round(time.Second).String()
		}
		fmt.Fprintf(tab, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\n", p.Stage, p.Done, p.Skipped, p.Failed, p.Running, p.Pending, p.Cancelled,
			p.Total(), max(0, p.Total()-p.Open()-p.Here), rate, left)
	}
	return tab.Flush()
}

// timeLeft is the time left at the present pace, and by the estimate for the
// stages that have not begun.
func timeLeft(pace []ledger.Pace, e season.Estimate) string {
	expected := make(map[string]time.Duration, len(e.Stages))
	for _, s := range e.Stages {
		expected[s.Stage] = season.Seconds(s.WallS)
	}
	left, unknown := ledger.Left(pace, expected)
	if unknown != "" {
		return "time left: not known until units of stage " + unknown + " are finished"
	}
	if len(e.Stages) == 0 {
		return fmt.Sprintf("time left in the stages that have begun: about %s", left.Round(time.Second))
	}
	return fmt.Sprintf("time left: about %s", left.Round(time.Second))
}
