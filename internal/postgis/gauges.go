package postgis

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// gaugeTime bounds how long a look at the tables may take: who scrapes figures
// has less patience than who reads a map.
const gaugeTime = 2 * time.Second

// poolGauges tell what the connections are at.
type poolGauges struct {
	db                                   *DB
	connections, most, acquires, waiting *prometheus.Desc
	waited                               *prometheus.Desc
}

// PoolGauges tell of the pool of connections whenever they are collected,
// without a query.
func (db *DB) PoolGauges() prometheus.Collector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("parus_db_"+name, help, labels, nil)
	}
	return poolGauges{db,
		desc("connections", "Connections to the database, by what they are at.", "state"),
		desc("connections_max", "Connections that the pool may open."),
		desc("acquires_total", "Connections handed out."),
		desc("acquires_waited_total", "Connections that somebody had to wait for."),
		desc("acquire_seconds_total", "Time spent until connections were handed out."),
	}
}

// Describe implements [prometheus.Collector].
func (g poolGauges) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{g.connections, g.most, g.acquires, g.waiting, g.waited} {
		to <- d
	}
}

// Collect implements [prometheus.Collector].
func (g poolGauges) Collect(to chan<- prometheus.Metric) {
	s := g.db.conns.Stat()
	gauge := func(d *prometheus.Desc, kind prometheus.ValueType, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, kind, v, labels...)
	}
	gauge(g.connections, prometheus.GaugeValue, float64(s.AcquiredConns()), "busy")
	gauge(g.connections, prometheus.GaugeValue, float64(s.IdleConns()), "idle")
	gauge(g.connections, prometheus.GaugeValue, float64(s.ConstructingConns()), "opening")
	gauge(g.most, prometheus.GaugeValue, float64(s.MaxConns()))
	gauge(g.acquires, prometheus.CounterValue, float64(s.AcquireCount()))
	gauge(g.waiting, prometheus.CounterValue, float64(s.EmptyAcquireCount()))
	gauge(g.waited, prometheus.CounterValue, s.AcquireDuration().Seconds())
}

// ledgerGauges tell what the tables say of runs and of what kills workers.
type ledgerGauges struct {
	db                         *DB
	runs, quarantined, answers *prometheus.Desc
}

// LedgerGauges look at the tables whenever they are collected, and are the same
// from every process.
func (db *DB) LedgerGauges() prometheus.Collector {
	return ledgerGauges{db,
		prometheus.NewDesc("parus_runs", "Runs of seasons, by state.", []string{"state"}, nil),
		prometheus.NewDesc("parus_units_quarantined", "Units that failed for having killed their workers.", nil, nil),
		prometheus.NewDesc("parus_db_up", "1 where the database answers.", nil, nil),
	}
}

// Describe implements [prometheus.Collector].
func (g ledgerGauges) Describe(to chan<- *prometheus.Desc) {
	to <- g.runs
	to <- g.quarantined
	to <- g.answers
}

// Collect implements [prometheus.Collector].
func (g ledgerGauges) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), gaugeTime)
	defer cancel()
	up := 0.0
	if err := g.look(ctx, to); err == nil {
		up = 1
	}
	to <- prometheus.MustNewConstMetric(g.answers, prometheus.GaugeValue, up)
}

func (g ledgerGauges) look(ctx context.Context, to chan<- prometheus.Metric) error {
	type count struct {
		State string
		N     int64
	}
	const runs = `
		select s.state, count(r.id) from unnest(array['running', 'paused', 'cancelled', 'failed', 'done']) as s (state)
		left join season_run r on r.state = s.state group by s.state`
	const quarantined = `select 'failed', count(*) from work where state = 'failed' and deaths >= $1`
	states, err := collect[count](ctx, g.db, runs)
	if err != nil {
		return err
	}
	dead, err := collect[count](ctx, g.db, quarantined, maxDeaths)
	if err != nil {
		return err
	}
	for _, s := range states {
		to <- prometheus.MustNewConstMetric(g.runs, prometheus.GaugeValue, float64(s.N), s.State)
	}
	to <- prometheus.MustNewConstMetric(g.quarantined, prometheus.GaugeValue, float64(dead[0].N))
	return nil
}
