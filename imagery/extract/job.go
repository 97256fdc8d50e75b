package extract

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"

	"parus/imagery/gdal"
	"parus/imagery/zonal"
)

// Job says what to compute.
type Job struct {
	Rasters  []string // files, VRT or URLs, each with all its bands
	Parcels  string   // vector source
	Layer    string   // of the vector source; "" where it has one
	IDField  string   // of any type
	Stats    []Stat   // columns after id, raster, band and count
	Threads  int      // 0 for all processors
	Memory   int64    // bytes that may be used; 0 for no bound
	Progress func(done, total int)
}

// Report says what came of a job. Parcels = Measured + Outside + Refused.
type Report struct {
	Parcels  int             // in the vector source
	Measured int             // on at least one raster, refused on none
	Outside  int             // on no raster; their rows have a count of 0
	Refused  []zonal.Refusal // without an ID or a valid polygon; no rows where they were refused
	Failed   []Failure       // rasters that could not be read; no rows
	Rows     int             // written, without the header
	Memory   int64           // bytes that the job was estimated to need
}

// Failure says why a raster, or some bands of it, has no rows.
type Failure struct {
	Raster string
	Bands  [2]int // first and last, from 1; zero where it has no rows at all
	Reason string
}

func (f Failure) String() string {
	if f.Bands == [2]int{} {
		return f.Reason
	}
	return fmt.Sprintf("bands %d to %d: %s", f.Bands[0], f.Bands[1], f.Reason)
}

// Run computes a job and writes CSV to w: a header and, for each raster in the
// order given and each band, one row for each parcel in input order. Parcels
// are reprojected to each raster's CRS. Rows do not depend on the number of
// threads, nor on the memory.
//
// A raster that cannot be read has no rows, is listed in the report and costs
// no other raster its rows. Run fails where the parcels cannot be read, where
// nothing can be measured, and where the job needs more memory than it may use;
// what is written by then is to be thrown away.
func Run(ctx context.Context, job Job, w io.Writer) (Report, error) {
	if len(job.Rasters) == 0 {
		return Report{}, errors.New("no raster is given")
	}
	if job.Threads <= 0 {
		job.Threads = runtime.GOMAXPROCS(0)
	}
	parcels, err := gdal.ReadParcels(ctx, job.Parcels, job.Layer, job.IDField)
	if err != nil {
		return Report{}, err
	}
	r := &runner{job: job, parcels: parcels, out: w, bad: map[int]string{}, touched: make([]bool, len(parcels.Shapes))}
	if err := r.open(ctx); err != nil {
		return r.report(), err
	}
	need, err := r.arrange()
	if err != nil {
		return r.report(), err
	}
	gdal.LimitCache(r.cacheBytes())
	r.ids = quoteIDs(parcels.Shapes)
	rows, err := r.run(ctx)
	report := r.report()
	report.Rows, report.Memory = rows, need
	switch {
	case err != nil:
		return report, err
	case len(report.Failed) > 0 && r.allFailed():
		return report, fmt.Errorf("no raster can be measured: %s", report.Failed[0].Reason)
	case report.Measured == 0:
		return report, fmt.Errorf("no parcel of %s can be measured on the rasters: %d lie outside, %d are refused%s",
			job.Parcels, report.Outside, len(report.Refused), firstReason(report.Refused))
	}
	return report, nil
}

func firstReason(refused []zonal.Refusal) string {
	if len(refused) == 0 {
		return ""
	}
	return fmt.Sprintf(" (%s: %s)", refused[0].ID, refused[0].Reason)
}

// runner is the state of one job.
type runner struct {
	job     Job
	parcels gdal.Parcels
	out     io.Writer
	rasters []*raster
	plans   []*plan
	units   []*unit
	ahead   int            // units whose values are held at once
	bad     map[int]string // parcels that some grid could not measure, and why
	touched []bool         // parcels that lie on some raster
	ids     [][]byte       // quoted, in input order
}

// raster is one file of the job.
type raster struct {
	name string
	info gdal.Info
	plan *plan
	err  error // why it has no rows, or no more
	rows bool  // some of its bands are written
	from int   // first band that failed, where some are written
}

// open looks at every raster and groups those that share a plan. Rasters that
// cannot be used are marked.
func (r *runner) open(ctx context.Context) error {
	plans := map[string]*plan{}
	for _, name := range r.job.Rasters {
		if err := ctx.Err(); err != nil {
			return err
		}
		ra := &raster{name: name}
		r.rasters = append(r.rasters, ra)
		if ra.info, ra.err = look(name); ra.err != nil {
			continue
		}
		if ra.err = r.checkCRS(ra); ra.err != nil {
			continue
		}
		key := planKey(ra.info)
		p := plans[key]
		if p == nil {
			p = &plan{info: ra.info}
			plans[key] = p
			r.plans = append(r.plans, p)
		}
		ra.plan = p
	}
	if r.allFailed() {
		return fmt.Errorf("no raster can be measured: %w", r.rasters[0].err)
	}
	return nil
}

// look opens a raster and refuses what has no statistics.
func look(name string) (gdal.Info, error) {
	f, err := gdal.OpenRaster(name)
	if err != nil {
		return gdal.Info{}, err
	}
	defer func() { _ = f.Close() }()
	if uint64(f.Grid.Width)*uint64(f.Grid.Height) > math.MaxUint32 {
		return gdal.Info{}, fmt.Errorf("%s: the raster has %d×%d pixels: cut it into parts of at most 2^32", name, f.Grid.Width, f.Grid.Height)
	}
	if !f.Georeferenced() {
		return gdal.Info{}, fmt.Errorf("%s: the raster has no geotransform: warp it first, for example with gdalwarp", name)
	}
	for i, b := range f.Bands {
		if _, ok := reader(b); !ok {
			return gdal.Info{}, fmt.Errorf("%s: band %d holds %s numbers, which have no statistics", name, i+1, b.Type)
		}
	}
	return f.Info, nil
}

func (r *runner) checkCRS(ra *raster) error {
	if crs := ra.info.Grid.CRS; (crs == "") != (r.parcels.CRS == "") {
		return fmt.Errorf("%s: the raster's CRS is %q and the parcels' %q: set the missing one", ra.name, crs, r.parcels.CRS)
	}
	return nil
}

func (r *runner) allFailed() bool {
	return !slices.ContainsFunc(r.rasters, func(ra *raster) bool { return ra.err == nil || ra.rows })
}

func (r *runner) report() Report {
	rep := Report{
		Parcels: len(r.parcels.Shapes) + len(r.parcels.Refused),
		Refused: slices.Clone(r.parcels.Refused),
	}
	for i, s := range r.parcels.Shapes {
		reason, bad := r.bad[i]
		switch {
		case bad:
			rep.Refused = append(rep.Refused, zonal.Refusal{ID: s.ID, Reason: reason})
		case r.touched[i]:
			rep.Measured++
		default:
			rep.Outside++
		}
	}
	for _, ra := range r.rasters {
		if ra.err == nil {
			continue
		}
		f := Failure{Raster: ra.name, Reason: ra.err.Error()}
		if !strings.Contains(f.Reason, ra.name) {
			f.Reason = ra.name + ": " + f.Reason
		}
		if ra.rows {
			f.Bands = [2]int{ra.from + 1, len(ra.info.Bands)}
		}
		rep.Failed = append(rep.Failed, f)
	}
	return rep
}
