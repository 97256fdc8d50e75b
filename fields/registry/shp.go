package registry

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/paulmach/orb"
)

// errSHP is wrapped by every complaint about a shapefile's structure.
var errSHP = errors.New("not a readable shapefile")

// Shape types of polygons. Source: ESRI Shapefile Technical Description
// (1998), table 1.
const (
	shpNull     = 0
	shpPolygon  = 5
	shpPolygonZ = 15
	shpPolygonM = 25
)

// maxShapeBytes bounds one record: half a million vertices.
const maxShapeBytes = 8 << 20

// readSHPHeader reads the 100 bytes of a .shp header.
func readSHPHeader(r io.Reader) error {
	var h [100]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return fmt.Errorf("header: %w: %w", errSHP, err)
	}
	if binary.BigEndian.Uint32(h[:]) != 9994 {
		return fmt.Errorf("file code %d, want 9994: %w", binary.BigEndian.Uint32(h[:]), errSHP)
	}
	return nil
}

// nextSHPRecord appends the content of the next record to buf; io.EOF at the
// end of the file.
func nextSHPRecord(r io.Reader, buf []byte) ([]byte, error) {
	var h [8]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return buf, io.EOF // some writers pad
		}
		return buf, err
	}
	n := int64(binary.BigEndian.Uint32(h[4:])) * 2
	if n < 4 || n > maxShapeBytes {
		return buf, fmt.Errorf("record %d of %d bytes: %w", binary.BigEndian.Uint32(h[:]), n, errSHP)
	}
	at := len(buf)
	// Grow in steps so that a lying length costs no memory.
	for left := int(n); left > 0; {
		step := min(left, 1<<20)
		start := len(buf)
		if cap(buf)-start < step {
			grown := make([]byte, start, max(2*cap(buf), start+step))
			copy(grown, buf)
			buf = grown
		}
		buf = buf[:start+step]
		if _, err := io.ReadFull(r, buf[start:]); err != nil {
			return buf[:at], fmt.Errorf("record %d cut short: %w", binary.BigEndian.Uint32(h[:]), errSHP)
		}
		left -= step
	}
	return buf, nil
}

// ringSlab hands out memory for vertices and rings in large pieces: a million
// parcels then cost a few thousand allocations.
type ringSlab struct {
	points []orb.Point
	rings  []orb.Ring
	polys  []orb.Polygon
}

func (s *ringSlab) ring(n int) orb.Ring {
	if len(s.points)+n > cap(s.points) {
		s.points = make([]orb.Point, 0, max(n, 1<<13))
	}
	k := len(s.points)
	s.points = s.points[:k+n]
	return s.points[k : k+n : k+n]
}

// single wraps one ring as a shape.
func (s *ringSlab) single(r orb.Ring) orb.MultiPolygon {
	if len(s.rings) == cap(s.rings) {
		s.rings = make([]orb.Ring, 0, 1<<10)
	}
	k := len(s.rings)
	s.rings = append(s.rings, r)
	if len(s.polys) == cap(s.polys) {
		s.polys = make([]orb.Polygon, 0, 1<<10)
	}
	j := len(s.polys)
	s.polys = append(s.polys, orb.Polygon(s.rings[k:k+1:k+1]))
	return orb.MultiPolygon(s.polys[j : j+1 : j+1])
}

// parseSHPPolygon turns a record's content into a shape: nil for a null shape.
// Z and M are dropped.
func parseSHPPolygon(b []byte, slab *ringSlab) (orb.MultiPolygon, error) {
	if len(b) < 4 {
		return nil, fmt.Errorf("%d bytes: %w", len(b), errSHP)
	}
	switch t := binary.LittleEndian.Uint32(b); t {
	case shpNull:
		return nil, nil
	case shpPolygon, shpPolygonZ, shpPolygonM:
	default:
		return nil, fmt.Errorf("shape type %d, want a polygon: %w", t, errSHP)
	}
	if len(b) < 44 {
		return nil, fmt.Errorf("polygon of %d bytes: %w", len(b), errSHP)
	}
	parts := int(binary.LittleEndian.Uint32(b[36:]))
	points := int(binary.LittleEndian.Uint32(b[40:]))
	if parts < 0 || points < 0 || parts > len(b)/4 || points > len(b)/16 || 44+4*parts+16*points > len(b) {
		return nil, fmt.Errorf("%d parts and %d points in %d bytes: %w", parts, points, len(b), errSHP)
	}
	if parts == 0 || points == 0 {
		return nil, nil
	}
	coords := b[44+4*parts:]
	var rings []orb.Ring
	var only [1]orb.Ring
	if parts == 1 {
		rings = only[:0]
	} else {
		rings = make([]orb.Ring, 0, parts)
	}
	for p := range parts {
		from, to := int(binary.LittleEndian.Uint32(b[44+4*p:])), points
		if p+1 < parts {
			to = int(binary.LittleEndian.Uint32(b[48+4*p:]))
		}
		if from < 0 || to > points || from > to {
			return nil, fmt.Errorf("part %d from point %d to %d of %d: %w", p, from, to, points, errSHP)
		}
		if from == to {
			continue
		}
		r := slab.ring(to - from)
		for i := range r {
			o := (from + i) * 16
			r[i][0] = math.Float64frombits(binary.LittleEndian.Uint64(coords[o:]))
			r[i][1] = math.Float64frombits(binary.LittleEndian.Uint64(coords[o+8:]))
		}
		rings = append(rings, r)
	}
	switch len(rings) {
	case 0:
		return nil, nil
	case 1:
		return slab.single(rings[0]), nil
	}
	return unnested(rings), nil
}

// unnested keeps several rings in one polygon until they are closed and
// checked; [nest] then sorts them.
func unnested(rings []orb.Ring) orb.MultiPolygon {
	return orb.MultiPolygon{orb.Polygon(rings)}
}
