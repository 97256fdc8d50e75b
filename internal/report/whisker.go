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
	P50                    []float64 // kg/mu, one per parcel with an estimate, ascending
	P10Mid, P50Mid, P90Mid float64   // kg/mu, medians over parcels of their p10, p50, p90
}

const spreadRow = 66.0 // height of a row in pixels

// drawSpreads renders one row per crop: small bars for how the parcels'
// medians lie and, under them, the whisker of the typical parcel. Each row has
// its own scale from zero, since crops differ tenfold in mass; the figures
// stand beside the name.
func drawSpreads(title Words, rows []spread) template.HTML {
	rows = slices.DeleteFunc(slices.Clone(rows), func(r spread) bool { return len(r.P50) == 0 })
	if len(rows) == 0 {
		return ""
	}
	height := spreadRow*float64(len(rows)) + 18
	d := newDrawing("chart", chartWidth, height, title.plain()+": "+describeSpreads(rows))
	for i, r := range rows {
		r.draw(d, spreadRow*float64(i))
	}
	d.words("unit", "middle", chartWidth/2, height-6, Words{"单产 公斤/亩（P10 · P50 · P90）", "yield, kg/mu"})
	return d.html()
}

func (r spread) draw(d *drawing, y float64) {
	top := math.Max(r.P50[len(r.P50)-1], orZero(r.P90Mid))
	step := niceStep(math.Max(top, 1), 4)
	x := axis{0, math.Ceil(top/step) * step, 8, chartWidth - 20}
	if x.To == 0 {
		x.To = step
	}
	d.words("rowname", "start", x.At, y+13, r.Name)
	base := y + 44
	for _, v := range x.ticks(step) {
		d.line("grid", x.px(v), y+20, x.px(v), base+9)
		d.text("tick", "middle", x.px(v), base+19, grouped(v, tickDecimals(step)))
	}
	b := countBins(r.P50, x.From, x.To, 60)
	most := float64(slices.Max(b.Counts))
	for i, n := range b.Counts {
		if n > 0 {
			h := math.Max(float64(n)/most*24, 1)
			d.rect("bar", x.px(b.From+float64(i)*b.Step)+.3, base-h, (x.Until-x.At)/60-.6, h, b.say(i)+" kg/mu: "+count(n))
		}
	}
	if !known(r.P10Mid) || !known(r.P90Mid) || !known(r.P50Mid) {
		return
	}
	d.text("value", "end", x.Until, y+13, grouped(r.P10Mid, 0)+" · "+grouped(r.P50Mid, 0)+" · "+grouped(r.P90Mid, 0))
	at := base + 5
	d.line("whisker", x.px(r.P10Mid), at, x.px(r.P90Mid), at)
	d.line("whisker", x.px(r.P10Mid), at-4, x.px(r.P10Mid), at+4)
	d.line("whisker", x.px(r.P90Mid), at-4, x.px(r.P90Mid), at+4)
	d.circle("whiskerdot", x.px(r.P50Mid), at, 3.2, r.say())
}

func (r spread) say() string {
	return fmt.Sprintf("%s: n = %s, P10 %s, P50 %s, P90 %s kg/mu", r.Name.plain(), count(len(r.P50)),
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
