package mapsheet

import "encoding/binary"

// Village is a village as a point in the middle of its parcels.
type Village struct {
	ID         string
	At         Point
	Parcels    int64
	AreaM2     int64
	Crop       string // of the largest area; "" where it is not known
	Households int64
	Line       *int64 // mean of the households, major units
}

// PackVillages packs villages in the order given.
func PackVillages(villages []Village) (shapes, lines []byte) {
	shapes = binary.AppendUvarint([]byte{version}, uint64(len(villages)))
	for _, v := range villages {
		shapes = appendText(appendText(shapes, v.ID), v.Crop)
		for _, n := range [...]int64{int64(v.At.X), int64(v.At.Y), v.Parcels, v.AreaM2, v.Households} {
			shapes = binary.AppendVarint(shapes, n)
		}
		line := uint64(0)
		if v.Line != nil {
			line = 1 + uint64(max(*v.Line, 0))
		}
		lines = binary.AppendUvarint(lines, line)
	}
	return shapes, lines
}

// UnpackVillages reads what PackVillages wrote, without lines where they are nil.
func UnpackVillages(shapes, lines []byte) ([]Village, error) {
	r, l := &reader{b: shapes}, &reader{b: lines}
	if r.byte() != version {
		r.fail()
	}
	out := make([]Village, r.count(7))
	for i := range out {
		v := Village{ID: r.text(), Crop: r.text()}
		v.At = Point{int32(r.varint()), int32(r.varint())}
		v.Parcels, v.AreaM2, v.Households = r.varint(), r.varint(), r.varint()
		if lines != nil {
			if n := l.uvarint(); n > 0 {
				line := int64(n - 1)
				v.Line = &line
			}
		}
		out[i] = v
	}
	if r.err == nil && l.err == nil && r.left()+l.left() > 0 {
		r.fail()
	}
	if l.err != nil {
		return nil, l.err
	}
	return out, r.err
}

// DrawVillages draws the villages in a tile, or nil where none lies in it.
func DrawVillages(t Cell, villages []Village) []byte {
	l := newLayer("villages")
	g := gridOf(t)
	for _, v := range villages {
		at := g.place(v.At)
		if !at.within(box{-margin, -margin, extent + margin, extent + margin}) {
			continue
		}
		l.begin()
		l.text("id", []byte(v.ID))
		l.number("parcels", v.Parcels)
		l.number("area_m2", v.AreaM2)
		l.word("crop", v.Crop)
		l.number("households", v.Households)
		if v.Line != nil {
			l.number("line", *v.Line)
		}
		l.geometry = append(l.geometry[:0], command(moveTo, 1), zigzag(at.X), zigzag(at.Y))
		l.end(geometryPoint)
	}
	return l.bytes()
}

func (p Point) within(b box) bool {
	return p.X >= b.west && p.X <= b.east && p.Y >= b.north && p.Y <= b.south
}
