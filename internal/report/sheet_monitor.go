package report

import (
	"fmt"
	"math"

	"parus/credit/fairness"
	"parus/credit/monitor"
)

// MonitorSheet lays out drift and performance; either may be nil.
func MonitorSheet(title Words, st *monitor.Stability, p *monitor.Performance) Sheet {
	s := Sheet{Title: Words{"评分监测", "Monitoring of scores"}, Subtitle: title}
	if st != nil {
		s.Facts = append(s.Facts, SheetFact{Words{"人群稳定性", "Stability"}, verdictWords(st.Verdict).Zh, Words{st.Reference + " → " + st.Current, ""}})
		s.Sections = append(s.Sections, stabilitySection(*st))
	}
	if p != nil {
		s.Facts = append(s.Facts, SheetFact{Words{"可判断的贷款", "Outcomes"}, count(p.Outcomes), Words{fmt.Sprintf("其中违约 %s", count(p.Bad)), "of which bad " + count(p.Bad)}},
			SheetFact{Words{"校准警报", "Calibration alarms"}, count(p.Alarms), Words{}})
		s.Sections = append(s.Sections, figuresSection(*p), calibrationSection(*p))
		if len(p.Vintages) > 0 {
			s.Sections = append(s.Sections, vintageSection(*p))
		}
	}
	s.Notes = []Words{
		{"指数 0.10 以上提示，0.25 以上阻止政策或模型上线；“偶然值”是同一人群的两个样本平均会出现的指数。", "An index above 0.10 warns, above 0.25 stops a promotion; \"by chance\" is what two samples of one population show on average."},
		{fmt.Sprintf("违约定义：逾期超过 %d 天。", monitor.PastDueDays), fmt.Sprintf("Bad: more than %d days past due.", monitor.PastDueDays)},
		{"“偏高”可能只是县里收成不好；只有超出共同冲击能解释的程度才是警报。一个季节的一个县只说明一次冲击。", "\"Higher\" may be a poor harvest alone; an alarm is what a shared shock does not explain. One county in one season has seen one shock."},
	}
	return s
}

func verdictWords(v monitor.Verdict) Words {
	switch v {
	case monitor.TooFew:
		return Words{"样本太少", "too few"}
	case monitor.Stable:
		return Words{"稳定", "stable"}
	case monitor.Warns:
		return Words{"提示", "warns"}
	case monitor.Stops:
		return Words{"阻止上线", "stops promotion"}
	case monitor.InLine:
		return Words{"一致", "in line"}
	case monitor.Lower:
		return Words{"偏低", "lower"}
	case monitor.Higher:
		return Words{"偏高", "higher"}
	case monitor.BeyondShock:
		return Words{"警报：超出共同冲击", "alarm: beyond the shock"}
	}
	return Words{Zh: string(v)}
}

func stabilitySection(st monitor.Stability) SheetSection {
	s := SheetSection{Code: "stability", Title: Words{"人群稳定性", "Population stability"},
		Text: Words{fmt.Sprintf("%s（%s 户）与 %s（%s 户）相比。", st.Current, count(st.CurrentN), st.Reference, count(st.ReferenceN)),
			fmt.Sprintf("%s (%s households) against %s (%s).", st.Current, count(st.CurrentN), st.Reference, count(st.ReferenceN))},
		Head: []SheetColumn{{"characteristic", Words{"特征", "Characteristic"}, false}, {"kind", Words{"指数", "Index"}, false}, {"value", Words{"数值", "Value"}, true},
			{"by_chance", Words{"偶然值", "By chance"}, true}, {"verdict", Words{"判断", "Verdict"}, false}}}
	for _, i := range st.Indices {
		v := verdictWords(i.Verdict)
		s.Rows = append(s.Rows, []SheetCell{Plain(i.Code, Words{i.ZH, i.EN}), Plain(i.Kind, Words{i.Kind, ""}), Number(i.Value, 3), Number(i.ByChance, 3),
			Plain(string(i.Verdict), v).Marked(i.Verdict == monitor.Stops)})
	}
	return s
}

func figuresSection(p monitor.Performance) SheetSection {
	s := SheetSection{Code: "figures", Title: Words{"区分能力", "Telling good from bad"}, Text: Words{"区间置信度 95%。结果太少时只说明原因，不给数字。", "Intervals of 95 %. With too few outcomes the reason stands in for a number."},
		Head: []SheetColumn{{"figure", Words{"指标", "Figure"}, false}, {"value", Words{"数值", "Value"}, true}, {"low", Words{"下限", "Low"}, true}, {"high", Words{"上限", "High"}, true}, {"why", Words{"说明", "Why none"}, false}}}
	for _, x := range []struct {
		name string
		f    monitor.Figure
	}{{"AUC", p.AUC}, {"KS", p.KS}, {"Brier", p.Brier}, {"Brier, flat", p.BrierFlat}} {
		row := []SheetCell{Plain(x.name, Words{x.name, ""}), Number(math.NaN(), 3), Number(math.NaN(), 3), Number(math.NaN(), 3), Plain(x.f.Why, Words{x.f.Why, ""})}
		if x.f.Enough {
			row[1], row[2], row[3] = Number(x.f.Value, 4), Number(x.f.Low, 4), Number(x.f.High, 4)
		}
		s.Rows = append(s.Rows, row)
	}
	return s
}

func calibrationSection(p monitor.Performance) SheetSection {
	s := SheetSection{Code: "calibration", Title: Words{"校准", "Calibration"}, Text: Words{"横条：实际违约比例及其 95% 区间；竖线：预测。", "Bar: share of bad loans with its 95 % interval; line: what was foretold."},
		Head: []SheetColumn{{"season", Words{"季节", "Season"}, false}, {"county", Words{"县", "County"}, false}, {"outcomes", Words{"贷款", "Loans"}, true}, {"bad", Words{"违约", "Bad"}, true},
			{"expected", Words{"预测", "Expected"}, true}, {"observed", Words{"实际", "Observed"}, true}, {"low", Words{"下限", "Low"}, true}, {"high", Words{"上限", "High"}, true},
			{"p_independent", Words{"独立时概率", "Chance, independent"}, true}, {"p_shared", Words{"共同冲击下概率", "Chance, shared shock"}, true}, {"verdict", Words{"判断", "Verdict"}, false}},
		Bars: SheetBars{Title: Words{"实际与预测", "observed and expected"}}}
	for _, c := range p.Calibration {
		season, county := Words{c.Season, ""}, Words{c.County, ""}
		if c.Season == "" {
			season = Words{"全部", "all"}
		}
		if c.County == "" {
			county = Words{"全部", "all"}
		}
		row := []SheetCell{Plain(c.Season, season), Plain(c.County, county), Count(c.Outcomes), Count(c.Bad), Figure(c.Expected, 2)}
		if c.Enough {
			row = append(row, Figure(c.Observed, 2), Figure(c.Low, 2), Figure(c.High, 2), Number(c.Independent, 3), Number(c.Shared, 3))
			if len(s.Bars.Rows) < 40 {
				s.Bars.Rows = append(s.Bars.Rows, SheetBar{Words{season.Zh + " " + county.Zh, ""}, c.Observed, c.Expected, c.Low, c.High, c.Verdict == monitor.BeyondShock})
			}
		} else {
			row = append(row, Figure(math.NaN(), 2), Figure(math.NaN(), 2), Figure(math.NaN(), 2), Number(math.NaN(), 3), Number(math.NaN(), 3))
		}
		s.Rows = append(s.Rows, append(row, Plain(string(c.Verdict), verdictWords(c.Verdict)).Marked(c.Verdict == monitor.BeyondShock)))
	}
	return s
}

func vintageSection(p monitor.Performance) SheetSection {
	s := SheetSection{Code: "vintages", Title: Words{"年份表", "Vintages"}, Text: Words{"到期后各月累计违约比例；未观察满的月份空缺。", "Cumulative share of bad loans by months since due; months not watched through are left out."},
		Head: []SheetColumn{{"season", Words{"季节", "Season"}, false}, {"loans", Words{"贷款", "Loans"}, true}}}
	most := 0
	for _, v := range p.Vintages {
		most = max(most, len(v.Months))
	}
	for m := range most {
		s.Head = append(s.Head, SheetColumn{fmt.Sprintf("month_%d", m+1), Words{fmt.Sprintf("%d 月", m+1), fmt.Sprint(m + 1)}, true})
	}
	for _, v := range p.Vintages {
		row := []SheetCell{Plain(v.Season, Words{v.Season, ""}), Count(v.Loans)}
		for m := range most {
			x := math.NaN()
			if m < len(v.Months) {
				x = v.Months[m]
			}
			row = append(row, Figure(x, 1))
		}
		s.Rows = append(s.Rows, row)
	}
	return s
}

// FairnessSheet lays groups out.
func FairnessSheet(title Words, r fairness.Result) Sheet {
	s := Sheet{Title: Words{"公平性监测", "Fairness"}, Subtitle: title, Facts: []SheetFact{
		{Words{"农户", "Households"}, count(r.Households), Words{}}, {Words{"落后且未被解释", "Behind, not explained"}, count(r.Behind), Words{fmt.Sprintf("界线 %g", r.Ratio), fmt.Sprintf("below %g", r.Ratio)}}}}
	for _, d := range r.Dimensions {
		s.Sections = append(s.Sections, fairnessSection(d, r.Ratio))
	}
	s.Notes = []Words{
		{"性别与年龄取自登记户主的身份证号，只在本进程内用县密钥打开，审计留痕，只输出合计；少于十户的组不显示，少于二十户的不判断。", "Sex and age are of the registered holder, opened within this process with the county's keys under a line of the audit; sums alone leave it. Groups under ten are hidden, under twenty not judged."},
		{"这些分组从不进入任何决定。", "None of the groups is ever an input of a decision."},
		{"“可解释”：在资金需求与还款能力相近的农户中差距消失。需求与能力本身可能带有历史差距，本表不评判。", "\"Explained\": among households of like need and capacity the gap goes. Need and capacity may carry gaps of their own; this table does not judge them."},
	}
	return s
}

func fairnessSection(d fairness.DimensionResult, least float64) SheetSection {
	s := SheetSection{Code: d.Code, Title: Words{d.ZH, d.EN}, Bars: SheetBars{Title: Words{"批准率之比", "ratio of approval"}},
		Head: []SheetColumn{{"group", Words{"组", "Group"}, false}, {"households", Words{"户", "Households"}, true}, {"measure", Words{"指标", "Measure"}, false}, {"value", Words{"数值", "Value"}, true},
			{"ratio", Words{"与最优组之比", "Ratio to the most favoured"}, true}, {"low", Words{"下限", "Low"}, true}, {"high", Words{"上限", "High"}, true},
			{"adjusted", Words{"同类相比", "Among likes"}, true}, {"alike", Words{"有同类的比例", "With a like"}, true}, {"verdict", Words{"判断", "Verdict"}, false}}}
	if !d.Known {
		s.Text = Words{"没有县密钥，无法得知。", "Not known without the county's keys (PARUS_KEYS)."}
		return s
	}
	for _, g := range d.Groups {
		for k, m := range []fairness.Measure{g.Approval, g.LinePerMu, g.LineNeed} {
			name := []Words{{"批准率", "approval"}, {"每亩额度（元）", "line per mu, yuan"}, {"额度/需求", "line over need"}}[k]
			s.Rows = append(s.Rows, measureRow(g, m, name, k == 1))
			if k == 0 && m.Ratio > 0 {
				s.Bars.Rows = append(s.Bars.Rows, SheetBar{Words{g.ZH, g.EN}, m.Ratio, least, m.Low, math.Min(m.High, 3), m.Verdict == fairness.Behind})
			}
		}
	}
	return s
}

func measureRow(g fairness.GroupResult, m fairness.Measure, name Words, yuan bool) []SheetCell {
	value, households, ratio := Figure(m.Value, 0), Count(g.Households), []SheetCell{Number(m.Ratio, 2), Number(m.Low, 2), Number(m.High, 2)}
	if yuan {
		value = Number(m.Value, 0)
	}
	adjusted := math.NaN()
	if m.Adjusted != nil {
		adjusted = *m.Adjusted
	}
	none := Number(math.NaN(), 0)
	if m.Verdict == fairness.Hidden {
		households, value = none, none
	}
	if m.Ratio == 0 {
		ratio = []SheetCell{none, none, none}
	}
	v := map[fairness.Verdict]Words{fairness.Favoured: {"最优组", "most favoured"}, fairness.Fair: {"达标", "fair"}, fairness.Perhaps: {"可能落后", "perhaps behind"},
		fairness.Behind: {"落后", "behind"}, fairness.Explained: {"可解释", "explained"}, fairness.TooFew: {"样本太少", "too few"}, fairness.Hidden: {"不显示", "hidden"}}[m.Verdict]
	return []SheetCell{Plain(g.Code, Words{g.ZH, g.EN}), households, Plain(name.En, name), value, ratio[0], ratio[1], ratio[2], Number(adjusted, 2), Figure(m.Alike, 0), Plain(string(m.Verdict), v).Marked(m.Verdict == fairness.Behind)}
}
