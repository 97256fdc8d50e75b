package mapsheet

import (
	"encoding/binary"
	"math"
)

// Vector tiles follow the Mapbox Vector Tile Specification 2.1: protocol
// buffers whose numbers of fields and commands stand here.
const (
	geometryPoint   = 1
	geometryPolygon = 3

	moveTo    = 1
	lineTo    = 2
	closePath = 7
)

func command(id, n uint32) uint32 { return n<<3 | id }

func zigzag(v int32) uint32 { return uint32(v<<1) ^ uint32(v>>31) }

// layer collects features; their attributes share keys and values.
type layer struct {
	name     string
	features []byte
	keys     []string
	values   []byte
	nValues  uint32
	words    map[string]uint32
	numbers  map[int64]uint32
	parts    map[int]uint32 // thousandths
	flags    [2]uint32      // value + 1; 0: not there yet

	tags, geometry []uint32 // of the feature under way
	scratch        []byte
}

func newLayer(name string) *layer {
	return &layer{name: name, words: map[string]uint32{}, numbers: map[int64]uint32{}, parts: map[int]uint32{}}
}

func (l *layer) begin() { l.tags, l.geometry = l.tags[:0], l.geometry[:0] }

func (l *layer) tag(key string, value uint32) {
	for i, k := range l.keys {
		if k == key {
			l.tags = append(l.tags, uint32(i), value)
			return
		}
	}
	l.keys = append(l.keys, key)
	l.tags = append(l.tags, uint32(len(l.keys)-1), value)
}

// value adds one that is written as the bytes given and returns its place.
func (l *layer) value(b []byte) uint32 {
	l.values = appendField(l.values, 4, b)
	l.nValues++
	return l.nValues - 1
}

// text is of a value that no other feature has.
func (l *layer) text(key string, s []byte) {
	l.scratch = appendField(l.scratch[:0], 1, s)
	l.tag(key, l.value(l.scratch))
}

// word is of a value that others share.
func (l *layer) word(key, s string) {
	at, ok := l.words[s]
	if !ok {
		l.scratch = appendField(l.scratch[:0], 1, []byte(s))
		at = l.value(l.scratch)
		l.words[s] = at
	}
	l.tag(key, at)
}

func (l *layer) number(key string, n int64) {
	at, ok := l.numbers[n]
	if !ok {
		l.scratch = binary.AppendUvarint(appendKey(l.scratch[:0], 6, 0), uint64(n<<1)^uint64(n>>63))
		at = l.value(l.scratch)
		l.numbers[n] = at
	}
	l.tag(key, at)
}

func (l *layer) thousandths(key string, n int) {
	at, ok := l.parts[n]
	if !ok {
		l.scratch = binary.LittleEndian.AppendUint64(appendKey(l.scratch[:0], 3, 1), math.Float64bits(float64(n)/1000))
		at = l.value(l.scratch)
		l.parts[n] = at
	}
	l.tag(key, at)
}

func (l *layer) flag(key string, on bool) {
	i := byte(0)
	if on {
		i = 1
	}
	if l.flags[i] == 0 {
		l.flags[i] = 1 + l.value(append(appendKey(l.scratch[:0], 7, 0), i))
	}
	l.tag(key, l.flags[i]-1)
}

// end adds the feature that began.
func (l *layer) end(kind byte) {
	f := l.scratch[:0]
	f = appendPacked(f, 2, l.tags)
	f = append(appendKey(f, 3, 0), kind)
	f = appendPacked(f, 4, l.geometry)
	l.features = appendField(l.features, 2, f)
	l.scratch = f
}

// bytes is the tile of this layer alone, nil without a feature.
func (l *layer) bytes() []byte {
	if len(l.features) == 0 {
		return nil
	}
	b := make([]byte, 0, len(l.features)+len(l.values)+256)
	b = append(appendKey(b, 15, 0), 2)
	b = appendField(b, 1, []byte(l.name))
	b = append(b, l.features...)
	for _, k := range l.keys {
		b = appendField(b, 3, []byte(k))
	}
	b = append(b, l.values...)
	b = binary.AppendUvarint(appendKey(b, 5, 0), extent)
	tile := appendKey(make([]byte, 0, len(b)+8), 3, 2)
	tile = binary.AppendUvarint(tile, uint64(len(b)))
	return append(tile, b...)
}

func appendKey(b []byte, field, wire uint64) []byte { return binary.AppendUvarint(b, field<<3|wire) }

func appendField(b []byte, field uint64, value []byte) []byte {
	b = binary.AppendUvarint(appendKey(b, field, 2), uint64(len(value)))
	return append(b, value...)
}

func appendPacked(b []byte, field uint64, values []uint32) []byte {
	size := 0
	for _, v := range values {
		size += uvarintSize(v)
	}
	b = binary.AppendUvarint(appendKey(b, field, 2), uint64(size))
	for _, v := range values {
		b = binary.AppendUvarint(b, uint64(v))
	}
	return b
}

func uvarintSize(v uint32) int {
	n := 1
	for v >= 0x80 {
		v >>= 7
		n++
	}
	return n
}
