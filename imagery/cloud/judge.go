package cloud

import "parus/imagery/sensor"

// Judge does what [Clear] does, plane after plane, with flags in bits and
// without new memory for each. It belongs to one goroutine.
type Judge struct {
	rule   rule
	margin int // pixels
	// flags of classes below 256, in the highest bit
	usable, spreads [256]uint64
	clear, spread   []uint64
}

// NewJudge returns a judge by a mask and its margin in pixels.
func NewJudge(m sensor.Mask, marginPx int) *Judge {
	j := &Judge{rule: newRule(m), margin: marginPx}
	for c := range j.usable {
		invalid, spreads := j.rule.judge(int32(c))
		j.usable[c], j.spreads[c] = flag(!invalid), flag(spreads)
	}
	return j
}

// Clear returns which pixels of the plane may be used, as the function Clear
// does. The bits stay until the next call.
func (j *Judge) Clear(p Plane) Bits {
	clear, spread := newBits(j.clear, p.Width, p.Height), newBits(j.spread, p.Width, p.Height)
	j.clear, j.spread = clear.Words, spread.Words
	if j.judge(p, clear, spread) == 0 || j.margin <= 0 {
		return clear
	}
	spread.dilate(j.margin)
	for i, w := range spread.Words {
		clear.Words[i] &^= w
	}
	return clear
}

// judge judges every pixel by itself and returns the union of what spreads. A
// mask of coarser pixels than the plane's repeats its rows, so a word that is
// as above is not judged again.
func (j *Judge) judge(p Plane, clear, spread Bits) (any uint64) {
	for y := range p.Height {
		row := p.DN[y*p.Width : (y+1)*p.Width]
		for i := range clear.Stride {
			at, x := y*clear.Stride+i, i*64
			if x+64 > p.Width {
				clear.Words[at], spread.Words[at] = j.word(row[x:])
			} else if y > 0 && [64]int32(row[x:]) == [64]int32(p.DN[(y-1)*p.Width+x:]) {
				clear.Words[at], spread.Words[at] = clear.Words[at-clear.Stride], spread.Words[at-clear.Stride]
			} else {
				clear.Words[at], spread.Words[at] = j.word(row[x : x+64])
			}
			any |= spread.Words[at]
		}
	}
	return any
}

// word judges up to 64 pixels; the first becomes the lowest bit.
func (j *Judge) word(dn []int32) (clear, spread uint64) {
	for _, v := range dn {
		if uint32(v) < 256 {
			clear, spread = clear>>1|j.usable[v], spread>>1|j.spreads[v]
			continue
		}
		invalid, spreads := j.rule.judge(v)
		clear, spread = clear>>1|flag(!invalid), spread>>1|flag(spreads)
	}
	rest := 64 - len(dn)
	return clear >> rest, spread >> rest
}

// flag is the highest bit, or none.
func flag(set bool) uint64 {
	if set {
		return 1 << 63
	}
	return 0
}
