package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"parus/internal/decoder"
	"parus/web"
)

// collectors of everything that a crew's process can tell of its work.
func (c *crew) collectors() []prometheus.Collector {
	return []prometheus.Collector{c.meter, c.queue.Gauges(), c.db.LedgerGauges(), newDecoderGauges(c.decoders)}
}

// readyTime bounds how long the services may take to answer.
const readyTime = 2 * time.Second

// figures is a handler for whoever watches a worker: /metrics, /healthz and
// /readyz. deaths are those of the workers before this one.
func (c *crew) figures(deaths int) http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(c.collectors()...)
	r.MustRegister(c.db.PoolGauges(), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "parus_worker_deaths_total",
			Help: "Workers that died under the supervisor of this one."}, func() float64 { return float64(deaths) }))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(r, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, q *http.Request) {
		ctx, cancel := context.WithTimeout(q.Context(), readyTime)
		defer cancel()
		if err := c.db.Ping(ctx); err != nil {
			c.log.Warn("not ready", "error", err)
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
			return
		}
		if err := c.queue.Ping(ctx); err != nil {
			c.log.Warn("not ready", "error", err)
			http.Error(w, "Redis does not answer", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	return mux
}

// listenForFigures takes an address that people may write without a host: then
// nobody else's machine reaches it.
func listenForFigures(ctx context.Context, address string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, usageError{fmt.Errorf("--metrics %q: %w: write HOST:PORT, e.g. 127.0.0.1:9464", address, err)}
	}
	if host == "" {
		host = "127.0.0.1"
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("metrics: %w: choose another address with --metrics or PARUS_METRICS", err)
	}
	return l, nil
}

// tellFigures answers on the listener until the crew is told to stop.
func (c *crew) tellFigures(l net.Listener, deaths int) {
	c.serving.Go(func() {
		if err := web.Serve(c.ctx, l, c.figures(deaths), web.Patience{}); err != nil {
			c.stop(err)
		}
	})
}

// decoderGauges tell of the processes that decode pictures.
type decoderGauges struct {
	pool                                                *decoder.Pool
	children, started, resident, budget, taken, waiting *prometheus.Desc
}

func newDecoderGauges(p *decoder.Pool) decoderGauges {
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc("parus_decoder_"+name, help, nil, nil)
	}
	return decoderGauges{p,
		desc("children", "Processes that decode pictures."),
		desc("started_total", "Such processes since this one began."),
		desc("resident_bytes", "Memory that they hold."),
		desc("budget_bytes", "Memory that their jobs may be expected to take."),
		desc("taken_bytes", "Memory that jobs under way are expected to take."),
		desc("jobs_waiting", "Jobs that wait for memory."),
	}
}

// Describe implements [prometheus.Collector].
func (g decoderGauges) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{g.children, g.started, g.resident, g.budget, g.taken, g.waiting} {
		to <- d
	}
}

// Collect implements [prometheus.Collector].
func (g decoderGauges) Collect(to chan<- prometheus.Metric) {
	s := g.pool.Stats()
	to <- prometheus.MustNewConstMetric(g.started, prometheus.CounterValue, float64(s.Started))
	for d, v := range map[*prometheus.Desc]int64{g.children: int64(s.Children), g.resident: s.ResidentBytes, g.budget: s.BudgetBytes,
		g.taken: s.TakenBytes, g.waiting: int64(s.Waiting)} {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v))
	}
}
