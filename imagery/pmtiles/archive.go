package pmtiles

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"

	"github.com/paulmach/orb"
)

// ErrNoTile is wrapped where an archive does not hold a tile.
var ErrNoTile = errors.New("the archive has no such tile")

// maxDepth is how many directories lead to a tile at most.
const maxDepth = 4

// Archive is an archive that is read.
type Archive struct {
	from   io.ReaderAt
	header header
	info   Info
}

// Open reads the header and the metadata of an archive.
func Open(from io.ReaderAt) (*Archive, error) {
	first := make([]byte, headerBytes)
	if _, err := from.ReadAt(first, 0); err != nil {
		return nil, fmt.Errorf("read archive: %w", err)
	}
	h, err := decodeHeader(first)
	if err != nil {
		return nil, fmt.Errorf("read archive: %w", err)
	}
	a := &Archive{from: from, header: h}
	data, err := a.read(h.metadata)
	if err != nil {
		return nil, fmt.Errorf("read archive: metadata: %w", err)
	}
	if data, err = unzipped(data); err != nil {
		return nil, fmt.Errorf("read archive: metadata: %w", err)
	}
	var m struct{ Name, Description, Attribution string }
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("read archive: metadata: %w", err)
	}
	a.info = Info{m.Name, m.Description, m.Attribution, h.bound}
	return a, nil
}

// Info is what the archive says of itself.
func (a *Archive) Info() Info { return a.info }

// Kind is what the tiles are.
func (a *Archive) Kind() Kind { return a.header.kind }

// Zooms are the least and the greatest.
func (a *Archive) Zooms() (least, greatest int) {
	return int(a.header.minZoom), int(a.header.maxZoom)
}

// Tiles is how many tiles the archive has, and how many different ones.
func (a *Archive) Tiles() (all, different int) {
	return int(a.header.addressed), int(a.header.contents)
}

// Bound is where the archive has tiles, lon and lat.
func (a *Archive) Bound() orb.Bound { return a.header.bound }

// Tile returns one tile, or an error that wraps [ErrNoTile].
func (a *Archive) Tile(z, x, y int) ([]byte, error) {
	if z < 0 || z > maxZoom || x < 0 || x >= 1<<z || y < 0 || y >= 1<<z {
		return nil, fmt.Errorf("tile %d/%d/%d: %w", z, x, y, ErrNoTile)
	}
	want, where := id(z, x, y), a.header.root
	for range maxDepth {
		data, err := a.read(where)
		if err != nil {
			return nil, fmt.Errorf("tile %d/%d/%d: %w", z, x, y, err)
		}
		entries, err := decodeDirectory(data)
		if err != nil {
			return nil, fmt.Errorf("tile %d/%d/%d: %w", z, x, y, err)
		}
		i := sort.Search(len(entries), func(i int) bool { return entries[i].id > want }) - 1
		if i < 0 || entries[i].run > 0 && want-entries[i].id >= uint64(entries[i].run) {
			return nil, fmt.Errorf("tile %d/%d/%d: %w", z, x, y, ErrNoTile)
		}
		e := entries[i]
		if e.run > 0 {
			return a.read(section{a.header.tiles.offset + e.offset, uint64(e.length)})
		}
		where = section{a.header.leaves.offset + e.offset, uint64(e.length)}
	}
	return nil, fmt.Errorf("tile %d/%d/%d: %w: its leaves never end", z, x, y, errDirectory)
}

// read reads a part of the file, no more of it than there is.
func (a *Archive) read(s section) ([]byte, error) {
	data, err := io.ReadAll(io.NewSectionReader(a.from, int64(s.offset), int64(s.length)))
	if err == nil && uint64(len(data)) < s.length {
		err = fmt.Errorf("%d bytes from %d on: %w", s.length, s.offset, io.ErrUnexpectedEOF)
	}
	return data, err
}
