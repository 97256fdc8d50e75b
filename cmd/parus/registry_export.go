package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parus/fields"
	"parus/fields/registry"
	"parus/internal/season"
)

// registryExportCmd writes parcels for others to use: of a package, or of a
// release in the database.
type registryExportCmd struct {
	platform
	registrySource
	County  string `placeholder:"CODE" help:"Code of the county."`
	Release int64  `placeholder:"N" help:"A release of the county; default: the one in force."`
	Package string `type:"path" help:"Folder, zip, or vector file to read the parcels from instead of the database."`
	Format  string `enum:"fiboa,geojson,gpkg" required:"" help:"fiboa (GeoParquet, or GeoJSON by the ending .geojson or .json), geojson (fiboa's) or gpkg."`
	Output  string `short:"o" required:"" type:"path" help:"File to write."`
}

// Run writes the usable parcels.
func (c *registryExportCmd) Run(ctx context.Context, s *streams) error {
	info := registry.ExportInfo{Collection: c.County, Determination: registry.Surveyed}
	var parcels []fields.Parcel
	var err error
	switch {
	case c.Package != "":
		var p *registry.Package
		if p, err = registry.Open(ctx, c.Package, c.options(c.County, time.Now().UTC())); err != nil {
			return registryError(err, p)
		}
		parcels, info.Collection = p.Parcels, p.County
	case c.County != "":
		var r season.Release
		r, parcels, err = c.stored(ctx, s)
		info.Collection = fmt.Sprintf("%s-%d", c.County, r.ID)
		info.Determined = r.ValidFrom
	default:
		return usageError{errors.New("registry export: name the county with --county, or what to read with --package")}
	}
	if err != nil {
		return err
	}
	if err := registry.Export(ctx, c.Output, c.Format, parcels, info); err != nil {
		return err
	}
	fmt.Fprintf(s.Err, "parus: %d parcels in %s\n", len(parcels), c.Output)
	return nil
}

// stored reads the release that is asked for, or the county's in force.
func (c *registryExportCmd) stored(ctx context.Context, s *streams) (r season.Release, parcels []fields.Parcel, err error) {
	b, err := c.openDatabase(ctx, s)
	if err != nil {
		return r, nil, err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	db := b.db.Within([]string{c.County})
	if r, err = chosenRelease(ctx, db, c.County, c.Release); err != nil {
		return r, nil, err
	}
	parcels, err = db.Parcels(ctx, r.ID)
	return r, parcels, err
}
