package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"parus/credit"
	"parus/fields"
	"parus/fields/catalogue"
	"parus/internal/postgis"
	"parus/internal/report"
	"parus/internal/season"
	"parus/workers"
)

// writeOutputs writes what a run found into a folder; where the run failed,
// only what became of its items. Each file appears whole or not at all.
func writeOutputs(ctx context.Context, db *postgis.DB, run season.Run, dir string, published bool) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	r, parcels, err := readReport(ctx, db, run, published)
	if err != nil {
		return err
	}
	files := []struct {
		name  string
		write func(io.Writer, report.Season) error
	}{
		{"parcels.csv", report.WriteParcelsCSV},
		{"lines.csv", report.WriteLinesCSV},
		{"hazards.csv", report.WriteHazardsCSV},
		{"report.html", report.WriteHTML},
		{"outcomes.csv", report.WriteOutcomesCSV},
	}
	for _, f := range files {
		path := filepath.Join(dir, f.name)
		if !published && f.name != "outcomes.csv" {
			if err := removeStale(path); err != nil {
				return err
			}
			continue
		}
		if err := writeWhole(path, nil, func(w io.Writer) error { return f.write(w, r) }); err != nil {
			if errors.As(err, new(roomError)) {
				return err
			}
			return fmt.Errorf("write %s: %w", path, err)
		}
	}
	gpkg, proposals := filepath.Join(dir, "parcels.gpkg"), filepath.Join(dir, "proposals.csv")
	if !published {
		return errors.Join(removeStale(gpkg), removeStale(proposals))
	}
	found, err := workers.Proposals(ctx, db, run.ID)
	if err != nil {
		return err
	}
	all := make([]report.Proposal, len(found))
	for i, p := range found {
		all[i] = report.Proposal(p)
	}
	if err := writeWhole(proposals, nil, func(w io.Writer) error { return report.WriteProposalsCSV(w, all, run.Spec.Lattice.CRS) }); err != nil {
		return fmt.Errorf("write %s: %w", proposals, err)
	}
	if err := writeParcelsGPKG(ctx, gpkg, parcels); err != nil {
		if outOfRoom(err) {
			return roomError{path: gpkg, err: err}
		}
		return err
	}
	return nil
}

// writeRefused writes why no run could be made of the inputs, where anything is
// known of single items.
func writeRefused(dir string, outcomes []season.Outcome) error {
	if len(outcomes) == 0 {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var r report.Season
	for _, o := range outcomes {
		r.Outcomes = append(r.Outcomes, report.Outcome(o))
	}
	for _, name := range []string{"parcels.csv", "lines.csv", "report.html", "parcels.gpkg", "proposals.csv", "hazards.csv"} {
		if err := removeStale(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return writeWhole(filepath.Join(dir, "outcomes.csv"), nil, func(w io.Writer) error { return report.WriteOutcomesCSV(w, r) })
}

// removeStale removes the results of an earlier run that this one does not
// renew.
func removeStale(path string) error {
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return err
	}
	return nil
}

// readReport gathers a run's results for the writers.
func readReport(ctx context.Context, db *postgis.DB, run season.Run, published bool) (report.Season, []season.PublishedParcel, error) {
	c := run.Spec.County
	r := report.Season{County: c.Code, CountyName: c.Name, Season: run.Season, Currency: c.Currency, CropNames: map[string]report.Words{}}
	outcomes, err := db.RunOutcomes(ctx, run.ID)
	if err != nil {
		return r, nil, err
	}
	for _, o := range outcomes {
		r.Outcomes = append(r.Outcomes, report.Outcome(o))
	}
	if !published {
		return r, nil, nil
	}
	cat, err := catalogue.Load()
	if err != nil {
		return r, nil, err
	}
	for _, code := range cat.Codes() {
		n := cat.Name(code)
		r.CropNames[code] = report.Words{Zh: n.ZH, En: n.EN}
	}
	for _, kind := range slices.Sorted(maps.Keys(run.Spec.Inputs)) {
		r.Inputs = append(r.Inputs, report.Input{Name: kind, Kind: kind, Digest: run.Spec.Inputs[kind]})
	}
	r.Inputs = append(r.Inputs, report.Input{Name: "registry", Kind: "registry", Digest: run.Spec.RegistryDigest})
	for _, s := range run.Spec.Scenes {
		r.Inputs = append(r.Inputs, report.Input{Name: s.ID, Kind: "scene", Digest: s.InputDigest})
	}
	publication, err := db.PublicationOfRun(ctx, run.ID)
	if err != nil {
		return r, nil, err
	}
	parcels, err := db.PublishedParcels(ctx, publication)
	if err != nil {
		return r, nil, err
	}
	households, err := db.PublishedHouseholds(ctx, publication)
	if err != nil {
		return r, nil, err
	}
	undecided, err := db.UndecidedHouseholds(ctx, publication)
	if err != nil {
		return r, nil, err
	}
	for _, h := range undecided {
		r.Households = append(r.Households, report.Household{ID: h.ID, DisplayName: h.DisplayName, Undecided: true,
			Parcels: h.Parcels, AreaHa: h.AreaM2 / 1e4, PD: math.NaN(), APR: math.NaN()})
	}
	tenancies, err := tenanciesOf(ctx, db, run)
	if err != nil {
		return r, nil, err
	}
	declared, err := declaredOf(ctx, db, run)
	if err != nil {
		return r, nil, err
	}
	for _, p := range parcels {
		out := reportParcel(p, run)
		out.Tenancy, out.Declared = tenancies[p.ID], declared[p.ID]
		if out.Declared.Verdict == fields.Doubtful {
			r.Outcomes = append(r.Outcomes, doubtfulDeclaration(out))
		}
		r.Parcels = append(r.Parcels, out)
	}
	for _, h := range households {
		row, err := reportHousehold(h, &r)
		if err != nil {
			return r, nil, err
		}
		r.Households = append(r.Households, row)
	}
	return r, parcels, nil
}

// tenanciesOf judges who farms the parcels of which anything tells.
func tenanciesOf(ctx context.Context, db *postgis.DB, run season.Run) (map[string]fields.Tenancy, error) {
	held, err := db.TenancyParcels(ctx, run.Registry, run.Spec.Inputs[season.InputTenancy])
	if err != nil {
		return nil, err
	}
	out := make(map[string]fields.Tenancy, len(held))
	for _, h := range held {
		out[h.Parcel.ID] = h.Tenancy(run.Spec.Season)
	}
	return out, nil
}

func reportParcel(p season.PublishedParcel, run season.Run) report.Parcel {
	out := report.Parcel{
		ID: p.ID, HouseholdID: p.HouseholdID, Village: p.Village, AreaHa: p.AreaM2 / 1e4, MatchP: orNaN(p.MatchP),
		Crop: p.Crop, PCrop: orNaN(p.CropP), Abstained: p.Abstained, Reason: p.Reason,
		YieldP10KgPerHa: orNaN(p.YieldP10), YieldP50KgPerHa: orNaN(p.YieldP50), YieldP90KgPerHa: orNaN(p.YieldP90),
		ValidObservations: p.Observations, Shape: p.Shape, Dates: p.Dates, NDVI: p.NDVI, Valid: p.Valid,
	}
	for _, h := range p.Hazards {
		out.Hazards = append(out.Hazards, report.Hazard(h))
	}
	if len(p.Smooth) > 0 {
		out.Smooth = make([]float32, len(p.Dates))
		for i, d := range p.Dates {
			out.Smooth[i] = float32(math.NaN())
			if day := int(d.Sub(run.Spec.Season.Start).Hours() / 24); day >= 0 && day < len(p.Smooth) {
				out.Smooth[i] = p.Smooth[day]
			}
		}
	}
	return out
}

func reportHousehold(h season.PublishedHousehold, r *report.Season) (report.Household, error) {
	out := report.Household{ID: h.ID, DisplayName: h.DisplayName, LineFen: h.LineFen, Referred: h.Referred, PD: h.PD, APR: h.APR,
		Parcels: h.Parcels, AreaHa: h.AreaM2 / 1e4}
	if h.DueDate != nil {
		out.DueDate = *h.DueDate
	}
	var d credit.Decision
	if err := json.Unmarshal(h.Decision, &d); err != nil {
		return out, fmt.Errorf("decision on household %s: %w", h.ID, err)
	}
	out.NeedFen, out.CapacityFen, out.ValueFen, out.PolicyFen = int64(d.NeedFen), int64(d.CapacityFen), int64(d.ValueFen), int64(d.CapFen)
	for _, x := range d.Reasons {
		out.Reasons = append(out.Reasons, report.Reason{Code: string(x.Code), EffectFen: int64(x.EffectFen), LiftZh: x.LiftZH, LiftEn: x.LiftEN})
	}
	r.Model, r.Policy = d.ModelVersion, d.PolicyVersion
	return out, nil
}

func orNaN(v *float32) float64 {
	if v == nil {
		return math.NaN()
	}
	return float64(*v)
}

// summarise tells on standard output what a run came to.
func summarise(ctx context.Context, db *postgis.DB, run season.Run, dir string, w io.Writer) error {
	publication, err := db.PublicationOfRun(ctx, run.ID)
	if err != nil {
		return err
	}
	households, err := db.PublishedHouseholds(ctx, publication)
	if err != nil {
		return err
	}
	outcomes, err := db.RunOutcomes(ctx, run.ID)
	if err != nil {
		return err
	}
	var total credit.Fen
	lines, referred, failed := 0, 0, 0
	for _, h := range households {
		total += credit.Fen(h.LineFen)
		if h.LineFen > 0 {
			lines++
		}
		if h.Referred {
			referred++
		}
	}
	for _, o := range outcomes {
		if o.Outcome == "failed" {
			failed++
		}
	}
	_, err = fmt.Fprintf(w, "%s %s: %d of %d households have a line, %s %s in all; %d are referred to an officer; %d items failed\n%s\n",
		run.Spec.County.Name, run.Season, lines, len(households), total, run.Spec.County.Currency, referred, failed,
		strings.Join([]string{dir + "/report.html", "parcels.csv", "parcels.gpkg", "lines.csv", "outcomes.csv", "proposals.csv", "hazards.csv"}, ", "))
	return err
}
