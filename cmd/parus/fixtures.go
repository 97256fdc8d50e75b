package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"parus/fixtures"
	"parus/imagery"
	"parus/imagery/gdal"
)

// fixturesCmd groups what is generated rather than measured.
type fixturesCmd struct {
	County  fixturesCountyCmd  `cmd:"" help:"Generate a county whose truth is known: registry, scenes, weather, samples."`
	Samples fixturesSamplesCmd `cmd:"" help:"Generate labelled series of every crop of the catalogue, to fit and try models on."`
}

type fixturesCountyCmd struct {
	Seed       uint64             `default:"1" help:"Everything follows from it."`
	Households int                `default:"2000" help:"Households with land, about four parcels each."`
	SizePx     int                `default:"1024" help:"Pixels of 10 m per side of the scenes, even; 10980 is a full tile."`
	Dates      int                `default:"36" help:"Scenes from October to October."`
	Year       int                `default:"2025" help:"Crop year, from the October before it to its own; the registry and the samples stay those of 2025."`
	Until      string             `placeholder:"DAY" help:"Last day of which there are scenes and weather, such as today: a season that still grows."`
	From       string             `placeholder:"DAY" help:"First day of which there are scenes: the later season alone, where all scenes would take too much room."`
	Landsat    int                `default:"0" help:"Scenes of a Landsat 8 over the same land, at most 23."`
	Defects    []string           `help:"Codes of defects to plant in the registry package, or 'all'." placeholder:"CODE"`
	PerDefect  int                `default:"3" help:"How many of each defect."`
	Package    bool               `name:"package-only" help:"Write the registry package with its truth, planting.csv and subsidies.csv alone: no scenes, for checks of many parcels."`
	Mismatch   float64            `default:"0" help:"Share of parcels that the registry draws otherwise than they lie: shifted, grown, joined."`
	Damage     map[string]float64 `mapsep:"," placeholder:"KIND=SHARE" help:"Harm to plant, such as hail=0.02,flood=0.02,drought=0.05,frost=0.05,heat=0.05,abandonment=0.01: shares of the parcels with a crop that it harms. The truth is truth/damage.csv."`
	Wrong      float64            `name:"misdeclared" placeholder:"SHARE" help:"Share of planting declarations that name another crop, up to 0.6; default: 0.065."`
	Uniform    int                `name:"uniform-villages" help:"Villages that declare wheat and maize for all their land."`
	Threads    int                `help:"Worker threads; default: the processors there are."`
	Output     string             `short:"o" required:"" type:"path" placeholder:"DIR" help:"Folder to write; must not hold anything yet."`
}

// Run generates beside the folder asked for and moves it into place at the end.
func (f *fixturesCountyCmd) Run(ctx context.Context, s *streams) (err error) {
	if names, err := os.ReadDir(f.Output); err == nil && len(names) > 0 {
		return usageError{fmt.Errorf("%s is not empty: name a new folder or remove it first", f.Output)}
	}
	if len(f.Defects) == 1 && f.Defects[0] == "all" {
		f.Defects = fixtures.DefectCodes()
	}
	until, err := dayOf("--until", f.Until)
	if err != nil {
		return err
	}
	from, err := dayOf("--from", f.From)
	if err != nil {
		return err
	}
	start := time.Now()
	county, err := fixtures.NewCounty(fixtures.Config{
		Seed: f.Seed, Households: f.Households, SizePx: f.SizePx, Dates: f.Dates, Year: f.Year, Until: until, From: from, Landsat: f.Landsat, Threads: f.Threads,
		Defects: f.Defects, PerDefect: f.PerDefect, Mismatch: f.Mismatch, Damage: f.Damage, Misdeclared: fixtures.Misdeclared{Share: f.Wrong, Villages: f.Uniform}, Progress: sceneProgress(s.Err, start),
	})
	if err != nil {
		return usageError{err}
	}
	part := f.Output + ".part"
	if err := os.RemoveAll(part); err != nil {
		return fmt.Errorf("clear %s: %w", part, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(part))
		}
	}()
	write := func() error { return county.Write(ctx, folder(part)) }
	scenes := len(county.Dates)
	if f.Package {
		write, scenes = func() error { return errors.Join(county.WriteClaims(folder(part)), county.WriteRegistry(folder(part))) }, 0
	}
	if err := write(); err != nil {
		return err
	}
	if err := os.Remove(f.Output); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("replace %s: %w", f.Output, err)
	}
	if err := os.Rename(part, f.Output); err != nil {
		return fmt.Errorf("move into place: %w", err)
	}
	_, err = fmt.Fprintf(s.Out, "%s: %d households, %d parcels, %d scenes of %d px\n", f.Output, len(county.Households), len(county.Parcels), scenes, f.SizePx)
	return err
}

// dayOf reads a flag's day; none is the zero time.
func dayOf(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, usageError{fmt.Errorf("%s %s: want a day such as 2026-05-15", flag, text)}
	}
	return day, nil
}

// sceneProgress prints a line at each tenth of the work, with the time left.
func sceneProgress(w io.Writer, start time.Time) func(done, total int) {
	tenth := 0
	return func(done, total int) {
		if now := done * 10 / total; now > tenth {
			tenth = now
			left := time.Duration(float64(time.Since(start)) * float64(total-done) / float64(done))
			fmt.Fprintf(w, "scenes %d %%, about %s left\n", now*10, left.Round(time.Second))
		}
	}
}

// folder stores what fixtures makes as files below a path, rasters as GeoTIFF.
type folder string

// Create implements fixtures.Output.
func (d folder) Create(name string) (io.WriteCloser, error) {
	path, err := d.place(name)
	if err != nil {
		return nil, err
	}
	return os.Create(path)
}

// Raster implements fixtures.Output.
func (d folder) Raster(name string, spec fixtures.RasterSpec) (fixtures.Raster, error) {
	path, err := d.place(name)
	if err != nil {
		return nil, err
	}
	return gdal.CreateGeoTIFF(path, gdal.RasterSpec{
		Grid: imagery.Grid{CRS: fmt.Sprintf("EPSG:%d", spec.EPSG), Transform: spec.Transform, Width: spec.Width, Height: spec.Height},
		Bits: spec.Bits, Bands: spec.Bands, NoData: &spec.NoData, BlockPx: spec.BlockPx,
	})
}

func (d folder) place(name string) (string, error) {
	path := filepath.Join(string(d), filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return "", fmt.Errorf("folder of %s: %w", name, err)
	}
	return path, nil
}
