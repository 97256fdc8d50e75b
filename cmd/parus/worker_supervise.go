package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"parus/internal/postgis"
	"parus/internal/supervisor"
)

// burialTime bounds how long a dead worker's units are looked for; their leases
// run out anyway.
const burialTime = 20 * time.Second

// supervise runs the same command in a child, again where it dies.
func (c *workerCmd) supervise(ctx context.Context, s *streams) error {
	if c.Metrics != "" { // a child that can't have its port would be started for ever
		l, err := listenForFigures(ctx, c.Metrics)
		if err != nil {
			return err
		}
		if err := l.Close(); err != nil {
			return err
		}
	}
	deaths := 0
	args := append([]string{"worker"}, workerArgs(os.Args)...)
	err := supervisor.Supervisor{
		Start: func(name string) *exec.Cmd {
			cmd := exec.Command(ownProgram, args...)
			cmd.Args[0] = os.Args[0]
			cmd.Env = append(os.Environ(), "PARUS_WORKER_NAME="+name, fmt.Sprintf("PARUS_WORKER_DEATHS=%d", deaths))
			cmd.Stdout, cmd.Stderr = s.Out, s.Err
			return cmd
		},
		Died: func(name, how string) {
			deaths++
			fmt.Fprintf(s.Err, "parus: the worker has died (%s); starting another\n", how)
			items, err := c.bury(ctx, name)
			if err != nil {
				fmt.Fprintf(s.Err, "parus: what it had in hand waits until its lease has run out: %v\n", err)
			}
			for _, i := range items {
				fmt.Fprintf(s.Err, "parus: it had in hand: %s\n", i)
			}
		},
		Final: exitHopeless,
		Now:   time.Now,
	}.Run(ctx)
	if errors.Is(err, supervisor.ErrFinal) {
		return errors.New("the worker can't go on with this release: install the one that its last words name, and start it again")
	}
	return err
}

// bury gives back what a dead worker had in hand.
func (c *workerCmd) bury(ctx context.Context, name string) (items []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, burialTime)
	defer cancel()
	db, err := postgis.Open(ctx, c.DatabaseURL)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	items, err = db.BuryWorker(ctx, name)
	if errors.Is(err, context.Canceled) {
		return nil, nil
	}
	return items, err
}

// workerArgs are the flags after the verb, as they were given.
func workerArgs(args []string) []string {
	for i, a := range args {
		if i > 0 && a == "worker" {
			return args[i+1:]
		}
	}
	return nil
}

// checkQuarantine tells what kills workers.
func (d *doctorCmd) checkQuarantine(ctx context.Context) finding {
	f := finding{subject: "quarantine", found: "no item has killed its workers", notice: true}
	db, err := postgis.Open(ctx, d.DatabaseURL)
	if err != nil {
		f.err = errors.New("the database does not answer")
		return f
	}
	defer db.Close()
	list, err := db.Quarantined(ctx)
	if err != nil {
		f.err = fmt.Errorf("%w: run `parus migrate`", err)
		return f
	}
	if len(list) == 0 {
		return f
	}
	var names []string
	for _, u := range list[:min(len(list), 5)] {
		names = append(names, u.Stage+" "+u.Item)
	}
	if len(list) > len(names) {
		names = append(names, "…")
	}
	f.err = fmt.Errorf("%d items killed their worker three times and are left out: %s; look at them, then `parus runs retry N --item NAME`",
		len(list), strings.Join(names, ", "))
	return f
}
