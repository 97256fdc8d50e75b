package observe

import (
	"context"
	"fmt"
	"math"

	"parus/imagery"
	"parus/imagery/zonal"
)

// Hidden is what a [Plane] has where a pixel is masked or without data.
const Hidden int16 = math.MinInt16

// Plane returns one index of a scene over a grid, row-major, in steps of 1e-4:
// the same numbers that [Block] sums. Pixels that clouds, their margin or
// missing data hide are [Hidden]; where all are, the error wraps ErrNoOverlap.
func Plane(ctx context.Context, r Reader, s imagery.Scene, g imagery.Grid, index string, marginPx int) ([]int16, error) {
	plan, err := newPlan(s, Params{Indices: []string{index}, MarginPx: marginPx})
	if err != nil {
		return nil, fmt.Errorf("scene %s: %w", s.ID, err)
	}
	layers := plan.layers()
	b := newBlock(plan, r, &zonal.Coverage{Grid: g}, &Observation{Layers: layers})
	out := make([]int16, g.Width*g.Height)
	for i := range out {
		out[i] = Hidden
	}
	seen := false
	for row := 0; row < g.Height; row += stripRows {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rows := min(stripRows, g.Height-row)
		b.need.reset(row, row+rows, g.Width)
		for y := range rows {
			b.need.add(uint32((row+y)*g.Width), g.Width)
		}
		b.need.number()
		b.window = b.need.bounds()
		if err := b.measure(ctx); err != nil {
			return nil, fmt.Errorf("scene %s: %w", s.ID, err)
		}
		for i := row * g.Width; i < (row+rows)*g.Width; i++ {
			if at, clear := b.need.place(uint32(i)); clear && b.valid[at] {
				out[i], seen = inSteps(b.layers[0][at], layers[0]), true
			}
		}
	}
	if !seen {
		return nil, fmt.Errorf("scene %s: no clear pixel here: %w", s.ID, ErrNoOverlap)
	}
	return out, nil
}

// inSteps counts a layer's number in steps of 1e-4.
func inSteps(v int32, l Layer) int16 {
	if l.Scale == indexStep && l.Offset == 0 {
		return int16(v)
	}
	x := math.Round((float64(v)*l.Scale + l.Offset) / indexStep)
	return int16(max(-indexLimit, min(indexLimit, x)))
}
