package extract

import (
	"fmt"
	"math"
	"slices"
	"unsafe"

	"github.com/paulmach/orb"

	"parus/imagery"
	"parus/imagery/gdal"
	"parus/imagery/zonal"
)

// Memory that a job takes whatever it reads: the program with GDAL and PROJ,
// and for each thread a stack, a decoder and a file (measured on GDAL 3.6).
const (
	programBytes = 96 << 20
	threadBytes  = 8 << 20
)

// slack is how far the heap outgrows what is in use between two collections of
// garbage, where a limit presses; slices that grow hold a quarter more.
const slack = 1.25

// parcelSize is what sizes of coverages are estimated from.
type parcelSize struct {
	bytes    float64 // polygons in memory
	outline  float64 // Σ(|dx| + |dy|) along all rings, in CRS units
	height   float64 // Σ height of the parcels, in CRS units
	boxes    []orb.Bound
	rings    float64
	at       orb.Point // somewhere among them
	parcels  float64
	idLength float64
}

func measure(shapes []zonal.Shape) parcelSize {
	var out parcelSize
	for _, s := range shapes {
		out.parcels++
		out.idLength += float64(len(s.ID))
		out.bytes += float64(unsafe.Sizeof(s)) + float64(len(s.ID))
		out.boxes = append(out.boxes, s.Polygon.Bound())
		for _, poly := range s.Polygon {
			for _, ring := range poly {
				out.rings++
				out.bytes += float64(len(ring))*16 + 24
				low, high := math.Inf(1), math.Inf(-1)
				for i, p := range ring {
					low, high = min(low, p[1]), max(high, p[1])
					if i > 0 {
						out.outline += math.Abs(p[0]-ring[i-1][0]) + math.Abs(p[1]-ring[i-1][1])
					}
				}
				if high >= low {
					out.height += high - low
					out.at = ring[0]
				}
			}
		}
	}
	return out
}

// coverage estimates the bytes of a plan: a path through |dx| + |dy| pixels
// touches at most one more, each of which takes a cell, and a row of a parcel
// takes a span. Outlines are held by batches while the plan is made.
func (m parcelSize) coverage(pixelsPerUnit float64) (kept, making float64) {
	cells := m.outline*pixelsPerUnit + m.rings
	spans := m.height*pixelsPerUnit + m.rings
	perParcel := float64(8 + 24 + 12 + 8 + 8) // full, text, number and part, ends
	batch := min(1, batchParcels/max(m.parcels, 1))
	return 8*(cells+spans) + m.parcels*perParcel, m.bytes*batch + 8*m.parcels
}

// tileSide is the shorter side of most tiles, in pixels.
const tileSide = 512

// sharedPixels estimates how many pixels lie in parcels of several tiles, whose
// values are kept for a median: a parcel of w × h pixels crosses a border of
// tiles with a chance of about (w + h) / tileSide.
func (m parcelSize) sharedPixels(pixelsPerUnit float64) float64 {
	var out float64
	for _, b := range m.boxes {
		if w, h := (b.Max[0]-b.Min[0])*pixelsPerUnit, (b.Max[1]-b.Min[1])*pixelsPerUnit; w > 0 && h > 0 {
			out += w * h * min(1, (w+h)/tileSide)
		}
	}
	return out
}

// scale tells how many pixels of a grid one unit of the parcels' CRS spans at
// a place, at most over both axes.
func scale(crs string, at orb.Point, g imagery.Grid) (float64, error) {
	p, err := gdal.NewProjection(crs, g.CRS)
	if err != nil {
		return 0, err
	}
	defer p.Close()
	const step = 1e-3
	t := g.Transform
	det := math.Abs(t[1]*t[5] - t[2]*t[4])
	var out float64
	from, err := p.Point(at)
	if err != nil {
		return 0, err
	}
	for _, d := range []orb.Point{{step, 0}, {0, step}} {
		to, err := p.Point(orb.Point{at[0] + d[0], at[1] + d[1]})
		if err != nil {
			return 0, err
		}
		dx, dy := to[0]-from[0], to[1]-from[1]
		cols, rows := math.Abs(dx*t[5]-dy*t[2])/det, math.Abs(dy*t[1]-dx*t[4])/det
		out = max(out, (cols+rows)/step)
	}
	return out, nil
}

// arrange cuts the rasters into units and says how many may be in memory at
// once, so that the job keeps within its memory. It returns the estimate.
func (r *runner) arrange() (int64, error) {
	size := measure(r.parcels.Shapes)
	fixed, perBand := r.fixedBytes(size), r.bandBytes(size)
	budget := math.Inf(1)
	if r.job.Memory > 0 {
		budget = float64(r.job.Memory)
	}
	most := 0 // bands of a raster
	for _, ra := range r.rasters {
		most = max(most, len(ra.info.Bands))
	}
	r.ahead = r.job.Threads + 1
	bands := most
	for need := func() float64 { return fixed + float64(r.ahead*bands)*perBand }; need() > budget; {
		switch {
		case r.ahead > 2:
			r.ahead--
		case bands > 1:
			bands = (bands + 1) / 2
		case r.ahead > 1:
			r.ahead = 1
		default:
			return int64(need()), fmt.Errorf("the job needs about %.0f MiB and may use %.0f MiB: give fewer parcels at a time, fewer threads or more with --memory",
				math.Ceil(need()/(1<<20)), math.Floor(budget/(1<<20)))
		}
	}
	for _, ra := range r.rasters {
		n := len(ra.info.Bands)
		for from := 0; from < n; from += bands {
			r.units = append(r.units, &unit{raster: ra, from: from, to: min(from+bands, n)})
		}
		if n == 0 { // it could not be opened
			r.units = append(r.units, &unit{raster: ra})
		}
	}
	for _, u := range r.units {
		if u.raster.plan != nil {
			u.raster.plan.uses++
		}
	}
	return int64(fixed + float64(r.ahead*bands)*perBand), nil
}

// bandBytes is what the values of one band take, and what is kept for medians.
func (r *runner) bandBytes(size parcelSize) float64 {
	out := 8 * float64(r.columns()) * size.parcels
	if !slices.Contains(r.job.Stats, Median) {
		return slack * out
	}
	var shared float64
	for _, p := range r.plans {
		if k, err := scale(r.parcels.CRS, size.at, p.info.Grid); err == nil {
			pixels := float64(p.info.Grid.Width) * float64(p.info.Grid.Height)
			shared = max(shared, min(size.sharedPixels(k), pixels))
		}
	}
	return slack * (out + 8*shared)
}

// fixedBytes estimates what a job takes apart from values: parcels, coverages
// and the scratch of its threads.
func (r *runner) fixedBytes(size parcelSize) float64 {
	out := programBytes + float64(r.job.Threads)*threadBytes + float64(r.cacheBytes())
	out += slack * (size.bytes + size.idLength + 24*size.parcels)
	var kept, making float64
	for _, p := range r.plans {
		k, err := scale(r.parcels.CRS, size.at, p.info.Grid)
		if err != nil {
			continue // said when the plan is made
		}
		a, b := size.coverage(k)
		kept, making = kept+a, max(making, b)
	}
	scratch := 0
	for _, ra := range r.rasters {
		for _, b := range ra.info.Bands {
			scratch = max(scratch, tileBytes(ra.info, b))
		}
	}
	return out + kept + slack*making + float64(r.job.Threads*scratch)
}

// tileBytes is the scratch for one tile of a band.
func tileBytes(in gdal.Info, b gdal.BandInfo) int {
	windows, _ := tileWindows(in)
	n := pixelBytes(b.Type)
	if b.Masked {
		n = max(n, 4) + 1
	}
	return windows[0].Width * windows[0].Height * n
}

// cacheBytes is what GDAL's cache needs so that a file that stores bands
// together is decoded once: for each thread twice the blocks of a tile. More
// only costs time and memory, as no block is read again.
func (r *runner) cacheBytes() int {
	var most int
	for _, ra := range r.rasters {
		if len(ra.info.Bands) == 0 {
			continue
		}
		pixels := ra.info.Blocks[0] * ra.info.Blocks[1]
		if len(ra.info.Bands) > 1 {
			pixels = max(pixels, tilePixels)
		}
		most = max(most, pixels*len(ra.info.Bands)*pixelBytes(ra.info.Bands[0].Type))
	}
	return 2 * r.job.Threads * most
}
