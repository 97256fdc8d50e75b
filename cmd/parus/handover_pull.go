package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"parus/internal/handover"
	"parus/internal/handover/fineract"
	"parus/web"
)

// fineractBank is one Fineract and what is booked of it.
type fineractBank struct {
	target  handover.Target
	carrier *fineract.Carrier
	all     *carriers
}

// bank returns the Fineract of a name.
func (c *carriers) bank(ctx context.Context, name string) (fineractBank, error) {
	t, err := c.db.Handover().Target(ctx, name)
	if err != nil {
		return fineractBank{}, err
	}
	carrier, err := c.carrier(t)
	if err != nil {
		return fineractBank{}, fmt.Errorf("target %s: %w", t.Name, err)
	}
	f, ok := carrier.(*fineract.Carrier)
	if !ok {
		return fineractBank{}, usageError{fmt.Errorf("target %s is no Fineract", t.Name)}
	}
	return fineractBank{t, f, c}, nil
}

func (b fineractBank) book() handover.Book { return b.all.db.Handover().Book(b.target.Name, time.Now) }

// pull asks about each loan that is still open, and returns how many there are.
// One that can't be booked holds up no other.
func (b fineractBank) pull(ctx context.Context) (int, error) {
	loans, err := b.all.db.Handover().OpenLoans(ctx, b.target.Name)
	if err != nil {
		return 0, err
	}
	var errs error
	for _, id := range loans {
		if err := b.carrier.Pull(ctx, id, b.book()); err != nil {
			errs = errors.Join(errs, fmt.Errorf("loan %d: %w", id, err))
		}
	}
	return len(loans), errs
}

type handoverPullCmd struct {
	deliveries
	keyFile
	handoverSecrets
	Target string `arg:"" help:"Name of the target."`
}

// Run asks about all open loans: Fineract does not repeat hooks that got lost.
func (c *handoverPullCmd) Run(ctx context.Context, s *streams) error {
	return c.with(ctx, s, func(on *backend) error {
		all, err := c.carriers(on.db, c.keyFile)
		if err != nil {
			return err
		}
		b, err := all.bank(ctx, c.Target)
		if err != nil {
			return err
		}
		n, err := b.pull(ctx)
		fmt.Fprintf(s.Out, "asked about %d loans\n", n)
		return err
	})
}

type handoverListenCmd struct {
	deliveries
	keyFile
	handoverSecrets
	Target string `arg:"" help:"Name of the target."`
	Listen string `default:"127.0.0.1:8081" placeholder:"HOST:PORT" help:"Address to answer on; in front of it belongs a proxy that ends TLS."`
}

// Run answers hooks until it is told to stop. Whatever got lost while it did not
// is asked for first.
func (c *handoverListenCmd) Run(ctx context.Context, s *streams) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("hooks: %w: choose another address with --listen", err)
	}
	defer func() { _ = l.Close() }() // closed already where it has served
	return c.with(ctx, s, func(on *backend) error {
		all, err := c.carriers(on.db, c.keyFile)
		if err != nil {
			return err
		}
		b, err := all.bank(ctx, c.Target)
		if err != nil {
			return err
		}
		token := all.secrets.Targets[b.target.Name].HookToken
		if len(token) < 32 {
			return fmt.Errorf("target %s has no hook_token in its secrets: give it one of at least 32 characters", b.target.Name)
		}
		if n, err := b.pull(ctx); err != nil {
			fmt.Fprintf(s.Err, "parus: of %d open loans: %v\n", n, err)
		}
		mux := http.NewServeMux()
		mux.Handle("/hooks/"+b.target.Name+"/", fineract.Hook{Carrier: b.carrier, Token: token, Book: b.book()})
		fmt.Fprintf(s.Err, "parus: taking hooks on http://%s/hooks/%s/ and the token\n", l.Addr(), b.target.Name)
		return web.Serve(ctx, l, mux, web.Patience{})
	})
}
