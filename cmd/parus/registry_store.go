package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"parus/fields"
	"parus/fields/registry"
	"parus/internal/postgis"
	"parus/internal/season"
)

// registryImportCmd stores a package as the county's newest release.
type registryImportCmd struct {
	platform
	registrySource
	Package string `arg:"" type:"path" help:"Folder, zip, or vector file."`
	County  string `required:"" placeholder:"CODE" help:"Code of the county."`
	Name    string `name:"county-name" placeholder:"NAME" help:"The county's name, shown to people; default: its code."`
	Finance string `name:"households" type:"existingfile" placeholder:"CSV" help:"Table of subsidies, incomes and debts by household_id."`
}

// Run imports the package; the same package again is the release that is there.
func (c *registryImportCmd) Run(ctx context.Context, s *streams) (err error) {
	b, err := c.openDatabase(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	county := fields.County{Code: c.County, Name: c.Name, Currency: "CNY"}
	if county.Name == "" {
		county.Name = c.County
	}
	in := importJob{registrySource: c.registrySource, path: c.Package, finance: c.Finance, asOf: time.Now().UTC()}
	release, quarantined, err := in.run(ctx, b.db, county, s)
	if err != nil {
		return err
	}
	for _, q := range quarantined {
		fmt.Fprintf(s.Err, "kept out  %s: %s\n", q.Item, q.Reason)
	}
	_, err = fmt.Fprintf(s.Out, "county %s: release %d, content %.12s\n", c.County, release.id, release.digest)
	return err
}

// importJob reads a package and stores it as a release.
type importJob struct {
	registrySource
	path    string    // of the package
	finance string    // of the household table, "" for none
	asOf    time.Time // contracts that end before it have expired
}

// importedRelease is a registry that the database holds.
type importedRelease struct {
	id     int64
	digest string
}

// run imports; rows that are quarantined come back as outcomes.
func (j importJob) run(ctx context.Context, db *postgis.DB, county fields.County, s *streams) (importedRelease, []season.Outcome, error) {
	none := importedRelease{}
	code := county.Code
	if !chineseCounty(code) {
		code = ""
	}
	opt := j.options(code, j.asOf)
	p, err := registry.Open(ctx, j.path, opt)
	if err != nil && p != nil {
		return none, quarantineOf(p.Report), registryError(err, p)
	}
	if err != nil {
		return none, nil, err
	}
	finance, financeDigest, err := readFinance(j.finance)
	if err != nil {
		return none, nil, err
	}
	report, err := json.Marshal(p.Report)
	if err != nil {
		return none, nil, err
	}
	r := p.Report.Rows
	fmt.Fprintf(s.Err, "registry  %d rows: %d accepted, %d corrected, %d quarantined\n", r.In, r.Accepted, r.Corrected, r.Quarantined)
	digest := digestOf(p.Digest, fmt.Sprintf("%+v", opt.Columns), opt.CRS, opt.Layer, financeDigest)
	id, err := db.ImportRegistry(ctx, postgis.RegistryRelease{
		County: county, Digest: digest, Source: filepath.Base(j.path), Report: report,
		Parcels: p.Parcels, Households: p.Households, Finance: finance,
	})
	return importedRelease{id, digest}, quarantineOf(p.Report), err
}

// registryExportCmd writes parcels for others to use: of a package, or of the
// county's newest release in the database.
type registryExportCmd struct {
	platform
	registrySource
	County  string `placeholder:"CODE" help:"Code of the county."`
	Package string `type:"path" help:"Folder, zip, or vector file to read the parcels from; default: the database."`
	Format  string `enum:"fiboa,gpkg" required:"" help:"fiboa (GeoJSON by the ending .geojson or .json, else GeoParquet) or gpkg."`
	Output  string `short:"o" required:"" type:"path" help:"File to write."`
}

// Run writes the usable parcels.
func (c *registryExportCmd) Run(ctx context.Context, s *streams) (err error) {
	var parcels []fields.Parcel
	county := c.County
	switch {
	case c.Package != "":
		p, err := registry.Open(ctx, c.Package, c.options(c.County, time.Now().UTC()))
		if err != nil {
			return registryError(err, p)
		}
		parcels, county = p.Parcels, p.County
	case c.County != "":
		if parcels, err = c.stored(ctx, s); err != nil {
			return err
		}
	default:
		return usageError{errors.New("registry export: name the county with --county, or what to read with --package")}
	}
	info := registry.ExportInfo{Collection: county, Determination: registry.Surveyed}
	if err := registry.Export(ctx, c.Output, c.Format, parcels, info); err != nil {
		return err
	}
	fmt.Fprintf(s.Err, "parus: %d parcels in %s\n", len(parcels), c.Output)
	return nil
}

// stored reads the county's newest release.
func (c *registryExportCmd) stored(ctx context.Context, s *streams) (parcels []fields.Parcel, err error) {
	b, err := c.openDatabase(ctx, s)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	release, err := b.db.NewestRelease(ctx, c.County)
	if err != nil {
		return nil, err
	}
	return b.db.Parcels(ctx, release)
}
