package registry

import "encoding/binary"

// flatten drops Z and M from well-known binary, which orb can't read, and
// returns the bytes as they are where they are flat or broken. Source: ISO
// 19125 codes (1000s: Z, M, ZM) and EWKB's flags 0x80000000 and 0x40000000.
func flatten(b []byte) []byte {
	out, rest, ok := flattenOne(nil, b)
	if !ok || len(rest) != 0 {
		return b
	}
	return out
}

func flattenOne(out, b []byte) (flat, rest []byte, ok bool) {
	if len(b) < 9 || b[0] != 1 {
		return out, b, false
	}
	t := binary.LittleEndian.Uint32(b[1:])
	dims := 2
	if t&0x80000000 != 0 {
		dims++
	}
	if t&0x40000000 != 0 {
		dims++
	}
	t &= 0x0fffffff
	switch t / 1000 {
	case 1, 2:
		dims = 3
	case 3:
		dims = 4
	}
	t %= 1000
	out = append(out, 1)
	out = binary.LittleEndian.AppendUint32(out, t)
	n := int(binary.LittleEndian.Uint32(b[5:]))
	out = append(out, b[5:9]...)
	b = b[9:]
	switch t {
	case 3: // polygon
		for range n {
			if out, b, ok = flattenPoints(out, b, dims); !ok {
				return out, b, false
			}
		}
		return out, b, true
	case 4, 5, 6, 7:
		for range n {
			if out, b, ok = flattenOne(out, b); !ok {
				return out, b, false
			}
		}
		return out, b, true
	}
	return out, b, false
}

func flattenPoints(out, b []byte, dims int) (flat, rest []byte, ok bool) {
	if len(b) < 4 {
		return out, b, false
	}
	n := int(binary.LittleEndian.Uint32(b))
	if n > (len(b)-4)/(8*dims) {
		return out, b, false
	}
	out = append(out, b[:4]...)
	b = b[4:]
	for range n {
		out = append(out, b[:16]...)
		b = b[8*dims:]
	}
	return out, b, true
}
