package main

import (
	"context"
	"fmt"
	"io"
	"math"

	"github.com/paulmach/orb"

	"parus/fields/delineate"
	"parus/fields/registry"
	"parus/imagery"
	"parus/imagery/gdal"
	"parus/imagery/zonal"
)

// fieldsCmd groups what is about fields as they are seen from above.
type fieldsCmd struct {
	Delineate fieldsDelineateCmd `cmd:"" help:"Draw fields from a stack of images, seeded by a registry where there is one."`
}

// fieldsDelineateCmd is `parus fields delineate`.
type fieldsDelineateCmd struct {
	Stack       string  `required:"" placeholder:"RASTER" help:"Raster or VRT whose bands are bands, dates or both, in a CRS of metres; clouds as nodata."`
	SeedParcels string  `placeholder:"P" help:"Parcels that seed the search: fields of two parcels never become one."`
	SeedLayer   string  `help:"Layer of the parcels; needed where the source has several."`
	SeedID      string  `name:"seed-id" default:"parcel_id" placeholder:"FIELD" help:"Field that identifies a parcel."`
	MinHa       float64 `default:"0.02" help:"Hectares; smaller regions join the neighbour most like them."`
	MaxHa       float64 `default:"200" help:"Hectares; no merging makes a region larger."`
	Contrast    float64 `default:"65" help:"Difference at which neighbours stay apart, in units of the noise; larger gives fewer fields."`
	Threads     int     `default:"0" help:"Threads; 0 for all processors. Changes no result."`
	Output      string  `short:"o" required:"" placeholder:"fields.gpkg" help:"GeoPackage to write."`
}

// Help describes the output.
func (fieldsDelineateCmd) Help() string {
	return `One polygon a field, in layer "fields", lon and lat on WGS 84: field_id, area_ha, parcel_id (of the parcel that seeded
it, empty for none), border_contrast (how strong the edge around it is; low is doubtful). Polygons are valid, follow
pixel edges and never overlap. All land comes out, also what is no field: woods, villages, water.`
}

// Run reads the stack, draws the fields and writes them.
func (c *fieldsDelineateCmd) Run(ctx context.Context, s *streams) error {
	p := delineate.Defaults()
	p.MinArea, p.MaxArea = delineate.Hectares(c.MinHa), delineate.Hectares(c.MaxHa)
	p.Contrast, p.Threads = c.Contrast, c.Threads
	if err := p.Check(); err != nil {
		return usageError{fmt.Errorf("fields delineate: %w", err)}
	}
	m, err := readStack(ctx, c.Stack)
	if err != nil {
		return fmt.Errorf("fields delineate: %w", err)
	}
	ids, seeds, err := c.seeds(ctx, m.Grid, s.Err)
	if err != nil {
		return fmt.Errorf("fields delineate: %w", err)
	}
	found, err := delineate.Fields(m, seeds, p)
	if err != nil {
		return fmt.Errorf("fields delineate %s: %w", c.Stack, err)
	}
	layer, err := fieldsLayer(m.Grid.CRS, found, ids)
	if err != nil {
		return fmt.Errorf("fields delineate: %w", err)
	}
	if err := registry.WriteGeoPackage(c.Output, layer); err != nil {
		return fmt.Errorf("fields delineate: %w", err)
	}
	fmt.Fprintf(s.Err, "fields: %d fields on %d×%d pixels in %d bands\n", len(found), m.Grid.Width, m.Grid.Height, len(m.Bands))
	return nil
}

// readStack reads all bands of a raster; nodata becomes NaN.
func readStack(ctx context.Context, path string) (delineate.Image, error) {
	r, err := gdal.OpenRaster(path)
	if err != nil {
		return delineate.Image{}, err
	}
	defer func() { _ = r.Close() }() // nothing was written
	m := delineate.Image{Grid: r.Grid}
	if err := delineate.CheckGrid(m.Grid); err != nil {
		return m, fmt.Errorf("%s: %w", path, err)
	}
	if m.Grid.CRS == "" {
		return m, fmt.Errorf("%s has no coordinate system: set one with gdal_edit.py -a_srs", path)
	}
	for i, b := range r.Bands {
		if err := ctx.Err(); err != nil {
			return m, err
		}
		plane := make([]float32, m.Grid.Width*m.Grid.Height)
		if err := gdal.ReadPixels(r, i+1, imagery.Window{Width: m.Grid.Width, Height: m.Grid.Height}, plane); err != nil {
			return m, err
		}
		if b.NoData != nil {
			for k, v := range plane {
				if v == float32(*b.NoData) {
					plane[k] = float32(math.NaN())
				}
			}
		}
		m.Bands = append(m.Bands, plane)
	}
	return m, nil
}

// seeds draws the parcels on the grid: pixels that a parcel covers whole.
func (c *fieldsDelineateCmd) seeds(ctx context.Context, g imagery.Grid, words io.Writer) (ids []string, seeds delineate.Seeds, err error) {
	if c.SeedParcels == "" {
		return nil, nil, nil
	}
	parcels, err := gdal.ReadParcels(ctx, c.SeedParcels, c.SeedLayer, c.SeedID)
	if err != nil {
		return nil, nil, err
	}
	project, err := gdal.NewProjection(parcels.CRS, g.CRS)
	if err != nil {
		return nil, nil, err
	}
	defer project.Close()
	for i := range parcels.Shapes {
		if parcels.Shapes[i].Polygon, err = project.MultiPolygon(parcels.Shapes[i].Polygon); err != nil {
			return nil, nil, fmt.Errorf("parcel %s: %w", parcels.Shapes[i].ID, err)
		}
	}
	cover, refused := zonal.Cover(g, parcels.Shapes)
	for _, r := range append(parcels.Refused, refused...) {
		fmt.Fprintf(words, "fields: parcel %s seeds nothing: %s\n", r.ID, r.Reason)
	}
	return cover.IDs, delineate.SeedsOf(cover), nil
}

// fieldsLayer turns fields into a layer of lon and lat.
func fieldsLayer(crs string, found []delineate.Field, ids []string) (registry.Layer, error) {
	layer := registry.Layer{Name: "fields", Columns: []registry.Column{
		{Name: "field_id", Kind: registry.Whole}, {Name: "area_ha", Kind: registry.Real},
		{Name: "parcel_id", Kind: registry.Text}, {Name: "border_contrast", Kind: registry.Real},
	}}
	project, err := gdal.NewProjection(crs, "EPSG:4326")
	if err != nil {
		return layer, err
	}
	defer project.Close()
	for i, f := range found {
		shape, err := project.MultiPolygon(orb.MultiPolygon{f.Polygon})
		if err != nil {
			return layer, fmt.Errorf("field %d: %w", i+1, err)
		}
		row := registry.LayerRow{Shape: shape, Values: []any{int64(i + 1), float64(f.Area), nil, f.Contrast}}
		if f.Seed >= 0 {
			row.Values[2] = ids[f.Seed]
		}
		layer.Rows = append(layer.Rows, row)
	}
	return layer, nil
}
