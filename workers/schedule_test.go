package workers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parus/imagery"
	"parus/imagery/remote"
	"parus/imagery/stac"
	"parus/internal/season"
	"parus/internal/vault"
	"parus/workers"
)

// listing is a catalogue on a server that tests change while it is watched.
type listing struct {
	*httptest.Server
	mu    sync.Mutex
	items []map[string]any
	fault http.HandlerFunc // answers in its stead, nil for none
	asked atomic.Int32
}

func newListing(t *testing.T, items ...map[string]any) *listing {
	t.Helper()
	l := &listing{items: items}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.asked.Add(1)
		l.mu.Lock()
		fault, items := l.fault, l.items
		l.mu.Unlock()
		if fault != nil {
			fault(w, r)
			return
		}
		if err := json.NewEncoder(w).Encode(map[string]any{"type": "FeatureCollection", "features": items}); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(l.Close)
	return l
}

// now answers with other items, or another way.
func (l *listing) now(fault http.HandlerFunc, items ...map[string]any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fault, l.items = fault, items
}

// read lists the catalogue's scenes, as a first run does.
func (l *listing) read(t *testing.T) []imagery.Scene {
	t.Helper()
	found, err := stac.Load(t.Context(), l.URL, stac.Query{Start: winter.Start, End: winter.End})
	if err != nil || len(found.Scenes) != len(l.items) {
		t.Fatalf("%d scenes of %d, %v", len(found.Scenes), len(l.items), err)
	}
	return found.Scenes
}

// listed is a STAC item of a scene of that land; more are properties.
func listed(id string, at time.Time, more map[string]any) map[string]any {
	properties := map[string]any{"datetime": at.Format(time.RFC3339), "constellation": "sentinel-2", "processing:level": "L2A",
		"s2:mgrs_tile": "50SNF", "s2:processing_baseline": "04.00"}
	maps.Copy(properties, more)
	assets := map[string]any{}
	for _, b := range []string{"B04", "B08", "SCL"} {
		assets[b] = map[string]any{"href": fmt.Sprintf("https://data.example/%d/%s.tif", at.Unix(), b),
			"raster:bands": []map[string]any{{"scale": 1e-4, "offset": 0}}}
	}
	return map[string]any{"type": "Feature", "stac_version": "1.0.0", "id": id, "bbox": []float64{117, 36, 118, 37}, "properties": properties, "assets": assets}
}

// regular are items of all dates.
func regular() []map[string]any {
	var out []map[string]any
	for i, at := range dates() {
		out = append(out, listed(fmt.Sprint("S", i), at, nil))
	}
	return out
}

// served reads pictures of scenes that a listing names.
type served struct{ pixels }

func (s served) Read(ctx context.Context, b imagery.Band, g imagery.Grid, w imagery.Window, dst []int32) error {
	at, _, _ := strings.Cut(strings.TrimPrefix(b.Href, "https://data.example/"), "/")
	b.Href = at + " false"
	return s.pixels.Read(ctx, b, g, w, dst)
}

// clock is one that tests set.
type clock struct{ at atomic.Int64 }

func (c *clock) set(t time.Time)     { c.at.Store(t.Unix()) }
func (c *clock) read() time.Time     { return time.Unix(c.at.Load(), 0).UTC() }
func (c *clock) add(d time.Duration) { c.set(c.read().Add(d)) }

// polledFarm is a farm whose scenes come from a listing that is watched.
type polledFarm struct {
	*farm
	*listing
	clock *clock
	watch int64
}

// every is how often it is polled.
const every = 6 * time.Hour

func newWatched(t *testing.T) *polledFarm {
	t.Helper()
	l := newListing(t, regular()...)
	f := newFarm(t, func(s *season.Spec) { s.Scenes = l.read(t) })
	f.open = func() pixels { return served{picture{}} }
	l.asked.Store(0)
	w := &polledFarm{farm: f, listing: l, clock: new(clock)}
	w.clock.set(day(2025, 6, 14))
	w.watch = w.follow(t, l.URL)
	return w
}

// follow watches one more source.
func (w *polledFarm) follow(t *testing.T, source string) int64 {
	t.Helper()
	id, err := w.db.AddCatalogueWatch(t.Context(), season.CatalogueWatch{County: "370199", Season: "winter", Source: source, Every: every,
		NextAt: w.clock.read(), Until: winter.End.AddDate(0, 0, 15), CreatedBy: "test"}, w.clock.read())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// ended records the farm's run as done without doing it.
func (w *polledFarm) ended(t *testing.T, run int64) {
	t.Helper()
	if err := w.db.EndRun(t.Context(), run, season.RunDone, ""); err != nil {
		t.Fatal(err)
	}
}

func (w *polledFarm) scheduler(t *testing.T) *workers.Scheduler {
	return &workers.Scheduler{
		Watches: w.db, Now: w.clock.read, Chance: func() float64 { return 0.5 },
		Log:    slog.New(slog.NewTextHandler(t.Output(), nil)),
		Client: remote.Client{Attempts: 1, Backoff: time.Millisecond},
		Renew: func(_ context.Context, last season.Run) (season.Run, []season.Outcome, error) {
			last.ID = 0
			return last, []season.Outcome{{Item: "row 1", Stage: "registry", Outcome: "failed", Reason: "as before"}}, nil
		},
	}
}

// poll polls whatever is due and returns how many that were and the first watch.
func (w *polledFarm) poll(t *testing.T, s *workers.Scheduler) (int, season.CatalogueWatch) {
	t.Helper()
	n, err := s.Round(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n, w.kept(t)
}

func (w *polledFarm) kept(t *testing.T) season.CatalogueWatch {
	t.Helper()
	all, err := w.db.CatalogueWatches(t.Context(), "370199")
	if err != nil || len(all) == 0 {
		t.Fatal(all, err)
	}
	return all[0]
}

// runs counts the runs of the season.
func (w *polledFarm) runs(t *testing.T) (n, open int) {
	t.Helper()
	list, err := w.db.RunList(t.Context(), "370199", 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		if r.Season == "winter" {
			n++
			if r.State == season.RunRunning {
				open++
			}
		}
	}
	return n, open
}

func TestAPollObservesOnlyTheNewSceneAndPublishesAnew(t *testing.T) {
	t.Parallel()
	w := newWatched(t)
	if err := w.drive(t, w.stages...); err != nil {
		t.Fatal(err)
	}
	s := w.scheduler(t)
	if n, k := w.poll(t, s); n != 1 || k.LastRun != 0 || k.LastResult != "nothing new" {
		t.Fatalf("%d polled: %+v", n, k)
	}
	first, before, perScene := w.observed(t), w.run.ID, w.units(t, "observe")/11
	published, err := w.db.PublicationOfRun(t.Context(), before)
	if err != nil {
		t.Fatal(err)
	}
	w.now(nil, append(regular(), listed("late", day(2025, 5, 5), nil))...) // the last of the others is of 13 June
	w.clock.add(every + every/10)
	n, k := w.poll(t, s)
	if n != 1 || k.LastRun <= before || !strings.HasPrefix(k.LastResult, "1 new (1 late); run ") {
		t.Fatalf("%d polled: %+v", n, k)
	}
	if w.run, err = w.db.Run(t.Context(), k.LastRun); err != nil {
		t.Fatal(err)
	}
	masks := new(atomic.Int32)
	w.open = func() pixels { return served{counted{masks: masks}} }
	if err := w.drive(t, w.stages...); err != nil {
		t.Fatal(err)
	}
	second := w.observed(t)
	for key, took := range first {
		if second[key] != took {
			t.Errorf("%s was observed again", key)
		}
	}
	if int(masks.Load()) != perScene || w.units(t, "observe") != 12*perScene || len(second) <= len(first) {
		t.Errorf("%d masks read for %d units, want %d more than before", masks.Load(), w.units(t, "observe"), perScene)
	}
	w.want(t, map[string]string{"registry row 1": "failed: as before"})
	again, err := w.db.PublicationOfRun(t.Context(), w.run.ID)
	if err != nil || again <= published {
		t.Errorf("publication %d after %d, %v", again, published, err)
	}
	// The watch of the second run looks at what the first one's publication told:
	// its alerts are raised with the publication.
	signals, err := w.db.FinishedUnits(t.Context(), w.run.ID, "watch")
	old, e := w.db.FinishedUnits(t.Context(), before, "watch")
	if err != nil || e != nil || len(signals) != 1 || len(old) != 1 || signals[0].ID == old[0].ID {
		t.Errorf("watches %v and %v; %v, %v", old, signals, err, e)
	}
}

func TestWhatACatalogueTells(t *testing.T) {
	t.Parallel()
	at := dates()[4]
	for _, c := range []struct {
		name    string
		change  func([]map[string]any) []map[string]any
		result  string // contained in the watch's result
		scenes  int    // of the next run, 0: none is started
		outcome string // contained in one of the run's, "" for any
	}{
		{"a scene after the last is added", func(l []map[string]any) []map[string]any { return append(l, listed("more", winter.End, nil)) }, "1 new; run", 12, ""},
		{"a late one is added", func(l []map[string]any) []map[string]any { return append(l, listed("more", day(2025, 1, 2), nil)) }, "1 new (1 late); run", 12, ""},
		{"one that is processed again under another name comes beside its ancestor", func(l []map[string]any) []map[string]any {
			return append(l, listed("again", at, map[string]any{"s2:processing_baseline": "05.10"}))
		}, "1 processed again; run", 12, ""},
		{"one that is processed again under its own name replaces itself, and that is told", func(l []map[string]any) []map[string]any {
			l[4] = listed("S4", at, map[string]any{"s2:processing_baseline": "05.10"})
			return l
		}, "1 processed again; run", 11, "skipped: superseded by S4 (baseline 05.10"},
		{"an entry with a later date replaces itself", func(l []map[string]any) []map[string]any {
			l[4] = listed("S4", at, map[string]any{"updated": "2025-06-09T00:00:00Z"})
			return l
		}, "1 processed again; run", 11, "skipped: superseded by S4 (baseline 04.00"},
		{"an older product of what is known is nothing new", func(l []map[string]any) []map[string]any {
			return append(l, listed("old", at, map[string]any{"s2:processing_baseline": "02.14"}))
		}, "nothing new", 0, ""},
		{"the same product by another name is nothing new", func(l []map[string]any) []map[string]any { return append(l, listed("twin", at, nil)) }, "nothing new", 0, ""},
		{"an entry that changes without a later date is not believed", func(l []map[string]any) []map[string]any {
			l[4] = listed("S4", at, map[string]any{"eo:cloud_cover": 3})
			return l
		}, "1 not believed, such as S4 has changed without a later baseline or date", 0, ""},
		{"a scene of the future is not believed", func(l []map[string]any) []map[string]any { return append(l, listed("soon", day(2025, 6, 18), nil)) },
			"1 not believed, such as soon is dated in the future", 0, ""},
		{"scenes that vanish are told and kept", func(l []map[string]any) []map[string]any { return l[:8] }, "nothing new; 3 not listed any more and kept, such as S10", 0, ""},
		{"scenes that vanish while others come are kept in the run", func(l []map[string]any) []map[string]any {
			return append(l[:8], listed("more", day(2025, 1, 2), nil))
		}, "3 not listed any more", 12, "skipped: the catalogue does not list it any more"},
		{"an empty catalogue takes nothing away", func([]map[string]any) []map[string]any { return []map[string]any{} }, "11 not listed any more", 0, ""},
		{"an item of no use is told", func(l []map[string]any) []map[string]any {
			return append(l, map[string]any{"type": "Feature", "id": "x"})
		}, "1 items of no use, such as x", 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWatched(t)
			w.ended(t, w.run.ID)
			if strings.Contains(c.name, "after the last") {
				w.clock.set(winter.End)
			}
			w.now(nil, c.change(regular())...)
			_, k := w.poll(t, w.scheduler(t))
			if !strings.Contains(k.LastResult, c.result) || k.Failures != 0 || (k.LastRun != 0) != (c.scenes != 0) {
				t.Fatalf("%+v", k)
			}
			if c.scenes == 0 {
				return
			}
			run, err := w.db.Run(t.Context(), k.LastRun)
			if err != nil || len(run.Spec.Scenes) != c.scenes || run.Registry != w.run.Registry {
				t.Fatalf("%d scenes, want %d; %v", len(run.Spec.Scenes), c.scenes, err)
			}
			w.run = run
			if told := fmt.Sprint(w.outcomes(t)); !strings.Contains(told, c.outcome) {
				t.Errorf("outcomes %s lack %q", told, c.outcome)
			}
			w.ended(t, run.ID) // and then it is known
			w.clock.add(2 * every)
			if n, k := w.poll(t, w.scheduler(t)); n != 1 || !strings.HasPrefix(k.LastResult, "nothing new") || k.LastRun != run.ID {
				t.Errorf("polled again: %+v", k)
			}
		})
	}
}

func TestACatalogueThatFailsIsAskedLessAndLess(t *testing.T) {
	t.Parallel()
	w := newWatched(t)
	w.ended(t, w.run.ID)
	s := w.scheduler(t)
	for i, c := range []struct {
		name  string
		fault http.HandlerFunc
		wait  time.Duration // with half the jitter, 5 %
		why   string
	}{
		{"nothing of STAC", func(rw http.ResponseWriter, _ *http.Request) { fmt.Fprint(rw, `{"type": "Poem"}`) }, time.Minute, "neither an item"},
		{"JSON cut short", func(rw http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(rw, `{"type": "FeatureCollection", "features": [{`)
		}, 2 * time.Minute, "not JSON"},
		{"an answer shorter than promised", func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Length", "1000")
			fmt.Fprint(rw, `{"type": "Feature`)
		}, 4 * time.Minute, "cut short"},
		{"503 and a wait of two hours", func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Retry-After", "7200")
			rw.WriteHeader(http.StatusServiceUnavailable)
		}, 2 * time.Hour, "503"},
		{"429 and a wait of thirty years", func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Retry-After", "1000000000")
			rw.WriteHeader(http.StatusTooManyRequests)
		}, 24 * time.Hour, "429"},
	} {
		w.now(c.fault)
		n, k := w.poll(t, s)
		if n != 1 || k.Failures != i+1 || !strings.Contains(k.LastResult, c.why) {
			t.Fatalf("%s: %d polled, %+v", c.name, n, k)
		}
		if got, want := k.NextAt.Sub(w.clock.read()), c.wait+c.wait/20; got != want {
			t.Errorf("%s: the next poll is after %s, want %s", c.name, got, want)
		}
		if n, _ := w.poll(t, s); n != 0 {
			t.Errorf("%s: polled again before its time", c.name)
		}
		w.clock.set(k.NextAt)
	}
	t.Run("a server that does not answer", func(t *testing.T) {
		s := w.scheduler(t)
		s.Client.Timeout = 50 * time.Millisecond
		w.now(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		_, k := w.poll(t, s)
		if k.Failures != 6 || !strings.Contains(k.LastResult, "no whole answer within") {
			t.Errorf("%+v", k)
		}
		w.clock.set(k.NextAt)
	})
	w.now(nil, append(regular(), listed("more", day(2025, 5, 5), nil))...)
	if _, k := w.poll(t, s); k.Failures != 0 || k.LastRun == 0 {
		t.Errorf("when it answers again: %+v", k)
	}
}

func TestTwoSchedulersPollAWatchOnceAndStartOneRun(t *testing.T) {
	t.Parallel()
	w := newWatched(t)
	w.ended(t, w.run.ID)
	more := append(regular(), listed("more", day(2025, 5, 5), nil))
	release := make(chan struct{})
	w.now(func(rw http.ResponseWriter, _ *http.Request) {
		<-release // both have looked for what is due
		_ = json.NewEncoder(rw).Encode(map[string]any{"type": "FeatureCollection", "features": more})
	})
	var all sync.WaitGroup
	var polled atomic.Int32
	var idle sync.Once
	for range 2 {
		s := w.scheduler(t)
		all.Go(func() {
			n, err := s.Round(t.Context())
			if err != nil {
				t.Error(err)
			}
			polled.Add(int32(n))
			idle.Do(func() { close(release) }) // the one that got nothing ends first
		})
	}
	all.Wait()
	if n, open := w.runs(t); polled.Load() != 1 || w.asked.Load() != 1 || n != 2 || open != 1 {
		t.Errorf("%d polls, %d requests, %d runs of which %d are open; want 1, 1, 2, 1", polled.Load(), w.asked.Load(), n, open)
	}
}

func TestTwoCataloguesOfOneSeasonStartOneRunAtATime(t *testing.T) {
	t.Parallel()
	w := newWatched(t)
	w.ended(t, w.run.ID)
	other := newListing(t, listed("other", day(2025, 4, 4), nil), listed("twin", dates()[2], nil))
	w.follow(t, other.URL)
	w.now(nil, append(regular(), listed("more", day(2025, 5, 5), nil))...)
	if n, _ := w.poll(t, w.scheduler(t)); n != 2 { // side by side
		t.Fatalf("%d polled", n)
	}
	n, open := w.runs(t)
	if n != 2 || open != 1 {
		t.Fatalf("%d runs of which %d are open, want 2 and 1", n, open)
	}
	last, err := w.db.LastRun(t.Context(), "370199", "winter")
	if err != nil {
		t.Fatal(err)
	}
	w.ended(t, last.ID)
	w.clock.add(2 * every)
	w.poll(t, w.scheduler(t))
	if last, err = w.db.LastRun(t.Context(), "370199", "winter"); err != nil || len(last.Spec.Scenes) != 13 {
		t.Errorf("%d scenes, want 11 and one of each catalogue; %v", len(last.Spec.Scenes), err)
	}
	w.ended(t, last.ID)
	for range 3 { // and they do not take turns
		w.clock.add(2 * every)
		w.poll(t, w.scheduler(t))
	}
	if n, open := w.runs(t); n != 3 || open != 0 {
		t.Errorf("%d runs of which %d are open, want 3 and none", n, open)
	}
}

func TestClocksThatJumpNeitherStormNorStall(t *testing.T) {
	t.Parallel()
	w := newWatched(t)
	w.ended(t, w.run.ID)
	s, start := w.scheduler(t), w.clock.read()
	for _, c := range []struct {
		name string
		at   time.Time
		want int
	}{
		{"at its time", start, 1},
		{"a second time", start, 0},
		{"far ahead", start.AddDate(4, 0, 0), 1},
		{"far ahead, again", start.AddDate(4, 0, 0), 0},
		{"back", start.Add(time.Hour), 1},
		{"back, again", start.Add(time.Hour), 0},
		{"years back", start.AddDate(-9, 0, 0), 1},
		{"years back, again", start.AddDate(-9, 0, 0), 0},
		{"right again", start.Add(2 * every), 1},
		{"right again, again", start.Add(2 * every), 0},
	} {
		w.clock.set(c.at)
		n, k := w.poll(t, s)
		if n != c.want {
			t.Errorf("%s: %d polls, want %d: %+v", c.name, n, c.want, k)
		}
		if k.EndedAt != nil { // the test's season lies in the past of the database's clock
			if err := w.db.EnableCatalogueWatch(t.Context(), w.watch, true, k.NextAt, time.Time{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	// Two schedulers with clocks two years apart, held apart by the database's.
	other := w.scheduler(t)
	other.Now = func() time.Time { return w.clock.read().AddDate(-2, 0, 0) }
	s.Apart, other.Apart = time.Hour, time.Hour
	before := w.asked.Load()
	for range 5 {
		w.poll(t, s)
		w.poll(t, other)
	}
	if n := w.asked.Load() - before; n > 1 {
		t.Errorf("two clocks that disagree made %d polls", n)
	}
}

func TestAWatchEndsByItselfAfterItsSeason(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		until time.Time
		want  string
	}{
		{"its last poll comes after its end", winter.End.AddDate(0, 0, 15), "ended"},
		{"a clock that is ahead of the database's ends nothing", time.Now().AddDate(1, 0, 0), "on"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWatched(t)
			w.ended(t, w.run.ID)
			if err := w.db.RemoveCatalogueWatch(t.Context(), w.watch); err != nil {
				t.Fatal(err)
			}
			if _, err := w.db.AddCatalogueWatch(t.Context(), season.CatalogueWatch{County: "370199", Season: "winter", Source: w.URL, Every: every,
				NextAt: w.clock.read(), Until: c.until, CreatedBy: "test"}, w.clock.read()); err != nil {
				t.Fatal(err)
			}
			w.clock.set(c.until.Add(-time.Second))
			if _, k := w.poll(t, w.scheduler(t)); k.State() != "on" || k.LastPolledAt == nil {
				t.Fatalf("before its end: %+v", k)
			}
			w.clock.set(c.until.AddDate(0, 0, 1))
			if n, k := w.poll(t, w.scheduler(t)); n != 1 || k.State() != c.want {
				t.Fatalf("after its end: %d polled, %+v", n, k)
			}
		})
	}
}

func TestARunUnderWayDelaysTheNextAndAPausedOneStaysPaused(t *testing.T) {
	t.Parallel()
	w := newWatched(t)
	w.now(nil, append(regular(), listed("more", day(2025, 5, 5), nil))...)
	s := w.scheduler(t)
	_, k := w.poll(t, s)
	if !strings.Contains(k.LastResult, fmt.Sprintf("run %d is under way", w.run.ID)) || w.asked.Load() != 0 || k.NextAt.Sub(w.clock.read()) > 6*time.Minute {
		t.Fatalf("while a run is under way: %d requests, %+v", w.asked.Load(), k)
	}
	if err := w.db.PauseRun(t.Context(), w.run.ID, vault.Act{Actor: "li", Purpose: "prices", At: w.clock.read()}); err != nil {
		t.Fatal(err)
	}
	w.clock.set(k.NextAt)
	_, k = w.poll(t, s)
	st, err := w.db.RunState(t.Context(), w.run.ID)
	if err != nil || st.State != season.RunPaused || !strings.Contains(k.LastResult, "is paused by li") || w.asked.Load() != 0 {
		t.Fatalf("while it is paused: %+v, %+v, %v", st, k, err)
	}
	if n, _ := w.runs(t); n != 1 {
		t.Errorf("%d runs, want the one", n)
	}
	if _, err := w.db.CancelRun(t.Context(), w.run.ID, vault.Act{Actor: "li", Purpose: "enough", At: w.clock.read()}); err != nil {
		t.Fatal(err)
	}
	w.clock.set(k.NextAt)
	if _, k = w.poll(t, s); k.LastRun <= w.run.ID {
		t.Errorf("after it was cancelled: %+v", k)
	}
}
