package report

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"
)

// bins counts values in steps of one width: bin i holds From + i·Step ≤ v <
// From + (i+1)·Step, the last one also its upper edge.
type bins struct {
	From, Step float64
	Counts     []int
}

// countBins puts the known values between from and to into n bins; those
// outside fall into the first and the last.
func countBins(values []float64, from, to float64, n int) bins {
	b := bins{From: from, Step: (to - from) / float64(n), Counts: make([]int, n)}
	for _, v := range values {
		if known(v) {
			// The tiny share keeps 0.15/0.05 from falling into bin 2.
			i := int(math.Floor((v-from)/b.Step + 1e-9))
			b.Counts[min(max(i, 0), n-1)]++
		}
	}
	return b
}

// niceBins chooses a round step so that at most 16 bins span the values.
func niceBins(sorted []float64) bins {
	if len(sorted) == 0 {
		return bins{Step: 1}
	}
	lo, hi := sorted[0], sorted[len(sorted)-1]
	step := niceStep(hi-lo, 14)
	if hi == lo {
		step = niceStep(math.Max(math.Abs(hi), 1), 10)
	}
	from := math.Floor(lo/step+1e-9) * step
	n := max(int(math.Ceil((hi-from)/step-1e-9)), 1)
	return countBins(sorted, from, from+float64(n)*step, n)
}

// histogram is a chart of how many values fall where, with the median marked.
type histogram struct {
	Title  Words
	Unit   Words
	Values []float64
	Fixed  *bins // edges given: From, Step and the length of Counts
}

const (
	chartWidth  = 360.0
	chartHeight = 220.0
)

// draw renders the chart, or nothing where no value is known.
func (h histogram) draw() template.HTML {
	sorted := knownSorted(h.Values)
	if len(sorted) == 0 {
		return ""
	}
	b := niceBins(sorted)
	if h.Fixed != nil {
		n := len(h.Fixed.Counts)
		b = countBins(sorted, h.Fixed.From, h.Fixed.From+float64(n)*h.Fixed.Step, n)
	}
	to := b.From + float64(len(b.Counts))*b.Step
	x := axis{b.From, to, 40, chartWidth - 22}
	y := axis{0, float64(slices.Max(b.Counts)), chartHeight - 44, 22}
	d := newDrawing("chart", chartWidth, chartHeight, h.Title.plain()+": "+h.describe(b, sorted))
	drawCounts(d, x, y)
	for i, n := range b.Counts {
		x0, x1 := x.px(b.From+float64(i)*b.Step), x.px(b.From+float64(i+1)*b.Step)
		if n > 0 {
			d.rect("bar", x0+.75, y.px(float64(n)), math.Max(x1-x0-1.5, .5), y.At-y.px(float64(n)), b.say(i)+": "+count(n))
		}
	}
	d.line("axis", x.At, y.At, x.Until, y.At)
	step := b.Step * math.Ceil(float64(len(b.Counts))/5)
	for v := b.From; v <= to+b.Step*1e-9; v += step {
		d.line("axis", x.px(v), y.At, x.px(v), y.At+4)
		d.text("tick", "middle", x.px(v), y.At+16, grouped(v, tickDecimals(b.Step)))
	}
	d.words("unit", "middle", (x.At+x.Until)/2, chartHeight-8, h.Unit)
	drawMedian(d, x, y, quantile(sorted, .5), tickDecimals(b.Step))
	return d.html()
}

// drawCounts draws the horizontal lines of an axis of counts with their
// figures.
func drawCounts(d *drawing, x, y axis) {
	step := math.Max(niceStep(y.To, 4), 1)
	for _, v := range y.ticks(step) {
		d.line("grid", x.At, y.px(v), x.Until, y.px(v))
		d.text("tick", "end", x.At-6, y.px(v)+4, grouped(v, tickDecimals(step)))
	}
}

func drawMedian(d *drawing, x, y axis, median float64, decimals int) {
	at := x.px(median)
	d.line("median", at, y.Until-6, at, y.At)
	anchor, dx := "start", 4.0
	if at > (x.At+x.Until)/2 {
		anchor, dx = "end", -4
	}
	d.words("note", anchor, at+dx, y.Until-8, Words{"中位数 " + grouped(median, decimals), "median"})
}

// say names bin i by its edges.
func (b bins) say(i int) string {
	dec := tickDecimals(b.Step)
	return grouped(b.From+float64(i)*b.Step, dec) + "–" + grouped(b.From+float64(i+1)*b.Step, dec)
}

// describe says the chart in words.
func (h histogram) describe(b bins, sorted []float64) string {
	dec := tickDecimals(b.Step)
	parts := []string{fmt.Sprintf("n = %s, min %s, median %s, max %s", count(len(sorted)),
		grouped(sorted[0], dec), grouped(quantile(sorted, .5), dec), grouped(sorted[len(sorted)-1], dec))}
	for i, n := range b.Counts {
		if n > 0 {
			parts = append(parts, b.say(i)+": "+count(n))
		}
	}
	return strings.Join(parts, "; ")
}

// knownSorted returns the known values in ascending order.
func knownSorted(values []float64) []float64 {
	out := make([]float64, 0, len(values))
	for _, v := range values {
		if known(v) {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return out
}
