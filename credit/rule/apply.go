package rule

import (
	"fmt"
	"math"

	"cel.dev/cel-go/cel"
)

// Outcome is what the rules say of one household.
type Outcome struct {
	Hits     []Hit // in the order of the policy
	Rejected bool
	Referred bool     // by a rule, or because one could not be evaluated
	Capped   bool     // then CapFen is the least of the caps that hold
	CapFen   int64    // minor units
	CapName  string   // of the rule
	Pending  []string // rules that only an application can answer, where facts have no live part
}

// fenPerYuan turns whole units of the currency into minor ones.
const fenPerYuan = 100

// Apply evaluates every rule on the facts. Rules that need facts of an
// application are put off, and listed, while facts have none. A rule that can't
// be evaluated refers the household and says why: it never passes unseen. The
// error is for facts that are no numbers.
func (s Set) Apply(f Facts) (Outcome, error) {
	var out Outcome
	if len(s.rules) == 0 {
		return out, nil
	}
	if name := f.unusable(); name != "" {
		return out, fmt.Errorf("rules: fact %s is no finite number", name)
	}
	known := activation{s, &f}
	for i := range s.rules {
		r := &s.rules[i]
		if r.live && f.Live == nil {
			out.Pending = append(out.Pending, r.Name)
			continue
		}
		if hit, ok := r.apply(known); ok {
			out.add(hit)
		}
	}
	return out, nil
}

func (o *Outcome) add(h Hit) {
	o.Hits = append(o.Hits, h)
	switch {
	case h.Problem != "":
		o.Referred = true
	case h.Then == Reject:
		o.Rejected = true
	case h.Then == Refer:
		o.Referred = true
	case h.Then == Cap && (!o.Capped || h.AmountFen < o.CapFen):
		o.Capped, o.CapFen, o.CapName = true, h.AmountFen, h.Name
	}
}

// apply evaluates one rule; false where it does not hold.
func (r *compiled) apply(known activation) (Hit, bool) {
	hit := Hit{Name: r.Name, Then: r.Then, ZH: r.ZH, EN: r.EN}
	v, err := evaluate(r.when, known)
	if err != nil {
		hit.Problem = "when: " + err.Error()
		return hit, true
	}
	holds, ok := v.(bool)
	switch {
	case !ok:
		hit.Problem = fmt.Sprintf("when: is %T, not true or false", v)
		return hit, true
	case !holds:
		return hit, false
	case r.amount == nil:
		return hit, true
	}
	if v, err = evaluate(r.amount, known); err != nil {
		hit.Problem = "amount: " + err.Error()
		return hit, true
	}
	yuan, ok := number(v)
	if !ok {
		hit.Problem = fmt.Sprintf("amount: %v is no amount", v)
		return hit, true
	}
	hit.AmountFen = int64(math.Floor(float64(yuan*fenPerYuan) + 0.5))
	return hit, true
}

// evaluate runs one program; whatever happens in it is an error.
func evaluate(p cel.Program, known activation) (value any, err error) {
	defer func() {
		if r := recover(); r != nil {
			value, err = nil, fmt.Errorf("the expression failed: %v", r)
		}
	}()
	v, _, err := p.Eval(known)
	if err != nil {
		return nil, err
	}
	return v.Value(), nil
}

// activation shows the facts to CEL by their names.
type activation struct {
	set   Set
	facts *Facts
}

// ResolveName finds a fact.
func (a activation) ResolveName(name string) (any, bool) {
	i, ok := a.set.index[name]
	if !ok || (a.set.facts[i].Live && a.facts.Live == nil) {
		return nil, false
	}
	return a.set.facts[i].of(a.facts), true
}

// Parent is none.
func (activation) Parent() cel.Activation { return nil }
