package cloud_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parus/imagery/cloud"
	"parus/imagery/sensor"
)

func s2(t *testing.T) sensor.Sensor {
	t.Helper()
	all, err := sensor.Load()
	if err != nil {
		t.Fatal(err)
	}
	s, _ := all.Find("sentinel-2-l2a")
	return s
}

func picture(clear []bool, width int) string {
	var b strings.Builder
	for i, c := range clear {
		if i > 0 && i%width == 0 {
			b.WriteByte('\n')
		}
		if c {
			b.WriteByte('.')
		} else {
			b.WriteByte('#')
		}
	}
	return b.String()
}

func TestSceneClassesWithMargin(t *testing.T) {
	t.Parallel()
	// 4 vegetation, 9 cloud, 11 snow, 3 shadow, 0 no data
	dn := []int32{
		4, 4, 4, 4, 4, 4,
		4, 9, 4, 4, 4, 11,
		4, 4, 4, 4, 4, 4,
		4, 4, 4, 4, 4, 4,
		3, 4, 4, 0, 4, 4,
	}
	for margin, want := range map[int]string{
		0: "......\n.#...#\n......\n......\n#..#..",
		1: "###...\n###..#\n###...\n##....\n##.#..",
		9: "######\n######\n######\n######\n######",
	} {
		got := picture(cloud.Clear(*s2(t).Mask, cloud.Plane{DN: dn, Width: 6, Height: 5}, margin), 6)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("margin %d:\n%s", margin, got)
		}
	}
}

func TestMarginEqualsBruteForce(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	const w, h, margin = 31, 17, 3
	dn := make([]int32, w*h)
	for i := range dn {
		dn[i] = 4
		if r.IntN(40) == 0 {
			dn[i] = 8
		}
	}
	got := cloud.Clear(*s2(t).Mask, cloud.Plane{DN: dn, Width: w, Height: h}, margin)
	for i := range got {
		want := true
		for j := range dn {
			if dn[j] == 8 && abs(i%w-j%w) <= margin && abs(i/w-j/w) <= margin {
				want = false
			}
		}
		if got[i] != want {
			t.Fatalf("pixel %d,%d: %v, want %v", i%w, i/w, got[i], want)
		}
	}
}

func abs(v int) int { return max(v, -v) }

func TestBitMaskOfLandsat(t *testing.T) {
	t.Parallel()
	all, _ := sensor.Load()
	l, _ := all.Find("landsat-c2-l2")
	// 21824 clear land; 22280 high-confidence cloud (bit 3); 23888 shadow (bit 4); 1 fill
	got := cloud.Clear(*l.Mask, cloud.Plane{DN: []int32{21824, 22280, 23888, 1, cloud.NoData}, Width: 5, Height: 1}, 0)
	if diff := cmp.Diff([]bool{true, false, false, false, false}, got); diff != "" {
		t.Error(diff)
	}
}

func TestOffsetIsDecidedByDarkPixels(t *testing.T) {
	t.Parallel()
	dark := func(blue, red float64, n int) []cloud.Dark {
		return []cloud.Dark{{Band: "B02", Pixels: n, P05: blue}, {Band: "B04", Pixels: n, P05: red}}
	}
	for _, c := range []struct {
		name     string
		declared float64
		dark     []cloud.Dark
		offset   float64
		verified bool
		note     string
	}{
		{"an old product without offset", 0, dark(250, 300, 500), 0, true, ""},
		{"a new product with its offset", -1000, dark(1250, 1300, 500), -1000, true, ""},
		{"an offset that is missing in the catalogue", 0, dark(1250, 1300, 500), -1000, true, "applied although"},
		{"an offset that pixels have lost already", -1000, dark(250, 300, 500), 0, true, "ignored"},
		{"one dark band is enough to refute a missing offset", 0, dark(700, 1300, 500), 0, true, ""},
		{"too few dark pixels leave the declaration", -1000, dark(250, 300, 10), -1000, false, "not verified"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v, err := cloud.CheckOffset(s2(t), cloud.Claim{DN: c.declared}, c.dark)
			if err != nil || v.OffsetDN != c.offset || v.Verified != c.verified || !strings.Contains(v.Note, c.note) || (c.note == "") != (v.Note == "") {
				t.Errorf("%+v", v)
			}
		})
	}
}

func TestPercentileIsTheNearestRank(t *testing.T) {
	t.Parallel()
	if got := cloud.Percentile([]int32{5, 1, 4, 2, 3}, .5); got != 3 {
		t.Errorf("median %v", got)
	}
	if got := cloud.Percentile([]int32{5, 1}, .05); got != 1 {
		t.Errorf("5th percentile of two is %v", got)
	}
}
