package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"parus/imagery"
	"parus/imagery/composite"
	"parus/imagery/gdal"
	"parus/imagery/stac"
)

// compositeCmd is `parus composite`.
type compositeCmd struct {
	Scenes      string    `required:"" placeholder:"ITEMS|URL" help:"STAC items: a file, a folder, or the URL of a catalogue or API; or SAFE folders and zips."`
	From        time.Time `format:"2006-01-02" placeholder:"DAY" help:"First day; default: of the first scene."`
	To          time.Time `format:"2006-01-02" placeholder:"DAY" help:"Last day; default: of the last scene."`
	Index       string    `default:"ndvi" help:"Index: ndvi, evi, ndwi, ndmi, ndre, psri."`
	Layers      int       `default:"6" help:"Layers, at even dates."`
	Means       bool      `help:"Layers are means over equal groups of scenes instead of values at even dates."`
	Lambda      float64   `default:"2000" help:"Stiffness of the curve, days³; larger is smoother."`
	MinDates    int       `default:"3" help:"Clear dates that a pixel needs."`
	MaxDistance float64   `default:"30" placeholder:"DAYS" help:"How far from a clear date a layer may lie; farther is nodata; 0 for any."`
	MarginPx    int       `default:"2" help:"Margin around cloud and shadow, pixels."`
	Ridge       float64   `default:"0" help:"Weight that pulls masked dates to 0; for comparison with programs that do so. Lets the curve run on beyond the clear dates."`
	COG         bool      `name:"cog" help:"Write a Cloud Optimized GeoTIFF, with overviews."`
	Threads     int       `default:"0" help:"Threads; 0 for all processors. Changes no result."`
	Output      string    `short:"o" required:"" placeholder:"out.tif" help:"GeoTIFF to write: index · 10000 as 16-bit integers, −32768 is nodata."`
}

// Help describes the method.
func (compositeCmd) Help() string {
	return `For each pixel of the first scene's grid: the index on all clear dates, a Whittaker curve through them (real
days, so uneven dates and gaps count as what they are), and its value at N even dates. Pixels are streamed; memory does
not grow with the scenes' size.`
}

// Run makes the layers and puts the file in its place once it is whole.
func (c *compositeCmd) Run(ctx context.Context, s *streams) error {
	if c.Threads < 0 || c.MarginPx < 0 || c.MarginPx > 100 {
		return usageError{fmt.Errorf("composite: --threads %d, --margin-px %d: want 0 or more, margins up to 100", c.Threads, c.MarginPx)}
	}
	gdal.LimitCache(compositeCache) // before the first pixel is read
	defer debug.SetGCPercent(debug.SetGCPercent(compositeGC))
	found, err := stac.Load(ctx, c.Scenes, stac.Query{Start: c.From, End: c.To, Undigested: true})
	if err != nil {
		return fmt.Errorf("composite: %w", err)
	}
	for _, r := range found.Refused {
		fmt.Fprintf(s.Err, "composite: %s left out: %s\n", r.ID, r.Reason)
	}
	scenes, grid, side, err := c.probe(ctx, found.Scenes, s)
	if err != nil {
		return fmt.Errorf("composite: %w", err)
	}
	smoother, names, err := c.smoother(scenes)
	if err != nil {
		return usageError{err}
	}
	job := composite.Job{
		Scenes: scenes, Grid: grid, Index: c.Index, MarginPx: c.MarginPx, Smoother: smoother, TilePx: side, Threads: c.Threads,
		Open:     func() (composite.Pixels, error) { return gdal.NewReaderOf(2 * len(scenes[0].Bands) * len(scenes)), nil },
		Progress: newProgress(s.Err, "composite", "tiles", time.Now),
	}
	report, err := c.write(ctx, job, names)
	if err != nil {
		return err
	}
	for j, name := range names {
		fmt.Fprintf(s.Err, "composite: %s: %.1f %% of %d pixels have a value\n", name, 100*float64(report.Values[j])/float64(report.Pixels), report.Pixels)
	}
	return nil
}

// compositeCache is GDAL's cache: no band's block is read twice, and those of a
// mask that tiles share by their margins stay until the next tile.
const compositeCache = 16 << 20

// compositeGC lets garbage grow by a third of what is in use: masks with margins
// leave some in every tile.
const compositeGC = 33

// probe opens the scenes; those that cannot be read are named and left out. The
// grid is that of the finest band of the first one.
func (c *compositeCmd) probe(ctx context.Context, found []imagery.Scene, s *streams) (scenes []imagery.Scene, g imagery.Grid, side int, err error) {
	checked, errs := make([]imagery.Scene, len(found)), make([]error, len(found))
	next := make(chan int, len(found))
	for i := range found {
		next <- i
	}
	close(next)
	var wg sync.WaitGroup
	for range min(c.threads(), len(found)) {
		wg.Go(func() {
			for i := range next {
				r := gdal.NewReader() // what it keeps of a scene goes with it
				checked[i], errs[i] = r.Probe(ctx, found[i])
				_ = r.Close() // nothing was written
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return nil, g, 0, ctx.Err()
	}
	for i, sc := range found {
		if errs[i] != nil {
			fmt.Fprintf(s.Err, "composite: %s left out: %v\n", sc.ID, errs[i])
			continue
		}
		scenes = append(scenes, checked[i])
	}
	if len(scenes) == 0 {
		return nil, g, 0, fmt.Errorf("%s has no usable scene in this time", c.Scenes)
	}
	for _, b := range scenes[0].Bands {
		in, err := gdal.ReadInfo(ctx, b.Href)
		if err != nil {
			return nil, g, 0, err
		}
		if g.Width == 0 || in.Grid.Transform[1] < g.Transform[1] {
			g, side = in.Grid, in.Blocks[0]
		}
	}
	if side != 1024 && side != 2048 { // blocks of these sizes are decoded once each
		side = 512
	}
	return scenes, g, side, nil
}

func (c *compositeCmd) threads() int {
	if c.Threads == 0 {
		return runtime.GOMAXPROCS(0)
	}
	return c.Threads
}

// smoother makes the smoother of the scenes' days and the names of its layers.
func (c *compositeCmd) smoother(scenes []imagery.Scene) (*composite.Smoother, []string, error) {
	first := scenes[0].Datetime.UTC().Truncate(24 * time.Hour)
	days := make([]float64, len(scenes))
	for i, sc := range scenes {
		days[i] = sc.Datetime.UTC().Truncate(24*time.Hour).Sub(first).Hours() / 24
	}
	p := composite.Params{Lambda: c.Lambda, MinDates: c.MinDates, MaxDistanceDays: c.MaxDistance, Ridge: c.Ridge, NoHold: c.Ridge > 0}
	make := composite.EvenLayers
	if c.Means {
		make = composite.MeanLayers
	}
	sm, err := make(days, c.Layers, p)
	if err != nil {
		return nil, nil, err
	}
	var names []string
	for _, d := range sm.Days() {
		at := first.Add(time.Duration(d * 24 * float64(time.Hour)))
		names = append(names, c.Index+" "+at.Format(time.DateOnly))
	}
	return sm, names, nil
}

// write runs the job into a file beside the output and moves it there.
func (c *compositeCmd) write(ctx context.Context, job composite.Job, names []string) (composite.Report, error) {
	dir, err := os.MkdirTemp(filepath.Dir(c.Output), ".parus-*")
	if err != nil {
		return composite.Report{}, fmt.Errorf("composite: write %s: %w", c.Output, err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "layers.tif")
	w, err := gdal.CreateLayers(path, gdal.LayersSpec{Grid: job.Grid, Names: names, NoData: composite.NoData, Scale: composite.Scale, TilePx: job.TilePx})
	if err != nil {
		return composite.Report{}, fmt.Errorf("composite: %w", err)
	}
	report, err := composite.Run(ctx, job, w)
	if err != nil {
		return report, errors.Join(err, w.Abandon())
	}
	if err := w.Close(); err != nil {
		return report, fmt.Errorf("composite: %w", err)
	}
	if c.COG {
		cog := filepath.Join(dir, "cog.tif")
		if err := gdal.CopyToCOG(path, cog); err != nil {
			return report, fmt.Errorf("composite: %w", err)
		}
		path = cog
	}
	if err := os.Rename(path, c.Output); err != nil {
		return report, fmt.Errorf("composite: %w", err)
	}
	return report, nil
}
