package registry

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"
)

// Subsidy is one payment to a household.
type Subsidy struct {
	Row          int // in its table, from 1
	HouseholdID  string
	ParcelID     string // "" where the table is by household
	Scheme       Scheme
	AreaM2       float64 // paid for, m²; 0 where unknown
	RegisteredM2 float64 // under contract, as the table says; 0 where unknown
	AmountFen    int64   // 1/100 yuan
	Batch        string
	Paid         time.Time // zero where unknown
}

// Scheme says to whom a subsidy is paid.
type Scheme string

// The schemes. Soil protection usually pays whoever holds the contract, the
// grower subsidies (maize, soybean, one-off grain) whoever farms: where one
// household gets the first and another the second, land is let.
const (
	SchemeUnknown Scheme = ""
	SchemeHolder  Scheme = "holder"
	SchemeGrower  Scheme = "grower"
)

func schemeOf(name string) Scheme {
	switch {
	case name == "":
		return SchemeUnknown
	case strings.Contains(name, "地力"):
		return SchemeHolder
	}
	for _, w := range []string{"生产者", "种植", "一次性", "实际种粮", "玉米", "大豆", "稻谷", "规模"} {
		if strings.Contains(name, w) {
			return SchemeGrower
		}
	}
	return SchemeUnknown
}

// Subsidies is what was read of a table of payments.
type Subsidies struct {
	Rows    []Subsidy
	Mapping MappingFile
	Report  Report
}

// ReadSubsidies reads a county's table of subsidy payments (CSV or XLSX) by a
// mapping and joins each row to a household by its code, its contract, a
// resident ID or, failing these, a name that only one household has. Rows that
// join nowhere are quarantined and reported. With [ErrNothingUsable] the
// report is there all the same.
func ReadSubsidies(ctx context.Context, path string, m MappingFile, roll *Roll, opt Options) (*Subsidies, error) {
	out := &Subsidies{Mapping: m}
	if m.Kind != SubsidyTable {
		return nil, fmt.Errorf("%w: it is of %s, the table is of subsidies", ErrMapping, m.Kind)
	}
	x := &tableRead{layer: "subsidies", m: m, roll: roll, opt: opt}
	seen := map[Subsidy]int{}
	err := x.run(ctx, path, []string{"household contract id_number grower", "amount area"}, func() {
		if s, ok := x.subsidy(seen); ok {
			out.Rows = append(out.Rows, s)
		}
	})
	out.Report = x.rep
	if err != nil && x.rep.Counts == nil {
		return nil, err
	}
	return out, err
}

// subsidy reads the current row; false where it is of no use.
func (x *tableRead) subsidy(seen map[Subsidy]int) (Subsidy, bool) {
	s := Subsidy{Row: x.n, Batch: strings.Clone(x.get("batch")), Scheme: schemeOf(x.get("scheme"))}
	h, ok := x.household()
	if !ok {
		return s, false
	}
	s.HouseholdID, x.key = h, h
	if p := x.parcel(SeverityWarning); p != nil {
		s.ParcelID = p.ID
	}
	x.key = h
	s.AreaM2, s.RegisteredM2 = x.areaM2("area"), x.areaM2("registered_area")
	rate, rated := x.fen("rate")
	amount, paid := x.fen("amount")
	// Rates are in yuan for a mu whatever the table's areas are in.
	due := int64(math.Floor(s.AreaM2/m2PerMu*float64(rate) + 0.5))
	switch {
	case !paid && rated && s.AreaM2 > 0:
		amount = due
		x.note(AmountMismatch, SeverityRepaired, "没有金额，按面积乘标准得 %d 分 / no amount; area times rate gives %d fen", due, due)
	case !paid && x.mapped("amount"):
		x.note(FieldType, SeverityError, "没有金额 / no amount")
		return s, false
	case paid && rated && s.AreaM2 > 0 && math.Abs(float64(amount-due)) > max(100, 0.01*float64(due)):
		x.note(AmountMismatch, SeverityWarning, "金额 %d 分，面积乘标准为 %d 分 / amount and area times rate differ", amount, due)
	}
	s.AmountFen = amount
	if d := x.get("paid"); d != "" {
		var good bool
		if s.Paid, good = parseDate(d); !good {
			x.note(FieldType, SeverityWarning, "%s %q 不是日期 / is no date", x.m.Columns["paid"], d)
		}
	}
	same := s
	same.Row = 0
	if first, twice := seen[same]; twice {
		x.note(RowRepeated, SeverityWarning, "与第 %d 行完全相同，请核实是否重复发放 / the same as row %d: check whether it was paid twice", first, first)
	} else {
		seen[same] = x.n
	}
	return s, x.state != quarantined
}

// SubsidyFen adds up what each household got.
func (s *Subsidies) SubsidyFen() map[string]int64 {
	out := map[string]int64{}
	for i := range s.Rows {
		out[s.Rows[i].HouseholdID] += s.Rows[i].AmountFen
	}
	return out
}
