package registry

import (
	"fmt"

	"github.com/paulmach/orb"
)

// placeOther brings a part in a system that no Chinese registry uses into the
// plane through PROJ, with its axes as they are or swapped.
func (x *nyt) placeOther(part *dkPart, crs string) bool {
	fail := func(err error) bool {
		x.add(Defect{Code: CRSUnplaced, Severity: SeverityError, Layer: "DK", Key: part.file.name, Message: err.Error()})
		return x.unplaced(part)
	}
	t, err := newTransformer(crs)
	if err != nil {
		return fail(err)
	}
	defer t.close()
	mid, _ := middle(part.rows)
	pl, ok := placing{system: system{datum: datumOther, wkt: crs}}, false
	for _, pl.swapped = range [2]bool{false, true} {
		q := pl.apply(mid)
		if m, err := t.shape(orb.MultiPolygon{{{q}}}); err == nil && x.extent().Contains(m[0][0][0]) {
			mid, ok = m[0][0][0], true
			break
		}
	}
	if !ok {
		return fail(fmt.Errorf("middle %.3f, %.3f in %.40q lands outside of the county: %w: name the system with --crs", mid[0], mid[1], crs, ErrNowhere))
	}
	if x.plane == nil {
		x.plane = planeAround(mid[0])
		x.p.Report.CRS = CRSReport{Source: crs, Declared: crs, Datum: string(datumOther), AxesSwapped: pl.swapped, Area: "ellipsoid"}
	}
	if pl.swapped {
		x.sayPlacing(part, &pl.system, pl)
	}
	for i := range part.rows {
		r := &part.rows[i]
		each(r.plane, pl.apply)
		if pl.swapped {
			r.raise(corrected)
		}
		m, err := t.shape(r.plane)
		if err != nil {
			x.outlying(r, orb.Point{})
			continue
		}
		r.plane = m
		each(r.plane, x.plane.proj.forward)
	}
	return true
}
