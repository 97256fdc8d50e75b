package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"parus/fields"
	"parus/internal/postgis"
	"parus/internal/publication"
	"parus/internal/vault"
)

const correctable = "370199"

// strip is a parcel from west to east of a degree's thousandths.
func strip(id string, west, east float64) fields.Parcel {
	ring := orb.Ring{{west, 36}, {east, 36}, {east, 36.001}, {west, 36.001}, {west, 36}}
	return fields.Parcel{ID: id, HouseholdID: "H", Shape: orb.MultiPolygon{{ring}}}
}

func (v *verbs) imported(t *testing.T, digest string, keys *vault.County, parcels ...fields.Parcel) int64 {
	t.Helper()
	id, err := v.db.ImportRegistry(t.Context(), postgis.RegistryRelease{County: fields.County{Code: correctable, Name: "青禾县"}, Digest: digest, Source: "package",
		Households: []fields.Household{{ID: "H"}}, Parcels: parcels, Keys: keys, Act: vault.Act{Actor: "tester", At: time.Now()},
		People: []vault.Person{{HouseholdID: "H", Holder: true, NameMask: "王**", Secret: vault.Secret{Name: "王小明", IDKind: "1", IDNumber: "370199199001011237"}}}})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// accepted proposes another outline of a published parcel, and has it accepted.
func (v *verbs) accepted(t *testing.T, pub int64, parcel string, west, east float64) int64 {
	t.Helper()
	scope := publication.Scope{Counties: []string{correctable}, Scores: true}
	shape := publication.Outline{Type: "MultiPolygon", Coordinates: [][][][2]float64{{{{west, 36}, {east, 36}, {east, 36.001}, {west, 36.001}, {west, 36}}}}}
	id, err := v.db.Propose(t.Context(), scope, publication.Disputing{Publication: pub, ParcelID: parcel, Kind: publication.DisputeBoundary, Shape: &shape,
		Evidence: "现场丈量", Account: "li", Actor: "li (officer)", At: time.Now()})
	if err == nil {
		err = v.db.MoveDispute(t.Context(), scope, publication.DisputeMove{Dispute: id, Act: publication.AcceptDispute, Account: "wu", Actor: "wu (approver)", Reason: "照片与影像一致", At: time.Now()})
	}
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestAcceptedBoundariesAreCorrectedFromTheCommandLine(t *testing.T) {
	t.Parallel()
	v := newVerbs(t)
	file := filepath.Join(t.TempDir(), "keys.json")
	correct := func(more ...string) result {
		t.Helper()
		return v.do(t, "", append(args("registry correct --county "+correctable), more...)...)
	}
	withKeys := []string{"--keys", file}
	if r := correct(); r.code != exitFail || !strings.Contains(r.errors, "correct the registry of county 370199: no registry release is in force: import one with `parus registry import`\n") {
		t.Errorf("without a registry: %+v", r)
	}
	if r := v.do(t, "", "registry", "correct"); r.code != exitUsage || !strings.Contains(r.errors, "--county") {
		t.Errorf("without a county: %+v", r)
	}
	mustExit(t, exitOK, program(t, []string{"PARUS_HOME=" + v.home}, "keys", "new", "--county", correctable, "--keys", file))
	ring, err := vault.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := ring.County(correctable)
	if err != nil {
		t.Fatal(err)
	}
	first := v.imported(t, "1", keys, strip("a", 117, 117.001), strip("b", 117.001, 117.002))
	if r := correct(withKeys...); r.code != exitOK || r.out != "county 370199: nothing to correct\n" {
		t.Errorf("before anything is accepted: %+v", r)
	}
	if r := correct(); r.code != exitFail || !strings.Contains(r.errors, "release 1 holds personal data, which have to be sealed again: name the county's key file (PARUS_KEYS)\n") {
		t.Errorf("without keys: %+v", r)
	}
	var pub int64
	const published = `
		with run as (insert into season_run (county, season, registry, spec, digest) select county, 's', id, '{}', 'x' from registry_release where id = $1 returning *),
			pub as (insert into publication (county, season, registry, run, in_force) select county, season, registry, id, true from run returning *),
			parcels as (insert into published_parcel (publication, county, id, household_id, village, name, area_m2, crop, abstained, reason, classes, posterior, observations, yield_detail, geom)
				select pub.id, pub.county, p.id, 'H', '', '', st_area(p.geom::geography), 'maize', false, '', '{}', '{}', 1, '{}', st_transform(p.geom, 3857) from pub, parcel p where p.registry = $1)
		select id from pub`
	if err := v.conn.QueryRow(t.Context(), published, first).Scan(&pub); err != nil {
		t.Fatal(err)
	}
	v.accepted(t, pub, "a", 117, 117.0011)
	if r := correct(withKeys...); r.code != exitOK || r.out != "county 370199: release 2 has 1 corrected boundaries and is in force; `parus rescore` uses it\n" || r.errors != "" {
		t.Errorf("an accepted boundary: %+v", r)
	}
	const east = `select string_agg(p.id || ' ' || st_xmax(p.geom), ', ' order by p.id) from parcel p join registry_release r on r.id = p.registry where r.in_force`
	if got := v.text(t, east); got != "a 117.0011, b 117.002" {
		t.Errorf("the release in force holds %s", got)
	}
	if got := v.text(t, `select string_agg(id || ' ' || coalesce(previous::text, '-') || ' ' || in_force || ' ' || people, ', ' order by id) from registry_release`); got != "1 - false 1, 2 1 true 1" {
		t.Errorf("releases %s", got)
	}
	if got := v.text(t, `select st_xmax(st_transform(geom, 4326))::numeric(9, 4)::text from published_parcel where id = 'a'`); got != "117.0010" {
		t.Errorf("the publication shows %s", got)
	}
	if r := correct(withKeys...); r.code != exitOK || r.out != "county 370199: nothing to correct\n" {
		t.Errorf("once more: %+v", r)
	}

	// The county hands in another outline of b before the accepted one is applied.
	dispute := v.accepted(t, pub, "b", 117.001, 117.0021)
	v.imported(t, "3", keys, strip("a", 117, 117.0011), strip("b", 117.001, 117.0025))
	r := correct(withKeys...)
	if r.code != exitOK || r.out != "county 370199: nothing to correct\n" || dispute != 2 ||
		r.errors != "overtaken  parcel b has another outline than the one that dispute 2 was about: dispute it again\n" {
		t.Errorf("overtaken: %+v", r)
	}
	if got := v.text(t, east); got != "a 117.0011, b 117.0025" {
		t.Errorf("the release in force holds %s", got)
	}
}
