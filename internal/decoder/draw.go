package decoder

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"parus/imagery/observe"
	"parus/imagery/overlay"
)

// Picture is what a drawing of one scene in one cell gives.
type Picture struct {
	Report overlay.Report
	Tiles  []overlay.Drawn
}

// Paint draws a cell through a reader. It is what a child does, and serves where
// no child is wanted.
func Paint(ctx context.Context, r observe.Reader, j overlay.Job) (Picture, error) {
	var p Picture
	var err error
	p.Report, err = overlay.Render(ctx, r, j, func(d overlay.Drawn) error {
		p.Tiles = append(p.Tiles, d)
		return nil
	})
	return p, err
}

// Draw draws one scene in one cell of the map's tile pyramid;
// overlay.ErrNothing is wrapped where there is nothing to draw.
func (p *Pool) Draw(ctx context.Context, j overlay.Job) (Picture, error) {
	content, err := json.Marshal(j)
	if err != nil {
		return Picture{}, fmt.Errorf("scene %s: %w", j.Scene.ID, err)
	}
	answer, err := p.do(ctx, job{item: j.Scene.ID, kind: frameDraw, content: content, bytes: DrawBytes(j)})
	if err != nil {
		return Picture{}, err
	}
	drawn, ok := unpackPicture(answer, j)
	if !ok {
		return Picture{}, fmt.Errorf("scene %s: %w", j.Scene.ID, errFrame)
	}
	return drawn, nil
}

// outline is a picture as it travels, before the bytes of its tiles.
type outline struct {
	Report overlay.Report `json:"report"`
	Tiles  []extent       `json:"tiles"`
}

type extent struct {
	Tile  overlay.Tile `json:"tile"`
	Kind  overlay.Kind `json:"kind"`
	Bytes int          `json:"bytes"`
}

func packPicture(p Picture) ([]byte, error) {
	o := outline{Report: p.Report}
	var data []byte
	for _, d := range p.Tiles {
		o.Tiles = append(o.Tiles, extent{d.Tile, d.Kind, len(d.Data)})
		data = append(data, d.Data...)
	}
	head, err := json.Marshal(o)
	return join(head, data), err
}

// unpackPicture takes only what the job can have given.
func unpackPicture(answer []byte, j overlay.Job) (Picture, bool) {
	head, data, ok := split(answer)
	var o outline
	if !ok || json.Unmarshal(head, &o) != nil {
		return Picture{}, false
	}
	p := Picture{Report: o.Report}
	for _, e := range o.Tiles {
		if e.Bytes < 0 || e.Bytes > len(data) {
			return Picture{}, false
		}
		p.Tiles = append(p.Tiles, overlay.Drawn{Tile: e.Tile, Kind: e.Kind, Data: data[:e.Bytes:e.Bytes]})
		data = data[e.Bytes:]
	}
	return p, len(data) == 0 && j.Gives(p.Report, p.Tiles)
}

// nothing is overlay.ErrNothing in a child's words.
type nothing string

func (n nothing) Error() string { return string(n) }
func (nothing) Unwrap() error   { return overlay.ErrNothing }

// failureOf is an error as it travels.
func failureOf(err error) failure {
	return failure{Words: clip(err.Error()), NoOverlap: errors.Is(err, observe.ErrNoOverlap), Nothing: errors.Is(err, overlay.ErrNothing), Passes: IsPassing(err)}
}

// err is the error that has travelled.
func (f failure) err() error {
	switch {
	case f.NoOverlap:
		return observe.ErrNoOverlap
	case f.Nothing:
		return nothing(f.Words)
	case f.Passes:
		return passing(f.Words)
	}
	return errors.New(f.Words)
}

// passing is a failure that says of itself that it may not come again.
type passing string

func (p passing) Error() string { return string(p) }

// Passing is for IsPassing.
func (passing) Passing() bool { return true }
