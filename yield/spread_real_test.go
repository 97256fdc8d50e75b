package yield_test

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// The variance between and within fields of wheat in Jiangsu in 2023, by one-way
// analysis of variance of ln yield (60 sites, three quadrats of each): it is
// what the spread between fields of a county, 0.22, is held against. Sites lie
// all over the province, so pairs within 80 km stand for a county.
func TestRealSpreadBetweenFields(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("PARUS_REAL_DATA")
	if dir == "" {
		dir = "../../shared/data"
	}
	f, err := os.Open(filepath.Join(dir, "yield_jiangsu_wheat_2023", "jiangsu_wheat_quadrats.csv"))
	if err != nil {
		t.Skipf("real data is absent, nothing was checked: %v", err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for i, h := range rows[0] {
		at[h] = i
	}
	type site struct{ n, sum, square, lat, lon float64 }
	sites := map[string]*site{}
	var order []string
	for _, r := range rows[1:] {
		y, err := strconv.ParseFloat(r[at["yield_kg_ha"]], 64)
		if err != nil || y <= 0 {
			continue
		}
		lat, _ := strconv.ParseFloat(r[at["lat"]], 64)
		lon, _ := strconv.ParseFloat(r[at["lon"]], 64)
		k := r[at["site"]]
		if sites[k] == nil {
			sites[k], order = &site{}, append(order, k)
		}
		s, v := sites[k], math.Log(y)
		s.n, s.sum, s.square, s.lat, s.lon = s.n+1, s.sum+v, s.square+v*v, s.lat+lat, s.lon+lon
	}
	var n, squares, sum, within, between float64
	for _, s := range sites {
		n, squares, sum = n+s.n, squares+s.n*s.n, sum+s.sum
		within += s.square - s.sum*s.sum/s.n
	}
	for _, s := range sites {
		d := s.sum/s.n - sum/n
		between += s.n * d * d
	}
	k := float64(len(sites))
	meanWithin, meanBetween := within/(n-k), between/(k-1)
	perSite := (n - squares/n) / (k - 1)
	fields := (meanBetween - meanWithin) / perSite
	var near, pairs float64
	for i, a := range order {
		for _, b := range order[:i] {
			x, y := sites[a], sites[b]
			north := 111 * (x.lat/x.n - y.lat/y.n)
			east := 111 * math.Cos(33*math.Pi/180) * (x.lon/x.n - y.lon/y.n)
			if math.Hypot(north, east) < 80 {
				d := x.sum/x.n - y.sum/y.n
				near, pairs = near+d*d/2-meanWithin/2*(1/x.n+1/y.n), pairs+1
			}
		}
	}
	t.Logf("%.0f quadrats of %.0f sites, SD of ln yield: between quadrats of a site %.3f, between sites %.3f, between sites within 80 km (%.0f pairs) %.3f",
		n, k, math.Sqrt(meanWithin), math.Sqrt(fields), pairs, math.Sqrt(near/pairs))
	if sd := math.Sqrt(fields); sd < 0.15 || sd > 0.25 {
		t.Errorf("sites differ by %.3f: the constant of 0.22 does not fit", sd)
	}
}
