package monitor

import "math"

// betaCDF is I_x(a, b), the regularised incomplete beta function, by the
// continued fraction of DLMF 8.17.22 (Lentz's method), to about 10⁻¹².
func betaCDF(x, a, b float64) float64 {
	switch {
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	case x > (a+1)/(a+b+2):
		return 1 - betaCDF(1-x, b, a)
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(lab-la-lb+a*math.Log(x)+b*math.Log1p(-x)) / a
	c, d := 1.0, 1-(a+b)*x/(a+1)
	d = 1 / nonzero(d)
	f := d
	for m := 1.0; m < 10_000; m++ {
		step := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		d = 1 / nonzero(1+step*d)
		c = nonzero(1 + step/c)
		f *= d * c
		step = -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d = 1 / nonzero(1+step*d)
		c = nonzero(1 + step/c)
		f *= d * c
		if math.Abs(d*c-1) < 1e-14 {
			break
		}
	}
	return math.Max(0, math.Min(1, front*f))
}

// nonzero keeps Lentz's method from dividing by nothing.
func nonzero(v float64) float64 {
	const tiny = 1e-300
	if math.Abs(v) < tiny {
		return tiny
	}
	return v
}

// betaQuantile inverts betaCDF by bisection to 2⁻⁵².
func betaQuantile(p, a, b float64) float64 {
	low, high := 0.0, 1.0
	for range 60 {
		mid := (low + high) / 2
		if betaCDF(mid, a, b) < p {
			low = mid
		} else {
			high = mid
		}
	}
	return (low + high) / 2
}

// atLeast is P(X ≥ k) of a binomial: I_p(k, n − k + 1).
func atLeast(k, n int, p float64) float64 {
	switch {
	case k <= 0:
		return 1
	case k > n:
		return 0
	}
	return betaCDF(p, float64(k), float64(n-k+1))
}

// jeffreys is the equal-tailed interval of a share under Jeffreys's prior,
// Beta(k + ½, n − k + ½); it begins at 0 where nobody did, and ends at 1 where
// all did (Brown, Cai and DasGupta 2001).
func jeffreys(k, n int, confidence float64) (low, high float64) {
	low, high = 0, 1
	tail := (1 - confidence) / 2
	if k > 0 {
		low = betaQuantile(tail, float64(k)+.5, float64(n-k)+.5)
	}
	if k < n {
		high = betaQuantile(1-tail, float64(k)+.5, float64(n-k)+.5)
	}
	return low, high
}
