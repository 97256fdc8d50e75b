package delineate

import "fmt"

// Hectares is an area: 1 ha = 10,000 m².
type Hectares float64

// Params says what a field is. The zero value is of no use: start from
// [Defaults].
type Params struct {
	MinArea  Hectares // smaller regions join the neighbour most like them
	MaxArea  Hectares // no merging makes a region larger
	Contrast float64  // merging ends at this multiple of the image's own texture, see [Texture]; larger gives fewer fields
	Threads  int      // 0 for one a processor; changes no result
}

// Defaults carry over from one kind of image to another, since the contrast is
// in units that are measured on the image itself. docs/results.md says on which
// images the number was chosen and how others fare.
func Defaults() Params {
	return Params{MinArea: .02, MaxArea: 200, Contrast: 2}
}

// Check tells what is wrong with the parameters.
func (p Params) Check() error {
	if p.MinArea < 0 || p.MaxArea <= p.MinArea || p.Contrast <= 0 || p.Threads < 0 {
		return fmt.Errorf("delineation with %+v: want 0 ≤ MinArea < MaxArea, Contrast > 0, Threads ≥ 0", p)
	}
	return nil
}
