package main

import (
	"context"
	"errors"
	"fmt"
)

// workerCmd works on whatever runs there are, beside any number of others.
type workerCmd struct {
	platform
	keyFile
	handoverSecrets
	decoding
	Threads   int    `help:"Units of work at once; default: the processors."`
	Supervise bool   `default:"true" negatable:"" help:"Work in a process of its own that is started again where it dies; an item that kills it three times is quarantined."`
	Name      string `env:"PARUS_WORKER_NAME" hidden:"" help:"Given by the supervisor."`
}

// Run works until it is told to stop.
func (c *workerCmd) Run(ctx context.Context, s *streams) (err error) {
	if c.DatabaseURL == "" || c.RedisURL == "" {
		return usageError{errors.New("a worker shares services with others: set PARUS_DATABASE_URL and PARUS_REDIS_URL, or use `parus up` for all in one")}
	}
	if c.Supervise && c.Name == "" {
		return c.supervise(ctx, s)
	}
	b, err := c.open(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	b.worker = c.Name
	decoders := c.decoding.start(c.Threads)
	defer func() { err = errors.Join(err, decoders.Close()) }()
	w := b.crew(ctx, c.Threads, decoders)
	defer func() { err = errors.Join(err, w.Close()) }()
	if err := w.handOver(c.handoverSecrets, c.keyFile); err != nil {
		return err
	}
	fmt.Fprintln(s.Err, "parus: working; Ctrl-C stops after the units in hand")
	return w.driveOpen()
}
