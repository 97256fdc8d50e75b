package report

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"
)

// spread is one row of the yield chart: the medians of a crop's parcels and
// the interval of its typical parcel.
type spread struct {
	Name                   Words
	P50                    []float64 // one per parcel with an estimate, ascending
	P10Mid, P50Mid, P90Mid float64   // medians over parcels of their p10, p50, p90
}

const spreadRow = 58.0 // height of a row in pixels

// drawSpreads renders one row per crop: small bars for how the parcels'
// medians lie and, under them, the whisker of the typical parcel.
func drawSpreads(title Words, rows []spread) template.HTML {
	rows = slices.DeleteFunc(slices.Clone(rows), func(r spread) bool { return len(r.P50) == 0 })
	if len(rows) == 0 {
		return ""
	}
	top := 0.0
	for _, r := range rows {
		top = max(top, r.P50[len(r.P50)-1], orZero(r.P90Mid))
	}
	step := niceStep(math.Max(top, 1), 5)
	height := spreadRow*float64(len(rows)) + 44
	x := axis{0, math.Ceil(top/step) * step, 14, chartWidth - 22}
	d := newDrawing("chart", chartWidth, height, title.plain()+": "+describeSpreads(rows))
	for _, v := range x.ticks(step) {
		d.line("grid", x.px(v), 4, x.px(v), height-40)
		d.text("tick", "middle", x.px(v), height-26, grouped(v, tickDecimals(step)))
	}
	for i, r := range rows {
		r.draw(d, x, spreadRow*float64(i))
	}
	d.line("axis", x.At, height-40, x.Until, height-40)
	d.words("unit", "middle", (x.At+x.Until)/2, height-8, Words{"单产 千克/公顷", "yield, kg/ha"})
	return d.html()
}

func (r spread) draw(d *drawing, x axis, y float64) {
	d.words("rowname", "start", x.At+2, y+14, r.Name)
	b := countBins(r.P50, x.From, x.To, 60)
	most, base := float64(slices.Max(b.Counts)), y+42
	for i, n := range b.Counts {
		if n > 0 {
			h := math.Max(float64(n)/most*24, 1)
			x0 := x.px(b.From + float64(i)*b.Step)
			d.rect("bar", x0+.3, base-h, (x.Until-x.At)/60-.6, h, b.say(i)+" kg/ha: "+count(n))
		}
	}
	if !known(r.P10Mid) || !known(r.P90Mid) || !known(r.P50Mid) {
		return
	}
	at := base + 6
	d.line("whisker", x.px(r.P10Mid), at, x.px(r.P90Mid), at)
	d.line("whisker", x.px(r.P10Mid), at-4, x.px(r.P10Mid), at+4)
	d.line("whisker", x.px(r.P90Mid), at-4, x.px(r.P90Mid), at+4)
	d.circle("whiskerdot", x.px(r.P50Mid), at, 3.2, r.say())
}

func (r spread) say() string {
	return fmt.Sprintf("%s: n = %s, P10 %s, P50 %s, P90 %s kg/ha", r.Name.plain(), count(len(r.P50)),
		grouped(r.P10Mid, 0), grouped(r.P50Mid, 0), grouped(r.P90Mid, 0))
}

func describeSpreads(rows []spread) string {
	said := make([]string, len(rows))
	for i, r := range rows {
		said[i] = r.say()
	}
	return strings.Join(said, "; ")
}

func orZero(v float64) float64 {
	if !known(v) {
		return 0
	}
	return v
}
