package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"parus/fields"
	"parus/fields/registry"
	"parus/internal/postgis"
	"parus/internal/season"
)

// claims reads the declarations and payments that county.yaml names, keeps what
// they say of who farms which parcel in the season and of what grows there, and
// names both by their digests among the run's inputs. A table without a confirmed
// mapping beside it is named and not used. Names and numbers of people are looked
// up in the package and not kept; against a release that is stored already only
// codes join.
func (f seasonFiles) claims(ctx context.Context, db *postgis.DB, c fields.County, se fields.Season, r season.Release, read *registry.Package,
	inputs map[string]string, s *streams,
) error {
	tables := map[registry.TableKind]registry.MappingFile{}
	paths := map[registry.TableKind]string{registry.PlantingTable: c.Declared, registry.SubsidyTable: c.Subsidies}
	for kind, path := range paths {
		if path == "" {
			continue
		}
		paths[kind] = under(filepath.Dir(f.County), path)
		m, err := confirmedBeside(paths[kind], kind)
		if unused := (unusedTable{}); errors.As(err, &unused) {
			fmt.Fprintf(s.Err, "tenancy   %s is not used: %s\n", path, unused.why)
			continue
		}
		if err != nil {
			return err
		}
		tables[kind] = m
	}
	if len(tables) == 0 {
		return nil
	}
	if read == nil {
		var err error
		if read, err = storedPackage(ctx, db, r.ID); err != nil {
			return err
		}
	}
	payments, plantings, err := readClaims(ctx, registry.NewRoll(read), tables, paths, s)
	if err != nil {
		return err
	}
	evidence, err := db.SaveTenancyEvidence(ctx, c, registry.TenancyEvidence(se, payments, plantings))
	if err != nil {
		return err
	}
	declared, err := db.SaveDeclarations(ctx, c, se.Name, registry.Declarations(se, plantings))
	if err != nil {
		return err
	}
	for kind, digest := range map[string]string{season.InputTenancy: evidence, season.InputDeclared: declared} {
		if digest != "" {
			inputs[kind] = digest
		}
	}
	return nil
}

// unusedTable says why a table can't be read yet.
type unusedTable struct{ why string }

func (u unusedTable) Error() string { return u.why }

func confirmedBeside(path string, kind registry.TableKind) (registry.MappingFile, error) {
	beside := registry.MappingBeside(path)
	m, err := registry.LoadMapping(beside)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return m, unusedTable{fmt.Sprintf("there is no %s: `parus registry mapping suggest --kind %s`, then confirm it --beside the table", filepath.Base(beside), kind)}
	case err != nil:
		return m, err
	case m.Kind != kind:
		return m, fmt.Errorf("%s is of %s: want %s", beside, m.Kind, kind)
	case !m.Confirmed():
		return m, unusedTable{filepath.Base(beside) + " is not confirmed: read it, correct it, then `parus registry mapping confirm`"}
	}
	return m, nil
}

// storedPackage is what a stored release tells without anybody's data.
func storedPackage(ctx context.Context, db *postgis.DB, release int64) (*registry.Package, error) {
	parcels, err := db.Parcels(ctx, release)
	if err != nil {
		return nil, err
	}
	p := &registry.Package{Parcels: parcels}
	seen := map[string]bool{}
	for i := range parcels {
		if h := parcels[i].HouseholdID; h != "" && !seen[h] {
			seen[h] = true
			p.Households = append(p.Households, fields.Household{ID: h, Village: parcels[i].Village})
		}
	}
	return p, nil
}

func readClaims(ctx context.Context, roll *registry.Roll, tables map[registry.TableKind]registry.MappingFile,
	paths map[registry.TableKind]string, s *streams,
) (payments []registry.Subsidy, plantings []registry.Planting, err error) {
	opt := registry.Options{Now: time.Now().UTC()}
	if opt.Crops, err = cropNames(); err != nil {
		return nil, nil, err
	}
	say := func(path string, r registry.RowCounts) {
		fmt.Fprintf(s.Err, "tenancy   %s: %d rows, %d of no use\n", filepath.Base(path), r.In, r.Quarantined)
	}
	if m, ok := tables[registry.SubsidyTable]; ok {
		t, err := registry.ReadSubsidies(ctx, paths[registry.SubsidyTable], m, roll, opt)
		if err != nil && !errors.Is(err, registry.ErrNothingUsable) {
			return nil, nil, fmt.Errorf("subsidies: %w", err)
		}
		payments = t.Rows
		say(paths[registry.SubsidyTable], t.Report.Rows)
	}
	if m, ok := tables[registry.PlantingTable]; ok {
		t, err := registry.ReadPlantings(ctx, paths[registry.PlantingTable], m, roll, opt)
		if err != nil && !errors.Is(err, registry.ErrNothingUsable) {
			return nil, nil, fmt.Errorf("declarations: %w", err)
		}
		plantings = t.Rows
		say(paths[registry.PlantingTable], t.Report.Rows)
	}
	return payments, plantings, nil
}
