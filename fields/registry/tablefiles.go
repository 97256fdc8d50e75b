package registry

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/xuri/excelize/v2"
)

// openCSV opens a table kept as CSV in UTF-8 or GB18030, with comma, semicolon or
// tab. Quotes, separators and line ends are below 0x30, where GB18030 has no
// second byte, so rows are cut before they are decoded.
func openCSV(_ context.Context, f bundleFile, opt Options) ([]*table, func(), error) {
	file, err := os.Open(f.path)
	if err != nil {
		return nil, nil, err
	}
	sample := make([]byte, 1<<16)
	n, err := io.ReadFull(file, sample)
	file.Close()
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, nil, fmt.Errorf("read %s: %w", f.name, err)
	}
	sample = sample[:n]
	t, err := csvTable(f, sample, csvReading{encoding: declaredCharset(opt.Encoding)}, func() (io.ReadCloser, error) { return os.Open(f.path) })
	if err != nil {
		return nil, nil, err
	}
	return []*table{t}, nil, nil
}

// csvReading is what is known of a CSV beforehand.
type csvReading struct {
	skip     int     // lines above the head
	encoding charset // unknown: by the bytes
}

// csvTable makes a table of a CSV.
func csvTable(f bundleFile, sample []byte, how csvReading, open func() (io.ReadCloser, error)) (*table, error) {
	skip, text := how.skip, how.encoding
	if text == charsetUnknown {
		text = guessLines(cutLine(sample))
	}
	if text == charsetUnknown {
		text = charsetGB18030
	}
	comma := separator(sample)
	dec := textDecoder{text}
	t := &table{name: f.stem(), where: f.name, charset: string(text)}
	newReader := func(r io.Reader) *csv.Reader {
		br := bufio.NewReaderSize(r, 1<<20)
		if head, _ := br.Peek(3); string(head) == "\ufeff" {
			_, _ = br.Discard(3) // peeked
		}
		c := csv.NewReader(br)
		c.Comma, c.FieldsPerRecord, c.ReuseRecord, c.LazyQuotes = comma, -1, true, true
		return c
	}
	head, err := headOf(newReader(bytes.NewReader(sample)), skip)
	if err != nil {
		return nil, fmt.Errorf("read head of %s: %w", f.name, err)
	}
	for _, h := range head {
		s, _ := dec.decode([]byte(h))
		t.columns = append(t.columns, strings.TrimSpace(s))
	}
	t.text = func(cell string) (string, bool) {
		cell = strings.TrimSpace(cell)
		if asciiString(cell) {
			return cell, true
		}
		return dec.decode([]byte(cell))
	}
	t.each = func(ctx context.Context, fn func(int, []string) error) error {
		r, err := open()
		if err != nil {
			return fmt.Errorf("read %s: %w", f.name, err)
		}
		defer r.Close()
		c := newReader(r)
		if _, err := headOf(c, skip); err != nil {
			return fmt.Errorf("read head of %s: %w", t.where, err)
		}
		return eachCSV(ctx, c, t, dec, fn)
	}
	return t, nil
}

// headOf reads past the lines above the head and returns it.
func headOf(c *csv.Reader, skip int) ([]string, error) {
	for range skip {
		if _, err := c.Read(); err != nil {
			return nil, err
		}
	}
	return c.Read()
}

// eachCSV runs over the records below the head.
func eachCSV(ctx context.Context, c *csv.Reader, t *table, dec textDecoder, fn func(int, []string) error) error {
	cells := make([]string, len(t.columns))
	for n := 1; ; n++ {
		if n%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		rec, err := c.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			var pe *csv.ParseError
			if !errors.As(err, &pe) {
				return fmt.Errorf("read row %d of %s: %w", n, t.where, err)
			}
			t.bad = append(t.bad, badRow{n, firstCell(rec, dec)})
			continue
		}
		if len(rec) < len(t.columns) {
			t.bad = append(t.bad, badRow{n, firstCell(rec, dec)})
			continue
		}
		for i := range cells {
			cells[i] = rec[i]
		}
		if err := fn(n, cells); err != nil {
			return err
		}
	}
}

func firstCell(rec []string, dec textDecoder) string {
	if len(rec) == 0 {
		return ""
	}
	s, _ := dec.decode([]byte(strings.TrimSpace(rec[0])))
	return s
}

func asciiString(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// cutLine drops the unfinished last line of a sample.
func cutLine(b []byte) []byte {
	if i := bytes.LastIndexByte(b, '\n'); i > 0 {
		return b[:i]
	}
	return b
}

// separator takes what occurs most in the first line.
func separator(sample []byte) rune {
	line, _, _ := bytes.Cut(sample, []byte("\n"))
	best, count := ',', bytes.Count(line, []byte(","))
	for _, c := range []rune{'\t', ';'} {
		if n := bytes.Count(line, []byte(string(c))); n > count {
			best, count = c, n
		}
	}
	return best
}

// openXLSX opens each sheet of a workbook as a table, named by the sheet or,
// where there is one sheet, by the file.
func openXLSX(_ context.Context, f bundleFile, _ Options) ([]*table, func(), error) {
	x, err := openWorkbook(f)
	if err != nil {
		return nil, nil, err
	}
	var out []*table
	sheets := x.GetSheetList()
	for _, s := range sheets {
		name := s
		if canonicalTable(s) == "" && len(sheets) == 1 {
			name = f.stem()
		}
		if canonicalTable(name) == "" {
			continue
		}
		t, err := sheetTable(x, s, 0, name, f.name)
		if err != nil {
			_ = x.Close()
			return nil, nil, err
		}
		out = append(out, t)
	}
	return out, func() { _ = x.Close() }, nil
}

// openWorkbook opens a workbook whose unpacked size is bounded: a sheet of a
// million rows stays below it.
func openWorkbook(f bundleFile) (*excelize.File, error) {
	x, err := excelize.OpenFile(f.path, excelize.Options{UnzipSizeLimit: 4 << 30, UnzipXMLSizeLimit: 64 << 20})
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", f.name, err)
	}
	return x, nil
}

// sheetTable makes a table of a sheet whose head stands below skip rows.
func sheetTable(x *excelize.File, sheet string, skip int, name, file string) (*table, error) {
	t := &table{name: name, where: file + "!" + sheet, charset: string(charsetUTF8)}
	rows, err := x.Rows(sheet)
	if err != nil {
		return nil, fmt.Errorf("open sheet %s of %s: %w", sheet, file, err)
	}
	defer func() { _ = rows.Close() }()
	if !next(rows, skip+1) {
		return nil, fmt.Errorf("sheet %s of %s has no head", sheet, file)
	}
	if t.columns, err = rows.Columns(); err != nil {
		return nil, fmt.Errorf("read head of sheet %s of %s: %w", sheet, file, err)
	}
	t.each = func(ctx context.Context, fn func(int, []string) error) error {
		rows, err := x.Rows(sheet)
		if err != nil {
			return fmt.Errorf("read sheet %s: %w", t.where, err)
		}
		defer func() { _ = rows.Close() }()
		next(rows, skip+1)
		cells := make([]string, len(t.columns))
		for n := 1; rows.Next(); n++ {
			if err := ctx.Err(); err != nil {
				return err
			}
			got, err := rows.Columns(excelize.Options{RawCellValue: true})
			if err != nil {
				t.bad = append(t.bad, badRow{row: n})
				continue
			}
			for i := range cells {
				cells[i] = ""
				if i < len(got) {
					cells[i] = strings.TrimSpace(got[i])
				}
			}
			if err := fn(n, cells); err != nil {
				return err
			}
		}
		return rows.Error()
	}
	return t, nil
}

// next goes n rows on; false where the sheet ends before.
func next(rows *excelize.Rows, n int) bool {
	for range n {
		if !rows.Next() {
			return false
		}
	}
	return true
}
