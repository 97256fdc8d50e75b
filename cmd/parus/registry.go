package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"parus/fields/registry"
)

// registryCmd groups the verbs of county registries.
type registryCmd struct {
	Check  registryCheckCmd  `cmd:"" help:"Read, repair and validate a county package or a parcel file, and write a report."`
	Import registryImportCmd `cmd:"" help:"Store a package or a parcel file as a new release of the county and put it in force."`
	Export registryExportCmd `cmd:"" help:"Write parcels as fiboa (GeoParquet, GeoJSON) or GeoPackage."`

	Mapping   registryMappingCmd   `cmd:"" help:"Which column of a county's table holds what: suggest, confirm."`
	Subsidies registrySubsidiesCmd `cmd:"" help:"Read a table of subsidy payments and join it to a package."`
	Plantings registryPlantingsCmd `cmd:"" help:"Read planting declarations and join them to a package."`
	Releases  registryReleasesCmd  `cmd:"" help:"List the releases of a county."`
	Report    registryReportCmd    `cmd:"" help:"Write the report that a release came with, as a page or JSON."`
	Correct   registryCorrectCmd   `cmd:"" help:"Put boundaries that were accepted in disputes into a new release."`
	Activate  registryActivateCmd  `cmd:"" help:"Put another release of a county in force."`
	Delete    registryDeleteCmd    `cmd:"" help:"Delete a release that is not in force and that no run refers to."`
}

// registrySource is how a package is read, shared by the verbs that read one.
type registrySource struct {
	CRS       string `help:"Coordinate system (EPSG:n or well-known text) instead of what the package says."`
	Layer     string `help:"Layer of a plain file that has several."`
	ID        string `help:"Column of parcel ids in a plain file; default: suggested, '-' for none."`
	Household string `help:"Column of household ids in a plain file."`
	Area      string `help:"Column of registered areas in a plain file."`
	AreaUnit  string `enum:",m2,ha,mu" default:"" help:"Unit of that column; default: judged by the shapes."`
	Village   string `help:"Column of village codes in a plain file."`
	Name      string `help:"Column of field names in a plain file."`
	Crop      string `name:"declared-crop" help:"Column of declared crops in a plain file; never used unless named."`
	Threads   int    `help:"Worker threads; default: the processors."`

	Mapping parcelMapping `placeholder:"FILE" help:"Mapping of columns and codes (YAML, JSON); default: NAME.mapping.yaml beside the package, where it is confirmed."`
}

func (s registrySource) options(county string, now time.Time) registry.Options {
	return registry.Options{
		Mapping: s.Mapping.MappingFile,
		County:  county, Now: now, CRS: s.CRS, Layer: s.Layer, Threads: s.Threads,
		Columns: registry.Mapping{ID: s.ID, Household: s.Household, Area: s.Area, AreaUnit: s.AreaUnit,
			Village: s.Village, Name: s.Name, DeclaredCrop: s.Crop},
	}
}

type registryCheckCmd struct {
	registrySource
	Package string `arg:"" type:"path" help:"Folder, zip, or vector file."`
	County  string `help:"County code of six digits; default: the commonest in the codes."`
	Report  string `required:"" help:"Where to write the report (JSON); '-' for stdout."`
	Geojson string `help:"Where to write the defects that have a place (GeoJSON)."`
	HTML    string `name:"html" placeholder:"FILE" help:"Where to write the report as a page to read and print."`
	Today   string `help:"Date for contracts' expiry, YYYY-MM-DD; default: today."`
}

// Run writes the report also where nothing is usable, and fails then.
func (c *registryCheckCmd) Run(ctx context.Context, s *streams) error {
	now := time.Now().UTC()
	if c.Today != "" {
		t, err := time.Parse(time.DateOnly, c.Today)
		if err != nil {
			return usageError{fmt.Errorf("--today %q: want YYYY-MM-DD", c.Today)}
		}
		now = t
	}
	p, err := registry.Open(ctx, c.Package, c.options(c.County, now))
	if err != nil && !errors.Is(err, registry.ErrNothingUsable) {
		return err
	}
	if werr := writeWhole(c.Report, s.Out, p.Report.WriteJSON); werr != nil {
		return werr
	}
	if c.Geojson != "" {
		if werr := writeWhole(c.Geojson, s.Out, p.Report.WriteGeoJSON); werr != nil {
			return werr
		}
	}
	if c.HTML != "" {
		title := registry.PageTitle{Package: filepath.Base(c.Package), County: p.County, Date: now}
		if werr := writeWhole(c.HTML, s.Out, func(w io.Writer) error { return p.Report.WriteHTML(w, title) }); werr != nil {
			return werr
		}
	}
	if m := c.Mapping.MappingFile; m != nil && !m.Confirmed() {
		fmt.Fprintln(s.Err, "parus: the mapping is not confirmed; `registry import` will refuse it until somebody stands behind it")
	}
	r := p.Report.Rows
	fmt.Fprintf(s.Err, "parus: %d rows in, %d accepted, %d corrected, %d quarantined; %d defects\n",
		r.In, r.Accepted, r.Corrected, r.Quarantined, len(p.Report.Defects))
	return err
}
