package registry

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// charset is the encoding of a file's text.
type charset string

// The encodings that county packages come in. GB18030 contains GBK and GB2312.
const (
	charsetUTF8    charset = "UTF-8"
	charsetGB18030 charset = "GB18030"
	charsetLatin1  charset = "Windows-1252"
	charsetUnknown charset = ""
)

// declaredCharset understands what a .cpg file or a tool's option says.
func declaredCharset(text string) charset {
	t := strings.ToUpper(strings.TrimSpace(strings.TrimPrefix(text, "\ufeff")))
	t = strings.NewReplacer("-", "", "_", "", " ", "").Replace(t)
	switch t {
	case "UTF8", "65001", "CP65001":
		return charsetUTF8
	case "GBK", "GB2312", "GB18030", "936", "CP936", "ANSI936", "54936", "EUCCN", "HZGB2312", "CP54936":
		return charsetGB18030
	case "ISO88591", "LATIN1", "1252", "CP1252", "ANSI1252", "88591", "WINDOWS1252":
		return charsetLatin1
	}
	return charsetUnknown
}

// languageDriver reads byte 29 of a DBF header. Source: dBASE/ESRI language
// driver ids, 0x4D and 0x7A for code page 936, 0x03 and 0x57 for 1252 (which
// writers set without meaning it, so they count for nothing).
func languageDriver(b byte) charset {
	if b == 0x4d || b == 0x7a {
		return charsetGB18030
	}
	return charsetUnknown
}

// guessLines tells what the bytes are by a vote of the lines, so that one
// broken line does not decide for the file: UTF-8 where most are valid as such
// (any ASCII is), else GB18030 where that decodes, else unknown.
func guessLines(sample []byte) charset {
	utf, gb, text := 0, 0, false
	for line := range bytes.Lines(sample) {
		if ascii(line) {
			continue
		}
		text = true
		if utf8.Valid(line) {
			utf++
		} else if _, ok := decodeAs(charsetGB18030, line); ok {
			gb++
		}
	}
	switch {
	case !text || utf > gb:
		return charsetUTF8
	case gb > 0:
		return charsetGB18030
	}
	return charsetUnknown
}

// trimPartial drops a UTF-8 character that was cut at the end.
func trimPartial(b []byte) []byte {
	for i := 1; i <= 3 && i <= len(b); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

// decodeAs decodes text; a character cut in two at the end by a field's width
// is dropped without complaint. False means that the bytes are not of that
// encoding; the text then holds U+FFFD.
func decodeAs(c charset, b []byte) (string, bool) {
	if ascii(b) {
		return string(b), true
	}
	switch c {
	case charsetUTF8:
		b = trimPartial(b)
		return strings.ToValidUTF8(string(b), "\ufffd"), utf8.Valid(b)
	case charsetLatin1:
		s, err := charmap.Windows1252.NewDecoder().Bytes(b)
		return string(s), err == nil
	default:
	}
	s, ok := decodeWith(simplifiedchinese.GB18030, b)
	if !ok && len(b) > 0 {
		// A field's width may have cut the last character: 1 to 3 bytes of it.
		for cut := 1; cut <= 3 && cut < len(b); cut++ {
			if beginsGB18030(b[len(b)-cut:]) {
				if t, ok2 := decodeWith(simplifiedchinese.GB18030, b[:len(b)-cut]); ok2 {
					return t, true
				}
			}
		}
	}
	return s, ok
}

// beginsGB18030 tells whether one to three bytes may begin a character of more
// bytes: a lead byte, a digit, a lead byte.
func beginsGB18030(b []byte) bool {
	lead := func(c byte) bool { return c >= 0x81 && c <= 0xfe }
	return lead(b[0]) && (len(b) < 2 || b[1] >= '0' && b[1] <= '9') && (len(b) < 3 || lead(b[2]))
}

func decodeWith(e encoding.Encoding, b []byte) (string, bool) {
	s, err := e.NewDecoder().Bytes(b)
	return string(s), err == nil && !bytes.ContainsRune(s, utf8.RuneError)
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// textDecoder decodes the texts of one file and counts what decodes in no
// candidate.
type textDecoder struct {
	main charset
}

// decode gives the text and whether any candidate fitted.
func (d textDecoder) decode(b []byte) (string, bool) {
	if s, ok := decodeAs(d.main, b); ok {
		return s, true
	}
	other := charsetGB18030
	if d.main == charsetGB18030 {
		other = charsetUTF8
	}
	if s, ok := decodeAs(other, b); ok {
		return s, true
	}
	s, _ := decodeAs(d.main, b)
	return s, false
}

// cleanCode turns full-width letters and digits into ordinary ones and removes
// blanks, control and formatting characters. It allocates only where there
// is something to clean.
func cleanCode(s string) (string, bool) {
	plain := true
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f {
			plain = false
			break
		}
	}
	if plain {
		return s, false
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= 0xff01 && r <= 0xff5e: // full-width forms of ! to ~
			b.WriteRune(r - 0xfee0)
		case r <= ' ' || r == 0x7f || r == 0x3000 || r == 0xa0 || r == 0xfeff || r >= 0x200b && r <= 0x200f:
		default:
			b.WriteRune(r)
		}
	}
	return b.String(), b.String() != s
}

// digits tells whether s is made of ASCII digits alone.
func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
