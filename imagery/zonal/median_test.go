package zonal_test

import (
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"

	"parus/imagery"
	"parus/imagery/zonal"
)

// medians returns the median of the pixels as T and as float64, which take
// different ways.
func medians[T zonal.Number](c *zonal.Coverage, pixels []T, nodata zonal.NoData[T]) (own, float float64) {
	var a, b zonal.Tally
	zonal.Add(&a, c, 0, pixels, nodata, all)
	wide := make([]float64, len(pixels))
	for i, v := range pixels {
		wide[i] = float64(v)
	}
	zonal.Add(&b, c, 0, wide, zonal.NoData[float64]{Value: float64(nodata.Value), Set: nodata.Set}, all)
	return a.Median(), b.Median()
}

func TestMedianOfIntegersIsThatOfTheSameFloats(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 11))
	const side = 9
	g := imagery.Grid{Transform: imagery.GeoTransform{0, 1, 0, side, 0, -1}, Width: side, Height: side}
	for range 200 {
		cov, refused := zonal.Cover(g, []zonal.Shape{{Polygon: orb.MultiPolygon{{star(r, side/2., side/2., 4)}}}})
		if len(refused) > 0 || cov.Len() == 0 {
			continue
		}
		signed, unsigned, bytes := make([]int32, side*side), make([]uint32, side*side), make([]uint8, side*side)
		for i := range signed { // the ends of the range, ties and all between
			signed[i] = []int32{-1 << 31, -1, 0, 1<<31 - 1, r.Int32() - 1<<30}[r.IntN(5)]
			unsigned[i] = []uint32{0, 1, 1<<32 - 1, r.Uint32()}[r.IntN(4)]
			bytes[i] = uint8(r.IntN(4))
		}
		if a, b := medians(cov, signed, zonal.NoData[int32]{Value: -1, Set: true}); a != b {
			t.Errorf("int32: %v, as floats %v", a, b)
		}
		if a, b := medians(cov, unsigned, zonal.NoData[uint32]{}); a != b {
			t.Errorf("uint32: %v, as floats %v", a, b)
		}
		if a, b := medians(cov, bytes, zonal.NoData[uint8]{Set: true}); a != b && (a == a || b == b) {
			t.Errorf("uint8: %v, as floats %v", a, b)
		}
	}
}

func TestMedianOfManyEqualPixelsTakesNoLongerThanOfOthers(t *testing.T) {
	t.Parallel()
	const side = 2000 // 4 million pixels: a round for each would never end
	g := imagery.Grid{Transform: imagery.GeoTransform{0, 1, 0, side, 0, -1}, Width: side, Height: side}
	cov, _ := zonal.Cover(g, []zonal.Shape{{Polygon: orb.MultiPolygon{{box(0, 0, side, side)}}}})
	constant, classes := make([]uint8, side*side), make([]uint8, side*side)
	for i := range constant {
		constant[i], classes[i] = 7, uint8(4+i%3)
	}
	for want, pixels := range map[float64][]uint8{7: constant, 5: classes} {
		var got zonal.Tally
		zonal.Add(&got, cov, 0, pixels, zonal.NoData[uint8]{}, zonal.Want{Median: true})
		if got.Median() != want {
			t.Errorf("median %v, want %v", got.Median(), want)
		}
	}
}
