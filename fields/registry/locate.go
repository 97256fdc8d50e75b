package registry

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// placing says how the coordinates of a file become those of its system:
// first the axes, then the zone prefix.
type placing struct {
	system  system
	swapped bool    // the file holds north, east
	addE    float64 // added to eastings after swapping: prefix·10⁶ or its negative
	assumed bool    // the file named no system
}

// moves tells whether coordinates change.
func (p placing) moves() bool { return p.swapped || p.addE != 0 }

// apply moves one point.
func (p placing) apply(q orb.Point) orb.Point {
	if p.swapped {
		q[0], q[1] = q[1], q[0]
	}
	q[0] += p.addE
	return q
}

// ErrNowhere is wrapped where coordinates fit no system, or several.
var ErrNowhere = errors.New("coordinates cannot be placed")

// locate finds the placing under which mid, a middle of a layer in the file's
// coordinates, lands in extent (lon/lat). The declared system, nil where the
// file names none, is tried as it stands, then with swapped axes, then with
// the zone prefix added or taken away, then both. Without a declaration CGCS2000 is
// assumed, which NY/T 2539 asks for.
func locate(mid orb.Point, declared *system, extent orb.Bound) (placing, error) {
	var cands []placing
	if declared != nil {
		cands = declaredPlacings(mid, *declared)
	} else {
		cands = assumedPlacings(mid)
	}
	var fits []placing
	for _, c := range cands {
		if p, ok := c.lonLat(mid); ok && extent.Contains(p) {
			fits = append(fits, c)
		}
	}
	switch {
	case len(fits) == 0:
		return placing{}, fmt.Errorf("middle %.3f, %.3f with axes and zone prefix tried both ways lands nowhere in %v: %w: name the system with --crs and check the county code", mid[0], mid[1], extent, ErrNowhere)
	case declared == nil && len(fits) > 1 && fits[1].system.lon0 != fits[0].system.lon0 && !fits[1].swapped:
		return placing{}, fmt.Errorf("no .prj, no zone prefix, and central meridians %g° and %g° both fit: %w: name the system with --crs", fits[0].system.lon0, fits[1].system.lon0, ErrNowhere)
	}
	return fits[0], nil
}

// lonLat gives the place of a point in the file's coordinates; the datum is
// taken as it is, which moves it by less than 200 m.
func (p placing) lonLat(q orb.Point) (orb.Point, bool) {
	q = p.apply(q)
	if !p.system.geographic {
		// Beyond ±1000 km of the meridian no county surveys.
		if m := p.system.projection(); math.Abs(q[0]-m.falseE) > 1e6 || math.Abs(q[1]) > 1e7 {
			return q, false
		} else {
			q = m.inverse(q)
		}
	}
	return q, math.Abs(q[0]) <= 180 && math.Abs(q[1]) <= 90
}

// declaredPlacings lists what a declared system allows, the likeliest first.
func declaredPlacings(mid orb.Point, s system) []placing {
	out := []placing{{system: s}, {system: s, swapped: true}}
	if !s.geographic {
		zone := s.prefix
		if zone == 0 {
			zone = zoneOf(s.lon0, mid)
		}
		add := float64(zone) * 1e6
		if s.prefix == 0 {
			add = -add
		}
		out = append(out, placing{system: s, addE: add}, placing{system: s, swapped: true, addE: add})
		// Degrees in a file that says metres, and metres of a zone nearby.
		g := system{datum: s.datum, geographic: true}
		out = append(out, placing{system: g}, placing{system: g, swapped: true})
		return out
	}
	for _, c := range assumedPlacings(mid) {
		c.system.datum, c.assumed = s.datum, false
		out = append(out, c)
	}
	return out
}

// zoneOf guesses the zone number in front of an easting: the 3-degree zone of
// the central meridian, or the 6-degree zone where the number says so.
func zoneOf(lon0 float64, mid orb.Point) int {
	z3 := int(math.Round(lon0 / 3))
	z6 := int(math.Round((lon0 + 3) / 6))
	for _, e := range mid {
		if z := int(e / 1e6); z == z6 && z != z3 {
			return z6
		}
	}
	return z3
}

// assumedPlacings lists what numbers alone allow: degrees, a zone prefix, or
// any 3-degree zone of China.
func assumedPlacings(mid orb.Point) []placing {
	var out []placing
	for _, swapped := range [2]bool{false, true} {
		e := mid[0]
		if swapped {
			e = mid[1]
		}
		add := func(s system) {
			s.datum = datumCGCS2000
			out = append(out, placing{system: s, swapped: swapped, assumed: true})
		}
		switch z := int(e / 1e6); {
		case math.Abs(e) <= 180:
			add(system{geographic: true})
		case z >= 25 && z <= 45:
			add(system{lon0: float64(3 * z), prefix: z})
		case z >= 13 && z <= 23: // 6-degree zones
			add(system{lon0: float64(6*z - 3), prefix: z})
		case e > 1e5 && e < 9e5:
			for cm := 75; cm <= 135; cm += 3 {
				add(system{lon0: float64(cm)})
			}
		}
	}
	return out
}

// middle is the median of the x and of the y of one point a row: a few strays
// don't move it.
func middle(rows []row) (orb.Point, bool) {
	step := 1 + len(rows)/20000
	var xs, ys []float64
	for i := 0; i < len(rows); i += step {
		if p, ok := rows[i].first(); ok {
			xs, ys = append(xs, p[0]), append(ys, p[1])
		}
	}
	if len(xs) == 0 {
		return orb.Point{}, false
	}
	slices.Sort(xs)
	slices.Sort(ys)
	return orb.Point{xs[len(xs)/2], ys[len(ys)/2]}, true
}

// similarity is a plane transform of four parameters:
//
//	x' = a·x − b·y + tx,  y' = b·x + a·y + ty
//
// kept relative to the control points' middle so that digits are not lost.
type similarity struct {
	a, b     float64
	from, to orb.Point // middles of the control points in both systems
	rmseM    float64   // √(Σ residual² / n)
	points   int
}

func (s similarity) apply(p orb.Point) orb.Point {
	x, y := p[0]-s.from[0], p[1]-s.from[1]
	return orb.Point{s.a*x - s.b*y + s.to[0], s.b*x + s.a*y + s.to[1]}
}

// fitSimilarity fits the transform by least squares. Two points determine it;
// only from three on does the RMSE tell anything.
// Source: GB/T 18314 and any text on planar Helmert transforms; with centred
// coordinates a = Σ(x·x'+y·y')/Σ(x²+y²), b = Σ(x·y'−y·x')/Σ(x²+y²).
func fitSimilarity(from, to []orb.Point) (similarity, error) {
	n := len(from)
	if n < 2 || n != len(to) {
		return similarity{}, fmt.Errorf("fit of old datum: %d control points: want two or more in layer KZD with X80, Y80, X2000 and Y2000", n)
	}
	s := similarity{points: n}
	for i := range from {
		for k := range 2 {
			s.from[k] += from[i][k] / float64(n)
			s.to[k] += to[i][k] / float64(n)
		}
	}
	var den, ca, cb float64
	for i := range from {
		x, y := from[i][0]-s.from[0], from[i][1]-s.from[1]
		u, v := to[i][0]-s.to[0], to[i][1]-s.to[1]
		den += x*x + y*y
		ca += x*u + y*v
		cb += x*v - y*u
	}
	if den == 0 {
		return similarity{}, errors.New("fit of old datum: control points coincide: give two or more distinct ones in layer KZD")
	}
	s.a, s.b = ca/den, cb/den
	var ss float64
	for i := range from {
		p := s.apply(from[i])
		ss += (p[0]-to[i][0])*(p[0]-to[i][0]) + (p[1]-to[i][1])*(p[1]-to[i][1])
	}
	s.rmseM = math.Sqrt(ss / float64(n))
	return s, nil
}
