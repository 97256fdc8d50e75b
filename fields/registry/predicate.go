package registry

import (
	"math"
	"math/big"

	"github.com/paulmach/orb"
)

// orient returns the sign of the area of the triangle a, b, c: +1 where c lies
// left of a→b, −1 right, 0 on the line, exactly. The filter is that of
// J. R. Shewchuk, "Adaptive Precision Floating-Point Arithmetic" (1997),
// ccwerrboundA; what it can't tell is computed in full precision.
func orient(a, b, c orb.Point) int {
	l := (a[0] - c[0]) * (b[1] - c[1])
	r := (a[1] - c[1]) * (b[0] - c[0])
	det := l - r
	const bound = (3 + 16*0x1p-53) * 0x1p-53
	if e := bound * (math.Abs(l) + math.Abs(r)); det > e {
		return 1
	} else if det < -e {
		return -1
	}
	return orientExact(a, b, c)
}

func orientExact(a, b, c orb.Point) int {
	sub := func(x, y float64) *big.Float {
		// 2200 bits hold the difference of any two doubles.
		z := new(big.Float).SetPrec(2200).SetFloat64(x)
		return z.Sub(z, new(big.Float).SetFloat64(y))
	}
	mul := func(x, y *big.Float) *big.Float { return new(big.Float).SetPrec(4400).Mul(x, y) }
	l := mul(sub(a[0], c[0]), sub(b[1], c[1]))
	r := mul(sub(a[1], c[1]), sub(b[0], c[0]))
	return l.Cmp(r)
}

// onSegment tells whether p, known to be on the line a–b, is on the segment.
func onSegment(p, a, b orb.Point) bool {
	return p[0] >= min(a[0], b[0]) && p[0] <= max(a[0], b[0]) &&
		p[1] >= min(a[1], b[1]) && p[1] <= max(a[1], b[1])
}

// side tells where p lies: +1 inside the polygon, 0 on its boundary, −1
// outside. Rings are closed and not empty; even-odd rule.
func side(p orb.Point, poly []orb.Ring) int {
	in := false
	for _, r := range poly {
		for i := 1; i < len(r); i++ {
			a, b := r[i-1], r[i]
			if (a[1] > p[1]) == (b[1] > p[1]) {
				if a[1] == p[1] && onSegment(p, a, b) && orient(a, b, p) == 0 {
					return 0
				}
				continue
			}
			switch o := orient(a, b, p); {
			case o == 0:
				return 0
			case (o > 0) == (b[1] > a[1]):
				in = !in
			}
		}
	}
	if in {
		return 1
	}
	return -1
}

// distance2 is the squared distance of p from the segment a–b.
func distance2(p, a, b orb.Point) float64 {
	dx, dy := b[0]-a[0], b[1]-a[1]
	px, py := p[0]-a[0], p[1]-a[1]
	if n := dx*dx + dy*dy; n > 0 {
		t := min(1, max(0, (px*dx+py*dy)/n))
		px -= t * dx
		py -= t * dy
	}
	return px*px + py*py
}
