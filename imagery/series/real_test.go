package series_test

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"parus/imagery"
	"parus/imagery/gdal"
	"parus/imagery/series"
)

// cube is NDVI and cloud of every pixel on 68 dates over two and a half years.
type cube struct {
	dates  []time.Time
	ndvi   [][]float32 // per date
	cloudy [][]uint8
	pixels int
}

// slovenia reads the real set, or skips aloud.
func slovenia(t *testing.T) cube {
	t.Helper()
	dir := os.Getenv("PARUS_REAL_DATA")
	if dir == "" {
		dir = "../../../shared/data"
	}
	dir = filepath.Join(dir, "s2_slovenia_ndvi_2015_2017")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("real data are not here: %v", err)
	}
	open := func(name string) *gdal.Raster {
		r, err := gdal.OpenRaster(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = r.Close() })
		return r
	}
	ndvi, mask := open("ndvi_68dates.tif"), open("cloudmask_68dates.tif")
	c := cube{pixels: ndvi.Grid.Width * ndvi.Grid.Height}
	whole := imagery.Window{Width: ndvi.Grid.Width, Height: ndvi.Grid.Height}
	for i, b := range ndvi.Bands {
		at, err := time.Parse("2006-01-02T15:04:05", b.Description)
		if err != nil {
			t.Fatal(err)
		}
		dn, cloudy, v := make([]int16, c.pixels), make([]uint8, c.pixels), make([]float32, c.pixels)
		if err := gdal.ReadPixels(ndvi, i+1, whole, dn); err != nil {
			t.Fatal(err)
		}
		if err := gdal.ReadPixels(mask, i+1, whole, cloudy); err != nil {
			t.Fatal(err)
		}
		for k, x := range dn {
			v[k] = float32(x) * 1e-4
		}
		c.dates = append(c.dates, at.Truncate(24*time.Hour))
		c.ndvi, c.cloudy = append(c.ndvi, v), append(c.cloudy, cloudy)
	}
	return c
}

// seriesOf is the series of a pixel; hide tells which dates are not given, and
// show which cloudy ones are given as if clear.
func (c cube) seriesOf(pixel int, hide, show func(date int) bool) series.Series {
	s := series.Series{Dates: c.dates, Layers: []string{"ndvi"}, Values: [][]float32{make([]float32, len(c.dates))}, Valid: make([]float32, len(c.dates))}
	for k := range c.dates {
		s.Values[0][k] = float32(math.NaN())
		if (c.cloudy[k][pixel] == 0 || show(k)) && !hide(k) {
			s.Values[0][k], s.Valid[k] = c.ndvi[k][pixel], 1
		}
	}
	return s
}

func never(int) bool { return false }

// TestReconstructionOfHiddenDatesInSlovenia hides a fifth of the clear dates of
// every fourth pixel and compares what stands in for them.
func TestReconstructionOfHiddenDatesInSlovenia(t *testing.T) {
	t.Parallel()
	c := slovenia(t)
	r := rand.New(rand.NewPCG(20, 26))
	start, end := c.dates[0], c.dates[len(c.dates)-1]
	sum := map[string][2]float64{}
	add := func(name string, miss float64) {
		sum[name] = [2]float64{sum[name][0] + miss*miss, sum[name][1] + 1}
	}
	for pixel := 0; pixel < c.pixels; pixel += 4 {
		hidden := make([]bool, len(c.dates))
		for k := range hidden {
			hidden[k] = c.cloudy[k][pixel] == 0 && r.Float64() < .2
		}
		s := c.seriesOf(pixel, func(k int) bool { return hidden[k] }, never)
		curves := map[string]series.Curve{}
		for name, lambda := range map[string]float64{"200": 200, "2000": series.DefaultLambda, "20000": 2e4} {
			curve, err := series.Smooth(s, "ndvi", series.SmoothParams{Start: start, End: end, Lambda: lambda})
			if err != nil {
				t.Fatal(err)
			}
			curves[name] = curve
		}
		for k, is := range hidden {
			before, after := neighbours(s, k)
			if !is || before < 0 || after < 0 {
				continue // beyond the ends nothing can be interpolated
			}
			truth := float64(c.ndvi[k][pixel])
			day := int(c.dates[k].Sub(start).Hours() / 24)
			for name, curve := range curves {
				add("Whittaker, λ "+name, curve.Values[day]-truth)
			}
			a, b := float64(s.Values[0][before]), float64(s.Values[0][after])
			f := c.dates[k].Sub(c.dates[before]).Hours() / c.dates[after].Sub(c.dates[before]).Hours()
			add("linear between clear dates", a+f*(b-a)-truth)
			add("last clear date", a-truth)
		}
	}
	rmse := map[string]float64{}
	for name, v := range sum {
		rmse[name] = math.Sqrt(v[0] / v[1])
		t.Logf("%-28s RMSE %.4f NDVI over %.0f hidden values", name, rmse[name], v[1])
	}
	// The set is forest under haze and winter shadow, seen every 22 days: noise rules,
	// and no stiffness made for crops beats a straight line by much.
	if rmse["Whittaker, λ 2000"] > 1.03*rmse["linear between clear dates"] {
		t.Error("the curve tells hidden dates worse than a straight line")
	}
}

// neighbours are the given dates around k, −1 for none.
func neighbours(s series.Series, k int) (before, after int) {
	before, after = -1, -1
	for i, v := range s.Valid {
		if v > 0 && i < k {
			before = i
		}
		if v > 0 && i > k && after < 0 {
			after = i
		}
	}
	return before, after
}

// TestOutliersFindLeftoverCloudsInSlovenia shows a tenth of the dates that are
// labelled as cloud as if they were clear and asks which come out as outliers.
func TestOutliersFindLeftoverCloudsInSlovenia(t *testing.T) {
	t.Parallel()
	c := slovenia(t)
	r := rand.New(rand.NewPCG(7, 7))
	var found, shown, deep, deepFound, false0, clear int
	for pixel := 0; pixel < c.pixels; pixel += 4 {
		given := make([]bool, len(c.dates))
		for k := range given {
			given[k] = c.cloudy[k][pixel] == 1 && r.Float64() < .1
		}
		s := c.seriesOf(pixel, never, func(k int) bool { return given[k] })
		for k, out := range series.Outliers(s) {
			switch {
			case given[k]:
				shown++
				before, after := neighbours(s, k)
				dips := before >= 0 && after >= 0 && c.ndvi[k][pixel] < min(s.Values[0][before], s.Values[0][after])-.12
				if dips {
					deep++
				}
				if out {
					found++
				}
				if out && dips {
					deepFound++
				}
			case s.Valid[k] > 0:
				clear++
				if out {
					false0++
				}
			}
		}
	}
	precision, recall := float64(found)/float64(found+false0), float64(found)/float64(shown)
	t.Logf("%d labelled clouds shown: precision %.3f, recall %.3f; of %d that lower NDVI by .12 between their neighbours %.3f; %d of %d clear dates go (%.3f %%)",
		shown, precision, recall, deep, float64(deepFound)/float64(deep), false0, clear, 100*float64(false0)/float64(clear))
	// A clear date costs little; a harvest taken for a cloud costs a season. Dates 22
	// days apart seldom prove that a dip came back, so few clouds are found here.
	if lost := float64(false0) / float64(clear); lost > .03 || recall < .1 {
		t.Errorf("%.3f of the clear dates go, %.3f of the clouds are found", lost, recall)
	}
}
