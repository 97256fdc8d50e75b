package web

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"parus/credit"
	"parus/internal/handover/sheet"
	"parus/internal/publication"

	"github.com/danielgtaylor/huma/v2"
)

// addApplicationTable hands the list of applications out as a table.
func (s *server) addApplicationTable(api huma.API) {
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "applicationsTable", Method: http.MethodGet, Path: "/v1/publications/{publication}/applications.csv", Tags: []string{"applications"},
		Summary: "All applications of the publication's county and season as a table, the oldest first: CSV, UTF-8 with BOM", Errors: []int{404},
		Responses: map[string]*huma.Response{"200": {Description: "CSV with a header", Content: map[string]*huma.MediaType{"text/csv": {}}}},
	}), s.applicationsTable)
}

// bom tells spreadsheets that the text is UTF-8.
const bom = "\ufeff"

func (s *server) applicationsTable(ctx context.Context, in *PublicationPath) (*huma.StreamResponse, error) {
	if err := s.visible(ctx, in.Publication); err != nil {
		return nil, s.answer("applicationsTable", err)
	}
	scope := scopeOf(ctx)
	if !scope.Scores {
		return nil, errNotFound()
	}
	return &huma.StreamResponse{Body: func(out huma.Context) {
		out.SetHeader("Content-Type", "text/csv; charset=utf-8")
		out.SetHeader("Content-Disposition", fmt.Sprintf(`attachment; filename="applications-%d.csv"`, in.Publication))
		out.SetHeader("Cache-Control", noStore)
		w := out.BodyWriter()
		if _, err := w.Write([]byte(bom)); err != nil {
			return // the connection is gone
		}
		table := csv.NewWriter(w)
		table.UseCRLF = true // as RFC 4180 and spreadsheets have it
		err := table.Write([]string{"id", "household_id", "household", "village", "state", "asked_cny", "line_cny", "drawn_cny", "repaid_cny", "owed_cny", "currency",
			"pd", "apr", "due_date", "late", "applied_by", "created_at", "decided_at", "expires_at"})
		if err == nil {
			err = s.store.EachApplication(ctx, scope, in.Publication, func(a publication.Application) error { return table.Write(applicationCells(a)) })
		}
		table.Flush()
		if err != nil {
			s.logFailure("applicationsTable", err)
			panic(http.ErrAbortHandler) // a table that is cut short must not look whole
		}
	}}, nil
}

func applicationCells(a publication.Application) []string {
	rate := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	at := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return t.Format(time.RFC3339)
	}
	return []string{strconv.FormatInt(a.ID, 10), sheet.Harmless(a.HouseholdID), sheet.Harmless(a.Household), sheet.Harmless(a.Village), string(a.State), yuan(a.AskedFen), yuan(a.LineFen), yuan(a.DrawnFen),
		yuan(a.RepaidFen), yuan(a.OwedFen), sheet.Harmless(a.Currency), rate(a.PD), rate(a.APR), a.DueDate, strconv.FormatBool(a.Late), sheet.Harmless(a.AppliedBy), at(&a.CreatedAt), at(a.DecidedAt), at(a.ExpiresAt)}
}

func yuan(fen int64) string { return credit.Fen(fen).String() }
