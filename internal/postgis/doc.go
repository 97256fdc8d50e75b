// Package postgis keeps the truth of Parus in PostgreSQL with PostGIS. It is
// the only package that speaks SQL: migrations, the ledger of work, what work
// produced, and the reads behind the map.
//
// It knows no rule of any domain: it stores values and hands them back.
//
//	db, err := postgis.Open(ctx, "postgres://…")
//	if err != nil { … }
//	defer db.Close()
//	err = db.Migrate(ctx)
package postgis
