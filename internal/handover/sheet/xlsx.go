package sheet

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"parus/credit"
)

// mostRows is what a sheet takes (ECMA-376 as Excel implements it: 1,048,576);
// what comes after goes on another.
const mostRows = excelize.TotalRows

// workbook is a file that is being written.
type workbook struct {
	file   *excelize.File
	layout Layout
	styles map[kind]int
	head   int // style
}

// sheetWriter is a table that goes on over as many sheets as it needs.
type sheetWriter struct {
	book   *workbook
	table  table
	stream *excelize.StreamWriter
	part   int
	row    int // the next, from 1
	most   int
}

// writeXLSX writes every table into one workbook. Rows beyond 16 MiB of a sheet
// wait in a temporary file, which excelize removes; the packed workbook is in
// memory before it is written.
func writeXLSX(w io.Writer, l Layout, rows iter.Seq2[Row, error]) (n int, err error) {
	book := &workbook{file: excelize.NewFile(), layout: l}
	defer func() { err = errors.Join(err, book.file.Close()) }()
	if err := book.makeStyles(); err != nil {
		return 0, err
	}
	var sheets []*sheetWriter
	for _, t := range tables() {
		s := &sheetWriter{book: book, table: t, most: mostRows}
		if l.Rows > 0 {
			s.most = min(l.Rows, mostRows)
		}
		if err := s.begin(); err != nil {
			return 0, err
		}
		sheets = append(sheets, s)
	}
	for r, err := range rows {
		if err != nil {
			return n, err
		}
		for _, s := range sheets {
			if err := s.write(r); err != nil {
				return n, err
			}
		}
		n++
	}
	for _, s := range sheets {
		if err := s.stream.Flush(); err != nil {
			return n, fmt.Errorf("sheet %s: %w", s.table.en, err)
		}
	}
	if err := book.file.Write(w); err != nil {
		return n, fmt.Errorf("workbook: %w", err)
	}
	return n, nil
}

func (b *workbook) makeStyles() error {
	b.styles = map[kind]int{}
	for k, format := range map[kind]string{text: "@", money: "#,##0.00", percent: "0.00%", day: "yyyy-mm-dd", instant: "yyyy-mm-dd hh:mm", count: "0"} {
		id, err := b.file.NewStyle(&excelize.Style{CustomNumFmt: &format})
		if err != nil {
			return err
		}
		b.styles[k] = id
	}
	var err error
	b.head, err = b.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	return err
}

// add makes a sheet; the first is the one that a new file has, and the one that
// is shown. Looking at a sheet later would read all of it into memory.
func (b *workbook) add(name string) error {
	if first := b.file.GetSheetName(0); first == "Sheet1" {
		return b.file.SetSheetName(first, name)
	}
	_, err := b.file.NewSheet(name)
	return err
}

// begin starts the next sheet of the table with its headers, which stay in
// sight.
func (s *sheetWriter) begin() (err error) {
	name := s.table.zh
	if s.book.layout.Language == English {
		name = s.table.en
	}
	if s.part++; s.part > 1 {
		name += " " + strconv.Itoa(s.part)
	}
	if err := s.book.add(name); err != nil {
		return err
	}
	if s.stream, err = s.book.file.NewStreamWriter(name); err != nil {
		return err
	}
	for i, c := range s.table.columns {
		if err := s.stream.SetColWidth(i+1, i+1, c.width); err != nil {
			return err
		}
	}
	headers := s.book.layout.headers(s.table)
	top := "A" + strconv.Itoa(len(headers)+1)
	if err := s.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: len(headers), TopLeftCell: top, ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	s.row = 1
	for _, h := range headers {
		cells := make([]any, len(h))
		for i, t := range h {
			cells[i] = excelize.Cell{StyleID: s.book.head, Value: t}
		}
		if err := s.put(cells); err != nil {
			return err
		}
	}
	return nil
}

func (s *sheetWriter) put(cells []any) error {
	err := s.stream.SetRow("A"+strconv.Itoa(s.row), cells)
	s.row++
	return err
}

func (s *sheetWriter) write(r Row) error {
	for i := range s.table.lines(r) {
		if s.row > s.most {
			if err := s.stream.Flush(); err != nil {
				return err
			}
			if err := s.begin(); err != nil {
				return err
			}
		}
		cells := make([]any, len(s.table.columns))
		for k, c := range s.table.columns {
			cells[k] = excelize.Cell{StyleID: s.book.styles[c.kind], Value: s.book.layout.value(c.get(r, i))}
		}
		if err := s.put(cells); err != nil {
			return fmt.Errorf("sheet %s: %w", s.table.en, err)
		}
	}
	return nil
}

// mostText is what a cell takes (Excel: 32,767 characters).
const mostText = 32767

// value is what excelize writes: texts as texts whatever they begin with,
// amounts and rates as numbers, days and instants as serial dates.
func (l Layout) value(v any) any {
	switch v := v.(type) {
	case both:
		return cellText(l.words(v))
	case string:
		return cellText(v)
	case credit.Fen:
		return v.Yuan()
	case credit.Date:
		if v.IsZero() {
			return nil
		}
		return v.Time()
	case time.Time:
		if v.IsZero() {
			return nil
		}
		_, offset := v.In(l.Zone).Zone()
		return v.UTC().Truncate(time.Minute).Add(time.Duration(offset) * time.Second) // a serial date has no zone
	}
	return v
}

func cellText(s string) any {
	if s == "" {
		return nil
	}
	s = strings.ToValidUTF8(s, "\ufffd")
	if r := []rune(s); len(r) > mostText {
		s = string(r[:mostText])
	}
	return s
}
