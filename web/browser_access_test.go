package web_test

import (
	"fmt"
	"testing"

	"parus/internal/publication"
	"parus/web/oidc"
)

// accessFacts seeds people who look after accounts and audits, a household and a
// parcel that are called like an attack, and an application whose history the
// audit tells.
func accessFacts(t *testing.T, l *lender) map[string]any {
	t.Helper()
	const evil = `<img src=x onerror="window.struck=1">`
	addAccount(t, l.seeded, "keeper", publication.Admin, own.code)
	addAccount(t, l.seeded, "auditor", publication.Auditor, own.code)
	addAccount(t, l.seeded, "faraway", publication.Auditor, foreign.code)
	addAccount(t, l.seeded, "clerk", publication.Officer, own.code)
	conn := connectTo(t, l.url)
	household := l.households[6]
	var parcel string
	err := conn.QueryRow(t.Context(), `select id from published_parcel where publication = $1 and household_id = $2 order by id limit 1`, l.own, household).Scan(&parcel)
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		`update published_household set display_name = $1 where publication = $2 and id = $3`,
		`update published_parcel set name = $1, crop = crop, reason = $1 where publication = $2 and household_id = $3`,
	} {
		if _, err := conn.Exec(t.Context(), sql, evil, l.own, household); err != nil {
			t.Fatal(err)
		}
	}
	addAccount(t, l.seeded, `<img src=x onerror=window.struck=2>`, publication.Officer, own.code)
	b := signedIn(t, l.srv, `<img src=x onerror=window.struck=2>`)
	a := l.apply(t, b, 6, nil)
	return map[string]any{"keeper": "keeper", "auditor": "auditor", "faraway": "faraway", "clerk": "clerk", "household": household, "parcel": parcel, "application": a.ID,
		"foreignTile": fmt.Sprintf("/tiles/%d/parcels/%s.mvt", l.foreign, tileOf(l.first, 14)), "foreign": l.foreign}
}

// signOnFacts starts a second server of the same database, whose people may sign in
// through a provider that knows two: one of them has an account.
func signOnFacts(t *testing.T, s seeded) map[string]any {
	t.Helper()
	o := onProviderOf(t, s, oidc.Creation{})
	o.mu.Lock()
	o.people = []string{"known", "unknown"}
	o.mu.Unlock()
	o.link(t, "zhao", "known", publication.Officer)
	return map[string]any{"base": o.srv.URL, "provider": o.URL, "button": "行内统一登录", "account": "zhao", "known": "known", "unknown": "unknown"}
}
