package pmtiles

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"
)

// Kind is what an archive's tiles are.
type Kind uint8

// The kinds that are told apart; Other is a mix too.
const (
	Other Kind = 0
	PNG   Kind = 2
	JPEG  Kind = 3
)

// Sizes and codes of the format.
const (
	headerBytes = 127
	rootBytes   = 16384 // of header and root directory together, less than this
	version     = 3
	plain       = 1 // compression: none
	gzipped     = 2
	degree      = 1e7 // units of longitude and latitude
)

// section is a part of the file.
type section struct{ offset, length uint64 }

type header struct {
	root, metadata, leaves, tiles section
	addressed, entries, contents  uint64
	kind                          Kind
	minZoom, maxZoom              uint8
	bound                         orb.Bound
}

func (h header) encode() []byte {
	b := append([]byte("PMTiles"), version)
	for _, v := range []uint64{
		h.root.offset, h.root.length, h.metadata.offset, h.metadata.length, h.leaves.offset, h.leaves.length,
		h.tiles.offset, h.tiles.length, h.addressed, h.entries, h.contents,
	} {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	b = append(b, 1 /* clustered */, gzipped, plain, byte(h.kind), h.minZoom, h.maxZoom)
	for _, p := range []orb.Point{h.bound.Min, h.bound.Max} {
		b = appendPoint(b, p)
	}
	return appendPoint(append(b, h.minZoom), h.bound.Center())
}

func appendPoint(b []byte, p orb.Point) []byte {
	for _, v := range p {
		b = binary.LittleEndian.AppendUint32(b, uint32(int32(math.Round(v*degree))))
	}
	return b
}

func decodeHeader(b []byte) (header, error) {
	if len(b) < headerBytes || string(b[:7]) != "PMTiles" {
		return header{}, errors.New("this is no PMTiles archive")
	}
	if b[7] != version {
		return header{}, fmt.Errorf("PMTiles version %d: want %d", b[7], version)
	}
	if b[97] != gzipped || b[98] != plain {
		return header{}, fmt.Errorf("compression %d of directories and %d of tiles: want gzip (%d) and none (%d)", b[97], b[98], gzipped, plain)
	}
	var v [11]uint64
	for i := range v {
		v[i] = binary.LittleEndian.Uint64(b[8+8*i:])
	}
	degrees := func(at int) float64 { return float64(int32(binary.LittleEndian.Uint32(b[at:]))) / degree }
	h := header{
		root: section{v[0], v[1]}, metadata: section{v[2], v[3]}, leaves: section{v[4], v[5]}, tiles: section{v[6], v[7]},
		addressed: v[8], entries: v[9], contents: v[10], kind: Kind(b[99]), minZoom: b[100], maxZoom: b[101],
		bound: orb.Bound{Min: orb.Point{degrees(102), degrees(106)}, Max: orb.Point{degrees(110), degrees(114)}},
	}
	for _, s := range []section{h.root, h.metadata, h.leaves, h.tiles} {
		if s.offset > math.MaxInt64/2 || s.length > math.MaxInt64/2 {
			return header{}, errors.New("a section lies beyond any file")
		}
	}
	if h.root.length == 0 || h.root.length >= rootBytes || h.metadata.length > maxDirectory {
		return header{}, fmt.Errorf("a root directory of %d bytes and metadata of %d: the header is broken", h.root.length, h.metadata.length)
	}
	return h, nil
}
