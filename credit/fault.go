package credit

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// Fault is what is wrong at one place of a policy's document.
type Fault struct {
	Line    int    `json:"line"`   // from 1; 0: the document does not name the key
	Column  int    `json:"column"` // from 1, in characters
	Key     string `json:"key"`    // a parameter or rules[i].field; "" where the document as a whole is meant
	Message string `json:"message"`
	Excerpt string `json:"excerpt"` // the line, and a caret under the column in the next one
}

// Error names the place and shows the line.
func (f Fault) Error() string {
	var b strings.Builder
	b.WriteString("policy")
	if f.Line > 0 {
		fmt.Fprintf(&b, ": line %d, column %d", f.Line, f.Column)
	}
	if f.Key != "" {
		b.WriteString(": " + f.Key)
	}
	b.WriteString(": " + f.Message)
	for line := range strings.SplitSeq(f.Excerpt, "\n") {
		if line != "" {
			b.WriteString("\n    " + line)
		}
	}
	return b.String()
}

// DocumentError is all that is wrong with a policy's document, by line.
type DocumentError struct{ Faults []Fault }

func (e *DocumentError) Error() string {
	lines := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "\n")
}

// most characters of a line that are shown.
const mostExcerpt = 100

// at is a fault at a place of the document.
func (d document) at(line, column int, key, message string) Fault {
	f := Fault{Line: max(1, line), Column: max(1, column), Key: key, Message: message}
	if len(d.lines) == 0 {
		return f
	}
	if f.Line > len(d.lines) { // YAML's reader counts an end of its own
		f.Line, f.Column = len(d.lines), len(d.lines[len(d.lines)-1])+1
	}
	text := d.lines[f.Line-1]
	from := max(0, f.Column-1-mostExcerpt/2)
	if len(text) <= mostExcerpt {
		from = 0
	}
	from = min(from, len(text))
	shown := text[from:min(len(text), from+mostExcerpt)]
	var caret strings.Builder
	for _, r := range shown[:max(0, min(len(shown), f.Column-1-from))] {
		switch {
		case r == '\t':
			caret.WriteByte('\t')
		case wide(r):
			caret.WriteString("  ")
		default:
			caret.WriteByte(' ')
		}
	}
	if len(shown) > 0 {
		f.Excerpt = string(shown) + "\n" + caret.String() + "^"
	}
	return f
}

// wide tells whether a terminal shows the character in two cells: the blocks of
// East Asian wide characters (Unicode UAX 11).
func wide(r rune) bool {
	return r >= 0x1100 && r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 || r >= 0xf900 && r <= 0xfaff ||
		r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 || r >= 0xffe0 && r <= 0xffe6 || r >= 0x20000 && r <= 0x3fffd
}

// PolicyKeys lists the keys of a policy's document in order.
func PolicyKeys() []string {
	t := reflect.TypeFor[Policy]()
	keys := make([]string, 0, t.NumField())
	for i := range t.NumField() {
		keys = append(keys, t.Field(i).Tag.Get("yaml"))
	}
	return keys
}

// nearestKey is the key that shares most of its letters' pairs with a misspelt
// one, or "" where none comes near (Dice 1945).
func nearestKey(misspelt string) string {
	pairs := func(s string) []string {
		var out []string
		for i := 0; i+2 <= len(s); i++ {
			out = append(out, s[i:i+2])
		}
		return out
	}
	own := pairs(misspelt)
	if len(own) == 0 || utf8.RuneCountInString(misspelt) > 60 {
		return ""
	}
	best, score := "", 0.6
	for _, key := range PolicyKeys() {
		its, shared := pairs(key), 0
		for _, p := range own {
			if slices.Contains(its, p) {
				shared++
			}
		}
		if s := 2 * float64(shared) / float64(len(own)+len(its)); s > score {
			best, score = key, s
		}
	}
	return best
}
