package registry

import (
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"github.com/paulmach/orb"
)

// fitDatum fits CGCS2000 to an old datum by the control points of layer KZD.
func (x *nyt) fitDatum() (similarity, error) {
	var from, to []orb.Point
	for _, f := range x.b.files {
		if !strings.HasPrefix(f.base(), "kzd") || f.ext() != ".dbf" {
			continue
		}
		a, b, err := readControlPoints(f)
		if err != nil {
			return similarity{}, err
		}
		from, to = append(from, a...), append(to, b...)
	}
	return fitSimilarity(from, to)
}

// readControlPoints reads X80, Y80, X2000, Y2000 of KZD's table. X is north
// in Chinese surveying, but not all hold to it, so the larger-by-kind is told by
// magnitude; zone prefixes are dropped.
func readControlPoints(f bundleFile) (from, to []orb.Point, err error) {
	r, err := os.Open(f.path)
	if err != nil {
		return nil, nil, fmt.Errorf("read control points %s: %w", f.name, err)
	}
	defer r.Close()
	t, err := readDBFHeader(r)
	if err != nil {
		return nil, nil, fmt.Errorf("read control points %s: %w", f.name, err)
	}
	t.decodeNames(charsetGB18030)
	c := [4]int{t.column("X80", "X54", "X_80", "X_54"), t.column("Y80", "Y54", "Y_80", "Y_54"), t.column("X2000", "X_2000"), t.column("Y2000", "Y_2000")}
	rec := make([]byte, t.length)
	for range t.records {
		if _, err := io.ReadFull(r, rec); err != nil {
			break
		}
		var v [4]float64
		good := rec[0] != '*'
		for i, col := range c {
			n, ok := number(t.cell(rec, col))
			v[i] = n
			good = good && ok && n != 0
		}
		if good {
			from = append(from, eastNorth(v[0], v[1]))
			to = append(to, eastNorth(v[2], v[3]))
		}
	}
	return from, to, nil
}

// eastNorth orders a pair by magnitude: a northing in China is between 1,900
// and 6,000 km, an easting below 1,000 km or with a prefix above 13,000 km.
func eastNorth(x, y float64) orb.Point {
	if x >= 1.5e6 && x < 7e6 {
		x, y = y, x
	}
	return orb.Point{math.Mod(x, 1e6), y}
}
