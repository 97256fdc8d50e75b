package web

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"

	"parus/internal/mapsheet"
	"parus/internal/publication"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/sync/singleflight"
)

// drawnTiles draws map tiles from the sheets of publications and holds both as
// long as they fit: a tile as the gzip bytes that go out, a sheet as it was
// read. It is asked after whoever asks is known to see the publication; what a
// role may not see is part of the key. Many who ask for one tile at once wait
// for one drawing.
type drawnTiles struct {
	store  Publications
	tiles  *shelf[tileKey, []byte]
	sheets *shelf[sheetKey, mapsheet.Packed]
	flight singleflight.Group
}

type tileKey struct {
	publication int64
	scores      bool
	tile        publication.MapTile
}

type sheetKey struct {
	publication int64
	scores      bool
	cell        mapsheet.Cell
}

// A quarter of the memory is for sheets: they serve the tiles not drawn yet.
func newDrawnTiles(store Publications, bytes int64) *drawnTiles {
	return &drawnTiles{
		store: store, tiles: newShelf[tileKey, []byte](bytes / 4 * 3),
		sheets: newShelf[sheetKey, mapsheet.Packed](bytes / 4),
	}
}

// tile returns the gzip bytes of a tile, none where nothing lies in it.
func (d *drawnTiles) tile(ctx context.Context, s publication.Scope, id int64, t publication.MapTile) ([]byte, error) {
	key := tileKey{id, s.Scores, t}
	if b, ok := d.tiles.get(key); ok {
		return b, nil
	}
	// One who goes away must not take it from those who wait.
	working := context.WithoutCancel(ctx)
	done := d.flight.DoChan(fmt.Sprint(key), func() (any, error) {
		b, err := d.draw(working, s, id, t)
		if err == nil {
			d.tiles.put(key, b, int64(len(b))+overhead)
		}
		return b, err
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-done:
		b, _ := r.Val.([]byte)
		return b, r.Err
	}
}

// overhead of something held, in bytes: its key, its place in list and map.
const overhead = 200

func (d *drawnTiles) draw(ctx context.Context, s publication.Scope, id int64, t publication.MapTile) ([]byte, error) {
	sheets, err := d.under(ctx, s, id, mapsheet.Cell(t))
	if err != nil {
		return nil, err
	}
	raw, err := drawn(t, sheets)
	if err != nil {
		return nil, fmt.Errorf("draw tile %d/%d/%d of publication %d: %w", t.Z, t.X, t.Y, id, err)
	}
	if len(raw) == 0 {
		return nil, nil
	}
	return packed(raw)
}

func drawn(t publication.MapTile, sheets []mapsheet.Packed) ([]byte, error) {
	if t.Z >= publication.ParcelsFromZoom {
		return mapsheet.Draw(mapsheet.Cell(t), sheets...)
	}
	if len(sheets[0].Shapes) == 0 {
		return nil, nil
	}
	villages, err := mapsheet.UnpackVillages(sheets[0].Shapes, sheets[0].Lines)
	if err != nil {
		return nil, err
	}
	return mapsheet.DrawVillages(mapsheet.Cell(t), villages), nil
}

// under returns the sheets that a tile is drawn from. Where a sheet holds several
// tiles it is cut for all of them by whoever asks first.
func (d *drawnTiles) under(ctx context.Context, s publication.Scope, id int64, t mapsheet.Cell) ([]mapsheet.Packed, error) {
	if t.Z <= mapsheet.Zoom {
		return d.read(ctx, s, id, mapsheet.CellsOf(t))
	}
	if part, ok := d.sheets.get(sheetKey{id, s.Scores, t}); ok {
		return []mapsheet.Packed{part}, nil
	}
	whole := mapsheet.CellsOf(t)
	cut, err, _ := d.flight.Do(fmt.Sprint("cut", sheetKey{id, s.Scores, whole[0]}, t.Z), func() (any, error) {
		sheets, err := d.read(ctx, s, id, whole)
		if err != nil {
			return nil, err
		}
		sheets[0].Cell = whole[0] // one that holds nothing is not kept
		parts, err := mapsheet.Cut(sheets[0], t.Z)
		for _, p := range parts {
			d.keep(id, s.Scores, p.Cell, p)
		}
		return parts, err
	})
	if err != nil {
		return nil, fmt.Errorf("cut sheet %v of publication %d: %w", whole[0], id, err)
	}
	parts, _ := cut.([]mapsheet.Packed)
	i := slices.IndexFunc(parts, func(p mapsheet.Packed) bool { return p.Cell == t })
	return parts[i : i+1], nil
}

func (d *drawnTiles) keep(id int64, scores bool, cell mapsheet.Cell, p mapsheet.Packed) {
	d.sheets.put(sheetKey{id, scores, cell}, p, int64(len(p.Shapes)+len(p.Lines))+overhead)
}

// read returns the sheets of cells in their order, those that hold nothing empty.
func (d *drawnTiles) read(ctx context.Context, s publication.Scope, id int64, cells []mapsheet.Cell) ([]mapsheet.Packed, error) {
	out := make([]mapsheet.Packed, len(cells))
	var missing []mapsheet.Cell
	for i, c := range cells {
		got, ok := d.sheets.get(sheetKey{id, s.Scores, c})
		if !ok {
			missing = append(missing, c)
		}
		out[i] = got
	}
	if len(missing) == 0 {
		return out, nil
	}
	kept, err := d.store.MapSheets(ctx, s, id, missing)
	if err != nil {
		return nil, err
	}
	read := map[mapsheet.Cell]mapsheet.Packed{}
	for _, p := range kept {
		read[p.Cell] = p
	}
	for _, c := range missing {
		d.keep(id, s.Scores, c, read[c])
	}
	for i, c := range cells {
		if p, ok := read[c]; ok {
			out[i] = p
		}
	}
	return out, nil
}

// tileLevel of gzip gives within 4 % the size of the best in a fifth of its time.
const tileLevel = 5

// packed is the gzip of a tile, the same bytes for the same tile.
func packed(raw []byte) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, tileLevel)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(raw); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func unpacked(b []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
