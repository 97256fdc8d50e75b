package credit

import "fmt"

// Standing is how a line that was given stands in another case of the same
// household: other prices, a poor harvest, dearer inputs.
type Standing struct {
	PDIncome         float64   // as in a Decision
	PD               float64   //
	LossFen          Fen       // expected: PD · LGD · line
	ShortfallByShock []float64 // as in a Decision
	NewLineFen       Fen       // what the case would be offered now
}

// Standing computes how a given line stands. The draws are the decision's own
// wherever household, season, model and policy version are the same, so two
// cases differ by what they differ in and not by chance.
func (e *Engine) Standing(c Case, line Fen) (Standing, error) {
	if line < 0 || line > mostAmountFen {
		return Standing{}, &InputError{c.HouseholdID, "line", fmt.Sprintf("%s is out of range", line)}
	}
	c, err := c.normal(e.policy)
	if err != nil {
		return Standing{}, err
	}
	s := e.pool.Get().(*simulation)
	defer e.pool.Put(s)
	s.start(c, e.policy)
	_, years := s.term(lens{})
	s.years = years
	in := s.income(lens{})
	if !finite(in.capacity) || !finite(in.value) || !finite(in.need) {
		return Standing{}, fmt.Errorf("stand of household %s: %w", c.HouseholdID, errNonFinite)
	}
	owed := float64(line.Yuan() * (1 + float64(e.policy.ReferenceRate*years)))
	r := e.policy.price(s.shortfall(in.fixed, owed), years)
	_, now, _ := s.line(in, lens{})
	return Standing{PDIncome: roundRate(r.pdIncome), PD: roundRate(r.pd), LossFen: RoundFen(float64(float64(r.pd*e.policy.LGD) * line.Yuan())),
		ShortfallByShock: s.byShock(in.fixed, owed), NewLineFen: now}, nil
}
