package letter

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// clean makes foreign text fit for one line of a letter: composed (NFC), runs
// of white space as one space, and nothing that is invisible or turns the
// direction of text (control and format characters, variation selectors,
// surrogates), so that what is printed is what stands there. It is cut after
// most characters.
func clean(s string, most int) string {
	var b strings.Builder
	n, space := 0, false
	const bytesEach = 32 // a character with many marks, or after many that are left out
	s = s[:min(len(s), most*bytesEach)]
	for _, r := range norm.NFC.String(strings.ToValidUTF8(s, "\uFFFD")) {
		switch {
		case unicode.IsSpace(r):
			space = b.Len() > 0
			continue
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Cs, unicode.Variation_Selector, unicode.Zl, unicode.Zp):
			continue
		}
		if n >= most {
			return b.String() + "…"
		}
		if space {
			b.WriteByte(' ')
			n, space = n+1, false
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

// placeholder stands for a character that no font has.
func placeholder(r rune) string { return fmt.Sprintf("[U+%04X]", r) }

// Notes tells what of a letter could not be printed as it was given.
type Notes struct {
	// Missing are the characters that no font has, ascending; the letter shows
	// their code points in brackets, as [U+20BB7].
	Missing []rune
}
