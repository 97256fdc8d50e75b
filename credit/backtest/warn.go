package backtest

import "fmt"

// Thresholds of warnings. Design values: below them a change is usual business.
const (
	largeChange = 0.25 // of the sum of lines, or of the expected loss per yuan lent
	fewApproved = 0.80 // of the approvals before: the four-fifths that fairness is held to as well
	mostRefused = 0.50 // of all households
	groupFalls  = 0.50 // of a village's or crop's lines
	leastGroup  = 5    // households that make a group worth a warning
)

// warnings tells what looks like a mistake.
func warnings(r Report) []Warning {
	out := []Warning{}
	warn := func(code, zh, en string, args ...any) {
		out = append(out, Warning{code, fmt.Sprintf(zh, args...), fmt.Sprintf(en, args...)})
	}
	n := r.Households
	if r.Failed > 0 {
		warn("failed", "%d 户无法比较", "%d households could not be compared", r.Failed)
	}
	if n == 0 {
		warn("empty", "没有可比较的农户", "no household could be compared")
		return out
	}
	if r.Gain+r.Lose == 0 && r.Before == r.After {
		warn("no_change", "没有任何变化", "nothing changes for anybody")
	}
	switch {
	case r.After.Approved == 0 && r.After.Rejected == n:
		warn("rejects_all", "拒绝 100%% 的农户", "rejects 100 %% of households")
	case r.After.Approved == 0 && r.After.Referred == n:
		warn("refers_all", "100%% 的农户转人工", "refers 100 %% of households")
	case r.After.Approved == 0:
		warn("approves_none", "没有任何农户直接获得额度", "no household has a line without an officer")
	case float64(r.After.Rejected) > mostRefused*float64(n) && r.After.Rejected > r.Before.Rejected:
		warn("rejects_many", "拒绝 %.1f%% 的农户", "rejects %.1f %% of households", 100*float64(r.After.Rejected)/float64(n))
	}
	if float64(r.After.Approved) < fewApproved*float64(r.Before.Approved) {
		warn("approvals_fall", "直接通过户数由 %d 降至 %d", "approvals fall from %d to %d", r.Before.Approved, r.After.Approved)
	}
	if before, after := r.Before.LineFen.Yuan(), r.After.LineFen.Yuan(); before > 0 && (after > (1+largeChange)*before || after < (1-largeChange)*before) {
		warn("lines_jump", "授信总额变化 %+.1f%%", "the sum of lines changes by %+.1f %%", 100*(after/before-1))
	}
	if before, after := lossRate(r.Before), lossRate(r.After); before > 0 && after > (1+largeChange)*before {
		warn("loss_rises", "每百元预期损失由 %.2f 升至 %.2f", "expected loss per 100 lent rises from %.2f to %.2f", 100*before, 100*after)
	}
	warnOfGroups(r, warn)
	pending := map[string]bool{}
	for _, name := range r.Pending {
		pending[name] = true
	}
	for _, c := range r.Rules {
		switch {
		case c.Problems > 0:
			warn("rule_fails", "规则 %s 对 %d 户无法计算：%s", "rule %s can not be evaluated for %d households: %s", c.Name, c.Problems, c.Problem)
		case c.Count == 0 && !pending[c.Name]:
			warn("rule_idle", "规则 %s 从未触发", "rule %s never holds", c.Name)
		case c.Count == n:
			warn("rule_always", "规则 %s 对所有农户触发", "rule %s holds for every household", c.Name)
		}
	}
	return out
}

// warnOfGroups names villages and crops that lose far more than the rest.
func warnOfGroups(r Report, warn func(code, zh, en string, args ...any)) {
	overall := 0.0
	if b := r.Before.LineFen.Yuan(); b > 0 {
		overall = r.After.LineFen.Yuan() / b
	}
	for _, kind := range []struct {
		code, zh, en string
		groups       []Group
	}{{"village_falls", "村", "village", r.Villages}, {"crop_falls", "作物", "crop", r.Crops}} {
		for _, g := range kind.groups {
			if g.Households < leastGroup || g.BeforeFen == 0 || len(kind.groups) < 2 {
				continue
			}
			if rest := g.AfterFen.Yuan() / g.BeforeFen.Yuan(); rest < 1-groupFalls && rest < overall-groupFalls/2 {
				warn(kind.code, kind.zh+" %s 的额度下降 %.0f%%", kind.en+" %s loses %.0f %% of its lines", g.Name, 100*(1-rest))
			}
		}
	}
}

func lossRate(t Total) float64 {
	if t.LineFen == 0 {
		return 0
	}
	return t.ExpectedLossFen.Yuan() / t.LineFen.Yuan()
}
