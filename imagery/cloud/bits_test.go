package cloud_test

import (
	"math/rand/v2"
	"testing"

	"parus/imagery/cloud"
)

// A judge keeps its memory from plane to plane; what one leaves behind must not
// show in the next, whatever the widths are beside the 64 pixels of a word.
func TestAJudgeOfManyPlanesAgreesWithLookingAround(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 1))
	for _, margin := range []int{0, 1, 2, 5, 70} {
		judge := cloud.NewJudge(*s2(t).Mask, margin)
		for _, size := range [][2]int{{200, 40}, {1, 3}, {64, 9}, {65, 2}, {129, 30}, {63, 1}} {
			w, h := size[0], size[1]
			dn := make([]int32, w*h)
			for i := range dn {
				dn[i] = 4
				if above := i - w; above >= 0 && (i/w)%2 == 1 {
					dn[i] = dn[above] // rows repeat, as those of a coarser mask
				} else if r.IntN(60) == 0 {
					dn[i] = []int32{0, 3, 9, 11, 300, cloud.NoData}[r.IntN(6)]
				}
			}
			got := judge.Clear(cloud.Plane{DN: dn, Width: w, Height: h})
			for i := range dn {
				if want := clearAround(dn, w, i%w, i/w, margin); (got.From(i%w, i/w)&1 != 0) != want {
					t.Fatalf("%d×%d, margin %d: pixel %d,%d clear is %v", w, h, margin, i%w, i/w, !want)
				}
			}
		}
	}
}

// clearAround judges a pixel of Sentinel-2 by its own class and by its
// surroundings: 3 (shadow) and 9 (cloud) spread, 0 and 11 do not.
func clearAround(dn []int32, w, x, y, margin int) bool {
	if dn[y*w+x] != 4 {
		return false
	}
	for v := max(0, y-margin); v <= min(len(dn)/w-1, y+margin); v++ {
		for u := max(0, x-margin); u <= min(w-1, x+margin); u++ {
			if c := dn[v*w+u]; c == 3 || c == 9 {
				return false
			}
		}
	}
	return true
}

func TestFlagsOutsideTheWindowAreFalse(t *testing.T) {
	t.Parallel()
	b := cloud.Bits{Words: []uint64{^uint64(0), 1}, Width: 65, Height: 1, Stride: 2}
	for x, want := range map[int]uint64{-64: 0, -63: 1 << 63, -1: 1<<64 - 2, 0: ^uint64(0), 1: ^uint64(0), 2: ^uint64(0) >> 1, 64: 1, 65: 0, 200: 0, -900: 0} {
		if got := b.From(x, 0); got != want {
			t.Errorf("from column %d: %#x, want %#x", x, got, want)
		}
	}
}
