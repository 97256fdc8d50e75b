package services

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
)

// running is what the owner of a home holds until it stops.
type running struct {
	home    home
	lock    *os.File
	keeper  *keeper
	sockets string
	state   state
	procs   []*process // in the order in which they were started
	lost    chan error
}

// start clears what a crash left, starts the services and writes the state
// file once both answer.
func (r *running) start(ctx context.Context, c Config) error {
	r.home.forget()
	who, err := serviceAccount()
	if err != nil {
		return err
	}
	place, err := r.home.place(ctx, who, c)
	if err != nil {
		return err
	}
	if err := endLeftovers(ctx, place.token, place.dir); err != nil {
		return err
	}
	if r.sockets, err = socketFolder(ctx, place, who); err != nil {
		return err
	}
	r.keeper = newKeeper()
	r.state = state{Data: place.dir, Sockets: r.sockets}
	r.state.PID, r.state.Started = os.Getpid(), startTicks(os.Getpid())
	if c.wantsRedis() {
		if err := r.startRedis(ctx, c, who, place); err != nil {
			return err
		}
	}
	if c.wantsDatabase() {
		if err := r.startPostgres(ctx, c, who, place); err != nil {
			return err
		}
	}
	return r.home.writeState(r.state)
}

func (r *running) startRedis(ctx context.Context, c Config, who account, place place) error {
	program, err := FindRedis()
	if err != nil {
		return err
	}
	p, err := redisServer{program: program, place: place, who: who, sockets: r.sockets}.start(ctx, r)
	if err != nil {
		return err
	}
	r.state.RedisURL = (&url.URL{Scheme: "redis-socket", Path: p}).String()
	fmt.Fprintf(c.Log, "services: Redis answers on %s\n", p)
	return nil
}

func (r *running) startPostgres(ctx context.Context, c Config, who account, place place) error {
	cl := cluster{place: place, who: who, sockets: r.sockets, config: c}
	if err := cl.openArchive(ctx); err != nil {
		return err
	}
	if err := cl.findPrograms(); err != nil {
		return err
	}
	if err := cl.initialise(ctx, r); err != nil {
		return err
	}
	if err := cl.start(ctx, r); err != nil {
		return err
	}
	u := url.URL{Scheme: "postgres", User: url.User(databaseUser), Path: "/" + databaseName,
		RawQuery: url.Values{"host": {r.sockets}, "port": {postgresPort}, "sslmode": {"disable"}}.Encode()}
	r.state.DatabaseURL = u.String()
	fmt.Fprintf(c.Log, "services: PostgreSQL %d answers on %s, data in %s\n", cl.programs.Major, r.sockets, place.dir)
	return nil
}

// launch starts a service and watches it.
func (r *running) launch(spec command) (*process, error) {
	p, err := r.keeper.start(spec)
	if err != nil {
		return nil, err
	}
	r.procs = append(r.procs, p)
	go func() {
		<-p.exited
		if !p.stopping.Load() {
			r.lost <- fmt.Errorf("%s ended by itself (%w): %s", p.name, p.err, p.lastWords())
		}
	}()
	return p, nil
}

// stop ends the services, last started first, and lets go of the home.
func (r *running) stop() error {
	r.home.forgetState()
	var errs []error
	for i := len(r.procs) - 1; i >= 0; i-- {
		if err := r.procs[i].stop(); err != nil {
			errs = append(errs, err)
		}
	}
	if r.keeper != nil {
		r.keeper.close()
	}
	if r.sockets != "" {
		if err := os.RemoveAll(r.sockets); err != nil {
			errs = append(errs, err)
		}
	}
	if err := r.lock.Close(); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
