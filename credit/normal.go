package credit

// NormalCDF is Φ(x), with the same bits on every machine (West 2005, about
// 10⁻¹⁵).
func NormalCDF(x float64) float64 { return normalCDF(x) }

// NormalQuantile is Φ⁻¹(p) for 0 < p < 1, with the same bits on every machine
// (Wichura 1988, AS 241); p ≤ 0 and p ≥ 1 give ∓Inf.
func NormalQuantile(p float64) float64 { return normalQuantile(p) }
