package postgis_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"parus/fields"
	"parus/internal/postgis"
	"parus/internal/postgistest"
	"parus/internal/publication"
	"parus/internal/vault"
)

// Nobody can have these numbers: the county code 370199 is not assigned, and
// mobile numbers 138 0000 xxxx are an exchange's own.
var (
	wang = vault.Secret{Name: "王小明", IDKind: "1", IDNumber: "370199199001011237", Phone: "13800000000", Address: "红旗村1号", Relation: "02"}
	li   = vault.Secret{Name: "李小红", IDKind: "1", IDNumber: "370199199202022225", Relation: "10"}
)

func ring(t *testing.T, counties ...string) *vault.Ring {
	t.Helper()
	var r vault.Ring
	for _, c := range counties {
		r.AddCounty(c, time.Now())
	}
	return &r
}

func keysOf(t *testing.T, r *vault.Ring, code string) *vault.County {
	t.Helper()
	c, err := r.County(code)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// household is one of Wang, who holds its land, and Li.
func household(digest string, keys *vault.County) postgis.RegistryRelease {
	return postgis.RegistryRelease{Digest: digest, Keys: keys, Households: []fields.Household{{ID: "Hp", DisplayName: "王**"}}, Parcels: []fields.Parcel{box("p", 117, 36, 117.001, 36.001)},
		People: []vault.Person{
			{HouseholdID: "Hp", Holder: true, NameMask: "王**", IDMask: "370199********1237", PhoneMask: "138****0000", Secret: wang},
			{HouseholdID: "Hp", Head: true, NameMask: "王**", IDMask: "370199********1237", Secret: wang},
			{HouseholdID: "Hp", NameMask: "李**", IDMask: "370199********2225", Secret: li},
		}}
}

var (
	everywhere = publication.Scope{Counties: []string{""}}
	visit      = vault.Act{Actor: "officer", Purpose: "visit before the loan", At: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
)

func TestPeopleAreFoundAndRevealedWithALineInTheAudit(t *testing.T) {
	t.Parallel()
	db, url := postgistest.Open(t)
	keys := keysOf(t, ring(t, "370199"), "370199")
	r := importing(t, db, household("1", keys))
	if r.People != 3 {
		t.Errorf("%d people", r.People)
	}
	for _, c := range []struct {
		text string
		want int
	}{{"370199 19900101 1237", 2}, {"138 0000 0000", 2}, {"李 小红", 1}, {"王小", 0}, {"37019919900101", 0}, {"", 0}} {
		found, err := db.FindPeople(t.Context(), everywhere, keys, r.ID, c.text, visit)
		if err != nil || len(found) != c.want {
			t.Errorf("%q finds %d, want %d; %v", c.text, len(found), c.want, err)
		}
		for _, m := range found {
			if !strings.HasSuffix(m.NameMask, "**") || m.Household != "Hp" {
				t.Errorf("%q finds %+v", c.text, m)
			}
		}
	}
	people, err := db.Reveal(t.Context(), everywhere, keys, r.ID, "Hp", visit)
	if err != nil || len(people) != 3 || people[0].Secret != wang || !people[0].Holder || people[2].Secret != li {
		t.Fatalf("%+v, %v", people, err)
	}
	entries, err := db.Audit(t.Context(), "370199")
	if err != nil || len(entries) != 8 { // the import, six searches, the reveal
		t.Fatalf("%+v, %v", entries, err)
	}
	last := entries[7]
	if last.Act != "reveal" || last.Actor != "officer" || last.Purpose != visit.Purpose || !last.At.Equal(visit.At) || !strings.Contains(last.Item, "household Hp") {
		t.Errorf("%+v", last)
	}
	if err := keys.Verify(entries, ""); err != nil {
		t.Error(err)
	}
	// Whoever changes the table past the trigger is found out.
	conn := connect(t, url)
	if _, err := conn.Exec(t.Context(), `update audit set purpose = 'x' where seq = 8`); err == nil {
		t.Error("the audit can be changed")
	}
	if _, err := conn.Exec(t.Context(), `truncate audit`); err == nil {
		t.Error("the audit can be emptied")
	}
	if _, err := conn.Exec(t.Context(), `alter table audit disable trigger all; update audit set purpose = 'x' where seq = 3`); err != nil {
		t.Fatal(err)
	}
	if entries, err = db.Audit(t.Context(), "370199"); err != nil || keys.Verify(entries, "") == nil {
		t.Errorf("a changed entry does not show; %v", err)
	}
}

func TestNothingIsRevealedWithoutItsLineInTheAudit(t *testing.T) {
	t.Parallel()
	db, url := postgistest.Open(t)
	keys := keysOf(t, ring(t, "370199"), "370199")
	r := importing(t, db, household("1", keys))
	conn := connect(t, url)
	const full = `
		create function full_disk() returns trigger language plpgsql as $$ begin raise exception 'no room'; end $$;
		create %s trigger full_disk after insert on audit %s for each row execute function full_disk()`
	for _, when := range [][2]string{{"", ""}, {"constraint", "deferrable initially deferred"}} { // at the insert, at the commit
		if _, err := conn.Exec(t.Context(), fmt.Sprintf(full, when[0], when[1])); err != nil {
			t.Fatal(err)
		}
		if p, err := db.Reveal(t.Context(), everywhere, keys, r.ID, "Hp", visit); err == nil || p != nil {
			t.Errorf("revealed %d people without an audit; %v", len(p), err)
		}
		if p, err := db.FindPeople(t.Context(), everywhere, keys, r.ID, wang.Name, visit); err == nil || p != nil {
			t.Errorf("found %d people without an audit; %v", len(p), err)
		}
		if _, err := conn.Exec(t.Context(), `drop function full_disk cascade`); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPeopleOfAnotherCountyDoNotExist(t *testing.T) {
	t.Parallel()
	db := open(t)
	keys := keysOf(t, ring(t, "370199"), "370199")
	r := importing(t, db, household("1", keys))
	stranger := publication.Scope{Counties: []string{"370198"}}
	if p, err := db.Reveal(t.Context(), stranger, keys, r.ID, "Hp", visit); len(p) != 0 || err == nil {
		t.Errorf("%d people, %v: want none, and no line in the audit of a county that the asker is not of", len(p), err)
	}
	if p, err := db.FindPeople(t.Context(), stranger, keys, r.ID, wang.Name, visit); len(p) != 0 || err == nil {
		t.Errorf("%d people, %v", len(p), err)
	}
}

// dump is every row of every table of the database as text.
func dump(t *testing.T, conn *pgx.Conn) string {
	t.Helper()
	rows, err := conn.Query(t.Context(), `select c.oid::regclass::text from pg_class c where c.relkind = 'r' and c.relnamespace::regnamespace::text in ('public', 'release') and relname <> 'spatial_ref_sys'`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, table := range tables {
		var text *string
		if err := conn.QueryRow(t.Context(), `select string_agg(x::text, E'\n') from `+table+` x`).Scan(&text); err != nil {
			t.Fatal(err)
		}
		if text != nil {
			fmt.Fprintln(&all, table, *text)
		}
	}
	return all.String()
}

// testimony fails where a text holds a personal datum, as it is or in hex.
func testimony(t *testing.T, where, text string) {
	t.Helper()
	for _, s := range []string{wang.Name, wang.IDNumber, wang.Phone, wang.Address, li.Name, li.IDNumber, "王小明", "19900101"} {
		if strings.Contains(text, s) || strings.Contains(text, fmt.Sprintf("%x", s)) {
			t.Errorf("%s holds a personal datum", where)
		}
	}
}

func TestTheDatabaseHoldsNoPersonalDatumInTheClear(t *testing.T) {
	t.Parallel()
	db, url := postgistest.Open(t)
	keys := keysOf(t, ring(t, "370199"), "370199")
	r := importing(t, db, household("1", keys))
	if _, err := db.FindPeople(t.Context(), everywhere, keys, r.ID, wang.IDNumber, visit); err != nil {
		t.Fatal(err)
	}
	conn := connect(t, url)
	publish(t, conn, r.ID)
	all := dump(t, conn)
	if !strings.Contains(all, "370199********1237") {
		t.Fatal("the dump lacks the people")
	}
	testimony(t, "the database", all)
	// A release whose people are wrong fails without a word on them.
	bad := household("2", keys)
	bad.People = append(bad.People, vault.Person{HouseholdID: "H\x00", NameMask: "\xff", Secret: wang})
	_, err := db.ImportRegistry(t.Context(), bad)
	if err == nil {
		t.Fatal("imported")
	}
	testimony(t, "the error", err.Error())
}

func TestAnErasedPersonCannotBeReadByAnybodyInAnyRelease(t *testing.T) {
	t.Parallel()
	db, url := postgistest.Open(t)
	keys := keysOf(t, ring(t, "370199"), "370199")
	one := importing(t, db, household("1", keys))
	two := importing(t, db, household("2", keys))
	conn := connect(t, url)
	pub := publish(t, conn, one.ID)
	if _, err := conn.Exec(t.Context(), `update published_household set id = 'Hp'`); err != nil {
		t.Fatal(err)
	}
	found, err := db.FindPeople(t.Context(), everywhere, keys, one.ID, wang.IDNumber, visit)
	if err != nil || len(found) != 2 {
		t.Fatal(found, err)
	}
	subject := found[0].Subject
	if err := db.ErasePerson(t.Context(), keys, subject, visit); err != nil {
		t.Fatal(err)
	}
	if err := db.ErasePerson(t.Context(), keys, subject, visit); err == nil {
		t.Error("erased twice")
	}
	three := importing(t, db, household("3", keys)) // brings the person again
	for _, release := range []int64{one.ID, two.ID, three.ID} {
		for _, text := range []string{wang.IDNumber, wang.Phone, wang.Name} {
			if f, err := db.FindPeople(t.Context(), everywhere, keys, release, text, visit); err != nil || len(f) != 0 {
				t.Errorf("release %d: found %+v, %v", release, f, err)
			}
		}
		people, err := db.Reveal(t.Context(), everywhere, keys, release, "Hp", visit)
		if err != nil || len(people) != 1 || people[0].Secret != li {
			t.Errorf("release %d: revealed %+v, %v; want Li alone", release, people, err)
		}
	}
	unreadable(t, conn, keys, subject)
	all := dump(t, conn)
	testimony(t, "the database", all)
	if strings.Contains(all, "370199********1237") || strings.Contains(all, "138****0000") || strings.Contains(all, "王**") {
		t.Error("masked forms of the person are left")
	}
	card, err := db.HouseholdCard(t.Context(), everywhere, pub, "Hp")
	if err != nil || card.DisplayName != "" {
		t.Errorf("the published household is called %q, %v", card.DisplayName, err)
	}
	entries, err := db.Audit(t.Context(), "370199")
	if err != nil || keys.Verify(entries, "") != nil {
		t.Error(err)
	}
	tomb := ""
	for _, e := range entries {
		if e.Act == "erase person" {
			tomb += e.Item
		}
	}
	if tomb != fmt.Sprintf("%x", subject) {
		t.Errorf("the audit has %q as its tombstone", tomb)
	}
}

// unreadable tries every key that exists, the county's and all wrapped ones, on
// what is left of a person.
func unreadable(t *testing.T, conn *pgx.Conn, keys *vault.County, subject []byte) {
	t.Helper()
	rows, err := conn.Query(t.Context(), `select registry, household_id, position, subject, sealed from person where sealed is not null`)
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		vault.Place
		sealed []byte
	}
	people, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (row, error) {
		p := row{Place: vault.Place{County: "370199"}}
		err := r.Scan(&p.Release, &p.Household, &p.Position, &p.Subject, &p.sealed)
		return p, err
	})
	if err != nil {
		t.Fatal(err)
	}
	rows, err = conn.Query(t.Context(), `select subject, key_id, wrapped from person_key`)
	if err != nil {
		t.Fatal(err)
	}
	var wrapped []vault.WrappedKey
	var owners [][]byte
	var owner []byte
	var w vault.WrappedKey
	if _, err := pgx.ForEachRow(rows, []any{&owner, &w.KeyID, &w.Data}, func() error {
		if bytes.Equal(owner, subject) && w.Data != nil {
			t.Error("the person's key is still there")
		}
		owners, wrapped = append(owners, bytes.Clone(owner)), append(wrapped, vault.WrappedKey{KeyID: w.KeyID, Data: bytes.Clone(w.Data)})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	opened, tried := 0, 0
	for i := range wrapped {
		key, err := keys.Key(owners[i], wrapped[i])
		if err != nil {
			continue
		}
		for _, p := range people {
			if _, err := key.Open(p.Place, p.sealed); err == nil {
				opened++
				if bytes.Equal(p.Subject, subject) {
					t.Errorf("release %d: what is left of the person opens", p.Release)
				}
			} else if bytes.Equal(p.Subject, subject) {
				tried++
				if !errors.Is(err, vault.ErrOpen) {
					t.Error(err)
				}
			}
		}
	}
	if opened != 3 || tried != 4 { // Li in three releases; Wang's four rows of two
		t.Errorf("%d rows opened and %d did not: want 3 and 4", opened, tried)
	}
}

func TestKeysAreRotatedUnderThePeople(t *testing.T) {
	t.Parallel()
	db, url := postgistest.Open(t)
	r := ring(t, "370199")
	one := importing(t, db, household("1", keysOf(t, r, "370199")))
	if _, err := r.Rotate("370199", time.Now()); err != nil {
		t.Fatal(err)
	}
	keys := keysOf(t, r, "370199")
	if n, err := db.RewrapKeys(t.Context(), keys, visit); err != nil || n != 2 {
		t.Errorf("%d keys moved, want Wang's and Li's; %v", n, err)
	}
	if n, err := db.RewrapKeys(t.Context(), keys, visit); err != nil || n != 0 {
		t.Errorf("%d keys moved again, %v", n, err)
	}
	if _, err := r.Retire("370199"); err != nil {
		t.Fatal(err)
	}
	if p, err := db.Reveal(t.Context(), everywhere, keysOf(t, r, "370199"), one.ID, "Hp", visit); err != nil || len(p) != 3 {
		t.Errorf("%d people, %v", len(p), err)
	}
	var ids []string
	if err := connect(t, url).QueryRow(t.Context(), `select array_agg(distinct key_id) from person_key`).Scan(&ids); err != nil || len(ids) != 1 || ids[0] != keys.Active() {
		t.Errorf("keys %v, %v; want %s", ids, err, keys.Active())
	}
}

func TestPeopleAreAddedToAReleaseThatCameWithoutKeys(t *testing.T) {
	t.Parallel()
	db, url := postgistest.Open(t)
	keys := keysOf(t, ring(t, "370199"), "370199")
	one := importing(t, db, household("1", nil))
	if one.People != -1 {
		t.Errorf("%d people without keys", one.People)
	}
	testimony(t, "the database", dump(t, connect(t, url)))
	again := importing(t, db, household("1", keys))
	if again.ID != one.ID || again.People != 3 {
		t.Errorf("%+v", again)
	}
	if p, err := db.Reveal(t.Context(), everywhere, keys, one.ID, "Hp", visit); err != nil || len(p) != 3 {
		t.Errorf("%d people, %v", len(p), err)
	}
	third := importing(t, db, household("1", keys))
	if third.ID != one.ID || third.People != 3 {
		t.Errorf("%+v", third)
	}
}

// A pool of many at once keeps one chain.
func TestTheChainHoldsWhenManyAskAtOnce(t *testing.T) {
	t.Parallel()
	db := open(t)
	keys := keysOf(t, ring(t, "370199"), "370199")
	r := importing(t, db, household("1", keys))
	failed := make(chan error, 8)
	for range 8 {
		go func() {
			var err error
			for range 10 {
				if _, e := db.Reveal(context.Background(), everywhere, keys, r.ID, "Hp", visit); e != nil {
					err = e
				}
			}
			failed <- err
		}()
	}
	for range 8 {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	entries, err := db.Audit(t.Context(), "370199")
	if err != nil || len(entries) != 81 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	if err := keys.Verify(entries, fmt.Sprintf("%x", entries[40].Hash)); err != nil {
		t.Error(err)
	}
}
