package season

import "time"

// Overlay is one scene drawn in one cell of the map.
type Overlay struct {
	Scene    string
	Datetime time.Time
	Seen     int64    // pixels of the last zoom with data
	Clear    int64    // of them, not masked
	Kinds    []string // what was drawn
	Tiles    []OverlayTile
}

// OverlayTile is one tile of an overlay: JPEG or PNG.
type OverlayTile struct {
	Kind    string
	Z, X, Y int
	Data    []byte
}
