package overlay

import (
	"cmp"
	"image"
	"image/color"
	"slices"
)

// A palette is chosen among bins of binBits a channel, by their mean colours.
const (
	binBits = 5
	allBins = 1 << (3 * binBits)
)

// bin is the pixels of nearly one colour.
type bin struct {
	key    int
	pixels int
	sum    [3]int
}

// of is the bin's place along a channel.
func (b bin) of(channel int) int { return b.key >> ((2 - channel) * binBits) & (1<<binBits - 1) }

func keyOf(rgb []uint8) int {
	const drop = 8 - binBits
	return int(rgb[0]>>drop)<<(2*binBits) | int(rgb[1]>>drop)<<binBits | int(rgb[2]>>drop)
}

// painted is a tile in at most so many colours of its own, the rest transparent.
func painted(p *pixels, colours int) *image.Paletted {
	bins := binsOf(p)
	palette := color.Palette{color.NRGBA{}}
	index := make([]uint8, allBins)
	for _, box := range boxesOf(bins, colours) {
		n, sum := 0, [3]int{}
		for _, b := range box {
			index[b.key] = uint8(len(palette))
			n += b.pixels
			for c := range sum {
				sum[c] += b.sum[c]
			}
		}
		mean := func(c int) uint8 { return uint8((sum[c] + n/2) / n) }
		palette = append(palette, color.NRGBA{mean(0), mean(1), mean(2), 255})
	}
	m := image.NewPaletted(image.Rect(0, 0, p.side, p.side), palette)
	for i, s := range p.state {
		if s != noData {
			m.Pix[i] = index[keyOf(p.rgb[3*i:])]
		}
	}
	return m
}

// binsOf counts the colours of a tile, by key.
func binsOf(p *pixels) []bin {
	all := make([]bin, allBins)
	for i, s := range p.state {
		if s == noData {
			continue
		}
		b := &all[keyOf(p.rgb[3*i:])]
		b.pixels++
		for c := range b.sum {
			b.sum[c] += int(p.rgb[3*i+c])
		}
	}
	for k := range all {
		all[k].key = k
	}
	return slices.DeleteFunc(all, func(b bin) bool { return b.pixels == 0 })
}

// boxesOf divides bins into at most n boxes by median cut: again and again the
// box with the most pixels times length is cut across its longest side, half of
// the pixels on each. Source: Heckbert, Color image quantization for frame buffer
// display, SIGGRAPH 1982.
func boxesOf(bins []bin, n int) [][]bin {
	if len(bins) == 0 {
		return nil
	}
	boxes := [][]bin{bins}
	for len(boxes) < n {
		best, most, across := -1, 0, 0
		for i, box := range boxes {
			channel, length := longest(box)
			if w := length * pixelsOf(box); w > most {
				best, most, across = i, w, channel
			}
		}
		if best < 0 { // every box is one colour
			break
		}
		a, b := halves(boxes[best], across)
		boxes[best] = a
		boxes = append(boxes, b)
	}
	return boxes
}

func pixelsOf(box []bin) (n int) {
	for _, b := range box {
		n += b.pixels
	}
	return n
}

// longest tells along which channel a box is longest, and how many steps.
func longest(box []bin) (channel, length int) {
	for c := range 3 {
		lo, hi := box[0].of(c), box[0].of(c)
		for _, b := range box {
			lo, hi = min(lo, b.of(c)), max(hi, b.of(c))
		}
		if hi-lo > length {
			channel, length = c, hi-lo
		}
	}
	return channel, length
}

// halves cuts a box of two bins or more so that neither half is empty.
func halves(box []bin, channel int) (a, b []bin) {
	slices.SortFunc(box, func(x, y bin) int {
		return cmp.Or(cmp.Compare(x.of(channel), y.of(channel)), cmp.Compare(x.key, y.key))
	})
	half, n, at := pixelsOf(box)/2, 0, 0
	for at < len(box)-1 && (at == 0 || n < half) {
		n += box[at].pixels
		at++
	}
	return box[:at:at], box[at:]
}
