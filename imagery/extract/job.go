package extract

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"runtime"
	"slices"

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
	Progress func(done, total int)
}

// Report says what came of a job. Parcels = Measured + Outside + Refused.
type Report struct {
	Parcels  int             // in the vector source
	Measured int             // on at least one raster
	Outside  int             // on no raster; their rows have a count of 0
	Refused  []zonal.Refusal // without an ID or a valid polygon; they have no rows
	Rows     int             // written, without the header
}

// Run computes a job and writes CSV to w: a header and, for each raster in the
// order given and each band, one row for each parcel in input order. Parcels
// are reprojected to each raster's CRS. Rows do not depend on the number of
// threads. Run fails, naming the file, where a raster or the parcels cannot be
// read, and where nothing can be measured; what is written by then is to be
// thrown away.
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
	r := &runner{job: job, parcels: parcels, out: w}
	for _, name := range job.Rasters {
		if err := r.add(ctx, name); err != nil {
			return Report{}, err
		}
	}
	r.parcels.Shapes = stripShapes(parcels.Shapes)
	gdal.LimitCache(r.cacheBytes())
	report := r.report()
	if report.Measured == 0 {
		return report, fmt.Errorf("no parcel of %s can be measured on the rasters: %d lie outside, %d are refused%s",
			job.Parcels, report.Outside, len(report.Refused), firstReason(report.Refused))
	}
	if err := r.run(ctx); err != nil {
		return report, err
	}
	report.Rows = r.rows
	return report, nil
}

// cacheBytes is what GDAL's cache needs so that a file that stores bands
// together is decoded once: for each thread twice the blocks of a tile. More
// only costs time and memory, as no block is read again.
func (r *runner) cacheBytes() int {
	var most int
	for _, ra := range r.rasters {
		pixels := max(ra.info.Blocks[0]*ra.info.Blocks[1], tilePixels)
		most = max(most, pixels*len(ra.info.Bands)*pixelBytes(ra.info.Bands[0].Type))
	}
	return 2 * r.job.Threads * most
}

// pixelBytes is the size of a GDAL pixel type.
func pixelBytes(dataType string) int {
	switch dataType {
	case "Byte", "Int8":
		return 1
	case "UInt16", "Int16":
		return 2
	case "Float64":
		return 8
	}
	return 4
}

func firstReason(refused []zonal.Refusal) string {
	if len(refused) == 0 {
		return ""
	}
	return fmt.Sprintf(" (%s: %s)", refused[0].ID, refused[0].Reason)
}

// stripShapes keeps the IDs and lets go of the polygons.
func stripShapes(shapes []zonal.Shape) []zonal.Shape {
	out := make([]zonal.Shape, len(shapes))
	for i := range shapes {
		out[i].ID = shapes[i].ID
	}
	return out
}

// runner is the state of one job.
type runner struct {
	job     Job
	parcels gdal.Parcels
	out     io.Writer
	rasters []*raster
	plans   map[string]*plan
	bad     map[int]string // parcels that some grid could not measure, and why
	touched []bool         // parcels that lie on some raster
	ids     [][]byte       // quoted, in input order; nil for refused parcels
	rows    int
	free    chan []byte // buffers of written rasters, for reuse
}

// raster is one file of the job.
type raster struct {
	name string
	info gdal.Info
	plan *plan
}

// add opens a raster, checks it and plans its coverage.
func (r *runner) add(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f, err := gdal.OpenRaster(name)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if uint64(f.Grid.Width)*uint64(f.Grid.Height) > math.MaxUint32 {
		return fmt.Errorf("%s: the raster has %d×%d pixels: cut it into parts of at most 2^32", name, f.Grid.Width, f.Grid.Height)
	}
	if !f.Georeferenced() {
		return fmt.Errorf("%s: the raster has no geotransform: warp it first, for example with gdalwarp", name)
	}
	for i, b := range f.Bands {
		if _, ok := reader(b.Type); !ok {
			return fmt.Errorf("%s: band %d holds %s numbers, which have no statistics", name, i+1, b.Type)
		}
	}
	ra := &raster{name: name, info: f.Info}
	key := planKey(f.Info)
	if ra.plan = r.plans[key]; ra.plan == nil {
		shapes, refused, err := r.project(f.Grid.CRS)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		ra.plan = newPlan(f.Info, shapes, r.job.Threads)
		maps.Copy(ra.plan.refused, refused)
		if r.plans == nil {
			r.plans, r.bad, r.touched = map[string]*plan{}, map[int]string{}, make([]bool, len(shapes))
		}
		r.plans[key] = ra.plan
		r.note(ra.plan)
	}
	r.rasters = append(r.rasters, ra)
	return nil
}

// note gathers what a plan refuses and touches.
func (r *runner) note(p *plan) {
	maps.Copy(r.bad, p.refused)
	for _, c := range p.chunks {
		for _, n := range c.number {
			r.touched[n] = true
		}
	}
}

// project returns the parcels in a raster's CRS.
func (r *runner) project(crs string) ([]zonal.Shape, map[int]string, error) {
	if (crs == "") != (r.parcels.CRS == "") {
		return nil, nil, fmt.Errorf("the raster's CRS is %q and the parcels' %q: set the missing one", crs, r.parcels.CRS)
	}
	if crs == r.parcels.CRS {
		return r.parcels.Shapes, nil, nil
	}
	p, err := gdal.NewProjection(r.parcels.CRS, crs)
	if err != nil {
		return nil, nil, err
	}
	defer p.Close()
	out := slices.Clone(r.parcels.Shapes)
	refused := map[int]string{}
	for i := range out {
		mp, err := p.MultiPolygon(out[i].Polygon)
		if err != nil {
			refused[i] = err.Error()
		}
		out[i].Polygon = mp // nil where it failed, which is refused
	}
	return out, refused, nil
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
	return rep
}
