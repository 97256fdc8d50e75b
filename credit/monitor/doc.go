// Package monitor tells whether scores still mean what they meant: how far the
// population and each input have moved between two seasons, and, once loans
// fall due, how well probabilities of default foretold who did not repay.
//
// It is pure: tallies and outcomes in, figures and typed verdicts out. What
// rests on too few households says so instead of giving a number. Chance and
// the shock that a county's harvests share are kept apart from a model that is
// wrong. It knows no clock and does no I/O beyond the reader of outcomes that
// it is given; it decides nothing: a verdict is for whoever promotes policies.
//
//	before, now := monitor.NewSample("2024"), monitor.NewSample("2025")
//	now.Add(monitor.Traits{PD: .03, LineNeed: .7, AreaMu: 12, MatchP: .97, CropP: .9, YieldIndex: 1, DebtYuan: 0})
//	s, err := monitor.Compare(before, now)
//	fmt.Println(s.Verdict, s.Promotion())
//	p, err := monitor.Perform(outcomes, monitor.DefaultRules())
//	fmt.Println(p.AUC, p.Calibration)
package monitor
