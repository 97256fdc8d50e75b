package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"html/template"
	"io"
	"math"

	"parus/fields"
)

// Sheet is a short report made of figures, tables and bars: what monitoring
// finds. Words are Chinese first; a cell that is no number has its raw text for
// machines beside its words for people.
type Sheet struct {
	Title    Words
	Subtitle Words
	Facts    []SheetFact
	Sections []SheetSection
	Notes    []Words // what the figures do and don't say
}

// SheetFact is one figure at the top.
type SheetFact struct {
	Name  Words
	Value string
	Small Words
}

// SheetSection is a heading with a text, bars and a table, each of which may be
// missing.
type SheetSection struct {
	Code  string // in the CSV
	Title Words
	Text  Words
	Bars  SheetBars
	Head  []SheetColumn
	Rows  [][]SheetCell
}

// SheetColumn is a column's name; Code is its name in the CSV.
type SheetColumn struct {
	Code   string
	Name   Words
	Number bool
}

// SheetCell is one cell. Raw is what the CSV holds, Bad marks it.
type SheetCell struct {
	Text Words
	Raw  string
	Bad  bool
}

// SheetBars are horizontal bars of shares of one, each with an optional mark.
type SheetBars struct {
	Title Words
	Rows  []SheetBar
}

// SheetBar is one bar; Mark is where its limit lies, NaN for none. Low and High
// are the ends of a whisker, NaN for none.
type SheetBar struct {
	Name      Words
	Value     float64
	Mark      float64
	Low, High float64
	Bad       bool
}

// Bar is a bar without mark and whisker.
func Bar(name Words, value float64) SheetBar {
	return SheetBar{Name: name, Value: value, Mark: math.NaN(), Low: math.NaN(), High: math.NaN()}
}

// Plain is a cell of words, Figure one of a share of one as a percentage,
// Money one of minor units, Count one of a whole number, Number one of a
// number with decimals.
func Plain(raw string, w Words) SheetCell { return SheetCell{Text: w, Raw: raw} }

// Figure writes a share of one as a percentage; NaN is a dash.
func Figure(v float64, decimals int) SheetCell {
	return SheetCell{Text: Words{percent(v, decimals), ""}, Raw: cell(v, 6)}
}

// Money writes minor units.
func Money(fen int64) SheetCell { return SheetCell{Text: Words{money(fen), ""}, Raw: amount(fen)} }

// Count writes a whole number.
func Count(n int) SheetCell { return SheetCell{Text: Words{count(n), ""}, Raw: fmt.Sprint(n)} }

// Number writes a number; NaN is a dash.
func Number(v float64, decimals int) SheetCell {
	return SheetCell{Text: Words{grouped(v, decimals), ""}, Raw: cell(v, 6)}
}

// Marked is the cell, marked where it is bad.
func (c SheetCell) Marked(bad bool) SheetCell {
	c.Bad = bad
	return c
}

const (
	barRow   = 26.0 // pixels
	barLabel = 150.0
	barWidth = 560.0
)

// SVG draws the bars; nothing where there are none.
func (b SheetBars) SVG() template.HTML {
	if len(b.Rows) == 0 {
		return ""
	}
	most := 0.0
	for _, r := range b.Rows {
		for _, v := range []float64{r.Value, r.Mark, r.High} {
			if known(v) {
				most = math.Max(most, v)
			}
		}
	}
	if most == 0 {
		most = 1
	}
	height := barRow*float64(len(b.Rows)) + 26
	x := axis{From: 0, To: most, At: barLabel, Until: barWidth - 50}
	d := newDrawing("chart bars", barWidth, height, b.Title.plain())
	step := niceStep(most, 5)
	for _, v := range x.ticks(step) {
		d.line("grid", x.px(v), 4, x.px(v), height-22)
		d.text("tick", "middle", x.px(v), height-8, percent(v, max(0, tickDecimals(step)-2)))
	}
	for i, r := range b.Rows {
		y := 6 + barRow*float64(i)
		class := "bar"
		if r.Bad {
			class = "bar over"
		}
		d.words("rowname", "end", barLabel-8, y+14, Words{r.Name.Zh, ""})
		if known(r.Value) {
			d.rect(class, x.At, y+3, math.Max(x.px(r.Value)-x.At, .5), barRow-10, r.Name.plain()+": "+percent(r.Value, 1))
			d.text("tick", "start", math.Max(x.px(r.Value), x.px(finiteOr(r.High, r.Value)))+5, y+14, percent(r.Value, 1))
		}
		if known(r.Low) && known(r.High) {
			d.line("whisker", x.px(r.Low), y+10, x.px(r.High), y+10)
		}
		if known(r.Mark) && r.Mark > 0 {
			d.line("median", x.px(r.Mark), y, x.px(r.Mark), y+barRow-3)
		}
	}
	d.line("axis", x.At, 4, x.At, height-22)
	return d.html()
}

func finiteOr(v, other float64) float64 {
	if known(v) {
		return v
	}
	return other
}

// WriteSheet writes the report as one HTML file that loads nothing and runs no
// script.
func WriteSheet(w io.Writer, s Sheet) error {
	t, err := parsePage()
	if err != nil {
		return fmt.Errorf("write %s: %w", s.Title.En, err)
	}
	css, err := pageFiles.ReadFile("page/report.css")
	if err != nil {
		return fmt.Errorf("write %s: %w", s.Title.En, err)
	}
	var b bytes.Buffer
	page := struct {
		Sheet
		CSS template.CSS
	}{s, template.CSS(css)} //nolint:gosec // the style sheet is embedded
	if err := t.ExecuteTemplate(&b, "sheet.tmpl", page); err != nil {
		return fmt.Errorf("write %s: %w", s.Title.En, err)
	}
	if _, err := w.Write(bytes.ToValidUTF8(b.Bytes(), []byte("\uFFFD"))); err != nil {
		return fmt.Errorf("write %s: %w", s.Title.En, err)
	}
	return nil
}

// WriteSheetCSV writes all tables in the long form: section, row, column, value.
// Row is the first cell's raw text with its number in the table.
func WriteSheetCSV(w io.Writer, s Sheet) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"section", "row", "column", "value"}}
	for _, f := range s.Facts {
		rows = append(rows, []string{"facts", "0", fields.Cell(f.Name.En), fields.Cell(f.Value)})
	}
	for _, section := range s.Sections {
		for n, row := range section.Rows {
			for i, c := range row {
				rows = append(rows, []string{section.Code, fmt.Sprint(n + 1), section.Head[i].Code, fields.Cell(c.Raw)})
			}
		}
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("write %s: %w", s.Title.En, err)
	}
	return nil
}
