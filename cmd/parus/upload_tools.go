package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"parus/fields"
	"parus/fields/registry"
	"parus/internal/decoder"
	"parus/internal/intake"
	"parus/internal/postgis"
	"parus/internal/vault"
	"parus/workers"
)

// uploadReader checks and imports what counties upload. The files are opened by a
// process of its own that has neither connections nor keys.
type uploadReader struct {
	db      *postgis.DB
	keys    keyFile
	log     *slog.Logger
	memory  int64 // that the process may hold; 0: half of what is free
	timeout time.Duration
	program string // that reads
}

// takeUploads has this process's crew read what counties upload.
func (b *backend) takeUploads(keys keyFile, memory int64) {
	b.uploads = &uploadReader{db: b.db, keys: keys, log: b.log, memory: memory, timeout: uploadTimeout, program: ownProgram}
}

// uploadTimeout is how long reading one hand-over may take: a million parcels
// take two minutes.
const uploadTimeout = 25 * time.Minute

func (u uploadReader) tools() workers.UploadTools {
	return workers.UploadTools{Check: u.check, Commit: u.commit}
}

// check reads an upload as `registry check` does.
func (u uploadReader) check(ctx context.Context, s workers.Source) (intake.Result, error) {
	mapping, err := u.keptMapping(ctx, s.County)
	if err != nil {
		return intake.Result{}, err
	}
	a, err := u.read(ctx, s, uploadTask{Mapping: mapping, Today: s.At})
	if err != nil || a.Why != "" && a.Look.Tables == nil {
		return intake.Result{Why: a.Why, Reason: a.Reason}, err
	}
	s.Step(ctx, "storing")
	r := intake.Result{Why: a.Why, Reason: a.Reason, Found: jsonOf(a.Look)}
	if a.Why != "" {
		return r, nil
	}
	if a.Mapping != nil {
		r.Mapping = jsonOf(a.Mapping)
	}
	r.Full = jsonOf(a.Package.Report)
	bare := a.Package.Report
	bare.Defects = []registry.Defect{}
	r.Report, r.Rows = jsonOf(bare), intake.RowCount(a.Package.Report.Rows)
	r.Defects = make([]intake.Defect, len(a.Package.Report.Defects))
	for i, d := range a.Package.Report.Defects {
		r.Defects[i] = intake.Defect{Seq: i + 1, Code: d.Code, Severity: string(d.Severity), Layer: d.Layer, Key: d.Key, Row: d.Row,
			Message: d.Message, Fix: d.Fix, Original: d.Original, WKB: a.Shapes[i]}
	}
	return r, nil
}

// keptMapping is what the county's last hand-over was read by.
func (u uploadReader) keptMapping(ctx context.Context, county string) (*registry.MappingFile, error) {
	kept, found, err := u.db.LastMapping(ctx, county, string(registry.ParcelTable))
	if err != nil || !found {
		return nil, err
	}
	m, err := registry.ReadMapping(strings.NewReader(kept.YAML))
	if err != nil {
		return nil, fmt.Errorf("mapping kept for county %s: %w", county, err)
	}
	return &m, nil
}

// commit reads an upload once more, as it was checked, and makes a release of it.
// The same content again is the release that there is.
func (u uploadReader) commit(ctx context.Context, s workers.Source) (intake.Release, error) {
	task := uploadTask{Rows: true, Needed: true, Today: s.At}
	if string(s.Mapping) != "null" {
		task.Mapping = &registry.MappingFile{}
		if err := json.Unmarshal(s.Mapping, task.Mapping); err != nil {
			return intake.Release{}, workers.Permanent(fmt.Errorf("mapping of upload %s: %w", s.ID, err))
		}
		if !task.Mapping.Confirmed() {
			task.Mapping.ConfirmedBy = s.By
		}
		s.Options.Columns, s.Options.AreaUnit = nil, "" // the mapping holds them
	}
	a, err := u.read(ctx, s, task)
	if err != nil || a.Why != "" {
		return intake.Release{Why: a.Why, Reason: a.Reason}, err
	}
	if !a.Package.Report.Usable() {
		return intake.Release{Why: "nothing", Reason: "no row can be used"}, nil
	}
	s.Step(ctx, "storing")
	p := &a.Package
	r, err := releaseOf(p)
	if err != nil {
		return intake.Release{}, err
	}
	r.County, r.Source = fields.County{Code: s.County, Name: s.CountyName, Currency: "CNY"}, s.Name
	if r.Mapping, err = keptMapping(p.Mapping); err != nil {
		return intake.Release{}, err
	}
	o := s.Options
	r.Digest = digestOf(readingRules, p.Digest, o.Encoding, fmt.Sprintf("%+v", o.Columns), o.CRS, o.Layer, o.AreaUnit)
	r.Act = vault.Act{Actor: s.By, Purpose: "upload " + s.ID, At: s.At}
	job := importJob{keyFile: u.keys}
	if r.Keys, err = job.keysFor(s.County, len(p.People), &streams{Err: logged{u.log}}); err != nil {
		return intake.Release{}, err
	}
	before, err := u.db.ReleaseByDigest(ctx, s.County, r.Digest)
	if err != nil && !errors.Is(err, postgis.ErrNoRelease) {
		return intake.Release{}, err
	}
	id, err := u.db.ImportRegistry(ctx, r)
	return intake.Release{ID: id, Known: err == nil && before.ID == id}, err
}

// logged writes words to a log.
type logged struct{ log *slog.Logger }

// Write logs a line.
func (l logged) Write(b []byte) (int, error) {
	l.log.Warn(strings.TrimSpace(string(b)))
	return len(b), nil
}

// read brings an upload onto this machine's disk and has it read by a process of
// its own.
func (u uploadReader) read(ctx context.Context, s workers.Source, t uploadTask) (a uploadAnswer, err error) {
	dir, err := os.MkdirTemp("", "parus-upload-")
	if err != nil {
		return a, fmt.Errorf("room for upload %s: %w", s.ID, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Mkdir(filepath.Join(dir, workFolder), 0o700); err != nil {
		return a, err
	}
	s.Step(ctx, "fetching")
	t.File, t.County, t.Options = "upload"+strings.ToLower(filepath.Ext(s.Name)), s.County, s.Options
	if err := u.fetch(ctx, s, filepath.Join(dir, t.File)); err != nil {
		return a, err
	}
	s.Step(ctx, "reading")
	t.Memory, t.Threads = u.memory, max(1, runtime.GOMAXPROCS(0)/2)
	if t.Memory <= 0 {
		t.Memory = decoder.Available() / 2
	}
	input, err := json.Marshal(t)
	if err != nil {
		return a, err
	}
	job := decoder.Alone{Program: u.program, Args: []string{readUploadVerb}, Env: readerEnv(dir), Dir: dir, Input: input, Item: s.ID,
		Deadline: u.timeout, MemoryBytes: t.Memory}
	said, err := job.Run(ctx)
	if f := (*decoder.Fault)(nil); errors.As(err, &f) {
		return a, brokeDown(f, s.Name)
	}
	if err != nil {
		return a, err
	}
	if a, err = readAnswer(dir); err != nil {
		err = &intake.Breakdown{Why: "crashed", Reason: fmt.Sprintf("reading %s: %v: %.200s", s.Name, err, said)}
	}
	return a, err
}

// fetch writes the pieces of an upload to a file.
func (u uploadReader) fetch(ctx context.Context, s workers.Source, to string) error {
	key, err := u.key(s)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	err = s.Pieces(ctx, func(c intake.Chunk) error {
		plain := c.Data
		if key != nil {
			var err error
			if plain, err = key.Open(c.At, c.Data); err != nil {
				return workers.Permanent(err)
			}
		}
		if !c.Whole(plain) {
			return workers.Permanent(fmt.Errorf("the piece at byte %d is not what was sent", c.At))
		}
		_, err = f.Write(plain)
		return err
	})
	return errors.Join(err, f.Close())
}

// key opens the key of an upload's pieces, nil where they lie as they came.
func (u uploadReader) key(s workers.Source) (*vault.UploadKey, error) {
	if s.Key == nil {
		return nil, nil
	}
	keys, err := u.keys.needed(s.County)
	if err != nil {
		return nil, fmt.Errorf("upload %s is sealed: %w", s.ID, err)
	}
	key, err := keys.UploadKey(s.ID, vault.WrappedKey{KeyID: s.Key.KeyID, Data: s.Key.Data})
	return &key, err
}

// readerEnv is all of the environment that a reader of uploads has: where its
// libraries find their data, and nothing that opens a door.
func readerEnv(dir string) []string {
	env := []string{"TMPDIR=" + filepath.Join(dir, workFolder), "HOME=" + dir, "GML_DOWNLOAD_SCHEMA=NO", "GDAL_HTTP_TIMEOUT=1", "GDAL_HTTP_MAX_RETRY=0"}
	for _, name := range []string{"PATH", "LANG", "LC_ALL", "PROJ_DATA", "PROJ_LIB", "GDAL_DATA", "GOMAXPROCS"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// brokeDown turns the end of a reader into words. One that was killed from
// outside is innocent and read again.
func brokeDown(f *decoder.Fault, name string) error {
	switch f.What {
	case decoder.Killed:
		return fmt.Errorf("reading %s was interrupted from outside (%s)", name, f.Cause)
	case decoder.Hung:
		return &intake.Breakdown{Why: "hung", Reason: fmt.Sprintf("reading %s gave no answer for %s", name, f.After)}
	case decoder.Overgrew:
		return &intake.Breakdown{Why: "memory", Reason: fmt.Sprintf("reading %s took more than the %s of memory it may", name, decoder.Size(f.Bytes))}
	default:
		return &intake.Breakdown{Why: "crashed", Reason: fmt.Sprintf("reading %s crashed (%s)", name, f.Cause)}
	}
}
