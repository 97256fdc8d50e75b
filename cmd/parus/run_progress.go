package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"parus/internal/ledger"
	"parus/internal/season"
)

// runProgress tells people how far a run has come: one line that is rewritten on a
// terminal, a plain line now and then elsewhere.
type runProgress struct {
	w        io.Writer
	terminal bool
	stages   []string // all of the run, in order
	now      func() time.Time

	began map[string]time.Time
	last  string
	said  time.Time
}

func newRunProgress(w io.Writer, stages []string, now func() time.Time) *runProgress {
	p := &runProgress{w: w, stages: stages, now: now, began: map[string]time.Time{}}
	if f, ok := w.(*os.File); ok {
		if info, err := f.Stat(); err == nil {
			p.terminal = info.Mode()&os.ModeCharDevice != 0
		}
	}
	return p
}

// halted tells that somebody has paused a run, and that it goes on.
func (p *runProgress) halted(run int64) func(season.RunState) {
	return func(s season.RunState) {
		p.Done()
		p.last = ""
		if s.State == season.RunPaused {
			fmt.Fprintf(p.w, "run %d is paused by %s: %s; `parus runs resume %d` lets it go on\n", run, s.By, s.Reason, run)
			return
		}
		fmt.Fprintf(p.w, "run %d goes on\n", run)
		clear(p.began)
	}
}

// plainEvery is how often a plain line is written while a stage goes on.
const plainEvery = 5 * time.Second

// Update takes the counts of all stages that have begun.
func (p *runProgress) Update(stages []ledger.Progress) {
	if len(stages) == 0 {
		return
	}
	now := p.now()
	s := stages[len(stages)-1]
	for _, x := range stages { // the stage that is at work is the first with open units
		if x.Open() > 0 {
			s = x
			break
		}
	}
	if _, ok := p.began[s.Stage]; !ok {
		p.began[s.Stage] = now
	}
	line := p.line(s, now)
	switch {
	case line == p.last:
	case p.terminal:
		fmt.Fprintf(p.w, "\r\x1b[K%s", line)
	case !strings.HasPrefix(p.last, s.Stage) || now.Sub(p.said) >= plainEvery || s.Open() == 0:
		fmt.Fprintln(p.w, line)
		p.said = now
	default:
		return
	}
	p.last = line
}

func (p *runProgress) line(s ledger.Progress, now time.Time) string {
	finished := s.Total() - s.Open()
	line := fmt.Sprintf("%-9s %d of %d", s.Stage, finished, s.Total())
	for i, name := range p.stages {
		if name == s.Stage {
			line = fmt.Sprintf("%-9s (%d/%d) %d of %d", s.Stage, i+1, len(p.stages), finished, s.Total())
		}
	}
	if s.Skipped+s.Failed > 0 {
		line += fmt.Sprintf(", %d skipped, %d failed", s.Skipped, s.Failed)
	}
	if spent := now.Sub(p.began[s.Stage]); finished > 0 && s.Open() > 0 && spent > time.Second {
		left := time.Duration(float64(spent) / float64(finished) * float64(s.Open()))
		line += fmt.Sprintf(", about %s left in this stage", left.Round(time.Second))
	}
	return line
}

// Done ends the line on a terminal.
func (p *runProgress) Done() {
	if p.terminal && p.last != "" {
		fmt.Fprintln(p.w)
	}
}
