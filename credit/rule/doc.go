// Package rule lets a lender say in one line what the engine's parameters
// cannot: whom an officer must see, what is capped, what is refused and what is
// worth a note. Rules are typed expressions in CEL over a fixed list of [Facts];
// see docs/policy.md.
//
// A rule sees facts of a decision and of the application, never of the person:
// sex, age, the size group of the plots and their like are no facts here, and a
// rule that names one is refused with the reason. Rules read no clock, no file
// and no other household; what one may cost is limited before it runs and while
// it runs. The same rules and facts give the same outcome on any machine.
//
//	set, err := rule.Compile([]rule.Rule{{Name: "debt", When: "debts > 0.5 * line", Then: rule.Refer, ZH: "…", EN: "…"}})
//	out, err := set.Apply(rule.Facts{Line: 7000, Debts: 4000})
//	fmt.Println(out.Referred, out.Hits[0].Name) // true debt
package rule
