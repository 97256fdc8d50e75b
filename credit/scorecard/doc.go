// Package scorecard turns repayment outcomes into a weight-of-evidence
// scorecard, and measures how well any score or probability foretells them.
//
// A card is binned characteristics, their weights of evidence, a logistic
// regression over these, integer points and a calibrated probability of
// default. It may stand in for the policy's prior of not being willing to pay
// only behind the rule of 200 bad outcomes ([Scorecard.WillingPD]); below it a
// card can be written for study alone. Sex, age, plot size, ethnicity, names
// and numbers of people are refused as characteristics by the names of their
// columns.
//
// The package does no I/O beyond the readers and writers it is given, knows no
// clock, and gives the same bytes for the same rows in any order. It claims
// nothing about farmers: no repayment data has been seen.
//
//	auc, se, err := scorecard.AUC(pd, bad)
//	ks, err := scorecard.KS(pd, bad)
//	edges := scorecard.Bins(before, 10)
//	psi, err := scorecard.PSI(scorecard.Shares(edges, before), scorecard.Shares(edges, now))
//	fmt.Println(auc, se, ks, psi)
package scorecard
