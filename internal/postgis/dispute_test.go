package postgis_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"parus/fields"
	"parus/internal/postgis"
	"parus/internal/postgistest"
	"parus/internal/publication"
	"parus/internal/vault"
)

// disputedShape is a box as an outline; twist crosses two of its sides.
func disputedShape(west, south, east, north float64, twist bool) *publication.Outline {
	ring := [][2]float64{{west, south}, {east, south}, {east, north}, {west, north}, {west, south}}
	if twist {
		ring[1], ring[2] = ring[2], ring[1]
	}
	return &publication.Outline{Type: "MultiPolygon", Coordinates: [][][][2]float64{{ring}}}
}

// disputed is a county of three parcels side by side, published once.
type disputed struct {
	db   *postgis.DB
	url  string
	pub  int64
	keys *vault.County
}

func newDisputed(t *testing.T) *disputed {
	t.Helper()
	db, url := postgistest.Open(t)
	d := &disputed{db: db, url: url, keys: keysOf(t, ring(t, countyA.Code), countyA.Code)}
	r := importing(t, db, postgis.RegistryRelease{Digest: "1", Keys: d.keys, Households: []fields.Household{{ID: "H"}},
		People:  []vault.Person{{HouseholdID: "H", Holder: true, NameMask: "王**", Secret: wang}},
		Parcels: []fields.Parcel{box("a", 117, 36, 117.001, 36.001), box("b", 117.001, 36, 117.002, 36.001), box("c", 117.01, 36, 117.011, 36.001)}})
	conn := connect(t, url)
	const sql = `
		with run as (insert into season_run (county, season, registry, spec, digest) select county, 's', id, '{}', 'x' from registry_release where id = $1 returning *),
			pub as (insert into publication (county, season, registry, run, in_force) select county, season, registry, id, true from run returning *),
			parcels as (insert into published_parcel (publication, county, id, household_id, village, name, area_m2, crop, abstained, reason, classes, posterior, observations, yield_detail, geom)
				select pub.id, pub.county, p.id, 'H', '', '', st_area(p.geom::geography), 'maize', false, '', '{}', '{}', 1, '{}', st_transform(p.geom, 3857) from pub, parcel p where p.registry = $1)
		select id from pub`
	if err := conn.QueryRow(t.Context(), sql, r.ID).Scan(&d.pub); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *disputed) proposing(parcel string, shape *publication.Outline) publication.Disputing {
	return publication.Disputing{Publication: d.pub, ParcelID: parcel, Kind: publication.DisputeBoundary, Shape: shape, Evidence: "现场丈量",
		Account: "li", Actor: "li (officer)", At: time.Date(2025, 9, 1, 4, 0, 0, 0, time.UTC)}
}

func (d *disputed) move(t *testing.T, id int64, act publication.DisputeAct, account string) error {
	t.Helper()
	return d.db.MoveDispute(t.Context(), officers, publication.DisputeMove{Dispute: id, Act: act, Account: account, Actor: account + " (approver)", Reason: "照片与影像一致",
		At: time.Date(2025, 9, 2, 4, 0, 0, 0, time.UTC)})
}

// accepted proposes an outline and has it accepted.
func (d *disputed) accepted(t *testing.T, p publication.Disputing) int64 {
	t.Helper()
	id, err := d.db.Propose(t.Context(), officers, p)
	if err == nil {
		err = d.move(t, id, publication.AcceptDispute, "wu")
	}
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (d *disputed) correct(t *testing.T) (release int64, list []postgis.Correction, err error) {
	t.Helper()
	r, list, err := d.db.ApplyCorrections(t.Context(), countyA.Code, d.keys, vault.Act{Actor: "tester", At: time.Date(2025, 9, 3, 4, 0, 0, 0, time.UTC)})
	return r.ID, list, err
}

func TestAnAcceptedBoundaryIsInTheNextReleaseAndNotInWhatWasPublished(t *testing.T) {
	t.Parallel()
	d := newDisputed(t)
	before, err := d.db.Outline(t.Context(), officers, d.pub, "a")
	if err != nil {
		t.Fatal(err)
	}
	id := d.accepted(t, d.proposing("a", disputedShape(117, 36, 117.0011, 36.001, false)))
	if list, err := d.db.Corrections(t.Context(), countyA.Code); err != nil || len(list) != 1 || list[0] != (postgis.Correction{Dispute: id, ParcelID: "a"}) {
		t.Errorf("waiting: %+v, %v", list, err)
	}
	release, list, err := d.correct(t)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	r, err := d.db.ReleaseInForce(t.Context(), countyA.Code)
	if err != nil || r.ID != release || r.Previous == 0 || r.Parcels != 3 || r.People != 1 {
		t.Errorf("in force: %+v, %v", r, err)
	}
	if c := r.Difference.Parcels; c.Changed != 1 || c.Added+c.Removed != 0 || len(c.FirstChanged) != 1 || c.FirstChanged[0] != "a" || r.Difference.Households.Changed != 0 {
		t.Errorf("difference: %+v", r.Difference)
	}
	now, err := d.db.Parcels(t.Context(), release)
	if err != nil || now[0].Shape[0][0][1][0] != 117.0011 || now[1].Shape[0][0][1][0] != 117.002 {
		t.Errorf("parcels of the release: %+v, %v", now, err)
	}
	// 0.0011° instead of 0.001° of longitude: a tenth more.
	if c, err := d.db.Dispute(t.Context(), officers, id); err != nil || math.Abs(now[0].AreaM2/before.AreaM2-1.1) > 1e-4 || now[0].AreaM2 != *c.ProposedM2 {
		t.Errorf("area %f, before %f, %+v, %v", now[0].AreaM2, before.AreaM2, c, err)
	}
	old, err := d.db.Parcels(t.Context(), r.Previous)
	if err != nil || old[0].Shape[0][0][1][0] != 117.001 {
		t.Errorf("parcels of the release before: %+v, %v", old, err)
	}
	after, err := d.db.Outline(t.Context(), officers, d.pub, "a")
	if err != nil || after.AreaM2 != before.AreaM2 || len(after.Shape.Coordinates[0][0]) != 5 || after.Shape.Coordinates[0][0][1] != before.Shape.Coordinates[0][0][1] {
		t.Errorf("the publication shows %+v, showed %+v, %v", after, before, err)
	}
	revealed, err := d.db.Reveal(t.Context(), officers, d.keys, release, "H", vault.Act{Actor: "li", At: time.Now(), Purpose: "test"})
	if err != nil || len(revealed) != 1 || revealed[0].Secret.Name != "王小明" {
		t.Errorf("people of the release: %+v, %v", revealed, err)
	}
	if _, _, err := d.correct(t); !errors.Is(err, postgis.ErrNothingToCorrect) {
		t.Errorf("again: %v", err)
	}
}

func TestTheSameCorrectionsOfTheSameReleaseAreTheSameRelease(t *testing.T) {
	t.Parallel()
	d := newDisputed(t)
	d.accepted(t, d.proposing("a", disputedShape(117, 36, 117.0011, 36.001, false)))
	if _, _, err := d.db.ApplyCorrections(t.Context(), countyA.Code, nil, vault.Act{Actor: "tester", At: time.Now()}); err == nil {
		t.Error("people who can't be sealed again are left behind without a word")
	}
	first, _, err := d.correct(t)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.db.ActivateRelease(t.Context(), first-1, d.keys, vault.Act{Actor: "tester", At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if again, _, err := d.correct(t); err != nil || again != first {
		t.Errorf("release %d, want %d again: %v", again, first, err)
	}
	// A hand-over that has moved the parcel overtakes the correction.
	importing(t, d.db, postgis.RegistryRelease{Digest: "2", Keys: d.keys, Parcels: []fields.Parcel{box("a", 117, 36, 117.0005, 36.001)}})
	if _, list, err := d.correct(t); !errors.Is(err, postgis.ErrNothingToCorrect) || len(list) != 1 || !list[0].Overtaken {
		t.Errorf("after another hand-over: %+v, %v", list, err)
	}
}

func TestAnAcceptedCropIsDeclaredFromThenOn(t *testing.T) {
	t.Parallel()
	d := newDisputed(t)
	p := d.proposing("a", nil)
	p.Kind, p.Crop = publication.DisputeCrop, "cotton"
	base, err := d.db.SaveDeclarations(t.Context(), countyA, "s", []fields.Declaration{{ParcelID: "a", Crop: "maize"}, {ParcelID: "b", Crop: "maize"}})
	if err != nil {
		t.Fatal(err)
	}
	if same, err := d.db.CorrectDeclarations(t.Context(), countyA, "s", base); err != nil || same != base {
		t.Errorf("nothing accepted: %q, want %q; %v", same, base, err)
	}
	d.accepted(t, p)
	corrected, err := d.db.CorrectDeclarations(t.Context(), countyA, "s", base)
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.db.Declarations(t.Context(), countyA.Code, corrected)
	if err != nil || len(got) != 2 || got[0] != (fields.Declaration{ParcelID: "a", HouseholdID: "H", Crop: "cotton"}) || got[1].Crop != "maize" {
		t.Errorf("%+v, %v", got, err)
	}
	if again, err := d.db.CorrectDeclarations(t.Context(), countyA, "s", corrected); err != nil || again != corrected {
		t.Errorf("corrected again: %q, want %q; %v", again, corrected, err)
	}
	if other, err := d.db.CorrectDeclarations(t.Context(), countyA, "another season", base); err != nil || other != base {
		t.Errorf("another season: %q, %v", other, err)
	}
}

func TestAnOutlineThatCanNotBeIsRefused(t *testing.T) {
	t.Parallel()
	d := newDisputed(t)
	open := disputedShape(117, 36, 117.0011, 36.001, false)
	open.Coordinates[0][0] = open.Coordinates[0][0][:4]
	for _, c := range []struct {
		name  string
		shape *publication.Outline
		want  error
	}{
		{"no polygon", &publication.Outline{Type: "MultiPolygon"}, publication.ShapeInvalid},
		{"a polygon without a ring", &publication.Outline{Type: "MultiPolygon", Coordinates: [][][][2]float64{{}}}, publication.ShapeInvalid},
		{"a ring that is open", open, publication.ShapeInvalid},
		{"sides that cross", disputedShape(117, 36, 117.001, 36.001, true), publication.ShapeInvalid},
		{"beyond the earth", disputedShape(117, 36, 181, 36.001, false), publication.ShapeInvalid},
		{"a kilometre away", disputedShape(117.02, 36, 117.021, 36.001, false), publication.ShapeFar},
		{"200 hectares", disputedShape(117, 36, 117.016, 36.0125, false), publication.ShapeSize},
		{"a square metre", disputedShape(117, 36, 117.00001, 36.00001, false), publication.ShapeSize},
		{"the published outline", disputedShape(117, 36, 117.001, 36.001, false), publication.ShapeSame},
		{"a parcel that is not there", disputedShape(117, 36, 117.0011, 36.001, false), publication.ErrNotFound},
	} {
		parcel := "a"
		if errors.Is(c.want, publication.ErrNotFound) {
			parcel = "none"
		}
		if _, err := d.db.Propose(t.Context(), officers, d.proposing(parcel, c.shape)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	stranger := publication.Scope{Counties: []string{"370198"}, Scores: true}
	if _, err := d.db.Propose(t.Context(), stranger, d.proposing("a", disputedShape(117, 36, 117.0011, 36.001, false))); !errors.Is(err, publication.ErrNotFound) {
		t.Errorf("another county's officer: %v", err)
	}
}

func TestADisputeIsDecidedOnceByAnotherAndKeptAsItWas(t *testing.T) {
	t.Parallel()
	d := newDisputed(t)
	id, err := d.db.Propose(t.Context(), officers, d.proposing("a", disputedShape(117, 36, 117.0011, 36.001, false)))
	if err != nil {
		t.Fatal(err)
	}
	card, err := d.db.Dispute(t.Context(), officers, id)
	if err != nil || len(card.Overlaps) != 1 || card.Overlaps[0].ParcelID != "b" {
		t.Fatalf("%+v, %v", card, err)
	}
	// 0.0001° by 0.001° at 36° north: 9.0 m by 111 m.
	if a := card.Overlaps[0].AreaM2; a < 990 || a > 1010 {
		t.Errorf("it overlaps b by %f m²", a)
	}
	if _, err := d.db.Propose(t.Context(), officers, d.proposing("a", disputedShape(117, 36, 117.0012, 36.001, false))); !errors.Is(err, publication.ErrDisputeOpen) {
		t.Errorf("a second one: %v", err)
	}
	for _, c := range []struct {
		act     publication.DisputeAct
		account string
		want    error
	}{
		{publication.AcceptDispute, "li", publication.ErrDisputeAuthor},
		{publication.RejectDispute, "li", publication.ErrDisputeAuthor},
		{publication.WithdrawDispute, "wu", publication.ErrDisputeAuthor},
		{publication.RejectDispute, "wu", nil},
		{publication.AcceptDispute, "wu", publication.ErrDisputeState},
		{publication.WithdrawDispute, "li", publication.ErrDisputeState},
	} {
		if err := d.move(t, id, c.act, c.account); !errors.Is(err, c.want) {
			t.Errorf("%s by %s: %v, want %v", c.act, c.account, err, c.want)
		}
	}
	if _, _, err := d.correct(t); !errors.Is(err, postgis.ErrNothingToCorrect) {
		t.Errorf("a rejected outline: %v", err)
	}
	conn := connect(t, d.url)
	for what, sql := range map[string]string{
		"a change of the history":     `update dispute_event set reason = 'other'`,
		"an entry taken out":          `delete from dispute_event`,
		"a dispute taken out":         `delete from dispute`,
		"another evidence":            `update dispute set evidence = 'other'`,
		"a decision taken back":       `update dispute set state = 'open', reviewer = ''`,
		"a decision without a reason": `insert into dispute_event select dispute, county, 3, at, actor, 'accept', 'accepted', '' from dispute_event where seq = 1`,
	} {
		if _, err := conn.Exec(t.Context(), sql); err == nil {
			t.Errorf("%s is let through", what)
		}
	}
}
