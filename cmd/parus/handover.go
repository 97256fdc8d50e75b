package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"parus/internal/handover"
	"parus/internal/handover/fineract"
	"parus/internal/postgis"
)

// handoverCmd groups what is done about the hand-over to the bank's systems.
type handoverCmd struct {
	List    handoverListCmd    `cmd:"" help:"Where each target stands, and what is not settled."`
	Send    handoverSendCmd    `cmd:"" help:"Send what is due now, once; workers do it all the time."`
	Replay  handoverReplayCmd  `cmd:"" help:"Make events due again for a target, whatever became of them."`
	Drop    handoverDropCmd    `cmd:"" help:"Give up an event for a target, so that later ones of its application are sent."`
	Pull    handoverPullCmd    `cmd:"" help:"Book what a Fineract says was paid out and paid back of our loans."`
	Listen  handoverListenCmd  `cmd:"" help:"Take the web hooks of a Fineract, and book what it says then."`
	Test    handoverTestCmd    `cmd:"" help:"Ask a target whether it understands us; no application is touched."`
	Secret  handoverSecretCmd  `cmd:"" help:"Print a new secret of a webhook."`
	Targets handoverTargetsCmd `cmd:"" help:"Whom events are handed over to: add, set."`
}

// deliveries is what verbs of the hand-over share.
type deliveries struct{ platform }

func (c deliveries) with(ctx context.Context, s *streams, do func(*backend) error) (err error) {
	b, err := c.openDatabase(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	return do(b)
}

type handoverListCmd struct {
	deliveries
	Target string `placeholder:"NAME" help:"Events of this target alone."`
	State  string `enum:",pending,sent,failed,dead,dropped" default:"" help:"Events in this state: ${enum}; default: all that are not settled."`
	Limit  int    `default:"50" help:"Events to list at most."`
}

// Run prints two tables.
func (c *handoverListCmd) Run(ctx context.Context, s *streams) error {
	return c.with(ctx, s, func(b *backend) error {
		h := b.db.Handover()
		targets, err := h.TargetStates(ctx)
		if err != nil {
			return err
		}
		list, err := h.Deliveries(ctx, c.Target, c.State, c.Limit)
		if err != nil {
			return err
		}
		tab := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(tab, "target\tkind\tcounties\tpaused\tnot looked at\tpending\tfailed\tdead\tsent\tdropped\tlast sent")
		for _, t := range targets {
			fmt.Fprintf(tab, "%s\t%s\t%s*\t%t\t%d\t%d\t%d\t%d\t%d\t%d\t%s\n", t.Name, t.Kind, t.County, t.Paused, t.Behind, t.Pending, t.Failed, t.Dead, t.Sent, t.Dropped, instant(t.LastSent))
		}
		if len(list) > 0 {
			fmt.Fprintln(tab, "\ntarget\tcounty\tevent\tapplication\tstate\tattempts\tnext\tthere\tsent\twhy")
		}
		for _, d := range list {
			fmt.Fprintf(tab, "%s\t%s\t%d\t%s-%d\t%s\t%d\t%s\t%s\t%s\t%s\n", d.Target, d.County, d.Seq, d.County, d.Application, d.State, d.Attempts, instant(d.NextAt), d.Remote, instant(d.SentAt), d.LastError)
		}
		return tab.Flush()
	})
}

func instant(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

type handoverSendCmd struct {
	deliveries
	keyFile
	handoverSecrets
}

// Run fails where something is dead: a person has to look.
func (c *handoverSendCmd) Run(ctx context.Context, s *streams) error {
	return c.with(ctx, s, func(b *backend) error {
		all, err := c.carriers(b.db, c.keyFile)
		if err != nil {
			return err
		}
		sum, err := all.sender(b).Round(ctx)
		fmt.Fprintf(s.Out, "queued %d, sent %d, failed for now %d, dead %d\n", sum.Queued, sum.Sent, sum.Failed, sum.Dead)
		if err == nil && sum.Dead > 0 {
			err = errors.New("some events will not be tried again: `parus handover list` says why; settle that, then `parus handover replay` or `drop`")
		}
		return err
	})
}

type handoverReplayCmd struct {
	deliveries
	Target string `required:"" placeholder:"NAME" help:"Who is told again."`
	County string `required:"" placeholder:"CODE" help:"County of the events."`
	From   int64  `required:"" placeholder:"N" help:"First event."`
	To     int64  `placeholder:"N" help:"Last event; default: the latest."`
}

// Run makes them due; they keep their ids.
func (c *handoverReplayCmd) Run(ctx context.Context, s *streams) error {
	if c.From < 1 || c.To != 0 && c.To < c.From {
		return usageError{errors.New("--from is 1 or more, --to not below it")}
	}
	return c.with(ctx, s, func(b *backend) error {
		n, err := b.db.Handover().Replay(ctx, c.Target, c.County, c.From, c.To)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("county %s has no event there that %s is told of: --county takes a whole code, --from and --to numbers that the log has reached", c.County, c.Target)
		}
		_, err = fmt.Fprintf(s.Out, "%d events of county %s are due for %s\n", n, c.County, c.Target)
		return err
	})
}

type handoverDropCmd struct {
	deliveries
	Target string `required:"" placeholder:"NAME" help:"Who is not told."`
	County string `required:"" placeholder:"CODE" help:"County of the event."`
	Event  int64  `required:"" placeholder:"N" help:"The event."`
	Why    string `required:"" help:"Why; it is kept with the event."`
}

// Run gives one up.
func (c *handoverDropCmd) Run(ctx context.Context, s *streams) error {
	return c.with(ctx, s, func(b *backend) error {
		return b.db.Handover().Drop(ctx, c.Target, c.County, c.Event, whoami()+": "+c.Why)
	})
}

type handoverTestCmd struct {
	deliveries
	keyFile
	handoverSecrets
	Target string `arg:"" help:"Name of the target."`
}

// Run asks Fineract about its products, and sends a webhook a signed message
// that is about nothing.
func (c *handoverTestCmd) Run(ctx context.Context, s *streams) error {
	return c.with(ctx, s, func(b *backend) error {
		t, err := b.db.Handover().Target(ctx, c.Target)
		if err != nil {
			return err
		}
		all, err := c.carriers(b.db, c.keyFile)
		if err != nil {
			return err
		}
		carrier, err := all.carrier(t)
		if err != nil {
			return fmt.Errorf("target %s: %w", t.Name, err)
		}
		switch x := carrier.(type) {
		case *fineract.Carrier:
			problems, err := x.Test(ctx)
			for _, p := range problems {
				fmt.Fprintln(s.Out, p)
			}
			if err == nil && len(problems) > 0 {
				err = fmt.Errorf("target %s answers, but %d settings of its products don't bear our schedules", t.Name, len(problems))
			}
			if err != nil {
				return err
			}
		case *handover.WebhookCarrier:
			if _, err := x.Ping(ctx); err != nil {
				return fmt.Errorf("target %s: %w", t.Name, err)
			}
		}
		_, err = fmt.Fprintf(s.Out, "target %s answers as it should\n", t.Name)
		return err
	})
}

type handoverSecretCmd struct{}

// Run prints 32 random bytes as Standard Webhooks writes secrets.
func (*handoverSecretCmd) Run(_ context.Context, s *streams) error {
	_, err := fmt.Fprintln(s.Out, handover.NewSecret())
	return err
}

var _ handover.Outbox = postgis.Handover{}
