package registry

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// errEnough ends a reading that has seen what it wanted.
var errEnough = errors.New("enough")

// freeTable opens the one table of a bundle whose name and heads are free: CSV
// or XLSX, in which lines of titles may stand above the head.
func freeTable(b *bundle, sheet string) (*table, func(), error) {
	var hits []bundleFile
	for _, f := range b.files {
		if slices.Contains([]string{".csv", ".txt", ".xlsx", ".xlsm"}, f.ext()) {
			hits = append(hits, f)
		}
	}
	if len(hits) != 1 {
		return nil, nil, fmt.Errorf("%d tables CSV or XLSX: name one file (save .xls as .xlsx)", len(hits))
	}
	f := hits[0]
	if f.ext() == ".xlsx" || f.ext() == ".xlsm" {
		return freeSheet(f, sheet)
	}
	file, err := os.Open(f.path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	sample, err := io.ReadAll(io.LimitReader(file, 1<<16))
	if err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", f.name, err)
	}
	skip := 0
	if top, err := topOfCSV(sample); err == nil {
		skip = headRow(top)
	}
	t, err := csvTable(f, sample, csvReading{skip: skip}, func() (io.ReadCloser, error) { return os.Open(f.path) })
	return t, func() {}, err
}

// topOfCSV reads the first lines of a sample, undecoded.
func topOfCSV(sample []byte) ([][]string, error) {
	c := csv.NewReader(bytes.NewReader(cutLine(sample)))
	c.Comma, c.FieldsPerRecord, c.LazyQuotes = separator(sample), -1, true
	var top [][]string
	for len(top) < titleRows {
		rec, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		top = append(top, rec)
	}
	return top, nil
}

// titleRows is how many lines may stand above the head, and the head.
const titleRows = 10

// headRow finds the head among the first rows: the first that is filled at
// least three fifths as far as the fullest.
func headRow(top [][]string) int {
	filled := func(row []string) int {
		n := 0
		for _, c := range row {
			if strings.TrimSpace(c) != "" {
				n++
			}
		}
		return n
	}
	most := 0
	for _, r := range top {
		most = max(most, filled(r))
	}
	return max(0, slices.IndexFunc(top, func(r []string) bool { return 5*filled(r) >= 3*most }))
}

// freeSheet opens a sheet of a workbook, the first where none is named.
func freeSheet(f bundleFile, sheet string) (*table, func(), error) {
	x, err := openWorkbook(f)
	if err != nil {
		return nil, nil, err
	}
	closer := func() { _ = x.Close() }
	list := x.GetSheetList()
	if sheet == "" && len(list) > 0 {
		sheet = list[0]
	}
	if !slices.Contains(list, sheet) {
		closer()
		return nil, nil, fmt.Errorf("%s has no sheet %q among %q", f.name, sheet, list)
	}
	top, err := topOfSheet(x, sheet)
	if err != nil {
		closer()
		return nil, nil, fmt.Errorf("read %s: %w", f.name, err)
	}
	t, err := sheetTable(x, sheet, headRow(top), sheet, f.name)
	if err != nil {
		closer()
		return nil, nil, err
	}
	return t, closer, nil
}

func topOfSheet(x *excelize.File, sheet string) (top [][]string, err error) {
	rows, err := x.Rows(sheet)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for len(top) < titleRows && rows.Next() {
		r, err := rows.Columns()
		if err != nil {
			return nil, err
		}
		top = append(top, r)
	}
	return top, rows.Error()
}
