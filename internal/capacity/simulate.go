package capacity

import (
	"container/heap"
	"math/rand/v2"
)

// Simulate carries a model's counties through and tells how it went. The draws
// of a unit depend on the seed, its county, stage and place alone, so that models
// with other plants are compared over the same work.
func Simulate(m Model, seed uint64) (Result, error) {
	m = m.withDefaults()
	if err := m.validate(); err != nil {
		return Result{}, err
	}
	s := newSimulation(m, seed)
	for s.left > 0 {
		e := heap.Pop(&s.events).(event)
		s.now = e.at
		e.do()
	}
	return s.result(), nil
}

// event is something that happens at a moment; those of one moment happen in the
// order in which they were made.
type event struct {
	at     float64
	serial int
	do     func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].serial < e[j].serial
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }

// Push implements [heap.Interface].
func (e *events) Push(x any) { *e = append(*e, x.(event)) }

// Pop implements [heap.Interface].
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

type simulation struct {
	model     Model
	seed      uint64
	now       float64
	serial    int
	events    events
	left      int     // counties that are not through
	season    []*unit // queues, in order of rank
	pixels    []*unit
	places    []*place // free ones, the last given back on top
	workers   [][]*place
	processor *pool
	database  *pool
	store     *pool
	log       *pool
	tally     tally
	deaths    *rand.Rand
}

// running is a county on its way.
type running struct {
	County
	number int
	stage  int
	open   int // units of the stage
	came   float64
}

// unit is one unit of work, and what it still needs.
type unit struct {
	of       *running
	stage    int
	readS    float64
	workerS  float64
	writeS   float64
	logS     float64
	fails    int // times that it will fail yet
	queued   float64
	came     float64
	at       *place
	took     float64 // place, since
	life     int     // raised where its worker dies; what was meant for an earlier life is void
	inPool   *pool   // that serves it
	since    float64 // it does
	consumed float64 // of processors, in this life
}

// place is room for one unit in a worker.
type place struct {
	worker int
	holds  *unit
	dead   bool
}

// pool serves so many at a time, first come, first served.
type pool struct {
	free    int
	servers int
	waiting []ask
	busyS   float64
	most    int // that waited at once
}

type ask struct {
	u       *unit
	life    int
	seconds float64
	then    func()
}

func newSimulation(m Model, seed uint64) *simulation {
	s := &simulation{model: m, seed: seed, left: len(m.Counties), deaths: rand.New(rand.NewPCG(seed, streamDeaths))}
	s.processor = &pool{free: m.Plant.Processors, servers: m.Plant.Processors}
	s.database = s.processor
	if n := m.Plant.DatabaseProcessors; n > 0 {
		s.database = &pool{free: n, servers: n}
	}
	if m.Plant.StoreBytesPerS > 0 {
		n := max(1, int(m.Plant.StoreBytesPerS/m.Plant.StreamBytesPerS))
		s.store = &pool{free: n, servers: n}
	}
	if m.Plant.LogBytesPerS > 0 {
		s.log = &pool{free: 1, servers: 1}
	}
	for w := range m.Plant.Workers {
		var of []*place
		for range m.Plant.Places {
			of = append(of, &place{worker: w})
		}
		s.workers = append(s.workers, of)
		s.places = append(s.places, of...)
		s.dieLater(w)
	}
	arrivals, at := rand.New(rand.NewPCG(seed, streamArrivals)), 0.0
	for i, c := range m.Counties {
		r := &running{County: c, number: i, stage: -1}
		if m.EveryS > 0 {
			at += m.EveryS * arrivals.ExpFloat64()
		}
		s.at(at, func() { r.came = s.now; s.tally.openRuns(s.now, 1); s.next(r) })
	}
	return s
}

func (s *simulation) at(t float64, do func()) {
	s.serial++
	heap.Push(&s.events, event{t, s.serial, do})
}

// next starts a county's next stage, or ends the county.
func (s *simulation) next(r *running) {
	r.stage++
	if r.stage == len(s.model.Costs.Stages) {
		s.left--
		s.tally.openRuns(s.now, -1)
		s.tally.through(s.now - r.came)
		return
	}
	k := s.model.Costs.Stages[r.stage]
	n := k.Cut.Of(r.County)
	amount := k.Basis.Of(r.County) / float64(n)
	r.open = n
	s.tally.planned(s.now, n)
	for i := range n {
		draw := rand.New(rand.NewPCG(s.seed^uint64(r.number)<<32^uint64(r.stage)<<24, streamUnits+uint64(i)))
		f := lognormal(draw, s.model.Spread)
		if draw.Float64() < s.model.Stragglers {
			f *= s.model.StragglerFactor
		}
		u := &unit{of: r, stage: r.stage, workerS: k.WorkerS * amount * f, came: s.now,
			writeS: k.DatabaseS * amount * f / (1 - s.model.rounds())}
		if k.Reads && s.store != nil {
			u.readS = float64(r.ReadBytes) / float64(n) / s.model.Plant.StreamBytesPerS
		}
		if s.log != nil {
			u.logS = k.Logged * amount / s.model.Plant.LogBytesPerS
		}
		for draw.Float64() < s.model.Retries {
			u.fails++
		}
		s.queue(u)
	}
	s.serve()
}

func (s *simulation) queue(u *unit) {
	u.queued = s.now
	if s.model.Costs.Stages[u.stage].Pixels {
		s.pixels = append(s.pixels, u)
	} else {
		s.season = append(s.season, u)
	}
	s.tally.queued(s.now, 1)
}

// serve gives free places to those that wait, what ends a season first.
func (s *simulation) serve() {
	for len(s.places) > 0 {
		from := &s.season
		if len(*from) == 0 {
			from = &s.pixels
		}
		if len(*from) == 0 {
			return
		}
		u := (*from)[0]
		*from = (*from)[1:]
		p := s.places[len(s.places)-1]
		s.places = s.places[:len(s.places)-1]
		s.tally.queued(s.now, -1)
		s.tally.waited(s.now - u.queued)
		p.holds, u.at, u.took, u.consumed = u, p, s.now, 0
		s.use(s.store, u, u.readS, func() {
			s.use(s.processor, u, u.workerS, func() {
				s.use(s.database, u, u.writeS, func() { s.use(s.log, u, u.logS, func() { s.end(u) }) })
			})
		})
	}
}

// use has a unit served by a pool and goes on.
func (s *simulation) use(p *pool, u *unit, seconds float64, then func()) {
	if p == nil || seconds <= 0 {
		then()
		return
	}
	a := ask{u, u.life, seconds, then}
	if p.free == 0 {
		p.waiting = append(p.waiting, a)
		p.most = max(p.most, len(p.waiting))
		return
	}
	s.start(p, a)
}

func (s *simulation) start(p *pool, a ask) {
	p.free--
	a.u.inPool, a.u.since = p, s.now
	s.at(s.now+a.seconds, func() {
		if a.u.life != a.life {
			return // it was given back when its worker died
		}
		a.u.inPool = nil
		a.u.consumed += s.now - a.u.since
		s.leave(p, s.now-a.u.since)
		a.then()
	})
}

// leave frees a server of a pool for the next that is still alive.
func (s *simulation) leave(p *pool, served float64) {
	p.busyS += served
	p.free++
	for len(p.waiting) > 0 && p.free > 0 {
		a := p.waiting[0]
		p.waiting = p.waiting[1:]
		if a.u.life == a.life {
			s.start(p, a)
		}
	}
}

// end is a unit that has been written, or has failed and waits again.
func (s *simulation) end(u *unit) {
	s.tally.held += s.now - u.took
	s.release(u)
	if u.fails > 0 {
		u.fails--
		s.tally.Retried++
		s.tally.wasted += u.consumed
		s.queue(u)
		s.serve()
		return
	}
	s.tally.done(s.now, u.came)
	u.of.open--
	if u.of.open == 0 {
		r := u.of
		s.at(s.now+s.model.StageLagS, func() { s.next(r) })
	}
	s.serve()
}

func (s *simulation) release(u *unit) {
	p := u.at
	p.holds, u.at = nil, nil
	if !p.dead {
		s.places = append(s.places, p)
	}
}
