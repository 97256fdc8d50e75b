package pmtiles

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// entry is a run of tiles of one content, or a leaf directory where run is 0.
type entry struct {
	id     uint64 // of the first tile
	offset uint64 // within the section of tiles or of leaves
	length uint32 // bytes, never 0
	run    uint32 // tiles that follow one another
}

// maxDirectory bounds what a directory may unfold to, against gzip bombs.
const maxDirectory = 64 << 20

// encodeDirectory writes ids as differences, then runs, lengths and offsets, 0
// for an offset where the entry before ends, else offset + 1; gzipped.
func encodeDirectory(entries []entry) []byte {
	raw := binary.AppendUvarint(nil, uint64(len(entries)))
	before := uint64(0)
	for _, e := range entries {
		raw = binary.AppendUvarint(raw, e.id-before)
		before = e.id
	}
	for _, e := range entries {
		raw = binary.AppendUvarint(raw, uint64(e.run))
	}
	for _, e := range entries {
		raw = binary.AppendUvarint(raw, uint64(e.length))
	}
	for i, e := range entries {
		if i > 0 && e.offset == entries[i-1].offset+uint64(entries[i-1].length) {
			raw = append(raw, 0)
		} else {
			raw = binary.AppendUvarint(raw, e.offset+1)
		}
	}
	return zipped(raw)
}

func zipped(raw []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(raw) // a buffer takes everything
	_ = z.Close()
	return b.Bytes()
}

func unzipped(data []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(z, maxDirectory+1))
	if err == nil && len(raw) > maxDirectory {
		err = fmt.Errorf("more than %d bytes", maxDirectory)
	}
	return raw, err
}

var errDirectory = errors.New("the directory is broken")

// decodeDirectory reads what encodeDirectory writes.
func decodeDirectory(data []byte) ([]entry, error) {
	raw, err := unzipped(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDirectory, err)
	}
	broken := false
	next := func(most uint64) uint64 {
		v, n := binary.Uvarint(raw)
		if n <= 0 || v > most {
			broken = true
			return 0
		}
		raw = raw[n:]
		return v
	}
	n := next(uint64(len(raw)) / 4) // four numbers an entry, a byte or more each
	if broken || n == 0 {
		return nil, errDirectory
	}
	entries := make([]entry, n)
	before := uint64(0)
	for i := range entries {
		before += next(math.MaxInt64 - before)
		entries[i].id = before
	}
	for i := range entries {
		entries[i].run = uint32(next(math.MaxUint32))
	}
	for i := range entries {
		entries[i].length = uint32(next(math.MaxUint32))
	}
	for i := range entries {
		v := next(math.MaxInt64)
		switch {
		case v > 0:
			entries[i].offset = v - 1
		case i > 0:
			entries[i].offset = entries[i-1].offset + uint64(entries[i-1].length)
		default:
			broken = true
		}
		broken = broken || entries[i].length == 0 || entries[i].offset > math.MaxInt64-math.MaxUint32
	}
	if broken {
		return nil, errDirectory
	}
	return entries, nil
}
