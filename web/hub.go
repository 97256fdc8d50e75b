package web

import (
	"context"
	"encoding/json"
	"log/slog"
	"math"
	"slices"
	"sync"
	"time"

	"parus/internal/publication"
)

// Live is what the stream of events is read from.
type Live interface {
	FeedHead(ctx context.Context) (int64, error)
	Feed(ctx context.Context, s publication.Scope, after int64, limit int) ([]publication.FeedEvent, error)
	Progress(ctx context.Context, s publication.Scope, also []int64) ([]publication.RunProgress, error)
}

// LiveConfig is how the stream of events goes; the zero value works.
type LiveConfig struct {
	Every      time.Duration // between two looks at the database, while somebody listens; default a second
	Beat       time.Duration // between signs of life, at which the session is looked at again; default 15 seconds
	Write      time.Duration // that a client may take to receive something; default 10 seconds
	PerAccount int           // streams of one account at once; default 12
	All        int           // streams of one server at once; default 4,000
}

func (c LiveConfig) withDefaults() LiveConfig {
	for _, d := range []struct {
		v *time.Duration
		d time.Duration
	}{{&c.Every, time.Second}, {&c.Beat, 15 * time.Second}, {&c.Write, 10 * time.Second}} {
		if *d.v <= 0 {
			*d.v = d.d
		}
	}
	if c.PerAccount <= 0 {
		c.PerAccount = 12
	}
	if c.All <= 0 {
		c.All = 4000
	}
	return c
}

const (
	// feedKept is how many lines of the log are held for whoever listens; who is
	// further behind reads the database.
	feedKept = 1024
	// feedPage is how many lines are read at once.
	feedPage = 200
	// progressKept is of how many runs the progress is held, beside those that are
	// open.
	progressKept = 256
	// easy is how many times longer the database is left alone than a look at it
	// took, so that a great county is not counted all the time.
	easy = 10
)

// hub looks at the database for all who listen, once for each moment however
// many they are. Nobody has a queue: a listener has a place in the log and the
// version of the progress that it has been told of, so a slow one takes no more
// memory than a quick one. The watcher lives as long as somebody listens.
type hub struct {
	cfg   LiveConfig
	store Live
	log   *slog.Logger

	starting sync.Mutex // one becomes the first listener at a time
	mu       sync.Mutex
	stop     context.CancelFunc // of the watcher; nil: nobody listens
	waiting  map[chan struct{}]int64
	of       map[int64]int // streams by account
	events   []publication.FeedEvent
	floor    int64 // every line after it and up to head is in events
	head     int64
	progress map[int64]progress
	version  uint64
}

// progress is what was last told of a run.
type progress struct {
	county  string
	data    []byte
	version uint64
	open    bool
}

func newHub(cfg LiveConfig, store Live, log *slog.Logger) *hub {
	return &hub{cfg: cfg.withDefaults(), store: store, log: log, waiting: map[chan struct{}]int64{}, of: map[int64]int{}}
}

// join adds a listener; the channel tells that something is new. It is refused
// where an account, or the server, has as many streams as it may.
func (h *hub) join(ctx context.Context, account int64) (woken chan struct{}, refused bool, err error) {
	h.starting.Lock()
	defer h.starting.Unlock()
	h.mu.Lock()
	idle := h.stop == nil
	refused = h.of[account] >= h.cfg.PerAccount || len(h.waiting) >= h.cfg.All
	h.mu.Unlock()
	if refused {
		return nil, true, nil
	}
	var head int64
	if idle {
		if head, err = h.store.FeedHead(ctx); err != nil {
			return nil, false, err
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stop == nil {
		if !idle { // the last has left meanwhile
			head = h.head
		}
		watch, stop := context.WithCancel(context.WithoutCancel(ctx))
		h.stop, h.floor, h.head, h.events, h.progress = stop, head, head, nil, map[int64]progress{}
		go h.watch(watch)
	}
	woken = make(chan struct{}, 1)
	h.waiting[woken] = account
	h.of[account]++
	return woken, false, nil
}

func (h *hub) leave(woken chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	account := h.waiting[woken]
	delete(h.waiting, woken)
	if h.of[account]--; h.of[account] == 0 {
		delete(h.of, account)
	}
	if len(h.waiting) == 0 {
		h.stop()
		h.stop = nil
	}
}

// listening is how many streams there are.
func (h *hub) listening() float64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return float64(len(h.waiting))
}

// everything is the scope of the watcher; what it reads is handed on by the
// scope of each listener.
var everything = publication.Scope{Counties: []string{""}, Scores: true}

func (h *hub) watch(ctx context.Context) {
	for ctx.Err() == nil {
		began := time.Now()
		if err := h.look(ctx); err != nil && ctx.Err() == nil {
			h.log.Error("what is live is not known", "error", err.Error())
		}
		pause := time.NewTimer(max(h.cfg.Every, easy*time.Since(began)))
		select {
		case <-ctx.Done():
			pause.Stop()
		case <-pause.C:
		}
	}
}

// look reads what is new and wakes whoever listens.
func (h *hub) look(ctx context.Context) error {
	h.mu.Lock()
	head := h.head
	var open []int64
	for id, p := range h.progress {
		if p.open {
			open = append(open, id) // once more when it is at its end
		}
	}
	h.mu.Unlock()
	slices.Sort(open)
	events, err := h.store.Feed(ctx, everything, head, feedPage)
	if err != nil {
		return err
	}
	runs, err := h.store.Progress(ctx, everything, open)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if ctx.Err() != nil { // another watcher may have begun
		return nil
	}
	changed := len(events) > 0
	h.keep(events)
	for _, r := range runs {
		changed = h.note(r) || changed
	}
	if changed {
		for w := range h.waiting {
			select {
			case w <- struct{}{}:
			default: // it will look anyway
			}
		}
	}
	return nil
}

func (h *hub) keep(events []publication.FeedEvent) {
	if len(events) == 0 {
		return
	}
	h.head = events[len(events)-1].ID
	all := append(h.events, events...)
	if drop := len(all) - feedKept; drop > 0 {
		h.floor = all[drop-1].ID
		all = slices.Clone(all[drop:])
	}
	h.events = all
}

// note keeps a run's progress and tells whether it has changed.
func (h *hub) note(r publication.RunProgress) bool {
	if r.LeftS != nil {
		r.LeftS = round(*r.LeftS)
	}
	for i, s := range r.Stages {
		if s.LeftS != nil {
			r.Stages[i].LeftS = round(*s.LeftS)
		}
		r.Stages[i].PerMinute = *round(10 * s.PerMinute) / 10
	}
	data, err := json.Marshal(r)
	if err != nil || string(data) == string(h.progress[r.Run].data) {
		return false
	}
	if len(h.progress) >= progressKept {
		for id, p := range h.progress {
			if !p.open {
				delete(h.progress, id) // its end was told; the run itself tells it too
			}
		}
	}
	h.version++
	h.progress[r.Run] = progress{county: r.County, data: data, version: h.version, open: r.State == "running" || r.State == "paused"}
	return true
}

func round(v float64) *float64 {
	v = math.Round(v)
	return &v
}

// since returns the lines after a place in the log that are held; not ok where
// the place lies before them.
func (h *hub) since(place int64) (events []publication.FeedEvent, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if place < h.floor {
		return nil, false
	}
	i, _ := slices.BinarySearchFunc(h.events, place+1, func(e publication.FeedEvent, id int64) int { return int(e.ID - id) })
	return h.events[i:], true
}

// moved returns the progress of runs in the scope that has changed since a
// version, by run.
func (h *hub) moved(s publication.Scope, since uint64) (data [][]byte, version uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var ids []int64
	for id, p := range h.progress {
		if p.version > since && s.Sees(p.county) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		data = append(data, h.progress[id].data)
	}
	return data, h.version
}

// lowest is the place from which on lines are held.
func (h *hub) lowest() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.floor
}

// now is the place of the newest line.
func (h *hub) now() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.head
}
