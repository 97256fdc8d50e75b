package decoder

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"parus/imagery"
	"parus/imagery/overlay"
	"parus/imagery/zonal"
)

// Pipes of a child: jobs come from JobsFD, answers go to AnswersFD. Its
// standard streams stay free for what a library may say.
const (
	JobsFD    = 3
	AnswersFD = 4
)

// failure is an error as it travels.
type failure struct {
	Words     string `json:"words"`
	NoOverlap bool   `json:"no_overlap,omitempty"` // observe.ErrNoOverlap
	Nothing   bool   `json:"nothing,omitempty"`    // overlay.ErrNothing
	Passes    bool   `json:"passes,omitempty"`     // IsPassing
}

// Serve does jobs, as many at once as come, until jobs is closed; what is under
// way then is given up. Each job gets a reader of its own from open.
func Serve(ctx context.Context, jobs io.Reader, answers io.Writer, open func(Tell) Reader) error {
	s := &server{out: bufio.NewWriterSize(answers, 1<<16), open: open}
	in := bufio.NewReaderSize(jobs, 1<<16)
	for {
		f, err := readFrame(in, func(uint32) bool { return true })
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read a job: %w", err)
		}
		if err := s.serve(ctx, f); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return nil //nolint:nilerr // told to stop, which is no failure
		}
	}
}

type server struct {
	open   func(Tell) Reader
	covers shelf[*covered]

	mu  sync.Mutex
	out *bufio.Writer
}

// covered is a coverage, or why it cannot be read.
type covered struct {
	zonal.Coverage
	err error
}

// serve takes one frame. Coverages are put in order; jobs go their own ways.
func (s *server) serve(ctx context.Context, f frame) error {
	switch f.kind {
	case frameMemory:
		return holdMemory(f.content)
	case frameCoverage:
		return s.keep(f.content)
	}
	var c *covered
	var l sight
	if f.kind == frameObserve {
		if err := json.Unmarshal(f.content, &l); err != nil {
			return fmt.Errorf("look: %w", err)
		}
		c, _ = s.covers.get(l.Block)
	}
	go func() {
		result, err := s.work(ctx, f, l, c)
		if err == nil {
			s.answer(frame{frameResult, f.job, result})
			return
		}
		words, err := json.Marshal(failureOf(err))
		if err != nil { // strings always marshal
			words = []byte(`{}`)
		}
		s.answer(frame{frameFailed, f.job, words})
	}()
	return nil
}

// answer sends a frame. Where the pipe is broken nobody listens, and the pipe
// of jobs is about to end.
func (s *server) answer(f frame) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if writeFrame(s.out, f) == nil {
		_ = s.out.Flush()
	}
}

// clip keeps words within what the parent takes, after JSON has escaped them.
func clip(words string) string { return words[:min(len(words), maxWords/8)] }

// keep unpacks a coverage; one that is broken is told with each of its jobs.
func (s *server) keep(content []byte) error {
	name, data, ok := split(content)
	if !ok {
		return errFrame
	}
	c := new(covered)
	c.err = c.UnmarshalBinary(data)
	s.covers.put(string(name), c, int64(len(data)))
	return nil
}

func (s *server) work(ctx context.Context, f frame, l sight, c *covered) ([]byte, error) {
	r := s.open(func(doing string) { s.answer(frame{frameDoing, f.job, []byte(clip(doing))}) })
	defer func() { _ = r.Close() }() // nothing was written
	switch f.kind {
	case frameCRS:
		crs, err := r.CRS(ctx, string(f.content))
		return []byte(crs), err
	case frameVerify:
		var scene imagery.Scene
		if err := json.Unmarshal(f.content, &scene); err != nil {
			return nil, fmt.Errorf("scene: %w", err)
		}
		checked, err := r.Probe(ctx, scene)
		if err != nil {
			return nil, err
		}
		return json.Marshal(checked)
	case framePlane:
		return drawPlane(ctx, r, f.content)
	case frameObserve:
		if c == nil {
			return nil, fmt.Errorf("coverage %s: %w", l.Block, errFrame)
		}
		if c.err != nil {
			return nil, fmt.Errorf("coverage %s: %w", l.Block, c.err)
		}
		data, shared, err := measure(ctx, r, l, &c.Coverage)
		return join(shared, data), err
	case frameDraw:
		var j overlay.Job
		if err := json.Unmarshal(f.content, &j); err != nil {
			return nil, fmt.Errorf("drawing: %w", err)
		}
		r.ForMap()
		p, err := Paint(ctx, r, j)
		if err != nil {
			return nil, err
		}
		return packPicture(p)
	}
	return nil, fmt.Errorf("job %q is unknown", f.kind)
}
