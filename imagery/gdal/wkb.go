package gdal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"
)

// Types of well-known binary (OGC 06-103r4, 8.2.8) that parcels may have.
const (
	wkbPolygon      = 3
	wkbMultiPolygon = 6
	wkbCollection   = 7
)

var errWKB = errors.New("the geometry is cut short")

// parseWKB reads polygons from well-known binary, ISO or with EWKB flags;
// heights and measures are dropped. Other geometries are errors. Points are
// taken from the slab, which is renewed when it is used up.
func parseWKB(data []byte, slab *[]orb.Point) (orb.MultiPolygon, error) {
	r := wkbReader{data: data, slab: slab}
	mp := r.polygons(nil, 0)
	if r.err != nil {
		return nil, r.err
	}
	return mp, nil
}

type wkbReader struct {
	data  []byte
	order binary.ByteOrder
	err   error
	slab  *[]orb.Point
}

const slabPoints = 1 << 12

func (r *wkbReader) take(n int) orb.Ring {
	if n > len(*r.slab) {
		*r.slab = make([]orb.Point, max(n, slabPoints))
	}
	out := (*r.slab)[:n:n]
	*r.slab = (*r.slab)[n:]
	return out
}

func (r *wkbReader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.data = nil
}

func (r *wkbReader) uint32() uint32 {
	if len(r.data) < 4 {
		r.fail(errWKB)
		return 0
	}
	v := r.order.Uint32(r.data)
	r.data = r.data[4:]
	return v
}

// count reads a number of items that take at least size bytes each.
func (r *wkbReader) count(size int) int {
	n := int64(r.uint32())
	if n*int64(size) > int64(len(r.data)) {
		r.fail(errWKB)
		return 0
	}
	return int(n)
}

// head reads byte order, type and how many numbers a point has.
func (r *wkbReader) head() (kind uint32, dims int) {
	if len(r.data) < 5 {
		r.fail(errWKB)
		return 0, 2
	}
	if r.order = binary.ByteOrder(binary.LittleEndian); r.data[0] == 0 {
		r.order = binary.BigEndian
	}
	r.data = r.data[1:]
	kind, dims = r.uint32(), 2
	const z, m, srid = 1 << 31, 1 << 30, 1 << 29
	if kind&z != 0 {
		dims++
	}
	if kind&m != 0 {
		dims++
	}
	if kind&srid != 0 {
		r.uint32()
	}
	kind &^= z | m | srid
	switch kind / 1000 {
	case 1, 2:
		dims++
	case 3:
		dims += 2
	}
	return kind % 1000, dims
}

func (r *wkbReader) polygons(mp orb.MultiPolygon, depth int) orb.MultiPolygon {
	kind, dims := r.head()
	switch {
	case r.err != nil:
	case kind == wkbPolygon:
		mp = append(mp, r.polygon(dims))
	case (kind == wkbMultiPolygon || kind == wkbCollection) && depth < 4:
		for range r.count(9) {
			mp = r.polygons(mp, depth+1)
		}
	default:
		r.fail(fmt.Errorf("the geometry is no polygon (type %d)", kind))
	}
	return mp
}

func (r *wkbReader) polygon(dims int) orb.Polygon {
	rings := r.count(4)
	out := make(orb.Polygon, 0, rings)
	for range rings {
		n := r.count(8 * dims)
		ring := r.take(n)
		for k := range ring {
			at := r.data[8*dims*k:]
			ring[k] = orb.Point{math.Float64frombits(r.order.Uint64(at)), math.Float64frombits(r.order.Uint64(at[8:]))}
		}
		r.data = r.data[8*dims*n:]
		if r.err != nil {
			return nil
		}
		out = append(out, ring)
	}
	return out
}
