package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"parus/credit"
	"parus/credit/change"
)

// diffSum adds up what a re-scoring changed.
type diffSum struct {
	moves                   map[string]int
	before, after, offered  credit.Fen
	up, down                credit.Fen // of households that both decided
	parts                   map[change.Group]credit.Fen
	strongest               map[change.Group]int
	held                    map[string]int
	referred, cleared, dark int // newly referred, no longer; moves that can't be explained
}

func (s *diffSum) add(r diffRow) {
	if s.moves == nil {
		s.moves, s.parts, s.strongest, s.held = map[string]int{}, map[change.Group]credit.Fen{}, map[change.Group]int{}, map[string]int{}
	}
	s.moves[r.move]++
	s.before, s.after = s.before+credit.Fen(r.Before.LineFen), s.after+credit.Fen(r.After.LineFen)
	if r.offered != nil {
		s.offered += *r.offered
	}
	switch by := credit.Fen(r.After.LineFen - r.Before.LineFen); r.move {
	case "up":
		s.up += by
	case "down":
		s.down += by
	}
	if r.heldBy != "" {
		s.held[r.heldBy]++
	}
	if r.Before.Decided && r.After.Decided {
		switch {
		case r.After.Referred && !r.Before.Referred:
			s.referred++
		case r.Before.Referred && !r.After.Referred:
			s.cleared++
		}
	}
	if r.why == nil {
		if r.move == "up" || r.move == "down" {
			s.dark++
		}
		return
	}
	for _, e := range r.why.Effects {
		s.parts[e.Group] += e.Fen
	}
	if r.move != "same" {
		s.strongest[r.why.Strongest()]++
	}
}

func (s *diffSum) print(w io.Writer, before, after int64) error {
	fmt.Fprintf(w, "publication %d to %d: %d lines are higher (%s), %d lower (%s), %d the same; %d households are new, %d gone\n", before, after,
		s.moves["up"], s.up, s.moves["down"], s.down, s.moves["same"], s.moves["new"], s.moves["gone"])
	fmt.Fprintf(w, "lines in all: %s before, %s computed, %s offered within the policy's bounds (%d held by the hysteresis, %d by the most rise, %d by the most cut, %d by what is drawn)\n",
		s.before, s.after, s.offered, s.held["hysteresis"], s.held["most rise"], s.held["most cut"], s.held["drawn"])
	fmt.Fprintf(w, "%d households are newly referred to an officer, %d no longer\n", s.referred, s.cleared)
	if s.dark > 0 {
		fmt.Fprintf(w, "%d moves can't be explained: see the column note\n", s.dark)
	}
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "cause\tall households together\tstrongest cause of moves")
	for _, g := range change.Groups() {
		fmt.Fprintf(tab, "%s\t%s\t%d\n", g, s.parts[g], s.strongest[g])
	}
	return tab.Flush()
}
