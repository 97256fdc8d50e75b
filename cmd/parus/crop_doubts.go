package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"parus/fields"
	"parus/fields/catalogue"
	"parus/fields/crop"
)

// cropDoubtsCmd tells a county which of its declarations look wrong.
type cropDoubtsCmd struct {
	platform
	Doubts string `arg:"" type:"existingfile" help:"Labels in doubt, of crop fit --doubts on what crop samples wrote."`
	County string `required:"" placeholder:"CODE" help:"Code of the county."`
	Season string `required:"" placeholder:"NAME" help:"Name of the season."`
	Out    string `short:"o" placeholder:"W.csv" help:"Declarations to check, the surest first (default: standard output)."`
}

// Run joins doubts to the registry: codes alone, no names or numbers of people.
func (c *cropDoubtsCmd) Run(ctx context.Context, s *streams) (err error) {
	var doubts []crop.Doubt
	if err := withFile(c.Doubts, func(r io.Reader) (err error) { doubts, err = crop.ReadDoubts(r); return err }); err != nil {
		return err
	}
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
	byID := make(map[string]fields.Parcel, len(parcels))
	for _, p := range parcels {
		byID[p.ID] = p
	}
	for _, d := range doubts {
		if _, ok := byID[d.ID]; !ok {
			return fmt.Errorf("%s: sample %q is no parcel of county %s: give the doubts of a model that was fitted on what crop samples wrote", c.Doubts, d.ID, c.County)
		}
	}
	if err := writeWhole(c.Out, s.Out, func(w io.Writer) error { return writeDoubtful(w, c.Season, doubts, byID) }); err != nil {
		return err
	}
	fmt.Fprintf(s.Err, "parus: %d declarations of season %s look wrong\n", len(doubts), c.Season)
	for _, v := range worstVillages(doubts, byID) {
		fmt.Fprintf(s.Err, "parus: village %s: %d\n", v.code, v.doubts)
	}
	return nil
}

// writeDoubtful writes CSV for people, with a byte order mark, by which
// spreadsheets know UTF-8, and heads in both languages.
func writeDoubtful(w io.Writer, season string, doubts []crop.Doubt, parcels map[string]fields.Parcel) error {
	cat, err := catalogue.Load()
	if err != nil {
		return err
	}
	name := func(code string) string {
		if n := cat.Name(code); n.ZH != "" {
			return n.ZH
		}
		return code
	}
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	rows := [][]string{{"序号 no", "季节 season", "村 village", "地块编码 parcel_id", "承包方编码 household_id", "面积亩 area_mu",
		"申报作物 declared_zh", "申报代码 declared", "影像所见 seen_zh", "所见代码 seen", "申报概率 p_declared", "所见概率 p_seen"}}
	for i, d := range doubts {
		p := parcels[d.ID]
		rows = append(rows, []string{strconv.Itoa(i + 1), fields.Cell(season), fields.Cell(p.Village), fields.Cell(d.ID), fields.Cell(p.HouseholdID), strconv.FormatFloat(p.AreaM2*crop.MuPerHectare/1e4, 'f', 2, 64),
			fields.Cell(name(d.Label)), fields.Cell(d.Label), fields.Cell(name(d.Suggested)), fields.Cell(d.Suggested), strconv.FormatFloat(d.P, 'f', 4, 64), strconv.FormatFloat(d.PSuggested, 'f', 4, 64)})
	}
	return out.WriteAll(rows)
}

// villageDoubts counts the doubtful declarations of a village.
type villageDoubts struct {
	code   string
	doubts int
}

// worstVillages are the five with the most doubts: a village that declares one
// crop for all its land stands out here.
func worstVillages(doubts []crop.Doubt, parcels map[string]fields.Parcel) []villageDoubts {
	n := map[string]int{}
	for _, d := range doubts {
		n[parcels[d.ID].Village]++
	}
	var out []villageDoubts
	for code, k := range n {
		out = append(out, villageDoubts{code, k})
	}
	slices.SortFunc(out, func(a, b villageDoubts) int { return cmp.Or(b.doubts-a.doubts, cmp.Compare(a.code, b.code)) })
	return out[:min(5, len(out))]
}
