package composite_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"parus/imagery/composite"
)

func TestWideInstructionsMakeTheSameNumbers(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 7, 8, 9, 64, 371, 512} {
		a, b, clear := make([]uint16, n), make([]uint16, n), make([]bool, n)
		for i := range a {
			a[i], b[i], clear[i] = uint16(rng.IntN(1<<16)), uint16(rng.IntN(1<<16)), rng.IntN(3) > 0
			switch rng.IntN(4) {
			case 0: // of those that an offset turns into 0 and below, and no data
				a[i], b[i] = uint16(rng.IntN(3)*500), uint16(rng.IntN(3)*500)
			case 1:
				a[i] = b[i]
			}
		}
		for _, p := range [][3]int32{{0, -1, -1}, {-1000, 0, 0}, {-1000, 500, 65535}, {1000, -1, 1000}} {
			values, masks := composite.Normalised(a, b, clear, p[0], p[1], p[2])
			if !slices.Equal(values[0], values[1]) || !slices.Equal(masks[0], masks[1]) {
				t.Errorf("%d pixels with offset %d and no data %d, %d differ", n, p[0], p[1], p[2])
			}
		}
	}
	days := make([]float64, 11)
	for k := range days {
		days[k] = float64(k * k)
	}
	for _, layers := range []int{2, 6, 8} {
		s, err := composite.EvenLayers(days, layers, composite.Params{Lambda: 50, MaxDistanceDays: 9})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{3, 4, 5, 370, 512} {
			masks, values := make([]uint64, n), make([]float32, 11*n)
			for i := range masks {
				masks[i] = rng.Uint64() & rng.Uint64() & (1<<11 - 1)
				if i%3 == 0 {
					masks[i] |= 0b10101010101
				}
			}
			for i := range values {
				values[i] = 8 * (rng.Float32() - .5) // beyond ±3.2 now and then
			}
			out := composite.Multiplied(s, n, func(i int) uint64 { return masks[i] }, func(k, i int) float32 { return values[k*n+i] })
			if !slices.Equal(out[0], out[1]) {
				t.Errorf("%d layers of %d pixels differ", layers, n)
			}
			if !slices.Contains(out[0], 32000) && n == 512 || !slices.Contains(out[0], composite.NoData) && n == 512 {
				t.Error("the numbers do not reach their bounds")
			}
		}
	}
}
