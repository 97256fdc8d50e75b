package letter

import (
	"strings"
	"unicode"
)

// run is text in one font.
type run struct {
	face  int
	text  string
	width float64 // points at size 1
}

// setter measures text and notes what the fonts lack.
type setter struct {
	press   *Press
	missing map[rune]bool
}

// printable replaces characters that no font has by their code points.
func (s *setter) printable(text string) string {
	var b strings.Builder
	for _, r := range text {
		if _, ok := s.press.face(r); ok {
			b.WriteRune(r)
			continue
		}
		s.missing[r] = true
		b.WriteString(placeholder(r))
	}
	return b.String()
}

// width is that of printable text at size 1.
func (s *setter) width(text string) float64 {
	var w float64
	for _, r := range text {
		w += s.runeWidth(r)
	}
	return w
}

func (s *setter) runeWidth(r rune) float64 {
	if i, ok := s.press.face(r); ok {
		return float64(s.press.faces[i].width[r]) / 1000
	}
	return 0
}

// runs splits printable text by font.
func (s *setter) runs(text string) []run {
	var out []run
	for _, r := range text {
		i, ok := s.press.face(r)
		if !ok {
			continue
		}
		if n := len(out); n == 0 || out[n-1].face != i {
			out = append(out, run{face: i})
		}
		last := &out[len(out)-1]
		last.text += string(r)
		last.width += s.runeWidth(r)
	}
	return out
}

// fit cuts printable text to a width at size 1.
func (s *setter) fit(text string, width float64) string {
	lines := s.lines(text, width-s.width("…"))
	if len(lines) == 1 {
		return text
	}
	return lines[0] + "…"
}

// Characters that no line may begin or end with (GB/T 15834-2011, section 5.1).
const (
	neverFirst = "，。、；：？！）》〉」』】〕”’…％%℃·,.;:?!)]}"
	neverLast  = "（《〈「『【〔“‘¥￥([{"
)

// lines breaks text into lines not wider than width at size 1: between Chinese
// characters and at spaces, never before closing or after opening punctuation,
// and inside a word only where the word alone is too wide.
func (s *setter) lines(text string, width float64) []string {
	var out []string
	line, used := "", 0.0
	flush := func() {
		out = append(out, strings.TrimRight(line, " "))
		line, used = "", 0
	}
	for _, word := range words(text) {
		w := s.width(strings.TrimRight(word, " "))
		if used+w > width && line != "" {
			flush()
		}
		if w > width {
			for _, r := range word {
				if rw := s.runeWidth(r); used+rw > width && line != "" {
					flush()
				}
				line, used = line+string(r), used+s.runeWidth(r)
			}
			continue
		}
		line, used = line+word, used+s.width(word)
	}
	if line != "" || len(out) == 0 {
		flush()
	}
	return out
}

// words cuts text where a line may break; spaces stay with the word before.
func words(text string) []string {
	var out []string
	rs := []rune(text)
	from := 0
	for i := 1; i <= len(rs); i++ {
		if i == len(rs) || mayBreak(rs[i-1], rs[i]) {
			out = append(out, string(rs[from:i]))
			from = i
		}
	}
	return out
}

// mayBreak tells whether a line may end between two characters.
func mayBreak(a, b rune) bool {
	switch {
	case b == ' ' || strings.ContainsRune(neverFirst, b) || strings.ContainsRune(neverLast, a):
		return false
	case a == ' ':
		return true
	}
	return ideographic(a) || ideographic(b)
}

// ideographic tells whether lines break beside a character as Chinese ones do.
func ideographic(r rune) bool {
	return unicode.Is(unicode.Han, r) || (r >= 0x3000 && r <= 0x303F) || (r >= 0xFF00 && r <= 0xFF60)
}
