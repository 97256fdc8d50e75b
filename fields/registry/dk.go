package registry

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sync/errgroup"
)

// dkPart is one shapefile of the parcel layer.
type dkPart struct {
	file     bundleFile
	declared *system // nil without a readable .prj
	prj      string
	table    *dbfTable // nil without a .dbf
	columns  dkColumns
	text     textDecoder
	rows     []row
	deleted  int
}

// Names of DK's fields, the standard's first.
var (
	dkCode, dkMC, dkLB = []string{"DKBM", "地块编码", "地块代码"}, []string{"DKMC", "地块名称"}, []string{"DKLB", "地块类别"}
	dkM2, dkMu         = []string{"SCMJ", "实测面积"}, []string{"SCMJM", "实测面积亩"}
)

// dkColumns are the positions of DK's fields that Parus uses.
type dkColumns struct {
	code, name, kind, areaM2, areaMu int
}

// batchRows is how many records a worker gets at once.
const batchRows = 4096

// batch is a run of records as bytes, and what came of it.
type batch struct {
	first   int // record number of the first, from 1
	shp     []byte
	ends    []int // end of each record's content in shp; a repeat means no shape
	dbf     []byte
	n       int
	rows    []row
	defects []Defect
	deleted int
}

// readPart streams one shapefile and its table side by side and parses
// batches in parallel; the order of rows is that of the file.
func readPart(ctx context.Context, p *dkPart, dbfPath string, threads int) ([]Defect, error) {
	sf, err := os.Open(p.file.path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", p.file.name, err)
	}
	defer sf.Close()
	sr := bufio.NewReaderSize(sf, 1<<20)
	if err := readSHPHeader(sr); err != nil {
		return nil, fmt.Errorf("read %s: %w", p.file.name, err)
	}
	var dr io.Reader
	if p.table != nil {
		df, err := os.Open(dbfPath)
		if err != nil {
			return nil, fmt.Errorf("read table of %s: %w", p.file.name, err)
		}
		defer df.Close()
		if _, err := df.Seek(int64(p.table.header), io.SeekStart); err != nil {
			return nil, fmt.Errorf("read table of %s: %w", p.file.name, err)
		}
		dr = bufio.NewReaderSize(df, 1<<20)
	}
	batches, broken, err := p.dispatch(ctx, sr, dr, threads)
	if err != nil {
		return nil, err
	}
	var defects []Defect
	if broken != nil {
		defects = append(defects, *broken)
	}
	n := 0
	for _, b := range batches {
		n += len(b.rows)
	}
	p.rows = make([]row, 0, n)
	for _, b := range batches {
		p.rows = append(p.rows, b.rows...)
		defects = append(defects, b.defects...)
		p.deleted += b.deleted
		b.rows, b.shp, b.dbf = nil, nil, nil
	}
	return defects, nil
}

// dispatch reads batches in order and parses them in workers.
func (p *dkPart) dispatch(ctx context.Context, sr, dr io.Reader, threads int) ([]*batch, *Defect, error) {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, threads))
	var batches []*batch
	var broken *Defect
	shpDone, left := false, 0
	if p.table != nil {
		left = p.table.records
	}
	for number := 1; ctx.Err() == nil; {
		b := &batch{first: number}
		if !shpDone {
			shpDone = b.fillShapes(sr, &broken, p.file.name)
		}
		if dr != nil && left > 0 {
			left -= b.fillTable(dr, min(batchRows, left), p.table.length)
			if b.n == 0 || len(b.dbf) < p.table.length {
				left = 0
			}
		}
		b.n = max(b.n, len(b.ends))
		if b.n == 0 {
			break
		}
		number += b.n
		batches = append(batches, b)
		g.Go(func() error {
			p.parse(b)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, nil, err
	}
	if err := ctx.Err(); err != nil && len(batches) == 0 {
		return nil, nil, err
	}
	return batches, broken, nil
}

// fillShapes reads up to a batch of shapes; true where the file ends.
func (b *batch) fillShapes(r io.Reader, broken **Defect, file string) bool {
	var err error
	for len(b.ends) < batchRows {
		b.shp, err = nextSHPRecord(r, b.shp)
		if err != nil {
			if !errors.Is(err, io.EOF) {
				*broken = &Defect{Code: RowUnreadable, Severity: SeverityError, Layer: "DK", Key: file, Row: b.first + len(b.ends),
					Message: fmt.Sprintf("图形文件自第 %d 条记录起不可读 / shapes cannot be read from record %d on: %v", b.first+len(b.ends), b.first+len(b.ends), err)}
			}
			return true
		}
		b.ends = append(b.ends, len(b.shp))
	}
	return false
}

// fillTable reads up to n records and returns how many came.
func (b *batch) fillTable(r io.Reader, n, length int) int {
	b.dbf = make([]byte, n*length)
	got, err := io.ReadFull(r, b.dbf)
	if err != nil {
		got -= got % length
	}
	b.dbf = b.dbf[:got]
	b.n = got / length
	return b.n
}

// parse fills in the batch's rows.
func (p *dkPart) parse(b *batch) {
	var slab ringSlab
	b.rows = make([]row, 0, b.n)
	start := 0
	for i := range b.n {
		r := row{number: int32(b.first + i), holding: -1}
		var rec []byte
		if p.table != nil && (i+1)*p.table.length <= len(b.dbf) {
			rec = b.dbf[i*p.table.length : (i+1)*p.table.length]
		}
		var content []byte
		if i < len(b.ends) {
			content = b.shp[start:b.ends[i]]
			start = b.ends[i]
		}
		if rec != nil && rec[0] == '*' {
			b.deleted++
			continue
		}
		b.attributes(p, &r, rec)
		if content != nil {
			var err error
			if r.plane, err = parseSHPPolygon(content, &slab); err != nil {
				r.raise(quarantined)
				b.add(&r, RowUnreadable, SeverityError, fmt.Sprintf("图形记录不可读 / shape cannot be read: %v", err))
			}
		}
		b.rows = append(b.rows, r)
	}
	b.shp, b.dbf, b.ends = nil, nil, nil
}

func (b *batch) add(r *row, code string, s Severity, msg string) {
	b.defects = append(b.defects, Defect{Code: code, Severity: s, Layer: "DK", Key: r.code, Row: int(r.number), Message: msg})
}

// dkCells are the fields of DK that Parus uses, as one row holds them.
type dkCells struct {
	code, name     string
	kind           []byte
	areaM2, areaMu []byte
	garbled        bool // text of no encoding
}

// attributes reads the fields of one record.
func (b *batch) attributes(p *dkPart, r *row, rec []byte) {
	if rec == nil {
		return
	}
	t, c := p.table, p.columns
	code, ok1 := p.text.decode(t.cell(rec, c.code))
	name, ok2 := p.text.decode(t.cell(rec, c.name))
	b.fill(r, dkCells{code, name, t.cell(rec, c.kind), t.cell(rec, c.areaM2), t.cell(rec, c.areaMu), !ok1 || !ok2})
}

// fill puts the fields into the row and notes what is wrong with them.
func (b *batch) fill(r *row, c dkCells) {
	var changed bool
	r.code, changed = cleanCode(c.code)
	if changed {
		r.raise(corrected)
		b.add(r, CodeCharacters, SeverityRepaired, fmt.Sprintf("地块代码含全角、空格或控制字符 / parcel code holds full-width, blank or control characters: %q", c.code))
		b.defects[len(b.defects)-1].Original = c.code
	}
	r.name = c.name
	if c.garbled {
		b.add(r, EncodingGarbled, SeverityWarning, "文字不符合任何候选编码 / text decodes in no candidate encoding")
	}
	r.kind = kindCode(c.kind)
	m2, okA := number(c.areaM2)
	mu, okB := number(c.areaMu)
	if !okA {
		b.add(r, FieldType, SeverityWarning, fmt.Sprintf("SCMJ 不是数字 / SCMJ is no number: %q", c.areaM2))
	}
	if !okB {
		b.add(r, FieldType, SeverityWarning, fmt.Sprintf("SCMJM 不是数字 / SCMJM is no number: %q", c.areaMu))
	}
	r.scmjM2 = m2
	if m2 == 0 {
		r.scmjM2 = mu * m2PerMu
	}
}

// kindCode keeps the five codes of DKLB without an allocation each.
func kindCode(b []byte) string {
	switch string(b) {
	case "10":
		return "10"
	case "21":
		return "21"
	case "22":
		return "22"
	case "23":
		return "23"
	case "99":
		return "99"
	}
	return string(b)
}
