package postgis_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"parus/internal/postgis"
	"parus/internal/publication"

	"github.com/jackc/pgx/v5"
)

func TestWhatIsInForceIsFoundByCountyAndSeason(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.publish(t)
	conn := connectTo(t, n.url)
	const more = `insert into publication (county, season, registry, run, in_force) select county, s.name, registry, run, s.name <> 'old' from publication, (values ('2025-late-rice'), ('old')) s (name)`
	if _, err := conn.Exec(t.Context(), more); err != nil {
		t.Fatal(err)
	}
	stranger := publication.Scope{Counties: []string{"999"}}
	for _, c := range []struct {
		name, of string
		by       publication.Scope
		season   string
	}{
		{"a county and a season", countyA.Code + "-w", officers, "w"},
		{"a season with hyphens", countyA.Code + "-2025-late-rice", officers, "2025-late-rice"},
		{"by somebody of another county", countyA.Code + "-w", stranger, ""},
		{"a season that is not in force", countyA.Code + "-old", officers, ""},
		{"a county alone", countyA.Code, officers, ""},
		{"a county without a season", countyA.Code + "-", officers, ""},
		{"nothing", "", officers, ""},
	} {
		p, err := n.db.SeasonInForce(t.Context(), c.by, c.of)
		if c.season == "" && !errors.Is(err, publication.ErrNotFound) || c.season != "" && (err != nil || p.Season != c.season || p.County != countyA.Code) {
			t.Errorf("%s: %+v, %v", c.name, p, err)
		}
	}
}

func TestFeaturesAreOfTheScope(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.publish(t)
	stranger := publication.Scope{Counties: []string{"999"}}
	page, err := n.db.ParcelFeatures(t.Context(), officers, n.id, publication.FeatureQuery{Limit: 1})
	if err != nil || len(page.Items) != 1 || page.Items[0].ID != "a" || !page.More || page.Matched == nil || *page.Matched != 2 {
		t.Errorf("the first page is %+v, %v; want a of two", page, err)
	}
	page, err = n.db.ParcelFeatures(t.Context(), officers, n.id, publication.FeatureQuery{Limit: 1, After: "a"})
	if err != nil || len(page.Items) != 1 || page.Items[0].ID != "b" || page.More {
		t.Errorf("the second page is %+v, %v; want b", page, err)
	}
	if page, err = n.db.ParcelFeatures(t.Context(), stranger, n.id, publication.FeatureQuery{Limit: 1}); !errors.Is(err, publication.ErrNotFound) {
		t.Errorf("somebody of another county reads %+v, %v", page, err)
	}
	if page, err = n.db.ParcelFeatures(t.Context(), stranger, n.id, publication.FeatureQuery{Limit: 1, Village: "x"}); err != nil || len(page.Items) != 0 {
		t.Errorf("somebody of another county reads %+v, %v", page, err)
	}
	if f, err := n.db.ParcelFeature(t.Context(), stranger, n.id, "a"); !errors.Is(err, publication.ErrNotFound) {
		t.Errorf("somebody of another county reads %+v, %v", f, err)
	}
	if b, err := n.db.FeatureBounds(t.Context(), stranger, []int64{n.id}); err != nil || len(b) != 0 {
		t.Errorf("somebody of another county is told of %v, %v", b, err)
	}
	bounds, err := n.db.FeatureBounds(t.Context(), officers, []int64{n.id})
	if b := bounds[n.id]; err != nil || b[0] > 117 || b[1] > 36 || b[2] < 117.011 || b[3] < 36.001 || b[2]-b[0] > 0.1 {
		t.Errorf("the parcels lie within %v, %v", b, err)
	}
	if _, err := n.db.ParcelFeatures(t.Context(), officers, n.id, publication.FeatureQuery{Limit: 1, Boxes: make([]publication.Bounds, 3)}); err == nil {
		t.Error("three boxes are taken")
	}
}

// A page is read off the index of codes in its order, one of a small box off
// that of shapes, under the policies too.
func TestPagesOfFeaturesUseTheirIndices(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t)
	n.publish(t)
	conn := connectTo(t, n.url)
	const many = `
		insert into published_parcel (publication, county, id, household_id, village, name, area_m2, crop, abstained, reason, classes, posterior, observations, yield_detail, geom)
		select p.publication, p.county, 'n' || lpad(i::text, 5, '0'), 'h', '', '', 1, 'maize', false, '', '{}', '{}', 0, '{}',
			st_translate(p.geom, i % 100 * 200, i / 100 * 200)
		from published_parcel p, generate_series(1, 5000) i where p.id = 'a'`
	for _, sql := range []string{many, `analyze published_parcel`, `set plan_cache_mode = force_custom_plan`, `set role parus_web`, `set parus.counties = '{"` + countyA.Code + `"}'`,
		`prepare page (bigint, text[], text, text, text, boolean, float8, float8, float8, float8, float8, float8, float8, float8, int) as ` + postgis.ListFeatures} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	for _, c := range []struct{ name, boxes, uses, not string }{
		{"all", `null, null, null, null, null, null, null, null`, "published_parcel_code", "Sort"},
		{"a small box", `117, 36, 117.002, 36.002, null, null, null, null`, "published_parcel_geom", "Seq Scan"},
		{"two small boxes", `117, 36, 117.002, 36.002, 117.05, 36, 117.052, 36.002`, "published_parcel_geom", "Seq Scan"},
	} {
		rows, err := conn.Query(t.Context(), `explain execute page(`+strings.Join([]string{fmt.Sprint(n.id), `'{` + countyA.Code + `}'`, "''", "null", "null", "null", c.boxes, "100"}, ", ")+`)`)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		plan := strings.Join(lines, "\n")
		if err != nil || !strings.Contains(plan, c.uses) || strings.Contains(plan, c.not) {
			t.Errorf("%s: want %s and no %s, %v\n%s", c.name, c.uses, c.not, err, plan)
		}
	}
}
