package registry_test

import (
	"crypto/rc4" //nolint:gosec // the format's own, not a secret's
	"encoding/binary"
	"math"
	"strconv"
	"testing"
	"time"
	"unicode/utf16"
)

// The tests write .mdb files of their own, since no free program does: version
// 4 of Jet, as much of it as a reader needs, tables of unindexed rows. Layout
// by the reverse-engineered description that mdbtools documents.
const (
	jetPage      = 4096
	jetRowsAt    = 12 // of a data page: number of rows, then their offsets
	jetColumnsAt = 63 // of a table's definition
	jetMapBytes  = 69 // a usage map of 512 pages
)

// The kinds of columns written.
const (
	jetInt, jetLong, jetDouble, jetDate, jetText, jetOLE = 3, 4, 7, 8, 10, 11
)

type jetColumn struct {
	name string
	kind byte
}

func (c jetColumn) fixed() int {
	return map[byte]int{jetInt: 2, jetLong: 4, jetDouble: 8, jetDate: 8}[c.kind]
}

type jetTable struct {
	name    string
	columns []jetColumn
	rows    [][]string // "" is null
}

// jet is a file as pages.
type jet struct {
	t     testing.TB
	pages [][]byte
	maps  [][]byte // rows of page 1
}

// jetFile writes tables as an .mdb.
func jetFile(t testing.TB, tables []jetTable) []byte {
	t.Helper()
	j := &jet{t: t, pages: make([][]byte, 3)}
	catalogue := jetTable{name: "MSysObjects", columns: []jetColumn{{"Id", jetLong}, {"ParentId", jetLong}, {"Name", jetText}, {"Type", jetInt}, {"Flags", jetLong}, {"LvProp", jetOLE}}}
	for _, x := range tables {
		at := len(j.pages)
		j.pages = append(j.pages, nil)
		j.define(at, x)
		catalogue.rows = append(catalogue.rows, []string{strconv.Itoa(at), "0", x.name, "1", "0", ""})
	}
	j.define(2, catalogue)
	j.pages[0], j.pages[1] = jetHeader(t), j.data(0, j.maps)
	var out []byte
	for _, p := range j.pages {
		out = append(out, p...)
	}
	return out
}

// jetHeader is page 0: nothing is encrypted but the header itself, by a key
// that all files share.
func jetHeader(t testing.TB) []byte {
	t.Helper()
	p := make([]byte, jetPage)
	copy(p, "\x00\x01\x00\x00Standard Jet DB\x00\x01")
	c, err := rc4.NewCipher([]byte{0xc7, 0xda, 0x39, 0x6b}) //nolint:gosec // see above
	if err != nil {
		t.Fatal(err)
	}
	c.XORKeyStream(p[0x18:0x18+128], p[0x18:0x18+128])
	return p
}

// define writes a table's definition to page at and its rows behind the file.
func (j *jet) define(at int, x jetTable) {
	j.t.Helper()
	var pages []int
	var rows [][]byte
	size := 0
	flush := func() {
		if len(rows) > 0 {
			pages = append(pages, len(j.pages))
			j.pages = append(j.pages, j.data(at, rows))
			rows, size = nil, 0
		}
	}
	for _, r := range x.rows {
		b := j.row(x.columns, r)
		if size+len(b)+2 > jetPage-64 || len(rows) == 200 {
			flush()
		}
		rows, size = append(rows, b), size+len(b)+2
	}
	flush()
	usage := make([]byte, jetMapBytes)
	for _, p := range pages {
		usage[5+p/8] |= 1 << (p % 8)
	}
	p := make([]byte, 0, jetPage)
	p = append(p, make([]byte, jetColumnsAt)...)
	p[0], p[1] = 2, 1
	binary.LittleEndian.PutUint32(p[16:], uint32(len(x.rows)))
	binary.LittleEndian.PutUint16(p[45:], uint16(len(x.columns)))
	binary.LittleEndian.PutUint32(p[55:], uint32(1<<8|len(j.maps)))
	binary.LittleEndian.PutUint32(p[59:], uint32(1<<8|len(j.maps)+1))
	j.maps = append(j.maps, usage, make([]byte, jetMapBytes))
	variable, offset := 0, 0
	for i, c := range x.columns {
		d := make([]byte, 25)
		d[0], d[5], d[9] = c.kind, byte(i), byte(i)
		if n := c.fixed(); n > 0 {
			d[15], d[21], d[23] = 1, byte(offset), byte(n)
			offset += n
		} else {
			d[7] = byte(variable)
			binary.LittleEndian.PutUint16(d[23:], 510)
			variable++
		}
		p = append(p, d...)
	}
	binary.LittleEndian.PutUint16(p[43:], uint16(variable))
	for _, c := range x.columns {
		n := ucs2(c.name)
		p = append(binary.LittleEndian.AppendUint16(p, uint16(len(n))), n...)
	}
	if len(p) > jetPage {
		j.t.Fatalf("table %s does not fit a page", x.name)
	}
	j.pages[at] = append(p, make([]byte, jetPage-len(p))...)
}

// data is a page of rows, the first at its end.
func (j *jet) data(owner int, rows [][]byte) []byte {
	j.t.Helper()
	p := make([]byte, jetPage)
	p[0], p[1] = 1, 1
	binary.LittleEndian.PutUint32(p[4:], uint32(owner))
	binary.LittleEndian.PutUint16(p[jetRowsAt:], uint16(len(rows)))
	end := jetPage
	for i, r := range rows {
		end -= len(r)
		if end < jetRowsAt+2+2*len(rows) {
			j.t.Fatal("rows do not fit a page")
		}
		copy(p[end:], r)
		binary.LittleEndian.PutUint16(p[jetRowsAt+2+2*i:], uint16(end))
	}
	return p
}

// row packs cells: their number, the fixed ones, the others, where these end
// and begin, and a bit for each that is not null.
func (j *jet) row(columns []jetColumn, cells []string) []byte {
	j.t.Helper()
	le := binary.LittleEndian
	b := le.AppendUint16(nil, uint16(len(columns)))
	mask := make([]byte, (len(columns)+7)/8)
	for i, c := range columns {
		if cells[i] != "" {
			mask[i/8] |= 1 << (i % 8)
		}
		v, _ := strconv.ParseFloat(cells[i], 64)
		switch c.kind {
		case jetInt:
			b = le.AppendUint16(b, uint16(v))
		case jetLong:
			b = le.AppendUint32(b, uint32(v))
		case jetDouble:
			b = le.AppendUint64(b, math.Float64bits(v))
		case jetDate:
			day, err := time.Parse(time.DateOnly, cells[i])
			if err != nil && cells[i] != "" {
				j.t.Fatal(err)
			}
			days := day.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours() / 24
			b = le.AppendUint64(b, math.Float64bits(days))
		}
	}
	var starts []int
	for i, c := range columns {
		if c.fixed() == 0 {
			starts = append(starts, len(b))
			b = append(b, ucs2(cells[i])...)
		}
	}
	b = le.AppendUint16(b, uint16(len(b)))
	for i := len(starts) - 1; i >= 0; i-- {
		b = le.AppendUint16(b, uint16(starts[i]))
	}
	b = le.AppendUint16(b, uint16(len(starts)))
	return append(b, mask...)
}

func ucs2(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}
