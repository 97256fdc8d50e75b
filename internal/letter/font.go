package letter

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// faces are the two faces that letters are set in where none are named, each
// with the Debian package that brings it. Both are TrueType under the Apache
// Licence 2.0 and of one designer's hand. Noto CJK would not do: its outlines
// are CFF, which writers of PDF files here don't embed.
func faces() []face {
	return []face{
		{"OpenSans-Regular.ttf", "fonts-open-sans", "Latin", []string{"truetype/open-sans", "open-sans"}},
		{"DroidSansFallbackFull.ttf", "fonts-droid-fallback", "Chinese", []string{"truetype/droid", "droid"}},
	}
}

type face struct {
	file, pkg, script string
	folders           []string // under a folder of fonts
}

// FontError says which font is missing or unfit, and the way out.
type FontError struct {
	Font string // file
	Why  string
	Err  error // nil where nothing else failed
}

func (e *FontError) Error() string { return fmt.Sprintf("letter's font %s: %s", e.Font, e.Why) }

// Unwrap returns what failed.
func (e *FontError) Unwrap() error { return e.Err }

// FindFonts returns the font files of letters, in the order in which they are
// asked for a character. list names TrueType files, separated as in PATH; where
// it is empty, the fonts of Debian's packages are looked for in folders that
// hold a system's and a user's fonts. One that is not there is a [FontError].
func FindFonts(list string) ([]string, error) {
	if list != "" {
		return filepath.SplitList(list), nil
	}
	var found []string
	var errs []error
	for _, f := range faces() {
		path, ok := f.find()
		if !ok {
			errs = append(errs, &FontError{f.file, fmt.Sprintf("not found, and letters need it for %s: install Debian's %s (`make setup` does), or name TrueType files in PARUS_LETTER_FONT", f.script, f.pkg), fs.ErrNotExist})
			continue
		}
		found = append(found, path)
	}
	return found, errors.Join(errs...)
}

func (f face) find() (string, bool) {
	roots := []string{"/usr/share/fonts", "/usr/local/share/fonts"}
	if home, err := os.UserHomeDir(); err == nil {
		roots = append(roots, filepath.Join(home, ".local/share/fonts"), filepath.Join(home, ".fonts"))
	}
	for _, root := range roots {
		for _, dir := range append(f.folders, ".") {
			path := filepath.Join(root, dir, f.file)
			if s, err := os.Stat(path); err == nil && s.Mode().IsRegular() {
				return path, true
			}
		}
	}
	return "", false
}

// basic is the range of characters that the writer of PDF files can address.
const basic = 1 << 16

// typeface is a font file as it is embedded, with what setting type needs.
type typeface struct {
	data []byte
	// width is the advance of each character in 1/1000 of the size; negative
	// where the font lacks it.
	width []int16

	small   []byte // the font cut to the usual characters
	inSmall []bool // which those are
}

// readFont reads a TrueType file.
func readFont(path string) (typeface, error) {
	fail := func(why string, err error) (typeface, error) {
		return typeface{}, &FontError{path, why, err}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return fail(fmt.Sprintf("%v (PARUS_LETTER_FONT names fonts; unset it for those of the system)", err), err)
	}
	if !strings.HasPrefix(string(data), "\x00\x01\x00\x00") && !strings.HasPrefix(string(data), "true") {
		return fail("is no TrueType file (.ttf with glyf outlines): collections (.ttc) and CFF outlines (.otf) cannot be embedded", nil)
	}
	if !mayEmbed(data) {
		return fail("its licence forbids to embed it or a part of it (OS/2 fsType)", nil)
	}
	f, err := sfnt.Parse(data)
	if err != nil {
		return fail(fmt.Sprintf("cannot be read: %v", err), err)
	}
	t := typeface{data: data, width: make([]int16, basic)}
	var b sfnt.Buffer
	for r := range t.width {
		t.width[r] = -1
		g, err := f.GlyphIndex(&b, rune(r))
		if err != nil || g == 0 {
			continue
		}
		// At a size of 1000 the advance is in thousandths.
		a, err := f.GlyphAdvance(&b, g, fixed.I(1000), font.HintingNone)
		if err != nil {
			return fail(fmt.Sprintf("width of U+%04X: %v", r, err), err)
		}
		t.width[r] = int16(min(a.Round(), 1<<15-1))
	}
	return t, nil
}

func (t typeface) has(r rune) bool { return r >= 0 && r < basic && t.width[r] >= 0 }

// Press holds the fonts of letters, read once. It may be used from many
// goroutines at once.
type Press struct{ faces []typeface }

// NewPress reads the fonts that [FindFonts] finds. Together they must have
// digits, letters and Chinese characters.
func NewPress(list string) (*Press, error) {
	paths, err := FindFonts(list)
	if err != nil {
		return nil, err
	}
	common, err := usual()
	if err != nil {
		return nil, err
	}
	p := &Press{}
	for _, path := range paths {
		t, err := readFont(path)
		if err != nil {
			return nil, err
		}
		if err := guard(func() error { t.cut(common); return nil }); err != nil {
			return nil, &FontError{path, fmt.Sprintf("cannot be embedded: %v", err), err}
		}
		p.faces = append(p.faces, t)
	}
	if err := p.suffices(cmp.Or(list, strings.Join(paths, string(filepath.ListSeparator)))); err != nil {
		return nil, err
	}
	return p, nil
}

// suffices tells which script the fonts lack.
func (p *Press) suffices(list string) error {
	for _, need := range []struct {
		sample, script, pkg string
	}{{"09AZaz¥%.,", "Latin", "fonts-open-sans"}, {"零壹贰叁元整，。（）", "Chinese", "fonts-droid-fallback"}} {
		for _, r := range need.sample {
			if _, ok := p.face(r); !ok {
				return &FontError{list, fmt.Sprintf("lacks %q: name a font with %s too, such as that of Debian's %s", r, need.script, need.pkg), nil}
			}
		}
	}
	return nil
}

// face is the index of the first font that has a character.
func (p *Press) face(r rune) (int, bool) {
	for i, t := range p.faces {
		if t.has(r) {
			return i, true
		}
	}
	return 0, false
}
