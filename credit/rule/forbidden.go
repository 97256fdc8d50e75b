package rule

import (
	"fmt"
	"slices"
	"strings"
)

// forbidden maps names that a rule might reach for to why they are no facts.
// The list only makes the error speak: whatever is not in [Environment] does not
// exist for a rule.
func forbidden(name string) string {
	person := "it is what a person is, not what a farm can repay; approval and lines are compared by it afterwards, so it may not enter before"
	for _, x := range []struct {
		why   string
		parts []string // of the name, split at underscores
	}{
		{person, []string{"sex", "gender", "male", "female", "age", "birth", "birthday", "born", "ethnic", "ethnicity", "nation", "nationality", "race", "religion",
			"marital", "married", "children", "disability", "disabled", "health", "pregnant", "education", "literate"}},
		{"smallholders are compared with others by it afterwards, so it may not enter before; area_mu is a fact", []string{"quartile", "smallholder", "decile"}},
		{"it tells who somebody is: rules see no personal data", []string{"name", "id", "idcard", "phone", "telephone", "address", "household", "person", "member", "members"}},
		{"a village stands in for the people who live there; limits per village are limits of exposure", []string{"village", "hamlet", "group", "neighbourhood"}},
	} {
		for _, part := range strings.Split(strings.ToLower(name), "_") {
			if slices.Contains(x.parts, part) {
				return x.why
			}
		}
	}
	return ""
}

// unknown explains a name that does not exist: forbidden, misspelt, or neither.
func (l *language) unknown(name string) string {
	if why := forbidden(name); why != "" {
		return fmt.Sprintf("%s is no fact for rules: %s", clip(name), why)
	}
	best, least := "", len(name)/3+2
	for i := range l.facts {
		if d := distance(name, l.facts[i].Name); d < least {
			best, least = l.facts[i].Name, d
		}
	}
	if best != "" {
		return fmt.Sprintf("%s is no fact: did you mean %s?", clip(name), best)
	}
	return fmt.Sprintf("%s is no fact: see the table of facts in docs/policy.md", clip(name))
}

// distance is the number of letters to change, add or drop (Levenshtein 1966),
// of names up to 60 letters.
func distance(a, b string) int {
	if len(a) > 60 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			next := diagonal
			if a[i] != b[j] {
				next = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}
