// Package credit turns a household's harvest, as a distribution, into a credit
// line with its probability of default, price, schedule and reasons.
//
// A decision simulates the household's income at harvest 4,096 times: matches,
// crops, yields with the shock that the county shares, prices, subsidies,
// off-farm income and debts. The line is the least of need, capacity, value and
// policy. Reasons are counterfactuals: what the line would be if one doubt or
// burden were lifted, in money. Every parameter lives in a versioned [Policy].
//
// The package does no I/O and knows no clock: the date of the decision is part
// of the [Case]. The same case and policy give the same decision to the bit on
// any machine and thread count, which [Replay] checks. It refuses bad input by
// name, and claims nothing about default beyond the policy's prior: no
// repayment data has been seen.
//
//	policy, err := credit.DefaultPolicy()
//	c, err := credit.NewCase(credit.CaseInput{Household: h, Holdings: holdings, Season: season, AsOf: today, Catalogue: cat})
//	decision, err := credit.Decide(c, policy)
//	fmt.Println(decision.Line, decision.PD, decision.Reasons[0].EN)
package credit
