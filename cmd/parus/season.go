package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"parus/fields"
	"parus/fields/registry"
	"parus/imagery"
	"parus/imagery/stac"
	"parus/internal/decoder"
	"parus/internal/postgis"
	"parus/internal/season"
	"parus/workers"
)

// seasonFiles names the files that a season is run from.
type seasonFiles struct {
	County   string `required:"" type:"existingfile" placeholder:"county.yaml" help:"Description of the county: code, seasons, crop model, statistics, prices."`
	Scenes   string `required:"" placeholder:"ITEMS|URL" help:"STAC items: a file, a folder, or the URL of a catalogue or API; or SAFE folders and zips."`
	Registry string `type:"path" placeholder:"PACKAGE" help:"County package (folder or zip), or a file of parcels; default: the release in force."`
	Weather  string `type:"existingfile" placeholder:"W.csv" help:"Weather: daily CSV, or NetCDF or GRIB on a grid; default: what county.yaml names."`
	Season   string `required:"" help:"A season of county.yaml, or a year."`
	Model    string `name:"crop-model" type:"existingfile" placeholder:"MODEL" help:"Crop model from parus crop fit; default: what county.yaml names."`
	registrySource
	keyFile
}

// prepare reads the files, imports the registry, and records the run.
func (f seasonFiles) prepare(ctx context.Context, db *postgis.DB, d *decoder.Pool, s *streams) (season.Run, error) {
	run, named, err := f.specify(ctx, db, d, s)
	if err != nil {
		return season.Run{}, err
	}
	if run, err = db.StartRun(ctx, run); err != nil {
		return season.Run{}, err
	}
	// The same run may have been started before, from files with other faults.
	if err := db.ForgetOutcomes(ctx, run.ID, stageRegistry, stageCatalogue); err != nil {
		return season.Run{}, err
	}
	return run, db.RecordOutcomes(ctx, run.ID, named)
}

// specify reads the files and imports the registry, and returns the run that
// they make and what of them is of no use.
func (f seasonFiles) specify(ctx context.Context, db *postgis.DB, d *decoder.Pool, s *streams) (season.Run, []season.Outcome, error) {
	county, err := readCounty(f.County)
	if err != nil {
		return season.Run{}, nil, err
	}
	se, err := county.Season(f.Season)
	if err != nil {
		return season.Run{}, nil, err
	}
	release, read, quarantined, err := f.release(ctx, db, county, se, s)
	if err != nil {
		return season.Run{}, nil, unusableError{err, quarantined}
	}
	scenes, refused, err := f.loadScenes(ctx, db, release.ID, se)
	named := append(quarantined, refused...)
	if err != nil {
		return season.Run{}, nil, unusableError{err, named}
	}
	spec := season.Spec{County: county, Season: se, RegistryDigest: release.Digest, Scenes: scenes, Code: workers.CodeVersion()}
	if spec.Lattice, refused, err = latticeOf(ctx, county, scenes, d); err != nil {
		return season.Run{}, nil, unusableError{err, append(named, refused...)}
	}
	if spec.Inputs, err = f.keepInputs(ctx, db, county, release.ID, s); err != nil {
		return season.Run{}, nil, err
	}
	if err := pinPolicies(ctx, db, county, spec.Inputs, s.Err); err != nil {
		return season.Run{}, nil, err
	}
	if err := f.claims(ctx, db, county, se, release, read, spec.Inputs, s); err != nil {
		return season.Run{}, nil, err
	}
	run := season.Run{County: county.Code, Season: se.Name, Registry: release.ID, Spec: spec}
	return run, named, corrected(ctx, db, run, s.Err)
}

// release is the package's where one is named, with what was read, else the
// county's in force.
func (f seasonFiles) release(ctx context.Context, db *postgis.DB, county fields.County, se fields.Season, s *streams) (season.Release, *registry.Package, []season.Outcome, error) {
	if f.Registry == "" {
		r, err := db.ReleaseInForce(ctx, county.Code)
		if err != nil {
			return r, nil, nil, err
		}
		fmt.Fprintf(s.Err, "registry  release %d is in force: %d parcels\n", r.ID, r.Parcels)
		quarantined, err := storedQuarantine(ctx, db, r.ID)
		return r, nil, quarantined, err
	}
	in := importJob{registrySource: f.registrySource, keyFile: f.keyFile, path: f.Registry, asOf: se.End, now: time.Now().UTC()}
	if county.Households != "" {
		in.finance = under(filepath.Dir(f.County), county.Households)
	}
	r, quarantined, err := in.run(ctx, db, county, s)
	return r.Release, r.read, quarantined, err
}

// storedQuarantine lists the rows that a release's report keeps out.
func storedQuarantine(ctx context.Context, db *postgis.DB, release int64) ([]season.Outcome, error) {
	text, err := db.ReleaseReport(ctx, release)
	if err != nil {
		return nil, err
	}
	var report registry.Report
	if err := json.Unmarshal(text, &report); err != nil {
		return nil, fmt.Errorf("report of registry release %d: %w", release, err)
	}
	return quarantineOf(report), nil
}

// What is read before a run has stages goes by these names in outcomes.
const (
	stageRegistry  = "registry"
	stageCatalogue = "catalogue"
)

// unusableError is why no run can be made of the inputs, with what is wrong
// with each item.
type unusableError struct {
	error
	outcomes []season.Outcome
}

func (e unusableError) Unwrap() error { return e.error }

func readCounty(path string) (fields.County, error) {
	file, err := os.Open(path)
	if err != nil {
		return fields.County{}, err
	}
	defer file.Close()
	c, err := fields.ReadCounty(file)
	if err != nil {
		return c, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// registryError adds the first things to mend to the error of an unusable
// package.
func registryError(err error, p *registry.Package) error {
	var first []string
	for _, d := range p.Report.Defects {
		if d.Severity == registry.SeverityError && len(first) < 3 {
			first = append(first, fmt.Sprintf("%s %s: %s", d.Code, d.Key, d.Message))
		}
	}
	return fmt.Errorf("%w\n  %s", err, strings.Join(first, "\n  "))
}

// quarantineOf lists the rows that the registry's report keeps out.
func quarantineOf(r registry.Report) []season.Outcome {
	seen := map[string]int{}
	var out []season.Outcome
	for _, d := range r.Defects {
		if d.Severity != registry.SeverityError {
			continue
		}
		item := strings.TrimSpace(d.Layer + " " + d.Key)
		reason := d.Code + ": " + d.Message
		if at, ok := seen[item]; ok {
			out[at].Reason += "; " + reason
			continue
		}
		seen[item] = len(out)
		out = append(out, season.Outcome{Item: item, Stage: stageRegistry, Outcome: "failed", Reason: reason})
	}
	return out
}

// loadScenes reads the catalogue for the season and the registry's extent.
func (f seasonFiles) loadScenes(ctx context.Context, db *postgis.DB, release int64, se fields.Season) ([]imagery.Scene, []season.Outcome, error) {
	bound, err := db.RegistryBound(ctx, release)
	if err != nil {
		return nil, nil, err
	}
	q := stac.Query{Start: se.Start, End: se.End}
	if isURL(f.Scenes) { // an API finds what is near; a file's scenes are all named
		q.Bound = &bound
	}
	source := f.Scenes
	if !isURL(source) { // hrefs are kept for workers that run elsewhere
		if source, err = filepath.Abs(source); err != nil {
			return nil, nil, err
		}
	}
	found, err := stac.Load(ctx, source, q)
	if err != nil {
		return nil, nil, err
	}
	var refused []season.Outcome
	for _, r := range found.Refused {
		refused = append(refused, season.Outcome{Item: r.ID, Stage: stageCatalogue, Outcome: "failed", Reason: r.Reason})
	}
	if len(found.Scenes) == 0 {
		reason := ""
		if len(refused) > 0 {
			reason = fmt.Sprintf("; %d items were refused, the first, %s: %s", len(refused), refused[0].Item, refused[0].Reason)
		}
		return nil, refused, fmt.Errorf("catalogue %s has no usable scene between %s and %s%s",
			f.Scenes, se.Start.Format("2006-01-02"), se.End.Format("2006-01-02"), reason)
	}
	return found.Scenes, refused, nil
}

// latticeOf is the county's grid: its own CRS, or that of the first scene that
// can be opened.
func latticeOf(ctx context.Context, c fields.County, scenes []imagery.Scene, d *decoder.Pool) (imagery.Lattice, []season.Outcome, error) {
	l := imagery.Lattice{CRS: c.CRS, PixelSizeM: c.PixelSizeM, BlockPx: c.BlockPx}
	if l.CRS != "" {
		return l, nil, nil
	}
	var refused []season.Outcome
	var first error
	for _, s := range scenes {
		crs, err := d.CRS(ctx, s)
		if err == nil {
			l.CRS = crs
			return l, nil, nil
		}
		if ctx.Err() != nil {
			return l, nil, ctx.Err()
		}
		if first == nil {
			first = err
		}
		refused = append(refused, season.Outcome{Item: s.ID, Stage: "verify", Outcome: "failed", Reason: err.Error()})
	}
	return l, refused, fmt.Errorf("no scene can be opened, so the grid's CRS is unknown: %w", first)
}

// keepInputs stores the files that the season depends on, by content.
func (f seasonFiles) keepInputs(ctx context.Context, db *postgis.DB, c fields.County, release int64, s *streams) (map[string]string, error) {
	base := filepath.Dir(f.County)
	model := c.CropModelOf(f.Season)
	if f.Model != "" {
		model = f.Model
	}
	patterns := c.CropPatterns
	if model != "" { // curves are for seasons without a model
		patterns = ""
	}
	weather := c.Weather
	if f.Weather != "" {
		weather = f.Weather
	}
	out := map[string]string{}
	for kind, path := range map[string]string{
		season.InputCropModel: model, season.InputCropPatterns: patterns, season.InputStatistics: c.Statistics, season.InputPrices: c.Prices,
		season.InputWeather: weather, season.InputCatalogue: c.Catalogue, season.InputPolicy: c.Policy,
	} {
		if path == "" {
			continue
		}
		read := func(path string) ([]byte, []string, error) {
			data, err := os.ReadFile(path)
			return data, nil, err
		}
		if kind == season.InputWeather {
			read = func(path string) ([]byte, []string, error) {
				bound, err := db.RegistryBound(ctx, release)
				if err != nil {
					return nil, nil, err
				}
				return readWeatherFile(path, [4]float64{bound.Min[0], bound.Min[1], bound.Max[0], bound.Max[1]})
			}
		}
		data, notes, err := read(under(base, path))
		if err != nil {
			return nil, fmt.Errorf("%s named in %s: %w", strings.ReplaceAll(kind, "_", " "), f.County, err)
		}
		for _, n := range notes {
			fmt.Fprintf(s.Err, "weather   %s\n", n)
		}
		if out[kind], err = db.SaveInput(ctx, kind, filepath.Base(path), data); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func digestOf(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func under(base, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(base, path)
}

func isURL(s string) bool {
	return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://")
}

func chineseCounty(code string) bool {
	_, err := strconv.Atoi(code)
	return err == nil && len(code) == 6
}
