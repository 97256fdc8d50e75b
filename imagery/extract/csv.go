package extract

import (
	"math"
	"strconv"
	"strings"

	"parus/imagery/zonal"
)

// pieceRows is how many rows are written at once: a piece of a few hundred
// kilobytes stays in the processor's cache until it is with the system.
const pieceRows = 4096

// header is the first line of the output.
func header(stats []Stat) []byte {
	b := []byte("id,raster,band,count")
	for _, s := range stats {
		b = append(append(b, ','), s...)
	}
	return append(b, '\n')
}

// quoteIDs prepares the first column.
func quoteIDs(shapes []zonal.Shape) [][]byte {
	out := make([][]byte, len(shapes))
	for i, s := range shapes {
		out[i] = quote(s.ID)
	}
	return out
}

// quote writes a CSV field (RFC 4180).
func quote(s string) []byte {
	if !strings.ContainsAny(s, ",\"\r\n") {
		return []byte(s)
	}
	return []byte(`"` + strings.ReplaceAll(s, `"`, `""`) + `"`)
}

// rowsOf appends the rows of one piece of a unit and tells how many there are.
// Parcels that the raster's grid could not measure have none.
func (r *runner) rowsOf(b []byte, u *unit, piece int) ([]byte, int) {
	perBand := u.pieces / (u.to - u.from)
	band, first := piece/perBand, piece%perBand*pieceRows
	p, k, values := u.raster.plan, r.columns(), u.values[band]
	middle := append(append([]byte{','}, quote(u.raster.name)...), ',')
	middle = append(strconv.AppendInt(middle, int64(u.from+band+1), 10), ',')
	none := []byte("0")
	for _, s := range r.job.Stats {
		none = appendNumber(append(none, ','), s.value(&zonal.Tally{}))
	}
	rows := 0
	for n := first; n < min(first+pieceRows, len(r.ids)); n++ {
		if p.text[n] == nil {
			continue
		}
		rows++
		b = append(append(b, r.ids[n]...), middle...)
		row := values[n*k : (n+1)*k]
		switch row[0] {
		case 0:
			b = append(append(b, none...), '\n')
			continue
		case p.full[n]:
			b = append(b, p.text[n]...)
		default:
			b = appendNumber(b, row[0])
		}
		for _, v := range row[1:] {
			b = appendNumber(append(b, ','), v)
		}
		b = append(b, '\n')
	}
	return b, rows
}

// Between these bounds a number is written with eight decimals, or with twelve
// below 1, which keeps at least nine significant digits and is several times
// faster than the shortest exact form.
const (
	fixedFrom = 1e-3
	fixedTo   = 9e7
)

// appendNumber writes a number; NaN is an empty field.
func appendNumber(b []byte, v float64) []byte {
	a := math.Abs(v)
	switch {
	case v != v:
		return b
	case v == math.Trunc(v) && a < 1e15:
		return strconv.AppendInt(b, int64(v), 10)
	case a < fixedFrom || a >= fixedTo:
		return strconv.AppendFloat(b, v, 'g', 12, 64)
	}
	if v < 0 {
		b = append(b, '-')
	}
	if a < 1 {
		return appendDecimals(b, uint64(a*1e12+.5), 1e12, 12)
	}
	return appendDecimals(b, uint64(a*1e8+.5), 1e8, 8)
}

// appendDecimals writes n/scale, scale being 10^digits with an even number of
// digits, without zeros at the end.
func appendDecimals(b []byte, n, scale uint64, digits int) []byte {
	whole, part := n/scale, n%scale
	b = strconv.AppendUint(b, whole, 10)
	if part == 0 {
		return b
	}
	from := len(b) + 1
	b = append(b, ".000000000000"[:digits+1]...)
	for i := from + digits - 2; i >= from; i -= 2 {
		pair := part % 100 * 2
		part /= 100
		b[i], b[i+1] = pairs[pair], pairs[pair+1]
	}
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	return b
}

// pairs holds the numbers 00 to 99.
const pairs = "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899"
