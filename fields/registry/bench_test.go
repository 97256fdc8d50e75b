package registry_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"

	"github.com/paulmach/orb"

	"parus/fields/registry"
)

// mosaic makes side² touching parcels of about 25 × 40 m whose common edges
// are bent the same way on both sides: 13 vertices each, no defect.
func mosaic(side int) []parcel {
	jig := func(i, j, k int) float64 { // −1..1, the same for the same corner
		h := uint32(i)*2654435761 ^ uint32(j)*2246822519 ^ uint32(k)*3266489917
		h ^= h >> 15
		h *= 2246822519
		h ^= h >> 13
		return float64(h%2001)/1000 - 1
	}
	corner := func(i, j int) orb.Point {
		return orb.Point{origin[0] + 25*float64(i) + 4*jig(i, j, 1), origin[1] + 40*float64(j) + 4*jig(i, j, 2)}
	}
	between := func(a, b orb.Point, f, off float64) orb.Point {
		dx, dy := b[0]-a[0], b[1]-a[1]
		return orb.Point{a[0] + f*dx - off*dy, a[1] + f*dy + off*dx}
	}
	// edge runs from a to b without b, through two bends.
	edge := func(i, j, k int, a, b orb.Point) []orb.Point {
		return []orb.Point{a, between(a, b, .33, .04*jig(i, j, k)), between(a, b, .66, .04*jig(i, j, k+1))}
	}
	back := func(e []orb.Point, b orb.Point) []orb.Point { return []orb.Point{b, e[2], e[1]} }
	ps := make([]parcel, 0, side*side)
	for j := range side {
		for i := range side {
			sw, se, ne, nw := corner(i, j), corner(i+1, j), corner(i+1, j+1), corner(i, j+1)
			var r orb.Ring
			r = append(r, edge(i, j, 5, sw, nw)...)
			r = append(r, edge(i, j+1, 3, nw, ne)...)
			r = append(r, back(edge(i+1, j, 5, se, ne), ne)...)
			r = append(r, back(edge(i, j, 3, sw, se), se)...)
			r = append(r, sw)
			n := j*side + i
			ps = append(ps, parcel{code: fmt.Sprintf("370199%02d%03d%03d%05d", 1+n/100000000, 1+n/1000000, n/10000%100, n%10000), name: "东地", rings: []orb.Ring{r}})
			ps[n].code = fmt.Sprintf("%s%05d", fmt.Sprintf("370199101%03d%02d", n/90000, n/1000%90), n%1000)
		}
	}
	return ps
}

func TestAMosaicOfTouchingParcelsRaisesNoAlarm(t *testing.T) {
	t.Parallel()
	pk := &pkg{files: map[string][]byte{}}
	pk.layer(t, "DK3701992016", mosaic(30))
	p := open(t, pk.write(t), registry.Options{})
	for _, d := range p.Report.Defects {
		if d.Code != "TABLE_MISSING" {
			t.Errorf("false alarm %+v", d)
		}
	}
	if len(p.Parcels) != 900 {
		t.Errorf("%d parcels", len(p.Parcels))
	}
}

// BenchmarkOpen reads and checks a mosaic of PARUS_BENCH_SIDE² parcels, 100²
// by default.
func BenchmarkOpen(b *testing.B) {
	side := 100
	if s, err := strconv.Atoi(os.Getenv("PARUS_BENCH_SIDE")); err == nil {
		side = s
	}
	dir := os.Getenv("PARUS_BENCH_DIR")
	if dir == "" {
		pk := newPackage(b, nil)
		pk.layer(b, "DK3701992016", mosaic(side))
		dir = pk.write(b)
	}
	b.ResetTimer()
	for range b.N {
		p, err := registry.Open(context.Background(), dir, registry.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(p.Parcels))*float64(b.N)/b.Elapsed().Seconds(), "parcels/s")
		runtime.KeepAlive(p)
	}
}
