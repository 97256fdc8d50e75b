package letter

import (
	"encoding/binary"
	"fmt"
	"slices"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// usual are the characters that nearly every letter makes do with: ASCII,
// Latin-1 and those of GB/T 2312-1980. Fonts cut to them embed several times
// as fast as whole ones of 45,000 glyphs.
func usual() ([]rune, error) {
	var out []rune
	for r := rune(' '); r <= 0xFF; r++ {
		out = append(out, r)
	}
	var codes []byte
	for row := byte(0xA1); row <= 0xF7; row++ {
		for cell := byte(0xA1); cell <= 0xFE; cell++ {
			codes = append(codes, row, cell)
		}
	}
	// GBK has all of GB/T 2312 at the same codes; what neither has is U+FFFD.
	text, err := simplifiedchinese.GBK.NewDecoder().Bytes(codes)
	if err != nil {
		return nil, fmt.Errorf("characters of GB/T 2312: %w", err)
	}
	out = append(out, []rune(string(text))...)
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(r rune) bool { return r == '\uFFFD' }), nil
}

// cut makes the smaller font of the usual characters, and marks them.
func (t *typeface) cut(usual []rune) {
	var has []rune
	for _, r := range usual {
		if t.has(r) {
			has = append(has, r)
		}
	}
	t.small = fpdf.UTF8CutFont(slices.Clone(t.data), string(has))
	t.inSmall = make([]bool, basic)
	for _, r := range has {
		t.inSmall[r] = true
	}
}

// embed is the font data that suffice for the characters that are used. It is
// a copy, since the writer pads tables in place.
func (t typeface) embed(used map[rune]bool) []byte {
	for r := range used {
		if !t.inSmall[r] {
			return slices.Clone(t.data)
		}
	}
	return slices.Clone(t.small)
}

// mayEmbed reads from a font's OS/2 table whether its licence lets a document
// carry it: bit 1 of fsType forbids it, bits 8 and 9 forbid subsets and
// outlines (OpenType 1.9, OS/2).
func mayEmbed(data []byte) bool {
	const record, tables = 16, 12
	for at := tables; at+record <= len(data) && at < tables+record*int(binary.BigEndian.Uint16(data[4:])); at += record {
		if string(data[at:at+4]) != "OS/2" {
			continue
		}
		if from := uint64(binary.BigEndian.Uint32(data[at+8:])); from+10 <= uint64(len(data)) {
			return binary.BigEndian.Uint16(data[from+8:])&0x0302 == 0
		}
	}
	return true // without the table nothing is forbidden
}
