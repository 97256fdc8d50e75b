package report

import (
	"fmt"
	"math"

	"parus/credit/portfolio"
)

// Names gives codes their words: crops, and counties or villages where known.
type Names func(code string) Words

// Portfolio is what a portfolio's sheet shows.
type Portfolio struct {
	portfolio.Result
	Held     bool                 // of applications; else of what is published
	Stressed []portfolio.Stressed // nil: none were computed
}

// basis says what the exposures are.
func (p Portfolio) basis() Words {
	if p.Held {
		return Words{"敞口为申请已占用的额度（已出额度、已批准、已签约、已放款，扣除已还本金）；违约概率按全额测算，对较小的占用偏保守。",
			"Exposures are what applications hold: offered, approved, accepted and drawn, less what was paid back. Probabilities are those of the whole line, which is cautious for less."}
	}
	return Words{"敞口为已发布且不需人工审核的额度，是可能被提用的上限，不是余额。", "Exposures are published lines that need no officer: what may be drawn, not what is owed."}
}

// PortfolioSheet lays a portfolio out.
func PortfolioSheet(title Words, p Portfolio, crop Names) Sheet {
	r := p.Result
	level := fmt.Sprintf("%g%%", r.Level*100)
	s := Sheet{
		Title: Words{"组合监测", "Portfolio"}, Subtitle: title,
		Facts: []SheetFact{
			{Words{"敞口合计（元）", "Lines, yuan"}, money(int64(r.AmountFen)), Words{count(r.Exposures) + " 户", "households"}},
			{Words{"预期损失（元）", "Expected loss, yuan"}, money(int64(r.ExpectedLossFen)), share(int64(r.ExpectedLossFen), int64(r.AmountFen))},
			{Words{level + " 预期短缺（元）", level + " expected shortfall, yuan"}, money(int64(r.ShortfallFen)), share(int64(r.ShortfallFen), int64(r.AmountFen))},
			{Words{"若违约相互独立（元）", "were defaults independent, yuan"}, money(int64(r.IndependentFen)), share(int64(r.IndependentFen), int64(r.AmountFen))},
			{Words{"抽样误差（元）", "error of drawing, yuan"}, money(int64(r.ShortfallSEFen)), Words{"上界", "upper bound"}},
			{Words{"超限项", "Limits exceeded"}, count(r.Over), Words{}},
		},
	}
	s.Sections = append(s.Sections, usageSection(r, crop), tailSection("tail_crop", Words{"尾部来源：作物", "What drives the tail: crops"}, r.Crops, r, crop),
		tailSection("tail_county", Words{"尾部来源：县", "What drives the tail: counties"}, r.Counties, r, crop))
	if len(r.Counties) > 1 {
		s.Sections = append(s.Sections, tailSection("tail_county_crop", Words{"尾部来源：县 × 作物", "What drives the tail: county and crop"}, r.CountyCrops[:min(40, len(r.CountyCrops))], r, crop))
	}
	s.Sections = append(s.Sections, shockSection(r))
	if len(p.Stressed) > 0 {
		s.Sections = append(s.Sections, stressSection(p.Stressed))
	}
	s.Notes = []Words{
		p.basis(),
		{"违约概率来自产量与价格的模拟和政策先验，尚无还款数据。", "Probabilities come from simulated harvests and the policy's prior; no repayment data has been seen."},
		{fmt.Sprintf("不同县的收成冲击相关系数取 %g（设计值）。", r.CountyRho), fmt.Sprintf("Shocks of different counties are correlated by %g, a design value.", r.CountyRho)},
		{"只有一个县且未给出全行总额时，不对份额限额作判断。", "With one county alone and no total of the bank given, limits on shares are not judged."},
	}
	return s
}

func share(part, whole int64) Words {
	if whole == 0 {
		return Words{}
	}
	return Words{percent(float64(part)/float64(whole), 2), ""}
}

func usageKind(kind string) Words {
	switch kind {
	case "county":
		return Words{"县", "county"}
	case "crop":
		return Words{"作物", "crop"}
	case "county_crop":
		return Words{"县 × 作物", "county and crop"}
	case "village":
		return Words{"村", "village"}
	case "household":
		return Words{"户", "household"}
	}
	return Words{Zh: kind}
}

func usageSection(r portfolio.Result, crop Names) SheetSection {
	s := SheetSection{Code: "limits", Title: Words{"集中度与限额", "Concentration and limits"},
		Text: Words{fmt.Sprintf("赫芬达尔指数：县 %.3f，作物 %.3f，村 %.4f，户 %.6f。村和户各列最大的二十个。", r.HHICounty, r.HHICrop, r.HHIVillage, r.HHIHousehold),
			fmt.Sprintf("Herfindahl index: counties %.3f, crops %.3f, villages %.4f, households %.6f. Of villages and households the twenty largest.", r.HHICounty, r.HHICrop, r.HHIVillage, r.HHIHousehold)},
		Head: []SheetColumn{{"kind", Words{"类别", "Kind"}, false}, {"item", Words{"对象", "Of"}, false}, {"amount_cny", Words{"金额（元）", "Amount, yuan"}, true},
			{"share", Words{"份额", "Share"}, true}, {"limit_cny", Words{"限额（元）", "Limit, yuan"}, true}, {"verdict", Words{"判断", "Verdict"}, false}},
		Bars: SheetBars{Title: Words{"作物份额与限额", "shares of crops and their limit"}}}
	for _, u := range r.Usage {
		item := Words{Zh: u.County + u.Item}
		switch u.Kind {
		case "crop", "county_crop":
			w := crop(u.Crop)
			item = Words{u.County + " " + w.Zh, w.En}
		case "village", "household":
			item = Words{Zh: u.Item}
		}
		if u.Kind == "crop" {
			b := Bar(crop(u.Crop), u.Share)
			if u.Judged {
				b.Mark = r.Limits.CropShare
			}
			b.Bad = u.Over
			s.Bars.Rows = append(s.Bars.Rows, b)
		}
		verdict := Words{"限额内", "within"}
		switch {
		case !u.Judged:
			verdict = Words{"不判断", "not judged"}
		case u.LimitFen == 0:
			verdict = Words{"无限额", "no limit"}
		case u.Over:
			verdict = Words{"超限", "over"}
		}
		s.Rows = append(s.Rows, []SheetCell{Plain(u.Kind, usageKind(u.Kind)), Plain(u.County+u.Crop+u.Item, item), Money(int64(u.AmountFen)), Figure(u.Share, 1),
			Money(int64(u.LimitFen)), Plain(verdict.En, verdict).Marked(u.Over)})
	}
	return s
}

func tailSection(code string, title Words, list []portfolio.Segment, r portfolio.Result, crop Names) SheetSection {
	s := SheetSection{Code: code, Title: title,
		Text: Words{"尾部贡献按欧拉分配，合计等于预期短缺；每百元贡献表示再增加一百元额度，预期短缺增加多少。", "Contributions are Euler's and add up to the shortfall; per 100 yuan: by how much 100 yuan more would raise it."},
		Head: []SheetColumn{{"item", Words{"对象", "Of"}, false}, {"amount_cny", Words{"金额（元）", "Amount, yuan"}, true}, {"expected_loss_cny", Words{"预期损失（元）", "Expected loss, yuan"}, true},
			{"tail_cny", Words{"尾部贡献（元）", "In the tail, yuan"}, true}, {"tail_share", Words{"占比", "Share"}, true}, {"tail_rate", Words{"每百元", "Per 100 yuan"}, true}},
		Bars: SheetBars{Title: Words{"占尾部损失的比例", "share of the tail"}}}
	for i, x := range list {
		name := Words{Zh: x.County}
		if code != "tail_county" {
			w := crop(x.Crop)
			name = Words{x.County + w.Zh, w.En}
		}
		part := math.NaN()
		if r.ShortfallFen > 0 {
			part = float64(x.TailFen) / float64(r.ShortfallFen)
		}
		if i < 12 {
			s.Bars.Rows = append(s.Bars.Rows, Bar(name, part))
		}
		s.Rows = append(s.Rows, []SheetCell{Plain(x.County+x.Crop, name), Money(int64(x.AmountFen)), Money(int64(x.LossFen)), Money(int64(x.TailFen)), Figure(part, 1), Number(x.TailRate*100, 2)})
	}
	return s
}

// shockSection shows the loss rate by the county's shock, four bins to a row.
func shockSection(r portfolio.Result) SheetSection {
	s := SheetSection{Code: "shock", Title: Words{"收成冲击下的预期损失", "Expected loss by the harvest's shock"},
		Text: Words{fmt.Sprintf("县域收成从最差到最好，分八档，每档概率相同。相当于单因子模型的相关系数 %.3f。", r.ImpliedCorrelation),
			fmt.Sprintf("From the county's worst harvests to its best, in eight steps of equal probability. As steep as a single-factor model with a correlation of %.3f.", r.ImpliedCorrelation)},
		Head: []SheetColumn{{"step", Words{"档", "Step"}, false}, {"loss_rate", Words{"预期损失率", "Expected loss"}, true}}, Bars: SheetBars{Title: Words{"预期损失率", "expected loss rate"}}}
	const steps = 8
	n := len(r.TailByShock) / steps
	for k := range steps {
		var mean float64
		for _, v := range r.TailByShock[k*n : (k+1)*n] {
			mean += v / float64(n)
		}
		name := Words{fmt.Sprintf("%d", k+1), ""}
		switch k {
		case 0:
			name = Words{"1 最差", "worst"}
		case steps - 1:
			name = Words{fmt.Sprintf("%d 最好", steps), "best"}
		}
		s.Bars.Rows = append(s.Bars.Rows, Bar(name, mean))
		s.Rows = append(s.Rows, []SheetCell{Plain(fmt.Sprint(k+1), name), Figure(mean, 2)})
	}
	return s
}

func stressSection(list []portfolio.Stressed) SheetSection {
	s := SheetSection{Code: "stress", Title: Words{"压力情景", "Stresses"},
		Text: Words{"对已存快照在改变的市场与收成下重新计算：已给额度的预期损失，以及同样农户的新额度。", "Stored snapshots computed again in another market or harvest: the expected loss of lines as given, and the lines that the same households would get."},
		Head: []SheetColumn{{"scenario", Words{"情景", "Scenario"}, false}, {"households", Words{"户", "Households"}, true}, {"base_loss_cny", Words{"原预期损失（元）", "Loss before, yuan"}, true},
			{"loss_cny", Words{"预期损失（元）", "Expected loss, yuan"}, true}, {"mean_pd", Words{"平均违约概率", "Mean PD"}, true}, {"line_cny", Words{"已给额度（元）", "Lines as given, yuan"}, true}, {"new_line_cny", Words{"新额度（元）", "New lines, yuan"}, true}}}
	for _, x := range list {
		s.Rows = append(s.Rows, []SheetCell{Plain(x.Code, Words{x.ZH, x.EN}), Count(x.Households), Money(int64(x.BaseFen)), Money(int64(x.LossFen)), Figure(x.Defaults, 2), Money(int64(x.LineFen)), Money(int64(x.NewLineFen))})
	}
	return s
}
