package letter

// column is one of a table's.
type column struct {
	head  string
	share float64 // of the frame's width
	align align
}

// tableRoom is what a header and a row of two lines need.
const tableRoom = 3*cellLeading + 2*cellPad

// row is one of a table's; cells wrap.
type row struct {
	cells []string
	bold  bool
}

const (
	cellSize    = 8.8
	cellLeading = 13.2
	cellPad     = 5.0
)

// table sets rows under a header that every page repeats. A row is not parted
// between pages.
func (s *sheet) table(columns []column, rows []row) {
	head := row{bold: true}
	for _, c := range columns {
		head.cells = append(head.cells, c.head)
	}
	s.room(tableRoom)
	s.head(columns, head)
	for _, r := range rows {
		lines, height := s.wrap(columns, r)
		if s.room(height) {
			s.head(columns, head)
		}
		s.cells(columns, lines, height, r.bold)
	}
	s.rule(0.8, 0.25)
	s.y += 8
}

func (s *sheet) head(columns []column, head row) {
	lines, height := s.wrap(columns, head)
	s.put(mark{x: marginLeft, y: s.y, width: frameWidth, height: height, fill: 0.93})
	s.rule(0.8, 0.25)
	s.cells(columns, lines, height, true)
}

// wrap breaks a row's cells and tells its height.
func (s *sheet) wrap(columns []column, r row) (lines [][]string, height float64) {
	most := 1
	for i, c := range columns {
		l := s.lines(s.printable(r.cells[i]), (c.share*frameWidth-2*cellPad)/cellSize)
		lines = append(lines, l)
		most = max(most, len(l))
	}
	return lines, float64(most)*cellLeading + cellPad
}

func (s *sheet) cells(columns []column, lines [][]string, height float64, bold bool) {
	x, top := float64(marginLeft), s.y
	for i, c := range columns {
		s.y = top + cellPad/2
		for _, l := range lines[i] {
			s.line(l, x+cellPad, c.share*frameWidth-2*cellPad, style{size: cellSize, leading: cellLeading, bold: bold, align: c.align})
			s.y += cellLeading
		}
		x += c.share * frameWidth
	}
	s.y = top + height
	s.rule(0.3, 0.75)
}
