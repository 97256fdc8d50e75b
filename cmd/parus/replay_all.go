package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"parus/credit"
)

// replays counts what became of decisions that were computed again.
type replays struct {
	agree, differ int
	others        map[string]int // by the version of the engine that decided
	shown         []string       // the first differences
}

// mostShown is how many differences are told one by one.
const mostShown = 20

func (r *replays) done() int {
	n := r.agree + r.differ
	for _, k := range r.others {
		n += k
	}
	return n
}

func (r *replays) add(err error) {
	var differs *credit.ReplayError
	switch {
	case err == nil:
		r.agree++
	case errors.As(err, &differs) && differs.OtherEngine():
		if r.others == nil {
			r.others = map[string]int{}
		}
		r.others[differs.Stored]++
	default:
		r.differ++
		if len(r.shown) < mostShown {
			r.shown = append(r.shown, err.Error())
		}
	}
}

// all replays a season: snapshots are read one by one, and no more are in memory
// than threads work on.
func (c *replayCmd) all(ctx context.Context, b *backend, s *streams) error {
	total, err := b.db.DecisionCount(ctx, c.County, c.Season)
	if err != nil {
		return err
	}
	threads := c.Threads
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	work, answers := make(chan []byte), make(chan error)
	var replayer credit.Replayer
	var workers sync.WaitGroup
	for range threads {
		workers.Go(func() {
			for doc := range work {
				answers <- replayed(&replayer, doc)
			}
		})
	}
	read := make(chan error, 1)
	go func() {
		read <- b.db.EachSnapshot(ctx, c.County, c.Season, func(doc []byte) error {
			select {
			case work <- slices.Clone(doc):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		close(work)
		workers.Wait()
		close(answers)
	}()
	progress := newProgress(s.Err, "replay", "decisions", time.Now)
	var r replays
	for err := range answers {
		r.add(err)
		progress(r.done(), max(total, r.done()))
	}
	if err := <-read; err != nil {
		return err
	}
	return c.report(r, s)
}

func replayed(r *credit.Replayer, doc []byte) error {
	var snap credit.Snapshot
	if err := json.Unmarshal(doc, &snap); err != nil {
		return fmt.Errorf("a snapshot cannot be read: %w", err)
	}
	return r.Replay(snap)
}

// report fails where a decision differs and where none was compared.
func (c *replayCmd) report(r replays, s *streams) error {
	slices.Sort(r.shown)
	for _, line := range r.shown {
		fmt.Fprintln(s.Err, line)
	}
	var others []string
	for version, n := range r.others {
		others = append(others, fmt.Sprintf("; %d by engine %s not compared", n, version))
	}
	slices.Sort(others)
	if _, err := fmt.Fprintf(s.Out, "county %s, season %s: %d decisions, %d replayed bit for bit, %d differ%s\n",
		c.County, c.Season, r.done(), r.agree, r.differ, strings.Join(others, "")); err != nil {
		return err
	}
	switch {
	case r.differ > 0:
		return fmt.Errorf("%d of %d decisions differ", r.differ, r.done())
	case r.done() == 0:
		return fmt.Errorf("no decision of county %s, season %s is stored", c.County, c.Season)
	case r.agree == 0:
		return fmt.Errorf("no decision was made by engine %s: replay with the release that decided", credit.EngineVersion)
	}
	return nil
}
