package zonal

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"parus/imagery"
	"parus/imagery/varint"
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
	b = varint.AppendString(b, string(grid))
	b = binary.AppendUvarint(b, uint64(len(c.IDs)))
	for i, id := range c.IDs {
		b = varint.AppendString(b, id)
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

// UnmarshalBinary reads what MarshalBinary wrote, and refuses indices outside
// the grid.
func (c *Coverage) UnmarshalBinary(data []byte) error {
	if len(data) < len(magic) || string(data[:len(magic)]) != magic {
		return errCoverage
	}
	r := varint.NewReader(data[len(magic):])
	var out Coverage
	if err := json.Unmarshal([]byte(r.Text()), &out.Grid); err != nil {
		return fmt.Errorf("coverage: grid: %w", err)
	}
	pixels, err := countPixels(out.Grid)
	if err != nil {
		return err
	}
	for range r.Count() {
		out.IDs = append(out.IDs, r.Text())
		out.readSpans(r, pixels)
		out.readCells(r, pixels)
		if r.Bad() {
			return errCoverage
		}
		out.spanEnd, out.cellEnd = append(out.spanEnd, uint32(len(out.spans))), append(out.cellEnd, uint32(len(out.cells)))
	}
	if !r.Done() {
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

func (c *Coverage) readSpans(r *varint.Reader, pixels uint64) {
	var at uint64
	for range r.Count() {
		at += r.Uvarint()
		n := r.Uvarint()
		if n == 0 || n > pixels || at > pixels-n {
			r.Fail()
			return
		}
		c.spans = append(c.spans, Span{uint32(at), uint32(n)})
		at += n
	}
}

func (c *Coverage) readCells(r *varint.Reader, pixels uint64) {
	var at uint64
	for range r.Count() {
		at += r.Uvarint()
		f := r.Bytes(3)
		if at >= pixels || f == nil {
			r.Fail()
			return
		}
		c.cells = append(c.cells, Cell{uint32(at), uint32(f[0]) | uint32(f[1])<<8 | uint32(f[2])<<16})
	}
}
