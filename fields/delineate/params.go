package delineate

import "fmt"

// Hectares is an area: 1 ha = 10,000 m².
type Hectares float64

// Params says what a field is. The zero value is of no use: start from
// [Defaults].
type Params struct {
	MinArea   Hectares // smaller regions join the neighbour most like them
	MaxArea   Hectares // no merging makes a region larger
	Contrast  float64  // merging ends at this cost, see merge.go; larger gives fewer fields
	EdgePower float64  // weight of the edge along a border against the difference of means
	Threads   int      // 0 for one a processor; changes no result
}

// Defaults are chosen on one open image, s2_denmark_2016 west (one date, three
// bands, 10 m), and on the generated county.
func Defaults() Params {
	return Params{MinArea: .02, MaxArea: 200, Contrast: 1.5, EdgePower: 1}
}

// Check tells what is wrong with the parameters.
func (p Params) Check() error {
	if p.MinArea < 0 || p.MaxArea <= p.MinArea || p.Contrast <= 0 || p.EdgePower < 0 || p.Threads < 0 {
		return fmt.Errorf("delineation with %+v: want 0 ≤ MinArea < MaxArea, Contrast > 0, EdgePower ≥ 0, Threads ≥ 0", p)
	}
	return nil
}
