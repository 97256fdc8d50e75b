package cloud

// Bits is a window of flags, 64 to a word: pixel (x, y) is bit x%64 of word
// y·Stride + x/64. Bits beyond the width are zero.
type Bits struct {
	Words                 []uint64
	Width, Height, Stride int // pixels, pixels, words a row
}

// newBits shapes words for a window, with whatever they hold.
func newBits(words []uint64, width, height int) Bits {
	stride := (width + 63) / 64
	if n := stride * height; cap(words) < n {
		words = make([]uint64, n)
	} else {
		words = words[:n]
	}
	return Bits{Words: words, Width: width, Height: height, Stride: stride}
}

// From returns the flags of 64 pixels of row y from column x on, which may lie
// outside: pixels that the window does not have are false.
func (b Bits) From(x, y int) uint64 {
	word := func(i int) uint64 {
		if i < 0 || i >= b.Stride {
			return 0
		}
		return b.Words[y*b.Stride+i]
	}
	at, bit := x>>6, x&63
	if bit == 0 {
		return word(at)
	}
	return word(at)>>bit | word(at+1)<<(64-bit)
}

// dilate grows true pixels by r pixels into a square: along rows, then along
// columns. Bits beyond the width become anything.
func (b Bits) dilate(r int) {
	for y := range b.Height {
		smear(b.Words[y*b.Stride:(y+1)*b.Stride], r, 1)
	}
	smear(b.Words, r, 64*b.Stride)
}

// smear sets, for each bit that is set, the bits that lie 1..r times unit bits
// above and below it. Every step doubles how far they reach.
func smear(words []uint64, r, unit int) {
	for reach := 0; reach < r; {
		step := min(reach+1, r-reach)
		orUp(words, step*unit)
		orDown(words, step*unit)
		reach += step
	}
}

// orUp adds to the words what they were, moved up by n bits.
func orUp(words []uint64, n int) {
	q, bit := n/64, n%64
	for i := len(words) - 1; i >= q; i-- {
		v := words[i-q] << bit
		if bit > 0 && i > q {
			v |= words[i-q-1] >> (64 - bit)
		}
		words[i] |= v
	}
}

// orDown adds to the words what they were, moved down by n bits.
func orDown(words []uint64, n int) {
	q, bit := n/64, n%64
	for i := range max(0, len(words)-q) {
		v := words[i+q] >> bit
		if bit > 0 && i+q+1 < len(words) {
			v |= words[i+q+1] << (64 - bit)
		}
		words[i] |= v
	}
}
