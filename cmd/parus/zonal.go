package main

import (
	"context"
	"fmt"
	"io"
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
	Output  string   `short:"o" default:"-" placeholder:"out.csv" help:"CSV to write; - for stdout."`
}

// Help describes the output.
func (zonalCmd) Help() string {
	return `Coverage-weighted statistics for each parcel, raster and band, as CSV: id, raster, band, count (the sum of
coverage fractions of pixels with data), then the statistics asked for. Rows come raster by raster and band by band,
parcels in the order of their file. Parcels outside a raster have a count of 0; polygons that are not valid have no
rows and are named on stderr.`
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
		Threads: c.Threads, Progress: newProgress(s.Err, "zonal", "rasters", time.Now),
	}
	var report extract.Report
	err = writeWhole(c.Output, s.Out, func(w io.Writer) error {
		var err error
		report, err = extract.Run(ctx, job, w)
		return err
	})
	sayRefused(s.Err, report.Refused)
	if err != nil {
		return fmt.Errorf("zonal: %w", err)
	}
	fmt.Fprintf(s.Err, "zonal: %d parcels: %d measured, %d outside, %d refused; %d rows\n",
		report.Parcels, report.Measured, report.Outside, len(report.Refused), report.Rows)
	return nil
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
