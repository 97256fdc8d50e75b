package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestReadinessTellsOfANewerSchema(t *testing.T) {
	t.Parallel()
	s := seed(t)
	b := newBrowser(t, serve(t, s))
	ready := func() string {
		t.Helper()
		status, body := b.get("/readyz")
		if status != http.StatusOK {
			t.Errorf("status %d: %s", status, body)
		}
		return string(body)
	}
	if got := ready(); got != "ready\n" {
		t.Errorf("readyz says %q", got)
	}
	conn, err := pgx.Connect(t.Context(), s.url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), `insert into goose_db_version (version_id, is_applied) values (9999, true)`); err != nil {
		t.Fatal(err)
	}
	if got := ready(); !strings.HasPrefix(got, "ready, but the database has schema 9999, this program knows schemas up to ") {
		t.Errorf("under a newer schema readyz says %q", got)
	}
}
