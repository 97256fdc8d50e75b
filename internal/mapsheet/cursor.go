package mapsheet

import (
	"errors"
	"fmt"
	"math"
)

// cursor walks over the parcels of a packed sheet, one at a time and without
// taking memory for each: what it holds is good until the next step.
type cursor struct {
	shapes, lines reader
	withLines     bool
	left          int
	crops         []string

	id        []byte
	crop      string
	abstained bool
	match     int    // thousandths, -1: not known
	line      int64  // -1: none, or not to be seen
	shape     []byte // as packed
	points    []Point
	ends      []int // of each ring among the points
	polygons  []int // rings of each
	bound     box   // of all points
}

func newCursor(p Packed) *cursor {
	c := &cursor{shapes: reader{b: p.Shapes}, lines: reader{b: p.Lines}, withLines: p.Lines != nil}
	if len(p.Shapes) == 0 {
		return c // nothing lies in the cell
	}
	if v := c.shapes.byte(); v != version && c.shapes.err == nil {
		c.shapes.err = fmt.Errorf("sheet of version %d: %w", v, ErrCorrupt)
	}
	c.left = c.shapes.count(5)
	c.crops = make([]string, c.shapes.count(1))
	for i := range c.crops {
		c.crops[i] = c.shapes.text()
	}
	return c
}

// next steps to the next parcel; at the end, or where the sheet is corrupt,
// there is none.
func (c *cursor) next() bool {
	if c.left == 0 || c.err() != nil {
		return false
	}
	c.left--
	r := &c.shapes
	shared, rest := r.uvarint(), r.bytes()
	crop, match := r.uvarint(), r.uvarint()
	if shared > uint64(len(c.id)) || crop>>1 >= uint64(len(c.crops)) {
		r.fail()
		return false
	}
	c.id = append(c.id[:shared], rest...)
	c.crop, c.abstained = c.crops[crop>>1], crop&1 == 1
	c.match = int(min(match, math.MaxInt32)) - 1
	c.line = -1
	if c.withLines {
		c.line = int64(min(c.lines.uvarint(), math.MaxInt64)) - 1
	}
	from := r.at
	c.readShape()
	c.shape = r.b[from:r.at]
	if c.left == 0 && c.err() == nil && r.left()+c.lines.left() > 0 {
		r.fail()
	}
	return c.err() == nil
}

func (c *cursor) err() error { return errors.Join(c.shapes.err, c.lines.err) }

func (c *cursor) ring(i int) []Point {
	from := 0
	if i > 0 {
		from = c.ends[i-1]
	}
	return c.points[from:c.ends[i]]
}

func (c *cursor) readShape() {
	r := &c.shapes
	c.points, c.ends, c.polygons = c.points[:0], c.ends[:0], c.polygons[:0]
	c.bound = box{math.MaxInt32, math.MaxInt32, math.MinInt32, math.MinInt32}
	var x, y int64
	for range r.count(1) {
		rings := r.count(1)
		c.polygons = append(c.polygons, rings)
		for range rings {
			for range r.count(2) {
				x, y = x+r.varint(), y+r.varint()
				if x < 0 || y < 0 || x >= 1<<worldBits || y >= 1<<worldBits {
					r.fail()
					return
				}
				p := Point{int32(x), int32(y)}
				c.points = append(c.points, p)
				c.bound = c.bound.with(box{p.X, p.Y, p.X, p.Y})
			}
			c.ends = append(c.ends, len(c.points))
		}
	}
}
