package sheet

import (
	"time"

	"parus/credit"
)

// Row is an application, or a scored line that nobody has applied for yet: then
// Number and State are empty, and there are no dates but the due date.
type Row struct {
	Number     string // of the application
	County     string
	Season     string
	Village    string
	Household  string
	HolderMask string // name, masked
	State      string
	AskedFen   credit.Fen
	LineFen    credit.Fen
	DrawnFen   credit.Fen
	RepaidFen  credit.Fen
	Currency   string
	PD, APR    float64
	DueDate    credit.Date
	Referred   bool
	ReferralZH string
	Referral   string
	Applied    time.Time
	Decided    time.Time
	Expires    time.Time
	Late       bool
	Schedule   []credit.Instalment
	Reasons    []credit.Reason
}

// id is what the row's lines in the other tables are found by.
func (r Row) id() string {
	if r.Number != "" {
		return r.Number
	}
	return r.Household
}

// kind is how a column is written.
type kind int

const (
	text kind = iota
	money
	percent
	day
	instant
	count
)

// column is one of a table; get is called with the row and the index of the
// line within it.
type column struct {
	zh, en string
	kind   kind
	width  float64 // characters
	get    func(r Row, i int) any
}

// table is one sheet, or one CSV.
type table struct {
	zh, en  string
	lines   func(r Row) int // of a row
	columns []column
}

// states are the words of an application's states.
func stateWords() map[string]string {
	return map[string]string{"applied": "已申请", "decided": "系统已批", "referred": "转人工审核", "approved": "人工已批", "accepted": "已接受", "drawn": "已放款",
		"repaid": "已结清", "rejected": "已拒绝", "withdrawn": "已撤回"}
}

func tables() []table {
	words := stateWords()
	one := func(Row) int { return 1 }
	col := func(zh, en string, k kind, width float64, get func(r Row) any) column {
		return column{zh, en, k, width, func(r Row, _ int) any { return get(r) }}
	}
	number := column{"申请编号或农户编码", "application or household", text, 24, func(r Row, _ int) any { return r.id() }}
	return []table{
		{"申请与决定", "applications", one, []column{
			col("申请编号", "application", text, 16, func(r Row) any { return r.Number }),
			col("县代码", "county", text, 10, func(r Row) any { return r.County }),
			col("季节", "season", text, 14, func(r Row) any { return r.Season }),
			col("村代码", "village", text, 16, func(r Row) any { return r.Village }),
			col("农户编码", "household", text, 24, func(r Row) any { return r.Household }),
			col("承包方（脱敏）", "holder, masked", text, 14, func(r Row) any { return r.HolderMask }),
			col("状态", "state", text, 12, func(r Row) any {
				switch {
				case r.State != "":
					return words[r.State] + " " + r.State
				case r.Referred:
					return "待人工审核 scored, referred"
				}
				return "已评分 scored"
			}),
			col("申请金额（元）", "asked, CNY", money, 14, func(r Row) any { return orNil(r.AskedFen) }),
			col("额度（元）", "line, CNY", money, 14, func(r Row) any { return r.LineFen }),
			col("已用（元）", "drawn, CNY", money, 14, func(r Row) any { return orNil(r.DrawnFen) }),
			col("已还本金（元）", "repaid, CNY", money, 14, func(r Row) any { return orNil(r.RepaidFen) }),
			col("币种", "currency", text, 8, func(r Row) any { return r.Currency }),
			col("违约概率", "pd", percent, 10, func(r Row) any { return r.PD }),
			col("年利率", "apr", percent, 10, func(r Row) any { return r.APR }),
			col("到期日", "due", day, 12, func(r Row) any { return r.DueDate }),
			col("转人工原因", "why referred", text, 40, func(r Row) any { return pair(r.ReferralZH, r.Referral) }),
			col("申请时间", "applied", instant, 18, func(r Row) any { return r.Applied }),
			col("决定时间", "decided", instant, 18, func(r Row) any { return r.Decided }),
			col("要约有效至", "offer stands until", instant, 18, func(r Row) any { return r.Expires }),
			col("曾逾期", "paid late", text, 8, func(r Row) any {
				if r.Late {
					return "是 yes"
				}
				return ""
			}),
		}},
		{"还款计划", "schedule", func(r Row) int { return len(r.Schedule) }, []column{
			number,
			{"期次", "instalment", count, 10, func(_ Row, i int) any { return i + 1 }},
			{"到期日", "due", day, 12, func(r Row, i int) any { return r.Schedule[i].Date }},
			{"本金（元）", "principal, CNY", money, 14, func(r Row, i int) any { return r.Schedule[i].PrincipalFen }},
			{"利息（元）", "interest, CNY", money, 14, func(r Row, i int) any { return r.Schedule[i].InterestFen }},
		}},
		{"原因", "reasons", func(r Row) int { return len(r.Reasons) }, []column{
			number,
			{"序号", "rank", count, 8, func(_ Row, i int) any { return i + 1 }},
			{"代码", "code", text, 22, func(r Row, i int) any { return string(r.Reasons[i].Code) }},
			{"影响（元）", "effect, CNY", money, 14, func(r Row, i int) any { return r.Reasons[i].EffectFen }},
			{"说明", "reason", text, 60, func(r Row, i int) any { return pair(r.Reasons[i].ZH, r.Reasons[i].EN) }},
			{"如何提高", "what would lift it", text, 60, func(r Row, i int) any { return pair(r.Reasons[i].LiftZH, r.Reasons[i].LiftEN) }},
		}},
	}
}

func orNil(f credit.Fen) any {
	if f == 0 {
		return nil
	}
	return f
}

// both is a text in two languages, of which a layout may choose one.
type both struct{ zh, en string }

func pair(zh, en string) any {
	if zh == "" && en == "" {
		return ""
	}
	return both{zh, en}
}
