package change

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"parus/credit"
)

// Group is a set of inputs that change together.
type Group string

// The groups, in the order in which they are taken over.
const (
	Land     Group = "area_match"   // which parcels, their area, papers and match with imagery
	Crop     Group = "crop"         // what grows there, as probabilities
	Yield    Group = "yield"        // yields with their spread, hazards, age of the imagery
	Market   Group = "price_policy" // prices, costs, policy, limits
	Finances Group = "finances"     // subsidies, income outside the farm, first season or not
	Debts    Group = "debts"
	Rest     Group = "season" // dates, versions of models and engine, and the draws that follow from them
)

// Groups lists them in order.
func Groups() []Group { return []Group{Land, Crop, Yield, Market, Finances, Debts, Rest} }

// Effect is a group's part of a move.
type Effect struct {
	Group Group
	Fen   credit.Fen
}

// Move is how one line changed.
type Move struct {
	HouseholdID   string
	Before, After credit.Fen
	// Effects has every group, in order; they add up to After − Before.
	Effects []Effect
}

// Of is a group's part.
func (m Move) Of(g Group) credit.Fen {
	for _, e := range m.Effects {
		if e.Group == g {
			return e.Fen
		}
	}
	return 0
}

// Strongest is the group with the largest part either way, the first of equals;
// "" where the line did not move and no group moved it.
func (m Move) Strongest() Group {
	var best Effect
	for _, e := range m.Effects {
		if abs(e.Fen) > abs(best.Fen) {
			best = e
		}
	}
	return best.Group
}

func abs(f credit.Fen) credit.Fen {
	if f < 0 {
		return -f
	}
	return f
}

// Explainer decides mixtures of snapshots. It may be used from many goroutines
// at once.
type Explainer struct {
	mu      sync.Mutex
	engines map[string]*credit.Engine // by policy, as JSON
}

// NewExplainer has decided nothing yet.
func NewExplainer() *Explainer { return &Explainer{engines: map[string]*credit.Engine{}} }

// ErrApart is wrapped where two snapshots can't be compared.
var ErrApart = errors.New("the decisions can't be compared")

// Explain tells what moved a line from one snapshot to another. Both lines are
// the stored ones; where the first was decided by another engine, what that
// changes is part of [Rest].
func (x *Explainer) Explain(before, after credit.Snapshot) (Move, error) {
	a, b := before.Case, after.Case
	if a.HouseholdID != b.HouseholdID || a.Currency != b.Currency {
		return Move{}, fmt.Errorf("household %s in %s and household %s in %s: %w", a.HouseholdID, a.Currency, b.HouseholdID, b.Currency, ErrApart)
	}
	m := Move{HouseholdID: a.HouseholdID, Before: before.Decision.LineFen, After: after.Decision.LineFen}
	parts := map[Group]credit.Fen{}
	if before.Digest != after.Digest || m.Before != m.After {
		groups := Groups()
		back := make([]Group, 0, len(groups))
		for i := len(groups) - 1; i >= 0; i-- {
			back = append(back, groups[i])
		}
		w := walk{Explainer: x, before: before, after: after, lines: map[choice]credit.Fen{}}
		for _, order := range [][]Group{groups, back} {
			if err := w.along(order, parts); err != nil {
				return Move{}, fmt.Errorf("household %s: %w", a.HouseholdID, err)
			}
		}
	}
	for _, g := range Groups() {
		m.Effects = append(m.Effects, Effect{g, parts[g] / 2}) // lines are multiples of the policy's step, whole yuan: halves are exact
	}
	m.settle()
	return m, nil
}

// settle gives what halving and lines of odd fen may leave to the last group.
func (m *Move) settle() {
	rest := m.After - m.Before
	for _, e := range m.Effects {
		rest -= e.Fen
	}
	m.Effects[len(m.Effects)-1].Fen += rest
}

// walk goes from one snapshot to another, group by group.
type walk struct {
	*Explainer
	before, after credit.Snapshot
	lines         map[choice]credit.Fen
}

// along adds each group's step, in an order, to parts.
func (w walk) along(order []Group, parts map[Group]credit.Fen) error {
	at := choice{}
	line := w.before.Decision.LineFen
	if w.before.EngineVersion != credit.EngineVersion { // as this engine would have decided
		again, err := w.line(at)
		if err != nil {
			return err
		}
		parts[Rest] += again - line
		line = again
	}
	for i, g := range order {
		at = at.with(g)
		next := w.after.Decision.LineFen
		if i < len(order)-1 || w.after.EngineVersion != credit.EngineVersion {
			var err error
			if next, err = w.line(at); err != nil {
				return err
			}
		}
		parts[g] += next - line
		line = next
	}
	parts[Rest] += w.after.Decision.LineFen - line // another engine decided the later one
	return nil
}

// line decides the mixture that takes the chosen groups from the later
// snapshot.
func (w walk) line(at choice) (credit.Fen, error) {
	if line, ok := w.lines[at]; ok {
		return line, nil
	}
	c, p := mix(w.before, w.after, at)
	e, err := w.engine(p)
	if err != nil {
		return 0, err
	}
	d, err := e.WhatIf(c)
	if err != nil {
		return 0, err
	}
	w.lines[at] = d.LineFen
	return d.LineFen, nil
}

func (x *Explainer) engine(p credit.Policy) (*credit.Engine, error) {
	key, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("policy %s: %w", p.Version, err)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if e, ok := x.engines[string(key)]; ok {
		return e, nil
	}
	e, err := credit.NewEngine(p)
	if err == nil {
		x.engines[string(key)] = e
	}
	return e, err
}
