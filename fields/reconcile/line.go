package reconcile

import (
	"math"

	"github.com/paulmach/orb"
)

// line is the straight line between two groups of pixels by Fisher's linear
// discriminant on their places (Fisher 1936), across the bound of all, and the
// share of pixels on their own side.
func (s *scene) line(px []int32, part []bool) (orb.LineString, float64) {
	var mean [2]point
	var n [2]float64
	at := func(p int32) point {
		return point{float64(int(p)%s.Grid.Width) + 0.5, float64(int(p)/s.Grid.Width) + 0.5}
	}
	group := func(k int) int {
		if part[k] {
			return 1
		}
		return 0
	}
	for k, p := range px {
		g, q := group(k), at(p)
		mean[g].x += q.x
		mean[g].y += q.y
		n[g]++
	}
	for g := range mean {
		mean[g].x /= n[g]
		mean[g].y /= n[g]
	}
	var xx, xy, yy float64
	for k, p := range px {
		q, m := at(p), mean[group(k)]
		xx += (q.x - m.x) * (q.x - m.x)
		xy += (q.x - m.x) * (q.y - m.y)
		yy += (q.y - m.y) * (q.y - m.y)
	}
	xx, yy = xx+1, yy+1 // a row of pixels has no spread across
	d := point{mean[1].x - mean[0].x, mean[1].y - mean[0].y}
	det := xx*yy - xy*xy
	normal := point{(yy*d.x - xy*d.y) / det, (xx*d.y - xy*d.x) / det}
	length := math.Hypot(normal.x, normal.y)
	if length == 0 {
		return nil, 0
	}
	normal.x, normal.y = normal.x/length, normal.y/length
	offset := normal.x*(mean[0].x+mean[1].x)/2 + normal.y*(mean[0].y+mean[1].y)/2
	right := 0
	for k, p := range px {
		q := at(p)
		if (normal.x*q.x+normal.y*q.y > offset) == part[k] {
			right++
		}
	}
	return s.across(px, normal, offset), float64(right) / float64(len(px))
}

// across cuts the line normal·p = offset to where the pixels lie along it.
func (s *scene) across(px []int32, normal point, offset float64) orb.LineString {
	along := point{-normal.y, normal.x}
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, p := range px {
		x, y := float64(int(p)%s.Grid.Width)+0.5, float64(int(p)/s.Grid.Width)+0.5
		if math.Abs(normal.x*x+normal.y*y-offset) <= 1 {
			v := along.x*x + along.y*y
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	if lo > hi {
		return nil
	}
	end := func(v float64) orb.Point {
		return s.Grid.Transform.Apply(normal.x*offset+along.x*v, normal.y*offset+along.y*v)
	}
	return orb.LineString{end(lo - 0.5), end(hi + 0.5)}
}
