package registry

import (
	"fmt"
	"math"
	"slices"
)

// areaUnit settles whether the column of areas is in m², ha or mu by the
// median ratio to the shapes, where the mapping doesn't say.
func (x *plainRead) areaUnit() {
	if x.col.area < 0 {
		return
	}
	units := []struct {
		name string
		m2   float64
	}{{"m2", 1}, {"ha", 1e4}, {"mu", m2PerMu}}
	if x.m.AreaUnit == "" {
		var ratios []float64
		for i := range x.rows {
			if r := &x.rows[i]; r.scmjM2 > 0 && r.areaM2 > 0 {
				ratios = append(ratios, r.areaM2/r.scmjM2)
			}
		}
		if len(ratios) == 0 {
			return
		}
		slices.Sort(ratios)
		mid := ratios[len(ratios)/2]
		for _, u := range units {
			if math.Abs(math.Log(mid/u.m2)) < math.Log(1.5) {
				x.m.AreaUnit = u.name
			}
		}
		if x.m.AreaUnit == "" {
			x.notes = append(x.notes, fmt.Sprintf("面积列 %s 与图形不成比例，未采用 / column of areas is in no known unit (median ratio %.3g); not used", x.m.Area, mid))
		}
	}
	scale := 0.0
	for _, u := range units {
		if u.name == x.m.AreaUnit {
			scale = u.m2
		}
	}
	for i := range x.rows {
		x.rows[i].scmjM2 *= scale
	}
}

// compareAreas runs the comparison that waited for the unit.
func (x *plainRead) compareAreas(c *checker) {
	w := rowChecker{checker: &checker{layer: c.layer, plane: c.plane, compareA: true}}
	for i := range x.rows {
		if r := &x.rows[i]; !r.outside {
			w.checkArea(r)
		}
	}
	x.defects = append(x.defects, w.defects...)
}
