// Package varint reads and writes the compact form in which coverages and
// observations are kept: variable-length integers and strings that begin with
// their length. It knows nothing of what they mean.
//
// A [Reader] never fails half-way: it remembers that something was wrong and
// gives zeros from there, so that the caller asks once, at the end.
//
//	b := varint.AppendString(nil, "3701991012010100001")
//	r := varint.NewReader(b)
//	id := r.Text()
//	if !r.Done() { … } // cut short, or something is left
package varint

import "encoding/binary"

// AppendString appends the length of s in bytes and s.
func AppendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// Reader reads from data and remembers whether anything was wrong.
type Reader struct {
	rest []byte
	bad  bool
}

// NewReader reads data, which must not change meanwhile.
func NewReader(data []byte) *Reader { return &Reader{rest: data} }

// Bad tells whether something was cut short so far, or found wrong by Fail.
func (r *Reader) Bad() bool { return r.bad }

// Done tells whether all was right and nothing is left.
func (r *Reader) Done() bool { return !r.bad && len(r.rest) == 0 }

// Fail marks the data as wrong; what is read afterwards is zero.
func (r *Reader) Fail() { r.bad, r.rest = true, nil }

// Uvarint reads an unsigned integer.
func (r *Reader) Uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.Fail()
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

// Varint reads a signed integer.
func (r *Reader) Varint() int64 {
	v, n := binary.Varint(r.rest)
	if n <= 0 {
		r.Fail()
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

// Count reads a number of items, each of which takes at least one byte: a
// number larger than what is left is wrong, so that no lying count can ask for
// memory.
func (r *Reader) Count() uint64 {
	n := r.Uvarint()
	if n > uint64(len(r.rest)) {
		r.Fail()
		return 0
	}
	return n
}

// Text reads what AppendString wrote.
func (r *Reader) Text() string { return string(r.Bytes(int(r.Count()))) }

// Bytes reads n bytes, which stay part of the data; nil where fewer are left.
func (r *Reader) Bytes(n int) []byte {
	if n > len(r.rest) {
		r.Fail()
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}
