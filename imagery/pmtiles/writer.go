package pmtiles

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/paulmach/orb"
)

// Info is what an archive says of itself.
type Info struct {
	Name        string
	Description string
	Attribution string
	Bound       orb.Bound // lon and lat
}

// Tile is one square of the web's tile pyramid and its picture.
type Tile struct {
	Z, X, Y int // y from the north
	Data    []byte
}

// Spool keeps tiles until all have come; a file, mostly.
type Spool interface {
	io.Writer
	io.ReaderAt
}

// Writer gathers tiles in any order. It belongs to one goroutine.
type Writer struct {
	spool   Spool
	info    Info
	size    uint64           // of the spool
	kept    []entry          // offsets are the spool's
	known   map[digest]entry // contents
	kinds   map[Kind]bool
	minZoom int
	maxZoom int
}

type digest = [sha256.Size]byte

// NewWriter returns a writer that keeps tiles in an empty spool until
// [Writer.WriteArchive]; memory holds some tens of bytes a tile.
func NewWriter(s Spool, in Info) *Writer {
	return &Writer{spool: s, info: in, known: map[digest]entry{}, kinds: map[Kind]bool{}, minZoom: maxZoom}
}

// Add takes a tile; each comes once. Pictures that are equal are kept once.
func (w *Writer) Add(t Tile) error {
	if t.Z < 0 || t.Z > maxZoom || t.X < 0 || t.X >= 1<<t.Z || t.Y < 0 || t.Y >= 1<<t.Z || len(t.Data) == 0 {
		return fmt.Errorf("tile %d/%d/%d of %d bytes: it is empty or outside of the pyramid", t.Z, t.X, t.Y, len(t.Data))
	}
	sum := sha256.Sum256(t.Data)
	e, ok := w.known[sum]
	if !ok {
		if _, err := w.spool.Write(t.Data); err != nil {
			return fmt.Errorf("keep tile %d/%d/%d: %w", t.Z, t.X, t.Y, err)
		}
		e = entry{offset: w.size, length: uint32(len(t.Data)), run: 1}
		w.size += uint64(len(t.Data))
		w.known[sum] = e
	}
	e.id = id(t.Z, t.X, t.Y)
	w.kept = append(w.kept, e)
	w.kinds[kindOf(t.Data)] = true
	w.minZoom, w.maxZoom = min(w.minZoom, t.Z), max(w.maxZoom, t.Z)
	return nil
}

// kindOf reads a picture's first bytes.
func kindOf(data []byte) Kind {
	switch {
	case bytes.HasPrefix(data, []byte("\x89PNG")):
		return PNG
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		return JPEG
	}
	return Other
}

// WriteArchive writes the archive. It fails where there are no tiles, or where
// one came twice.
func (w *Writer) WriteArchive(to io.Writer) error {
	if len(w.kept) == 0 {
		return errors.New("write archive: there are no tiles")
	}
	entries, contents, err := w.ordered()
	if err != nil {
		return fmt.Errorf("write archive: %w", err)
	}
	root, leaves := hierarchy(entries)
	metadata, err := json.Marshal(map[string]string{
		"name": w.info.Name, "description": w.info.Description, "attribution": w.info.Attribution, "type": "overlay",
	})
	if err != nil {
		return fmt.Errorf("write archive: %w", err)
	}
	metadata = zipped(metadata)
	h := header{
		root: section{headerBytes, uint64(len(root))}, addressed: uint64(len(w.kept)), entries: uint64(len(entries)), contents: uint64(len(contents)),
		minZoom: uint8(w.minZoom), maxZoom: uint8(w.maxZoom), bound: w.info.Bound,
	}
	if len(w.kinds) == 1 {
		for k := range w.kinds {
			h.kind = k
		}
	}
	h.metadata = section{h.root.offset + h.root.length, uint64(len(metadata))}
	h.leaves = section{h.metadata.offset + h.metadata.length, uint64(len(leaves))}
	h.tiles = section{h.leaves.offset + h.leaves.length, w.size}
	for _, part := range [][]byte{h.encode(), root, metadata, leaves} {
		if _, err := to.Write(part); err != nil {
			return fmt.Errorf("write archive: %w", err)
		}
	}
	for _, c := range contents {
		if _, err := io.Copy(to, io.NewSectionReader(w.spool, int64(c.offset), int64(c.length))); err != nil {
			return fmt.Errorf("write archive: %w", err)
		}
	}
	return nil
}

// ordered returns the entries along the curve, with the offsets they will have
// and equal neighbours as one, and the contents, as they lie in the spool, in
// the order of their first tile.
func (w *Writer) ordered() (entries, contents []entry, err error) {
	kept := slices.Clone(w.kept)
	slices.SortFunc(kept, func(a, b entry) int {
		if a.id < b.id {
			return -1
		}
		return 1
	})
	moved := make(map[uint64]uint64, len(w.known)) // offset in the spool → in the file
	end := uint64(0)
	for i, e := range kept {
		if i > 0 && e.id == kept[i-1].id {
			return nil, nil, fmt.Errorf("tile number %d came twice", e.id)
		}
		at, ok := moved[e.offset]
		if !ok {
			at, moved[e.offset] = end, end
			contents = append(contents, e)
			end += uint64(e.length)
		}
		e.offset = at
		if n := len(entries); n > 0 && entries[n-1].offset == at && entries[n-1].id+uint64(entries[n-1].run) == e.id {
			entries[n-1].run++
			continue
		}
		entries = append(entries, e)
	}
	return entries, contents, nil
}

// hierarchy puts entries into the root directory where they fit, else into
// leaves, which get larger until the root is small enough.
func hierarchy(entries []entry) (root, leaves []byte) {
	if root = encodeDirectory(entries); headerBytes+len(root) < rootBytes {
		return root, nil
	}
	for size := 4096; ; size *= 2 {
		var list []entry
		leaves = leaves[:0]
		for part := range slices.Chunk(entries, size) {
			leaf := encodeDirectory(part)
			list = append(list, entry{id: part[0].id, offset: uint64(len(leaves)), length: uint32(len(leaf))})
			leaves = append(leaves, leaf...)
		}
		if root = encodeDirectory(list); headerBytes+len(root) < rootBytes {
			return root, leaves
		}
	}
}
