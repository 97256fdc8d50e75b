package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"parus/fields/registry"
)

// parcelMapping is a flag that names a mapping of a parcel file; the file is
// read as the command line is.
type parcelMapping struct{ *registry.MappingFile }

// UnmarshalText reads the mapping at a path.
func (m *parcelMapping) UnmarshalText(path []byte) error {
	f, err := registry.LoadMapping(string(path))
	if err != nil {
		return err
	}
	if f.Kind != registry.ParcelTable {
		return fmt.Errorf("%s is of %s: want one of parcels", path, f.Kind)
	}
	m.MappingFile = &f
	return nil
}

// registryMappingCmd groups the verbs of mappings.
type registryMappingCmd struct {
	Suggest mappingSuggestCmd `cmd:"" help:"Propose which column of a file holds what, by heads and contents."`
	Confirm mappingConfirmCmd `cmd:"" help:"Put a name to a mapping, after it has been read and corrected."`
}

type mappingSuggestCmd struct {
	File   string `arg:"" type:"path" help:"Parcel file, or table as CSV or XLSX."`
	Kind   string `enum:"parcels,subsidies,plantings" default:"parcels" help:"What the file is about: parcels, subsidies or plantings."`
	County string `placeholder:"CODE" help:"County that the mapping is for."`
	Layer  string `help:"Layer or sheet of a file that has several."`
	Output string `short:"o" type:"path" placeholder:"FILE" help:"Where to write the mapping (YAML); default: stdout."`
}

// Run writes the mapping with why each column was proposed.
func (c *mappingSuggestCmd) Run(ctx context.Context, s *streams) error {
	crops, err := cropNames()
	if err != nil {
		return err
	}
	opt := registry.Options{County: c.County, Layer: c.Layer, Crops: crops}
	m, why, err := registry.SuggestMapping(ctx, c.File, registry.TableKind(c.Kind), opt)
	if err != nil {
		return err
	}
	if err := writeWhole(c.Output, s.Out, func(w io.Writer) error { return m.WriteYAML(w, why) }); err != nil {
		return err
	}
	fmt.Fprintf(s.Err, "parus: %d columns proposed; read the mapping, correct it, then `parus registry mapping confirm`\n", len(why))
	return nil
}

type mappingConfirmCmd struct {
	Mapping string `arg:"" type:"existingfile" help:"Mapping (YAML, JSON)."`
	By      string `required:"" placeholder:"NAME" help:"Who stands behind it."`
	Beside  string `type:"path" placeholder:"PACKAGE" help:"Package to keep it beside, where check and import find it; default: the mapping's own place."`
}

// Run writes the mapping again with the name in it.
func (c *mappingConfirmCmd) Run(s *streams) error {
	if strings.TrimSpace(c.By) == "" {
		return usageError{errors.New("--by: want a name")}
	}
	m, err := registry.LoadMapping(c.Mapping)
	if err != nil {
		return err
	}
	m.ConfirmedBy = strings.TrimSpace(c.By)
	to := c.Mapping
	if c.Beside != "" {
		to = registry.MappingBeside(c.Beside)
	}
	if err := writeWhole(to, s.Out, func(w io.Writer) error { return m.WriteYAML(w, nil) }); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.Out, "%s: confirmed by %s, content %.12s\n", to, m.ConfirmedBy, m.Digest())
	return err
}
