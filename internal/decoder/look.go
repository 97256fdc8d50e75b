package decoder

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"

	"parus/imagery"
	"parus/imagery/observe"
	"parus/imagery/zonal"
)

// Look asks for one scene over one block: see observe.Block.
type Look struct {
	Scene  imagery.Scene
	Params observe.Params
	Grid   imagery.Grid // of the block
	// Shared is how many parcels, the first of the coverage, are answered apart.
	Shared int
	Block  string // names the coverage: equal names stand for equal coverages
	// Coverage loads a marshalled zonal.Coverage; it is asked where the
	// decoder has it no more.
	Coverage func(context.Context) ([]byte, error)
}

// Reader reads the files of scenes, in a child. It belongs to one goroutine.
type Reader interface {
	observe.Reader
	io.Closer
	// Probe opens a scene's files and returns the scene as its pixels show it
	// to be; see imagery/gdal.
	Probe(ctx context.Context, s imagery.Scene) (imagery.Scene, error)
	// CRS opens a file and returns its coordinate reference system, "" where it
	// has none.
	CRS(ctx context.Context, href string) (string, error)
	// ForMap lets what is read from here on lie a fraction of a pixel off where
	// that is faster: it is to be looked at, not measured.
	ForMap()
}

// Tell takes word of what a Reader is about to read, before it does.
type Tell func(doing string)

// Measure answers a look through a reader: a marshalled observation of the
// coverage's parcels, and one of the shared ones. It is what a child does, and
// serves where no child is wanted.
func Measure(ctx context.Context, r observe.Reader, l Look) (data, shared []byte, err error) {
	packed, err := l.Coverage(ctx)
	if err != nil {
		return nil, nil, err
	}
	c := new(zonal.Coverage)
	if err := c.UnmarshalBinary(packed); err != nil {
		return nil, nil, fmt.Errorf("coverage %s: %w", l.Block, err)
	}
	return measure(ctx, r, l.sight(), c)
}

func (l Look) sight() sight { return sight{l.Scene, l.Params, l.Shared, l.Block} }

// sight is a look as it travels, without its coverage.
type sight struct {
	Scene  imagery.Scene  `json:"scene"`
	Params observe.Params `json:"params"`
	Shared int            `json:"shared"`
	Block  string         `json:"block"`
}

func measure(ctx context.Context, r observe.Reader, s sight, c *zonal.Coverage) (data, shared []byte, err error) {
	if s.Shared < 0 || s.Shared > c.Len() {
		return nil, nil, fmt.Errorf("coverage %s: %d of %d parcels are said to reach into other blocks", s.Block, s.Shared, c.Len())
	}
	o, err := observe.Block(ctx, r, s.Scene, c, s.Params)
	if err != nil {
		return nil, nil, err
	}
	if shared, err = o.Part(0, s.Shared).MarshalBinary(); err != nil {
		return nil, nil, err
	}
	data, err = o.Part(s.Shared, len(o.Parcels)).MarshalBinary()
	return data, shared, err
}

// join packs two pieces of data, such as a coverage's name and the coverage;
// split takes them apart.
func join(first, second []byte) []byte {
	b := binary.AppendUvarint(make([]byte, 0, len(first)+len(second)+binary.MaxVarintLen64), uint64(len(first)))
	return append(append(b, first...), second...)
}

func split(content []byte) (first, second []byte, ok bool) {
	n, size := binary.Uvarint(content)
	if size <= 0 || n > uint64(len(content)-size) {
		return nil, nil, false
	}
	rest := content[size:]
	return rest[:n], rest[n:], true
}
