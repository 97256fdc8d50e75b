package registry

import (
	"fmt"
	"math"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/paulmach/orb/encoding/wkt"
)

// repairedShare is how much a repair may change the area that a shape's rings
// enclose. Below it all readings of the shape agree but for a loop, a spike or
// an overlap of its own parts too small to matter; above it somebody who knows
// the land has to say which reading is meant.
const repairedShare = 0.01

// mend rebuilds a shape that breaks the rules of simple features. It says
// false where the shape has no one meaning; the row is then quarantined. What
// was there before a repair is kept as well-known text of the working plane.
func (w *rowChecker) mend(r *row) bool {
	f := firstFlaw(r.plane, &w.scratch)
	if f == nil {
		return true
	}
	fixed, why := orb.MultiPolygon(nil), flawChinese[tooMany]
	if f.what != tooMany {
		fixed, why = rebuild(r.plane)
	}
	if why == "" && firstFlaw(fixed, &w.scratch) != nil {
		why = "修复后仍无效 / still invalid after a repair"
	}
	if why != "" {
		w.found(r, Defect{Code: GeomInvalid, Severity: SeverityError,
			Message: fmt.Sprintf("图形无效：%s，无法自动修复（%s） / shape is invalid: %s; no repair is sure", flawChinese[f.what], why, f.what)}, f.at)
		return false
	}
	was := wktOf(r.plane)
	r.plane = fixed
	w.found(r, Defect{Code: GeomInvalid, Severity: SeverityRepaired, Original: was,
		Message: fmt.Sprintf("图形无效：%s，已修复，面积不变（差 ≤ 1 %%） / shape was invalid: %s; rebuilt with its area kept within 1 %%", flawChinese[f.what], f.what)}, f.at)
	return true
}

// firstFlaw finds where a shape breaks the rules of simple features, within a
// part or between parts.
func firstFlaw(m orb.MultiPolygon, scratch *[]edge) *flaw {
	for _, poly := range m {
		if f := checkSimple(poly, scratch); f != nil {
			return f
		}
	}
	if len(m) < 2 {
		return nil
	}
	if len(m) > maxRings {
		return &flaw{tooMany, m[0][0][0]}
	}
	return checkParts(m, scratch)
}

// checkParts finds parts that cross, share sides or lie in one another. Each
// part is simple by itself.
func checkParts(m orb.MultiPolygon, scratch *[]edge) *flaw {
	var rings orb.Polygon
	for _, poly := range m {
		rings = append(rings, poly...)
	}
	sortEdges(rings, scratch)
	if f := edgePairs(rings, *scratch); f != nil {
		return &flaw{"parts cross or share sides", f.at}
	}
	for i := range m {
		for j := range m {
			if i != j && ringSide(m[i][0], m[j][0]) > 0 && !inHole(m[i][0], m[j]) {
				return &flaw{"a part lies in a part", m[i][0][0]}
			}
		}
	}
	return nil
}

// inHole tells whether a ring lies in one of the holes of a polygon.
func inHole(r orb.Ring, poly orb.Polygon) bool {
	for _, h := range poly[1:] {
		if ringSide(r, h) >= 0 {
			return true
		}
	}
	return false
}

// rebuild dissolves a shape by GEOS' buffer of width nothing and accepts the
// result where it encloses what the rings enclose. why is "" where it does.
func rebuild(m orb.MultiPolygon) (fixed orb.MultiPolygon, why string) {
	o := m[0][0][0]
	g, err := geosShape(m, o)
	if err != nil {
		return nil, "GEOS: " + err.Error()
	}
	defer g.Close()
	b, err := g.Buffer(0, 8, quiet())
	if err != nil {
		return nil, "GEOS: " + err.Error()
	}
	defer b.Close()
	raw, err := b.WKB(quiet())
	if err != nil {
		return nil, "GEOS: " + err.Error()
	}
	back, err := wkb.Unmarshal(raw)
	if err != nil {
		return nil, "GEOS: " + err.Error()
	}
	out, none := polygons(back)
	if none != "" || len(out) == 0 {
		return nil, "什么也没剩下 / nothing is left"
	}
	// Adding the origin back is exact: the difference of two near doubles is.
	each(out, func(p orb.Point) orb.Point { return orb.Point{p[0] + o[0], p[1] + o[1]} })
	orientRings(out)
	was, is := enclosed(m), measureShape(out).areaM2
	if math.Abs(was-is) > repairedShare*is {
		return nil, fmt.Sprintf("面积在 %.2f 与 %.2f m² 之间 / between %.2f and %.2f m²", min(was, is), max(was, is), min(was, is), max(was, is))
	}
	return out, ""
}

// enclosed is the area by the rings' own sense: loops that turn the other way
// count against the ring that they belong to.
func enclosed(m orb.MultiPolygon) float64 { return math.Abs(measureShape(m).areaM2) }

// wktOf writes a shape of the plane to the tenth of a millimetre, as
// shapefiles of county practice carry it.
func wktOf(m orb.MultiPolygon) string {
	c := m.Clone()
	each(c, func(p orb.Point) orb.Point { return orb.Point{math.Round(p[0]*1e4) / 1e4, math.Round(p[1]*1e4) / 1e4} })
	return strings.TrimSpace(wkt.MarshalString(c))
}
