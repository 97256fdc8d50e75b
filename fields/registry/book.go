package registry

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"parus/fields"
)

// book is what the tables say of households, contracts and holdings.
type book struct {
	opt        Options
	county     string
	households []fields.Household
	byCode     map[string]int32 // CBFBM → households
	families   []bool           // by CBFLX, each household: it has members to count
	declared   []int32          // CBFCYSL of each household, −1 where unknown
	members    []int32          // rows of CBF_JTCY of each household
	heads      []bool           // a member is head
	people     []Person
	contracts  map[string]*contract
	transfers  map[string]*transfer // by LZHTBM
	cancelled  map[string]bool      // CBJYQZBM
	certified  map[string]struct{}  // CBJYQZBM
	holdings   []holding
	strange    map[[3]string]*strange // layer, field, value
	villages   villageNames
	defects    []Defect
	layers     []LayerCounts
}

type contract struct {
	household      string
	totalM2, sumM2 float64
	until          time.Time
	parcels        int
}

// transfer is one row of LZHT; a day that is not told is zero.
type transfer struct {
	to          string // SRFBM
	from, until time.Time
}

// holding is one row of CBDKXX, resolved.
type holding struct {
	household int32 // index, −1 where CBF lacks it
	owner     string
	holder    string    // of the contract, who lets the land where it is transferred
	transfer  *transfer // nil for none
	m2        float64
	leased    bool
	certified bool
	cancelled bool
	row       int
	codes     holdingCodes
}

func (b *book) add(d Defect) { b.defects = append(b.defects, d) }

// tableState counts one table's rows as they pass.
type tableState struct {
	b     *book
	layer string
	key   string // of the current row, for notes on its cells
	count RowCounts
	state rowState

	garbled bool // a cell of the current row is of no encoding
}

// note adds a defect of the current row and remembers what it does to it.
func (s *tableState) note(d Defect) {
	d.Layer = s.layer
	switch d.Severity {
	case SeverityError:
		s.state = max(s.state, quarantined)
	case SeverityRepaired:
		s.state = max(s.state, corrected)
	default: // a warning changes nothing
	}
	s.b.add(d)
}

// code cleans a code and checks its length; no lengths checks none. The
// row's key is that of its first code.
func (s *tableState) code(row int, field, raw string, want ...int) string {
	c, changed := cleanCode(raw)
	if s.key == "" {
		s.key = strings.Clone(c)
	}
	if changed {
		s.note(Defect{Code: CodeCharacters, Severity: SeverityRepaired, Key: s.key, Row: row, Original: strings.Clone(raw),
			Message: fmt.Sprintf("%s 含全角、空格或控制字符 / code holds full-width, blank or control characters", field)})
	}
	if len(want) == 0 || c == "" {
		return c
	}
	for _, n := range want {
		if len(c) == n {
			return c
		}
	}
	s.note(Defect{Code: CodeLength, Severity: SeverityError, Key: s.key, Row: row,
		Message: fmt.Sprintf("%s %q 位数不对，应为 %d 位 / code has the wrong length", field, c, want[0])})
	return c
}

// readTable runs over a table; fn returns nothing, its notes decide what
// becomes of the row. Key fields that are missing make the table unusable,
// other fields of the standard are only missed.
func (b *book) readTable(ctx context.Context, tables map[string]*table, std string, keys []string, fn func(s *tableState, n int, cells []string, col func(string) string)) error {
	t := tables[std]
	if t == nil {
		return nil
	}
	if len(t.columns) == 0 { // an empty table of a database shows no columns
		b.layers = append(b.layers, LayerCounts{Layer: std})
		return nil
	}
	usable := true
	for _, f := range standardFields[std] {
		if t.column(f) >= 0 {
			continue
		}
		d := Defect{Code: FieldMissing, Severity: SeverityWarning, Layer: std, Key: f,
			Message: fmt.Sprintf("表 %s 缺字段 %s / table lacks the field", std, f)}
		if slices.Contains(keys, f) {
			d.Severity, usable = SeverityError, false
		}
		b.add(d)
	}
	if !usable {
		return b.setAside(ctx, t, std)
	}
	cols := map[string]int{}
	s := &tableState{b: b, layer: std}
	var cells []string
	col := func(field string) string {
		i, ok := cols[field]
		if !ok {
			i = t.column(field)
			cols[field] = i
		}
		if i < 0 {
			return ""
		}
		if t.text == nil {
			return cells[i]
		}
		cell, ok := t.text(cells[i])
		s.garbled = s.garbled || !ok
		return cell
	}
	err := t.each(ctx, func(n int, c []string) error {
		cells, s.state, s.key, s.garbled = c, accepted, "", false
		s.count.In++
		fn(s, n, c, col)
		if s.garbled {
			s.note(Defect{Code: EncodingGarbled, Severity: SeverityWarning, Key: s.key, Row: n, Message: "文字不符合任何候选编码 / text decodes in no candidate encoding"})
		}
		switch s.state {
		case accepted:
			s.count.Accepted++
		case corrected:
			s.count.Corrected++
		case quarantined:
			s.count.Quarantined++
		}
		return nil
	})
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		b.add(Defect{Code: RowUnreadable, Severity: SeverityError, Layer: std, Key: t.where,
			Message: fmt.Sprintf("表 %s 自第 %d 行起不可读 / table cannot be read on: %v", std, s.count.In+1, err)})
	}
	for _, bad := range t.bad {
		s.count.In++
		s.count.Quarantined++
		b.add(Defect{Code: RowUnreadable, Severity: SeverityError, Layer: std, Key: bad.key, Row: bad.row,
			Message: fmt.Sprintf("第 %d 行列数不对或不可读 / row has too few cells or cannot be read", bad.row)})
	}
	b.layers = append(b.layers, LayerCounts{std, s.count})
	return nil
}

// setAside quarantines all rows of a table that lacks a key.
func (b *book) setAside(ctx context.Context, t *table, std string) error {
	c := LayerCounts{Layer: std}
	err := t.each(ctx, func(int, []string) error {
		c.In++
		return nil
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		b.add(Defect{Code: RowUnreadable, Severity: SeverityError, Layer: std, Key: t.where,
			Message: fmt.Sprintf("表 %s 自第 %d 行起不可读 / table cannot be read on: %v", std, c.In+1, err)})
	}
	c.In += len(t.bad)
	c.Quarantined = c.In
	b.layers = append(b.layers, c)
	return nil
}

// readHouseholds reads CBF.
func (b *book) readHouseholds(ctx context.Context, tables map[string]*table) error {
	b.byCode = map[string]int32{}
	return b.readTable(ctx, tables, "CBF", []string{"CBFBM"}, func(s *tableState, n int, _ []string, col func(string) string) {
		code := s.code(n, "CBFBM", col("CBFBM"), 18)
		if code == "" {
			s.note(Defect{Code: CodeLength, Severity: SeverityError, Row: n, Message: "CBFBM 为空 / code is empty"})
			return
		}
		if s.state == quarantined {
			return
		}
		if _, dup := b.byCode[code]; dup {
			s.note(Defect{Code: CodeDuplicate, Severity: SeverityError, Key: code, Row: n, Message: "承包方代码重复 / household code occurs twice"})
			return
		}
		if b.county != "" && !strings.HasPrefix(code, b.county) {
			s.note(Defect{Code: CodeCounty, Severity: SeverityError, Key: code, Row: n,
				Message: fmt.Sprintf("承包方代码不属于 %s / household code of another county", b.county)})
			return
		}
		code = strings.Clone(code)
		name := strings.Clone(col("CBFMC"))
		b.byCode[code] = int32(len(b.households))
		b.households = append(b.households, fields.Household{ID: code, Village: code[:12], DisplayName: MaskName(name)})
		b.families = append(b.families, b.opt.Codes.family(s.value(n, "CBFLX", col("CBFLX"))))
		count, ok := number([]byte(col("CBFCYSL")))
		if !ok {
			s.note(Defect{Code: FieldType, Severity: SeverityWarning, Key: code, Row: n, Message: "CBFCYSL 不是数字 / is no number"})
		}
		if !ok || col("CBFCYSL") == "" {
			count = -1
		}
		b.declared = append(b.declared, int32(count))
		b.members = append(b.members, 0)
		b.heads = append(b.heads, false)
		p := Person{HouseholdID: code, Name: name, IDKind: strings.Clone(col("CBFZJLX")), IDNumber: col("CBFZJHM"), Phone: strings.Clone(col("LXDH")),
			Address: strings.Clone(col("CBFDZ")), Holder: true}
		b.person(s, n, &p)
		b.people = append(b.people, p)
	})
}

// readMembers reads CBF_JTCY and then judges counts and heads.
func (b *book) readMembers(ctx context.Context, tables map[string]*table) error {
	if tables["CBF_JTCY"] == nil {
		return nil
	}
	err := b.readTable(ctx, tables, "CBF_JTCY", []string{"CBFBM"}, func(s *tableState, n int, _ []string, col func(string) string) {
		code := s.code(n, "CBFBM", col("CBFBM"), 18)
		h, ok := b.byCode[code]
		if !ok {
			s.note(Defect{Code: HoldingWithoutHouse, Severity: SeverityWarning, Key: strings.Clone(code), Row: n,
				Message: "家庭成员所属承包方不存在 / member of a household that CBF lacks"})
			return
		}
		b.members[h]++
		p := Person{HouseholdID: b.households[h].ID, Name: strings.Clone(col("CYXM")), IDKind: strings.Clone(col("CYZJLX")),
			IDNumber: col("CYZJHM"), Relation: strings.Clone(col("YHZGX"))}
		if b.opt.Codes.head(p.Relation) {
			p.Head = true
			b.heads[h] = true
		}
		b.person(s, n, &p)
		b.people = append(b.people, p)
	})
	if err != nil {
		return err
	}
	for h := range b.households {
		b.households[h].Members = int(b.members[h])
		if !b.families[h] {
			continue // persons and organisations have no members to count
		}
		id := b.households[h].ID
		if d := b.declared[h]; d >= 0 && d != b.members[h] {
			b.add(Defect{Code: MemberCount, Severity: SeverityWarning, Layer: "CBF", Key: id,
				Message: fmt.Sprintf("成员数量 %d，家庭成员表有 %d 人 / member count differs from the rows", d, b.members[h])})
		}
		if !b.heads[h] {
			b.add(Defect{Code: HeadMissing, Severity: SeverityWarning, Layer: "CBF_JTCY", Key: id, Message: "没有户主 / no member is head of the household"})
		}
	}
	return nil
}
