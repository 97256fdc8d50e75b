package fields

import (
	"strconv"
	"strings"
)

// Cell writes a text that came from outside, such as an id, a name or a reason,
// into a table that a spreadsheet may open: an apostrophe goes before what it would
// compute. Numbers stay as they are, and so does all else, so that ids are found
// again by their own text.
func Cell(text string) string {
	if Computed(text) && !number(text) {
		return "'" + text
	}
	return text
}

// Computed tells whether a spreadsheet takes a text for a formula: by its first
// character that is no blank, in full width too (OWASP, CSV injection), or by a tab
// or a line break at its beginning.
func Computed(text string) bool {
	if text != "" && strings.ContainsRune("\t\r\n", rune(text[0])) {
		return true
	}
	for _, r := range text {
		if !strings.ContainsRune(" \t\r\n\u00a0\u3000\ufeff", r) {
			return strings.ContainsRune("=+-@＝＋－＠|", r)
		}
	}
	return false
}

func number(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	return err == nil && strings.Trim(text, "0123456789.+-eE") == ""
}
