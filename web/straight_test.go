package web_test

import (
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"parus/credit"
	"parus/credit/lending"
	"parus/internal/postgis"
	"parus/internal/publication"
	"parus/internal/services"

	"github.com/jackc/pgx/v5"
)

// TestStraightThroughOnAGeneratedCounty lets every household of a county that
// `parus run` has scored ask for a line, five days after the last scene.
// PARUS_BENCH_COUNTY is the PARUS_HOME of that run; docs/results.md has the
// commands.
func TestStraightThroughOnAGeneratedCounty(t *testing.T) {
	home := os.Getenv("PARUS_BENCH_COUNTY")
	if home == "" {
		t.Skip("PARUS_BENCH_COUNTY is not set: nothing was measured")
	}
	sv, err := services.Start(t.Context(), services.Config{Home: home, WithoutRedis: true, Log: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	defer sv.Close()
	db, err := postgis.Open(t.Context(), sv.DatabaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := pgx.Connect(t.Context(), sv.DatabaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var pub int64
	var county string
	var asOf time.Time
	const newest = `select p.id, p.county, max((h.decision ->> 'as_of')::date) from publication p join published_household h on h.publication = p.id
		where p.in_force group by p.id order by p.id desc limit 1`
	if err := conn.QueryRow(t.Context(), newest).Scan(&pub, &county, &asOf); err != nil {
		t.Fatal(err)
	}
	rows, err := conn.Query(t.Context(), `select id from published_household where publication = $1 order by id`, pub)
	if err != nil {
		t.Fatal(err)
	}
	households, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	scope := publication.Scope{Counties: []string{county}, Scores: true}
	run := time.Now().UnixNano()
	counter, all := 0, map[lending.State]int{}
	for i, id := range households {
		at := asOf.AddDate(0, 0, 5).Add(time.Duration(i) * time.Minute)
		if err := db.SetConsent(t.Context(), scope, publication.ConsentGiven{Publication: pub, Household: id, Evidence: "paper", Account: "li", At: at}); err != nil {
			t.Fatal(err)
		}
		a, err := db.Apply(t.Context(), scope, publication.Applying{
			Request: lending.Request{Publication: pub, Household: id, AskedFen: 10_000 * credit.FenPerYuan, Identity: lending.IdentityChecked},
			Key:     fmt.Sprint(run, "-", i), Account: "li", Role: publication.Officer, At: at})
		if err != nil {
			t.Fatal(err)
		}
		all[a.State]++
		if a.Offer.Counter {
			counter++
		}
	}
	r, err := db.VerifyBook(t.Context(), county, "")
	if err != nil || len(r.Differences) > 0 || r.Replayed != r.Applications {
		t.Errorf("%v: %+v", err, r)
	}
	share := float64(all[lending.Decided]) / float64(len(households))
	t.Logf("%d households ask for 10,000 yuan each: %d straight through (%.1f %%), of them %d with a counter-offer; %d referred; %d of %d decisions replayed bit for bit",
		len(households), all[lending.Decided], 100*share, counter, all[lending.Referred], r.Replayed, r.Applications)
	if share < 0.9 {
		t.Errorf("%.1f %% are below the bar of 90 %%", 100*share)
	}
}
