package main

import (
	"context"
	"errors"
	"fmt"
	"net"

	"parus/internal/postgis"
)

// workerCmd works on whatever runs there are, beside any number of others.
type workerCmd struct {
	platform
	keyFile
	handoverSecrets
	decoding
	Threads   int    `help:"Units of work at once; default: the processors."`
	Metrics   string `env:"PARUS_METRICS" placeholder:"HOST:PORT" help:"Answer /metrics, /healthz and /readyz there; default: nowhere. Without a host: this machine alone."`
	Supervise bool   `default:"true" negatable:"" help:"Work in a process of its own that is started again where it dies; an item that kills it three times is quarantined."`
	Name      string `env:"PARUS_WORKER_NAME" hidden:"" help:"Given by the supervisor."`
	Deaths    int    `env:"PARUS_WORKER_DEATHS" hidden:"" help:"Given by the supervisor."`
}

// Run works until it is told to stop.
func (c *workerCmd) Run(ctx context.Context, s *streams) (err error) {
	if c.DatabaseURL == "" || c.RedisURL == "" {
		return usageError{errors.New("a worker shares services with others: set PARUS_DATABASE_URL and PARUS_REDIS_URL, or use `parus up` for all in one")}
	}
	if c.Supervise && c.Name == "" {
		return c.supervise(ctx, s)
	}
	if c.Name != "" {
		defer func() { err = hopeless(err) }()
	}
	var figures net.Listener
	if c.Metrics != "" { // before the work: a taken port should be known at once
		if figures, err = listenForFigures(ctx, c.Metrics); err != nil {
			return err
		}
		defer func() { _ = figures.Close() }() // closed already where it has served
	}
	b, err := c.openPatiently(ctx, s)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil // told to stop while it waited
	case err != nil:
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	b.worker = c.Name
	decoders := c.decoding.start(c.Threads)
	defer func() { err = errors.Join(err, decoders.Close()) }()
	b.takeUploads(c.keyFile, decoders.MemoryBytes)
	w := b.crew(ctx, c.Threads, decoders)
	defer func() { err = errors.Join(err, w.Close()) }()
	if err := w.handOver(c.handoverSecrets, c.keyFile); err != nil {
		return err
	}
	if figures != nil {
		w.tellFigures(figures, c.Deaths)
		fmt.Fprintf(s.Err, "parus: figures on http://%s/metrics\n", figures.Addr())
	}
	fmt.Fprintln(s.Err, "parus: working; Ctrl-C stops after the units in hand")
	return w.driveOpen()
}

// exitHopeless ends a child that its supervisor need not start again: EX_CONFIG
// of sysexits.h, with which neither Go's runtime nor a verb ends by itself.
const exitHopeless = 78

// hopelessError is why another child would fare no better.
type hopelessError struct{ error }

func (e hopelessError) Unwrap() error { return e.error }

// hopeless marks that the database is a newer release's.
func hopeless(err error) error {
	if e := (postgis.SchemaError{}); errors.As(err, &e) && e.Outdated() {
		return hopelessError{err}
	}
	return err
}
