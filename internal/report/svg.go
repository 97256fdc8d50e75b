package report

import (
	"fmt"
	"html"
	"html/template"
	"strconv"
	"strings"
)

// drawing builds one inline SVG picture. Every text that goes in is escaped
// here, so what comes out is safe as HTML.
type drawing struct {
	b strings.Builder
}

// newDrawing starts a picture of the size of its view box. The label says in
// words what the picture shows, for those who don't see it.
func newDrawing(class string, width, height float64, label string) *drawing {
	d := &drawing{}
	fmt.Fprintf(&d.b, `<svg class="%s" viewBox="0 0 %s %s" role="img" aria-label="%s">`,
		escape(class), coord(width), coord(height), escape(label))
	return d
}

func (d *drawing) line(class string, x0, y0, x1, y1 float64) {
	fmt.Fprintf(&d.b, `<path class="%s" d="M%s %sL%s %s"/>`, class, coord(x0), coord(y0), coord(x1), coord(y1))
}

// rect draws a rectangle; title, where there is one, shows on hovering.
func (d *drawing) rect(class string, x, y, w, h float64, title string) {
	fmt.Fprintf(&d.b, `<rect class="%s" x="%s" y="%s" width="%s" height="%s">`, class, coord(x), coord(y), coord(w), coord(h))
	if title != "" {
		d.b.WriteString("<title>" + escape(title) + "</title>")
	}
	d.b.WriteString("</rect>")
}

func (d *drawing) circle(class string, x, y, r float64, title string) {
	fmt.Fprintf(&d.b, `<circle class="%s" cx="%s" cy="%s" r="%s">`, class, coord(x), coord(y), coord(r))
	if title != "" {
		d.b.WriteString("<title>" + escape(title) + "</title>")
	}
	d.b.WriteString("</circle>")
}

// text writes s at the baseline point; anchor is start, middle or end.
func (d *drawing) text(class, anchor string, x, y float64, s string) {
	fmt.Fprintf(&d.b, `<text class="%s" text-anchor="%s" x="%s" y="%s">%s</text>`, class, anchor, coord(x), coord(y), escape(s))
}

// words writes both languages at the baseline point, Chinese first.
func (d *drawing) words(class, anchor string, x, y float64, w Words) {
	fmt.Fprintf(&d.b, `<text class="%s" text-anchor="%s" x="%s" y="%s">%s</text>`, class, anchor, coord(x), coord(y), tspans(w))
}

// path draws path data under a presentation attribute list that the caller
// vouches for.
func (d *drawing) path(attributes, data string) {
	d.b.WriteString("<path " + attributes + ` d="` + data + `"/>`)
}

func (d *drawing) html() template.HTML {
	return template.HTML(d.b.String() + "</svg>") //nolint:gosec // every text was escaped on its way in
}

func tspans(w Words) string {
	if w.En == "" {
		return escape(w.Zh)
	}
	return `<tspan class="zh" lang="zh-CN">` + escape(w.Zh) + `</tspan><tspan class="en" lang="en"> ` + escape(w.En) + `</tspan>`
}

func escape(s string) string {
	return html.EscapeString(strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD"))
}

// coord writes a coordinate to a tenth, which is finer than any screen.
func coord(v float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
}
