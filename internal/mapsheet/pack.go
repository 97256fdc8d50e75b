package mapsheet

import (
	"encoding/binary"
	"errors"
	"slices"
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
	last        []byte
	n           int
}

// Add packs one more parcel. Parcels come in the order of their ids' bytes, so
// that an id is told by what it shares with the one before.
func (p *Packer) Add(a Parcel) {
	known, line := uint64(0), uint64(0)
	if a.Match != nil {
		known = 1 + uint64(max(*a.Match, 0))
	}
	if a.Line != nil {
		line = 1 + uint64(max(*a.Line, 0))
	}
	p.begin([]byte(a.ID), a.Crop, a.Abstained, known)
	p.body = appendShape(p.body, a.Shape)
	p.lines = binary.AppendUvarint(p.lines, line)
}

// copy packs the parcel that a cursor stands at, its shape as it is.
func (p *Packer) copy(c *cursor) {
	p.begin(c.id, c.crop, c.abstained, uint64(c.match+1))
	p.body = append(p.body, c.shape...)
	if c.withLines {
		p.lines = binary.AppendUvarint(p.lines, uint64(c.line+1))
	}
}

func (p *Packer) begin(id []byte, crop string, abstained bool, known uint64) {
	shared := 0
	for shared < min(len(id), len(p.last)) && id[shared] == p.last[shared] {
		shared++
	}
	p.last = append(p.last[:shared], id[shared:]...)
	p.n++
	p.body = binary.AppendUvarint(p.body, uint64(shared))
	p.body = appendText(p.body, id[shared:])
	doubt := uint64(0)
	if abstained {
		doubt = 1
	}
	p.body = binary.AppendUvarint(p.body, uint64(p.crop(crop))<<1|doubt)
	p.body = binary.AppendUvarint(p.body, known)
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

func appendText[T string | []byte](b []byte, s T) []byte {
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
	c := newCursor(Packed{Shapes: shapes, Lines: lines})
	var out []Parcel
	for c.next() {
		p := Parcel{ID: string(c.id), Crop: c.crop, Abstained: c.abstained}
		if c.match >= 0 {
			match := c.match
			p.Match = &match
		}
		if c.line >= 0 {
			line := c.line
			p.Line = &line
		}
		from := 0
		for _, rings := range c.polygons {
			polygon := make([][]Point, rings)
			for i := range polygon {
				polygon[i] = slices.Clone(c.ring(from + i))
			}
			from += rings
			p.Shape = append(p.Shape, polygon)
		}
		out = append(out, p)
	}
	return out, c.err()
}

// reader takes values from the front on; the first failure stays.
type reader struct {
	b   []byte
	at  int
	err error
}

func (r *reader) left() int { return len(r.b) - r.at }

func (r *reader) fail() {
	if r.err == nil {
		r.err = ErrCorrupt
	}
	r.at = len(r.b)
}

func (r *reader) byte() byte {
	if r.left() == 0 {
		r.fail()
		return 0
	}
	r.at++
	return r.b[r.at-1]
}

func (r *reader) uvarint() uint64 {
	if r.at < len(r.b) && r.b[r.at] < 0x80 { // most are one byte
		r.at++
		return uint64(r.b[r.at-1])
	}
	v, n := binary.Uvarint(r.b[r.at:])
	if n <= 0 {
		r.fail()
		return 0
	}
	r.at += n
	return v
}

func (r *reader) varint() int64 {
	v := r.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

// count reads how many things follow of so many bytes each at least.
func (r *reader) count(bytes int) int {
	v := r.uvarint()
	if v > uint64(r.left()/bytes) {
		r.fail()
		return 0
	}
	return int(v)
}

func (r *reader) text() string { return string(r.bytes()) }

func (r *reader) bytes() []byte {
	n := r.count(1)
	r.at += n
	return r.b[r.at-n : r.at]
}
