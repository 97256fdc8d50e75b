package registry

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/paulmach/orb"
	"golang.org/x/sync/errgroup"

	"parus/fields"
)

const m2PerMu = fields.M2PerMu

// Thresholds of the checks. Source: practice of county registries as listed in
// docs (area 1 m², vertices 0.05 m, angle 5°, buffer 1 mm, area 5 % and 20 %,
// compactness 0.05).
const (
	tinyM2          = 1.0
	closeM          = 0.05
	sharpDegrees    = 5.0
	bufferM         = 0.001
	areaWarnRatio   = 0.05
	areaErrorRatio  = 0.20
	sliverRatio     = 0.05
	snapEqualM      = 1e-4 // shapefiles of county practice carry 0.1 mm
	overlapBadShare = 0.20 // of the smaller parcel, from which an overlap is an error
)

// checker runs the checks of single rows.
type checker struct {
	layer    string
	nyt      bool   // codes follow NY/T 2539
	county   string // six digits, "" where unknown
	plane    *plane
	compareA bool // SCMJ is there to compare
}

// checkRows checks all rows in parallel and returns the defects in row order.
func (c *checker) checkRows(ctx context.Context, rows []row, threads int) ([]Defect, error) {
	const chunk = 4096
	out := make([][]Defect, (len(rows)+chunk-1)/chunk)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, threads))
	for i := range out {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			w := rowChecker{checker: c}
			for k := i * chunk; k < min(len(rows), (i+1)*chunk); k++ {
				w.check(&rows[k])
			}
			out[i] = w.defects
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, fmt.Errorf("check rows: %w", err)
	}
	var all []Defect
	for _, d := range out {
		all = append(all, d...)
	}
	return all, nil
}

// rowChecker is one worker's memory.
type rowChecker struct {
	*checker
	defects []Defect
	scratch []edge
}

// found notes a defect of a row; the geometry is in the plane and turned to
// lon/lat at the end.
func (w *rowChecker) found(r *row, d Defect, at orb.Geometry) {
	d.Layer, d.Key, d.Row, d.Geometry = w.layer, r.code, int(r.number), at
	switch d.Severity {
	case SeverityError:
		r.raise(quarantined)
	case SeverityRepaired:
		r.raise(corrected)
	default: // a warning changes nothing
	}
	w.defects = append(w.defects, d)
}

func (w *rowChecker) check(r *row) {
	if w.nyt {
		w.checkCode(r)
	}
	if r.state == quarantined && r.plane == nil {
		r.outside = true
		return // the shape could not be read; said already
	}
	if !w.closeRings(r) || !w.mend(r) {
		r.outside = true
		return
	}
	m := measureShape(r.plane)
	r.areaM2 = m.areaM2
	r.bound = r.plane.Bound()
	if w.plane.onEll {
		k := w.plane.proj.scale(r.bound.Center())
		r.areaM2 /= k * k
	}
	w.checkShape(r, m)
	w.checkArea(r)
}

func (w *rowChecker) checkCode(r *row) {
	switch {
	case len(r.code) != 19 || !digits(r.code):
		w.found(r, Defect{Code: CodeLength, Severity: SeverityError,
			Message: fmt.Sprintf("地块代码 %q 应为 19 位数字 / parcel code is not 19 digits", r.code)}, centre(r))
	case w.county != "" && r.code[:len(w.county)] != w.county:
		w.found(r, Defect{Code: CodeCounty, Severity: SeverityError,
			Message: fmt.Sprintf("地块代码以 %s 开头，本县为 %s / parcel code begins with another county's code", r.code[:6], w.county)}, centre(r))
	}
	if len(r.code) >= 12 {
		r.village = r.code[:12]
	}
}

// centre is a place to show for a row whose shape has not been checked.
func centre(r *row) orb.Geometry {
	if p, ok := r.first(); ok {
		return p
	}
	return nil
}

// closeRings closes rings, drops repeated vertices and sorts rings into
// polygons; false where nothing of a shape is left.
func (w *rowChecker) closeRings(r *row) bool {
	r.plane = slices.DeleteFunc(r.plane, func(p orb.Polygon) bool { return len(p) == 0 }) // parts of nothing
	opened, broken, n, repeated := false, false, 0, 0
	for _, poly := range r.plane {
		for i := range poly {
			if !finite(poly[i]) {
				w.found(r, Defect{Code: GeomInvalid, Severity: SeverityError, Message: "坐标不是数字 / coordinates are not numbers"}, nil)
				return false
			}
			before := len(poly[i])
			ring, wasOpen := closeRing(poly[i])
			poly[i] = ring
			opened = opened || wasOpen
			broken = broken || len(ring) < 4
			n += before
			if repeated += before - len(ring); wasOpen {
				repeated++
			}
		}
	}
	switch {
	case n == 0:
		w.found(r, Defect{Code: GeomMissing, Severity: SeverityError, Message: "没有图形 / the row has no shape"}, nil)
		return false
	case broken:
		w.found(r, Defect{Code: GeomInvalid, Severity: SeverityError, Message: "环少于三个不同节点 / a ring has fewer than three different vertices"}, centre(r))
		return false
	case opened:
		w.found(r, Defect{Code: GeomInvalid, Severity: SeverityRepaired, Original: "open ring",
			Message: "环未闭合，已闭合 / a ring was open and has been closed"}, centre(r))
	}
	if repeated > 0 {
		w.found(r, Defect{Code: VertexClose, Severity: SeverityRepaired, Original: fmt.Sprintf("%d vertices", n),
			Message: fmt.Sprintf("%d 个节点与前一节点重合，已删去 / %d vertices repeat the one before and have been dropped", repeated, repeated)}, centre(r))
	}
	if len(r.plane) == 1 && len(r.plane[0]) > 1 && len(r.plane[0]) <= maxRings {
		r.plane = nest(r.plane[0])
	}
	orientRings(r.plane)
	return true
}

func (w *rowChecker) checkShape(r *row, m measure) {
	if r.areaM2 < tinyM2 {
		w.found(r, Defect{Code: AreaTiny, Severity: SeverityError,
			Message: fmt.Sprintf("图形面积 %.3f m²，不足 1 m² / shape below 1 m²", r.areaM2)}, r.plane)
		return
	}
	if len(r.plane) > 1 {
		w.found(r, Defect{Code: GeomMultipart, Severity: SeverityWarning,
			Message: fmt.Sprintf("图形有 %d 个部件 / shape has %d parts", len(r.plane), len(r.plane))}, r.plane)
	}
	if c := 4 * math.Pi * m.areaM2 / (m.perimeterM * m.perimeterM); c < sliverRatio {
		w.found(r, Defect{Code: Sliver, Severity: SeverityWarning,
			Message: fmt.Sprintf("狭长碎块，4πA/P² = %.3f / sliver", c)}, r.plane)
	}
	angle, at, gap, gapAt := sharpest(r.plane)
	if angle < sharpDegrees {
		w.found(r, Defect{Code: AngleSharp, Severity: SeverityWarning,
			Message: fmt.Sprintf("夹角 %.2f° 小于 5° / angle below 5°", angle)}, at)
	}
	if gap < closeM {
		w.found(r, Defect{Code: VertexClose, Severity: SeverityWarning,
			Message: fmt.Sprintf("相邻节点仅距 %.3f m / vertices %.3f m apart", gap, gap)}, gapAt)
	}
}

// flawChinese translates the words of [checkSimple].
var flawChinese = map[string]string{
	"sides cross": "边相交", "a ring touches itself": "环自相接触", "a spike runs back over itself": "尖刺折返",
	"sides lie on each other": "边重叠", "a hole lies outside its ring": "洞在外环之外", "a hole lies in a hole": "洞中有洞",
	"parts cross or share sides": "部件相交或共边", "a part lies in a part": "部件相互包含", tooMany: "边数过多，无法检查",
}

// checkArea compares the registered area with the shape's. A ratio near one
// mu in square metres shows that SCMJ was given in mu, which is repaired.
func (w *rowChecker) checkArea(r *row) {
	if !w.compareA || r.scmjM2 <= 0 || r.areaM2 <= 0 {
		return
	}
	if q := r.areaM2 / r.scmjM2 / m2PerMu; math.Abs(q-1) < areaWarnRatio {
		was := r.scmjM2
		r.scmjM2 *= m2PerMu
		w.found(r, Defect{Code: AreaUnitMu, Severity: SeverityRepaired, Original: fmt.Sprintf("SCMJ=%g", was),
			Message: fmt.Sprintf("SCMJ=%g 是亩数，已换算为 %.2f m² / SCMJ was given in mu and has been converted", was, r.scmjM2)}, centre(r))
		return
	}
	diff := math.Abs(r.areaM2-r.scmjM2) / r.scmjM2
	if diff <= areaWarnRatio {
		return
	}
	s := SeverityWarning
	if diff > areaErrorRatio && w.nyt { // a plain file's areas may be of something else
		s = SeverityError
	}
	w.found(r, Defect{Code: AreaMismatch, Severity: s,
		Message: fmt.Sprintf("图形 %.2f m² 与实测面积 %.2f m² 相差 %.1f %% / shape and SCMJ differ", r.areaM2, r.scmjM2, diff*100)}, centre(r))
}

// checkDuplicates quarantines rows that share a code. Where all rows of a code
// have the same shape the first of them stands.
func checkDuplicates(layer string, rows []row) (defects []Defect, index map[string]int32) {
	index = make(map[string]int32, len(rows))
	for i := range rows {
		r := &rows[i]
		if r.code == "" {
			continue
		}
		j, dup := index[r.code]
		if !dup {
			index[r.code] = int32(i)
			continue
		}
		first := &rows[j]
		same := orb.Equal(first.plane, r.plane)
		note := func(r *row, words string) {
			r.raise(quarantined)
			defects = append(defects, Defect{Code: CodeDuplicate, Severity: SeverityError, Layer: layer, Key: r.code, Row: int(r.number),
				Message: "代码重复：" + words, Geometry: centre(r)})
		}
		if !same && !first.duplicate {
			note(first, "与后面的记录图形不同 / code occurs again with another shape")
			first.duplicate = true
		}
		note(r, fmt.Sprintf("第 %d 条记录已用 / code already used by record %d", first.number, first.number))
		r.duplicate = true
	}
	return defects, index
}

// majorityCounty returns the commonest first six digits of the codes.
func majorityCounty(rows []row) string {
	count := map[string]int{}
	best := ""
	for i := range rows {
		c := rows[i].code
		if len(c) < 6 || !digits(c[:6]) {
			continue
		}
		k := c[:6]
		n, ok := count[k]
		if !ok {
			k = strings.Clone(k)
		}
		count[k] = n + 1
	}
	for k, n := range count {
		if n > count[best] || n == count[best] && k < best {
			best = k
		}
	}
	return best
}
