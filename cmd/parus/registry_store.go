package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"parus/fields"
	"parus/fields/registry"
	"parus/internal/postgis"
	"parus/internal/season"
	"parus/internal/vault"
)

// registryImportCmd stores a package as the county's newest release.
type registryImportCmd struct {
	platform
	registrySource
	keyFile
	Package   string `arg:"" type:"path" help:"Folder, zip, or vector file."`
	County    string `required:"" placeholder:"CODE" help:"Code of the county."`
	Name      string `name:"county-name" placeholder:"NAME" help:"The county's name, shown to people; default: its code."`
	Finance   string `name:"households" type:"existingfile" placeholder:"CSV" help:"Table of subsidies, incomes and debts by household_id."`
	ValidFrom string `placeholder:"DATE" help:"From when on the county says that this holds, YYYY-MM-DD; default: now."`
}

// Run imports the package and puts it in force; the same package again is the
// release that is there.
func (c *registryImportCmd) Run(ctx context.Context, s *streams) (err error) {
	now := time.Now().UTC()
	in := importJob{registrySource: c.registrySource, keyFile: c.keyFile, path: c.Package, finance: c.Finance, asOf: now, now: now}
	if c.ValidFrom != "" {
		if in.validFrom, err = time.Parse(time.DateOnly, c.ValidFrom); err != nil {
			return usageError{fmt.Errorf("--valid-from %q: want YYYY-MM-DD", c.ValidFrom)}
		}
	}
	b, err := c.openDatabase(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	county := fields.County{Code: c.County, Name: c.Name, Currency: "CNY"}
	if county.Name == "" {
		county.Name = c.County
	}
	r, quarantined, err := in.run(ctx, b.db, county, s)
	if err != nil {
		return err
	}
	for _, q := range quarantined {
		fmt.Fprintf(s.Err, "kept out  %s: %s\n", q.Item, q.Reason)
	}
	return printRelease(s, r)
}

// printRelease says what an import has come to.
func printRelease(s *streams, r importedRelease) error {
	switch {
	case r.known && r.InForce:
		fmt.Fprintf(s.Err, "registry  release %d holds this content already and is in force\n", r.ID)
	case r.known:
		fmt.Fprintf(s.Err, "registry  release %d holds this content already; another one is in force: `parus registry activate --county %s %d` puts it back\n",
			r.ID, r.County, r.ID)
	case r.Previous != 0:
		fmt.Fprintf(s.Err, "registry  parcels: %s; households: %s since release %d\n",
			changesInWords(r.Difference.Parcels), changesInWords(r.Difference.Households), r.Previous)
	}
	_, err := fmt.Fprintf(s.Out, "county %s: release %d, content %.12s\n", r.County, r.ID, r.Digest)
	return err
}

func changesInWords(c season.Changes) string {
	return fmt.Sprintf("%d added, %d removed, %d changed", c.Added, c.Removed, c.Changed)
}

// importJob reads a package and stores it as a release.
type importJob struct {
	registrySource
	keyFile
	path      string    // of the package
	finance   string    // of the household table, "" for none
	asOf      time.Time // contracts that end before it have expired
	validFrom time.Time // zero: now
	now       time.Time
}

// importedRelease is a registry that the database holds.
type importedRelease struct {
	season.Release
	known bool              // it was there before
	read  *registry.Package // what it was read from
}

// readingRules is raised where the same package could be stored differently:
// 2 keeps who holds a contract and the days of transfers.
const readingRules = "2"

// run imports; rows that are quarantined come back as outcomes.
func (j importJob) run(ctx context.Context, db *postgis.DB, county fields.County, s *streams) (importedRelease, []season.Outcome, error) {
	none := importedRelease{}
	code := county.Code
	if !chineseCounty(code) {
		code = ""
	}
	opt := j.options(code, j.asOf)
	began := time.Now()
	p, err := j.open(ctx, db, county.Code, &opt, s)
	if err != nil && p != nil {
		return none, quarantineOf(p.Report), registryError(err, p)
	}
	if err != nil {
		return none, nil, err
	}
	finance, financeDigest, err := readFinance(j.finance)
	if err != nil {
		return none, nil, err
	}
	n := p.Report.Rows
	fmt.Fprintf(s.Err, "registry  %d rows: %d accepted, %d corrected, %d quarantined\n", n.In, n.Accepted, n.Corrected, n.Quarantined)
	release, err := releaseOf(p)
	if err != nil {
		return none, nil, err
	}
	release.County, release.Source, release.Finance, release.ValidFrom = county, filepath.Base(j.path), finance, j.validFrom
	if release.Mapping, err = keptMapping(p.Mapping); err != nil {
		return none, nil, err
	}
	release.Digest = digestOf(readingRules, p.Digest, fmt.Sprintf("%+v", opt.Columns), opt.CRS, opt.Layer, financeDigest)
	release.Act = vault.Act{Actor: whoami(), At: j.now}
	if release.Keys, err = j.keysFor(county.Code, len(p.People), s); err != nil {
		return none, nil, err
	}
	read := time.Since(began)
	before, err := db.ReleaseByDigest(ctx, county.Code, release.Digest)
	if err != nil && !errors.Is(err, postgis.ErrNoRelease) {
		return none, nil, err
	}
	id, err := db.ImportRegistry(ctx, release)
	if err != nil {
		return none, nil, err
	}
	fmt.Fprintf(s.Err, "registry  read and checked in %.1f s, stored in %.1f s\n", read.Seconds(), (time.Since(began) - read).Seconds())
	stored, err := db.Release(ctx, id)
	return importedRelease{stored, before.ID == id, p}, quarantineOf(p.Report), err
}

// open reads the package by the mapping named, the one beside it, or the one that
// the county's last hand-over was read by where it fits; one that nobody stands
// behind is refused.
func (j importJob) open(ctx context.Context, db *postgis.DB, county string, opt *registry.Options, s *streams) (*registry.Package, error) {
	if m := opt.Mapping; m != nil && !m.Confirmed() {
		return nil, errors.New("the mapping is not confirmed: nobody stands behind it. Read it, correct it, then `parus registry mapping confirm FILE --by NAME`; `registry check` takes it as it is")
	}
	if opt.Mapping != nil || besideIsThere(j.path) {
		return registry.Open(ctx, j.path, *opt)
	}
	kept, found, err := db.LastMapping(ctx, county, string(registry.ParcelTable))
	if err != nil || !found {
		return registry.Open(ctx, j.path, *opt) // a database that fails does so again when storing
	}
	m, err := registry.ReadMapping(strings.NewReader(kept.YAML))
	if err != nil {
		return nil, fmt.Errorf("mapping kept for county %s: %w", county, err)
	}
	with := *opt
	with.Mapping = &m
	p, err := registry.Open(ctx, j.path, with)
	if errors.Is(err, registry.ErrMapping) {
		fmt.Fprintf(s.Err, "registry  the mapping of the last hand-over (%.12s) does not fit and is not used: %v\n", kept.Digest, err)
		return registry.Open(ctx, j.path, *opt)
	}
	if err != nil {
		return p, err
	}
	fmt.Fprintf(s.Err, "registry  read by the mapping of the last hand-over, %.12s, confirmed by %s\n", kept.Digest, kept.ConfirmedBy)
	return p, nil
}

func besideIsThere(path string) bool {
	_, err := os.Stat(registry.MappingBeside(path))
	return err == nil
}

// keptMapping is a mapping as the database keeps it.
func keptMapping(m *registry.MappingFile) (*season.Mapping, error) {
	if m == nil {
		return nil, nil
	}
	var text strings.Builder
	if err := m.WriteYAML(&text, nil); err != nil {
		return nil, err
	}
	return &season.Mapping{Kind: string(m.Kind), Digest: m.Digest(), YAML: text.String(), ConfirmedBy: m.ConfirmedBy}, nil
}

// keysFor are the county's keys, nil where no key file is named or it has none
// and there is nobody to be sealed.
func (j importJob) keysFor(county string, people int, s *streams) (*vault.County, error) {
	keys, err := j.county(county)
	switch {
	case people == 0 && errors.Is(err, vault.ErrNoKeys):
		return nil, nil
	case err == nil && keys == nil && people > 0:
		fmt.Fprintf(s.Err, "registry  the personal data of %d people are not kept: there is no key file (PARUS_KEYS; `parus keys new` makes one)\n", people)
	}
	return keys, err
}

// releaseOf turns what was read into what is stored.
func releaseOf(p *registry.Package) (postgis.RegistryRelease, error) {
	full, err := json.Marshal(p.Report)
	if err != nil {
		return postgis.RegistryRelease{}, err
	}
	bare := p.Report
	bare.Defects = []registry.Defect{}
	report, err := json.Marshal(bare)
	if err != nil {
		return postgis.RegistryRelease{}, err
	}
	r := postgis.RegistryRelease{Report: report, FullReport: full, Parcels: p.Parcels, Households: p.Households, Originals: originalsOf(p.Report),
		Villages: make([]season.Village, len(p.Villages)), Contracts: make([]season.Contract, len(p.Contracts)),
		Holdings: make([]season.LandHolding, len(p.Holdings)), People: make([]vault.Person, len(p.People))}
	for i, v := range p.Villages {
		r.Villages[i] = season.Village(v)
	}
	for i, c := range p.Contracts {
		r.Contracts[i] = season.Contract(c)
	}
	for i, h := range p.Holdings {
		r.Holdings[i] = season.LandHolding(h)
	}
	for i := range p.People {
		r.People[i] = personOf(&p.People[i])
	}
	return r, nil
}

func personOf(p *registry.Person) vault.Person {
	return vault.Person{HouseholdID: p.HouseholdID, Holder: p.Holder, Head: p.Head,
		NameMask: registry.MaskName(p.Name), IDMask: registry.MaskID(p.IDNumber), PhoneMask: registry.MaskPhone(p.Phone),
		Secret: vault.Secret{Name: p.Name, IDKind: p.IDKind, IDNumber: p.IDNumber, Phone: p.Phone, Address: p.Address, Relation: p.Relation}}
}

// originalsOf lists what repairs replaced in rows of parcels and households.
func originalsOf(r registry.Report) season.Originals {
	out := season.Originals{}
	for _, d := range r.Defects {
		if d.Severity != registry.SeverityRepaired || d.Original == "" || d.Key == "" {
			continue
		}
		if out[d.Key] == nil {
			out[d.Key] = map[string]string{}
		}
		out[d.Key][d.Code] = d.Original
	}
	return out
}
