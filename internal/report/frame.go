package report

import (
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// Map pictures are drawn in tenths of a pixel, so that coordinates are whole
// numbers and paths stay short.
const (
	mapWidth     = 5200.0 // tenths of a pixel
	mapMaxHeight = 5600.0
	mapMargin    = 80.0
)

// metresPerDegree is a degree of a great circle on the sphere of the mean
// earth radius 6,371,008.8 m (IUGG), which is near enough for a picture.
const metresPerDegree = 2 * math.Pi * 6371008.8 / 360

// frame projects lon, lat onto the picture: equirectangular with true scale
// along the middle latitude, north up.
type frame struct {
	lon0, lat0    float64 // degrees, the upper left corner of the drawing area
	squeeze       float64 // cosine of the middle latitude
	scale         float64 // tenths of a pixel per degree of latitude
	Width, Height float64 // tenths of a pixel
	Drawn         []int   // parcels inside the frame, by index
	Shapeless     int     // parcels without a shape
	Far           int     // parcels too far from the rest to be drawn
}

// newFrame fits the picture to the parcels. Where one lies further from the
// median of all than both 60 km and twenty times the median distance, it is
// left out: a misplaced parcel must not shrink the county to a dot.
func newFrame(parcels []Parcel) frame {
	f := frame{Width: mapWidth}
	var at []int
	var bounds []orb.Bound
	for i, p := range parcels {
		b := p.Shape.Bound()
		if len(p.Shape) == 0 || !known(b.Min[0]+b.Min[1]+b.Max[0]+b.Max[1]) || b.IsEmpty() {
			f.Shapeless++
			continue
		}
		at, bounds = append(at, i), append(bounds, b)
	}
	if len(at) == 0 {
		return f
	}
	total := orb.Bound{Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)}}
	for k, is := range near(bounds) {
		if !is {
			f.Far++
			continue
		}
		f.Drawn = append(f.Drawn, at[k])
		total = total.Union(bounds[k])
	}
	f.fit(total)
	return f
}

// near tells which bounds lie with the rest.
func near(bounds []orb.Bound) []bool {
	lons, lats := make([]float64, len(bounds)), make([]float64, len(bounds))
	for i, b := range bounds {
		lons[i], lats[i] = b.Center()[0], b.Center()[1]
	}
	lon, lat := median(lons), median(lats)
	away := make([]float64, len(bounds)) // metres
	for i := range bounds {
		away[i] = metresPerDegree * math.Hypot((lons[i]-lon)*math.Cos(lat*math.Pi/180), lats[i]-lat)
	}
	limit := math.Max(60_000, 20*median(away))
	out := make([]bool, len(bounds))
	for i := range away {
		out[i] = away[i] <= limit
	}
	return out
}

func median(values []float64) float64 {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return quantile(sorted, .5)
}

func (f *frame) fit(b orb.Bound) {
	f.squeeze = math.Max(math.Cos((b.Min[1]+b.Max[1])/2*math.Pi/180), 1e-6)
	w, h := math.Max((b.Max[0]-b.Min[0])*f.squeeze, 1e-7), math.Max(b.Max[1]-b.Min[1], 1e-7)
	f.scale = math.Min((mapWidth-2*mapMargin)/w, (mapMaxHeight-2*mapMargin)/h)
	f.Height = math.Ceil(math.Max(h*f.scale+2*mapMargin, mapWidth*.3)) + mapFoot
	f.lon0 = b.Min[0] - ((mapWidth-w*f.scale)/2)/f.scale/f.squeeze
	f.lat0 = b.Max[1] + ((f.Height-mapFoot-h*f.scale)/2)/f.scale
}

// mapFoot is the room under the map for the scale bar.
const mapFoot = 260.0

// project turns lon, lat into tenths of a pixel.
func (f frame) project(p orb.Point) orb.Point {
	return orb.Point{(p[0] - f.lon0) * f.squeeze * f.scale, (f.lat0 - p[1]) * f.scale}
}

// metresPerUnit is how many metres a tenth of a pixel is.
func (f frame) metresPerUnit() float64 { return metresPerDegree / f.scale }
