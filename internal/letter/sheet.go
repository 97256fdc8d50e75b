package letter

// A4 in points (1/72 inch) and the text's frame on it.
const (
	pageWidth, pageHeight = 595.28, 841.89
	marginLeft            = 62
	marginTop             = 54
	marginBottom          = 54
	frameWidth            = pageWidth - 2*marginLeft
)

// tone is a grey or the letterhead's blue.
type tone int

const (
	black tone = iota
	grey
	blue
)

// mark is one thing on a page: text, or a box where text is empty. Coordinates
// are points from the page's top left corner; y of a text is its baseline.
type mark struct {
	x, y          float64
	text          string
	size          float64
	bold          bool
	tone          tone
	width, height float64 // of a box
	fill          float64 // lightness of a box, 0 black to 1 white
}

// sheet lays marks on pages from top to bottom.
type sheet struct {
	setter
	pages [][]mark
	y     float64 // where the next thing begins
}

func newSheet(p *Press) *sheet {
	s := &sheet{setter: setter{press: p, missing: map[rune]bool{}}}
	s.turn()
	return s
}

// turn begins a page.
func (s *sheet) turn() {
	s.pages = append(s.pages, nil)
	s.y = marginTop
}

func (s *sheet) put(m mark) {
	last := len(s.pages) - 1
	s.pages[last] = append(s.pages[last], m)
}

// room begins a page where fewer than height points are left on this.
func (s *sheet) room(height float64) bool {
	if s.y+height <= pageHeight-marginBottom {
		return false
	}
	s.turn()
	return true
}

func (s *sheet) rule(weight, lightness float64) {
	s.put(mark{x: marginLeft, y: s.y, width: frameWidth, height: weight, fill: lightness})
}

// align is where text stands in its column.
type align int

const (
	left align = iota
	right
	centre
)

// style is how a paragraph is set.
type style struct {
	size, leading float64 // points from baseline to baseline
	bold          bool
	tone          tone
	align         align
	indent        float64
	after         float64 // space below
}

// paragraph sets text over the frame's width, page by page.
func (s *sheet) paragraph(text string, st style) {
	for _, line := range s.lines(s.printable(text), (frameWidth-st.indent)/st.size) {
		s.room(st.leading)
		s.line(line, marginLeft+st.indent, frameWidth-st.indent, st)
		s.y += st.leading
	}
	s.y += st.after
}

// line puts one line of printable text into a column that begins at s.y.
func (s *sheet) line(text string, x, width float64, st style) {
	free := width - s.width(text)*st.size
	switch st.align {
	case right:
		x += free
	case centre:
		x += free / 2
	case left:
	}
	// The baseline lies where a Chinese character's square ends, nearly.
	baseline := s.y + (st.leading-st.size)/2 + st.size*0.86
	s.put(mark{x: x, y: baseline, text: text, size: st.size, bold: st.bold, tone: st.tone})
}
