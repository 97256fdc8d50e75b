package main

import (
	"fmt"
	"io"
	"strings"

	"parus/fields/crop"
	"parus/fields/registry"
)

// cropAreasCmd estimates areas of crops from a map and a reference sample.
type cropAreasCmd struct {
	Parcels   string   `required:"" placeholder:"parcels.csv" help:"Map of crops: parcels.csv of a run, or any table with parcel_id, area_ha, crop."`
	Reference string   `required:"" placeholder:"R.csv" help:"What was found on visited parcels: parcel_id, label; the file of crop sample-design with its labels filled in. Labels are catalogue codes or names, Chinese or English."`
	Out       string   `short:"o" placeholder:"A.csv" help:"Areas (default: standard output)."`
	Inclusion string   `enum:",count,area" default:"" help:"How the parcels were drawn: 'count', each as likely as the next, or 'area', as likely as it is large. Default: what the reference says."`
	Map       []string `placeholder:"A=B,…" help:"Rename labels of the reference: A=B pairs, or a CSV file with the columns from and to. Repeatable."`
	Unvisited bool     `name:"drop-unvisited" help:"Leave out drawn parcels without a label. The estimate then holds where they are like the others."`
	Mapped    bool     `name:"mapped-only" help:"Estimate the area of those parcels alone to which the map gives a crop."`
}

// Run estimates, and says what the figures rest on.
func (c cropAreasCmd) Run(s *streams) error {
	parcels, err := readMapped(c.Parcels)
	if err != nil {
		return err
	}
	name, err := c.labels(parcels)
	if err != nil {
		return err
	}
	var reference crop.Reference
	err = withFile(c.Reference, func(r io.Reader) error { reference, err = crop.ReadReference(r, name); return err })
	if err != nil {
		return err
	}
	if reference.Unvisited > 0 && !c.Unvisited {
		return fmt.Errorf("%s: %d drawn parcels have no label: visit them, or leave them out with --drop-unvisited, which holds where they are like the others", c.Reference, reference.Unvisited)
	}
	if reference.Inclusion, err = c.inclusion(reference.Inclusion); err != nil {
		return err
	}
	if c.Mapped {
		parcels = withoutUnmapped(parcels)
	}
	sample, err := reference.Match(parcels)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Reference, err)
	}
	for _, d := range crop.SizeDoubts(parcels, sample, reference.Inclusion) {
		fmt.Fprintln(s.Err, "parus: "+d)
	}
	e, err := crop.EstimateAreas(crop.StrataOf(parcels), sample, reference.Inclusion)
	if err != nil {
		return err
	}
	if err := writeWhole(c.Out, s.Out, func(w io.Writer) error { return crop.WriteAreas(w, e) }); err != nil {
		return err
	}
	describeAreas(s.Err, e, reference)
	return nil
}

func describeAreas(w io.Writer, e crop.AreaEstimate, r crop.Reference) {
	how := "each parcel as likely as the next within its mapped crop, without replacement"
	if e.Inclusion == crop.ByArea {
		how = "each parcel as likely as it is large within its mapped crop, with replacement"
	}
	fmt.Fprintf(w, "parus: %d draws taken as a random sample, %s; %.1f ha, of which %.4f ± %.4f are mapped right (95 %%)\n",
		e.Draws, how, e.TotalHa, e.Accuracy, 1.96*e.AccuracySE)
	if r.Unvisited > 0 {
		fmt.Fprintf(w, "parus: %d drawn parcels without a label are left out\n", r.Unvisited)
	}
	var few []string
	for _, a := range e.Crops {
		if a.Outside < crop.FewOutside {
			few = append(few, a.Crop)
		}
	}
	if len(few) > 0 {
		fmt.Fprintf(w, "parus: fewer than %d draws found these outside of what is mapped to them, so that their intervals may be too short: %s\n", crop.FewOutside, strings.Join(few, ", "))
	}
}

// inclusion settles how the sample was drawn.
func (c cropAreasCmd) inclusion(told crop.Inclusion) (crop.Inclusion, error) {
	asked := crop.Inclusion(c.Inclusion)
	switch {
	case asked == "" && told == "":
		return "", usageError{fmt.Errorf("%s does not say how its parcels were drawn: give --inclusion count or area", c.Reference)}
	case asked != "" && told != "" && asked != told:
		return "", usageError{fmt.Errorf("%s was drawn by %s, --inclusion says %s", c.Reference, told, asked)}
	case told != "":
		return told, nil
	}
	return asked, nil
}

// labels tells how labels become codes: by --map, by the map's own crops, or by
// the catalogue's names.
func (c cropAreasCmd) labels(parcels []crop.Mapped) (func(string) (string, error), error) {
	rename, err := renames(c.Map)
	if err != nil {
		return nil, err
	}
	names, err := cropNames()
	if err != nil {
		return nil, err
	}
	onMap := map[string]bool{}
	for _, p := range parcels {
		onMap[p.Crop] = true
	}
	find := registry.CropCodes(names)
	return func(label string) (string, error) {
		if to, ok := rename[label]; ok {
			label = to
		}
		if onMap[label] {
			return label, nil
		}
		if code, ok := find(label); ok {
			return code, nil
		}
		return "", fmt.Errorf("no crop of the catalogue or the map is called %q: rename it with --map '%s=CODE'", label, label)
	}, nil
}

func readMapped(path string) (parcels []crop.Mapped, err error) {
	err = withFile(path, func(r io.Reader) error { parcels, err = crop.ReadMapped(r); return err })
	return parcels, err
}

func withoutUnmapped(parcels []crop.Mapped) []crop.Mapped {
	var out []crop.Mapped
	for _, p := range parcels {
		if p.Crop != crop.Unmapped {
			out = append(out, p)
		}
	}
	return out
}

// cropDesignCmd draws parcels to visit.
type cropDesignCmd struct {
	Parcels   string  `required:"" placeholder:"parcels.csv" help:"Map of crops: parcels.csv of a run, or any table with parcel_id, area_ha, crop."`
	Out       string  `short:"o" placeholder:"V.csv" help:"Parcels to visit (default: standard output)."`
	Size      int     `placeholder:"N" help:"How many to draw."`
	SE        float64 `name:"se" placeholder:"S" help:"Instead of a size: the standard error wanted of the map's accuracy, such as 0.02."`
	Least     int     `default:"10" help:"Draws of each mapped crop at least."`
	Accuracy  float64 `placeholder:"P" help:"Anticipated accuracy of every crop; default: the mean p_crop."`
	Inclusion string  `enum:"count,area" default:"area" help:"'area': each parcel as likely as it is large, which gives the surer areas; 'count': each as likely as the next."`
	Mapped    bool    `name:"mapped-only" help:"Draw only from parcels to which the map gives a crop."`
	Seed      uint64  `default:"1" help:"Seed of the draw."`
}

// Run draws and says how many of each crop.
func (c cropDesignCmd) Run(s *streams) error {
	if (c.Size > 0) == (c.SE > 0) {
		return usageError{fmt.Errorf("give either --size or --se")}
	}
	parcels, err := readMapped(c.Parcels)
	if err != nil {
		return err
	}
	if c.Mapped {
		parcels = withoutUnmapped(parcels)
	}
	drawn, err := crop.DesignSample(parcels, crop.DesignOptions{
		Size: c.Size, SE: c.SE, Least: c.Least, Accuracy: c.Accuracy, Inclusion: crop.Inclusion(c.Inclusion), Seed: c.Seed,
	})
	if err != nil {
		return err
	}
	draws := map[string]int{}
	for _, d := range drawn {
		draws[d.Crop] += d.Draws
	}
	for _, st := range crop.StrataOf(parcels) {
		fmt.Fprintf(s.Err, "parus: %-16s %5d draws of %6d parcels, %10.1f ha\n", st.Crop, draws[st.Crop], st.Parcels, st.Hectares)
	}
	return writeWhole(c.Out, s.Out, func(w io.Writer) error { return crop.WriteDesign(w, drawn, crop.Inclusion(c.Inclusion)) })
}
