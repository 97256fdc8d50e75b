// Package fairness compares what groups of people are offered: by sex and age
// of the household's registered holder and by the size of its land, against
// the most favoured group, and again among households of like need and
// capacity.
//
// Groups are no inputs of any decision; they meet the decisions here, after the
// fact, and only sums leave: a group of fewer than ten is not shown, one of
// fewer than twenty not judged. The package does no I/O, keeps no number of
// anybody, and calls nothing discrimination: a gap that need and capacity
// explain is told as explained, with how much of the group was comparable.
//
//	r, err := fairness.Assess(subjects, fairness.DefaultRules())
//	for _, g := range r.Dimensions[0].Groups {
//		fmt.Println(g.Code, g.Approval.Ratio, g.Approval.Verdict)
//	}
package fairness
