package credit

import (
	"fmt"
	"slices"
)

// Change is what an officer supposes of a case. A nil amount is left as it is.
type Change struct {
	Settled    []ReasonCode       `json:"settled,omitempty"`      // doubts and burdens taken as lifted
	DebtDueFen *Fen               `json:"debt_due_fen,omitempty"` // until the due date
	OffFarmFen *Fen               `json:"off_farm_fen,omitempty"`
	SubsidyFen *Fen               `json:"subsidy_fen,omitempty"`
	Mu         map[string]float64 `json:"mu,omitempty"`   // by parcel: its area, as if contract and geometry said so
	Drop       []string           `json:"drop,omitempty"` // parcels given up
	Add        []Parcel           `json:"add,omitempty"`  // parcels taken on; their crops need a price in the case
}

// Supposition is what a decision would be under a change. It binds nobody: it
// has no digest, cannot be replayed, and must not be stored as a decision.
type Supposition struct {
	NotBinding bool     `json:"not_binding"` // always true
	RiseFen    Fen      `json:"rise_fen"`    // of the line against the case as it is; below 0 where it falls
	Decision   Decision `json:"decision"`    // with reasons where nothing is taken as settled
}

// Suppose decides a case as if a change had come about. Draws stay those of the
// case, so that a difference is the change's and not chance's. Changing a parcel
// that the case lacks, adding one that it has, and amounts that no case may have
// are [InputError]s.
func (e *Engine) Suppose(c Case, x Change) (Supposition, error) {
	l, err := lensOf(c, x.Settled)
	if err != nil {
		return Supposition{}, err
	}
	now, err := e.Decide(c)
	if err != nil {
		return Supposition{}, err
	}
	if c, err = x.apply(c); err != nil {
		return Supposition{}, err
	}
	_, d, err := e.decide(c, l, l == lens{})
	if err != nil {
		return Supposition{}, err
	}
	d.Digest = ""
	return Supposition{NotBinding: true, RiseFen: d.LineFen - now.LineFen, Decision: d}, nil
}

// apply is the changed case; the given one stays as it is.
func (x Change) apply(c Case) (Case, error) {
	for _, m := range []struct {
		from *Fen
		to   *Fen
	}{{x.DebtDueFen, &c.DebtDueFen}, {x.OffFarmFen, &c.OffFarmFen}, {x.SubsidyFen, &c.SubsidyFen}} {
		if m.from != nil {
			*m.to = *m.from
		}
	}
	c.Parcels = slices.Clone(c.Parcels)
	known := func(id string) bool {
		return slices.ContainsFunc(c.Parcels, func(p Parcel) bool { return p.ID == id })
	}
	for _, id := range x.Drop {
		if !known(id) {
			return Case{}, &InputError{c.HouseholdID, "parcel " + id, "cannot be dropped: the household does not hold it"}
		}
	}
	for id, mu := range x.Mu {
		if !known(id) || slices.Contains(x.Drop, id) {
			return Case{}, &InputError{c.HouseholdID, "parcel " + id, "its area cannot change: the household does not hold it"}
		}
		for i := range c.Parcels {
			if p := &c.Parcels[i]; p.ID == id {
				p.GeometryMu, p.ContractMu = mu, mu
			}
		}
	}
	for _, p := range x.Add {
		if known(p.ID) {
			return Case{}, &InputError{c.HouseholdID, "parcel " + p.ID, "cannot be added: the household holds it"}
		}
	}
	c.Parcels = slices.DeleteFunc(c.Parcels, func(p Parcel) bool { return slices.Contains(x.Drop, p.ID) })
	c.Parcels = append(c.Parcels, x.Add...)
	return c, nil
}

// lensOf takes the given reasons as settled.
func lensOf(c Case, settled []ReasonCode) (lens, error) {
	var l lens
	for _, code := range settled {
		found := false
		for _, r := range remedies() {
			if r.code == code {
				l, found = l.and(r.lens), true
			}
		}
		if !found {
			return lens{}, &InputError{c.HouseholdID, fmt.Sprintf("reason %q", code), "does not exist"}
		}
	}
	return l, nil
}
