package decoder

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"parus/imagery"
)

// Config says how a pool's children are started and what they may take. Zero
// fields stand for the defaults.
type Config struct {
	Program  string        // that calls Serve on JobsFD and AnswersFD
	Args     []string      //
	Env      []string      // beside this process's own
	Jobs     int           // at once; default: the processors
	Deadline time.Duration // of one job; default 5 min
	// MemoryBytes is what all jobs at once may take; default: half of what is
	// available (see Available).
	MemoryBytes int64
	// KeepBytes is what a child keeps between jobs: decoded tiles, coverages.
	KeepBytes int64
}

const defaultDeadline = 5 * time.Minute

// Pool hands jobs to children. It is safe for concurrent use.
type Pool struct {
	Config
	budget  *budget
	nursery *nursery
	places  chan struct{}

	mu     sync.Mutex
	common *child // that all jobs go to; nil until there is one
}

// Start makes a pool. Children are started when there are jobs.
func Start(c Config) *Pool {
	c.Jobs = cmp.Or(max(c.Jobs, 0), runtime.NumCPU())
	c.Deadline = cmp.Or(max(c.Deadline, 0), defaultDeadline)
	if c.MemoryBytes <= 0 {
		c.MemoryBytes = Available() / 2
	}
	c.KeepBytes += 4 * shelfBytes
	return &Pool{Config: c, budget: newBudget(c.MemoryBytes), nursery: newNursery(), places: make(chan struct{}, c.Jobs)}
}

// Close waits for jobs under way and ends the children.
func (p *Pool) Close() error {
	for range p.Jobs {
		p.places <- struct{}{}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.common != nil {
		p.common.end()
	}
	p.nursery.close()
	return nil
}

// CRS returns the coordinate reference system of a scene's first file.
func (p *Pool) CRS(ctx context.Context, s imagery.Scene) (string, error) {
	if len(s.Bands) == 0 {
		return "", fmt.Errorf("scene %s has no bands", s.ID)
	}
	crs, err := p.do(ctx, job{item: s.ID, kind: frameCRS, content: []byte(s.Bands[0].Href), bytes: verifyBytes})
	return string(crs), err
}

// Verify opens a scene's files: see Reader.Probe.
func (p *Pool) Verify(ctx context.Context, s imagery.Scene) (imagery.Scene, error) {
	content, err := json.Marshal(s)
	if err != nil {
		return s, fmt.Errorf("scene %s: %w", s.ID, err)
	}
	answer, err := p.do(ctx, job{item: s.ID, kind: frameVerify, content: content, bytes: verifyBytes})
	if err != nil {
		return s, err
	}
	var checked imagery.Scene
	if err := json.Unmarshal(answer, &checked); err != nil || checked.ID != s.ID || len(checked.Bands) < len(s.Bands) {
		return s, fmt.Errorf("scene %s: %w", s.ID, errFrame)
	}
	return checked, nil
}

// Observe measures the parcels of a block in one scene and returns marshalled
// observations of them and of the shared ones; observe.ErrNoOverlap where there
// is nothing to see.
func (p *Pool) Observe(ctx context.Context, l Look) (data, shared []byte, err error) {
	content, err := json.Marshal(l.sight())
	if err != nil {
		return nil, nil, fmt.Errorf("scene %s: %w", l.Scene.ID, err)
	}
	answer, err := p.do(ctx, job{item: l.Scene.ID, kind: frameObserve, content: content, look: &l, bytes: LookBytes(l)})
	if err != nil {
		return nil, nil, err
	}
	shared, data, ok := split(answer)
	if !ok {
		return nil, nil, fmt.Errorf("scene %s: %w", l.Scene.ID, errFrame)
	}
	return data, shared, nil
}

// job is one thing to do.
type job struct {
	item    string
	kind    byte
	content []byte
	look    *Look // nil where the job needs no coverage
	bytes   int64 // that it is expected to take
}

// errBroke is that a child broke with a job in hand, by whoever's fault.
var errBroke = errors.New("the decoder broke")

// do waits for memory and a place, and has the job done among others. Where
// the child breaks and it is not clear by which job, each is done once more by
// a child that does nothing else.
func (p *Pool) do(ctx context.Context, j job) ([]byte, error) {
	if err := p.budget.take(ctx, j.bytes); err != nil {
		return nil, fmt.Errorf("scene %s: %w", j.item, err)
	}
	defer p.budget.give(j.bytes)
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case p.places <- struct{}{}:
	}
	defer func() { <-p.places }()
	k, err := p.child()
	if err != nil {
		return nil, err
	}
	answer, err := p.converse(ctx, k, j)
	if !errors.Is(err, errBroke) {
		return answer, err
	}
	alone, err := p.nursery.start(p.Config)
	if err != nil {
		return nil, err
	}
	defer alone.end()
	c := j.call(p.Deadline)
	answer, err = p.hand(ctx, alone, j, c)
	if errors.Is(err, errBroke) {
		return nil, alone.fault(j, c)
	}
	return answer, err
}

// child returns the child that all jobs go to.
func (p *Pool) child() (*child, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.common != nil {
		p.common.mu.Lock()
		broken := p.common.broken
		p.common.mu.Unlock()
		if !broken {
			return p.common, nil
		}
		p.common.end()
		p.common = nil
	}
	k, err := p.nursery.start(p.Config)
	p.common = k
	return k, err
}

func (j job) call(deadline time.Duration) *call {
	return &call{bytes: j.bytes, late: time.Now().Add(deadline), within: deadline, reply: make(chan frame, 1)}
}

// converse has the common child do a job. One that hung is known by the clock;
// for other breaks nobody is blamed yet.
func (p *Pool) converse(ctx context.Context, k *child, j job) ([]byte, error) {
	c := j.call(p.Deadline)
	answer, err := p.hand(ctx, k, j, c)
	if !errors.Is(err, errBroke) {
		return answer, err
	}
	if doing, hung, _ := k.state(c); hung {
		return nil, &Fault{Item: j.item, Doing: doing, What: Hung, After: p.Deadline}
	}
	return nil, err
}

// hand gives a job to a child and waits for the answer. Who does not wait any
// longer leaves the job to the child and its watch.
func (p *Pool) hand(ctx context.Context, k *child, j job, c *call) ([]byte, error) {
	if err := k.ask(ctx, j, c); err != nil {
		return nil, err
	}
	select {
	case f := <-c.reply:
		return f.read(j)
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-k.over:
	}
	select { // the last thing it said
	case f := <-c.reply:
		return f.read(j)
	default:
		return nil, errBroke
	}
}

// fault tells what broke a child that did one job alone.
func (k *child) fault(j job, c *call) error {
	<-k.over
	doing, hung, end := k.state(c)
	f := &Fault{Item: j.item, Doing: doing, After: c.within, Bytes: end.grew}
	switch {
	case hung:
		f.What = Hung
	case end.grew > 0:
		f.What = Overgrew
	case end.garbled:
		return fmt.Errorf("scene %s: %w", j.item, errFrame)
	default:
		f.examine(k.cmd.ProcessState, k.words.said())
	}
	return f
}

// ask sends a job, with its coverage where the child has it no more.
func (k *child) ask(ctx context.Context, j job, c *call) error {
	k.send.Lock()
	defer k.send.Unlock()
	if j.look != nil {
		if err := k.tell(ctx, j.look); err != nil {
			return err
		}
	}
	id, ok := k.enter(c)
	if !ok || writeFrame(k.jobs, frame{j.kind, id, j.content}) != nil {
		return errBroke
	}
	return nil
}

// tell sends the coverage that a look needs. Nothing else is sent meanwhile, so
// that nothing takes its place on the shelf.
func (k *child) tell(ctx context.Context, l *Look) error {
	if _, has := k.covers.get(l.Block); has {
		return nil
	}
	data, err := l.Coverage(ctx)
	if err != nil {
		return err
	}
	if err := writeFrame(k.jobs, frame{kind: frameCoverage, content: join([]byte(l.Block), data)}); err != nil {
		return errBroke
	}
	k.covers.put(l.Block, struct{}{}, int64(len(data)))
	return nil
}

// read takes the answer to a job.
func (f frame) read(j job) ([]byte, error) {
	if f.kind == frameResult {
		return f.content, nil
	}
	var told failure
	if err := json.Unmarshal(f.content, &told); err != nil {
		return nil, fmt.Errorf("scene %s: %w", j.item, errFrame)
	}
	return nil, told.err()
}
