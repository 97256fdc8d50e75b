package report

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"strings"
)

//go:embed page/*.tmpl page/report.css
var pageFiles embed.FS

// WriteHTML writes the report: one file with its pictures and style inside,
// that loads nothing, runs no script, prints, and stays under 3 MB for 200,000
// parcels because tables are cut to what matters most and large maps are drawn
// in cells. Beside it are expected parcels.csv, lines.csv, outcomes.csv and
// parcels.gpkg, which it links to.
func WriteHTML(w io.Writer, s Season) error {
	t, err := parsePage()
	if err != nil {
		return fmt.Errorf("write report.html: %w", err)
	}
	css, err := pageFiles.ReadFile("page/report.css")
	if err != nil {
		return fmt.Errorf("write report.html: %w", err)
	}
	p := newPage(s)
	p.CSS = template.CSS(css) //nolint:gosec // the style sheet is embedded
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "report.tmpl", p); err != nil {
		return fmt.Errorf("write report.html: %w", err)
	}
	if _, err := w.Write(bytes.ToValidUTF8(b.Bytes(), []byte("\uFFFD"))); err != nil {
		return fmt.Errorf("write report.html: %w", err)
	}
	return nil
}

func parsePage() (*template.Template, error) {
	return template.New("report").Funcs(template.FuncMap{
		"t":       func(zh, en string) template.HTML { return both(Words{zh, en}) },
		"w":       both,
		"plain":   func(zh, en string) string { return Words{zh, en}.plain() },
		"money":   money,
		"count":   count,
		"percent": percent,
		"num":     grouped,
		"day":     orDash,
		"inc":     func(i int) int { return i + 1 },
		"stage":   stageWords,
		"mu":      func(ha float64) string { return grouped(ha*muPerHa, 1) },
		"ha":      func(ha float64) string { return grouped(ha, 2) },
	}).ParseFS(pageFiles, "page/*.tmpl")
}

// muPerHa is 15 mu to the hectare, by the State Council's order on units of
// measurement of 1984.
const muPerHa = 15

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// both writes a text in both languages; one that has a single form is written
// once, without a language.
func both(w Words) template.HTML {
	zh, en := strings.TrimSpace(w.Zh), strings.TrimSpace(w.En)
	switch {
	case en == "" || en == zh:
		return template.HTML(escape(zh)) //nolint:gosec // escaped here
	case zh == "":
		return template.HTML(escape(en)) //nolint:gosec // escaped here
	}
	return template.HTML(`<span class="zh" lang="zh-CN">` + escape(zh) + `</span> <span class="en" lang="en">` + escape(en) + `</span>`) //nolint:gosec // escaped here
}
