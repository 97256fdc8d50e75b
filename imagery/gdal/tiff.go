package gdal

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Sizes and codes of TIFF 6.0 (Adobe 1992, sections 2, 14 and 15), of DEFLATE
// in TIFF (Adobe Photoshop TIFF technical notes 2002) and of GeoTIFF 1.1 (OGC
// 19-008r4, annexes on tags and keys).
const (
	tiffHeader        = 8
	tiffShort         = 3
	tiffLong          = 4
	tiffASCII         = 2
	tiffDouble        = 12
	compressDeflate   = 8
	predictHorizontal = 2
)

// deflateLevel trades size for time; noise of a scene's pixels compresses by
// Huffman codes, longer searches gain a few percent.
const deflateLevel = 4

// tiffTiles encodes tiles and remembers where they went.
type tiffTiles struct {
	spec            RasterSpec
	across, down    int // tiles
	offsets, counts []uint32
	size            uint32 // of the file so far
	raw             []byte
	zipped          bytes.Buffer
	deflate         *zlib.Writer
}

func newTIFFTiles(s RasterSpec) tiffTiles {
	t := tiffTiles{spec: s, size: tiffHeader}
	t.across = (s.Grid.Width + s.BlockPx - 1) / s.BlockPx
	t.down = (s.Grid.Height + s.BlockPx - 1) / s.BlockPx
	t.offsets = make([]uint32, t.across*t.down*len(s.Bands))
	t.counts = make([]uint32, len(t.offsets))
	return t
}

// rest lets go of the compressor's megabyte until the next rows come: many
// rasters may be open at once.
func (t *tiffTiles) rest() { t.raw, t.zipped, t.deflate = nil, bytes.Buffer{}, nil }

// encode differences and compresses the tile at (left, top) of some rows; what
// lies outside the raster is 0. The result is valid until the next call.
func (t *tiffTiles) encode(dn []uint16, width, left, top, rows int) ([]byte, error) {
	if t.raw == nil {
		t.raw = make([]byte, t.spec.BlockPx*t.spec.BlockPx*t.spec.Bits/8)
	}
	clear(t.raw)
	cols := min(t.spec.BlockPx, width-left)
	for row := range rows {
		before := uint16(0)
		for col := range cols {
			v := dn[(top+row)*width+left+col]
			at := row*t.spec.BlockPx + col
			if t.spec.Bits == 16 {
				binary.LittleEndian.PutUint16(t.raw[2*at:], v-before)
			} else {
				if v > 255 {
					return nil, fmt.Errorf("value %d does not fit into 8 bits", v)
				}
				t.raw[at] = byte(v) - byte(before)
			}
			before = v
		}
		if cols < t.spec.BlockPx { // back to 0 for the rest of the row
			at := row*t.spec.BlockPx + cols
			if t.spec.Bits == 16 {
				binary.LittleEndian.PutUint16(t.raw[2*at:], -before)
			} else {
				t.raw[at] = -byte(before)
			}
		}
	}
	t.zipped.Reset()
	if t.deflate == nil {
		z, err := zlib.NewWriterLevel(&t.zipped, deflateLevel)
		if err != nil {
			return nil, err
		}
		t.deflate = z
	}
	t.deflate.Reset(&t.zipped)
	if _, err := t.deflate.Write(t.raw); err != nil {
		return nil, err
	}
	if err := t.deflate.Close(); err != nil {
		return nil, err
	}
	return t.zipped.Bytes(), nil
}

// place notes a tile of so many bytes at the end of the file.
func (t *tiffTiles) place(band, col, row, size int) {
	i := ((band-1)*t.down+row)*t.across + col
	t.offsets[i], t.counts[i] = t.size, uint32(size)
	t.size += uint32(size)
}

func (t *tiffTiles) missing() int {
	n := 0
	for _, c := range t.counts {
		if c == 0 {
			n++
		}
	}
	return n
}

// header is the file's first eight bytes; the directory is at its end.
func (t *tiffTiles) header() []byte {
	h := []byte{'I', 'I', 42, 0}
	return binary.LittleEndian.AppendUint32(h, t.size)
}

// tag is one entry of the directory, its values encoded.
type tag struct {
	id, kind uint16
	count    int
	value    []byte
}

func shorts(id uint16, v ...uint16) tag {
	var b []byte
	for _, x := range v {
		b = binary.LittleEndian.AppendUint16(b, x)
	}
	return tag{id, tiffShort, len(v), b}
}

func longs(id uint16, v ...uint32) tag {
	var b []byte
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, x)
	}
	return tag{id, tiffLong, len(v), b}
}

func doubles(id uint16, v ...float64) tag {
	var b []byte
	for _, x := range v {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
	}
	return tag{id, tiffDouble, len(v), b}
}

func ascii(id uint16, s string) tag { return tag{id, tiffASCII, len(s) + 1, append([]byte(s), 0)} }

// directory encodes all tags in ascending order, as it stands at the file's end.
func (w *Writer) directory() []byte {
	s, g := w.spec, w.spec.Grid
	n := len(s.Bands)
	each := func(v uint16) []uint16 { return repeat(v, n) }
	tags := []tag{
		longs(256, uint32(g.Width)), longs(257, uint32(g.Height)), shorts(258, each(uint16(s.Bits))...),
		shorts(259, compressDeflate), shorts(262, 1), shorts(277, uint16(n)), shorts(284, planar(n)), shorts(317, predictHorizontal),
		shorts(322, uint16(s.BlockPx)), shorts(323, uint16(s.BlockPx)), longs(324, w.tiff.offsets...), longs(325, w.tiff.counts...),
	}
	if n > 1 {
		tags = append(tags, shorts(338, repeat(0, n-1)...))
	}
	tags = append(tags, shorts(339, each(1)...),
		doubles(33550, g.Transform[1], -g.Transform[5], 0),
		doubles(33922, 0, 0, 0, g.Transform[0], g.Transform[3], 0),
		shorts(34735, 1, 1, 0, 3, 1024, 0, 1, 1 /* projected */, 1025, 0, 1, 1 /* pixel is area */, 3072, 0, 1, w.epsg),
		ascii(42112, descriptions(s.Bands)))
	if s.NoData != nil {
		tags = append(tags, ascii(42113, strconv.FormatFloat(*s.NoData, 'g', -1, 64)))
	}
	return encodeDirectory(tags, w.tiff.size)
}

// encodeDirectory lays out entries and, behind them, values of more than four bytes.
func encodeDirectory(tags []tag, at uint32) []byte {
	le := binary.LittleEndian
	head := le.AppendUint16(nil, uint16(len(tags)))
	var tail []byte
	behind := at + uint32(2+12*len(tags)+4)
	for _, t := range tags {
		head = le.AppendUint32(le.AppendUint16(le.AppendUint16(head, t.id), t.kind), uint32(t.count))
		if len(t.value) <= 4 {
			head = append(head, append(t.value, make([]byte, 4-len(t.value))...)...)
			continue
		}
		head = le.AppendUint32(head, behind+uint32(len(tail)))
		tail = append(tail, t.value...)
		if len(tail)%2 == 1 {
			tail = append(tail, 0)
		}
	}
	return append(append(head, 0, 0, 0, 0), tail...)
}

// planar tells how bands lie: one after the other where there are several.
func planar(bands int) uint16 {
	if bands > 1 {
		return 2
	}
	return 1
}

func repeat(v uint16, n int) []uint16 {
	out := make([]uint16, n)
	for i := range out {
		out[i] = v
	}
	return out
}

// descriptions names the bands the way GDAL's GTiff driver stores it.
func descriptions(bands []string) string {
	var b strings.Builder
	b.WriteString("<GDALMetadata>\n")
	for i, name := range bands {
		fmt.Fprintf(&b, `  <Item name="DESCRIPTION" sample="%d" role="description">`, i)
		_ = xml.EscapeText(&b, []byte(name)) // a strings.Builder does not fail
		b.WriteString("</Item>\n")
	}
	b.WriteString("</GDALMetadata>\n")
	return b.String()
}
