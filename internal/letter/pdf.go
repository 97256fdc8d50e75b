package letter

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// Write writes a letter with the fonts of the system. Who writes many keeps a
// [Press].
func Write(w io.Writer, l Letter, lang Language) error {
	p, err := NewPress("")
	if err != nil {
		return err
	}
	_, err = p.Write(w, l, lang)
	return err
}

// Write writes a letter as PDF. It refuses one whose amounts don't agree and
// tells in Notes what could not be printed as given. On an error nothing was
// written unless w itself failed.
func (p *Press) Write(w io.Writer, l Letter, lang Language) (Notes, error) {
	if err := l.check(lang); err != nil {
		return Notes{}, err
	}
	s := newSheet(p)
	l.compose(s, lang)
	var doc bytes.Buffer
	if err := guard(func() error { return s.print(&doc, l, lang) }); err != nil {
		return Notes{}, fmt.Errorf("letter to household %q: %w", l.HouseholdID, err)
	}
	if _, err := doc.WriteTo(w); err != nil {
		return Notes{}, fmt.Errorf("letter to household %q: %w", l.HouseholdID, err)
	}
	return Notes{Missing: slices.Sorted(maps.Keys(s.missing))}, nil
}

// print draws the pages. The document is dated by the letter, so that the same
// letter has the same bytes.
func (s *sheet) print(w io.Writer, l Letter, lang Language) error {
	f := fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt", SizeStr: "A4"})
	f.SetCatalogSort(true)
	on := l.Date.Time()
	if on.IsZero() {
		on = time.Unix(0, 0).UTC()
	}
	f.SetCreationDate(on)
	f.SetModificationDate(on)
	f.SetLang(lang.tag())
	meta := func(text string) string { return s.printable(clean(text, mostName)) } // the writer reads no other UTF-8
	f.SetTitle(l.title(lang)+" "+meta(l.number()), true)
	f.SetAuthor(meta(l.Lender), true)
	f.SetSubject(meta(l.HouseholdID)+" "+meta(l.Season), true)
	f.SetCreator("Parus", true)
	f.SetProducer("Parus", true)
	f.SetAutoPageBreak(false, 0)
	f.SetMargins(0, 0, 0)
	for i, used := range s.used() {
		if len(used) > 0 {
			f.AddUTF8FontFromBytes(family(i), "", s.press.faces[i].embed(used))
		}
	}
	for _, page := range s.pages {
		f.AddPage()
		for _, m := range page {
			s.draw(f, m)
		}
	}
	return f.Output(w)
}

// guard turns a panic of the PDF writer, which trusts a font's tables, into an
// error.
func guard(work func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the PDF writer failed: %v", r)
		}
	}()
	return work()
}

// used lists the characters of all pages by font.
func (s *sheet) used() []map[rune]bool {
	out := make([]map[rune]bool, len(s.press.faces))
	for i := range out {
		out[i] = map[rune]bool{}
	}
	for _, page := range s.pages {
		for _, m := range page {
			for _, r := range m.text {
				if i, ok := s.press.face(r); ok {
					out[i][r] = true
				}
			}
		}
	}
	return out
}

func family(face int) string { return "f" + strconv.Itoa(face) }

// draw puts a mark on the page. The fonts have one weight: bold is drawn with
// an outline.
func (s *sheet) draw(f *fpdf.Fpdf, m mark) {
	if m.text == "" {
		grey := int(m.fill * 255)
		f.SetFillColor(grey, grey, grey)
		f.Rect(m.x, m.y, m.width, m.height, "F")
		return
	}
	r, g, b := m.tone.rgb()
	f.SetTextColor(r, g, b)
	if m.bold {
		f.SetDrawColor(r, g, b)
		f.SetLineWidth(m.size * 0.028)
		f.SetTextRenderingMode(2)
		defer f.SetTextRenderingMode(0)
	}
	x := m.x
	for _, run := range s.runs(m.text) {
		f.SetFont(family(run.face), "", m.size)
		f.Text(x, m.y, run.text)
		x += run.width * m.size
	}
}

func (t tone) rgb() (r, g, b int) {
	switch t {
	case grey:
		return 95, 95, 95
	case blue:
		return 22, 58, 107
	default:
		return 20, 20, 20
	}
}
