package registry

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"
)

// extent is where the county must lie: as told, else the province's box by
// the code, else China.
func (x *nyt) extent() orb.Bound {
	if x.opt.Extent != (orb.Bound{}) {
		return x.opt.Extent.Pad(0.2)
	}
	if len(x.p.County) >= 2 {
		if b, ok := provinces[x.p.County[:2]]; ok {
			return b
		}
	}
	return china
}

// place settles the coordinate system of every part, moves the rows into one
// metric plane and joins them. False where nothing can be placed.
func (x *nyt) place() bool {
	ok := false
	for _, part := range x.parts {
		ok = x.placePart(part) || ok
	}
	for _, part := range x.parts {
		x.rows = append(x.rows, part.rows...)
		part.rows = nil
	}
	return ok
}

func (x *nyt) placePart(part *dkPart) bool {
	declared := part.declared
	if x.opt.CRS != "" {
		s, err := parseSystem(x.opt.CRS)
		if err != nil {
			x.add(Defect{Code: CRSUnplaced, Severity: SeverityError, Layer: "DK", Key: part.file.name, Message: err.Error()})
			return x.unplaced(part)
		}
		declared = &s
	}
	if part.prj == "" {
		x.add(Defect{Code: CRSMissing, Severity: SeverityWarning, Layer: "DK", Key: part.file.name,
			Message: "缺 .prj，坐标系由坐标值和县代码推断 / no .prj; the system is inferred from the numbers and the county code"})
	}
	mid, any := middle(part.rows)
	if !any {
		return false
	}
	if declared != nil && declared.datum == datumOther {
		return x.placeOther(part, declared.wkt)
	}
	pl, err := locate(mid, declared, x.extent())
	if err != nil {
		x.add(Defect{Code: CRSUnplaced, Severity: SeverityError, Layer: "DK", Key: part.file.name, Message: err.Error()})
		return x.unplaced(part)
	}
	x.sayPlacing(part, declared, pl)
	if x.plane == nil {
		x.openPlane(part, declared, pl)
	}
	x.move(part, pl)
	return true
}

// unplaced quarantines the rows of a part.
func (x *nyt) unplaced(part *dkPart) bool {
	for i := range part.rows {
		part.rows[i].raise(quarantined)
		part.rows[i].outside = true
		part.rows[i].plane = nil
	}
	return false
}

// sayPlacing reports what was repaired of the coordinates.
func (x *nyt) sayPlacing(part *dkPart, declared *system, pl placing) {
	say := func(code string, s Severity, original, msg string) {
		x.add(Defect{Code: code, Severity: s, Layer: "DK", Key: part.file.name, Original: original, Message: msg})
	}
	if pl.swapped {
		say(AxesSwapped, SeverityRepaired, "north, east", "坐标轴颠倒，已对调 / axes were swapped and have been put right")
	}
	if pl.addE > 0 {
		say(ZonePrefixMissing, SeverityRepaired, "no prefix", fmt.Sprintf("东坐标缺带号，已加 %.0f 带 / eastings lacked the zone number, which has been added", pl.addE/1e6))
	}
	if pl.addE < 0 {
		say(ZonePrefixExtra, SeverityRepaired, "prefix", fmt.Sprintf("东坐标多带号，已去掉 %.0f 带 / eastings had a zone number that the system lacks; removed", -pl.addE/1e6))
	}
	if declared == nil && !pl.system.geographic && pl.system.prefix == 0 {
		say(ZonePrefixMissing, SeverityWarning, "", fmt.Sprintf("东坐标无带号，按中央经线 %g° 读取 / eastings carry no zone number; read with central meridian %g°", pl.system.lon0, pl.system.lon0))
	}
	if pl.system.geographic {
		say(CRSGeographic, SeverityWarning, "", "坐标为经纬度，应为投影坐标 / coordinates are degrees where metres are due")
	}
	if pl.system.datum == datumXian80 || pl.system.datum == datumBeijing {
		say(CRSOldDatum, SeverityWarning, "", fmt.Sprintf("坐标系为 %s / coordinates are on an old datum", pl.system.datum))
	}
}

// openPlane makes the plane of the first part that can be placed the plane of
// the package.
func (x *nyt) openPlane(part *dkPart, declared *system, pl placing) {
	s := pl.system
	x.plane = &plane{system: s}
	rep := CRSReport{Source: s.name(), Datum: string(s.datum), CentralMeridian: s.lon0, ZonePrefix: s.prefix,
		AxesSwapped: pl.swapped, EastingAddedM: pl.addE, Area: "source projection"}
	if declared != nil {
		rep.Declared = declared.name()
		if declared.datum == datumOther {
			rep.Declared = declared.wkt
		}
	}
	if s.geographic {
		mid, _ := middle(part.rows)
		mid = pl.apply(mid)
		x.plane = planeAround(mid[0])
		rep.Area = "ellipsoid"
	}
	x.plane.proj = x.plane.system.projection()
	if d := s.datum; !s.geographic && (d == datumXian80 || d == datumBeijing) {
		if fit, err := x.fitDatum(); err != nil {
			x.p.Report.Notes = append(x.p.Report.Notes, fmt.Sprintf("旧坐标系未做基准转换，位置可能偏差百米以上 / old datum left unconverted, positions may be off by 100 m and more: %v", err))
		} else {
			x.plane.fit = &fit
			// The fit ends in CGCS2000 without a prefix.
			to := system{datum: datumCGCS2000, lon0: s.lon0}
			x.plane.proj = to.projection()
			rep.DatumFit = &Fit{Method: "4-parameter", Points: fit.points, RMSEM: fit.rmseM}
		}
	}
	x.p.Report.CRS = rep
}

// move brings a part's rows into the plane. Rows that lie far from the rest
// are tried the other ways, each on its own.
func (x *nyt) move(part *dkPart, pl placing) {
	mid, _ := middle(part.rows)
	home := pl.apply(mid)
	far := strayM
	if pl.system.geographic {
		far = strayM / 111e3
	}
	for i := range part.rows {
		r := &part.rows[i]
		p, ok := r.first()
		if !ok {
			continue
		}
		own := pl
		if q := pl.apply(p); !near(q, home, far) {
			var found bool
			if own, found = stray(p, pl, home, far); !found {
				x.outlying(r, p)
				continue
			}
			x.add(strayDefect(r, pl, own, p))
			r.raise(corrected)
		} else if pl.moves() {
			r.raise(corrected)
		}
		x.moveRow(r, own)
	}
}

// strayM is how far from the middle of its layer a parcel may lie: no county
// reaches 400 km.
const strayM = 400e3

func near(a, b orb.Point, d float64) bool {
	return math.Abs(a[0]-b[0]) <= d && math.Abs(a[1]-b[1]) <= d
}

// stray tries the other readings of a single row.
func stray(p orb.Point, pl placing, home orb.Point, far float64) (placing, bool) {
	for _, swapped := range [2]bool{pl.swapped, !pl.swapped} {
		for _, add := range [3]float64{pl.addE, pl.addE + float64(zonePrefix(pl))*1e6, pl.addE - float64(zonePrefix(pl))*1e6} {
			c := placing{system: pl.system, swapped: swapped, addE: add}
			if near(c.apply(p), home, far) {
				return c, true
			}
		}
	}
	return pl, false
}

func zonePrefix(pl placing) int {
	if pl.system.prefix > 0 {
		return pl.system.prefix
	}
	return int(math.Round(pl.system.lon0 / 3))
}

func strayDefect(r *row, pl, own placing, p orb.Point) Defect {
	d := Defect{Code: ZonePrefixMissing, Severity: SeverityRepaired, Layer: "DK", Key: r.code, Row: int(r.number),
		Original: fmt.Sprintf("%.3f, %.3f", p[0], p[1]), Message: "该地块东坐标带号与图层不一致，已改 / this row's eastings differ from the layer's by the zone number; repaired"}
	if own.addE < pl.addE {
		d.Code = ZonePrefixExtra
	}
	if own.swapped != pl.swapped {
		d.Code, d.Message = AxesSwapped, "该地块坐标轴颠倒，已对调 / this row's axes were swapped; repaired"
	}
	return d
}

func (x *nyt) outlying(r *row, p orb.Point) {
	r.raise(quarantined)
	r.outside = true
	r.plane = nil
	x.add(Defect{Code: GeomOutside, Severity: SeverityError, Layer: "DK", Key: r.code, Row: int(r.number),
		Original: fmt.Sprintf("%.3f, %.3f", p[0], p[1]), Message: "地块远离本县 / parcel lies far from the rest"})
}

// moveRow applies the placing in place.
func (x *nyt) moveRow(r *row, pl placing) {
	if pl.system == x.plane.system && !pl.moves() {
		return
	}
	from := pl.system.projectionOrNil()
	for _, poly := range r.plane {
		for _, ring := range poly {
			for i := range ring {
				ring[i] = pl.apply(ring[i])
			}
		}
	}
	switch {
	case pl.system.geographic:
		each(r.plane, x.plane.proj.forward)
	case pl.system != x.plane.system:
		// A part in another zone comes over by way of lon/lat.
		each(r.plane, func(q orb.Point) orb.Point { return x.plane.proj.forward(from.inverse(q)) })
	}
}

func (s system) projectionOrNil() *mercator {
	if s.geographic {
		return nil
	}
	return s.projection()
}

func each(m orb.MultiPolygon, f func(orb.Point) orb.Point) {
	for _, poly := range m {
		for _, ring := range poly {
			for i := range ring {
				ring[i] = f(ring[i])
			}
		}
	}
}
