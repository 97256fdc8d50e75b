package workers

import (
	"slices"

	"github.com/hibiken/asynq"
	"github.com/prometheus/client_golang/prometheus"
)

// queueGauges reads the queues when it is asked.
type queueGauges struct {
	queue                  *Queue
	tasks, oldest, answers *prometheus.Desc
}

// Gauges tell how full the queues are, each time that they are collected.
func (q *Queue) Gauges() prometheus.Collector {
	return queueGauges{q,
		prometheus.NewDesc("parus_queue_tasks", "Tasks on a queue, by state.", []string{"queue", "state"}, nil),
		prometheus.NewDesc("parus_queue_oldest_seconds", "How long the task has waited that has waited longest.", []string{"queue"}, nil),
		prometheus.NewDesc("parus_queue_up", "1 where Redis answers.", nil, nil)}
}

// Describe implements [prometheus.Collector].
func (g queueGauges) Describe(to chan<- *prometheus.Desc) {
	to <- g.tasks
	to <- g.oldest
	to <- g.answers
}

// Collect implements [prometheus.Collector]. A queue that nothing was ever put
// on is empty.
func (g queueGauges) Collect(to chan<- prometheus.Metric) {
	known, err := g.queue.inspector.Queues()
	for _, name := range queueNames() {
		i := &asynq.QueueInfo{}
		if slices.Contains(known, name) && err == nil {
			i, err = g.queue.inspector.GetQueueInfo(name)
		}
		if err != nil {
			break // each would wait as long
		}
		for state, n := range map[string]int{"pending": i.Pending, "active": i.Active, "scheduled": i.Scheduled, "retry": i.Retry, "archived": i.Archived} {
			to <- prometheus.MustNewConstMetric(g.tasks, prometheus.GaugeValue, float64(n), name, state)
		}
		to <- prometheus.MustNewConstMetric(g.oldest, prometheus.GaugeValue, i.Latency.Seconds(), name)
	}
	up := 1.0
	if err != nil {
		up = 0
	}
	to <- prometheus.MustNewConstMetric(g.answers, prometheus.GaugeValue, up)
}
