package registry

import (
	"math"

	"github.com/paulmach/orb"
)

// ellipsoid is a figure of the earth: equatorial radius in metres and
// flattening.
type ellipsoid struct{ a, f float64 }

// The ellipsoids of the registries. Sources: GB/T 18522 and EPSG 1024
// (CGCS2000), EPSG 7049 (IAG 1975, used by Xian 1980), EPSG 7024 (Krassowsky
// 1940, used by Beijing 1954).
var (
	cgcs2000Ellipsoid = ellipsoid{6378137, 1 / 298.257222101}
	iag1975           = ellipsoid{6378140, 1 / 298.257}
	krassowsky        = ellipsoid{6378245, 1 / 298.3}
)

// mercator is a transverse Mercator projection (Gauss-Krüger where k0 is 1).
//
// Source: C. F. F. Karney, "Transverse Mercator with an accuracy of a few
// nanometers", J. Geodesy 85 (2011), equations 7 to 9, 11 and 35 to 36 with
// the series cut after n⁴: below a micrometre within 10° of the central
// meridian.
type mercator struct {
	ell                ellipsoid
	lon0               float64 // central meridian, degrees east
	k0                 float64 // scale on the central meridian
	falseE, falseN     float64 // metres
	e                  float64 // eccentricity
	radius             float64 // rectifying radius times k0, metres
	alpha, beta, delta [4]float64
}

func newMercator(ell ellipsoid, lon0, k0, falseE, falseN float64) *mercator {
	n := ell.f / (2 - ell.f)
	n2, n3, n4 := n*n, n*n*n, n*n*n*n
	return &mercator{
		ell: ell, lon0: lon0, k0: k0, falseE: falseE, falseN: falseN,
		e:      math.Sqrt(ell.f * (2 - ell.f)),
		radius: k0 * ell.a / (1 + n) * (1 + n2/4 + n4/64),
		alpha: [4]float64{
			n/2 - n2*2/3 + n3*5/16 + n4*41/180,
			n2*13/48 - n3*3/5 + n4*557/1440,
			n3*61/240 - n4*103/140,
			n4 * 49561 / 161280,
		},
		beta: [4]float64{
			n/2 - n2*2/3 + n3*37/96 - n4/360,
			n2/48 + n3/15 - n4*437/1440,
			n3*17/480 - n4*37/840,
			n4 * 4397 / 161280,
		},
		// K. Kawase, "A general formula for calculating meridian arc length and
		// its application to coordinate conversion", Bull. GSI 59 (2011).
		delta: [4]float64{
			2*n - n2*2/3 - 2*n3 + n4*116/45,
			n2*7/3 - n3*8/5 - n4*227/45,
			n3*56/15 - n4*136/35,
			n4 * 4279 / 630,
		},
	}
}

// series returns Σ c[j]·sin(2(j+1)ζ) for the complex ζ = ξ + iη as its real
// and imaginary parts: Σ c sin2jξ cosh2jη and Σ c cos2jξ sinh2jη. Clenshaw's
// recurrence needs each function once.
func series(c *[4]float64, xi, eta float64) (re, im float64) {
	s, co := math.Sincos(2 * xi)
	ex := math.Exp(2 * eta)
	sh, ch := (ex-1/ex)/2, (ex+1/ex)/2
	if math.Abs(eta) < 1e-3 { // cancellation in (e^x − e^−x)
		x := 2 * eta
		sh = x * (1 + x*x/6*(1+x*x/20))
	}
	// a = 2 cos 2ζ
	ar, ai := 2*co*ch, -2*s*sh
	var r1, i1, r2, i2 float64
	for j := 3; j >= 0; j-- {
		r0 := ar*r1 - ai*i1 - r2 + c[j]
		i0 := ar*i1 + ai*r1 - i2
		r2, i2, r1, i1 = r1, i1, r0, i0
	}
	sr, si := s*ch, co*sh // sin 2ζ
	return sr*r1 - si*i1, sr*i1 + si*r1
}

// forward projects lon, lat in degrees to east, north in metres.
func (m *mercator) forward(p orb.Point) orb.Point {
	lam := (p[0] - m.lon0) * math.Pi / 180
	sinPhi, cosPhi := math.Sincos(p[1] * math.Pi / 180)
	tau := sinPhi / cosPhi
	sigma := math.Sinh(m.e * math.Atanh(m.e*sinPhi))
	taup := tau*math.Sqrt(1+sigma*sigma) - sigma*math.Sqrt(1+tau*tau)
	sl, cl := math.Sincos(lam)
	xi := math.Atan2(taup, cl)
	eta := math.Asinh(sl / math.Hypot(taup, cl))
	dx, de := series(&m.alpha, xi, eta)
	return orb.Point{m.falseE + m.radius*(eta+de), m.falseN + m.radius*(xi+dx)}
}

// inverse turns east, north in metres into lon, lat in degrees.
func (m *mercator) inverse(p orb.Point) orb.Point {
	eta := (p[0] - m.falseE) / m.radius
	xi := (p[1] - m.falseN) / m.radius
	dx, de := series(&m.beta, xi, eta)
	xi -= dx
	eta -= de
	sx, cx := math.Sincos(xi)
	sh := math.Sinh(eta)
	taup := sx / math.Sqrt(sh*sh+cx*cx)
	lam := math.Atan2(sh, cx)
	return orb.Point{m.lon0 + lam*180/math.Pi, m.geographic(math.Atan(taup)) * 180 / math.Pi}
}

// geographic turns the conformal latitude χ into the geographic one, radians:
// φ = χ + Σ δ[j] sin 2(j+1)χ, by Clenshaw's recurrence.
func (m *mercator) geographic(chi float64) float64 {
	s, c := math.Sincos(2 * chi)
	var b1, b2 float64
	for j := 3; j >= 0; j-- {
		b1, b2 = m.delta[j]+2*c*b1-b2, b1
	}
	return chi + s*b1
}

// scale is the point scale at a point of the plane: lengths in the plane over
// lengths on the ellipsoid. The projection is conformal, so areas go with its
// square. Source: J. P. Snyder, "Map Projections", USGS PP 1395 (1987), 8-11.
func (m *mercator) scale(p orb.Point) float64 {
	g := m.inverse(p)
	sin, cos := math.Sincos(g[1] * math.Pi / 180)
	e2 := m.ell.f * (2 - m.ell.f)
	ep2 := e2 / (1 - e2)
	t := sin / cos * sin / cos
	c := ep2 * cos * cos
	a := (g[0] - m.lon0) * math.Pi / 180 * cos
	a2 := a * a
	return m.k0 * (1 + a2*((1+c)/2+a2*((5-4*t+42*c+13*c*c-28*ep2)/24+a2*(61-148*t+16*t*t)/720)))
}
