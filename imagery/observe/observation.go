package observe

import (
	"errors"
	"math"
	"math/bits"
	"slices"
	"time"

	"parus/imagery"
	"parus/imagery/zonal"
)

// Params says what to measure.
type Params struct {
	Bands    []string // the sensor's names, such as "B04": one layer each, called by sensor.Band.Layer
	Indices  []string // names of imagery/spectral, such as "ndvi": one layer each
	MarginPx int      // pixels around cloud and shadow that do not count
}

// ErrNoOverlap is returned where a scene has no data under any parcel of the
// block. It is a result, not a failure.
var ErrNoOverlap = errors.New("scene and block do not overlap")

// Observation is what one scene shows of the parcels of one block.
type Observation struct {
	Scene      string       // ID of the scene
	Sensor     string       // key of its sensor file
	PixelSizeM float64      // side of the sensor's finest pixels
	Orbit      string       // of a radar: "ascending", "descending" or "" for unknown
	Datetime   time.Time    // UTC; the start of a composite
	Grid       imagery.Grid // of the block
	Layers     []Layer
	First      int      // place of the first parcel in the coverage
	Parcels    []Parcel // in the order of the coverage
}

// Part returns the parcels from..to−1 of an observation of a whole block, for
// keeping them apart from the others. They share memory with o.
func (o *Observation) Part(from, to int) *Observation {
	p := *o
	p.First, p.Parcels = o.First+from, o.Parcels[from:to]
	return &p
}

// Layer tells how a layer's sums become values: mean = sum/valid·Scale + Offset.
type Layer struct {
	Name          string
	Scale, Offset float64
	Power         bool `json:",omitempty"` // of a radar, linear; its series is in decibels
}

// Radar tells whether the layers come from a radar, which needs no clear sky.
func (o *Observation) Radar() bool {
	return slices.ContainsFunc(o.Layers, func(l Layer) bool { return l.Power })
}

// Parcel holds the sums of one parcel over its clear pixels. Weights count
// 1/zonal.One of a pixel, inner weights 1/InnerOne.
type Parcel struct {
	ID        string
	Covered   uint64  // Σ fraction of all its pixels in the block
	Valid     uint64  // Σ fraction of its clear pixels
	Inner     uint64  // Σ inner weight of its clear pixels
	Sums      []int64 // per layer Σ fraction·DN, or fraction·index·1e4
	InnerSums []int64 // per layer Σ inner weight·DN, or inner weight·index·1e4
	NDVI2     Wide    // Σ fraction·(NDVI·1e4)², zero where ndvi is no layer
}

// InnerOne is the inner weight of a pixel that lies wholly in the parcel.
const InnerOne = 1 << 8

// innerWeight is the square of a coverage fraction, rounded to 1/InnerOne: a
// pixel of the border, which shows its neighbours too, counts less than its
// area. It is exactextract's weighted mean (Baston 2022) with the coverage
// fraction itself as the weight.
func innerWeight(fraction uint32) uint32 {
	const shift = 2*24 - 8
	return uint32((uint64(fraction)*uint64(fraction) + 1<<(shift-1)) >> shift)
}

// Mean returns the mean of a layer over clear pixels, NaN where there are none.
func (o *Observation) Mean(p Parcel, layer int) float64 {
	return o.mean(p.Sums[layer], p.Valid, layer)
}

// InnerMean returns the interior-weighted mean of a layer over clear pixels,
// Σ c²·v / Σ c² with c² rounded to 1/InnerOne; NaN where that leaves nothing.
func (o *Observation) InnerMean(p Parcel, layer int) float64 {
	return o.mean(p.InnerSums[layer], p.Inner, layer)
}

func (o *Observation) mean(sum int64, weight uint64, layer int) float64 {
	if weight == 0 {
		return math.NaN()
	}
	l := o.Layers[layer]
	return float64(sum)/float64(weight)*l.Scale + l.Offset
}

// CoveredPixels returns the parcel's area in the block, in pixels.
func (p Parcel) CoveredPixels() float64 { return float64(p.Covered) / zonal.One }

// Add adds the sums of another part of the same parcel in the same scene, such
// as the one in the next block.
func (p *Parcel) Add(q Parcel) {
	p.Covered += q.Covered
	p.Valid += q.Valid
	p.Inner += q.Inner
	for k := range p.Sums {
		p.Sums[k] += q.Sums[k]
		p.InnerSums[k] += q.InnerSums[k]
	}
	p.NDVI2 = p.NDVI2.Add(q.NDVI2)
}

// parcelsOf returns a row without sums for each of the parcels from..to−1 of a
// coverage.
func parcelsOf(c *zonal.Coverage, from, to, layers int) []Parcel {
	out := make([]Parcel, to-from)
	sums := make([]int64, 2*layers*len(out))
	for i := range out {
		at := 2 * layers * i
		out[i] = Parcel{ID: c.IDs[from+i], Covered: c.Weight(from + i),
			Sums: sums[at : at+layers : at+layers], InnerSums: sums[at+layers : at+2*layers : at+2*layers]}
	}
	return out
}

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
