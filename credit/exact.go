package credit

import (
	"math"
	"sync"
)

// The functions of this file give the same bits on every machine that follows
// IEEE 754: they use only additions, multiplications, divisions and square
// roots, each rounded by an explicit float64() so that no compiler may fuse
// two of them (Go specification, floating-point operators), and none of the
// functions of package math that have assembly on some architecture.

const (
	ln2    = 0.6931471805599453094172321214581765680755
	ln2Hi  = 0x1.62e42fefap-1 / 32         // the upper 33 bits of ln 2, over 32
	ln2Lo  = (ln2 - 0x1.62e42fefap-1) / 32 // the rest
	magic  = 6755399441055744.0            // 1.5·2⁵²: adding it rounds to a whole number
	expMin = -700.0                        // below: 0 for every purpose of money
	expMax = 700.0
)

// powersOfTwo is 2^(j/32) for j in 0..31, built from exact square roots.
func powersOfTwo() [32]float64 {
	var roots []float64
	for x, i := 2.0, 0; i < 5; i++ {
		x = math.Sqrt(x) // correctly rounded on every architecture
		roots = append(roots, x)
	}
	var out [32]float64
	for j := range out {
		v := 1.0
		for bit := range 5 {
			if j>>(4-bit)&1 == 1 {
				v = float64(v * roots[bit])
			}
		}
		out[j] = v
	}
	return out
}

var twoTo = sync.OnceValue(func() *[32]float64 { t := powersOfTwo(); return &t })

// exp is e^x to about 4 units in the last place: 2^(n/32) from a table times
// Taylor's polynomial of degree 5 on |r| ≤ ln2/64, whose rest is below 3·10⁻¹⁵.
func exp(x float64, table *[32]float64) float64 {
	if x < expMin {
		return 0
	}
	if x > expMax {
		x = expMax
	}
	shifted := float64(x*(32/ln2)) + magic
	n := shifted - magic
	i := int64(n)
	r := float64(x-float64(n*ln2Hi)) - float64(n*ln2Lo)
	r2 := float64(r * r)
	p := r + float64(r2*(0.5+float64(r*(1.0/6+float64(r*(1.0/24+float64(r*(1.0/120))))))))
	scale := math.Float64frombits(uint64(1023+i>>5) << 52)
	t := float64(table[i&31] * scale)
	return t + float64(t*p)
}

// expAll replaces every value by exp of it, to the same bits.
func expAll(v *[half]float64, table *[32]float64) {
	for d, x := range v {
		if x < expMin || x > expMax {
			v[d] = exp(x, table)
			continue
		}
		shifted := float64(x*(32/ln2)) + magic
		n := shifted - magic
		i := int64(n)
		r := float64(x-float64(n*ln2Hi)) - float64(n*ln2Lo)
		r2 := float64(r * r)
		p := r + float64(r2*(0.5+float64(r*(1.0/6+float64(r*(1.0/24+float64(r*(1.0/120))))))))
		t := float64(table[i&31] * math.Float64frombits(uint64(1023+i>>5)<<52))
		v[d] = t + float64(t*p)
	}
}

// logOf is ln x for x > 0: by Frexp and the series of atanh.
func logOf(x float64) float64 {
	m, e := math.Frexp(x) // bit operations only
	if m < math.Sqrt2/2 {
		m, e = m*2, e-1
	}
	s := (m - 1) / (m + 1)
	s2 := float64(s * s)
	var sum float64
	for k := 25; k >= 1; k -= 2 { // s ≤ 0.1716: s^27/27 < 10⁻²¹
		sum = 1/float64(k) + float64(s2*sum)
	}
	return float64(2*float64(s*sum)) + float64(float64(e)*ln2)
}

// poly is Horner's scheme, highest coefficient first, without fused steps.
func poly(x float64, c ...float64) float64 {
	v := c[0]
	for _, k := range c[1:] {
		v = float64(v*x) + k
	}
	return v
}

// normalQuantile is Φ⁻¹(p) for 0 < p < 1 (Wichura 1988, algorithm AS 241,
// PPND16, relative accuracy about 10⁻¹⁶). p ≤ 0 and p ≥ 1 give ∓Inf.
func normalQuantile(p float64) float64 {
	switch {
	case p <= 0:
		return math.Inf(-1)
	case p >= 1:
		return math.Inf(1)
	}
	q := p - 0.5
	if math.Abs(q) <= 0.425 {
		r := 0.180625 - float64(q*q)
		return float64(q*poly(r, 2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
			1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080)) /
			poly(r, 5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
				5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1)
	}
	r := p
	if q > 0 {
		r = 1 - p
	}
	r = math.Sqrt(-logOf(r))
	var v float64
	if r <= 5 {
		r -= 1.6
		v = poly(r, 7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258,
			3.64784832476320460504, 5.76949722146069140550, 4.63033784615654529590, 1.42343711074968357734) /
			poly(r, 1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
				6.89767334985100004550e-1, 1.67638483018380384940, 2.05319162663775882187, 1)
	} else {
		r -= 5
		v = poly(r, 2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
			2.96560571828504891230e-1, 1.78482653991729133580, 5.46378491116411436990, 6.65790464350110377720) /
			poly(r, 2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
				1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1)
	}
	if q < 0 {
		return -v
	}
	return v
}

// normalCDF is Φ(x) by Hart's rational approximation as given by West (2005),
// accurate to about 10⁻¹⁵.
func normalCDF(x float64) float64 {
	a := math.Abs(x)
	if a > 37 {
		if x > 0 {
			return 1
		}
		return 0
	}
	e := exp(-float64(float64(a*a)/2), twoTo())
	var v float64
	if a < 7.07106781186547 {
		v = float64(e*poly(a, 3.52624965998911e-02, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871, 221.213596169931, 220.206867912376)) /
			poly(a, 8.83883476483184e-02, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674, 637.333633378831, 793.826512519948, 440.413735824752)
	} else {
		v = a + 0.65
		for _, k := range []float64{4, 3, 2, 1} {
			v = a + k/v
		}
		v = e / v / 2.506628274631
	}
	if x > 0 {
		return 1 - v
	}
	return v
}
