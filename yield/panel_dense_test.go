package yield_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"parus/yield"
)

// The model by its definition: a Gaussian process over all rows at once, with
// the covariance of every two rows written out and solved by elimination. The
// sums by region and group must give the same mean and SD. The tolerance is
// that of the 1e-9 on diagonals.
func TestSumsByGroupGiveWhatTheWholeCovarianceGives(t *testing.T) {
	t.Parallel()
	tab := counties(9, 3)
	r, walk := rand.New(rand.NewPCG(5, 5)), make([]float64, 14) // what lasts from year to year no baseline filters
	for y := 1; y < len(walk); y++ {
		walk[y] = walk[y-1] + 5*r.NormFloat64()
	}
	for i, y := range tab.Years {
		tab.Target[i] += walk[y-2003]
	}
	m, err := yield.FitPanel(t.Context(), tab, columns(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if m.Method != yield.MethodMixed {
		t.Fatalf("used %s", m.Method)
	}
	n := len(m.Rows)
	mid := float64(m.Years[0]+m.Years[len(m.Years)-1]) / 2
	covariance := func(i, j int) float64 {
		a, b, v := m.Rows[i], m.Rows[j], m.Variances
		memory := math.Exp(-math.Abs(float64(a.Year-b.Year)) / 5)
		c := v.Slope*(float64(a.Year)-mid)/3*(float64(b.Year)-mid)/3 + v.Drift*memory
		if a.Year == b.Year {
			c += v.Year
		}
		if a.Group == b.Group {
			c += v.Group + v.GroupDrift*memory
			if a.Year == b.Year {
				c += v.GroupYear
			}
		}
		if a.Key == b.Key {
			c += v.Region + v.RegionDrift*memory
		}
		return c
	}
	var mean, sd float64
	for _, row := range m.Rows {
		mean += row.Target / float64(n)
	}
	for _, row := range m.Rows {
		sd += (row.Target - mean) * (row.Target - mean) / float64(n)
	}
	sd = math.Sqrt(sd)
	got, err := m.Predict(tab)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < n; i += 7 {
		system := make([][]float64, n) // covariance | covariance with row i
		for a := range system {
			system[a] = make([]float64, n+1)
			for b := range n {
				system[a][b] = covariance(a, b)
			}
			system[a][a] += m.Variances.Noise / m.Rows[a].Weight
			system[a][n] = covariance(a, i)
		}
		weights := eliminate(system)
		value, variance := 0.0, covariance(i, i)+m.Variances.Noise
		for a, w := range weights {
			value += w * (m.Rows[a].Target - mean) / sd
			variance -= w * covariance(a, i)
		}
		near(t, got[i].Key, got[i].Mean, mean+sd*value, 1e-5)
		near(t, got[i].Key, got[i].SD, sd*math.Sqrt(variance)*m.Inside.RMSE, 1e-5)
	}
}

// eliminate solves a positive definite system [A | b] by Gauss and Jordan.
func eliminate(s [][]float64) []float64 {
	n := len(s)
	for k := range n {
		for i := range n {
			if i == k {
				continue
			}
			f := s[i][k] / s[k][k]
			for j := k; j <= n; j++ {
				s[i][j] -= f * s[k][j]
			}
		}
	}
	out := make([]float64, n)
	for i := range n {
		out[i] = s[i][n] / s[i][i]
	}
	return out
}
