package mapsheet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Parcel is what the map tells of a parcel.
type Parcel struct {
	ID        string
	Crop      string // catalogue code, "" where nothing is known
	Abstained bool
	Match     *int   // thousandths; nil: not known
	Line      *int64 // of the household, major units; nil: none, or not to be seen
	Shape     [][][]Point
}

// version is raised where the bytes mean something else.
const version = 1

// Packer packs the parcels of one cell. The zero value is ready.
type Packer struct {
	body, lines []byte
	crops       []string
	last        string
	n           int
}

// Add packs one more parcel. Parcels come in the order of their ids' bytes, so
// that an id is told by what it shares with the one before.
func (p *Packer) Add(a Parcel) {
	shared := 0
	for shared < min(len(a.ID), len(p.last)) && a.ID[shared] == p.last[shared] {
		shared++
	}
	p.last = a.ID
	p.n++
	p.body = binary.AppendUvarint(p.body, uint64(shared))
	p.body = appendText(p.body, a.ID[shared:])
	known := uint64(0)
	if a.Match != nil {
		known = 1 + uint64(max(*a.Match, 0))
	}
	abstained := uint64(0)
	if a.Abstained {
		abstained = 1
	}
	p.body = binary.AppendUvarint(p.body, uint64(p.crop(a.Crop))<<1|abstained)
	p.body = binary.AppendUvarint(p.body, known)
	p.body = appendShape(p.body, a.Shape)
	line := uint64(0)
	if a.Line != nil {
		line = 1 + uint64(max(*a.Line, 0))
	}
	p.lines = binary.AppendUvarint(p.lines, line)
}

func (p *Packer) crop(name string) int {
	for i, c := range p.crops {
		if c == name {
			return i
		}
	}
	p.crops = append(p.crops, name)
	return len(p.crops) - 1
}

// Bytes returns the sheet: without lines, and the lines.
func (p *Packer) Bytes() (shapes, lines []byte) {
	shapes = binary.AppendUvarint([]byte{version}, uint64(p.n))
	shapes = binary.AppendUvarint(shapes, uint64(len(p.crops)))
	for _, c := range p.crops {
		shapes = appendText(shapes, c)
	}
	return append(shapes, p.body...), p.lines
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// appendShape tells each point by its difference to the one before, the first
// of a shape to the world's corner. Rings end where they began, untold.
func appendShape(b []byte, shape [][][]Point) []byte {
	b = binary.AppendUvarint(b, uint64(len(shape)))
	var at Point
	for _, polygon := range shape {
		b = binary.AppendUvarint(b, uint64(len(polygon)))
		for _, ring := range polygon {
			ring = open(ring)
			b = binary.AppendUvarint(b, uint64(len(ring)))
			for _, p := range ring {
				b = binary.AppendVarint(b, int64(p.X-at.X))
				b = binary.AppendVarint(b, int64(p.Y-at.Y))
				at = p
			}
		}
	}
	return b
}

// open leaves away the last point of a ring that repeats the first.
func open(ring []Point) []Point {
	if n := len(ring); n > 1 && ring[0] == ring[n-1] {
		return ring[:n-1]
	}
	return ring
}

// ErrCorrupt is wrapped where bytes are no sheet.
var ErrCorrupt = errors.New("not a sheet of the map")

// Unpack reads a sheet. Without lines, or where there are none, no parcel has
// one. Rings are open: their last point is not the first.
func Unpack(shapes, lines []byte) ([]Parcel, error) {
	r := &reader{b: shapes}
	if v := r.byte(); v != version && r.err == nil {
		return nil, fmt.Errorf("sheet of version %d: %w", v, ErrCorrupt)
	}
	n := r.count(5)
	crops := make([]string, r.count(1))
	for i := range crops {
		crops[i] = r.text()
	}
	l := &reader{b: lines}
	out := make([]Parcel, 0, n)
	last := ""
	for range n {
		p := r.parcel(last, crops)
		if lines != nil {
			if v := l.uvarint(); v > 0 {
				line := int64(v - 1)
				p.Line = &line
			}
		}
		if r.err != nil || l.err != nil {
			return nil, errors.Join(r.err, l.err)
		}
		last = p.ID
		out = append(out, p)
	}
	if r.err == nil && (len(r.b) > 0 || len(l.b) > 0) {
		r.fail()
	}
	return out, r.err
}

func (r *reader) parcel(last string, crops []string) (p Parcel) {
	shared := r.uvarint()
	rest := r.text()
	if shared > uint64(len(last)) {
		r.fail()
		return p
	}
	p.ID = last[:shared] + rest
	crop := r.uvarint()
	if crop>>1 >= uint64(len(crops)) {
		r.fail()
		return p
	}
	p.Crop, p.Abstained = crops[crop>>1], crop&1 == 1
	if v := r.uvarint(); v > 0 {
		match := int(min(v-1, math.MaxInt32))
		p.Match = &match
	}
	p.Shape = r.shape()
	return p
}

// reader takes values off the front; the first failure stays.
type reader struct {
	b   []byte
	err error
}

func (r *reader) fail() {
	if r.err == nil {
		r.err = ErrCorrupt
	}
	r.b = nil
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.fail()
		return 0
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

// count reads how many things follow of so many bytes each at least.
func (r *reader) count(bytes int) int {
	v := r.uvarint()
	if v > uint64(len(r.b)/bytes) {
		r.fail()
		return 0
	}
	return int(v)
}

func (r *reader) text() string {
	n := r.count(1)
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}

func (r *reader) shape() [][][]Point {
	shape := make([][][]Point, r.count(1))
	var x, y int64
	for i := range shape {
		shape[i] = make([][]Point, r.count(1))
		for j := range shape[i] {
			ring := make([]Point, r.count(2))
			for k := range ring {
				x, y = x+r.varint(), y+r.varint()
				if x < 0 || y < 0 || x >= 1<<worldBits || y >= 1<<worldBits {
					r.fail()
					return nil
				}
				ring[k] = Point{int32(x), int32(y)}
			}
			shape[i][j] = ring
		}
	}
	return shape
}
