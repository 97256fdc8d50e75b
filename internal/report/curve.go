package report

import (
	"fmt"
	"html/template"
	"math"
	"strings"
	"time"
)

const curveHeight = 200.0 // pixels

// drawCurve renders the NDVI of one parcel over its season: a full dot per
// clear date, a hollow one where less than half of the parcel was clear, a
// tick on the ground line where nothing was, and the smoothed curve, broken at
// its gaps. It renders nothing without a curve.
func drawCurve(p Parcel, label string) template.HTML {
	if !p.hasCurve() {
		return ""
	}
	from, to := p.Dates[0], p.Dates[len(p.Dates)-1]
	x := axis{0, math.Max(to.Sub(from).Hours()/24, 1), 32, chartWidth - 12}
	y := axis{-0.1, 1, curveHeight - 24, 10}
	days := func(t time.Time) float64 { return x.px(t.Sub(from).Hours() / 24) }
	clear, cloudy, blind := p.sight()
	d := newDrawing("chart", chartWidth, curveHeight, fmt.Sprintf("%s: NDVI %s – %s; %d clear, %d cloudy, %d unseen dates%s",
		label, day(from), day(to), clear, cloudy, blind, p.peak()))
	for _, v := range []float64{0, .2, .4, .6, .8, 1} {
		d.line("grid", x.At, y.px(v), x.Until, y.px(v))
		d.text("tick", "end", x.At-5, y.px(v)+4, grouped(v, 1))
	}
	drawMonths(d, from, to, y.At, days)
	d.line("axis", x.At, y.At, x.Until, y.At)
	if data := smoothPath(p, days, y); data != "" {
		d.path(`class="smooth"`, data)
	}
	for i, t := range p.Dates {
		v := float64(p.NDVI[i])
		switch {
		case !known(v):
			d.line("unseen", days(t), y.At-5, days(t), y.At)
		case p.valid(i) < clearShare:
			d.circle("cloudy", days(t), y.px(clamp(v, y)), 2.6, fmt.Sprintf("%s %.2f (%.0f%%)", day(t), v, p.valid(i)*100))
		default:
			d.circle("clear", days(t), y.px(clamp(v, y)), 2.6, fmt.Sprintf("%s %.2f", day(t), v))
		}
	}
	return d.html()
}

// valid is the clear share at date i; a parcel without shares counts as clear
// wherever it has a value.
func (p Parcel) valid(i int) float64 {
	if len(p.Valid) == 0 {
		return 1
	}
	return float64(p.Valid[i])
}

// sight counts the dates by how well they saw the parcel.
func (p Parcel) sight() (clear, cloudy, blind int) {
	for i := range p.Dates {
		switch {
		case !known(float64(p.NDVI[i])):
			blind++
		case p.valid(i) < clearShare:
			cloudy++
		default:
			clear++
		}
	}
	return clear, cloudy, blind
}

// peak says where the smoothed curve is highest.
func (p Parcel) peak() string {
	best := -1
	for i, v := range p.Smooth {
		if known(float64(v)) && (best < 0 || v > p.Smooth[best]) {
			best = i
		}
	}
	if best < 0 {
		return ""
	}
	return fmt.Sprintf("; peak %.2f on %s", p.Smooth[best], day(p.Dates[best]))
}

func smoothPath(p Parcel, days func(time.Time) float64, y axis) string {
	var b strings.Builder
	pen := "M"
	for i, v := range p.Smooth {
		if !known(float64(v)) {
			pen = "M"
			continue
		}
		b.WriteString(pen + coord(days(p.Dates[i])) + " " + coord(y.px(clamp(float64(v), y))))
		pen = "L"
	}
	return b.String()
}

// drawMonths marks the first days of months under the ground line, at most
// seven of them by name.
func drawMonths(d *drawing, from, to time.Time, ground float64, days func(time.Time) float64) {
	months := (to.Year()-from.Year())*12 + int(to.Month()-from.Month())
	every := max((months+5)/6, 1)
	first := time.Date(from.Year(), from.Month()+1, 1, 0, 0, 0, 0, time.UTC)
	for i := 0; ; i++ {
		t := first.AddDate(0, i, 0)
		if t.After(to) {
			return
		}
		if months <= 36 || i%every == 0 {
			d.line("axis", days(t), ground, days(t), ground+4)
		}
		if i%every == 0 {
			d.text("tick", "middle", math.Min(days(t), chartWidth-24), ground+16, t.Format("2006-01"))
		}
	}
}

func clamp(v float64, a axis) float64 { return math.Max(a.From, math.Min(a.To, v)) }
