package backtest

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"parus/credit"
)

// Item is a stored decision.
type Item struct {
	Household string
	Village   string
	Snapshot  []byte // JSON of a credit.Snapshot
}

// Source hands out the stored decisions of a season one after another, in the
// same order every time; it stops at the first error of each and returns it.
type Source func(ctx context.Context, each func(Item) error) error

// Job is a back-test to be done.
type Job struct {
	Policy   credit.Policy
	Threads  int                   // 0 is one
	Total    int                   // decisions, for progress
	Progress func(done, total int) // may be nil; called from one goroutine
}

// batch is how many decisions travel together.
const batch = 64

// Run decides every stored case again under the job's policy. each, which may be
// nil, is given every pair in the order of the source. The result does not
// depend on the number of threads. A case that can't be decided is counted and
// named; a policy that can't be used is an error.
func Run(ctx context.Context, j Job, from Source, each func(Pair) error) (Report, error) {
	d := &deciders{policy: j.Policy, tested: map[string]*credit.Engine{}, stored: map[string]*credit.Engine{}}
	if _, err := d.under(j.Policy.Version); err != nil {
		return Report{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	threads := max(1, j.Threads)
	// Batches queue twice: for whoever has time, and in their order.
	work, queue := make(chan *parcelOfWork), make(chan *parcelOfWork, 2*threads)
	var workers sync.WaitGroup
	for range threads {
		workers.Go(func() {
			for w := range work {
				d.decide(w)
				close(w.done)
			}
		})
	}
	read := make(chan error, 1)
	go func() {
		defer close(queue)
		defer close(work)
		read <- feed(ctx, from, work, queue)
	}()
	tally := NewTally(j.Policy.Rules)
	var failed error
	done := 0
	for w := range queue {
		if failed != nil {
			continue
		}
		select {
		case <-w.done:
		case <-ctx.Done():
			failed = ctx.Err()
			continue
		}
		if failed = w.count(tally, each); failed != nil {
			cancel()
		}
		if done += len(w.items); j.Progress != nil {
			j.Progress(done, j.Total)
		}
	}
	workers.Wait()
	if err := <-read; failed == nil { // or reading was stopped by the failure
		failed = err
	}
	if failed != nil {
		return Report{}, fmt.Errorf("back-test of policy %s: %w", j.Policy.Version, failed)
	}
	r := tally.Report()
	r.Policy, r.Currency, r.EngineVersion = j.Policy.Version, j.Policy.Currency, credit.EngineVersion
	return r, nil
}

// parcelOfWork is a batch with its results.
type parcelOfWork struct {
	items   []Item
	results []result
	done    chan struct{}
}

type result struct {
	pair       Pair
	recomputed bool
	problem    string
}

func feed(ctx context.Context, from Source, work, queue chan<- *parcelOfWork) error {
	var items []Item
	send := func() error {
		if len(items) == 0 {
			return nil
		}
		w := &parcelOfWork{items: items, done: make(chan struct{})}
		items = nil
		select {
		case queue <- w:
		case <-ctx.Done():
			return ctx.Err()
		}
		select {
		case work <- w:
		case <-ctx.Done():
			return ctx.Err()
		}
		return nil
	}
	err := from(ctx, func(i Item) error {
		if items = append(items, i); len(items) < batch {
			return nil
		}
		return send()
	})
	if err != nil {
		return err
	}
	return send()
}

func (w *parcelOfWork) count(t *Tally, each func(Pair) error) error {
	for i, r := range w.results {
		if r.problem != "" {
			t.Fail(w.items[i].Household, r.problem)
			continue
		}
		t.Add(r.pair)
		if r.recomputed {
			t.report.Recomputed++
		}
		if each != nil {
			if err := each(r.pair); err != nil {
				return err
			}
		}
	}
	return nil
}

// deciders are the engines in use: the tested policy under the version that
// seeded the stored decisions, so that both sides see the same draws, and
// policies of seasons that another engine had decided.
type deciders struct {
	policy         credit.Policy
	lock           sync.Mutex
	tested, stored map[string]*credit.Engine
}

func (d *deciders) under(version string) (*credit.Engine, error) {
	d.lock.Lock()
	defer d.lock.Unlock()
	if e := d.tested[version]; e != nil {
		return e, nil
	}
	p := d.policy
	p.Version = version
	e, err := credit.NewEngine(p)
	if err == nil {
		d.tested[version] = e
	}
	return e, err
}

func (d *deciders) ofSeason(p credit.Policy) (*credit.Engine, error) {
	key, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	d.lock.Lock()
	defer d.lock.Unlock()
	if e := d.stored[string(key)]; e != nil {
		return e, nil
	}
	e, err := credit.NewEngine(p)
	if err == nil {
		d.stored[string(key)] = e
	}
	return e, err
}

func (d *deciders) decide(w *parcelOfWork) {
	w.results = make([]result, len(w.items))
	for i, item := range w.items {
		r, err := d.compare(item)
		if err != nil {
			r.problem = err.Error()
		}
		w.results[i] = r
	}
}

func (d *deciders) compare(item Item) (result, error) {
	var snap credit.Snapshot
	if err := json.Unmarshal(item.Snapshot, &snap); err != nil {
		return result{}, fmt.Errorf("its snapshot can not be read: %w", err)
	}
	before, recomputed := snap.Decision, false
	if snap.EngineVersion != credit.EngineVersion {
		e, err := d.ofSeason(snap.Policy)
		if err != nil {
			return result{}, fmt.Errorf("decided by engine %s, whose policy this engine can not use: score the season again: %w", snap.EngineVersion, err)
		}
		if before, err = e.Decide(snap.Case); err != nil {
			return result{}, err
		}
		recomputed = true
	}
	e, err := d.under(snap.Policy.Version)
	if err != nil {
		return result{}, err
	}
	after, err := e.Decide(snap.Case)
	if err != nil {
		return result{}, err
	}
	facts := credit.Snapshot{Case: snap.Case, Decision: after}.Facts()
	return result{recomputed: recomputed, pair: Pair{Household: item.Household, Village: item.Village, Crop: facts.LargestCrop,
		Before: SideOf(before), After: SideOf(after), Rules: after.Rules, Pending: after.RulesPending}}, nil
}
