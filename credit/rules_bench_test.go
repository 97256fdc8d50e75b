package credit_test

import (
	"testing"

	"parus/credit"
)

// What five rules add to a decision; the household's four parcels draw 4,096
// times with and without.
func BenchmarkDecideUnderRules(b *testing.B) {
	const rules = "rules:\n  - {name: a, when: first_season && line > 20000, then: refer, zh: 一, en: one}\n  - {name: b, when: debts > 0.5 * revenue, then: refer, zh: 一, en: one}\n" +
		"  - {name: c, when: crops.share('rice') > 0.5, then: refer, zh: 一, en: one}\n  - {name: d, when: imagery_age_days > 60, then: refer, zh: 一, en: one}\n" +
		"  - {name: e, when: pd > 0.1 && largest_crop_share > 0.9, then: refer, zh: 一, en: one}"
	for name, doc := range map[string]string{"none": "rules: []", "five": rules} {
		b.Run(name, func(b *testing.B) {
			e, err := credit.NewEngine(policy(b, doc))
			if err != nil {
				b.Fatal(err)
			}
			c := workedCase(b)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.Decide(c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
