package cloud

import "parus/imagery/sensor"

// NoData is the number that pixels without data hold in a Plane.
const NoData = -1 << 31

// Plane is a window of a mask band, row-major.
type Plane struct {
	DN            []int32
	Width, Height int // pixels
}

// Clear returns which pixels of the plane may be used: those whose class is not
// invalid and that lie farther than marginPx pixels (in both directions, a
// square) from any class that spreads. The outermost marginPx pixels of the
// plane know only part of their surroundings, so callers ask for a plane that
// is larger by the margin and cut it off. Whoever judges many planes keeps a
// [Judge].
func Clear(m sensor.Mask, p Plane, marginPx int) []bool {
	bits := NewJudge(m, marginPx).Clear(p)
	clear := make([]bool, len(p.DN))
	for y := range p.Height {
		words, row := bits.Words[y*bits.Stride:], clear[y*p.Width:(y+1)*p.Width]
		for x := range row {
			row[x] = words[x>>6]>>(x&63)&1 != 0
		}
	}
	return clear
}

// rule is a mask's classes as a table and its bits as words.
type rule struct {
	invalid, spread         [256]bool
	invalidBits, spreadBits int32
}

func newRule(m sensor.Mask) rule {
	var r rule
	for _, c := range m.Invalid {
		if c >= 0 && c < 256 {
			r.invalid[c] = true
		}
	}
	for _, c := range m.Spread {
		if c >= 0 && c < 256 {
			r.spread[c] = true
		}
	}
	for _, b := range m.InvalidBits {
		r.invalidBits |= 1 << b
	}
	for _, b := range m.SpreadBits {
		r.spreadBits |= 1 << b
	}
	return r
}

// judge reads one mask number. No data and classes beyond a byte in a mask of
// classes are invalid.
func (r *rule) judge(dn int32) (invalid, spreads bool) {
	if dn == NoData {
		return true, false
	}
	if r.invalidBits != 0 {
		return dn&r.invalidBits != 0, dn&r.spreadBits != 0
	}
	if dn < 0 || dn > 255 {
		return true, false
	}
	return r.invalid[dn], r.spread[dn]
}
