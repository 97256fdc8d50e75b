package mapsheet

import (
	"bytes"
	"slices"
)

// grid turns places into units of one tile.
type grid struct {
	shift  int
	ox, oy int32
}

func gridOf(t Cell) grid {
	return grid{LastZoom - t.Z, int32(t.X) << 12, int32(t.Y) << 12}
}

// place rounds to the nearest unit, halves up, so that neighbours' shared
// corners stay shared.
func (g grid) place(p Point) Point {
	half := int32(1) << g.shift >> 1
	return Point{(p.X+half)>>g.shift - g.ox, (p.Y+half)>>g.shift - g.oy}
}

// wide is the tile with its margin, in units of the world.
func (g grid) wide() box {
	return box{
		(g.ox - margin) << g.shift, (g.oy - margin) << g.shift,
		(g.ox + extent + margin) << g.shift, (g.oy + extent + margin) << g.shift,
	}
}

// toleranceUnits of the outlines below the last zoom: half a pixel of a tile
// that is shown with 512 pixels.
const toleranceUnits = 4

// Draw draws a tile from the sheets under it, or returns nil where nothing lies
// in it. A parcel too small for the zoom is drawn as the smallest triangle there
// is; a part that degenerates where it is cut off at the margin is left out.
func Draw(t Cell, sheets ...Packed) ([]byte, error) {
	d := drawing{grid: gridOf(t), simplify: t.Z < LastZoom, layer: newLayer("parcels")}
	wide := d.wide()
	err := merged(sheets, func(c *cursor) {
		if c.bound.meets(wide) {
			d.parcel(c)
		}
	})
	if err != nil {
		return nil, err
	}
	return d.layer.bytes(), nil
}

// merged hands over each parcel once, by id: one on a border is on several sheets.
func merged(sheets []Packed, each func(*cursor)) error {
	var open []*cursor
	for _, s := range sheets {
		c := newCursor(s)
		if c.next() {
			open = append(open, c)
		} else if err := c.err(); err != nil {
			return err
		}
	}
	for len(open) > 0 {
		first := open[0]
		for _, c := range open[1:] {
			if bytes.Compare(c.id, first.id) < 0 {
				first = c
			}
		}
		each(first)
		id := append([]byte(nil), first.id...)
		if len(open) == 1 {
			id = first.id
		}
		left := open[:0]
		for _, c := range open {
			if bytes.Equal(c.id, id) && !c.next() {
				if err := c.err(); err != nil {
					return err
				}
				continue
			}
			left = append(left, c)
		}
		open = left
	}
	return nil
}

type drawing struct {
	grid
	simplify bool
	layer    *layer

	ring, thin, cut, spare []Point
	keep                   []bool
	at                     Point // of the pen
}

func (d *drawing) parcel(c *cursor) {
	l := d.layer
	l.begin()
	d.at = Point{}
	from := 0
	for _, rings := range c.polygons {
		for i := range rings {
			if !d.outline(c.ring(from+i), i == 0) && i == 0 {
				break
			}
		}
		from += rings
	}
	if len(l.geometry) == 0 {
		return
	}
	l.text("id", c.id)
	l.word("crop", c.crop)
	l.flag("abstained", c.abstained)
	if c.line >= 0 {
		l.number("line", c.line)
	}
	if c.match >= 0 {
		l.thousandths("match", c.match)
	}
	l.end(geometryPolygon)
}

// outline adds one ring and tells whether anything of it shows.
func (d *drawing) outline(ring []Point, outer bool) bool {
	d.ring = d.ring[:0]
	for _, p := range ring {
		p = d.place(p)
		if n := len(d.ring); n == 0 || d.ring[n-1] != p {
			d.ring = append(d.ring, p)
		}
	}
	d.ring = open(d.ring)
	if len(d.ring) == 0 {
		return false
	}
	shape := d.ring
	if d.simplify && len(shape) > 4 {
		shape = d.thinned(shape)
	}
	if twiceArea(shape) == 0 {
		shape = d.ring
	}
	if twiceArea(shape) == 0 {
		if !outer {
			return false
		}
		shape = least(d.ring)
	}
	whole := box{-margin, -margin, extent + margin, extent + margin}
	if !boxOf(shape).within(whole) {
		shape = d.clipped(shape, whole)
	}
	area := twiceArea(shape)
	if area == 0 {
		return false
	}
	// Outlines turn clockwise as seen, holes the other way.
	if (area > 0) != outer {
		slices.Reverse(shape)
	}
	d.draw(shape)
	return true
}

func (d *drawing) draw(ring []Point) {
	g := d.layer.geometry
	for i, p := range ring {
		switch i {
		case 0:
			g = append(g, command(moveTo, 1))
		case 1:
			g = append(g, command(lineTo, uint32(len(ring)-1)))
		}
		g = append(g, zigzag(p.X-d.at.X), zigzag(p.Y-d.at.Y))
		d.at = p
	}
	d.layer.geometry = append(g, command(closePath, 1))
}
