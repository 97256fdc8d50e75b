package credit_test

import (
	"fmt"
	"testing"

	"parus/credit"
)

func TestADifferenceNamesKeysAndRules(t *testing.T) {
	t.Parallel()
	a := policy(t, "lgd: 0.6", "rules:", "  - {name: stays, when: line > 1.0, then: note, zh: 一, en: one}", "  - {name: goes, when: line > 2.0, then: refer, zh: 二, en: two}",
		"  - {name: moves, when: line > 3.0, then: cap, amount: 3000, zh: 三, en: three}")
	b := policy(t, "lgd: 0.65", "step: 200", "rules:", "  - {name: moves, when: line > 3.0, then: cap, amount: 4000, zh: 三, en: three}",
		"  - {name: comes, when: line > 4.0, then: reject, zh: 四, en: four}", "  - {name: stays, when: line > 1.0, then: note, zh: 一, en: one}")
	want := "[{step 100 200} {lgd 0.6 0.65} {rule goes when line > 2.0 then refer (二 / two) } " +
		"{rule moves when line > 3.0 then cap 3000 (三 / three) when line > 3.0 then cap 4000 (三 / three)} {rule comes  when line > 4.0 then reject (四 / four)}]"
	if got := fmt.Sprint(credit.DiffPolicies(a, b)); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if got := credit.DiffPolicies(a, a); len(got) != 0 {
		t.Errorf("with itself: %v", got)
	}
}
