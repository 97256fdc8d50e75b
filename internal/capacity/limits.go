package capacity

import (
	"cmp"
	"slices"
)

// Limit is how far one shared thing carries.
type Limit struct {
	What    string
	Hours   float64 // that it alone needs for the batch, at full use
	Workers float64 // above which it is what all wait for; 0: it binds whatever their number
}

// Limits tells for each shared thing how long it alone takes and at how many
// workers that work without pause it is used up, what gives way first coming
// first. A unit keeps a processor of a worker for WorkerS and one of the database
// for DatabaseS, so that n processors of the database are used up by
// n · WorkerS / DatabaseS workers; storage likewise. The last is the longest
// county alone: the chain of its stages of one unit, however many work.
func (m Model) Limits() []Limit {
	m = m.withDefaults()
	var workerS, databaseS, read, logged, longest float64
	for _, c := range m.Counties {
		w, d, _, l := m.Costs.Sum(c)
		workerS, databaseS, read, logged = workerS+w, databaseS+d, read+float64(c.ReadBytes), logged+l
		chain := 0.0
		for _, k := range m.Costs.Stages {
			chain += (k.WorkerS+k.DatabaseS)*k.Basis.Of(c)/float64(k.Cut.Of(c)) + m.StageLagS
		}
		longest = max(longest, chain)
	}
	wasted := 1 / (1 - m.Retries)
	slow := 1 + m.Stragglers*(m.StragglerFactor-1)
	workerS, databaseS = workerS*wasted*slow, databaseS*wasted*slow
	out := []Limit{{What: "the longest county alone", Hours: longest / 3600}}
	if m.Plant.DatabaseProcessors > 0 {
		n := float64(m.Plant.DatabaseProcessors) * (1 - m.rounds())
		out = append(out, Limit{"processors of the database", databaseS / n / 3600, n * workerS / databaseS})
	}
	if m.Plant.StoreBytesPerS > 0 && read > 0 {
		out = append(out, Limit{"object storage", read * wasted / m.Plant.StoreBytesPerS / 3600, m.Plant.StoreBytesPerS * workerS / (read * wasted)})
	}
	if m.Plant.LogBytesPerS > 0 && logged > 0 {
		out = append(out, Limit{"the database's log", logged * wasted / m.Plant.LogBytesPerS / 3600, m.Plant.LogBytesPerS * workerS / (logged * wasted)})
	}
	slices.SortFunc(out, func(a, b Limit) int { return cmp.Compare(a.Workers, b.Workers) })
	return append(out, Limit{What: "processors of the workers", Hours: workerS / float64(m.Plant.Processors) / 3600})
}

// Fewest is the smallest number of workers, up to most, with which a batch ends
// within some hours, or most+1 where none does. It simulates a number of times
// that grows with the logarithm of most.
func Fewest(m Model, hours float64, most int, seed uint64) (int, error) {
	low, high := 0, most+1 // low is too few, high is enough or unknown
	for high-low > 1 {
		mid := (low + high) / 2
		if low == 0 { // doubling first: few workers take long to simulate
			mid = min(max(1, high/8), (low+high)/2)
		}
		m.Plant.Workers, m.Plant.Processors = mid, 0
		r, err := Simulate(m, seed)
		if err != nil {
			return 0, err
		}
		if r.Hours <= hours {
			high = mid
		} else {
			low = mid
		}
	}
	return high, nil
}
