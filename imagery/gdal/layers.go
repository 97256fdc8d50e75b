package gdal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"

	"parus/imagery"
)

// ZSTD in TIFF and signed samples: libtiff's tag values, TIFF 6.0 section 19.
const (
	compressZSTD = 50000
	signedSample = 2
)

// LayersSpec says what a raster of signed layers is.
type LayersSpec struct {
	Grid   imagery.Grid // projected CRS as "EPSG:n", north-up
	Names  []string     // descriptions, one band each
	NoData int16
	Scale  float64 // value of one unit
	TilePx int     // a multiple of 16
}

// LayersWriter writes one GeoTIFF of 16-bit layers: tiled, band by band, ZSTD
// with horizontal differencing. Tiles are packed by any number of goroutines,
// each with an Encoder of its own, and put in order by one, so the bytes do not
// depend on threads.
type LayersWriter struct {
	spec            LayersSpec
	epsg            uint16
	file            *os.File
	across, down    int
	offsets, counts []uint32
	size            int64
	next            int
}

// CreateLayers opens path for writing; an existing file is replaced.
func CreateLayers(path string, s LayersSpec) (*LayersWriter, error) {
	Register()
	g := s.Grid
	raw := float64(g.Width+s.TilePx) * float64(g.Height+s.TilePx) * float64(2*len(s.Names))
	switch {
	case len(s.Names) == 0 || s.TilePx < 16 || s.TilePx%16 != 0 || g.Width < 1 || g.Height < 1 || !g.Transform.NorthUp():
		return nil, fmt.Errorf("create %s: %d×%d pixels, %d layers, tiles of %d: want a north-up grid, a layer or more, tiles of a multiple of 16",
			path, g.Width, g.Height, len(s.Names), s.TilePx)
	case raw > maxTIFF:
		return nil, fmt.Errorf("create %s: %d×%d pixels in %d layers may not fit into a TIFF of 4 GB: take fewer layers", path, g.Width, g.Height, len(s.Names))
	}
	epsg, err := projectedEPSG(g.CRS)
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", path, err)
	}
	w := &LayersWriter{spec: s, epsg: epsg, size: tiffHeader}
	w.across, w.down = (g.Width+s.TilePx-1)/s.TilePx, (g.Height+s.TilePx-1)/s.TilePx
	w.offsets = make([]uint32, w.across*w.down*len(s.Names))
	w.counts = make([]uint32, len(w.offsets))
	if w.file, err = os.Create(path); err != nil {
		return nil, fmt.Errorf("create raster: %w", err)
	}
	if _, err := w.file.Write(make([]byte, tiffHeader)); err != nil {
		return nil, fmt.Errorf("create %s: %w", path, errors.Join(err, w.file.Close()))
	}
	return w, nil
}

// Encoder returns a function, for one goroutine, that appends one packed layer
// of a tile to dst.
func (w *LayersWriter) Encoder() (func(dst []byte, layer []int16) ([]byte, error), error) {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithAllLitEntropyCompression(true), zstd.WithEncoderCRC(false)) // noise has no matches, but few different bytes
	if err != nil {
		return nil, err
	}
	side := w.spec.TilePx
	raw := make([]byte, 2*side*side)
	return func(dst []byte, layer []int16) ([]byte, error) {
		if len(layer) != side*side {
			return nil, fmt.Errorf("a layer of %d pixels for a tile of %d×%d", len(layer), side, side)
		}
		for y := range side {
			difference(raw[2*y*side:2*(y+1)*side], layer[y*side:(y+1)*side])
		}
		return z.EncodeAll(raw, dst), nil
	}, nil
}

// difference writes what each pixel of a row, a multiple of four, adds to the
// one before, little-endian; four at a time, as one word.
func difference(out []byte, line []int16) {
	before := int16(0)
	for len(line) >= 4 && len(out) >= 8 {
		a, b, c, d := line[0], line[1], line[2], line[3]
		binary.LittleEndian.PutUint64(out, uint64(uint16(a-before))|uint64(uint16(b-a))<<16|uint64(uint16(c-b))<<32|uint64(uint16(d-c))<<48)
		before, line, out = d, line[4:], out[8:]
	}
}

// Put writes the packed layers of the next tile.
func (w *LayersWriter) Put(tile int, layers [][]byte) error {
	if tile != w.next || tile >= w.across*w.down || len(layers) != len(w.spec.Names) {
		return fmt.Errorf("tile %d with %d layers: want tile %d of %d with %d", tile, len(layers), w.next, w.across*w.down, len(w.spec.Names))
	}
	w.next++
	for band, data := range layers {
		at := band*w.across*w.down + tile
		w.offsets[at], w.counts[at] = uint32(w.size), uint32(len(data))
		if w.size += int64(len(data)); w.size > math.MaxUint32 {
			return errors.New("the file grows beyond the 4 GB of a TIFF: take fewer layers")
		}
		if _, err := w.file.Write(data); err != nil {
			return fmt.Errorf("write tile %d: %w", tile, err)
		}
	}
	return nil
}

// Abandon closes the file as it is; it is no raster.
func (w *LayersWriter) Abandon() error { return w.file.Close() }

// Close writes the directory; only then is the file whole. It fails where
// tiles are missing.
func (w *LayersWriter) Close() error {
	err := w.finish()
	if e := w.file.Close(); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("close %s: %w", w.file.Name(), err)
	}
	return nil
}

func (w *LayersWriter) finish() error {
	if w.next < w.across*w.down {
		return fmt.Errorf("%d of %d tiles were never written", w.across*w.down-w.next, w.across*w.down)
	}
	if w.size%2 == 1 { // a directory begins on a word boundary
		if _, err := w.file.Write([]byte{0}); err != nil {
			return err
		}
		w.size++
	}
	if _, err := w.file.Write(encodeDirectory(w.tags(), uint32(w.size))); err != nil {
		return err
	}
	header := binary.LittleEndian.AppendUint32([]byte{'I', 'I', 42, 0}, uint32(w.size))
	_, err := w.file.WriteAt(header, 0)
	return err
}

func (w *LayersWriter) tags() []tag {
	s, g := w.spec, w.spec.Grid
	n := len(s.Names)
	tags := []tag{
		longs(256, uint32(g.Width)), longs(257, uint32(g.Height)), shorts(258, repeat(16, n)...),
		shorts(259, compressZSTD), shorts(262, 1), shorts(277, uint16(n)), shorts(284, planar(n)), shorts(317, predictHorizontal),
		shorts(322, uint16(s.TilePx)), shorts(323, uint16(s.TilePx)), longs(324, w.offsets...), longs(325, w.counts...),
	}
	if n > 1 {
		tags = append(tags, shorts(338, repeat(0, n-1)...))
	}
	return append(tags, shorts(339, repeat(signedSample, n)...),
		doubles(33550, g.Transform[1], -g.Transform[5], 0),
		doubles(33922, 0, 0, 0, g.Transform[0], g.Transform[3], 0),
		shorts(34735, 1, 1, 0, 3, 1024, 0, 1, 1 /* projected */, 1025, 0, 1, 1 /* pixel is area */, 3072, 0, 1, w.epsg),
		ascii(42112, scaled(descriptions(s.Names), n, s.Scale)),
		ascii(42113, strconv.Itoa(int(s.NoData))))
}

// scaled adds each band's scale to GDAL's metadata.
func scaled(metadata string, bands int, scale float64) string {
	var b strings.Builder
	b.WriteString(strings.TrimSuffix(metadata, "</GDALMetadata>\n"))
	for i := range bands {
		fmt.Fprintf(&b, "  <Item name=\"SCALE\" sample=\"%d\" role=\"scale\">%g</Item>\n", i, scale)
	}
	b.WriteString("</GDALMetadata>\n")
	return b.String()
}
