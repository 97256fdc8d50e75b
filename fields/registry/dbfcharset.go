package registry

import (
	"fmt"
	"os"
)

// charset takes what the caller says, else what .cpg or the header says where the bytes agree, else what
// the bytes are.
func (x *nyt) charset(t *dbfTable, sample []byte, shp, dbf bundleFile) charset {
	if c := declaredCharset(x.opt.Encoding); c != charsetUnknown {
		return c
	}
	// Fields are judged one by one: a width may cut a character.
	guess, sure := guessFields(t, sample)
	said, declared := languageDriver(t.language), false
	if cpg, ok := x.b.sibling(shp, ".cpg"); ok {
		if text, err := os.ReadFile(cpg.path); err == nil {
			if c := declaredCharset(string(text)); c != charsetUnknown {
				said, declared = c, true
			}
		}
	}
	if !declared {
		x.add(Defect{Code: EncodingUndeclared, Severity: SeverityWarning, Layer: "DK", Key: dbf.name,
			Message: fmt.Sprintf("没有 .cpg，按 %s 读取 / no .cpg; read as %s", orDefault(guess), orDefault(guess))})
		return orDefault(guess)
	}
	if guess != charsetUnknown && said != guess && sure {
		x.add(Defect{Code: EncodingUndeclared, Severity: SeverityWarning, Layer: "DK", Key: dbf.name,
			Message: fmt.Sprintf(".cpg 写 %s，实为 %s / .cpg says %s, the bytes are %s", said, guess, said, guess)})
		return guess
	}
	return said
}

func orDefault(c charset) charset {
	if c == charsetUnknown {
		return charsetGB18030
	}
	return c
}

// guessFields votes over the text fields of a sample: UTF-8 where every cell
// is valid, else GB18030. It is sure where five cells or more speak for one
// and at most a tenth as many for the other: a short text in GB18030 may be
// valid UTF-8 by chance, and the reverse is common.
func guessFields(t *dbfTable, sample []byte) (c charset, sure bool) {
	utf, gb, other := 0, 0, 0
	vote := func(cell []byte) {
		if ascii(cell) {
			return
		}
		if _, ok := decodeAs(charsetUTF8, cell); ok {
			utf++
		} else if _, ok := decodeAs(charsetGB18030, cell); ok {
			gb++
		} else {
			other++
		}
	}
	for _, n := range t.rawNames {
		vote(n)
	}
	for at := 0; at+t.length <= len(sample); at += t.length {
		for c, f := range t.fields {
			if f.kind == 'C' {
				vote(t.cell(sample[at:at+t.length], c))
			}
		}
	}
	switch {
	case utf == 0 && gb == 0 && other > 0:
		return charsetUnknown, false
	case utf > gb:
		return charsetUTF8, utf >= 5 && 10*gb <= utf
	case gb > 0:
		return charsetGB18030, gb >= 5 && 10*utf <= gb
	}
	return charsetUTF8, false
}
