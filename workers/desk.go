package workers

import (
	"context"
	"sync"
	"time"

	"parus/internal/season"
)

// OpenRuns knows the runs that are not at their end.
type OpenRuns interface {
	// OpenRunIDs lists them, the oldest first.
	OpenRunIDs(ctx context.Context) ([]int64, error)
	Run(ctx context.Context, id int64) (season.Run, error)
}

// Leads says who drives a run, where many could: each look at a run costs the
// database something, whoever looks. It is a hint like the queue. Where nobody
// can be asked everybody drives, which is right too.
type Leads interface {
	// Lead tells whether the asker drives the run for the time being, from now on
	// or as before.
	Lead(ctx context.Context, run int64) (bool, error)
	// Leave lets another drive it at once.
	Leave(ctx context.Context, run int64) error
	// Listen tells of counties in which a unit has ended, as far as that is heard,
	// until ctx ends.
	Listen(ctx context.Context, heard func(county string))
}

// DriveOpen drives open runs, those that somebody starts later too, and puts on
// the queue what people wait for outside any run, until ctx ends. Several
// processes may drive the same runs; with [Leads] each run has one that does, and
// another soon after that has died.
func (r *Reconciler) DriveOpen(ctx context.Context, open OpenRuns) error {
	own := *r
	own.pace = &pace{}
	d := desk{Reconciler: &own, open: open, active: map[int64]*led{}, asked: map[string]time.Time{}}
	defer d.driving.Wait()
	if d.Leads != nil {
		d.driving.Go(func() { d.Leads.Listen(ctx, d.wake) })
	}
	tick := time.NewTicker(reconcileEvery)
	defer tick.Stop()
	for {
		d.round(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// desk is the memory of one DriveOpen; all of it can be lost.
type desk struct {
	*Reconciler
	open    OpenRuns
	asked   map[string]time.Time
	driving sync.WaitGroup

	mu     sync.Mutex
	active map[int64]*led // runs that this process drives
	others int            // runs tried in vain so far: where to try next
}

// led is a run that this process drives.
type led struct {
	county string
	stop   context.CancelFunc
	wake   chan struct{}
}

// wake has a county's runs looked at now.
func (d *desk) wake(county string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, l := range d.active {
		if l.county != county {
			continue
		}
		select {
		case l.wake <- struct{}{}:
		default: // it will look anyway
		}
	}
}

func (d *desk) round(ctx context.Context) {
	if err := d.feedAsked(ctx); err != nil && ctx.Err() == nil {
		d.Log.Warn("look for what people wait for", "error", err)
	}
	ids, err := d.listed(ctx)
	if err != nil {
		if ctx.Err() == nil {
			d.Log.Warn("look for open runs", "error", err)
		}
		return
	}
	d.pace.runs.Store(int64(len(ids)))
	d.keep(ctx)
	for _, id := range d.mine(ctx, ids) {
		run, err := d.named(ctx, id)
		if err != nil {
			if ctx.Err() == nil {
				d.Log.Warn("look for open runs", "error", err)
			}
			return
		}
		d.start(ctx, run)
	}
}

// listed and named ask for open runs, and do not wait for ever.
func (d *desk) listed(ctx context.Context) ([]int64, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	return d.open.OpenRunIDs(ctx)
}

func (d *desk) named(ctx context.Context, id int64) (season.Run, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	return d.open.Run(ctx, id)
}

// leadPatience is how long one look may wait for who leads what: an answer takes
// a millisecond, and without one everybody drives.
const leadPatience = 2 * time.Second

// keep tells that this process still drives what it drives. A run that another
// has taken over, since this one was silent for too long, is left to it.
func (d *desk) keep(ctx context.Context) {
	if d.Leads == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, leadPatience)
	defer cancel()
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, l := range d.active {
		if ok, err := d.Leads.Lead(ctx, id); err == nil && !ok {
			l.stop()
		}
	}
}

// mine chooses which of the runs that this process does not drive it drives from
// now on: all of them where there are no [Leads]; else of a part, from another
// place each time, those that nobody drives. So many processes share many runs.
func (d *desk) mine(ctx context.Context, ids []int64) []int64 {
	d.mu.Lock()
	var free []int64
	for _, id := range ids {
		if d.active[id] == nil {
			free = append(free, id)
		}
	}
	d.mu.Unlock()
	if d.Leads == nil || len(free) == 0 {
		return free
	}
	ctx, cancel := context.WithTimeout(ctx, leadPatience)
	defer cancel()
	const least, share = 8, 8
	tries := min(len(free), max(least, len(free)/share))
	var out []int64
	for i := range tries {
		id := free[(d.others+i)%len(free)]
		ok, err := d.Leads.Lead(ctx, id)
		if ok || err != nil { // nobody can be asked
			out = append(out, id)
		}
	}
	d.others += tries
	return out
}

func (d *desk) start(ctx context.Context, run season.Run) {
	ctx, stop := context.WithCancel(ctx)
	l := &led{run.County, stop, make(chan struct{}, 1)}
	d.mu.Lock()
	d.active[run.ID] = l
	d.mu.Unlock()
	own := *d.Reconciler
	if d.Leads != nil {
		own.Wake = l.wake
	}
	d.driving.Go(func() {
		defer stop()
		if err := own.Drive(ctx, run); err != nil && ctx.Err() == nil {
			d.Log.Warn("run failed", "run", run.ID, "county", run.County, "season", run.Season, "reason", err)
		}
		if d.Leads != nil {
			leave, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			_ = d.Leads.Leave(leave, run.ID) // else it runs out
			cancel()
		}
		d.mu.Lock()
		delete(d.active, run.ID)
		d.mu.Unlock()
	})
}

// askedAtOnce bounds how many units that people wait for one round puts on the
// queue.
const askedAtOnce = 100

// feedAsked puts on the queue what people wait for.
func (d *desk) feedAsked(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	ready, err := d.Ledger.AskedUnits(ctx, askedAtOnce)
	if err != nil {
		return err
	}
	if len(ready) == 0 {
		clear(d.asked)
		return nil
	}
	return enqueue(ctx, d.Queue, ready, d.asked, d.Now())
}
