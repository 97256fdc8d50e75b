package zonal_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"

	"parus/imagery"
	"parus/imagery/zonal"
)

var all = zonal.Want{Stdev: true, Range: true, Median: true, Interior: true}

func TestStatisticsByHand(t *testing.T) {
	t.Parallel()
	// A strip of three pixels covered by .5, 1 and .25, values 1 2 3.
	g := imagery.Grid{Transform: imagery.GeoTransform{0, 1, 0, 1, 0, -1}, Width: 3, Height: 1}
	cov, _ := zonal.Cover(g, []zonal.Shape{{Polygon: orb.MultiPolygon{{box(.5, 0, 2.25, 1)}}}})
	var got zonal.Tally
	zonal.Add(&got, cov, 0, []uint16{1, 2, 3}, zonal.NoData[uint16]{}, all)
	mean := 3.25 / 1.75
	want := map[string][2]float64{
		"count":  {got.Count, 1.75},
		"sum":    {got.Sum, .5*1 + 2 + .25*3},
		"mean":   {got.Mean(), mean},
		"stdev":  {got.Stdev(), math.Sqrt((.5*(1-mean)*(1-mean) + (2-mean)*(2-mean) + .25*(3-mean)*(3-mean)) / 1.75)},
		"min":    {got.Min, 1},
		"max":    {got.Max, 3},
		"valid":  {got.Valid(), 1},
		"inner":  {got.Interior(), (.25*1 + 2 + .0625*3) / (.25 + 1 + .0625)},
		"median": {got.Median(), 1 + 1.75/2},
		// places: s1 = 0, s2 = 1·1 + 2·.5 = 2, s3 = 2·.25 + 2·1.5 = 3.5; target 2·1.75/2 = 1.75
	}
	for name, p := range want {
		if math.Abs(p[0]-p[1]) > 1e-12 {
			t.Errorf("%s: %v, want %v", name, p[0], p[1])
		}
	}
}

func TestStatisticsOnAThreeByThreeGridByHand(t *testing.T) {
	t.Parallel()
	// Corners covered by .25, edges by .5, the middle wholly; values 1 to 9.
	cov, _ := zonal.Cover(unit3(), []zonal.Shape{{Polygon: orb.MultiPolygon{{box(.5, .5, 2.5, 2.5)}}}})
	values := []uint8{1, 2, 3, 4, 5, 6, 7, 8, 9}
	for name, c := range map[string]struct {
		nodata zonal.NoData[uint8]
		want   map[string]float64
	}{
		// Σc·v = .25·20 + .5·20 + 5; Σc·(v−5)² = .25·40 + .5·20; Σc²·v = 20/16 + 20/4 + 5 = 11.25, Σc² = 2.25.
		"all have data": {zonal.NoData[uint8]{}, map[string]float64{
			"count": 4, "sum": 20, "mean": 5, "stdev": math.Sqrt(5), "min": 1, "max": 9, "median": 5, "valid": 1, "interior": 5}},
		// Without the 9: Σc·v² = .25·59 + .5·120 + 25 = 99.75. Places of 1 2 3 4 5 …: 0, .5+7·.25, .5+7·.75,
		// 1.5+7·1 = 8.5, 4+7·1.5 = 14.5; the median's is 7·3.75/2 = 13.125, 4.625 of 6 from 4 to 5.
		"the last has none": {zonal.NoData[uint8]{Value: 9, Set: true}, map[string]float64{
			"count": 3.75, "sum": 17.75, "mean": 17.75 / 3.75, "stdev": math.Sqrt(99.75/3.75 - 17.75*17.75/3.75/3.75),
			"min": 1, "max": 8, "median": 4 + 4.625/6, "valid": .9375, "interior": (11.25 - 9./16) / (2.25 - 1./16)}},
	} {
		var got zonal.Tally
		zonal.Add(&got, cov, 0, values, c.nodata, all)
		for stat, v := range map[string]float64{
			"count": got.Count, "sum": got.Sum, "mean": got.Mean(), "stdev": got.Stdev(), "min": got.Min, "max": got.Max,
			"median": got.Median(), "valid": got.Valid(), "interior": got.Interior(),
		} {
			if math.Abs(v-c.want[stat]) > 1e-12 {
				t.Errorf("%s, %s: %v, want %v", name, stat, v, c.want[stat])
			}
		}
	}
}

func TestNoDataAndNaNAreSkipped(t *testing.T) {
	t.Parallel()
	g := imagery.Grid{Transform: imagery.GeoTransform{0, 1, 0, 1, 0, -1}, Width: 4, Height: 1}
	cov, _ := zonal.Cover(g, []zonal.Shape{{Polygon: orb.MultiPolygon{{box(0, 0, 3.5, 1)}}}})
	var got zonal.Tally
	zonal.Add(&got, cov, 0, []float32{5, float32(math.NaN()), -9999, 7}, zonal.NoData[float32]{Value: -9999, Set: true}, all)
	if got.Count != 1.5 || got.Sum != 5+3.5 || got.Covered != 3.5 || got.Min != 5 || got.Max != 7 {
		t.Errorf("count %v sum %v covered %v min %v max %v", got.Count, got.Sum, got.Covered, got.Min, got.Max)
	}
	var none zonal.Tally
	zonal.Add(&none, cov, 0, []uint8{0, 0, 0, 0}, zonal.NoData[uint8]{Set: true}, all)
	if none.Count != 0 || !math.IsNaN(none.Mean()) || !math.IsNaN(none.Median()) || none.Valid() != 0 {
		t.Errorf("all without data: count %v mean %v", none.Count, none.Mean())
	}
}

func TestMedianOfEqualWeightsIsTheOrdinaryMedian(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		values []float64
		want   float64
	}{
		{[]float64{3}, 3}, {[]float64{4, 1}, 2.5}, {[]float64{9, 1, 5}, 5}, {[]float64{7, 7, 1, 9}, 7}, {[]float64{1, 2, 3, 10, 20, 30}, 6.5},
	} {
		g := imagery.Grid{Transform: imagery.GeoTransform{0, 1, 0, 1, 0, -1}, Width: len(c.values), Height: 1}
		cov, _ := zonal.Cover(g, []zonal.Shape{{Polygon: orb.MultiPolygon{{box(0, 0, float64(len(c.values)), 1)}}}})
		var got zonal.Tally
		zonal.Add(&got, cov, 0, c.values, zonal.NoData[float64]{}, zonal.Want{Median: true})
		if got.Median() != c.want {
			t.Errorf("median of %v is %v, want %v", c.values, got.Median(), c.want)
		}
	}
}

func TestTalliesOfPartsMergeToTheTallyOfTheWhole(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 8))
	g := imagery.Grid{Transform: imagery.GeoTransform{0, 1, 0, 64, 0, -1}, Width: 64, Height: 64}
	pixels := make([]uint16, 64*64)
	for i := range pixels {
		pixels[i] = uint16(r.IntN(5)) * 1000
	}
	nodata := zonal.NoData[uint16]{Set: true}
	shapes := []zonal.Shape{{Polygon: orb.MultiPolygon{{star(r, 32, 32, 30)}}}}
	p, refused := zonal.Prepare(g, shapes)
	if len(refused) > 0 {
		t.Fatal(refused)
	}
	var whole, merged zonal.Tally
	zonal.Add(&whole, p.Cover(imagery.Window{Width: 64, Height: 64}, nil), 0, pixels, nodata, all)
	for _, w := range []imagery.Window{{Width: 64, Height: 20}, {Y: 20, Width: 64, Height: 31}, {Y: 51, Width: 64, Height: 13}} {
		cov := p.Cover(w, []int{0})
		if cov.Len() == 0 {
			continue
		}
		var part zonal.Tally
		zonal.Add(&part, cov, 0, pixels[w.Y*64:(w.Y+w.Height)*64], nodata, all)
		merged.Merge(&part)
	}
	for name, p := range map[string][2]float64{
		"count": {merged.Count, whole.Count}, "sum": {merged.Sum, whole.Sum}, "stdev": {merged.Stdev(), whole.Stdev()},
		"min": {merged.Min, whole.Min}, "max": {merged.Max, whole.Max}, "median": {merged.Median(), whole.Median()},
		"valid": {merged.Valid(), whole.Valid()}, "interior": {merged.Interior(), whole.Interior()},
	} {
		if math.Abs(p[0]-p[1]) > 1e-9*math.Abs(p[1]) {
			t.Errorf("%s: parts give %v, the whole %v", name, p[0], p[1])
		}
	}
}

func BenchmarkCover(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	g := imagery.Grid{Transform: imagery.GeoTransform{0, 10, 0, 20480, 0, -10}, Width: 2048, Height: 2048}
	var shapes []zonal.Shape
	for range 5000 {
		s := star(r, 200+20000*r.Float64(), 200+20000*r.Float64(), 40)
		shapes = append(shapes, zonal.Shape{Polygon: orb.MultiPolygon{{s}}})
	}
	b.ReportAllocs()
	for b.Loop() {
		zonal.Cover(g, shapes)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/5000, "ns/shape")
}
