package pmtiles_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"parus/imagery/pmtiles"
)

// spool is a Spool in memory.
type spool struct{ bytes.Buffer }

func (s *spool) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(s.Bytes()).ReadAt(p, off)
}

func TestTilesAreNumberedAlongTheCurve(t *testing.T) {
	t.Parallel()
	// Zoom 1 runs (0,0) (0,1) (1,1) (1,0) behind the one tile of zoom 0; zoom 2
	// begins with 1 + 4 = 5, and its first quadrant is the curve turned over.
	for want, tile := range [][3]int{{0, 0, 0}, {1, 0, 0}, {1, 0, 1}, {1, 1, 1}, {1, 1, 0}, {2, 0, 0}, {2, 1, 0}, {2, 1, 1}, {2, 0, 1}, {2, 0, 2}} {
		if got := pmtiles.ID(tile[0], tile[1], tile[2]); got != uint64(want) {
			t.Errorf("tile %v is number %d, want %d", tile, got, want)
		}
	}
	at := map[uint64][2]int{}
	for x := range 16 {
		for y := range 16 {
			at[pmtiles.ID(4, x, y)] = [2]int{x, y}
		}
	}
	for i := uint64(86); i < 85+256; i++ { // 1 + 4 + 16 + 64 = 85 tiles lie above
		a, b := at[i-1], at[i]
		if d := (a[0]-b[0])*(a[0]-b[0]) + (a[1]-b[1])*(a[1]-b[1]); d != 1 {
			t.Errorf("%v and %v follow one another", a, b)
		}
	}
}

func archive(t testing.TB, tiles []pmtiles.Tile) []byte {
	t.Helper()
	w := pmtiles.NewWriter(&spool{}, pmtiles.Info{Name: "春 2024", Attribution: "a", Bound: orb.Bound{Min: orb.Point{116.5, 36.25}, Max: orb.Point{117, -1.5}}})
	for _, tile := range tiles {
		if err := w.Add(tile); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := w.WriteArchive(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestTheFileIsLaidOutAsTheFormatSays(t *testing.T) {
	t.Parallel()
	png, other := []byte("\x89PNG one"), []byte("\x89PNG two, longer")
	file := archive(t, []pmtiles.Tile{{1, 1, 0, png}, {1, 0, 0, other}, {1, 0, 1, png}, {1, 1, 1, png}})
	number := func(at int) uint64 { return binary.LittleEndian.Uint64(file[at:]) }
	if string(file[:8]) != "PMTiles\x03" || number(8) != 127 || number(16)+127 >= 16384 || number(24) != 127+number(16) || number(48) != 0 ||
		number(64) != uint64(len(png)+len(other)) || number(56)+number(64) != uint64(len(file)) {
		t.Errorf("sections: % x", file[:72])
	}
	if number(72) != 4 || number(80) != 2 || number(88) != 2 {
		t.Errorf("%d tiles in %d entries of %d contents, want 4, 2, 2", number(72), number(80), number(88))
	}
	if got := file[96:102]; !bytes.Equal(got, []byte{1, 2, 1, 2, 1, 1}) { // clustered, gzip, none, PNG, zooms
		t.Errorf("bytes 96 to 101 are %v", got)
	}
	if west, south := int32(binary.LittleEndian.Uint32(file[102:])), int32(binary.LittleEndian.Uint32(file[114:])); west != 1165000000 || south != -15000000 {
		t.Errorf("degrees are %d and %d", west, south)
	}
	z, err := gzip.NewReader(bytes.NewReader(file[127 : 127+number(16)]))
	if err != nil {
		t.Fatal(err)
	}
	root, err := io.ReadAll(z)
	// Two entries: ids 1 and 1 more; runs 1 and 3; lengths 16 and 8; offsets 0 + 1 and "where the last one ends".
	if want := []byte{2, 1, 1, 1, 3, 16, 8, 1, 0}; err != nil || !bytes.Equal(root, want) {
		t.Errorf("the root directory is %v, want %v: %v", root, want, err)
	}
	if tail := file[number(56):]; string(tail) != string(other)+string(png) {
		t.Errorf("tiles lie as %q", tail)
	}
}

func TestTilesComeBack(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	var tiles []pmtiles.Tile
	for i := range 30000 { // more than a root directory holds
		x, y := i%200, i/200
		data := fmt.Appendf([]byte("\xff\xd8\xff"), "%d", i*i%7919)
		tiles = append(tiles, pmtiles.Tile{Z: 14, X: 13000 + x, Y: 6000 + y, Data: append(data, make([]byte, rng.IntN(40))...)})
	}
	tiles = append(tiles, pmtiles.Tile{Data: []byte("\x89PNG")})
	file := archive(t, tiles)
	rng.Shuffle(len(tiles), func(i, j int) { tiles[i], tiles[j] = tiles[j], tiles[i] })
	if !bytes.Equal(file, archive(t, tiles)) {
		t.Error("the order of tiles changes the file")
	}
	a, err := pmtiles.Open(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	all, different := a.Tiles()
	if lo, hi := a.Zooms(); lo != 0 || hi != 14 || a.Kind() != pmtiles.Other || all != len(tiles) || different > all || a.Info().Name != "春 2024" {
		t.Errorf("zooms %d to %d, kind %d, %d tiles, %d different, %+v", lo, hi, a.Kind(), all, different, a.Info())
	}
	for _, tile := range tiles[:500] {
		if got, err := a.Tile(tile.Z, tile.X, tile.Y); err != nil || !bytes.Equal(got, tile.Data) {
			t.Fatalf("tile %d/%d/%d: %q, %v", tile.Z, tile.X, tile.Y, got, err)
		}
	}
	for _, none := range [][3]int{{14, 12999, 6000}, {14, 13200, 6000}, {13, 6500, 3000}, {1, 0, 0}, {14, 1 << 14, 0}, {-1, 0, 0}} {
		if _, err := a.Tile(none[0], none[1], none[2]); !errors.Is(err, pmtiles.ErrNoTile) {
			t.Errorf("tile %v: %v", none, err)
		}
	}
}

func TestTheWriterRefusesWhatIsNoTile(t *testing.T) {
	t.Parallel()
	w := pmtiles.NewWriter(&spool{}, pmtiles.Info{})
	if err := w.WriteArchive(io.Discard); err == nil {
		t.Error("an archive without tiles is written")
	}
	for _, bad := range []pmtiles.Tile{{1, 2, 0, []byte("x")}, {1, 0, -1, []byte("x")}, {32, 0, 0, []byte("x")}, {0, 0, 0, nil}} {
		if err := w.Add(bad); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
	for range 2 {
		if err := w.Add(pmtiles.Tile{Data: []byte("x")}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.WriteArchive(io.Discard); err == nil {
		t.Error("a tile that came twice is written")
	}
}

func FuzzArchive(f *testing.F) {
	good := archive(f, []pmtiles.Tile{{1, 1, 0, []byte("\x89PNG")}, {1, 0, 0, []byte("b")}})
	f.Add(good)
	f.Add(good[:130])
	f.Add(slices.Concat(good[:8], make([]byte, 119)))
	f.Fuzz(func(t *testing.T, file []byte) {
		a, err := pmtiles.Open(bytes.NewReader(file))
		if err != nil {
			return
		}
		for z := range 3 {
			if data, err := a.Tile(z, 0, 0); err == nil && len(data) == 0 {
				t.Error("an empty tile")
			}
		}
	})
}
