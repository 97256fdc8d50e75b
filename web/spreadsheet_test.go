package web_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"parus/fields"
	"parus/internal/publication"
)

// computed are texts that a spreadsheet would compute, or fetch something by.
var computed = []string{"=HYPERLINK(\"http://x\",1)", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1", "＝1+1", " =1+1"}

// Tables that people take out are opened in spreadsheets. Whatever a county, an
// officer or a file is called, no cell of them is a formula.
func TestNoCellOfATableIsAFormula(t *testing.T) {
	t.Parallel()
	l := newLender(t)
	conn := connectTo(t, l.url)
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`insert into upload (id, county, account, account_name, name, size, got, state, created_at, moved_at, expires_at)
		values ('AAAAAAAAAAAAAAAAAAAAAA', $1, 1, 'partner', 'a.zip', 1, 1, 'checked', now(), now(), now() + interval '1 day')`, own.code)
	for i, evil := range computed {
		exec(`update published_household set display_name = $1, village = $1 where publication = $2 and id = $3`, evil, l.own, l.households[i])
		l.apply(t, l.as(t, publication.Officer, evil, own.code), i, nil)
		exec(`insert into upload_defect (upload, county, seq, code, severity, layer, key, row_no, message, fix, original)
			values ('AAAAAAAAAAAAAAAAAAAAAA', $1, $2, $3, 'warning', $3, $3, 1, $3, $3, $3)`, own.code, i+1, evil)
	}
	for _, c := range []struct {
		name, as, path string
		role           publication.Role
		columns        int // that hold what somebody else wrote
	}{
		{"applications", "reader", fmt.Sprintf("/v1/publications/%d/applications.csv", l.own), publication.Officer, 3},
		{"the audit", "auditor", "/v1/audit.csv?kind=application", publication.Auditor, 1},
		{"accounts in the audit", "auditor two", "/v1/audit.csv?kind=access", publication.Auditor, 1},
		{"defects of an upload", "partner", "/v1/uploads/AAAAAAAAAAAAAAAAAAAAAA/defects.csv", publication.Partner, 6},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, body := l.as(t, c.role, c.as, own.code).get(c.path)
			rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(body), "\ufeff"))).ReadAll()
			if status != http.StatusOK || err != nil || len(rows) <= len(computed) {
				t.Fatalf("%d, %v: %s", status, err, body)
			}
			quoted := 0
			for _, r := range rows {
				for _, cell := range r {
					if fields.Computed(cell) {
						t.Errorf("a spreadsheet computes %q", cell)
					}
					if strings.HasPrefix(cell, "'") {
						quoted++
					}
				}
			}
			if quoted < c.columns*len(computed) {
				t.Errorf("%d cells are marked as texts, want %d: the table does not hold what was to be tried: %s", quoted, c.columns*len(computed), body)
			}
		})
	}
}
