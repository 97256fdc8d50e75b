package rule

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/operators"
)

// Set is a compiled list of rules. It may be used from many goroutines at once.
// The zero Set has no rules.
type Set struct {
	rules []compiled
	index map[string]int // of facts
	facts []Fact
}

type compiled struct {
	Rule
	when, amount cel.Program // amount is nil but for caps
	live         bool        // needs facts of an application
	fixed        *float64    // the amount where it names no fact
}

// Len is the number of rules.
func (s Set) Len() int { return len(s.rules) }

// Uses tells whether some rule needs facts that only an application has.
func (s Set) Uses() (live bool) {
	return slices.ContainsFunc(s.rules, func(r compiled) bool { return r.live })
}

// Live lists the rules that wait for an application.
func (s Set) Live() []string {
	var out []string
	for _, r := range s.rules {
		if r.live {
			out = append(out, r.Name)
		}
	}
	return out
}

// FixedCap is a cap whose amount is the same for everybody.
type FixedCap struct {
	Rule   int // index in the list
	Name   string
	Amount float64
}

// FixedCaps lists the caps whose amounts name no fact, in order.
func (s Set) FixedCaps() []FixedCap {
	var out []FixedCap
	for i, r := range s.rules {
		if r.fixed != nil {
			out = append(out, FixedCap{i, r.Name, *r.fixed})
		}
	}
	return out
}

// Compile checks every rule and prepares it. The error is [Problems], all at
// once, each with the field and the character where it lies.
func Compile(rules []Rule) (Set, error) {
	l, err := spoken()
	if err != nil {
		return Set{}, err
	}
	out := Set{index: l.index, facts: l.facts}
	if len(rules) > MostRules {
		return Set{}, Problems{{MostRules, rules[MostRules].Name, "", -1, fmt.Sprintf("%d rules: want %d at most", len(rules), MostRules)}}
	}
	var problems Problems
	seen := map[string]bool{}
	for i, r := range rules {
		found := r.check(i)
		if seen[r.Name] && r.Name != "" {
			found = append(found, Problem{i, r.Name, "name", -1, "another rule has this name"})
		}
		seen[r.Name] = true
		c := compiled{Rule: r}
		if strings.TrimSpace(r.When) != "" {
			found = append(found, l.condition(i, &c)...)
		}
		if r.Then == Cap && r.Amount != "" {
			found = append(found, l.amount(i, &c)...)
		}
		problems = append(problems, found...)
		out.rules = append(out.rules, c)
	}
	if len(problems) > 0 {
		return Set{}, problems
	}
	return out, nil
}

// condition prepares when.
func (l *language) condition(i int, c *compiled) Problems {
	e, problems := l.expression(i, c.Rule, "when", c.When)
	if problems != nil {
		return problems
	}
	if !e.ast.OutputType().IsExactType(cel.BoolType) {
		return Problems{{i, c.Name, "when", 0, fmt.Sprintf("is %s: want a condition, true or false", e.ast.OutputType())}}
	}
	c.when, c.live = e.program, c.live || e.live
	if len(e.names) > 0 {
		return nil
	}
	v, _, err := e.program.Eval(map[string]any{})
	always, ok := false, false
	if err == nil {
		always, ok = v.Value().(bool)
	}
	switch {
	case !ok:
		return Problems{{i, c.Name, "when", 0, "names no fact and can not be evaluated: " + errorText(err)}}
	case !always:
		return Problems{{i, c.Name, "when", 0, "is false for everybody: leave the rule out"}}
	case c.Then == Reject:
		return Problems{{i, c.Name, "when", 0, "is true for everybody: a policy that rejects all can not be satisfied"}}
	}
	return nil
}

// amount prepares a cap's amount.
func (l *language) amount(i int, c *compiled) Problems {
	e, problems := l.expression(i, c.Rule, "amount", c.Amount)
	if problems != nil {
		return problems
	}
	if t := e.ast.OutputType(); !t.IsExactType(cel.DoubleType) && !t.IsExactType(cel.IntType) {
		return Problems{{i, c.Name, "amount", 0, fmt.Sprintf("is %s: want a number in whole units of the currency", t)}}
	}
	c.amount, c.live = e.program, c.live || e.live
	if len(e.names) > 0 {
		return nil
	}
	v, _, err := e.program.Eval(map[string]any{})
	if err != nil {
		return Problems{{i, c.Name, "amount", 0, "can not be evaluated: " + errorText(err)}}
	}
	yuan, ok := number(v.Value())
	if !ok {
		return Problems{{i, c.Name, "amount", 0, "is no amount: want 0 or more"}}
	}
	c.fixed = &yuan
	return nil
}

// expression is one checked text of a rule.
type expression struct {
	ast     *cel.Ast
	program cel.Program
	names   []string // of facts
	live    bool
}

func (l *language) expression(i int, r Rule, field, text string) (expression, Problems) {
	fail := func(message string) (expression, Problems) {
		return expression{}, Problems{{i, r.Name, field, -1, message}}
	}
	if n := len([]rune(text)); n > MostExpression {
		return fail(fmt.Sprintf("has %d characters: want %d at most", n, MostExpression))
	}
	ast, issues := l.env.Compile(text)
	if issues.Err() != nil {
		var out Problems
		for _, e := range issues.Errors() {
			out = append(out, Problem{i, r.Name, field, offsetOf(text, e.Location.Line(), e.Location.Column()), l.hint(e.Message)})
			if len(out) == 5 {
				break
			}
		}
		return expression{}, out
	}
	estimate, err := l.env.EstimateCost(ast, sizes{})
	if err != nil {
		return fail("its cost can not be estimated: " + err.Error())
	}
	if estimate.Max > mostCost {
		return fail(fmt.Sprintf("could take %d steps for one household, above the limit of %d: write it without loops inside loops", estimate.Max, mostCost))
	}
	out := expression{ast: ast}
	if out.program, err = l.env.Program(ast, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(mostCost)); err != nil {
		return fail(err.Error())
	}
	for _, reference := range ast.NativeRep().ReferenceMap() {
		if at, ok := l.index[reference.Name]; ok {
			out.names = append(out.names, reference.Name)
			out.live = out.live || l.facts[at].Live
		}
	}
	return out, nil
}

// offsetOf turns CEL's line (from 1) and column (from 0) into characters from
// the start.
func offsetOf(text string, line, column int) int {
	offset := 0
	for _, l := range strings.SplitAfter(text, "\n") {
		if line--; line <= 0 {
			break
		}
		offset += len([]rune(l))
	}
	return max(0, min(offset+column, len([]rune(text))))
}

// number reads an amount in whole units of the currency; false where it is
// none: negative, not finite, or beyond any line.
func number(v any) (float64, bool) {
	var x float64
	switch n := v.(type) {
	case float64:
		x = n
	case int64:
		x = float64(n)
	default:
		return 0, false
	}
	return x, x >= 0 && x <= mostAmount && !math.IsNaN(x)
}

// mostAmount is beyond any line, and exact in fen.
const mostAmount = 1e11

func errorText(err error) string {
	if err == nil {
		return "it has no value"
	}
	if inner := errors.Unwrap(err); inner != nil {
		err = inner
	}
	return strings.ReplaceAll(err.Error(), operators.Index, "[]")
}

// OnlyLive are the rules that wait for an application, for whoever has one and a
// decision to which the others have been applied.
func (s Set) OnlyLive() Set {
	out := s
	out.rules = slices.DeleteFunc(slices.Clone(s.rules), func(r compiled) bool { return !r.live })
	return out
}
