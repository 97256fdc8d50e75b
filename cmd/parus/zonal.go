package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"time"

	"parus/imagery/extract"
	"parus/imagery/zonal"
)

// zonalCmd is `parus zonal`.
type zonalCmd struct {
	Raster  []string `required:"" sep:"none" placeholder:"R" help:"Raster, VRT or URL; may be given several times. Every band is measured."`
	Parcels string   `required:"" placeholder:"P" help:"Parcels: any vector source, in any CRS."`
	ID      string   `required:"" name:"id" placeholder:"FIELD" help:"Field that identifies a parcel, of any type."`
	Layer   string   `help:"Layer of the parcels; needed where the source has several."`
	Stats   []string `default:"count,mean,stdev,min,max,sum" help:"Statistics: count, sum, mean, stdev, min, max, median, valid_fraction, interior_mean."`
	Threads int      `default:"0" help:"Threads; 0 for all processors."`
	Memory  byteSize `default:"0" placeholder:"SIZE" help:"Memory that may be used, such as 600M or 4G; 0 for what the machine has to give."`
	Output  string   `short:"o" default:"-" placeholder:"out.csv" help:"CSV to write; - for stdout."`
}

// Help describes the output.
func (zonalCmd) Help() string {
	return `Coverage-weighted statistics for each parcel, raster and band, as CSV: id, raster, band, count, then the statistics
asked for. Rows come raster by raster and band by band, parcels in the order of their file.

With c the share of a pixel that the parcel covers (0 to 1, exact) and v the pixel's value as it is stored (scale and
offset of the file are not applied), over pixels with data:

  count           sum of c
  sum             sum of c·v
  mean            sum of c·v / sum of c
  stdev           square root of (sum of c·(v − mean)² / sum of c)
  min, max        least and greatest v of all pixels that the parcel touches
  median          weighted by c, between two values in proportion
  valid_fraction  count / sum of c over all pixels, with data or without
  interior_mean   sum of c²·v / sum of c²: mixed pixels of the border count less, for small parcels

Pixels without data are those of the band's nodata value, NaN, and where a mask or an alpha band is 0. A parcel on no
pixel with data has a count of 0 and empty statistics. Parcels are reprojected to each raster. Polygons that are not
valid have no rows and are named on stderr. A raster that cannot be read has no rows, is named on stderr and ends the
verb with status 1; the rows of the others are written all the same.`
}

// Run computes the statistics and puts the file in its place once it is whole.
func (c *zonalCmd) Run(ctx context.Context, s *streams) error {
	stats, err := extract.ParseStats(c.Stats)
	if err != nil {
		return usageError{fmt.Errorf("zonal: %w", err)}
	}
	if c.Threads < 0 {
		return usageError{fmt.Errorf("zonal: --threads %d is negative", c.Threads)}
	}
	job := extract.Job{
		Rasters: c.Raster, Parcels: c.Parcels, Layer: c.Layer, IDField: c.ID, Stats: stats,
		Threads: c.Threads, Memory: int64(c.Memory), Progress: newProgress(s.Err, "zonal", "rasters", time.Now),
	}
	defer keepTo(&job)()
	var report extract.Report
	err = writeWhole(c.Output, s.Out, func(w io.Writer) error {
		var err error
		report, err = extract.Run(ctx, job, w)
		return err
	})
	sayRefused(s.Err, report.Refused)
	for _, f := range report.Failed {
		fmt.Fprintf(s.Err, "zonal: raster failed: %s\n", f)
	}
	if err != nil {
		return fmt.Errorf("zonal: %w", err)
	}
	fmt.Fprintf(s.Err, "zonal: %d parcels: %d measured, %d outside, %d refused; %d rows\n",
		report.Parcels, report.Measured, report.Outside, len(report.Refused), report.Rows)
	if n := len(report.Failed); n > 0 {
		return fmt.Errorf("zonal: %d of %d rasters failed, the rows of the others are written", n, len(job.Rasters))
	}
	return nil
}

// keepTo keeps the process to a job's threads and memory, and fills in the
// memory where none is given. The function that it returns undoes it.
func keepTo(job *extract.Job) (undo func()) {
	if job.Memory == 0 {
		job.Memory = freeMemory()
	}
	threads := runtime.GOMAXPROCS(0)
	if job.Threads > 0 {
		runtime.GOMAXPROCS(job.Threads)
	}
	limit := debug.SetMemoryLimit(-1)
	if job.Memory > 0 {
		debug.SetMemoryLimit(job.Memory - job.Memory/8) // the rest is GDAL's
	}
	return func() {
		runtime.GOMAXPROCS(threads)
		debug.SetMemoryLimit(limit)
	}
}

// maxSaid bounds how many refusals are spelled out.
const maxSaid = 200

func sayRefused(w io.Writer, refused []zonal.Refusal) {
	for i, r := range refused {
		if i == maxSaid {
			fmt.Fprintf(w, "zonal: … and %d more refused\n", len(refused)-maxSaid)
			return
		}
		fmt.Fprintf(w, "zonal: parcel %s refused: %s\n", r.ID, r.Reason)
	}
}
