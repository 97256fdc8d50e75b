package yield

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// groupsPerCell is into how many parts a side of a grid's cell is cut: parcels
// of one part share their weather. Within a quarter of a cell of 0.1°, 2.5 km,
// bilinear weather differs by less than its own error.
const groupsPerCell = 4

// Places gives every position its weather: the index of a weather in the list.
// Positions in one quarter of a cell share the one of its middle, interpolated
// bilinearly between the four points around; beyond the grid's edge the nearest
// points count, and more than one cell beyond is an error, since that file is of
// another place. A file of one place serves all positions.
func (g WeatherGrid) Places(lonLat [][2]float64) ([]Weather, []int, error) {
	at := make([]int, len(lonLat))
	if len(g.Cells) == 1 {
		return []Weather{g.Cells[0].Weather}, at, nil
	}
	lons, lats := g.axes()
	stepX, stepY := step(lons)/groupsPerCell, step(lats)/groupsPerCell
	index := map[[2]int]int{}
	var out []Weather
	for i, p := range lonLat {
		if beyond(p[0], lons) || beyond(p[1], lats) {
			return nil, nil, fmt.Errorf("weather: its grid from %g to %g °E and %g to %g °N does not reach %.3f, %.3f: name a file that covers the county",
				lons[0], lons[len(lons)-1], lats[0], lats[len(lats)-1], p[0], p[1])
		}
		key := [2]int{int(math.Floor((p[0] - lons[0]) / stepX)), int(math.Floor((p[1] - lats[0]) / stepY))}
		k, ok := index[key]
		if !ok {
			k = len(out)
			index[key] = k
			out = append(out, g.interpolate(lons, lats, lons[0]+(float64(key[0])+0.5)*stepX, lats[0]+(float64(key[1])+0.5)*stepY))
		}
		at[i] = k
	}
	return out, at, nil
}

// axes are the distinct longitudes and latitudes, growing.
func (g WeatherGrid) axes() (lons, lats []float64) {
	for _, c := range g.Cells {
		lons, lats = append(lons, c.Lon), append(lats, c.Lat)
	}
	slices.Sort(lons)
	slices.Sort(lats)
	return slices.Compact(lons), slices.Compact(lats)
}

// step is the typical distance of an axis; 0.1° where it has one point.
func step(axis []float64) float64 {
	if len(axis) < 2 {
		return 0.1
	}
	return (axis[len(axis)-1] - axis[0]) / float64(len(axis)-1)
}

func beyond(v float64, axis []float64) bool {
	s := step(axis)
	return !(v >= axis[0]-s && v <= axis[len(axis)-1]+s)
}

// bracket finds the axis' points around v and the weight of the second.
func bracket(v float64, axis []float64) (low, high int, weight float64) {
	i, _ := slices.BinarySearch(axis, v)
	switch {
	case i == 0:
		return 0, 0, 0
	case i == len(axis):
		return i - 1, i - 1, 0
	}
	return i - 1, i, (v - axis[i-1]) / (axis[i] - axis[i-1])
}

// interpolate is the weather between four points. A point that the file lacks,
// or that does not know a day's figure, leaves its weight to the others.
func (g WeatherGrid) interpolate(lons, lats []float64, lon, lat float64) Weather {
	x0, x1, wx := bracket(lon, lons)
	y0, y1, wy := bracket(lat, lats)
	var from []Weather
	var weights []float64
	for _, c := range [4]struct {
		x, y int
		w    float64
	}{{x0, y0, (1 - wx) * (1 - wy)}, {x1, y0, wx * (1 - wy)}, {x0, y1, (1 - wx) * wy}, {x1, y1, wx * wy}} {
		k := slices.IndexFunc(g.Cells, func(cell WeatherCell) bool { return cell.Lon == lons[c.x] && cell.Lat == lats[c.y] })
		if k >= 0 && c.w > 0 {
			from, weights = append(from, g.Cells[k].Weather), append(weights, c.w)
		}
	}
	if len(from) == 0 {
		return Weather{Notes: []string{fmt.Sprintf("weather: no point of the grid around %.3f, %.3f", lon, lat)}}
	}
	return blend(from, weights)
}

// blend is the weighted mean of weathers, day by day and figure by figure.
func blend(from []Weather, weights []float64) Weather {
	first, last := from[0].Days[0].Date, from[0].Days[len(from[0].Days)-1].Date
	for _, w := range from[1:] {
		if d := w.Days[0].Date; d.Before(first) {
			first = d
		}
		if d := w.Days[len(w.Days)-1].Date; d.After(last) {
			last = d
		}
	}
	out := Weather{Notes: from[0].Notes}
	for d := first; !d.After(last); d = d.Add(24 * time.Hour) {
		day := WeatherDay{Date: d}
		for _, c := range weatherColumns() {
			sum, weight := 0.0, 0.0
			for k, w := range from {
				x, ok := w.At(d)
				if v := *c.field(&x); ok && !math.IsNaN(v) {
					sum, weight = sum+weights[k]*v, weight+weights[k]
				}
			}
			*c.field(&day) = math.NaN()
			if weight > 0 {
				*c.field(&day) = sum / weight
			}
		}
		out.Days = append(out.Days, day)
	}
	return out
}
