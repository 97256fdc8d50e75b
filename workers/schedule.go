package workers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/paulmach/orb"

	"parus/imagery"
	"parus/imagery/remote"
	"parus/imagery/stac"
	"parus/internal/ledger"
	"parus/internal/season"
)

const (
	// pollTime bounds one poll, pollLease how long nobody else polls the same: a
	// scheduler that dies is stood in for after that.
	pollTime  = 5 * time.Minute
	pollLease = 10 * time.Minute
	// pollsAtOnce bounds what one scheduler reads side by side.
	pollsAtOnce = 4
	// pollItems bounds what a catalogue may list for one county's season, a
	// hundred times what satellites of today take.
	pollItems = 20_000
	// firstWait is waited after a first failure, doubled after each further one
	// up to longWait, or the watch's own pace where that is slower; a server may
	// ask for askedWait at most.
	firstWait = time.Minute
	longWait  = time.Hour
	askedWait = 24 * time.Hour
	// busyWait is after how long it is looked again whether a run has ended.
	busyWait = 5 * time.Minute
)

// Watches is what the scheduler needs of the tables.
type Watches interface {
	ClaimCatalogueWatch(ctx context.Context, d season.CatalogueDue) (season.CatalogueClaim, bool, error)
	FinishCatalogueWatch(ctx context.Context, c season.CatalogueClaim, p season.Polled) error
	LastRun(ctx context.Context, county, name string) (season.Run, error)
	Standing(ctx context.Context, county, name string) (season.Standing, error)
	FinishedUnits(ctx context.Context, run int64, stage string) ([]ledger.Finished, error)
	RegistryBound(ctx context.Context, registry int64) (orb.Bound, error)
	StartAfter(ctx context.Context, base int64, r season.Run, outcomes []season.Outcome) (season.Run, bool, error)
}

// Scheduler polls catalogues for new scenes and starts runs for them. Any number
// may work on one database.
type Scheduler struct {
	Watches Watches
	// Renew is a run as it would be asked for now, and what of its inputs is of no use.
	Renew  func(ctx context.Context, last season.Run) (season.Run, []season.Outcome, error)
	Log    *slog.Logger
	Now    func() time.Time
	Chance func() float64 // in [0, 1), spreads waits
	Client remote.Client
	Apart  time.Duration // least time between two polls of a watch, whatever clocks say; 0: none
}

// Drive polls what is due at every tick until ctx ends.
func (s *Scheduler) Drive(ctx context.Context, ticks <-chan time.Time) error {
	for {
		if _, err := s.Round(ctx); err != nil && ctx.Err() == nil {
			s.Log.Warn("polling of catalogues", "error", err) // the database may come back
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticks:
		}
	}
}

// Round polls every watch that is due, each once, and tells how many.
func (s *Scheduler) Round(ctx context.Context) (polled int, err error) {
	var mu sync.Mutex
	var all sync.WaitGroup
	for range pollsAtOnce {
		all.Go(func() {
			for ctx.Err() == nil {
				_, ok, e := s.Poll(ctx, 0)
				mu.Lock()
				if err = errors.Join(err, e); ok {
					polled++
				}
				mu.Unlock()
				if !ok || e != nil {
					return
				}
			}
		})
	}
	all.Wait()
	return polled, err
}

// Poll polls one watch, or for 0 the one that has been due longest; ok is false
// where there is none, or somebody else is about it.
func (s *Scheduler) Poll(ctx context.Context, id int64) (p season.Polled, ok bool, err error) {
	asked, answered := context.WithTimeout(ctx, answerTime)
	c, ok, err := s.Watches.ClaimCatalogueWatch(asked, season.CatalogueDue{Token: newToken(), Now: s.Now(), Lease: pollLease, Apart: s.Apart, ID: id})
	answered()
	if !ok || err != nil {
		return p, false, err
	}
	timed, cancel := context.WithTimeout(ctx, pollTime)
	defer cancel()
	p, err = s.poll(timed, c)
	p.At = s.Now()
	if err != nil {
		p.Failed, p.Result, p.Next = true, err.Error(), p.At.Add(s.backoff(c, err))
		if ctx.Err() != nil { // told to stop: at once again
			p.Result, p.Next = c.LastResult, p.At
		}
		s.Log.Warn("poll of a catalogue", "county", c.County, "season", c.Season, "failures", c.Failures+1, "error", err)
	}
	if p.Next.IsZero() {
		p.Next = p.At.Add(s.spread(c.Every))
	}
	p.End = (p.Listed != nil || err != nil && ctx.Err() == nil) && !p.At.Before(c.Until)
	record, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer stop()
	err = s.Watches.FinishCatalogueWatch(record, c, p)
	if errors.Is(err, ledger.ErrLeaseLost) {
		s.Log.Warn("poll took longer than its lease", "county", c.County, "season", c.Season)
		return p, true, nil
	}
	return p, true, err
}

// spread adds up to a tenth, so that counties do not all ask at once.
func (s *Scheduler) spread(d time.Duration) time.Duration {
	return d + time.Duration(float64(d)*0.1*s.Chance())
}

// backoff is how long to wait after a failure: what the server asks for at least.
func (s *Scheduler) backoff(c season.CatalogueClaim, err error) time.Duration {
	wait := min(firstWait<<min(c.Failures, 16), max(longWait, c.Every))
	return s.spread(max(wait, min(remote.RetryAfter(err), askedWait)))
}

// poll reads a catalogue and starts a run where it tells of something new.
func (s *Scheduler) poll(ctx context.Context, c season.CatalogueClaim) (season.Polled, error) {
	var p season.Polled
	busy, err := s.Watches.Standing(ctx, c.County, c.Season)
	if err != nil {
		return p, err
	}
	if busy.Run != 0 {
		return s.wait(c, busy), nil
	}
	last, err := s.Watches.LastRun(ctx, c.County, c.Season)
	if err != nil {
		return p, err
	}
	found, err := s.read(ctx, c.Source, last)
	if err != nil {
		return p, err
	}
	k := known{scenes: last.Spec.Scenes, failed: map[string]bool{}, listed: c.Listed, now: s.Now()}
	verified, err := s.Watches.FinishedUnits(ctx, last.ID, stageVerify)
	if err != nil {
		return p, err
	}
	for _, u := range verified {
		if u.State == ledger.Failed {
			k.failed[u.Item] = true
		}
	}
	n := compare(k, found.Scenes)
	p.Result, p.Listed = n.String(), union(c.Listed, found.Scenes)
	if r := found.Refused; len(r) > 0 {
		p.Result += fmt.Sprintf("; %d items of no use, such as %s: %s", len(r), r[0].ID, r[0].Reason)
	}
	if !n.any() {
		if last.State != season.RunDone {
			p.Result += fmt.Sprintf("; run %d is %s: %s", last.ID, last.State, last.Reason)
		}
		return p, nil
	}
	return p, s.start(ctx, last, n, found.Refused, &p)
}

// wait puts a poll off behind a run that is not at its end.
func (s *Scheduler) wait(c season.CatalogueClaim, busy season.Standing) season.Polled {
	if busy.State == season.RunPaused {
		return season.Polled{Result: fmt.Sprintf("not looked: run %d is paused by %s, and nothing starts until it is resumed or cancelled", busy.Run, busy.By)}
	}
	return season.Polled{Result: fmt.Sprintf("not looked: run %d is under way", busy.Run), Next: s.Now().Add(s.spread(min(busyWait, c.Every)))}
}

// read lists the season's scenes over the registry.
func (s *Scheduler) read(ctx context.Context, source string, last season.Run) (stac.Result, error) {
	q := stac.Query{Start: last.Spec.Season.Start, End: last.Spec.Season.End, MaxItems: pollItems, Client: s.Client}
	if strings.Contains(source, "://") { // an API finds what is near; a file's scenes are all named
		bound, err := s.Watches.RegistryBound(ctx, last.Registry)
		if err != nil {
			return stac.Result{}, err
		}
		q.Bound = &bound
	}
	return stac.Load(ctx, source, q)
}

// start asks for a run with the scenes of the next one.
func (s *Scheduler) start(ctx context.Context, last season.Run, n novelty, refused []stac.Refusal, p *season.Polled) error {
	run, outcomes, err := s.Renew(ctx, last)
	if err != nil {
		return err
	}
	run.Spec.Scenes = n.scenes
	outcomes = append(outcomes, n.outcomes...)
	for _, r := range refused {
		outcomes = append(outcomes, season.Outcome{Item: r.ID, Stage: stageCatalogue, Outcome: string(ledger.Failed), Reason: r.Reason})
	}
	started, ok, err := s.Watches.StartAfter(ctx, last.ID, run, outcomes)
	switch {
	case err != nil:
		return err
	case !ok: // somebody was quicker; what is new is looked for again
		p.Result += "; another run was started meanwhile"
		p.Next = s.Now().Add(s.spread(busyWait))
		return nil
	}
	p.Result += fmt.Sprintf("; run %d", started.ID)
	if started.State != season.RunRunning {
		p.Result += " had the same scenes and is " + started.State
		return nil
	}
	p.Run = started.ID
	s.Log.Info("new scenes", "county", run.County, "season", run.Season, "run", started.ID, "found", n.String())
	return nil
}

// union adds scenes to those that were listed before, in order.
func union(before []string, scenes []imagery.Scene) []string {
	all := slices.Clone(before)
	for _, s := range scenes {
		all = append(all, s.ID)
	}
	slices.Sort(all)
	if all = slices.Compact(all); all == nil {
		return []string{}
	}
	return all
}
