package registry

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// readShapefile reads a plain shapefile without OGR, which needs to be told
// the encoding that Chinese tables leave undeclared.
func readShapefile(ctx context.Context, b *bundle, f bundleFile, opt Options) (*vectorLayer, string, error) {
	v := &vectorLayer{name: f.stem()}
	if prj, ok := b.sibling(f, ".prj"); ok {
		text, err := os.ReadFile(prj.path)
		if err != nil {
			return nil, "", fmt.Errorf("read %s: %w", prj.name, err)
		}
		v.wkt = string(text)
	}
	text, err := v.shapefileTable(b, f, opt)
	if err != nil {
		return nil, "", fmt.Errorf("read table of %s: %w", f.name, err)
	}
	r, err := os.Open(f.path)
	if err != nil {
		return nil, "", fmt.Errorf("read %s: %w", f.name, err)
	}
	defer r.Close()
	br := bufio.NewReaderSize(r, 1<<20)
	if err := readSHPHeader(br); err != nil {
		return nil, "", fmt.Errorf("read %s: %w", f.name, err)
	}
	var slab ringSlab
	var buf []byte
	for n := 0; ; n++ {
		if err := ctx.Err(); err != nil {
			return nil, "", err
		}
		buf, err = nextSHPRecord(br, buf[:0])
		if err != nil {
			if !errors.Is(err, io.EOF) { // the rest of the rows have no shape
				for i := n; i < len(v.features); i++ {
					v.features[i].reason = fmt.Sprintf("图形记录不可读 / shape cannot be read: %v", err)
				}
			}
			v.features = slices.DeleteFunc(v.features, func(x feature) bool { return x.deleted })
			return v, string(text), nil
		}
		if n >= len(v.features) {
			v.features = append(v.features, feature{fid: n + 1, cells: make([]string, len(v.columns))})
		}
		x := &v.features[n]
		if x.shape, err = parseSHPPolygon(buf, &slab); err != nil {
			x.reason = fmt.Sprintf("图形记录不可读 / shape cannot be read: %v", err)
		}
	}
}

// shapefileTable reads the attributes; without a table the rows have none.
func (v *vectorLayer) shapefileTable(b *bundle, f bundleFile, opt Options) (charset, error) {
	dbf, ok := b.sibling(f, ".dbf")
	if !ok {
		return charsetUTF8, nil
	}
	data, err := os.Open(dbf.path)
	if err != nil {
		return "", err
	}
	defer data.Close()
	r := bufio.NewReaderSize(data, 1<<20)
	t, err := readDBFHeader(r)
	if err != nil {
		return "", err
	}
	sample, err := r.Peek(min(1<<19, int(dbf.size)-t.header))
	if err != nil && len(sample) == 0 && t.records > 0 {
		return "", err
	}
	guess, _ := guessFields(t, sample[:len(sample)/t.length*t.length])
	text := orDefault(guess)
	if cpg, ok := b.sibling(f, ".cpg"); ok {
		if said, err := os.ReadFile(cpg.path); err == nil && declaredCharset(string(said)) == charsetLatin1 && text != charsetUTF8 {
			text = charsetLatin1
		}
	}
	if c := declaredCharset(opt.Encoding); c != charsetUnknown {
		text = c
	}
	t.decodeNames(text)
	for _, c := range t.fields {
		v.columns = append(v.columns, c.name)
	}
	dec := textDecoder{text}
	rec := make([]byte, t.length)
	for n := 1; n <= t.records; n++ {
		if _, err := io.ReadFull(r, rec); err != nil {
			break // cut short; rows without attributes follow from the shapes
		}
		x := feature{fid: n, cells: make([]string, len(t.fields)), deleted: rec[0] == '*'}
		for i := range t.fields {
			x.cells[i], _ = dec.decode(t.cell(rec, i))
		}
		v.features = append(v.features, x)
	}
	return text, nil
}
