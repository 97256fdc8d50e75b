package letter

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"parus/credit"
)

// schedule is the table of what falls due when.
func (l Letter) schedule(s *sheet, lang Language) {
	columns := []column{
		{lang.of("期次", "No."), 0.10, centre},
		{lang.of("还款日", "Due on"), 0.30, left},
		{lang.of("本金", "Principal"), 0.20, right},
		{lang.of("利息", "Interest"), 0.20, right},
		{lang.of("合计", "Total"), 0.20, right},
	}
	var rows []row
	var principal credit.Fen
	for i, d := range l.Schedule {
		principal += d.PrincipalFen
		rows = append(rows, row{cells: []string{strconv.Itoa(i + 1), day(d.Date, lang), l.money(d.PrincipalFen), l.money(d.InterestFen), l.money(d.PrincipalFen + d.InterestFen)}})
	}
	rows = append(rows, row{cells: []string{"", lang.of("合计", "Total"), l.money(principal), l.money(l.interest()), l.money(principal + l.interest())}, bold: true})
	s.table(columns, rows)
	from := l.From
	if from.IsZero() {
		from = l.Date
	}
	s.paragraph(lang.of("按全额于"+day(from, lang)+"一次支用计算，利息按剩余本金和实际天数除以365计；以支用日期和合同为准。",
		"If all is drawn on "+day(from, lang)+"; interest by actual days over 365 on what is outstanding. The contract prevails."), small())
}

// bounds says which of four amounts set the line.
func (l Letter) bounds(s *sheet, lang Language) {
	b := l.Bounds
	s.paragraph(lang.of("额度取下列各项金额中最小的一项，并向下取整。", "The line is the least of these amounts, rounded down."), body())
	limits := []limit{
		{"need", b.NeedFen, lang.of("资金需求", "Need"), lang.of("本季种子、化肥、农药、机耕等现金投入", "cash cost of the season's inputs")},
		{"capacity", b.CapacityFen, lang.of("偿还能力", "Capacity"), lang.of("收成较差的年景也能还上的金额", "what even a poor harvest can repay")},
		{"value", b.ValueFen, lang.of("收成价值", "Value"), lang.of("预期收入的一定比例", "a share of the expected revenue")},
	}
	if l.AskedFen > 0 {
		limits = append(limits, limit{credit.BindingAsked, l.AskedFen, lang.of("申请金额", "Amount asked"), lang.of("您申请的金额", "what you asked for")})
	}
	top := limit{"", b.CapFen, lang.of("额度上限", "Cap"), lang.of("产品、首季、农户、村县和作物上限中的最小值", "the least of the caps that apply")}
	if b.Binding != "" && !slices.ContainsFunc(limits, func(x limit) bool { return x.code == b.Binding }) {
		top.code, top.meaning = b.Binding, capWords(b.Binding, lang)
	}
	var rows []row
	for _, x := range append(limits, top) {
		set := x.code != "" && x.code == b.Binding
		if set {
			x.name += lang.of("（决定额度）", " (sets the line)")
		}
		rows = append(rows, row{cells: []string{x.name, x.meaning, l.money(x.fen)}, bold: set})
	}
	s.table([]column{{lang.of("项目", "Limit"), 0.28, left}, {lang.of("含义", "Meaning"), 0.50, left}, {lang.of("金额", "Amount"), 0.22, right}}, rows)
}

// limit is one of the amounts that a line is the least of.
type limit struct {
	code          string // as the engine names it
	fen           credit.Fen
	name, meaning string
}

// capWords names a cap: one of the policy's, else as the book of limits names it.
func capWords(code string, lang Language) string {
	return lang.of(credit.BindingWords(clean(code, mostName)))
}

// reasons lists the counterfactuals with what would lift each.
func (l Letter) reasons(s *sheet, lang Language) {
	together := false
	var rows []row
	for _, r := range l.Reasons {
		effect := "—"
		if r.EffectFen > 0 {
			effect = "+" + l.money(r.EffectFen)
		}
		together = together || r.Together
		code, _, _ := strings.Cut(string(r.Code), "_")
		rows = append(rows, row{cells: []string{
			clean(code, mostName), sentence(clean(Words{r.ZH, r.EN}.in(lang), 4*mostName), lang), effect, sentence(clean(Words{r.LiftZH, r.LiftEN}.in(lang), 4*mostName), lang),
		}})
	}
	s.table([]column{{lang.of("代码", "Code"), 0.08, left}, {lang.of("原因", "Reason"), 0.34, left}, {lang.of("解决后可增加", "Would add"), 0.16, right}, {lang.of("改善办法", "What would lift it"), 0.42, left}}, rows)
	note := lang.of("每项金额是仅该项得到解决、其他不变时额度的增加，各项不能简单相加。", "Each amount is what the line would gain if that one thing were settled and all else stayed; they do not add up.")
	if together {
		note = lang.of("所列各项须一并解决，额度才会增加所示金额。", "Only if all of these are settled together would the line gain the amount shown.")
	}
	s.paragraph(note, small())
}

// sentence begins an English text with a capital.
func sentence(text string, lang Language) string {
	if lang == English && text != "" {
		return strings.ToUpper(text[:1]) + text[1:]
	}
	return text
}

// parcels lists the land that the decision looked at.
func (l Letter) parcels(s *sheet, lang Language) {
	var rows []row
	var mu float64
	for i, p := range l.Parcels {
		if p.Mu > 0 && !math.IsInf(p.Mu, 0) {
			mu += p.Mu
		}
		name := clean(p.ID, mostName)
		if n := clean(p.Name, mostName); n != "" {
			name = n + lang.of("（"+name+"）", " ("+name+")")
		}
		rows = append(rows, row{cells: []string{strconv.Itoa(i + 1), name, area(p.Mu, lang), p.cropWords(lang), p.matchWords(lang)}})
	}
	rows = append(rows, row{cells: []string{"", lang.of(fmt.Sprintf("共 %d 块", len(l.Parcels)), fmt.Sprintf("%d in all", len(l.Parcels))), area(mu, lang), "", ""}, bold: true})
	s.table([]column{
		{lang.of("序号", "No."), 0.07, centre}, {lang.of("地块", "Parcel"), 0.28, left}, {lang.of("面积", "Area"), 0.23, right},
		{lang.of("作物", "Crop"), 0.21, left}, {lang.of("与影像对应", "In the pictures"), 0.21, left},
	}, rows)
}

// Probabilities are said in words: nine times out of ten and more is clear, and
// three out of four likely. The bounds are ours.
const (
	clearP  = 0.9
	likelyP = 0.75
)

func (p Parcel) cropWords(lang Language) string {
	crop := clean(p.Crop.in(lang), mostName)
	switch {
	case crop == "":
		return lang.of("未识别", "not recognised")
	case p.CropP >= clearP:
		return crop
	case p.CropP >= likelyP:
		return crop + lang.of("（较可能）", " (likely)")
	}
	return crop + lang.of("（不确定）", " (uncertain)")
}

func (p Parcel) matchWords(lang Language) string {
	switch p.Left {
	case "":
	case "match":
		return lang.of("不能确认，未计入", "not confirmed, left out")
	case "crop":
		return lang.of("作物不明，未计入", "crop unknown, left out")
	case "area":
		return lang.of("无可用面积，未计入", "no usable area, left out")
	default:
		return lang.of("未计入", "left out")
	}
	switch {
	case p.MatchP >= clearP:
		return lang.of("相符", "agrees")
	case p.MatchP >= likelyP:
		return lang.of("基本相符", "mostly agrees")
	}
	return lang.of("有疑问", "in doubt")
}

// provenance says from what, with what and how to repeat it.
func (l Letter) provenance(s *sheet, lang Language) {
	text := lang.of("所用数据：生长季的卫星影像（识别作物与长势）、承包地登记（地块、面积、权证、流转）、县级产量统计和气象、作物价格与成本，以及县里提供的补贴、农外收入和负债。除此之外不使用其他个人信息，性别、年龄不参与计算。",
		"Data used: satellite images of the season (crop and growth), the land registry (parcels, areas, certificates, transfers), the county's yield statistics and weather, prices and costs of crops, and subsidies, income outside the farm and debts as the county gives them. No other personal data enter, and neither sex nor age does.")
	if l.ImageryAgeDays >= 0 && len(l.Parcels) > 0 {
		text += lang.of(fmt.Sprintf("作出决定时，各地块最近一次清晰影像最旧为 %d 天前。", l.ImageryAgeDays), fmt.Sprintf(" The oldest of the parcels' last clear images was %d days old.", l.ImageryAgeDays))
	}
	s.paragraph(text, body())
	p := l.Provenance
	s.paragraph(lang.of(
		fmt.Sprintf("引擎版本 %s；模型版本 %s；政策版本 %s；决定摘要（SHA-256 前 12 位）%s。所有输入和政策已按此摘要存档，可用同一版本引擎逐字节重算核对。", orDash(p.EngineVersion), orDash(p.ModelVersion), orDash(p.PolicyVersion), orDash(shortDigest(p.Digest))),
		fmt.Sprintf("Engine %s; models %s; policy %s; digest of the decision (SHA-256, first 12) %s. All inputs and the policy are kept under this digest, and the same engine computes the same decision from them, byte for byte.", orDash(p.EngineVersion), orDash(p.ModelVersion), orDash(p.PolicyVersion), orDash(shortDigest(p.Digest)))), body())
}

func orDash(s string) string {
	if s = clean(s, mostName); s == "" {
		return "—"
	}
	return s
}
