package report

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
	"github.com/paulmach/orb/simplify"
)

// mapClass is one entry of a map's legend.
type mapClass struct {
	Letter  string // shown in large parcels and in the legend
	Name    Words
	Fill    string // "url(#c1)" or a CSS variable
	Parcels int
	AreaHa  float64
}

// picture is a map of parcels by class.
type picture struct {
	SVG     template.HTML
	Note    Words // how it was drawn
	Classes []mapClass
}

// Limits of drawing parcel by parcel; above them the map becomes cells. They
// keep the file of the largest county near a megabyte.
const (
	maxOutlines   = 12_000  // parcels
	maxPathBytes  = 400_000 // bytes of path data of one map
	maxLetters    = 250     // parcels that get their class's letter
	letterRoom    = 130.0   // tenths of a pixel that a parcel must be wide and high
	simplifyUnits = 2.5     // tenths of a pixel that an outline may move
)

// drawMap renders the parcels of a frame, parcel i in class of[i].
func drawMap(title Words, f frame, parcels []Parcel, of []int, classes []mapClass) picture {
	pic := picture{Classes: countClasses(parcels, of, classes)}
	if len(f.Drawn) == 0 {
		return pic
	}
	d := newDrawing("map", f.Width, f.Height, title.plain()+": "+describeClasses(pic.Classes))
	if paths, ok := outlines(f, parcels, of, len(classes)); ok {
		stroke := 6
		if len(f.Drawn) > 1500 {
			stroke = 2
		}
		for i, data := range paths {
			if data != "" {
				d.path(fmt.Sprintf(`class="land" fill="%s" stroke-width="%d"`, classes[i].Fill, stroke), data)
			}
		}
		drawLetters(d, f, parcels, of, classes)
		pic.Note = Words{"逐块绘制 " + count(len(f.Drawn)) + " 块，轮廓简化不超过 " + f.say(simplifyUnits) + "。",
			"Each of " + count(len(f.Drawn)) + " parcels is drawn, outlines simplified by at most " + f.say(simplifyUnits) + "."}
	} else {
		for i, data := range cells(f, parcels, of, len(classes)) {
			if data != "" {
				d.path(fmt.Sprintf(`fill="%s"`, classes[i].Fill), data)
			}
		}
		side := f.say(cellUnits)
		pic.Note = Words{"地块过多，按 " + side + " 方格绘制：每格取面积最大的一类（共 " + count(len(f.Drawn)) + " 块）。",
			"Too many parcels to outline: cells of " + side + " take the class with the largest area in them (" + count(len(f.Drawn)) + " parcels)."}
	}
	f.drawScale(d)
	pic.Note = f.noteMissing(pic.Note)
	pic.SVG = d.html()
	return pic
}

// say writes a length of the picture as metres on the ground.
func (f frame) say(units float64) string {
	m := units * f.metresPerUnit()
	if m < 10 {
		return grouped(m, 1) + " m"
	}
	return grouped(m, 0) + " m"
}

func (f frame) noteMissing(w Words) Words {
	if f.Shapeless > 0 {
		w.Zh += "另有 " + count(f.Shapeless) + " 块没有图形。"
		w.En += " Without a shape: " + count(f.Shapeless) + "."
	}
	if f.Far > 0 {
		w.Zh += "另有 " + count(f.Far) + " 块远离其余地块，未绘出。"
		w.En += " Too far from the rest to be drawn: " + count(f.Far) + "."
	}
	return w
}

// outlines returns one path per class, or false where that grows too large.
func outlines(f frame, parcels []Parcel, of []int, classes int) ([]string, bool) {
	if len(f.Drawn) > maxOutlines {
		return nil, false
	}
	paths := make([]strings.Builder, classes)
	size := 0
	for _, i := range f.Drawn {
		b := &paths[of[i]]
		before := b.Len()
		for _, polygon := range f.projected(parcels[i].Shape) {
			for _, ring := range polygon {
				writeRing(b, ring)
			}
		}
		if size += b.Len() - before; size > maxPathBytes {
			return nil, false
		}
	}
	out := make([]string, classes)
	for i := range paths {
		out[i] = paths[i].String()
	}
	return out, true
}

// projected is a shape in tenths of a pixel, simplified; the input is left
// alone.
func (f frame) projected(shape orb.MultiPolygon) orb.MultiPolygon {
	out := make(orb.MultiPolygon, 0, len(shape))
	for _, polygon := range shape {
		rings := make(orb.Polygon, 0, len(polygon))
		for _, ring := range polygon {
			r := make(orb.Ring, len(ring))
			for i, p := range ring {
				r[i] = f.project(p)
			}
			if len(r) > 4 {
				if s := simplify.DouglasPeucker(simplifyUnits).Ring(r.Clone()); len(s) >= 4 {
					r = s
				}
			}
			rings = append(rings, r)
		}
		out = append(out, rings)
	}
	return out
}

// writeRing appends a closed ring in whole units, each step relative to the
// last point as rounded, so that errors don't add up.
func writeRing(b *strings.Builder, r orb.Ring) {
	if len(r) < 3 {
		return
	}
	px, py := 0, 0
	for i, p := range r[:len(r)-1] {
		x, y := int(math.Round(p[0])), int(math.Round(p[1]))
		switch {
		case i == 0:
			b.WriteString("M" + strconv.Itoa(x) + " " + strconv.Itoa(y) + "l")
		case x != px || y != py:
			writeStep(b, x-px)
			if y-py >= 0 {
				b.WriteByte(' ')
			}
			b.WriteString(strconv.Itoa(y - py))
			b.WriteByte(' ')
		}
		px, py = x, y
	}
	b.WriteString("0 0z")
}

func writeStep(b *strings.Builder, v int) { b.WriteString(strconv.Itoa(v)) }

// drawLetters writes the class's letter into the parcels that have room for
// it, the first ones in order where there are too many.
func drawLetters(d *drawing, f frame, parcels []Parcel, of []int, classes []mapClass) {
	written := 0
	for _, i := range f.Drawn {
		b := parcels[i].Shape.Bound()
		a, z := f.project(b.Min), f.project(b.Max)
		if z[0]-a[0] < letterRoom || a[1]-z[1] < letterRoom || written == maxLetters {
			continue
		}
		c, area := planar.CentroidArea(parcels[i].Shape)
		if area == 0 || !planar.MultiPolygonContains(parcels[i].Shape, c) {
			continue
		}
		at := f.project(c)
		d.text("letter", "middle", at[0], at[1]+36, classes[of[i]].Letter)
		written++
	}
}

// drawScale draws a bar of a round length and the arrow to the north.
func (f frame) drawScale(d *drawing) {
	metres := roundDown(mapWidth * .3 * f.metresPerUnit())
	length, y := metres/f.metresPerUnit(), f.Height-110
	d.path(`class="scale"`, fmt.Sprintf("M80 %sv40h%sv-40", coord(y), coord(length)))
	label := grouped(metres, tickDecimals(metres)) + " m"
	if metres >= 1000 {
		label = grouped(metres/1000, tickDecimals(metres/1000)) + " km"
	}
	d.text("scaletext", "start", 80+length+50, y+45, label)
	d.path(`class="north"`, fmt.Sprintf("M%s %sl50 120l-50 -30l-50 30z", coord(mapWidth-150), coord(y-70)))
	d.words("scaletext", "end", mapWidth-240, y+45, Words{"北", "N"})
}

func countClasses(parcels []Parcel, of []int, classes []mapClass) []mapClass {
	out := append([]mapClass(nil), classes...)
	for i, p := range parcels {
		c := &out[of[i]]
		c.Parcels++
		c.AreaHa += orZero(p.AreaHa)
	}
	kept := out[:0]
	for _, c := range out {
		if c.Parcels > 0 {
			kept = append(kept, c)
		}
	}
	return kept
}

func describeClasses(classes []mapClass) string {
	said := make([]string, len(classes))
	for i, c := range classes {
		said[i] = fmt.Sprintf("%s %s: %s (%s ha)", c.Letter, c.Name.plain(), count(c.Parcels), grouped(c.AreaHa, 1))
	}
	return strings.Join(said, "; ")
}
