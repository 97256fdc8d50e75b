package overlay_test

import (
	"testing"

	"parus/imagery/overlay"
)

func TestAJobGivesNoMoreThanItIs(t *testing.T) {
	t.Parallel()
	j := overlay.Job{Scene: scene(all...), Cell: cell, Area: overlay.Area{X0: cell.X << 4, Y0: cell.Y << 4, X1: cell.X<<4 + 1, Y1: cell.Y << 4}}
	both := []overlay.Kind{overlay.TrueColour, overlay.Vegetation}
	report := overlay.Report{Seen: 2 * 256 * 256, Clear: 5, Kinds: both} // two tiles of zoom 14
	leaf := overlay.Tile{Z: 14, X: cell.X << 4, Y: cell.Y << 4}
	png, jpeg := []byte("\x89PNG\r\n\x1a\n…"), []byte("\xff\xd8\xff\xe0…")
	one := func(t overlay.Tile, k overlay.Kind, data []byte) []overlay.Drawn {
		return []overlay.Drawn{{Tile: t, Kind: k, Data: data}}
	}
	seen := func(seen, clear int, kinds ...overlay.Kind) overlay.Report {
		return overlay.Report{Seen: seen, Clear: clear, Kinds: kinds}
	}
	for _, c := range []struct {
		name   string
		report overlay.Report
		tiles  []overlay.Drawn
		want   bool
	}{
		{"a tile of the area", report, one(leaf, overlay.Vegetation, png), true},
		{"the cell itself, as JPEG", report, one(cell, overlay.TrueColour, jpeg), true},
		{"no tile", report, nil, true},
		{"a tile twice", report, append(one(leaf, overlay.Vegetation, png), one(leaf, overlay.Vegetation, png)...), false},
		{"a tile outside of the area", report, one(overlay.Tile{Z: 14, X: leaf.X + 2, Y: leaf.Y}, overlay.Vegetation, png), false},
		{"a tile of another cell", report, one(overlay.Tile{Z: 14, X: leaf.X + 16, Y: leaf.Y}, overlay.Vegetation, png), false},
		{"a tile above the cell", report, one(overlay.Tile{Z: 9, X: cell.X / 2, Y: cell.Y / 2}, overlay.Vegetation, png), false},
		{"a tile below the pyramid", report, one(overlay.Tile{Z: 15, X: 2 * leaf.X, Y: 2 * leaf.Y}, overlay.Vegetation, png), false},
		{"a page for a tile", report, one(leaf, overlay.Vegetation, []byte("<html><script>")), false},
		{"a tile of too many bytes", report, one(leaf, overlay.Vegetation, append(png, make([]byte, overlay.MaxTileBytes)...)), false},
		{"a kind that is not reported", seen(9, 5, overlay.TrueColour), one(leaf, overlay.Vegetation, png), false},
		{"a kind that does not exist", seen(9, 5, "infrared"), one(leaf, "infrared", png), false},
		{"more pixels than the area has", seen(2*256*256+1, 5, both...), nil, false},
		{"more clear pixels than seen", seen(4, 5, both...), nil, false},
		{"fewer clear pixels than none", seen(4, -1, both...), nil, false},
	} {
		if got := j.Gives(c.report, c.tiles); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}

// TestWhatIsDrawnIsWhatTheJobGives holds Gives to Render itself.
func TestWhatIsDrawnIsWhatTheJobGives(t *testing.T) {
	t.Parallel()
	j := overlay.Job{Scene: scene(all...), Cell: cell, Area: overlay.Area{X0: cell.X << 4, Y0: cell.Y << 4, X1: cell.X<<4 + 5, Y1: cell.Y<<4 + 2}}
	var tiles []overlay.Drawn
	bytes := 0
	report, err := overlay.Render(t.Context(), land(func(band string, x, _ float64) int32 {
		if band == "SCL" {
			return 4
		}
		return int32(x) % 3000
	}), j, func(d overlay.Drawn) error {
		tiles = append(tiles, d)
		bytes += len(d.Data)
		return nil
	})
	if err != nil || !j.Gives(report, tiles) {
		t.Errorf("%+v, %v", report, err)
	}
	if m := overlay.MemoryBytes(j); int64(bytes) > m || m > 200<<20 {
		t.Errorf("%d bytes are estimated, the tiles alone take %d", m, bytes)
	}
}
