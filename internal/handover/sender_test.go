package handover_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parus/internal/handover"
)

// outbox keeps deliveries in memory, without leases and order.
type outbox struct {
	mu      sync.Mutex
	targets []handover.Target
	due     map[string][]handover.Delivery
	settled []handover.Outcome
	refuse  error // of Settle
}

func (o *outbox) Targets(context.Context) ([]handover.Target, error) { return o.targets, nil }

func (o *outbox) Enqueue(context.Context, handover.Target) (int, error) { return 0, nil }

func (o *outbox) Claim(_ context.Context, a handover.Ask) ([]handover.Delivery, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := min(len(o.due[a.Target]), a.Limit)
	out := o.due[a.Target][:n]
	o.due[a.Target] = o.due[a.Target][n:]
	return out, nil
}

func (o *outbox) Settle(_ context.Context, _ handover.Delivery, x handover.Outcome) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.settled = append(o.settled, x)
	return o.refuse
}

// carry is a carrier.
type carryFunc func(context.Context, handover.Delivery) (handover.Receipt, error)

func (c carryFunc) Carry(ctx context.Context, d handover.Delivery) (handover.Receipt, error) {
	return c(ctx, d)
}

func deliveries(t testing.TB, target string, n int) []handover.Delivery {
	t.Helper()
	out := make([]handover.Delivery, n)
	for i := range out {
		e := accepted(t)
		e.Seq, e.Application = int64(i+1), int64(i+1)
		out[i] = handover.Delivery{Target: target, Attempt: 1, Event: e}
	}
	return out
}

func sender(o *outbox, c carryFunc) handover.Sender {
	return handover.Sender{Outbox: o, Now: clock, Chance: func() float64 { return .5 }, AtOnce: 3, Batch: 4,
		Carrier: func(handover.Target) (handover.Carrier, error) { return c, nil }}
}

func TestARoundSendsAllThatIsDueAFewAtATime(t *testing.T) {
	t.Parallel()
	o := &outbox{targets: []handover.Target{{Name: "a"}, {Name: "b"}}, due: map[string][]handover.Delivery{"a": deliveries(t, "a", 10), "b": deliveries(t, "b", 1)}}
	var mu sync.Mutex
	under, most := map[string]int{}, 0
	sum, err := sender(o, func(_ context.Context, d handover.Delivery) (handover.Receipt, error) {
		mu.Lock()
		under[d.Target]++
		most = max(most, under[d.Target])
		mu.Unlock()
		defer func() {
			mu.Lock()
			under[d.Target]--
			mu.Unlock()
		}()
		return handover.Receipt{}, nil
	}).Round(t.Context())
	if err != nil || sum != (handover.Summary{Sent: 11}) || most > 3 {
		t.Errorf("%v: %+v, %d at once", err, sum, most)
	}
}

func TestFailuresAreTriedAgainByTheTableOrNotAtAll(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		attempt int
		err     error
		dead    bool
		next    time.Duration
	}{
		"a passing one":              {1, handover.Transient(nil, "busy"), false, 5 * time.Second},
		"a passing one, later":       {3, handover.Transient(nil, "busy"), false, 30 * time.Minute},
		"one that asks for patience": {1, &handover.Failure{After: time.Minute, Why: "busy"}, false, time.Minute},
		"one that nobody judged":     {1, errors.New("eof"), false, 5 * time.Second},
		"the tenth":                  {10, handover.Transient(nil, "busy"), true, 0},
		"a permanent one":            {1, handover.Permanent("no"), true, 0},
	} {
		d := deliveries(t, "a", 1)
		d[0].Attempt = c.attempt
		o := &outbox{targets: []handover.Target{{Name: "a"}}, due: map[string][]handover.Delivery{"a": d}}
		sum, err := sender(o, func(context.Context, handover.Delivery) (handover.Receipt, error) { return handover.Receipt{}, c.err }).Round(t.Context())
		if err != nil || sum.Sent != 0 || sum.Dead+sum.Failed != 1 || len(o.settled) != 1 {
			t.Fatalf("%s: %v: %+v", name, err, sum)
		}
		if x := o.settled[0]; x.Dead != c.dead || x.Failure == nil || !x.Next.Equal(noon.Add(c.next)) {
			t.Errorf("%s: %+v", name, x)
		}
	}
}

func TestATargetThatIsDownIsNotAskedForAllThatIsDue(t *testing.T) {
	t.Parallel()
	o := &outbox{targets: []handover.Target{{Name: "down"}}, due: map[string][]handover.Delivery{"down": deliveries(t, "down", 100)}}
	sum, err := sender(o, func(context.Context, handover.Delivery) (handover.Receipt, error) {
		return handover.Receipt{}, handover.Transient(nil, "down")
	}).Round(t.Context())
	if err != nil || sum.Failed != 4 {
		t.Errorf("%v: %+v, want one batch", err, sum)
	}
}

func TestATargetWithoutItsSecretsHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	o := &outbox{targets: []handover.Target{{Name: "a"}, {Name: "b"}}, due: map[string][]handover.Delivery{"b": deliveries(t, "b", 1)}}
	s := sender(o, nil)
	s.Carrier = func(x handover.Target) (handover.Carrier, error) {
		if x.Name == "a" {
			return nil, errors.New("no secrets")
		}
		return carryFunc(func(context.Context, handover.Delivery) (handover.Receipt, error) { return handover.Receipt{}, nil }), nil
	}
	sum, err := s.Round(t.Context())
	if err == nil || !strings.Contains(err.Error(), "target a: no secrets") || sum.Sent != 1 {
		t.Errorf("%v: %+v", err, sum)
	}
}

func TestWhatWeBreakOffCountsAsNoAttempt(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	o := &outbox{targets: []handover.Target{{Name: "a"}}, due: map[string][]handover.Delivery{"a": deliveries(t, "a", 1)}}
	_, _ = sender(o, func(ctx context.Context, _ handover.Delivery) (handover.Receipt, error) {
		cancel()
		return handover.Receipt{}, ctx.Err()
	}).Round(ctx)
	if len(o.settled) != 1 || !o.settled[0].Undone || o.settled[0].Failure != nil {
		t.Errorf("%+v", o.settled)
	}
}

func TestADeliveryMayNotOutliveItsLease(t *testing.T) {
	t.Parallel()
	o := &outbox{targets: []handover.Target{{Name: "a"}}, due: map[string][]handover.Delivery{"a": deliveries(t, "a", 1)}}
	s := sender(o, func(ctx context.Context, _ handover.Delivery) (handover.Receipt, error) {
		<-ctx.Done()
		return handover.Receipt{}, ctx.Err()
	})
	s.Lease = 30 * time.Millisecond
	if sum, err := s.Round(t.Context()); err != nil || sum.Failed != 1 || o.settled[0].Failure.Permanent {
		t.Errorf("%v: %+v, %+v", err, sum, o.settled)
	}
}

func TestALostLeaseIsNoError(t *testing.T) {
	t.Parallel()
	o := &outbox{targets: []handover.Target{{Name: "a"}}, due: map[string][]handover.Delivery{"a": deliveries(t, "a", 1)}, refuse: handover.ErrLeaseLost}
	sum, err := sender(o, func(context.Context, handover.Delivery) (handover.Receipt, error) { return handover.Receipt{}, nil }).Round(t.Context())
	if err != nil || sum.Sent != 0 {
		t.Errorf("%v: %+v", err, sum)
	}
}

func TestLogsTellNothingOfHouseholds(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	o := &outbox{targets: []handover.Target{{Name: "a"}}, due: map[string][]handover.Delivery{"a": deliveries(t, "a", 1)}}
	s := sender(o, func(ctx context.Context, d handover.Delivery) (handover.Receipt, error) {
		return carrier(t, handover.Address{URL: "http://127.0.0.1:1"}, nil).Carry(ctx, d)
	})
	s.Log = slog.New(slog.NewTextHandler(&log, nil))
	if _, err := s.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if text := log.String(); !strings.Contains(text, "evt-370199-1") || strings.Contains(text, accepted(t).Household) {
		t.Errorf("%s", text)
	}
}

func TestTheSenderWakesWhenItIsTold(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	sent := make(chan string, 2)
	o := &outbox{targets: []handover.Target{{Name: "a"}}, due: map[string][]handover.Delivery{"a": deliveries(t, "a", 1)}}
	s := sender(o, func(_ context.Context, d handover.Delivery) (handover.Receipt, error) {
		sent <- d.Event.ID()
		return handover.Receipt{}, nil
	})
	wake, ended := make(chan struct{}), make(chan error)
	go func() { ended <- s.Drive(ctx, wake, time.Hour) }()
	got := []string{<-sent}
	o.mu.Lock()
	o.due["a"] = deliveries(t, "a", 2)[1:]
	o.mu.Unlock()
	wake <- struct{}{}
	got = append(got, <-sent)
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) || !slices.Equal(got, []string{"evt-370199-1", "evt-370199-2"}) {
		t.Errorf("%v, %v", err, got)
	}
}
