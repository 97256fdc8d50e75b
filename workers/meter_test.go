package workers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"parus/internal/ledger"
	"parus/workers"
)

// metered is a worker and a reconciler with all that can be seen of them.
type metered struct {
	house
	meter *workers.Meter
	spans *tracetest.InMemoryExporter
	log   bytes.Buffer
	queue *workers.Queue
}

// drive takes the run to its end.
func (w *metered) drive(t *testing.T, stages ...workers.Stage) error {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	w.meter, w.spans = workers.NewMeter(stages...), tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(w.spans))
	tracer := provider.Tracer("test")
	log := slog.New(slog.NewJSONHandler(&w.log, nil))
	worker := &workers.Worker{Claims: w.db, Stages: stages, Log: log, Meter: w.meter, Tracer: tracer}
	w.queue = workers.NewQueue(w.redis)
	w.queue.Meter = w.meter
	t.Cleanup(func() { w.queue.Close() })
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := worker.Serve(ctx, w.redis, 2); err != nil {
			t.Error(err)
		}
	})
	defer serving.Wait()
	defer stop()
	began := time.Now() // a quick clock: a unit that was given back is not to be waited for
	fast := func() time.Time { return began.Add(20 * time.Since(began)) }
	r := workers.Reconciler{Ledger: w.db, Queue: w.queue, Stages: stages, Log: log, Now: fast, Meter: w.meter, Tracer: tracer}
	return r.Drive(ctx, w.run)
}

// figures gathers what collectors tell: "name label=value …" → value; of
// histograms the number of observations.
func figures(t *testing.T, of ...prometheus.Collector) map[string]float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(of...)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetName() + "=" + l.GetValue()
			}
			out[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return out
}

// sixUnits end in as many ways: 0 and 5 well, 1 at the second try, 2 never, 3
// has nothing to do, 4 loses its lease once and is done by a later claim.
func sixUnits(h house) *counting {
	s := &counting{db: h.db, name: "verify", n: 6}
	var once sync.Map
	s.do = func(ctx context.Context, _ int32, c ledger.Claim) error {
		_, before := once.LoadOrStore(c.Item, true)
		switch {
		case c.Item == "verify 1" && !before:
			return errors.New("the network is away")
		case c.Item == "verify 2":
			return workers.Permanent(errors.New("band B04 is cut short"))
		case c.Item == "verify 4" && !before:
			return errors.Join(ledger.ErrLeaseLost, h.db.FailUnit(ctx, c, ledger.Failure{Reason: "taken away"}))
		}
		return nil
	}
	return s
}

// skipping ends one of its units with nothing to do.
type skipping struct{ *counting }

func (s skipping) Work(ctx context.Context, c ledger.Claim) error {
	if c.Item == "verify 3" {
		return s.db.FinishUnit(ctx, c, ledger.Outcome{State: ledger.Skipped, Reason: "cloudy all over"})
	}
	return s.counting.Work(ctx, c)
}

func TestEveryEndOfAUnitIsCountedTracedAndLogged(t *testing.T) {
	t.Parallel()
	w := &metered{house: newHouse(t)}
	if err := w.drive(t, skipping{sixUnits(w.house)}); err != nil {
		t.Fatal(err)
	}
	// Six units and two that are taken up twice: eight times in hand.
	want := map[string]int{"done": 4, "skipped": 1, "failed": 1, "retry": 1, "lease_lost": 1}
	t.Run("in figures", func(t *testing.T) { w.checkFigures(t, want) })
	t.Run("in spans", func(t *testing.T) { w.checkSpans(t, want) })
	t.Run("in the log", func(t *testing.T) { w.checkLog(t, want) })
}

func (w *metered) checkFigures(t *testing.T, want map[string]int) {
	got := figures(t, w.meter, w.queue.Gauges())
	for outcome, n := range map[string]int{"cancelled": 0, "stopped": 0, "unwritten": 0} {
		want[outcome] = n
	}
	for outcome, n := range want {
		name := "parus_units_total outcome=" + outcome + " stage=verify"
		if v, ok := got[name]; !ok || v != float64(n) {
			t.Errorf("%s is %v, want %d", name, v, n)
		}
	}
	for name, n := range map[string]float64{
		"parus_unit_seconds stage=verify": 8, "parus_units_in_hand stage=verify": 0, "parus_units_waiting_for_memory": 0,
		"parus_reconcile_rounds_total outcome=ended": 1, "parus_queue_puts_total queue=pixels reason=first": 6, "parus_queue_up": 1,
		"parus_queue_tasks queue=pixels state=archived": 1, "parus_queue_tasks queue=season state=pending": 0,
	} {
		if v, ok := got[name]; !ok || v != n {
			t.Errorf("%s is %v (%v), want %v", name, v, ok, n)
		}
	}
	if t.Failed() {
		t.Logf("%v", got)
	}
}

func (w *metered) checkSpans(t *testing.T, want map[string]int) {
	got, finishes := map[string]int{}, 0
	var plan tracetest.SpanStub
	spans := w.spans.GetSpans()
	for _, s := range spans {
		if s.Name == "plan verify" {
			plan = s
		}
	}
	if !plan.SpanContext.IsValid() {
		t.Fatalf("no span of planning among %d", len(spans))
	}
	for _, s := range spans {
		switch s.Name {
		case "finish verify":
			finishes++
		case "unit verify":
			set := attribute.NewSet(s.Attributes...)
			outcome, _ := set.Value("parus.outcome")
			item, _ := set.Value("parus.item")
			attempt, _ := set.Value("parus.attempt")
			got[outcome.AsString()]++
			if !strings.HasPrefix(item.AsString(), "verify ") || attempt.AsInt64() < 1 {
				t.Errorf("attributes %v", s.Attributes)
			}
			if s.Parent.IsValid() || len(s.Links) != 1 || s.Links[0].SpanContext.SpanID() != plan.SpanContext.SpanID() ||
				s.Links[0].SpanContext.TraceID() == s.SpanContext.TraceID() {
				t.Errorf("a unit's span is no root of its own with a link to whoever asked: %+v", s)
			}
			if strings.Contains(fmt.Sprint(s.Status, s.Events, s.Attributes), "cut short") {
				t.Errorf("the reason is in the span: %+v", s)
			}
		}
	}
	for outcome, n := range want {
		if got[outcome] != n {
			t.Errorf("%d spans of %s, want %d", got[outcome], outcome, n)
		}
	}
	if finishes != 5 { // four done and one skipped
		t.Errorf("%d results written, want 5", finishes)
	}
}

func (w *metered) checkLog(t *testing.T, want map[string]int) {
	got := map[string]int{}
	for line := range strings.Lines(w.log.String()) {
		var l struct {
			Msg, Stage, Item, Outcome, Reason, Level, Trace string
			Seconds                                         *float64
			Attempt                                         int
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err, line)
		}
		if l.Msg != "unit" {
			continue
		}
		got[l.Outcome]++
		if l.Stage != "verify" || l.Item == "" || l.Seconds == nil || l.Attempt < 1 || len(l.Trace) != 32 {
			t.Errorf("%s", line)
		}
		if l.Outcome == "failed" && (l.Level != "WARN" || l.Reason != "band B04 is cut short") {
			t.Errorf("%s", line)
		}
	}
	for outcome, n := range want {
		if got[outcome] != n {
			t.Errorf("%d lines of %s, want %d", got[outcome], outcome, n)
		}
	}
}

func TestAQueueTellsWhatItWasGivenAgainAndWhy(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	q := workers.NewQueue(h.redis)
	defer q.Close()
	q.Meter = workers.NewMeter()
	u := ledger.Ready{Key: "observe:1", Stage: "observe"}
	lost, bereft := u, u
	lost.Again, bereft.Deaths = true, 1
	for range 2 { // the second is there already
		if err := q.Enqueue(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	h.flush()
	for _, u := range []ledger.Ready{lost, bereft} {
		if err := q.Enqueue(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	got := figures(t, q.Meter, q.Gauges())
	for name, n := range map[string]float64{
		"parus_queue_puts_total queue=pixels reason=first": 1, "parus_queue_puts_total queue=pixels reason=lost": 1,
		"parus_queue_puts_total queue=pixels reason=death": 1, "parus_queue_puts_total queue=pixels reason=archived": 0,
		"parus_queue_tasks queue=pixels state=pending": 2,
	} {
		if v, ok := got[name]; !ok || v != n {
			t.Errorf("%s is %v, want %v", name, v, n)
		}
	}
}
