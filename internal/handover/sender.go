package handover

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Outbox keeps targets and deliveries. All its methods may be called from many
// processes at once.
type Outbox interface {
	// Targets lists the targets that are not paused, by name.
	Targets(ctx context.Context) ([]Target, error)
	// Enqueue makes deliveries of the events that a target has not been queued
	// for yet, and tells how many. An event is queued once.
	Enqueue(ctx context.Context, t Target) (int, error)
	// Claim gives out deliveries that are due, each to one asker for the length
	// of the lease, and of each application the earliest that is not settled
	// alone. Those whose lease ran out are due again.
	Claim(ctx context.Context, a Ask) ([]Delivery, error)
	// Settle says how a delivery ended; ErrLeaseLost where another has it.
	Settle(ctx context.Context, d Delivery, o Outcome) error
}

// ErrLeaseLost says that a delivery was given to another sender meanwhile.
var ErrLeaseLost = errors.New("the lease has run out and another sender has the delivery")

// Ask is a claim for up to Limit deliveries of a target.
type Ask struct {
	Target string
	Token  string
	Now    time.Time
	Lease  time.Duration
	Limit  int
}

// Outcome is how an attempt ended, at a time: sent with a receipt, or failed,
// to be tried again at Next or never.
type Outcome struct {
	At      time.Time
	Receipt Receipt
	Failure *Failure // nil: sent
	Next    time.Time
	Dead    bool
	Undone  bool // we broke it off ourselves: it is due again and counts as no attempt
}

// Carrier takes a delivery to its target. An error that is a [Failure] says
// whether trying again may help; one of an ended context counts as no attempt
// of the target's. Carrying the same event twice does the target no harm.
type Carrier interface {
	Carry(ctx context.Context, d Delivery) (Receipt, error)
}

// Sender sends what is due. Zero fields stand for the defaults, but for Outbox,
// Carrier and Now.
type Sender struct {
	Outbox  Outbox
	Carrier func(t Target) (Carrier, error) // by target; asked each round
	Now     func() time.Time
	Log     *slog.Logger
	Retries Retries        // default StandardRetries
	Chance  func() float64 // in [0, 1), for jitter; default crypto/rand
	Lease   time.Duration  // longer than a delivery takes; default 15 min
	Batch   int            // deliveries claimed at once; default 64
	AtOnce  int            // requests under way per target; default 8
}

// Summary counts what a round did.
type Summary struct{ Queued, Sent, Failed, Dead int }

func (s *Summary) add(o Summary) {
	s.Queued, s.Sent, s.Failed, s.Dead = s.Queued+o.Queued, s.Sent+o.Sent, s.Failed+o.Failed, s.Dead+o.Dead
}

func (s Sender) withDefaults() Sender {
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	if s.Retries.Waits == nil {
		s.Retries = StandardRetries()
	}
	if s.Chance == nil {
		s.Chance = chance
	}
	if s.Lease <= 0 {
		s.Lease = 15 * time.Minute
	}
	if s.Batch <= 0 {
		s.Batch = 64
	}
	if s.AtOnce <= 0 {
		s.AtOnce = 8
	}
	return s
}

func chance() float64 {
	var b [1]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	return float64(b[0]) / 256
}

// Drive sends whatever comes due, at each wake and at least as often as every,
// until ctx ends. A round that fails is tried again, and logged where it fails
// otherwise than the one before.
func (s Sender) Drive(ctx context.Context, wake <-chan struct{}, every time.Duration) error {
	s = s.withDefaults()
	tick := time.NewTicker(every)
	defer tick.Stop()
	said := ""
	for {
		_, err := s.Round(ctx)
		if now := fmt.Sprint(err); err != nil && ctx.Err() == nil && now != said {
			said = now
			s.Log.Error("hand-over", "error", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-wake:
		case <-tick.C:
		}
	}
}

// Round queues new events and sends what is due to each target until nothing
// is. One target that can't be reached holds up no other.
func (s Sender) Round(ctx context.Context) (Summary, error) {
	s = s.withDefaults()
	targets, err := s.Outbox.Targets(ctx)
	if err != nil {
		return Summary{}, err
	}
	sums, errs := make([]Summary, len(targets)), make([]error, len(targets))
	var all sync.WaitGroup
	for i, t := range targets {
		all.Go(func() { sums[i], errs[i] = s.serve(ctx, t) })
	}
	all.Wait()
	var total Summary
	for _, sum := range sums {
		total.add(sum)
	}
	return total, errors.Join(errs...)
}

// serve takes one target as far as it goes now.
func (s Sender) serve(ctx context.Context, t Target) (sum Summary, err error) {
	carrier, err := s.Carrier(t)
	if err != nil {
		return sum, fmt.Errorf("target %s: %w", t.Name, err)
	}
	for {
		queued, err := s.Outbox.Enqueue(ctx, t)
		if err != nil {
			return sum, fmt.Errorf("target %s: %w", t.Name, err)
		}
		sum.Queued += queued
		batch, err := s.Outbox.Claim(ctx, Ask{Target: t.Name, Token: rand.Text(), Now: s.Now(), Lease: s.Lease, Limit: s.Batch})
		if err != nil {
			return sum, fmt.Errorf("target %s: %w", t.Name, err)
		}
		if len(batch) == 0 && queued == 0 {
			return sum, nil
		}
		done, err := s.sendAll(ctx, carrier, batch)
		sum.add(done)
		if err != nil {
			return sum, fmt.Errorf("target %s: %w", t.Name, err)
		}
		if len(batch) > 0 && done.Failed == len(batch) {
			return sum, nil // it seems to be down: the rest waits for the next round
		}
	}
}

// sendAll sends a batch, which holds one event of each application at most.
func (s Sender) sendAll(ctx context.Context, carrier Carrier, batch []Delivery) (Summary, error) {
	var (
		mu   sync.Mutex
		sum  Summary
		errs error
		all  sync.WaitGroup
		room = make(chan struct{}, s.AtOnce)
	)
	for _, d := range batch {
		room <- struct{}{}
		all.Go(func() {
			defer func() { <-room }()
			one, err := s.send(ctx, carrier, d)
			mu.Lock()
			defer mu.Unlock()
			sum.add(one)
			errs = errors.Join(errs, err)
		})
	}
	all.Wait()
	return sum, errs
}

// send makes one attempt and settles it. Where this process ends between the
// two, the lease runs out and the same event is sent again under the same id.
func (s Sender) send(ctx context.Context, carrier Carrier, d Delivery) (Summary, error) {
	receipt, err := s.carry(ctx, carrier, d)
	if err != nil && ctx.Err() != nil {
		return Summary{}, s.Outbox.Settle(context.WithoutCancel(ctx), d, Outcome{At: s.Now(), Undone: true})
	}
	o := Outcome{At: s.Now(), Receipt: receipt}
	sum := Summary{Sent: 1}
	log := s.Log.With("target", d.Target, "event", d.Event.ID(), "attempt", d.Attempt)
	if err != nil {
		o.Failure = failureOf(err)
		wait, again := s.Retries.Next(d.Attempt, o.Failure, s.Chance())
		o.Next, o.Dead = o.At.Add(wait), !again
		sum = Summary{Failed: 1}
		if o.Dead {
			sum = Summary{Dead: 1}
		}
		log.Warn("not handed over", "why", o.Failure.Why, "cause", o.Failure.Cause, "dead", o.Dead)
	}
	err = s.Outbox.Settle(context.WithoutCancel(ctx), d, o)
	if errors.Is(err, ErrLeaseLost) {
		log.Warn("sent twice", "why", err)
		return Summary{}, nil
	}
	return sum, err
}

// carry gives a delivery most of its lease, so that it ends before another
// sender may have it.
func (s Sender) carry(ctx context.Context, carrier Carrier, d Delivery) (Receipt, error) {
	if d.Broken != nil {
		return Receipt{}, &Failure{Permanent: true, Why: "the event or what it rests on cannot be read", Cause: d.Broken}
	}
	patience := s.Lease * 2 / 3
	timed, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := carrier.Carry(timed, d)
	if err != nil && timed.Err() != nil && ctx.Err() == nil {
		return r, Transient(err, "not done within %s", patience)
	}
	return r, err
}
