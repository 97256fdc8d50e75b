package cloud

import (
	"parus/imagery/sensor"
)

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
// is larger by the margin and cut it off.
func Clear(m sensor.Mask, p Plane, marginPx int) []bool {
	clear := make([]bool, len(p.DN))
	spread := make([]bool, len(p.DN))
	rule := newRule(m)
	any := false
	for i, dn := range p.DN {
		invalid, spreads := rule.judge(dn)
		clear[i] = !invalid
		spread[i] = spreads
		any = any || spreads
	}
	if !any || marginPx <= 0 {
		return clear
	}
	grown := dilate(spread, p.Width, p.Height, marginPx)
	for i, g := range grown {
		clear[i] = clear[i] && !g
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

// dilate grows true pixels by r pixels into a square: first along rows, then
// along columns, row after row, as memory lies.
func dilate(in []bool, width, height, r int) []bool {
	rows := make([]bool, len(in))
	for y := range height {
		grow(in[y*width:(y+1)*width], rows[y*width:(y+1)*width], r)
	}
	out := make([]bool, len(in))
	until := make([]int, width) // out is true down to here, by a true item above
	for x := range until {
		until[x] = -1
	}
	for y := range height {
		for x, v := range rows[y*width : (y+1)*width] {
			if v {
				for up := max(until[x]+1, y-r); up < y; up++ {
					out[up*width+x] = true
				}
				until[x] = y + r
			}
			if y <= until[x] {
				out[y*width+x] = true
			}
		}
	}
	return out
}

// grow sets out where in is true within r items.
func grow(in, out []bool, r int) {
	until := -1 // out is true up to here, by a true item to the left
	for i, v := range in {
		if v {
			for j := max(until+1, i-r); j < i; j++ {
				out[j] = true
			}
			until = i + r
		}
		if i <= until {
			out[i] = true
		}
	}
}
