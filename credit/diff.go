package credit

import (
	"fmt"
	"reflect"
	"strings"

	"parus/credit/rule"
)

// PolicyChange is one key in which two policies differ; a rule's key is
// "rule NAME". A side is "" where it has no such rule.
type PolicyChange struct {
	Key    string `json:"key"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// DiffPolicies lists what b changes in a: parameters in the order of the
// document, then rules in a's order, new ones last. Two policies whose rules
// stand in another order alone do not differ: order decides only which of
// several referrals is told first.
func DiffPolicies(a, b Policy) []PolicyChange {
	out := []PolicyChange{}
	va, vb := reflect.ValueOf(a), reflect.ValueOf(b)
	for i, key := range PolicyKeys() {
		if key == "rules" {
			continue
		}
		if x, y := fmt.Sprint(va.Field(i)), fmt.Sprint(vb.Field(i)); x != y {
			out = append(out, PolicyChange{key, x, y})
		}
	}
	before, after := map[string]rule.Rule{}, map[string]rule.Rule{}
	for _, r := range a.Rules {
		before[r.Name] = r
	}
	for _, r := range b.Rules {
		after[r.Name] = r
	}
	for _, r := range a.Rules {
		if s, ok := after[r.Name]; !ok {
			out = append(out, PolicyChange{"rule " + r.Name, ruleText(r), ""})
		} else if s != r {
			out = append(out, PolicyChange{"rule " + r.Name, ruleText(r), ruleText(s)})
		}
	}
	for _, r := range b.Rules {
		if _, ok := before[r.Name]; !ok {
			out = append(out, PolicyChange{"rule " + r.Name, "", ruleText(r)})
		}
	}
	return out
}

func ruleText(r rule.Rule) string {
	text := fmt.Sprintf("when %s then %s", strings.Join(strings.Fields(r.When), " "), r.Then)
	if r.Amount != "" {
		text += " " + r.Amount
	}
	return fmt.Sprintf("%s (%s / %s)", text, r.ZH, r.EN)
}
