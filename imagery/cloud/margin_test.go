package cloud_test

import (
	"math/rand/v2"
	"testing"

	"parus/imagery/cloud"
)

// A margin of 20 m drops the same ground whether the grid has pixels of 20 m,
// those of the mask, or of 10 m, on which each is replicated to four.
func TestAMarginInMetresDropsTheSameGroundOnBothGrids(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 3))
	const w, h = 23, 17
	coarse, fine := make([]int32, w*h), make([]int32, 4*w*h)
	for i := range coarse {
		coarse[i] = 4
		if r.IntN(25) == 0 {
			coarse[i] = []int32{3, 9, 10, 11}[r.IntN(4)]
		}
		for k := range 4 {
			fine[(2*(i/w)+k/2)*2*w+2*(i%w)+k%2] = coarse[i]
		}
	}
	mask := *s2(t).Mask
	one := cloud.Clear(mask, cloud.Plane{DN: coarse, Width: w, Height: h}, int(mask.MarginM/20))
	two := cloud.Clear(mask, cloud.Plane{DN: fine, Width: 2 * w, Height: 2 * h}, int(mask.MarginM/10))
	for i, clear := range two {
		if x, y := i%(2*w), i/(2*w); clear != one[y/2*w+x/2] {
			t.Fatalf("pixel %d,%d of 10 m: clear is %v, of 20 m %v", x, y, clear, !clear)
		}
	}
}
