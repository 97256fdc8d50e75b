package letter

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"parus/credit"
)

// mostName is the longest name or code that is printed, in characters.
const mostName = 120

// sectionRoom keeps a heading together with what begins under it.
const sectionRoom = 30 + tableRoom

func body() style { return style{size: 9.8, leading: 15.6, after: 3.5} }

func small() style { return style{size: 8.6, leading: 13, after: 3, tone: grey} }

// title is the letter's heading.
func (l Letter) title(lang Language) string {
	switch l.State {
	case Proposed:
		return lang.of("授信额度测算通知书", "Notice of a computed credit line")
	case Referred:
		return lang.of("授信转人工审核通知书", "Notice of referral to an officer")
	case Rejected:
		if !l.applied() {
			return lang.of("授信测算结果通知书", "Notice of a computed result")
		}
		return lang.of("授信申请结果通知书", "Notice on your credit application")
	case Approved, CounterOffer:
	}
	return lang.of("授信决定通知书", "Credit decision letter")
}

// compose sets the letter.
func (l Letter) compose(s *sheet, lang Language) {
	l.letterhead(s, lang)
	l.opening(s, lang)
	n := 0
	section := func(zh, en string) {
		n++
		s.room(sectionRoom)
		s.y += 7
		s.paragraph(lang.of(chineseNumber(n)+"、"+zh, strconv.Itoa(n)+". "+en), style{size: 11.5, leading: 18, bold: true, after: 4, tone: blue})
	}
	section("决定", "Decision")
	l.decision(s, lang)
	if l.grants() {
		section("还款计划", "Repayment schedule")
		l.schedule(s, lang)
	}
	section("额度是怎样确定的", "How the amount was set")
	l.bounds(s, lang)
	if len(l.Reasons) > 0 {
		section("影响额度的原因与改善办法", "What kept the amount down, and what would lift it")
		l.reasons(s, lang)
	}
	if len(l.Parcels) > 0 {
		section("承包地块", "Parcels")
		l.parcels(s, lang)
	}
	section("计算依据", "What it was computed from")
	l.provenance(s, lang)
	section("您的权利", "Your rights")
	l.rights(s, lang)
	l.signature(s, lang)
	l.missing(s, lang)
	l.footers(s, lang)
}

func chineseNumber(n int) string { return string([]rune("零一二三四五六七八九十")[n]) }

// letterhead is the lender's name over a rule, the title and the references.
func (l Letter) letterhead(s *sheet, lang Language) {
	lender := clean(l.Lender, mostName)
	if lender == "" {
		lender = lang.of("（贷款机构名称）", "(name of the lender)")
	}
	s.paragraph(lender, style{size: 14, leading: 20, bold: true, tone: blue})
	if c := clean(l.County, mostName); c != "" {
		s.paragraph(c, style{size: 8.6, leading: 13, tone: grey})
	}
	s.y += 4
	s.rule(1.2, 0.25)
	s.y += 11
	s.paragraph(l.title(lang), style{size: 18, leading: 25, bold: true, align: centre, after: 6})
	top := s.y
	s.paragraph(lang.of("编号：", "Reference: ")+clean(l.number(), mostName), small())
	end := s.y
	s.y = top
	s.paragraph(lang.of("日期：", "Date: ")+day(l.Date, lang), style{size: 8.6, leading: 13, align: right, tone: grey})
	s.y = max(end, s.y) + 4
}

// opening is the salutation and, in a paragraph, what the letter is about.
func (l Letter) opening(s *sheet, lang Language) {
	name := clean(l.Applicant, mostName)
	if name == "" {
		name = lang.of("农户", "household")
	}
	s.paragraph(lang.of("尊敬的"+name+"：", "Dear "+name+","), body())
	id, season := clean(l.HouseholdID, mostName), seasonWords(clean(l.Season, mostName), lang)
	text := lang.of(fmt.Sprintf("关于农户（编码 %s）%s生产季的授信，", id, season), fmt.Sprintf("On credit to household %s for season %s: ", id, season))
	switch l.State {
	case Proposed:
		text += lang.of("我们按卫星影像、承包地登记和产量估计测算了可支持的额度，结果如下。这是测算结果，尚未申请，不构成放款承诺。",
			"we have computed the line that your harvest can carry, from satellite images, the land registry and yield estimates. This is the result of a computation; nobody has applied yet, and it is no promise to lend.")
	case Approved:
		text += lang.of("您的申请已获批准，结果如下。", "your application is approved, as set out below.")
	case CounterOffer:
		text += lang.of("我们可提供的金额与您申请的不同，如下所列。是否接受由您决定。", "we can offer another amount than you asked for, as set out below. Whether to accept it is yours to decide.")
	case Referred:
		text += lang.of("自动测算不足以作出决定，已转由信贷员人工审核。本函说明原因及您可以补充的材料。", "the computation alone does not suffice to decide, so a credit officer will. This letter says why, and what you may add.")
	case Rejected:
		if !l.applied() {
			text += lang.of("按本机构的授信政策，本季测算不能给予额度。尚未申请。本函说明原因、改善办法以及如何提出异议。",
				"by our lending policy no line could be computed for this season; nobody has applied yet. This letter says why, what would change it, and how to object.")
			break
		}
		text += lang.of("我们未能批准您的申请。本函说明原因、改善办法以及如何提出异议。", "we could not approve your application. This letter says why, what would change it, and how to object.")
	}
	s.paragraph(text, body())
	if because := clean(l.Because.in(lang), 4*mostName); because != "" {
		s.paragraph(lang.of("说明：", "Because: ")+stop(because, lang), body())
	}
}

// stop ends a text as a sentence.
func stop(text string, lang Language) string {
	last, _ := utf8.DecodeLastRuneInString(text)
	if strings.ContainsRune("。.！!？?…", last) {
		return text
	}
	return text + lang.of("。", ".")
}

// decision is the table of what was asked, granted, what it costs and when it
// is due.
func (l Letter) decision(s *sheet, lang Language) {
	pairs := []pair{{lang.of("结果", "Result"), l.result(lang), true}}
	if l.AskedFen > 0 {
		pairs = append(pairs, pair{lang.of("申请金额", "Amount asked"), l.amount(l.AskedFen, lang), false})
	}
	switch {
	case l.grants():
		pairs = append(pairs, pair{l.granted(lang), l.amount(l.GrantedFen, lang), true},
			// The People's Bank of China's announcement 2021 no. 3 demands the
			// yearly rate of every loan, said to be simple where it is.
			pair{lang.of("年化利率（单利）", "APR (simple interest)"), percent(l.APR), true},
			pair{lang.of("期限与到期日", "Term and due date"), l.term(lang), true})
	case l.State == Rejected:
		pairs = append(pairs, pair{l.granted(lang), l.amount(0, lang), true})
	default:
		pairs = append(pairs, pair{lang.of("自动测算额度", "Amount computed"), l.amount(l.GrantedFen, lang), false})
	}
	s.pairs(pairs)
}

// term is the time from the decision to the last due date.
func (l Letter) term(lang Language) string {
	n := days(l.Date, l.DueDate)
	return lang.of(fmt.Sprintf("%d 天，%s到期", n, day(l.DueDate, lang)), fmt.Sprintf("%d days, due on %s", n, day(l.DueDate, lang)))
}

// granted names the amount that is granted.
func (l Letter) granted(lang Language) string {
	switch l.State {
	case Proposed:
		return lang.of("测算额度", "Amount computed")
	case CounterOffer:
		return lang.of("可提供额度", "Amount offered")
	default:
		return lang.of("授信额度", "Amount granted")
	}
}

// interest sums the schedule's.
func (l Letter) interest() credit.Fen {
	var sum credit.Fen
	for _, i := range l.Schedule {
		sum += i.InterestFen
	}
	return sum
}

// amount writes an amount, in Chinese with its financial capitals.
func (l Letter) amount(f credit.Fen, lang Language) string {
	if lang == English || l.Currency != "CNY" {
		return l.money(f)
	}
	return l.money(f) + "（" + Capitals(f) + "）"
}

func (l Letter) result(lang Language) string {
	switch l.State {
	case Proposed:
		if l.GrantedFen == 0 {
			return lang.of("测算无可支持额度", "Computed: no line")
		}
		return lang.of("测算结果（未申请）", "Computed, not applied for")
	case Approved:
		return lang.of("批准", "Approved")
	case CounterOffer:
		return lang.of("调整金额，待您接受", "Another amount is offered, for you to accept")
	case Referred:
		return lang.of("转人工审核", "Referred to an officer")
	case Rejected:
	}
	return lang.of("未批准", "Not approved")
}

// pair is a name with its value.
type pair struct {
	name, value string
	strong      bool // what matters most
}

// pairs is a table without header: names left, values right of them.
func (s *sheet) pairs(pairs []pair) {
	const share, pad = 0.30, 3.2
	st := style{size: 9.8, leading: 15}
	for _, p := range pairs {
		names := s.lines(s.printable(p.name), (share*frameWidth-2*cellPad)/st.size)
		values := s.lines(s.printable(p.value), ((1-share)*frameWidth-2*cellPad)/st.size)
		height := float64(max(len(names), len(values)))*st.leading + 2*pad
		s.room(height)
		s.put(mark{x: marginLeft, y: s.y, width: share * frameWidth, height: height, fill: 0.95})
		s.rule(0.3, 0.75)
		top := s.y
		for i, column := range [][]string{names, values} {
			s.y = top + pad
			for _, line := range column {
				st.bold = i == 1 && p.strong
				s.line(line, marginLeft+cellPad+float64(i)*share*frameWidth, 0, st)
				s.y += st.leading
			}
		}
		s.y = top + height
	}
	s.rule(0.3, 0.75)
	s.y += 4
}
