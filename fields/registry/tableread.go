package registry

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"parus/fields"
)

// tableRead is the state of reading a table with a mapping.
type tableRead struct {
	layer string
	m     MappingFile
	roll  *Roll
	opt   Options
	at    map[string]int // role → column
	rep   Report

	cells []string
	t     *table
	n     int
	state rowState
	key   string
}

// get gives the cell of a role in the current row, "" where there is none.
func (x *tableRead) get(role string) string {
	i, ok := x.at[role]
	if !ok || i >= len(x.cells) {
		return ""
	}
	return strings.TrimSpace(x.t.cell(x.cells[i]))
}

// note adds a defect of the current row and remembers what it does to it.
func (x *tableRead) note(code string, s Severity, format string, args ...any) {
	switch s {
	case SeverityError:
		x.state = max(x.state, quarantined)
	case SeverityRepaired:
		x.state = max(x.state, corrected)
	default: // a warning changes nothing
	}
	x.rep.Defects = append(x.rep.Defects, Defect{Code: code, Severity: s, Layer: x.layer, Key: x.key, Row: x.n,
		Message: fmt.Sprintf(format, args...), Fix: fixes[code]})
}

// run reads the one table at path; row is called for each and its notes
// decide what becomes of it.
func (x *tableRead) run(ctx context.Context, path string, need []string, row func()) error {
	if err := x.m.check(); err != nil {
		return err
	}
	b, err := openBundle(ctx, path, x.opt.TempDir, x.opt.Limits)
	if err != nil {
		return err
	}
	defer b.close()
	t, closer, err := freeTable(b, x.opt.Layer)
	if err != nil {
		return fmt.Errorf("table %s: %w", path, err)
	}
	defer closer()
	if x.at, err = x.m.columnsOf(t.columns); err != nil {
		return fmt.Errorf("table %s: %w", path, err)
	}
	for _, alternatives := range need {
		if !slices.ContainsFunc(strings.Fields(alternatives), func(r string) bool { _, ok := x.at[r]; return ok }) {
			return fmt.Errorf("table %s: %w: map one of %s: the table has %q", path, ErrMapping, strings.ReplaceAll(alternatives, " ", ", "), t.columns)
		}
	}
	x.t, x.rep.Encoding = t, map[string]string{t.where: t.charset}
	count := LayerCounts{Layer: x.layer}
	err = t.each(ctx, func(n int, cells []string) error {
		x.cells, x.n, x.state, x.key = cells, n, accepted, ""
		if x.blank() {
			return nil
		}
		count.In++
		if x.total() {
			x.note(TotalRow, SeverityError, "第 %d 行是合计 / row %d is a line of totals", n, n)
		} else {
			row()
		}
		count.add(x.state)
		return nil
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		x.n = count.In + 1
		x.note(RowUnreadable, SeverityError, "自第 %d 行起不可读 / table cannot be read on: %v", x.n, err)
	}
	for _, bad := range t.bad {
		count.In++
		count.Quarantined++
		x.n, x.key = bad.row, ""
		x.note(RowUnreadable, SeverityError, "第 %d 行列数不对或不可读 / row has too few cells or cannot be read", bad.row)
	}
	x.rep.Rows, x.rep.Layers = count.RowCounts, []LayerCounts{count}
	x.rep.finish()
	if !x.rep.Usable() {
		return fmt.Errorf("table %s: %d rows, %w: the report says what to do", path, x.rep.Rows.In, ErrNothingUsable)
	}
	return nil
}

// add counts a row by how it ended.
func (c *RowCounts) add(s rowState) {
	switch s {
	case accepted:
		c.Accepted++
	case corrected:
		c.Corrected++
	case quarantined:
		c.Quarantined++
	}
}

func (x *tableRead) blank() bool {
	return !slices.ContainsFunc(x.cells, func(c string) bool { return strings.TrimSpace(c) != "" })
}

// total tells lines of totals by what stands in their first cells.
func (x *tableRead) total() bool {
	for i := range min(4, len(x.cells)) {
		switch strings.Map(dropBlank, x.t.cell(x.cells[i])) {
		case "合计", "总计", "小计", "Total", "TOTAL":
			return true
		}
	}
	return false
}

func dropBlank(r rune) rune {
	if r == ' ' || r == '\u3000' || r == ':' || r == '：' {
		return -1
	}
	return r
}

// areaM2 reads an area in the mapping's unit, mu where it names none; 0 where
// the cell is empty or no area, which is noted.
func (x *tableRead) areaM2(role string) float64 {
	cell := x.get(role)
	v, ok := number([]byte(strings.TrimSuffix(strings.ReplaceAll(cell, ",", ""), "亩")))
	if !ok || v < 0 {
		x.note(FieldType, SeverityWarning, "%s %q 不是面积 / is no area", x.m.Columns[role], cell)
		return 0
	}
	return v * map[string]float64{"m2": 1, "ha": 1e4, "mu": m2PerMu, "": m2PerMu}[x.m.AreaUnit]
}

// fen reads an amount in yuan to the fen, halves up; false where the cell is
// empty or no amount, which is noted unless it is empty.
func (x *tableRead) fen(role string) (int64, bool) {
	cell := x.get(role)
	if cell == "" {
		return 0, false
	}
	v, ok := number([]byte(strings.Trim(strings.ReplaceAll(cell, ",", ""), "¥￥元 ")))
	if !ok || v < 0 || v > 1e13 {
		x.note(FieldType, SeverityWarning, "%s %q 不是金额 / is no amount", x.m.Columns[role], cell)
		return 0, false
	}
	return int64(math.Floor(v*100 + 0.5)), true
}

// household joins the row to a household; false where none, or no single one,
// answers to its keys, which is noted. The message repeats no name and no
// number.
func (x *tableRead) household() (string, bool) {
	l := x.roll.household(x.get)
	switch l.code {
	case "":
		return l.household, true
	case HouseholdAmbiguous:
		x.note(l.code, SeverityError, "按 %s 查到多户 / %s belongs to several households", x.column(l.by), x.column(l.by))
	default:
		x.note(l.code, SeverityError, "按 %s 查不到农户 / no household by %s", x.column(l.by), x.column(l.by))
	}
	return "", false
}

func (x *tableRead) mapped(role string) bool {
	_, ok := x.at[role]
	return ok
}

func (x *tableRead) column(role string) string {
	if c := x.m.Columns[role]; c != "" {
		return c
	}
	return "(空 / empty)"
}

// parcel joins the row to a parcel; nil where it names none, or one that the
// registry lacks, which is noted.
func (x *tableRead) parcel(s Severity) *fields.Parcel {
	code, changed := cleanCode(x.get("parcel"))
	if code == "" {
		return nil
	}
	x.key = code
	if changed {
		x.note(CodeCharacters, SeverityRepaired, "地块编码含全角、空格或控制字符 / parcel code holds full-width, blank or control characters")
	}
	p := x.roll.parcel(code)
	if p == nil {
		x.note(ParcelUnknown, s, "登记中没有该地块，或已隔离 / the registry has no such usable parcel")
	}
	return p
}
