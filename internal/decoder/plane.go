package decoder

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"parus/imagery"
	"parus/imagery/observe"
)

// Plane asks for one index of a scene over a grid: see observe.Plane.
type Plane struct {
	Scene    imagery.Scene `json:"scene"`
	Grid     imagery.Grid  `json:"grid"`
	Index    string        `json:"index"`
	MarginPx int           `json:"margin_px"`
}

// Plane computes one index of a scene over a grid, row-major, in steps of
// 1e-4 with observe.Hidden where nothing is known; observe.ErrNoOverlap where
// nothing is known anywhere.
func (p *Pool) Plane(ctx context.Context, w Plane) ([]int16, error) {
	content, err := json.Marshal(w)
	if err != nil {
		return nil, fmt.Errorf("scene %s: %w", w.Scene.ID, err)
	}
	pixels := w.Grid.Width * w.Grid.Height
	bytes := observe.MemoryBytes(w.Grid, observe.Params{Indices: []string{w.Index}, MarginPx: w.MarginPx}, 1) + 4*int64(pixels)
	answer, err := p.do(ctx, job{item: w.Scene.ID, kind: framePlane, content: content, bytes: bytes})
	if err != nil {
		return nil, err
	}
	if len(answer) != 2*pixels {
		return nil, fmt.Errorf("scene %s: %w", w.Scene.ID, errFrame)
	}
	out := make([]int16, pixels)
	for i := range out {
		out[i] = int16(binary.LittleEndian.Uint16(answer[2*i:]))
	}
	return out, nil
}

// drawPlane is what a child does.
func drawPlane(ctx context.Context, r observe.Reader, content []byte) ([]byte, error) {
	var w Plane
	if err := json.Unmarshal(content, &w); err != nil {
		return nil, fmt.Errorf("plane: %w", err)
	}
	values, err := observe.Plane(ctx, r, w.Scene, w.Grid, w.Index, w.MarginPx)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, 2*len(values))
	for _, v := range values {
		out = binary.LittleEndian.AppendUint16(out, uint16(v))
	}
	return out, nil
}
