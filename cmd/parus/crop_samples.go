package main

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"parus/fields"
	"parus/fields/crop"
	"parus/fields/registry"
	"parus/internal/postgis"
	"parus/internal/season"
	"parus/workers"
)

// cropSamplesCmd writes a season's series with the declared crops as labels.
type cropSamplesCmd struct {
	platform
	County   string `required:"" placeholder:"CODE" help:"Code of the county."`
	Season   string `required:"" placeholder:"NAME" help:"Name of the season, as it was run."`
	Declared string `type:"existingfile" placeholder:"D.csv" help:"Declarations: what registry plantings wrote, or parcel_id and crop. Default: those that the run kept, else the registry's own column of declared crops."`
	Out      string `short:"o" required:"" placeholder:"S.csv[.gz]" help:"Where to write: sample_id, date, label, village and one column a layer."`
}

// Run writes the samples and counts what is left out.
func (c *cropSamplesCmd) Run(ctx context.Context, s *streams) (err error) {
	b, err := c.openDatabase(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	db := b.db.Within([]string{c.County})
	run, err := db.LastRun(ctx, c.County, c.Season)
	if err != nil {
		return err
	}
	parcels, err := db.Parcels(ctx, run.Registry)
	if err != nil {
		return err
	}
	declared, source, err := c.declarations(ctx, db, run, parcels)
	if err != nil {
		return err
	}
	labels, several := onlyCrop(declared)
	if len(labels) == 0 {
		return fmt.Errorf("no parcel of county %s has one declared crop in season %s: name a table with --declared, or declarations in county.yaml", c.County, c.Season)
	}
	villages := make(map[string]string, len(parcels))
	for i := range parcels {
		villages[parcels[i].ID] = parcels[i].Village
	}
	found, layers, err := labelledSamples(ctx, db, run.ID, labels)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fmt.Errorf("none of the %d declared parcels of county %s has a series in season %s", len(labels), c.County, c.Season)
	}
	write := func(w io.Writer) error {
		out, err := crop.NewSampleWriter(w, "village", layers)
		if err != nil {
			return err
		}
		for _, x := range found {
			if err := out.Write(x, labels[x.ID], villages[x.ID]); err != nil {
				return err
			}
		}
		return out.Flush()
	}
	if err := writeWhole(c.Out, s.Out, packed(c.Out, write)); err != nil {
		return err
	}
	fmt.Fprintf(s.Err, "parus: %d samples of %d declared parcels (%s); left out: %d with several crops, %d without a series\n",
		len(found), len(labels)+several, source, several, len(labels)-len(found))
	return nil
}

// labelledSamples reads the series of the labelled parcels, in order of id, and
// the layers that any of them has.
func labelledSamples(ctx context.Context, db *postgis.DB, run int64, labels map[string]string) (out []crop.Sample, layers []string, err error) {
	err = workers.Samples(ctx, db, run, func(block []crop.Sample) error {
		for _, x := range block {
			if labels[x.ID] == "" {
				continue
			}
			out = append(out, x)
			for _, l := range x.Layers {
				if !slices.Contains(layers, l) {
					layers = append(layers, l)
				}
			}
		}
		return nil
	})
	slices.SortFunc(out, func(a, b crop.Sample) int { return strings.Compare(a.ID, b.ID) })
	slices.Sort(layers)
	return out, layers, err
}

// packed compresses what is written to a file that is named so.
func packed(path string, write func(io.Writer) error) func(io.Writer) error {
	if !strings.HasSuffix(path, ".gz") {
		return write
	}
	return func(w io.Writer) error {
		z := gzip.NewWriter(w)
		return errors.Join(write(z), z.Close())
	}
}

// declarations finds what is declared and says where.
func (c *cropSamplesCmd) declarations(ctx context.Context, db *postgis.DB, run season.Run, parcels []fields.Parcel) ([]fields.Declaration, string, error) {
	if c.Declared != "" {
		var plantings []registry.Planting
		err := withFile(c.Declared, func(r io.Reader) (err error) { plantings, err = readDeclared(r); return err })
		return registry.Declarations(run.Spec.Season, plantings), c.Declared, err
	}
	all, err := db.Declarations(ctx, run.County, run.Spec.Inputs[season.InputDeclared])
	if err != nil || len(all) > 0 {
		return all, "as the run kept them", err
	}
	names, err := cropNames()
	if err != nil {
		return nil, "", err
	}
	find := registry.CropCodes(names)
	for i := range parcels {
		p := &parcels[i]
		if code, ok := find(p.DeclaredCrop); ok {
			all = append(all, fields.Declaration{ParcelID: p.ID, HouseholdID: p.HouseholdID, Crop: code})
		}
	}
	return all, "the registry's own column", nil
}

// onlyCrop is the crop of each parcel that has one, and how many have several.
func onlyCrop(all []fields.Declaration) (labels map[string]string, several int) {
	labels = map[string]string{}
	mixed := map[string]bool{}
	for _, d := range all {
		if had, ok := labels[d.ParcelID]; ok && had != d.Crop {
			mixed[d.ParcelID] = true
		}
		labels[d.ParcelID] = d.Crop
	}
	for id := range mixed {
		delete(labels, id)
	}
	return labels, len(mixed)
}
