package zonal

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"parus/imagery"
)

// magic opens a marshalled Coverage; its last byte is the format's version.
const magic = "PRSCOV\x01"

var errCoverage = errors.New("coverage: data is cut short or not a coverage")

// MarshalBinary writes the coverage compactly: the grid, then per shape the
// spans and cells as differences of indices in variable-length integers. Equal
// coverages give equal bytes.
func (c *Coverage) MarshalBinary() ([]byte, error) {
	grid, err := json.Marshal(c.Grid)
	if err != nil {
		return nil, fmt.Errorf("coverage: grid: %w", err)
	}
	b := make([]byte, 0, len(magic)+len(grid)+5*len(c.cells)+4*len(c.spans)+24*len(c.IDs))
	b = append(b, magic...)
	b = appendString(b, string(grid))
	b = binary.AppendUvarint(b, uint64(len(c.IDs)))
	for i, id := range c.IDs {
		b = appendString(b, id)
		spans, cells := c.Spans(i), c.Cells(i)
		b = binary.AppendUvarint(b, uint64(len(spans)))
		var last uint32
		for _, s := range spans {
			b = binary.AppendUvarint(b, uint64(s.Index-last))
			b = binary.AppendUvarint(b, uint64(s.N))
			last = s.Index + s.N
		}
		b = binary.AppendUvarint(b, uint64(len(cells)))
		last = 0
		for _, p := range cells {
			b = binary.AppendUvarint(b, uint64(p.Index-last))
			b = append(b, byte(p.Fraction), byte(p.Fraction>>8), byte(p.Fraction>>16))
			last = p.Index
		}
	}
	return b, nil
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// UnmarshalBinary reads what MarshalBinary wrote, and refuses indices outside
// the grid.
func (c *Coverage) UnmarshalBinary(data []byte) error {
	if len(data) < len(magic) || string(data[:len(magic)]) != magic {
		return errCoverage
	}
	r := decoder{rest: data[len(magic):]}
	var out Coverage
	if err := json.Unmarshal([]byte(r.text()), &out.Grid); err != nil {
		return fmt.Errorf("coverage: grid: %w", err)
	}
	pixels, err := countPixels(out.Grid)
	if err != nil {
		return err
	}
	for range r.count() {
		out.IDs = append(out.IDs, r.text())
		r.spans(&out, pixels)
		r.cells(&out, pixels)
		if r.bad {
			return errCoverage
		}
		out.spanEnd, out.cellEnd = append(out.spanEnd, uint32(len(out.spans))), append(out.cellEnd, uint32(len(out.cells)))
	}
	if r.bad || len(r.rest) > 0 {
		return errCoverage
	}
	*c = out
	return nil
}

func countPixels(g imagery.Grid) (uint64, error) {
	if g.Width < 0 || g.Height < 0 || g.Width > math.MaxUint32 || g.Height > math.MaxUint32 ||
		uint64(g.Width)*uint64(g.Height) > math.MaxUint32 {
		return 0, errCoverage
	}
	return uint64(g.Width) * uint64(g.Height), nil
}

// decoder reads from rest and remembers whether anything was wrong.
type decoder struct {
	rest []byte
	bad  bool
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 {
		d.bad, d.rest = true, nil
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

// count reads a number of items, each of which takes at least one byte.
func (d *decoder) count() uint64 {
	n := d.uvarint()
	if n > uint64(len(d.rest)) {
		d.bad, d.rest = true, nil
		return 0
	}
	return n
}

func (d *decoder) text() string {
	n := d.count()
	s := string(d.rest[:n])
	d.rest = d.rest[n:]
	return s
}

func (d *decoder) spans(c *Coverage, pixels uint64) {
	var at uint64
	for range d.count() {
		at += d.uvarint()
		n := d.uvarint()
		if n == 0 || n > pixels || at > pixels-n {
			d.bad = true
			return
		}
		c.spans = append(c.spans, Span{uint32(at), uint32(n)})
		at += n
	}
}

func (d *decoder) cells(c *Coverage, pixels uint64) {
	var at uint64
	for range d.count() {
		at += d.uvarint()
		if at >= pixels || len(d.rest) < 3 {
			d.bad = true
			return
		}
		f := uint32(d.rest[0]) | uint32(d.rest[1])<<8 | uint32(d.rest[2])<<16
		d.rest = d.rest[3:]
		c.cells = append(c.cells, Cell{uint32(at), f})
	}
}
