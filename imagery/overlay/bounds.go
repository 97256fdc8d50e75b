package overlay

import (
	"bytes"
	"slices"
)

// Gives tells whether the job can have given these tiles and counts: no more
// than the area holds, each tile once, of a kind that is reported, and a
// picture by its first bytes. It is for whoever does not trust who drew them.
func (j Job) Gives(r Report, tiles []Drawn) bool {
	area := j.Area.Clip(j.Cell)
	if area.Empty() || j.Cell.Z != CellZoom {
		return false
	}
	pixels := (area.X1 - area.X0 + 1) * (area.Y1 - area.Y0 + 1) * TilePx * TilePx
	if r.Clear < 0 || r.Clear > r.Seen || r.Seen > pixels || len(r.Kinds) > len(Kinds()) {
		return false
	}
	for _, k := range r.Kinds {
		if !slices.Contains(Kinds(), k) {
			return false
		}
	}
	type place struct {
		tile Tile
		kind Kind
	}
	seen := make(map[place]bool, len(tiles))
	for _, d := range tiles {
		p := place{d.Tile, d.Kind}
		if seen[p] || !slices.Contains(r.Kinds, d.Kind) || !d.Tile.in(j.Cell) || area.Clip(d.Tile).Empty() || !isPicture(d.Data) {
			return false
		}
		seen[p] = true
	}
	return true
}

// in tells whether a tile is the cell or lies below it, down to MaxZoom.
func (t Tile) in(cell Tile) bool {
	s := t.Z - cell.Z
	return s >= 0 && t.Z <= MaxZoom && t.X>>s == cell.X && t.Y>>s == cell.Y
}

// isPicture tells whether the bytes begin as JPEG or PNG do and keep to the
// bound of a tile (JPEG: ITU-T T.81, B.1.1.3; PNG: RFC 2083, 3.1).
func isPicture(data []byte) bool {
	return len(data) <= MaxTileBytes && (bytes.HasPrefix(data, []byte("\xff\xd8\xff")) || bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")))
}

// What one pixel of a square takes while it is drawn, in bytes: four bands as
// read, the mask as read and its bits, state, colour and NDVI, and these once
// more in the quarters that they are cut into.
const (
	readBytes  = 4*4 + 4 + 2 + 1
	paintBytes = 2 * (1 + 3 + 2)
)

// MemoryBytes bounds what [Render] takes for one job, but for what the Reader
// takes: a square of readZoom, one of each zoom above, and all tiles.
func MemoryBytes(j Job) int64 {
	area := j.Area.Clip(j.Cell)
	if area.Empty() {
		return 0
	}
	side := int64(TilePx<<(MaxZoom-readZoom) + 2*marginPx)
	above := int64(readZoom-CellZoom) * 4 * TilePx * TilePx * paintBytes
	leaves := int64(area.X1-area.X0+1) * int64(area.Y1-area.Y0+1)
	perLeaf := 2 * int64(len(Kinds())) * MaxTileBytes * 4 / 3 // with the zooms above: 1 + 1/4 + 1/16 + …; once more where they are packed
	return side*side*(readBytes+paintBytes) + above + leaves*perLeaf
}
