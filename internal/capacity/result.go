package capacity

import "slices"

// Result is how a batch went.
type Result struct {
	Hours     float64 // until the last county was through
	Units     int     // done, each once
	Retried   int     // ends of units that failed
	Lost      int     // units that were in hand of a worker that died
	Deaths    int
	WastedS   float64 // seconds of processors, for what was lost or failed
	Processor Busy    // of the workers; of the database too where that has none of its own
	Database  Busy
	Store     Busy
	Log       Busy    // of the database
	Places    float64 // share of the time that places were taken
	Waited    Mean    // of units, in the queue, seconds
	InSystem  Mean    // of units, from when their stage was planned to their end
	Queue     Load    // units that waited for a place
	Work      Load    // units that were planned and not done
	Open      Load    // counties under way
	County    Spread  // hours from a county's arrival to its publication
}

// Busy is how much of a shared thing was taken.
type Busy struct {
	Share float64 // of its time
	Most  int     // that waited for it at once
}

// Mean of so many.
type Mean struct {
	N    int
	Mean float64
}

// Load is a number over time.
type Load struct {
	Mean float64
	Most int
}

// Spread is where hours of counties lie.
type Spread struct{ P50, P90, Max float64 }

// tally counts while the simulation runs.
type tally struct {
	Retried, Lost, Deaths int
	wasted, held          float64
	queue, work, open     level
	waits, stays          Mean
	counties              []float64
}

// level is a number that changes at moments.
type level struct {
	now, most int
	since     float64
	area      float64
}

func (l *level) move(at float64, by int) {
	l.area += float64(l.now) * (at - l.since)
	l.since = at
	l.now += by
	l.most = max(l.most, l.now)
}

func (l *level) load(end float64) Load {
	if end <= 0 {
		return Load{Most: l.most}
	}
	return Load{Mean: (l.area + float64(l.now)*(end-l.since)) / end, Most: l.most}
}

func (m *Mean) add(v float64) {
	m.N++
	m.Mean += (v - m.Mean) / float64(m.N)
}

func (t *tally) queued(at float64, by int)   { t.queue.move(at, by) }
func (t *tally) openRuns(at float64, by int) { t.open.move(at, by) }
func (t *tally) waited(s float64)            { t.waits.add(s) }
func (t *tally) through(s float64)           { t.counties = append(t.counties, s/3600) }
func (t *tally) planned(at float64, n int)   { t.work.move(at, n) }

func (t *tally) done(at, came float64) {
	t.work.move(at, -1)
	t.stays.add(at - came)
}

func (s *simulation) result() Result {
	t, end := &s.tally, s.now
	slices.Sort(t.counties)
	at := func(q float64) float64 { return t.counties[int(q*float64(len(t.counties)-1))] }
	r := Result{Hours: end / 3600, Units: t.stays.N, Retried: t.Retried, Lost: t.Lost, Deaths: t.Deaths, WastedS: t.wasted,
		Waited: t.waits, InSystem: t.stays, Queue: t.queue.load(end), Work: t.work.load(end), Open: t.open.load(end),
		County: Spread{at(0.5), at(0.9), at(1)}}
	busy := func(p *pool) Busy {
		if p == nil || end == 0 {
			return Busy{}
		}
		return Busy{p.busyS / end / float64(p.servers), p.most}
	}
	r.Processor, r.Database, r.Store, r.Log = busy(s.processor), busy(s.database), busy(s.store), busy(s.log)
	if s.database == s.processor {
		r.Database = Busy{}
	} else {
		r.Database.Share += s.model.rounds()
	}
	if end > 0 {
		r.Places = t.held / end / float64(s.model.Plant.Workers*s.model.Plant.Places)
	}
	return r
}
