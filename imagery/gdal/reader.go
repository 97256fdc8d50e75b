package gdal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/airbusgeo/godal"

	"parus/imagery"
	"parus/imagery/observe"
	"parus/imagery/remote"
)

// maxOpen is how many files a Reader keeps open where nobody says.
const maxOpen = 64

// Reader reads windows of bands on any grid. It implements observe.Reader,
// keeps files open between reads and belongs to one goroutine.
type Reader struct {
	max   int     // files open at once
	error float64 // pixels by which a warp may place a pixel wrong
	// Tell, where set, is told what is about to be opened or read, so that
	// somebody else knows it where a decoder does not come back.
	Tell func(doing string)

	open    map[string]*source
	order   []string // oldest first
	cache   *Cache
	shared  bool            // with other readers: Close gives it back to the cache
	touched map[tileKey]int // tiles read since the last Close, and pixels of them that are done with
	checked map[string]bool // files that are known to be as they were, since the last Close
	buf     []int32
	real    []float64  // numbers as stored, of bands that are decoded
	of      [3][]int32 // blue, green and red of a computed mask
	visit   *visit     // nil until something is opened

	patience time.Duration // with remote files, 0 for as long as they take
}

func (r *Reader) tell(doing, what string) {
	if r.Tell != nil {
		r.Tell(doing + " " + what)
	}
}

// CRS opens a file and returns its coordinate reference system.
func (r *Reader) CRS(ctx context.Context, href string) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	r.tell("opening", nameOf(href))
	s, err := r.source(href)
	if err != nil {
		return "", err
	}
	return s.info.Grid.CRS, nil
}

// ownCache is how many bytes of tiles a reader of its own keeps.
const ownCache = 128 << 20

// NewReader returns a Reader that shares nothing; Close releases its files.
// Units of one season share a [Cache] instead.
func NewReader() *Reader { return newReader(NewCache(ownCache)) }

// streamCache is how many bytes of tiles a reader keeps that sees each tile
// once, but for the margins of its windows.
const streamCache = 16 << 20

// NewReaderOf returns a Reader that keeps up to so many files open, for work
// that goes round and round through all of them and shares nothing.
func NewReaderOf(files int) *Reader {
	r := newReader(NewCache(streamCache))
	r.max, r.patience = max(files, 1), 0
	return r
}

func newReader(c *Cache) *Reader {
	return &Reader{max: maxOpen, patience: visitTime, open: map[string]*source{}, cache: c, touched: map[tileKey]int{}, checked: map[string]bool{}}
}

// ForMap makes the reader one for pictures until it is closed: where it warps,
// pixels may lie an eighth of a pixel off, which takes a tenth of the time.
func (r *Reader) ForMap() { r.error = 0.125 }

// Close ends a unit of work. A reader of its own closes its files; one that
// shares a cache goes back to it and must not be used any more.
func (r *Reader) Close() error {
	for key, pixels := range r.touched {
		r.cache.asked(key, pixels)
	}
	clear(r.touched)
	clear(r.checked)
	r.error = 0
	if r.shared {
		r.leave()
		r.Tell = nil
		r.cache.giveBack(r)
		return nil
	}
	return r.closeFiles()
}

// leave ends the visit to remote files: the next unit asks for their versions
// again.
func (r *Reader) leave() {
	for _, href := range slices.Clone(r.order) {
		if remote.IsRemote(href) {
			r.closeFile(href)
		}
	}
	r.visit.end()
	r.visit = nil
}

func (r *Reader) closeFiles() error {
	var errs []error
	for _, s := range r.open {
		errs = append(errs, s.ds.Close(quiet))
	}
	r.open, r.order = map[string]*source{}, nil
	r.leave()
	return errors.Join(errs...)
}

// source is an open file.
type source struct {
	href  string
	stamp stamp
	ds    *godal.Dataset
	info  Info
	same  map[string]bool // grid CRS → whether it is the file's
	mask  map[int]bool    // band → whether the file masks it beside nodata
}

// stamp tells versions of a file apart: of one on disk by size and time, of a
// remote one by what the server calls it, or the visit where it does not tell.
// A mask beside the file is part of it.
type stamp struct {
	size, modified         int64
	maskSize, maskModified int64
	version                string
}

func stampOf(href string) stamp {
	path := strings.TrimPrefix(href, "file://")
	st, err := os.Stat(path)
	if err != nil {
		return stamp{}
	}
	s := stamp{size: st.Size(), modified: st.ModTime().UnixNano()}
	if m, err := os.Stat(path + maskSuffix); err == nil {
		s.maskSize, s.maskModified = m.Size(), m.ModTime().UnixNano()
	}
	return s
}

func (r *Reader) source(href string) (*source, error) {
	s, ok := r.open[href]
	if ok && (r.checked[href] || stampOf(href) == s.stamp) {
		r.checked[href] = true
		return s, nil
	}
	if ok {
		r.closeFile(href)
	} else if len(r.order) >= r.max {
		r.closeFile(r.order[0])
	}
	if r.visit == nil {
		var err error
		if r.visit, err = begin(r.patience); err != nil {
			return nil, err
		}
	}
	made := stampOf(href)
	beside, err := maskBeside(href)
	if err != nil {
		return nil, err
	}
	ds, err := openRaster(href, r.visit, append(beside, offline)...)
	if err != nil {
		return nil, err
	}
	if len(beside) > 0 {
		if err := fits(ds, href); err != nil {
			return nil, errors.Join(err, ds.Close(quiet))
		}
	}
	in, err := info(ds)
	if err != nil {
		_ = ds.Close(quiet)
		return nil, err
	}
	if remote.IsRemote(href) {
		made.version = cmp.Or(r.version(href), "visit "+r.visit.id)
	}
	s = &source{href: href, stamp: made, ds: ds, info: in, same: map[string]bool{}, mask: map[int]bool{}}
	r.open[href], r.checked[href] = s, true
	r.order = append(r.order, href)
	return s, nil
}

func (r *Reader) closeFile(href string) {
	_ = r.open[href].ds.Close(quiet)
	delete(r.open, href)
	r.order = slices.DeleteFunc(r.order, func(h string) bool { return h == href })
}

// Read implements observe.Reader. A grid pixel takes the number of the file's
// pixel that its centre lies in, so a 20 m band is replicated exactly on an
// aligned 10 m grid. Files in another CRS, rotated or with ground control
// points are warped by GDAL with nearest neighbour.
func (r *Reader) Read(ctx context.Context, b imagery.Band, g imagery.Grid, w imagery.Window, dst []int32) error {
	if len(dst) != w.Width*w.Height {
		return fmt.Errorf("read %s: a buffer of %d pixels for a window of %d×%d", nameOf(b.Href), len(dst), w.Width, w.Height)
	}
	if len(b.Of) > 0 {
		return r.computed(ctx, b, g, w, dst)
	}
	f, err := r.find(ctx, b, g, w)
	if err != nil {
		return err
	}
	s := f.source
	switch {
	case b.Decode != nil:
		err = r.decoded(f, b, dst)
	case f.same && s.upright():
		err = r.replicate(s, b, g, w, dst)
	default:
		if err = warp(f, observe.NoData, dst); err == nil {
			s.blank(b, dst)
		}
	}
	if err == nil {
		err = r.hide(f, dst)
	}
	if err != nil {
		return fmt.Errorf("read %s band %d: %w", nameOf(b.Href), b.Index, r.visit.explain(b.Href, err))
	}
	return nil
}

// find opens the file of a band and says how it lies to a grid.
func (r *Reader) find(ctx context.Context, b imagery.Band, g imagery.Grid, w imagery.Window) (frame, error) {
	if err := ctx.Err(); err != nil {
		return frame{}, err
	}
	r.tell("reading", b.Name+" in "+nameOf(b.Href))
	s, err := r.source(b.Href)
	if err != nil {
		return frame{}, err
	}
	if err := s.check(b); err != nil {
		return frame{}, err
	}
	if now := r.version(b.Href); b.Version != "" && now != b.Version {
		return frame{}, fmt.Errorf("read %s: the file has changed since the scene was verified (version %.60q, now %.60q): give its item an `updated` time, so that it counts as a new one",
			nameOf(b.Href), b.Version, now)
	}
	same, err := s.sameCRS(g.CRS)
	if err != nil {
		return frame{}, fmt.Errorf("read %s: %w", nameOf(b.Href), err)
	}
	return frame{source: s, same: same, band: b.Index, grid: g, window: w, error: r.error}, nil
}

// version is what a server calls the version of an open file, "" for others.
func (r *Reader) version(href string) string {
	if !remote.IsRemote(href) {
		return ""
	}
	return r.visit.session.Version(href)
}

// check refuses bands that the file does not have, or that hold no integers and
// are not decoded.
func (s *source) check(b imagery.Band) error {
	if b.Index < 1 || b.Index > len(s.info.Bands) {
		return fmt.Errorf("read %s: band %d is asked for, the file has %d", nameOf(b.Href), b.Index, len(s.info.Bands))
	}
	switch t := s.info.Bands[b.Index-1].Type; t {
	case "Byte", "Int8", "UInt16", "Int16", "Int32", "UInt32":
		return nil
	case "Float32", "Float64":
		if b.Decode != nil {
			return nil
		}
		return fmt.Errorf("read %s: band %d holds %s numbers, which are counted in fixed steps once the scene is verified", nameOf(b.Href), b.Index, t)
	default:
		return fmt.Errorf("read %s: band %d holds %s numbers: scenes need integers or floats of one part; convert the file with gdal_translate -ot", nameOf(b.Href), b.Index, t)
	}
}

// upright tells whether the file has a plain geotransform without rotation.
func (s *source) upright() bool {
	t := s.info.Grid.Transform
	return t[2] == 0 && t[4] == 0 && t[1] != 0 && t[5] != 0 && len(s.ds.GCPs()) == 0
}

func (s *source) sameCRS(crs string) (bool, error) {
	if s.info.Grid.CRS == "" && len(s.ds.GCPs()) == 0 {
		return false, errors.New("the file has no coordinate reference system: set one, for example with gdal_edit.py -a_srs")
	}
	if s.info.Grid.CRS == crs {
		return true, nil
	}
	if same, ok := s.same[crs]; ok {
		return same, nil
	}
	if s.info.Grid.CRS == "" {
		return false, nil
	}
	same, err := sameCRS(s.info.Grid.CRS, crs)
	if err == nil {
		s.same[crs] = same
	}
	return same, err
}

func sameCRS(a, b string) (bool, error) {
	Register()
	p, err := godal.NewSpatialRef(a, quiet)
	if err != nil {
		return false, fmt.Errorf("CRS %.60q: %w", a, err)
	}
	defer p.Close()
	q, err := godal.NewSpatialRef(b, quiet)
	if err != nil {
		return false, fmt.Errorf("CRS %.60q: %w", b, err)
	}
	defer q.Close()
	return p.IsSame(q), nil
}

// replicate reads the file's own pixels and picks one for each grid pixel.
func (r *Reader) replicate(s *source, b imagery.Band, g imagery.Grid, w imagery.Window, dst []int32) error {
	cols, rows := s.picks(g, w)
	if slices.Contains(cols, -1) || slices.Contains(rows, -1) {
		for i := range dst {
			dst[i] = observe.NoData
		}
	}
	if c0, c1 := reach(cols); c0 > c1 {
		return nil
	}
	if r0, r1 := reach(rows); r0 > r1 {
		return nil
	}
	return r.readTiles(s, b, g, w, dst, cols, rows)
}

// picks returns the file's pixels that a window of a grid takes.
func (s *source) picks(g imagery.Grid, w imagery.Window) (cols, rows []int) {
	t, gt := s.info.Grid.Transform, g.Transform
	return pick(gt[0], gt[1], w.X, w.Width, t[0], t[1], s.info.Grid.Width),
		pick(gt[3], gt[5], w.Y, w.Height, t[3], t[5], s.info.Grid.Height)
}

// pick returns, for n grid pixels from first along one axis, the file's pixel
// that each centre lies in, −1 outside the file. A centre within 1e-6 pixel of
// a border counts to the pixel it would enter, whatever rounding says.
func pick(gridOrigin, gridStep float64, first, n int, origin, step float64, size int) []int {
	out := make([]int, n)
	for i := range out {
		centre := gridOrigin + (float64(first+i)+.5)*gridStep
		at := math.Floor((centre-origin)/step + 1e-6)
		out[i] = -1
		if at >= 0 && at < float64(size) {
			out[i] = int(at)
		}
	}
	return out
}

// reach is the least and greatest pixel picked; least > greatest for none.
func reach(picked []int) (lo, hi int) {
	lo, hi = math.MaxInt, -1
	for _, p := range picked {
		if p >= 0 {
			lo, hi = min(lo, p), max(hi, p)
		}
	}
	return lo, hi
}

// blanks lists the numbers that mean no data, the item's and the file's own.
func (s *source) blanks(b imagery.Band) blanks {
	out := blanks{observe.NoData, observe.NoData}
	for i, nd := range []*float64{b.NoData, s.info.Bands[b.Index-1].NoData} {
		if nd != nil && *nd == math.Trunc(*nd) && math.Abs(*nd) <= math.MaxInt32 {
			out[i] = int32(*nd)
		}
	}
	return out
}

// blank turns the numbers that mean no data into NoData.
func (s *source) blank(b imagery.Band, dst []int32) {
	no := s.blanks(b)
	for i, v := range dst {
		if v == no[0] || v == no[1] {
			dst[i] = observe.NoData
		}
	}
}

func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
