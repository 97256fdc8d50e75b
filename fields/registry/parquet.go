package registry

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/paulmach/orb/encoding/wkb"
)

// geoParquet is the part of member "geo" that reading needs.
type geoParquet struct {
	Primary string `json:"primary_column"`
	Columns map[string]struct {
		Encoding string          `json:"encoding"`
		CRS      json.RawMessage `json:"crs"`
	} `json:"columns"`
}

// readParquet reads a GeoParquet file (GDAL of Debian 12 has no driver for
// it): flat columns as text, the primary geometry from WKB.
func readParquet(ctx context.Context, path, name string) (v *vectorLayer, err error) {
	// The library panics on some broken files.
	defer func() {
		if r := recover(); r != nil {
			v, err = nil, fmt.Errorf("read %s: broken Parquet: %v", name, r)
		}
	}()
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if err := checkFooter(f, info.Size()); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	file, err := parquet.OpenFile(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if file.NumRows() > maxParquetRows {
		return nil, fmt.Errorf("read %s: %w: %d rows, at most %d", name, ErrRefused, file.NumRows(), maxParquetRows)
	}
	meta, ok := file.Lookup("geo")
	if !ok {
		return nil, fmt.Errorf("read %s: no member \"geo\": this is Parquet without geometry", name)
	}
	var g geoParquet
	if err := json.Unmarshal([]byte(meta), &g); err != nil {
		return nil, fmt.Errorf("read %s: member \"geo\": %w", name, err)
	}
	col, ok := g.Columns[g.Primary]
	if !ok || !strings.EqualFold(col.Encoding, "WKB") {
		return nil, fmt.Errorf("read %s: geometry column %q is encoded as %q: want WKB", name, g.Primary, col.Encoding)
	}
	v = &vectorLayer{name: "parcels", wkt: "OGC:CRS84"}
	if c := string(col.CRS); c != "" {
		v.wkt = c
		if c == "null" {
			v.wkt = "" // undefined, by the specification
		}
	}
	return v, v.parquetRows(ctx, file, g.Primary, name)
}

// maxParquetRows is what a file may unpack to: a page of repeated values is a
// few bytes however many rows it stands for.
const maxParquetRows = 20_000_000

// checkFooter refuses a file whose footer is longer than the file: the library
// makes room for it before it reads. Source: Apache Parquet's file format, the
// last eight bytes are the footer's length and "PAR1".
func checkFooter(f io.ReaderAt, size int64) error {
	var tail [8]byte
	if size < 12 {
		return fmt.Errorf("%w: %d bytes are no Parquet file", ErrRefused, size)
	}
	if _, err := f.ReadAt(tail[:], size-8); err != nil {
		return err
	}
	if n := int64(binary.LittleEndian.Uint32(tail[:])); n > size-12 {
		return fmt.Errorf("%w: the footer says %d bytes of a file of %d", ErrRefused, n, size)
	}
	return nil
}

// parquetRows reads all rows; columns are the flat leaves of the schema.
func (v *vectorLayer) parquetRows(ctx context.Context, file *parquet.File, geometry, name string) error {
	leaves := map[int]int{} // leaf column → cell
	geom := -1
	for i, path := range file.Schema().Columns() {
		switch {
		case len(path) != 1:
		case path[0] == geometry:
			geom = i
		default:
			leaves[i] = len(v.columns)
			v.columns = append(v.columns, path[0])
		}
	}
	if geom < 0 {
		return fmt.Errorf("read %s: no column %q", name, geometry)
	}
	buf := make([]parquet.Row, 512)
	for _, group := range file.RowGroups() {
		rows := group.Rows()
		for {
			n, err := rows.ReadRows(buf)
			for _, r := range buf[:n] {
				v.features = append(v.features, v.parquetFeature(r, leaves, geom))
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				rows.Close()
				return fmt.Errorf("read row %d of %s: %w", len(v.features)+1, name, err)
			}
		}
		if err := rows.Close(); err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
	}
	return nil
}

func (v *vectorLayer) parquetFeature(r parquet.Row, leaves map[int]int, geom int) feature {
	out := feature{fid: len(v.features) + 1, cells: make([]string, len(v.columns)), reason: "没有图形 / the row has no shape"}
	for _, x := range r {
		if x.IsNull() {
			continue
		}
		if x.Column() == geom {
			o, err := wkb.Unmarshal(flatten(x.ByteArray()))
			if err != nil {
				out.reason = fmt.Sprintf("图形不可读 / shape cannot be read: %v", err)
				continue
			}
			out.shape, out.reason = polygons(o)
			continue
		}
		if i, ok := leaves[x.Column()]; ok {
			out.cells[i] = x.String()
		}
	}
	return out
}
