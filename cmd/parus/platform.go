package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/hibiken/asynq"

	"parus/internal/postgis"
	"parus/internal/services"
	"parus/workers"
)

// platform says where the database and the queue are. Every verb that needs
// them embeds it.
type platform struct {
	Home        string `env:"PARUS_HOME" default:".parus" type:"path" help:"Folder of the private database and queue."`
	DatabaseURL string `env:"PARUS_DATABASE_URL" placeholder:"URL" help:"PostGIS to use instead of a private one."`
	RedisURL    string `env:"PARUS_REDIS_URL" placeholder:"URL" help:"Redis to use instead of a private one: redis://, redis-sentinel://host,host/0?master=NAME or redis-cluster://host,host."`
	LogFormat   string `name:"log" env:"PARUS_LOG" enum:"text,json" default:"text" help:"Log as text, faults alone, or as JSON, with a line for each unit of work."`
	Archive     string `env:"PARUS_ARCHIVE" type:"path" placeholder:"DIR" help:"Folder that takes the log of the private database, for restoring it to a point."`
	Verbose     bool   `short:"v" help:"Log what the services and the queue do."`

	Lease time.Duration `env:"PARUS_LEASE" default:"30s" hidden:"" help:"How long a unit in hand waits for a worker that gives no sign of life."`
}

// backend is a migrated database and a queue that answer.
type backend struct {
	db       *postgis.DB
	redis    asynq.RedisConnOpt
	services *services.Services
	log      *slog.Logger
	lease    time.Duration    // of what the worker in this process takes in hand
	worker   string           // name of the worker in this process; "": any
	now      func() time.Time // this machine's clock
	uploads  *uploadReader    // nil: this process reads no uploads
	alone    bool             // this process has just started the database: nobody else is at work
}

// open starts private services or connects to those given, and brings the
// schema up to date.
func (p platform) open(ctx context.Context, s *streams) (*backend, error) {
	return p.start(ctx, s, services.Config{RedisURL: p.RedisURL})
}

// openEvery is how often a worker looks whether its database is back.
const openEvery = time.Second

// openPatiently is open for workers, which wait for a database that is away
// instead of ending, since whoever starts them again does so ever more seldom.
func (p platform) openPatiently(ctx context.Context, s *streams) (*backend, error) {
	for told := false; ; told = true {
		b, err := p.open(ctx, s)
		if err == nil || !postgis.Away(err) {
			return b, err
		}
		if !told {
			fmt.Fprintf(s.Err, "parus: waiting for the database: %v\n", err)
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(openEvery):
		}
	}
}

// openDatabase is open for verbs that need no queue.
func (p platform) openDatabase(ctx context.Context, s *streams) (*backend, error) {
	return p.start(ctx, s, services.Config{WithoutRedis: true})
}

func (p platform) start(ctx context.Context, s *streams, c services.Config) (*backend, error) {
	c.Home, c.DatabaseURL, c.Archive, c.Log = p.Home, p.DatabaseURL, p.Archive, s.Err
	log := p.logger(s)
	if err := os.MkdirAll(p.Home, 0o755); err != nil {
		return nil, fmt.Errorf("PARUS_HOME: %w", err)
	}
	for {
		sv, err := services.Start(ctx, c)
		if err != nil {
			return nil, err
		}
		b := &backend{services: sv, log: log, lease: p.Lease, now: s.clock(), alone: sv.OwnsDatabase()}
		err = b.connect(ctx)
		if err == nil {
			return b, nil
		}
		again := ctx.Err() == nil && sv.OwnerLeaves(ctx)
		if err := errors.Join(err, b.Close()); !again {
			return nil, err
		}
	}
}

func (b *backend) connect(ctx context.Context) (err error) {
	if b.services.RedisURL != "" {
		if b.redis, err = workers.ParseRedis(b.services.RedisURL); err == nil {
			err = b.awaitRedis(ctx)
		}
		if err != nil {
			return fmt.Errorf("PARUS_REDIS_URL: %w", err)
		}
	}
	if b.db, err = postgis.Open(ctx, b.services.DatabaseURL); err != nil {
		return err
	}
	if err := b.db.Migrate(ctx); err != nil {
		return err
	}
	if b.alone {
		return b.db.ReleaseClaims(ctx)
	}
	return nil
}

// redisPatience is how long it is waited for a Redis that does not answer: longer
// than Sentinels take to name another master.
const redisPatience = 30 * time.Second

// awaitRedis waits until what the address names answers, and says at once where
// no waiting helps.
func (b *backend) awaitRedis(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, redisPatience)
	defer cancel()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for told := false; ; told = true {
		_, err := workers.LookAtRedis(ctx, b.services.RedisURL)
		if err == nil || errors.Is(err, workers.ErrRedisMisnamed) {
			return err
		}
		if !told {
			b.log.Warn("waiting for Redis", "error", err)
		}
		select {
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}

// Close ends the connections and the services that open started.
func (b *backend) Close() error {
	if b.db != nil {
		b.db.Close()
	}
	return b.services.Close()
}

func (p platform) logger(s *streams) *slog.Logger {
	level := slog.LevelWarn
	if p.LogFormat == "json" {
		level = slog.LevelInfo
	}
	if p.Verbose {
		level = slog.LevelDebug
	}
	if p.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(s.Err, &slog.HandlerOptions{Level: level}))
	}
	return slog.New(slog.NewTextHandler(s.Err, &slog.HandlerOptions{Level: level}))
}
