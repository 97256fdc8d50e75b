package postgis_test

import (
	"strconv"
	"strings"
	"testing"

	"parus/internal/postgis"
	"parus/internal/postgistest"
	"parus/internal/season"
)

// seeded is the order that fills a county with seasons, by their numbers: units
// of assemble and recognise for eight blocks each, and one of estimate.
func seeded(seasons string, registry int64) string {
	return strings.NewReplacer("OF", seasons, "COUNTY", countyA.Code, "REGISTRY", strconv.FormatInt(registry, 10)).Replace(seedSeasons)
}

const seedSeasons = `
	with unit as (
		insert into work (key, county, stage, item, payload, state)
		select stage || '/' || s || '/' || block, 'COUNTY', stage, block, '{}', 'done'
		from unnest(array[OF]) s, unnest(array['assemble', 'recognise', 'estimate']) with ordinality as x (stage, i), generate_series(0, 7) block
		where stage <> 'estimate' or block = 0 order by s, i, block
		returning id, stage, item::int as block
	), parcels as (
		select id as parcel_id, right(id, 1)::int % 8 as block from parcel where registry = REGISTRY
	), a as (
		insert into series (unit, parcel_id, pixels, dates, scenes, valid, layers, vals, ndvi_sd, smooth)
		select unit.id, parcel_id, 10, '{2025-07-01}', '{x}', '{1}', '{ndvi,ndwi,B02,B03,B04,B11}', '{0.5,0.1,0.1,0.1,0.1,0.1}', '{0.1}', '{0.5}'
		from parcels join unit using (block) where stage = 'assemble'
	), b as (
		insert into parcel_crop (unit, parcel_id, match_p, match_reasons, classes, posterior, abstained, reason, observations)
		select unit.id, parcel_id, 1, '{}', '{maize}', '{1}', false, '', 1 from parcels join unit using (block) where stage = 'recognise'
	)
	insert into parcel_yield (unit, parcel_id, p10, p50, p90, mean, sd, detail)
	select unit.id, parcel_id, 1, 2, 3, 2, 1, '{}' from parcels, unit where stage = 'estimate'`

// PostgreSQL expects next to nothing of units that its statistics do not know,
// and compares each parcel of a county with each where it may: 1,500 parcels make
// millions of rows that are read. Joined by hashes each is read a few times. See
// access.whole; docs/operations.md tells of the season that took 193 s instead of 2.5.
func TestASeasonThatTheStatisticsDoNotKnowIsNotComparedEachWithEach(t *testing.T) {
	t.Parallel()
	const n = 1500
	_, url := postgistest.Open(t)
	db, err := postgis.Open(t.Context(), url+"&pool_max_conns=1") // so that what it has read can be asked for
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	registry, err := db.ImportRegistry(t.Context(), postgis.RegistryRelease{County: countyA, Digest: "d", Source: "x", Parcels: manyParcels(n)})
	if err != nil {
		t.Fatal(err)
	}
	order := func(sql string) {
		t.Helper()
		if _, err := connect(t, url).Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	for _, table := range []string{"series", "parcel_crop", "parcel_yield", "work"} {
		order(`alter table ` + table + ` set (autovacuum_enabled = false)`)
	}
	seed := func(seasons string) { t.Helper(); order(seeded(seasons, registry)) }
	seed("1, 2, 3")
	order(`analyze`)
	seed("4")
	read := func() (rows int64) {
		t.Helper()
		const flush, count = `select pg_stat_force_next_flush()::text`, `
			select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint from pg_stat_all_tables
			where relname in ('series', 'parcel_crop', 'parcel_yield') or relname like 'parcel\_%' and schemaname = 'release'`
		var word string
		if err := db.Raw(t.Context(), flush, &word); err != nil {
			t.Fatal(err)
		}
		if err := db.Raw(t.Context(), count, &rows); err != nil {
			t.Fatal(err)
		}
		return rows
	}
	// Of the fourth season, behind three of 8 + 8 + 1 units: those of eight blocks.
	units := func(from int64) (list []int64) {
		for i := range int64(8) {
			list = append(list, from+i)
		}
		return list
	}
	series, crops, yields := units(52), units(60), int64(68)
	for name, ask := range map[string]func() (int, error){
		"the watch": func() (found int, err error) {
			s := season.Sources{Series: series, Crops: crops, Yield: yields}
			return found, db.Watched(t.Context(), registry, s, 0, func(season.Watched) error { found++; return nil })
		},
		"the estimate": func() (int, error) {
			list, err := db.Estimables(t.Context(), registry, series, crops)
			return len(list), err
		},
	} {
		before := read()
		found, err := ask()
		if err != nil || found != n {
			t.Fatalf("%s reads %d of %d parcels: %v", name, found, n, err)
		}
		// Each table in whole at most: four seasons of three, and the registry.
		if rows := read() - before; rows < n || rows > 20*n {
			t.Errorf("%s reads %d rows for %d parcels", name, rows, n)
		}
	}
}

// A publication has just been written when its outputs are: of 785,052 parcels
// PostgreSQL expected 14,272, looked each series up by itself, and read from an
// overloaded disk for ten minutes what it reads in order in one.
func TestTheOutputsOfAPublicationThatTheStatisticsDoNotKnowReadSeriesInOrder(t *testing.T) {
	t.Parallel()
	const n = 1500
	_, url := postgistest.Open(t)
	db, err := postgis.Open(t.Context(), url+"&pool_max_conns=1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	registry, err := db.ImportRegistry(t.Context(), postgis.RegistryRelease{County: countyA, Digest: "d", Source: "x", Parcels: manyParcels(n)})
	if err != nil {
		t.Fatal(err)
	}
	run, err := db.StartRun(t.Context(), season.Run{County: countyA.Code, Season: "s", Registry: registry, Spec: season.Spec{County: countyA}})
	if err != nil {
		t.Fatal(err)
	}
	conn := connect(t, url)
	for _, sql := range []string{
		`alter table published_parcel set (autovacuum_enabled = false)`, seeded("1, 2", registry), `analyze`,
		`insert into publication (county, season, registry, run, in_force, decided) select county, season, registry, id, true, '{}' from season_run`,
		`insert into published_parcel (publication, county, id, household_id, village, name, area_m2, crop, abstained, reason, classes, posterior, observations, series_unit, yield_detail, geom)
			select (select max(id) from publication), 'COUNTY', p.id, p.household_id, p.village, p.name, p.area_m2, '', true, '', '{}', '{}', 1, s.unit, '{}', st_transform(p.geom, 3857)
			from parcel p join series s on s.parcel_id = p.id and s.unit between 18 and 25`,
	} {
		if _, err := conn.Exec(t.Context(), strings.ReplaceAll(sql, "COUNTY", countyA.Code)); err != nil {
			t.Fatal(err)
		}
	}
	looks := func() (scans int64) {
		t.Helper()
		var word string
		if err := db.Raw(t.Context(), `select pg_stat_force_next_flush()::text`, &word); err != nil {
			t.Fatal(err)
		}
		if err := db.Raw(t.Context(), `select coalesce(idx_scan, 0) from pg_stat_all_tables where relname = 'series'`, &scans); err != nil {
			t.Fatal(err)
		}
		return scans
	}
	publication, err := db.PublicationOfRun(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	before := looks()
	parcels, err := db.PublishedParcels(t.Context(), publication)
	if err != nil || len(parcels) != n || len(parcels[0].NDVI) != 1 {
		t.Fatalf("%d parcels, %v", len(parcels), err)
	}
	if scans := looks() - before; scans > n/10 {
		t.Errorf("series are looked up %d times for %d parcels", scans, n)
	}
}
