package main

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"

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
	Stack         string  `required:"" placeholder:"RASTER" help:"Raster or VRT whose bands are bands, dates or both, in a CRS of metres; clouds as nodata."`
	Mask          string  `placeholder:"RASTER" help:"Raster on the grid of the stack that is not 0 where pixels are hidden: one band for all, or one for each band of the stack."`
	SeedParcels   string  `placeholder:"P" help:"Parcels that seed the search: fields of two parcels never become one."`
	SeedLayer     string  `help:"Layer of the parcels; needed where the source has several."`
	SeedID        string  `name:"seed-id" default:"parcel_id" placeholder:"FIELD" help:"Field that identifies a parcel."`
	SecondOpinion string  `placeholder:"P" help:"Polygons from elsewhere that each field is compared to; they change no field."`
	OpinionLayer  string  `help:"Layer of the second opinion; needed where the source has several."`
	OpinionID     string  `name:"opinion-id" default:"id" placeholder:"FIELD" help:"Field that identifies a polygon of the second opinion."`
	MinHa         float64 `default:"0.02" help:"Hectares; smaller regions join the neighbour most like them."`
	MaxHa         float64 `default:"200" help:"Hectares; no merging makes a region larger."`
	Contrast      float64 `default:"2" help:"Difference at which neighbours stay apart, in units of the image's own texture; larger gives fewer fields."`
	Threads       int     `default:"0" help:"Threads; 0 for all processors. Changes no result."`
	Index         bool    `help:"Add a spatial index to the file: faster maps, slower writing."`
	Output        string  `short:"o" required:"" placeholder:"fields.gpkg" help:"GeoPackage to write."`
}

// Help describes the output.
func (fieldsDelineateCmd) Help() string {
	return `One polygon a field, in layer "fields", lon and lat on WGS 84: field_id, area_ha, parcel_id (of the parcel that seeded
it, empty for none), border_contrast (the step across its border, in units of the noise; low is doubtful). Polygons are
valid, follow pixel edges and never overlap. All land comes out, also what is no field: woods, villages, water.

With --second-opinion each field has opinion_id and opinion_iou (the polygon that matches best, and how well, 0 to 1) and
opinion: agrees (0.5 and more), divides (several polygons inside cover most of it), joins (most of it lies in one larger
polygon), differs (covered, but none of these), absent (mostly not covered).`
}

// Run reads the stack, draws the fields and writes them.
func (c *fieldsDelineateCmd) Run(ctx context.Context, s *streams) error {
	p := delineate.Defaults()
	p.MinArea, p.MaxArea = delineate.Hectares(c.MinHa), delineate.Hectares(c.MaxHa)
	p.Contrast, p.Threads = c.Contrast, c.Threads
	if err := p.Check(); err != nil {
		return usageError{fmt.Errorf("fields delineate: %w", err)}
	}
	if err := c.draw(ctx, s, p); err != nil {
		return fmt.Errorf("fields delineate %s: %w", c.Stack, err)
	}
	return nil
}

func (c *fieldsDelineateCmd) draw(ctx context.Context, s *streams, p delineate.Params) error {
	defer debug.SetGCPercent(debug.SetGCPercent(tightGC))
	stack, err := openStack(c.Stack, c.Mask)
	if err != nil {
		return err
	}
	defer stack.Close()
	grid, bands := stack.Shape()
	parcels, err := coverFor(ctx, grid, source{c.SeedParcels, c.SeedLayer, c.SeedID}, s.Err)
	if err != nil {
		return err
	}
	others, err := coverFor(ctx, grid, source{c.SecondOpinion, c.OpinionLayer, c.OpinionID}, s.Err)
	if err != nil {
		return err
	}
	var seeds delineate.Seeds
	if parcels != nil {
		seeds = delineate.SeedsOf(parcels)
	}
	found, err := delineate.Delineate(ctx, stack, seeds, p)
	if err != nil {
		return err
	}
	t := fieldTable{found: found, parcels: parcels, others: others}
	layer, err := t.layer()
	if err != nil {
		return err
	}
	layer.NoIndex = !c.Index
	if err := registry.WriteGeoPackage(c.Output, layer); err != nil {
		return err
	}
	fmt.Fprintf(s.Err, "fields: %d fields on %d×%d pixels in %d bands; noise %.2f, rising %.2f-fold from one pixel to two\n",
		len(found.Fields), grid.Width, grid.Height, bands, found.Texture.Noise, found.Texture.Rise)
	return nil
}

// tightGC is the garbage, in percent of what is in use, that is let lie: little,
// since all is in few large arrays that are quick to walk and that fill the
// memory.
const tightGC = 20

// source names polygons to read.
type source struct{ path, layer, id string }

// coverFor draws polygons on the grid; nil where none are named.
func coverFor(ctx context.Context, g imagery.Grid, from source, words io.Writer) (*zonal.Coverage, error) {
	if from.path == "" {
		return nil, nil
	}
	parcels, err := gdal.ReadParcels(ctx, from.path, from.layer, from.id)
	if err != nil {
		return nil, err
	}
	project, err := gdal.NewProjection(parcels.CRS, g.CRS)
	if err != nil {
		return nil, err
	}
	defer project.Close()
	for i := range parcels.Shapes {
		if parcels.Shapes[i].Polygon, err = project.MultiPolygon(parcels.Shapes[i].Polygon); err != nil {
			return nil, fmt.Errorf("%s: polygon %s: %w", from.path, parcels.Shapes[i].ID, err)
		}
	}
	cover, refused := zonal.Cover(g, parcels.Shapes)
	for _, r := range append(parcels.Refused, refused...) {
		fmt.Fprintf(words, "fields: polygon %s of %s is left out: %s\n", r.ID, from.path, r.Reason)
	}
	return cover, nil
}

// fieldTable turns fields into a layer of lon and lat.
type fieldTable struct {
	found           *delineate.Result
	parcels, others *zonal.Coverage // nil where none were given
}

func (t fieldTable) layer() (registry.Layer, error) {
	layer := registry.Layer{Name: "fields", Columns: []registry.Column{
		{Name: "field_id", Kind: registry.Whole}, {Name: "area_ha", Kind: registry.Real},
		{Name: "parcel_id", Kind: registry.Text}, {Name: "border_contrast", Kind: registry.Real},
	}}
	var opinions []delineate.Opinion
	if t.others != nil {
		layer.Columns = append(layer.Columns, registry.Column{Name: "opinion_id", Kind: registry.Text},
			registry.Column{Name: "opinion_iou", Kind: registry.Real}, registry.Column{Name: "opinion", Kind: registry.Text})
		opinions = t.found.Opinions(t.others)
	}
	project, err := gdal.NewProjection(t.found.Grid.CRS, "EPSG:4326")
	if err != nil {
		return layer, err
	}
	defer project.Close()
	layer.Rows = make([]registry.LayerRow, len(t.found.Fields))
	for i, f := range t.found.Fields {
		shape, err := project.MultiPolygon(orb.MultiPolygon{f.Polygon})
		if err != nil {
			return layer, fmt.Errorf("field %d: %w", i+1, err)
		}
		values := []any{int64(i + 1), float64(f.Area), nil, f.Contrast}
		if f.Seed >= 0 {
			values[2] = t.parcels.IDs[f.Seed]
		}
		if opinions != nil {
			values = append(values, nil, opinions[i].IoU, string(opinions[i].Verdict))
			if o := opinions[i].Shape; o >= 0 {
				values[4] = t.others.IDs[o]
			}
		}
		layer.Rows[i] = registry.LayerRow{Shape: shape, Values: values}
		t.found.Fields[i].Polygon = nil // drawn; two of each would take as much again
	}
	return layer, nil
}
