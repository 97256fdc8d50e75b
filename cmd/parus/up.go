package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"golang.org/x/sync/errgroup"

	"parus/web"
	"parus/web/oidc"
)

// upCmd is everything in one process tree.
type upCmd struct {
	platform
	keyFile
	handoverSecrets
	decoding
	letterhead
	oidc.Options
	Listen  string `env:"PARUS_LISTEN" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address of the web server."`
	Threads int    `help:"Units of work at once; default: the processors."`
	Demo    bool   `help:"Generate a county, take it from scenes to lines, and open its map."`
	Once    bool   `help:"With --demo: write the results to --out and end."`
	Out     string `type:"path" default:"out" placeholder:"DIR" help:"With --once: folder for the results."`
}

// Run serves until it is told to stop.
func (c *upCmd) Run(ctx context.Context, s *streams) (err error) {
	if c.Once && !c.Demo {
		return usageError{errors.New("--once goes with --demo")}
	}
	var listener net.Listener
	if !c.Once { // before the work: a taken port should be known at once
		if listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen); err != nil {
			return fmt.Errorf("web server: %w: choose another address with --listen or PARUS_LISTEN", err)
		}
		defer func() { _ = listener.Close() }() // closed already where it has served
	}
	b, err := c.open(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	decoders := c.decoding.start(c.Threads)
	defer func() { err = errors.Join(err, decoders.Close()) }()
	b.takeUploads(c.keyFile, decoders.MemoryBytes)
	w := b.crew(ctx, c.Threads, decoders)
	defer func() { err = errors.Join(err, w.Close()) }()
	if err := w.handOver(c.handoverSecrets, c.keyFile); err != nil {
		return err
	}
	var business func() time.Time
	if c.Demo {
		d := demo{crew: w, keyFile: c.keyFile, home: c.Home, out: c.Out, once: c.Once}
		last, err := d.run(ctx, s)
		if err != nil {
			return err
		}
		business = today(last)
		if c.Once {
			return nil
		}
		if err := d.invite(ctx, s, listener.Addr().String()); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(s.Err, "parus: the map is on http://%s; add people with `parus user add`; Ctrl-C stops everything\n", listener.Addr())
	}
	return c.serve(ctx, b, w, listener, business)
}

// requestRate is how many requests a second one account or token may send for
// long; parusd has a flag for it.
const requestRate = 200

// serve answers and works until ctx ends or a part of it fails. The clock of
// business is the real one where it is nil.
func (c *upCmd) serve(ctx context.Context, b *backend, w *crew, listener net.Listener, today func() time.Time) error {
	keys, err := c.ring()
	if err != nil {
		return err
	}
	head, err := web.NewLetterhead(c.Lender, c.Contact, c.LetterFont)
	if err != nil {
		return err
	}
	provider, err := c.Provider()
	if err != nil {
		return err
	}
	handler, err := web.New(web.Config{SignOn: provider, RequestRate: requestRate, Version: version, Log: b.log, Keys: keys, Letterhead: head, Today: today,
		Collectors: append(w.collectors(), b.db.PoolGauges())}, b.db)
	if err != nil {
		return err
	}
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return web.Serve(gctx, listener, handler, web.Patience{}) })
	g.Go(func() error {
		defer w.stop(nil)
		if err := w.driveOpen(); err != nil {
			return err
		}
		return context.Cause(w.ctx)
	})
	if err := g.Wait(); ctx.Err() == nil {
		return err
	}
	return nil // told to stop
}
