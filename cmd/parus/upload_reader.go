package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"parus/fields/registry"
	"parus/internal/decoder"
	"parus/internal/intake"

	"github.com/paulmach/orb/encoding/wkb"
)

// readUploadVerb is what the reader of an upload is called with; it is no verb
// for people.
const readUploadVerb = "read-upload"

// Names in the folder of a job.
const (
	answerFile = "answer.gob"
	workFolder = "work"
)

// readUploadCmd reads one hand-over for a parent that opens no such file itself.
type readUploadCmd struct{}

// uploadTask is what the reader is told on its standard input.
type uploadTask struct {
	File    string // within the folder
	County  string
	Today   time.Time
	Options intake.Choices
	Mapping *registry.MappingFile // that is kept or confirmed, nil for none
	Needed  bool                  // the mapping must fit
	Rows    bool                  // hand over rows and people, not the report alone
	Memory  int64
	Threads int
}

// uploadAnswer is what the reader leaves in the folder.
type uploadAnswer struct {
	Why, Reason string
	Look        registry.Look
	Package     registry.Package // without rows and people, unless they were asked for; of defects no shapes
	Shapes      [][]byte         // of the defects, WKB
	Mapping     *registry.MappingFile
}

// Run reads and answers. What is wrong with the file is part of the answer.
func (c readUploadCmd) Run(ctx context.Context) error {
	var t uploadTask
	if err := json.NewDecoder(io.LimitReader(os.Stdin, 4<<20)).Decode(&t); err != nil {
		return fmt.Errorf("task: %w", err)
	}
	if err := decoder.HoldMemory(t.Memory); err != nil {
		return err
	}
	a := t.read(ctx)
	f, err := os.OpenFile(answerFile, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(gob.NewEncoder(f).Encode(a), f.Close())
}

func (t uploadTask) read(ctx context.Context) uploadAnswer {
	var head [64]byte
	f, err := os.Open(t.File)
	if err != nil {
		return refusedUpload(err)
	}
	n, _ := io.ReadFull(f, head[:]) // a file may be shorter
	f.Close()
	if err := registry.CheckKind(t.File, head[:n]); err != nil {
		return refusedUpload(err)
	}
	opt := t.options()
	look, err := registry.LookInto(ctx, t.File, opt)
	if err != nil {
		return refusedUpload(err)
	}
	p, err := registry.Open(ctx, t.File, opt)
	if errors.Is(err, registry.ErrMapping) && opt.Mapping != nil && !t.Needed {
		opt.Mapping, opt.Codes = nil, registry.CodeMaps{}
		p, err = registry.Open(ctx, t.File, opt)
	}
	if err != nil && !errors.Is(err, registry.ErrNothingUsable) {
		a := refusedUpload(err)
		a.Look = look
		return a
	}
	return t.answer(look, p, opt)
}

func (t uploadTask) options() registry.Options {
	c := t.Options.Columns
	return registry.Options{
		County: t.County, Now: t.Today, CRS: t.Options.CRS, Layer: t.Options.Layer, Encoding: t.Options.Encoding, Mapping: t.Mapping, Threads: t.Threads,
		Columns: registry.Mapping{ID: c["id"], Household: c["household"], Area: c["area"], Village: c["village"], Name: c["name"], AreaUnit: t.Options.AreaUnit},
		Limits:  registry.Limits{TotalBytes: 8 << 30, NoNested: true}, TempDir: workFolder,
	}
}

func (t uploadTask) answer(look registry.Look, p *registry.Package, opt registry.Options) uploadAnswer {
	a := uploadAnswer{Look: look, Shapes: make([][]byte, len(p.Report.Defects))}
	for i := range p.Report.Defects {
		d := &p.Report.Defects[i]
		if d.Geometry != nil {
			a.Shapes[i], _ = wkb.Marshal(d.Geometry) // a shape that can't be written is not shown
		}
		d.Geometry = nil
	}
	if m := p.Report.Mapping; m != nil {
		a.Mapping = &registry.MappingFile{Kind: registry.ParcelTable, County: t.County, AreaUnit: m.AreaUnit, Codes: opt.Codes, Columns: map[string]string{}}
		for role, c := range map[string]string{"id": m.ID, "household": m.Household, "area": m.Area, "village": m.Village, "name": m.Name} {
			a.Mapping.Columns[role] = c
			if c == "" {
				a.Mapping.Columns[role] = "-"
			}
		}
	} else if p.Mapping != nil {
		a.Mapping = p.Mapping
	}
	if a.Package = *p; !t.Rows {
		a.Package.Parcels, a.Package.Households, a.Package.People = nil, nil, nil
		a.Package.Villages, a.Package.Contracts, a.Package.Holdings = nil, nil, nil
	}
	return a
}

// refusedUpload says why a file cannot be read, in a kind that the page has words
// for.
func refusedUpload(err error) uploadAnswer {
	kind := (*registry.KindError)(nil)
	a := uploadAnswer{Reason: err.Error(), Why: "unreadable"}
	switch {
	case errors.As(err, &kind):
		a.Why = "kind"
	case errors.Is(err, registry.ErrBomb):
		a.Why = "bomb"
	case errors.Is(err, registry.ErrLeadsOut):
		a.Why = "path"
	case errors.Is(err, registry.ErrNested):
		a.Why = "nested"
	case errors.Is(err, registry.ErrMapping):
		a.Why = "mapping"
	case errors.Is(err, registry.ErrNowhere):
		a.Why = "place"
	case errors.Is(err, zip.ErrFormat):
		a.Why = "zip"
	}
	return a
}

// readAnswer reads what a reader has left. It trusts the size of nothing.
func readAnswer(dir string) (a uploadAnswer, err error) {
	f, err := os.Open(filepath.Join(dir, answerFile))
	if err != nil {
		return a, fmt.Errorf("the reader has left no answer: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Size() > maxAnswer {
		return a, errors.Join(err, fmt.Errorf("the reader's answer is larger than %d bytes", int64(maxAnswer)))
	}
	if err := gob.NewDecoder(f).Decode(&a); err != nil {
		return a, fmt.Errorf("the reader's answer: %w", err)
	}
	if len(a.Shapes) != len(a.Package.Report.Defects) {
		return a, errors.New("the reader's answer: shapes and defects differ in number")
	}
	return a, nil
}

const maxAnswer = 8 << 30

// jsonOf marshals what always can be.
func jsonOf(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil
	}
	return bytes.TrimSpace(b.Bytes())
}
