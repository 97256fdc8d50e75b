package rule

import (
	"math"
)

// Facts are what a rule may look at: a decision as the engine made it under the
// policy's parameters, what it rests on, and, of an application, what is known
// at that moment. Amounts are in whole units of the currency, areas in mu,
// shares and rates fractions of 1.
type Facts struct {
	Line, Need, Capacity, Value, Limit float64
	Binding                            string
	PD, PDIncome, APR, ExpectedLoss    float64
	Revenue, IncomeMean, IncomeLow     float64
	Referred                           bool
	DaysToDue                          int

	Parcels, ParcelsUsed           int
	AreaMu                         float64
	CertifiedShare, UnprovenShare  float64
	Crops                          map[string]float64
	LargestCrop                    string
	LargestCropShare               float64
	CropsGuessed                   bool
	MinMatch, MinCropP, HazardLoss float64
	ImageryAgeDays                 int

	Debts, Subsidy, OffFarm float64
	FirstSeason             bool
	Season, County          string

	Live *Live // nil while a season is scored: nobody has applied yet
}

// Live is what only an application knows.
type Live struct {
	Asked, Exposure, Room float64
	SnapshotAgeDays       int
}

// Kind is a fact's type in CEL.
type Kind string

// The kinds of facts.
const (
	Number  Kind = "double"
	Integer Kind = "int"
	Boolean Kind = "bool"
	Text    Kind = "string"
	Shares  Kind = "map(string, double)"
)

// Fact declares one name that rules may use.
type Fact struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	Unit string `json:"unit"` // "" where it has none
	Live bool   `json:"live"` // known of an application alone: see [Set.Apply]
	ZH   string `json:"zh"`
	EN   string `json:"en"`

	of func(*Facts) any
}

// Environment lists every fact that a rule may name, in the order of the
// documentation.
func Environment() []Fact {
	return append(append(decisionFacts(), landFacts()...), householdFacts()...)
}

func decisionFacts() []Fact {
	return []Fact{
		{"line", Number, "currency", false, "规则之前的额度", "the line before any rule", func(f *Facts) any { return f.Line }},
		{"need", Number, "currency", false, "投入所需", "what the inputs cost", func(f *Facts) any { return f.Need }},
		{"capacity", Number, "currency", false, "还款能力", "what the harvest can repay", func(f *Facts) any { return f.Capacity }},
		{"value", Number, "currency", false, "按预期收入的垫付比例", "the advance on the expected revenue", func(f *Facts) any { return f.Value }},
		{"limit", Number, "currency", false, "各上限中最小者", "the least of the caps", func(f *Facts) any { return f.Limit }},
		{"binding", Text, "", false, "决定额度的一项：need、capacity、value 或上限名", "what set the line: need, capacity, value or a cap's name", func(f *Facts) any { return f.Binding }},
		{"pd", Number, "share", false, "违约概率", "probability of default", func(f *Facts) any { return f.PD }},
		{"pd_income", Number, "share", false, "收入不足以还款的概率", "its part that comes from the income", func(f *Facts) any { return f.PDIncome }},
		{"apr", Number, "a year", false, "年化利率", "price", func(f *Facts) any { return f.APR }},
		{"expected_loss", Number, "currency", false, "预期损失", "expected loss on the line", func(f *Facts) any { return f.ExpectedLoss }},
		{"revenue", Number, "currency", false, "预期收入", "expected revenue", func(f *Facts) any { return f.Revenue }},
		{"income_mean", Number, "currency", false, "收获时现金的均值", "mean cash at harvest before the line is repaid", func(f *Facts) any { return f.IncomeMean }},
		{"income_low", Number, "currency", false, "风险偏好分位的现金", "the same in a bad year: at the policy's appetite", func(f *Facts) any { return f.IncomeLow }},
		{"referred", Boolean, "", false, "规则之前已转人工", "the engine refers it without any rule", func(f *Facts) any { return f.Referred }},
		{"days_to_due", Integer, "days", false, "距到期日天数", "from the decision to the due date", func(f *Facts) any { return f.DaysToDue }},
		{"asked", Number, "currency", true, "申请金额", "what the application asks for", func(f *Facts) any { return f.Live.Asked }},
		{"exposure", Number, "currency", true, "该户在本行的在贷余额", "what the household owes this lender already", func(f *Facts) any { return f.Live.Exposure }},
		{"room", Number, "currency", true, "村、县、作物剩余额度的最小者", "the least room that the limits of village, county and crop leave", func(f *Facts) any { return f.Live.Room }},
		{"snapshot_age_days", Integer, "days", true, "评分至申请的天数", "from scoring to the application", func(f *Facts) any { return f.Live.SnapshotAgeDays }},
	}
}

func landFacts() []Fact {
	return []Fact{
		{"parcels", Integer, "", false, "登记地块数", "parcels of the household", func(f *Facts) any { return f.Parcels }},
		{"parcels_used", Integer, "", false, "计入的地块数", "of them counted", func(f *Facts) any { return f.ParcelsUsed }},
		{"area_mu", Number, "mu", false, "地块面积合计（合同与图形取小）", "area of all parcels, the smaller of contract and geometry", func(f *Facts) any { return f.AreaMu }},
		{"certified_share", Number, "share", false, "有效承包经营权证面积占比", "share of the area with a certificate in force", func(f *Facts) any { return f.CertifiedShare }},
		{"unproven_share", Number, "share", false, "流转未证明面积占比", "share of the area leased without a proven transfer", func(f *Facts) any { return f.UnprovenShare }},
		{"crops", Shares, "share", false, "各作物的面积占比（按概率）；crops.share('maize') 缺作物时为 0", "expected share of the area by catalogue code; crops.share('maize') is 0 where there is none", func(f *Facts) any { return f.Crops }},
		{"largest_crop", Text, "", false, "占比最大的作物代码", "catalogue code of the largest crop, '' where none is known", func(f *Facts) any { return f.LargestCrop }},
		{"largest_crop_share", Number, "share", false, "最大作物的面积占比", "its share of the area", func(f *Facts) any { return f.LargestCropShare }},
		{"crops_guessed", Boolean, "", false, "作物仅由物候历推断", "no model taught by labels stands behind the crops", func(f *Facts) any { return f.CropsGuessed }},
		{"min_match", Number, "share", false, "计入地块的最低匹配概率", "least match probability of a parcel that counts, 0 where none does", func(f *Facts) any { return f.MinMatch }},
		{"min_crop_p", Number, "share", false, "计入地块最可能作物概率的最小值", "least probability of a counted parcel's likeliest crop, 0 where none counts", func(f *Facts) any { return f.MinCropP }},
		{"hazard_loss", Number, "share", false, "灾害减产比例（按面积加权）", "loss of yield to hazards, weighted by area", func(f *Facts) any { return f.HazardLoss }},
		{"imagery_age_days", Integer, "days", false, "最旧的最近清晰影像距今天数", "age of the last clear image, of the parcel where it is oldest", func(f *Facts) any { return f.ImageryAgeDays }},
	}
}

func householdFacts() []Fact {
	return []Fact{
		{"debts", Number, "currency", false, "到期日前应还的其他债务", "other debts that fall due before the line does", func(f *Facts) any { return f.Debts }},
		{"subsidy", Number, "currency", false, "补贴", "subsidies expected by the due date", func(f *Facts) any { return f.Subsidy }},
		{"off_farm", Number, "currency", false, "已核实的非农收入", "verified income outside the farm", func(f *Facts) any { return f.OffFarm }},
		{"first_season", Boolean, "", false, "首个授信季", "the household's first season with a line", func(f *Facts) any { return f.FirstSeason }},
		{"season", Text, "", false, "季节名", "name of the season", func(f *Facts) any { return f.Season }},
		{"county", Text, "", false, "县代码；未知为空", "code of the county, '' where unknown", func(f *Facts) any { return f.County }},
	}
}

// unusable names a fact that is no number, or "".
func (f *Facts) unusable() string {
	for _, x := range []struct {
		name  string
		value float64
	}{
		{"line", f.Line}, {"need", f.Need}, {"capacity", f.Capacity}, {"value", f.Value}, {"limit", f.Limit}, {"pd", f.PD}, {"pd_income", f.PDIncome},
		{"apr", f.APR}, {"expected_loss", f.ExpectedLoss}, {"revenue", f.Revenue}, {"income_mean", f.IncomeMean}, {"income_low", f.IncomeLow},
		{"area_mu", f.AreaMu}, {"certified_share", f.CertifiedShare}, {"unproven_share", f.UnprovenShare}, {"largest_crop_share", f.LargestCropShare},
		{"min_match", f.MinMatch}, {"min_crop_p", f.MinCropP}, {"hazard_loss", f.HazardLoss}, {"debts", f.Debts}, {"subsidy", f.Subsidy}, {"off_farm", f.OffFarm},
	} {
		if math.IsNaN(x.value) || math.IsInf(x.value, 0) {
			return x.name
		}
	}
	if l := f.Live; l != nil && (math.IsNaN(l.Asked+l.Exposure+l.Room) || math.IsInf(l.Asked+l.Exposure+l.Room, 0)) {
		return "asked, exposure or room"
	}
	return ""
}
