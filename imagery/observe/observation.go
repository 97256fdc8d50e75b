package observe

import (
	"errors"
	"math"
	"math/bits"
	"time"

	"parus/imagery"
	"parus/imagery/zonal"
)

// Params says what to measure.
type Params struct {
	Bands    []string // sensor names, such as "B04": one layer each
	Indices  []string // names of imagery/spectral, such as "ndvi": one layer each
	MarginPx int      // pixels around cloud and shadow that do not count
}

// ErrNoOverlap is returned where a scene has no data under any parcel of the
// block. It is a result, not a failure.
var ErrNoOverlap = errors.New("scene and block do not overlap")

// Observation is what one scene shows of the parcels of one block.
type Observation struct {
	Scene    string       // ID of the scene
	Datetime time.Time    // UTC
	Grid     imagery.Grid // of the block
	Layers   []Layer
	Parcels  []Parcel // in the order of the coverage
}

// Layer tells how a layer's sums become values: mean = sum/valid·Scale + Offset.
type Layer struct {
	Name          string
	Scale, Offset float64
}

// Parcel holds the sums of one parcel. Weights count 1/zonal.One of a pixel.
type Parcel struct {
	ID      string
	Covered uint64  // Σ fraction of all its pixels in the block
	Valid   uint64  // Σ fraction of its clear pixels
	Sums    []int64 // per layer Σ fraction·DN, or fraction·index·1e4
	NDVI2   Wide    // Σ fraction·(NDVI·1e4)², zero where ndvi is no layer
}

// Mean returns the mean of a layer over clear pixels, NaN where there are none.
func (o *Observation) Mean(p Parcel, layer int) float64 {
	if p.Valid == 0 {
		return math.NaN()
	}
	l := o.Layers[layer]
	return float64(p.Sums[layer])/float64(p.Valid)*l.Scale + l.Offset
}

// CoveredPixels returns the parcel's area in the block, in pixels.
func (p Parcel) CoveredPixels() float64 { return float64(p.Covered) / zonal.One }

// Wide is an unsigned integer of 128 bits.
type Wide struct{ Hi, Lo uint64 }

// Add returns w + v.
func (w Wide) Add(v Wide) Wide {
	lo, carry := bits.Add64(w.Lo, v.Lo, 0)
	hi, _ := bits.Add64(w.Hi, v.Hi, carry)
	return Wide{hi, lo}
}

// Float returns the nearest float64.
func (w Wide) Float() float64 { return float64(w.Hi)*(1<<64) + float64(w.Lo) }
