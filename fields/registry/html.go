package registry

import (
	"cmp"
	_ "embed" // for the page
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"
)

//go:embed report.html.tmpl
var reportPage string

// PageTitle names a report to read.
type PageTitle struct {
	Package string // base name
	County  string // code, "" where unknown
	Date    time.Time
}

// WriteHTML writes the report as one page that needs nothing else, Chinese
// first: what was taken, what the county must correct, what was repaired and
// how, what to look at, each code with its number, examples and remedy.
func (r *Report) WriteHTML(w io.Writer, title PageTitle) error {
	t, err := template.New("report").Funcs(template.FuncMap{
		"zh": func(s string) string { zh, _ := bilingual(s); return zh },
		"en": func(s string) string { _, en := bilingual(s); return en },
		"n":  grouped,
		"percent": func(part, of int) string {
			if of == 0 {
				return "0"
			}
			return fmt.Sprintf("%.1f", 100*float64(part)/float64(of))
		},
	}).Parse(reportPage)
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	page := struct {
		PageTitle
		*Report
		Parts []reportPart
		Map   *defectMap
	}{title, r, r.parts(), r.defectMap()}
	if err := t.Execute(w, page); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// bilingual cuts what is written "Chinese / English".
func bilingual(s string) (zh, en string) {
	zh, en, _ = strings.Cut(s, " / ")
	return zh, en
}

// grouped writes 1 234 567 with commas.
func grouped(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// reportPart holds the codes of one severity.
type reportPart struct {
	Severity       Severity
	ZH, EN         string
	WhatZH, WhatEN string
	Codes          []reportCode
	Total          int
}

// reportCode is one code with some of its entries.
type reportCode struct {
	Code, ZH, EN, Fix string
	Count             int
	Layers            string
	Examples          []Defect
	Repaired          bool
}

// examplesOf is how many entries of a code the page shows; the JSON has all.
const examplesOf = 8

// parts groups the entries by severity and code, the commonest code first.
func (r *Report) parts() []reportPart {
	out := []reportPart{
		{Severity: SeverityError, ZH: "必须改正", EN: "To be corrected", WhatZH: "这些记录已隔离，不参与授信；改正后重新提交。", WhatEN: "These rows are kept out until they are corrected and handed in again."},
		{Severity: SeverityRepaired, ZH: "已自动修复", EN: "Repaired", WhatZH: "这些记录已采用修复后的值；原值列在旁边，请在源数据中同样改正。", WhatEN: "These rows are used as repaired; what was there before stands beside. Please correct the source likewise."},
		{Severity: SeverityWarning, ZH: "请核实", EN: "To be looked at", WhatZH: "这些记录已采用，但可能有误。", WhatEN: "These rows are used, but something may be wrong with them."},
	}
	for i := range out {
		out[i].gather(r.Defects)
	}
	return out
}

func (p *reportPart) gather(defects []Defect) {
	at := map[string]int{}
	layers := map[string]map[string]bool{}
	for i := range defects {
		d := &defects[i]
		if d.Severity != p.Severity {
			continue
		}
		p.Total++
		k, ok := at[d.Code]
		if !ok {
			k = len(p.Codes)
			at[d.Code] = k
			name := codeNames[d.Code]
			p.Codes = append(p.Codes, reportCode{Code: d.Code, ZH: name[0], EN: name[1], Fix: d.Fix, Repaired: p.Severity == SeverityRepaired})
			layers[d.Code] = map[string]bool{}
		}
		c := &p.Codes[k]
		c.Count++
		layers[d.Code][d.Layer] = true
		if len(c.Examples) < examplesOf {
			e := *d
			e.Original = shortened(e.Original)
			c.Examples = append(c.Examples, e)
		}
	}
	for i := range p.Codes {
		p.Codes[i].Layers = strings.Join(sortedKeys(layers[p.Codes[i].Code]), " ")
	}
	slices.SortStableFunc(p.Codes, func(a, b reportCode) int { return cmp.Or(b.Count-a.Count, strings.Compare(a.Code, b.Code)) })
}

// shortened keeps a page from being filled by one outline.
func shortened(s string) string {
	const most = 120
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// defectMap is where the entries lie, in units of a picture.
type defectMap struct {
	Width, Height int
	Points        []mapPoint
	Left          int // places left out
	West, East    string
	South, North  string
}

type mapPoint struct {
	X, Y     float64
	Severity Severity
	Title    string
}

// mostPoints bounds the picture; errors come first.
const mostPoints = 5000

// defectMap draws the places of defects; nil where none has a place.
func (r *Report) defectMap() *defectMap {
	var box orb.Bound
	var all []*Defect
	for i := range r.Defects {
		d := &r.Defects[i]
		if d.Geometry == nil || math.IsNaN(d.Geometry.Bound().Min[0]) {
			continue
		}
		p := d.Geometry.Bound().Center()
		if len(all) == 0 {
			box = p.Bound()
		}
		box = box.Extend(p)
		all = append(all, d)
	}
	if len(all) == 0 {
		return nil
	}
	rank := map[Severity]int{SeverityError: 0, SeverityWarning: 1, SeverityRepaired: 2}
	slices.SortStableFunc(all, func(a, b *Defect) int { return rank[a.Severity] - rank[b.Severity] })
	m := &defectMap{Width: 900, Left: max(0, len(all)-mostPoints)}
	m.West, m.East = fmt.Sprintf("%.3f", box.Min[0]), fmt.Sprintf("%.3f", box.Max[0])
	m.South, m.North = fmt.Sprintf("%.3f", box.Min[1]), fmt.Sprintf("%.3f", box.Max[1])
	squeeze := math.Cos(box.Center()[1] * math.Pi / 180)
	w, h := max(1e-6, (box.Max[0]-box.Min[0])*squeeze), max(1e-6, box.Max[1]-box.Min[1])
	const margin = 20.0
	scale := min((float64(m.Width)-2*margin)/w, 560/h)
	m.Width, m.Height = max(300, int(w*scale+2*margin)), int(h*scale+2*margin)
	for _, d := range slices.Backward(all[:min(len(all), mostPoints)]) { // errors on top
		p := d.Geometry.Bound().Center()
		m.Points = append(m.Points, mapPoint{
			X:        math.Round(10*(margin+(p[0]-box.Min[0])*squeeze*scale)) / 10,
			Y:        math.Round(10*(margin+(box.Max[1]-p[1])*scale)) / 10,
			Severity: d.Severity, Title: d.Code + " " + d.Key,
		})
	}
	return m
}
