package registry

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// dbfField is one column of a DBF table.
type dbfField struct {
	name     string // decoded
	kind     byte   // C, N, F, D, L, …
	offset   int    // within a record, after the deletion flag
	width    int    // bytes
	decimals int
}

// dbfTable is the header of a DBF file and the stream behind it.
type dbfTable struct {
	fields   []dbfField
	rawNames [][]byte
	records  int // by the header
	length   int // bytes of a record, flag included
	header   int // bytes of the header
	language byte
}

// errDBF is wrapped by every complaint about a DBF header.
var errDBF = errors.New("not a readable DBF table")

// readDBFHeader reads the header and leaves r at the first record. Source:
// dBASE III+ file format as in the ESRI shapefile practice: 32 bytes, then 32
// a field, then 0x0D.
func readDBFHeader(r io.Reader) (*dbfTable, error) {
	var h [32]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return nil, fmt.Errorf("header: %w: %w", errDBF, err)
	}
	t := &dbfTable{
		records:  int(binary.LittleEndian.Uint32(h[4:])),
		header:   int(binary.LittleEndian.Uint16(h[8:])),
		length:   int(binary.LittleEndian.Uint16(h[10:])),
		language: h[29],
	}
	if t.header < 33 || t.length < 1 {
		return nil, fmt.Errorf("header of %d bytes, records of %d: %w", t.header, t.length, errDBF)
	}
	rest := make([]byte, t.header-32)
	if _, err := io.ReadFull(r, rest); err != nil {
		return nil, fmt.Errorf("field list: %w: %w", errDBF, err)
	}
	at := 1
	for i := 0; i+32 <= len(rest) && rest[i] != 0x0d; i += 32 {
		d := rest[i : i+32]
		name, _, _ := bytes.Cut(d[:11], []byte{0})
		f := dbfField{kind: d[11], offset: at, width: int(d[16]), decimals: int(d[17])}
		if f.kind == 'C' { // Clipper and FoxPro use the decimals as high byte
			f.width += int(d[17]) << 8
			f.decimals = 0
			if at+f.width > t.length {
				f.width = int(d[16])
			}
		}
		if at+f.width > t.length {
			return nil, fmt.Errorf("field %d ends at byte %d of %d: %w", len(t.fields)+1, at+f.width, t.length, errDBF)
		}
		at += f.width
		t.rawNames = append(t.rawNames, bytes.TrimRight(name, " "))
		t.fields = append(t.fields, f)
	}
	if len(t.fields) == 0 {
		return nil, fmt.Errorf("no field: %w", errDBF)
	}
	return t, nil
}

// decodeNames fills in the fields' names.
func (t *dbfTable) decodeNames(c charset) {
	for i := range t.fields {
		s, _ := decodeAs(c, t.rawNames[i])
		t.fields[i].name = strings.ToUpper(strings.TrimSpace(s))
	}
}

// column returns the index of the first field with one of the names, −1 where
// there is none.
func (t *dbfTable) column(names ...string) int {
	for _, n := range names {
		for i, f := range t.fields {
			if f.name == n {
				return i
			}
		}
	}
	return -1
}

// cell returns the bytes of a field without blanks and NULs around them; nil
// for column −1 or a record that is cut short.
func (t *dbfTable) cell(record []byte, column int) []byte {
	if column < 0 {
		return nil
	}
	f := &t.fields[column]
	if f.offset+f.width > len(record) {
		return nil
	}
	return bytes.Trim(record[f.offset:f.offset+f.width], " \x00")
}

// number reads a numeric cell: ok is false where it isn't one; an empty cell
// or a row of asterisks (overflow, unset) is 0 and ok.
func number(b []byte) (v float64, ok bool) {
	if len(b) == 0 || b[0] == '*' {
		return 0, true
	}
	if v, ok := decimal(b); ok {
		return v, true
	}
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, false
	}
	return v, true
}

// decimal reads the usual ddd.ddd of up to 15 digits without allocating; exact
// because both parts are exact doubles and division rounds once.
func decimal(b []byte) (float64, bool) {
	var m, scale int64 = 0, 1
	n, neg, point := 0, false, false
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9':
			if n++; n > 15 {
				return 0, false
			}
			m = m*10 + int64(c-'0')
			if point {
				scale *= 10
			}
		case c == '.' && !point:
			point = true
		case c == '-' && i == 0:
			neg = true
		default:
			return 0, false
		}
	}
	if n == 0 {
		return 0, false
	}
	v := float64(m) / float64(scale)
	if neg {
		v = -v
	}
	return v, true
}
