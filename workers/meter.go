package workers

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"parus/internal/ledger"
)

// ending is how a worker's hold on a unit ends. It is a label of metrics, an
// attribute of spans and a field of logs.
type ending string

const (
	endDone      ending = "done"
	endSkipped   ending = "skipped"
	endFailed    ending = "failed"     // it is not tried again by itself
	endRetry     ending = "retry"      // it is tried again
	endLeaseLost ending = "lease_lost" // somebody else has it, and this result is thrown away
	endCancelled ending = "cancelled"  // with its run
	endStopped   ending = "stopped"    // the worker was told to stop
	endReturned  ending = "returned"   // the database took nothing: given back, and the attempt does not count
	endUnwritten ending = "unwritten"  // the failure could not be recorded: the lease runs out
)

func endings() []ending {
	return []ending{endDone, endSkipped, endFailed, endRetry, endLeaseLost, endCancelled, endStopped, endReturned, endUnwritten}
}

// Meter counts what the workers, reconcilers and queues of one process do. Its
// labels are stages, endings and queues, whose number is fixed: nothing that a
// county, a household or a person is known by. Nil counts nothing.
type Meter struct {
	units      *prometheus.CounterVec
	seconds    *prometheus.HistogramVec
	inHand     *prometheus.GaugeVec
	waiting    prometheus.Gauge
	rounds     *prometheus.CounterVec
	puts       *prometheus.CounterVec
	collectors []prometheus.Collector
}

// NewMeter makes a meter that stands at nought for each of the stages.
func NewMeter(stages ...Stage) *Meter {
	m := &Meter{
		units: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parus_units_total", Help: "Units that this worker had in hand, by how that ended."}, []string{"stage", "outcome"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "parus_unit_seconds", Help: "Time that a unit was in hand, from claim to end, however it ended.",
			Buckets: []float64{.01, .03, .1, .3, 1, 3, 10, 30, 100, 300, 1000, 1800}}, []string{"stage"}),
		inHand: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "parus_units_in_hand", Help: "Units that this worker works on."}, []string{"stage"}),
		waiting: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "parus_units_waiting_for_memory", Help: "Units taken from the queue that wait for room in this worker."}),
		rounds: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parus_reconcile_rounds_total", Help: "Times that a run's tables were compared with the queue, by how that ended."}, []string{"outcome"}),
		puts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parus_queue_puts_total", Help: "Units put on the queue: for the first time, or put back, by what was amiss."}, []string{"queue", "reason"}),
	}
	m.collectors = []prometheus.Collector{m.units, m.seconds, m.inHand, m.waiting, m.rounds, m.puts}
	for _, s := range stages {
		m.seconds.WithLabelValues(s.Name())
		m.inHand.WithLabelValues(s.Name())
		for _, e := range endings() {
			m.units.WithLabelValues(s.Name(), string(e))
		}
	}
	for _, r := range []round{roundMoved, roundEnded, roundHalted, roundError} {
		m.rounds.WithLabelValues(string(r))
	}
	for _, q := range queueNames() {
		for _, p := range []put{putFirst, putAgain, putDeath, putOrphan, putArchived} {
			m.puts.WithLabelValues(q, string(p))
		}
	}
	return m
}

// Describe implements [prometheus.Collector].
func (m *Meter) Describe(to chan<- *prometheus.Desc) {
	for _, c := range m.collectors {
		c.Describe(to)
	}
}

// Collect implements [prometheus.Collector].
func (m *Meter) Collect(to chan<- prometheus.Metric) {
	for _, c := range m.collectors {
		c.Collect(to)
	}
}

func (m *Meter) took(stage string) {
	if m != nil {
		m.inHand.WithLabelValues(stage).Inc()
	}
}

func (m *Meter) ended(stage string, e ending, took time.Duration) {
	if m == nil {
		return
	}
	m.inHand.WithLabelValues(stage).Dec()
	m.units.WithLabelValues(stage, string(e)).Inc()
	m.seconds.WithLabelValues(stage).Observe(took.Seconds())
}

// waits counts a unit that waits for room, until it is told that it does no
// longer.
func (m *Meter) waits(by float64) {
	if m != nil {
		m.waiting.Add(by)
	}
}

// round is how one comparison of a run's tables with the queue ended.
type round string

const (
	roundMoved  round = "moved"
	roundEnded  round = "ended"
	roundHalted round = "halted" // the run is paused
	roundError  round = "error"
)

func (m *Meter) compared(r round) {
	if m != nil {
		m.rounds.WithLabelValues(string(r)).Inc()
	}
}

// put is why a unit was put on the queue.
type put string

const (
	putFirst    put = "first"
	putAgain    put = "lost"     // the queue had lost it
	putDeath    put = "death"    // its worker has died, or its lease has run out
	putOrphan   put = "orphan"   // the queue holds it to be in hand, and nobody has it
	putArchived put = "archived" // the queue had given up on it, and the ledger has not
)

func putOf(u ledger.Ready) put {
	switch {
	case u.Again:
		return putAgain
	case u.Deaths > 0:
		return putDeath
	}
	return putFirst
}

func (m *Meter) putOn(queue string, p put) {
	if m != nil {
		m.puts.WithLabelValues(queue, string(p)).Inc()
	}
}
