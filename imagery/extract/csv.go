package extract

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"parus/imagery/zonal"
)

// header is the first line of the output.
func header(stats []Stat) []byte {
	b := []byte("id,raster,band,count")
	for _, s := range stats {
		b = append(append(b, ','), s...)
	}
	return append(b, '\n')
}

// quoteIDs prepares the first column; refused parcels have none.
func quoteIDs(shapes []zonal.Shape, bad map[int]string) [][]byte {
	out := make([][]byte, len(shapes))
	for i, s := range shapes {
		if _, refused := bad[i]; !refused {
			out[i] = quote(s.ID)
		}
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

// rowsOf writes the rows of one raster, all bands; values is nil where no
// parcel lies on it.
func (r *runner) rowsOf(i int, values [][]float64) []byte {
	ra := r.rasters[i]
	k := 1 + len(r.job.Stats)
	name := quote(ra.name)
	none := []byte("0")
	for _, s := range r.job.Stats {
		none = appendNumber(append(none, ','), s.value(&zonal.Tally{}))
	}
	var b []byte
	select {
	case b = <-r.free:
		b = b[:0]
	default:
		b = make([]byte, 0, len(ra.info.Bands)*len(r.ids)*(12+len(name)+14*k))
	}
	for band := range ra.info.Bands {
		middle := append(append([]byte{','}, name...), ',')
		middle = append(strconv.AppendInt(middle, int64(band+1), 10), ',')
		for n, id := range r.ids {
			if id == nil {
				continue
			}
			b = append(append(b, id...), middle...)
			if values == nil || values[band][n*k] == 0 {
				b = append(b, none...)
			} else {
				row := values[band][n*k : (n+1)*k]
				if row[0] == ra.plan.full[n] {
					b = append(b, ra.plan.text[n]...)
				} else {
					b = appendNumber(b, row[0])
				}
				for _, v := range row[1:] {
					b = appendNumber(append(b, ','), v)
				}
			}
			b = append(b, '\n')
		}
	}
	return b
}

// Between these bounds a number is written with eight decimals, which keeps at
// least nine significant digits and is several times faster than the shortest
// exact form.
const (
	fixedFrom = 1
	fixedTo   = 9e7
	decimals  = 1e8
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
	n := uint64(math.Round(a * decimals))
	whole, part := n/decimals, n%decimals
	b = strconv.AppendUint(b, whole, 10)
	if part == 0 {
		return b
	}
	var digits [9]byte
	digits[0] = '.'
	for i := 8; i >= 1; i-- {
		digits[i] = byte('0' + part%10)
		part /= 10
	}
	return append(b, bytes.TrimRight(digits[:], "0")...)
}
