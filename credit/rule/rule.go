package rule

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Effect is what a rule does to a decision where its condition holds.
type Effect string

// The effects, strongest first. Where several rules hold, each is told and the
// strongest counts; of several caps the least.
const (
	Reject Effect = "reject" // no line
	Refer  Effect = "refer"  // an officer decides; the line stays as a proposal
	Cap    Effect = "cap"    // the line is at most the amount
	Note   Effect = "note"   // told to whoever reads the decision
)

// Rule is one line of a policy. When and Amount are CEL over the facts.
type Rule struct {
	Name   string `yaml:"name" json:"name"`                         // lower-case letters, digits and hyphens
	When   string `yaml:"when" json:"when"`                         // a condition
	Then   Effect `yaml:"then" json:"then"`                         //
	Amount string `yaml:"amount,omitempty" json:"amount,omitempty"` // of a cap: a number in whole units of the currency
	ZH     string `yaml:"zh" json:"zh"`                             // what people are told
	EN     string `yaml:"en" json:"en"`
}

// Hit is a rule that held for a household.
type Hit struct {
	Name      string `json:"name"`
	Then      Effect `json:"then"`
	AmountFen int64  `json:"amount_fen,omitempty"` // of a cap
	ZH        string `json:"zh"`
	EN        string `json:"en"`
	// Problem says why the rule could not be evaluated on these facts, such as
	// a division by zero; the household is referred then.
	Problem string `json:"problem,omitempty"`
}

// Limits of a set; more is a mistake, or a program rather than a policy.
const (
	MostRules      = 100
	MostExpression = 2000 // characters
	MostText       = 200  // characters of zh and en
)

// Problem is a fault of one rule.
type Problem struct {
	Rule    int    // index in the list
	Name    string // of the rule
	Field   string // name, when, then, amount, zh or en; "" is the rule as a whole
	Offset  int    // characters from the start of the field's text; -1 is the field as a whole
	Message string
}

// Error names the rule, the field and the place.
func (p Problem) Error() string {
	name := p.Name
	if name == "" {
		name = fmt.Sprintf("number %d", p.Rule+1)
	}
	if p.Offset > 0 {
		return fmt.Sprintf("rule %s: %s: character %d: %s", name, p.Field, p.Offset+1, p.Message)
	}
	return fmt.Sprintf("rule %s: %s: %s", name, p.Field, p.Message)
}

// Problems are all faults of a list of rules, in order.
type Problems []Problem

// Error lists them a line each.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, x := range p {
		lines[i] = x.Error()
	}
	return strings.Join(lines, "\n")
}

var validName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

// check tells what is wrong with a rule beside its expressions.
func (r Rule) check(i int) Problems {
	var out Problems
	bad := func(field, format string, args ...any) {
		out = append(out, Problem{i, r.Name, field, -1, fmt.Sprintf(format, args...)})
	}
	if !validName.MatchString(r.Name) {
		bad("name", "%q: want up to 40 lower-case letters, digits and hyphens, a letter first", clip(r.Name))
	}
	switch r.Then {
	case Reject, Refer, Note:
		if r.Amount != "" {
			bad("amount", "only a cap has one")
		}
	case Cap:
		if r.Amount == "" {
			bad("amount", "a cap needs one, e.g. amount: 20000")
		}
	default:
		bad("then", "%q: want refer, reject, cap or note", clip(string(r.Then)))
	}
	if strings.TrimSpace(r.When) == "" {
		bad("when", "is missing: write a condition, e.g. line > 20000")
	}
	for _, t := range []struct{ field, text string }{{"zh", r.ZH}, {"en", r.EN}} {
		switch n := utf8.RuneCountInString(t.text); {
		case strings.TrimSpace(t.text) == "":
			bad(t.field, "is missing: people are told why, in Chinese and English")
		case n > MostText:
			bad(t.field, "has %d characters: want %d at most", n, MostText)
		case !utf8.ValidString(t.text):
			bad(t.field, "is not UTF-8")
		}
	}
	return out
}

// clip keeps an error short whatever was written.
func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
