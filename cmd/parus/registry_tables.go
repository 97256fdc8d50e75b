package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"parus/fields"
	"parus/fields/catalogue"
	"parus/fields/registry"
)

// countyTable is what the verbs that read a county's other tables share.
type countyTable struct {
	Table   string `arg:"" type:"existingfile" help:"Table as CSV or XLSX."`
	Package string `required:"" type:"path" help:"Package that households and parcels are looked up in."`
	Mapping string `required:"" type:"existingfile" placeholder:"FILE" help:"Confirmed mapping of columns, see registry mapping."`
	County  string `placeholder:"CODE" help:"County code of six digits; default: the commonest in the codes."`
	Sheet   string `help:"Sheet of a workbook; default: the first."`
	Report  string `required:"" placeholder:"FILE" help:"Where to write the report (JSON); '-' for stdout."`
	Output  string `short:"o" type:"path" placeholder:"CSV" help:"Where to write the rows that joined, without names and numbers of people; default: stdout."`
}

// open reads the mapping and the package.
func (c *countyTable) open(ctx context.Context) (registry.MappingFile, *registry.Roll, registry.Options, error) {
	opt := registry.Options{County: c.County, Now: time.Now().UTC(), Layer: c.Sheet}
	m, err := registry.LoadMapping(c.Mapping)
	if err != nil {
		return m, nil, opt, err
	}
	if !m.Confirmed() {
		return m, nil, opt, fmt.Errorf("%s is not confirmed: read it, correct it, then `parus registry mapping confirm %s --by NAME`", c.Mapping, c.Mapping)
	}
	p, err := registry.Open(ctx, c.Package, registry.Options{County: c.County, Now: opt.Now})
	if err != nil {
		return m, nil, opt, err
	}
	return m, registry.NewRoll(p), opt, nil
}

// write stores the report and the rows.
func (c *countyTable) write(s *streams, rep registry.Report, head []string, rows [][]string) error {
	if err := writeWhole(c.Report, s.Out, rep.WriteJSON); err != nil {
		return err
	}
	if len(rows) == 0 {
		return nil
	}
	err := writeWhole(c.Output, s.Out, func(w io.Writer) error {
		t := csv.NewWriter(w)
		if err := t.Write(head); err != nil {
			return err
		}
		for _, r := range rows {
			for i := range r {
				r[i] = fields.Cell(r[i])
			}
		}
		return t.WriteAll(rows)
	})
	r := rep.Rows
	fmt.Fprintf(s.Err, "parus: %d rows in, %d accepted, %d corrected, %d quarantined; %d defects\n", r.In, r.Accepted, r.Corrected, r.Quarantined, len(rep.Defects))
	return err
}

type registrySubsidiesCmd struct{ countyTable }

// Run reads payments; the report is written also where no row joins.
func (c *registrySubsidiesCmd) Run(ctx context.Context, s *streams) error {
	m, roll, opt, err := c.open(ctx)
	if err != nil {
		return err
	}
	t, err := registry.ReadSubsidies(ctx, c.Table, m, roll, opt)
	if err != nil && !errors.Is(err, registry.ErrNothingUsable) {
		return err
	}
	var rows [][]string
	for _, r := range t.Rows {
		rows = append(rows, []string{strconv.Itoa(r.Row), r.HouseholdID, r.ParcelID, string(r.Scheme), squareMetres(r.AreaM2),
			strconv.FormatInt(r.AmountFen, 10), r.Batch, dateOrEmpty(r.Paid)})
	}
	head := []string{"row", "household_id", "parcel_id", "scheme", "area_m2", "amount_fen", "batch", "paid"}
	return errors.Join(c.write(s, t.Report, head, rows), err)
}

type registryPlantingsCmd struct{ countyTable }

// Run reads declarations; the report is written also where no row joins.
func (c *registryPlantingsCmd) Run(ctx context.Context, s *streams) error {
	m, roll, opt, err := c.open(ctx)
	if err != nil {
		return err
	}
	if opt.Crops, err = cropNames(); err != nil {
		return err
	}
	t, err := registry.ReadPlantings(ctx, c.Table, m, roll, opt)
	if err != nil && !errors.Is(err, registry.ErrNothingUsable) {
		return err
	}
	var rows [][]string
	for _, r := range t.Rows {
		season := map[bool]string{true: "winter", false: "summer"}[r.Winter]
		rows = append(rows, []string{strconv.Itoa(r.Row), r.ParcelID, r.HouseholdID, strconv.Itoa(r.Year), season, r.Crop,
			squareMetres(r.AreaM2), dateOrEmpty(r.Sown), strconv.FormatBool(r.Leased), strconv.FormatBool(r.Insured)})
	}
	head := []string{"row", "parcel_id", "household_id", "year", "season", "crop", "area_m2", "sown", "leased", "insured"}
	return errors.Join(c.write(s, t.Report, head, rows), err)
}

// cropNames lists the catalogue's names, Chinese and English, with their codes.
func cropNames() (map[string]string, error) {
	cat, err := catalogue.Load()
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, code := range cat.Codes() {
		n := cat.Name(code)
		out[n.ZH], out[n.EN] = code, code
	}
	return out, nil
}

func squareMetres(a float64) string { return strconv.FormatFloat(a, 'f', 2, 64) }

func dateOrEmpty(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}
