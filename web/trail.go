package web

import (
	"context"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"parus/internal/handover/sheet"
	"parus/internal/publication"

	"github.com/danielgtaylor/huma/v2"
)

// TrailFilter selects entries of the trail.
type TrailFilter struct {
	Kind      string    `query:"kind" enum:"people,application,alert,run,policy,access" doc:"Left out: all."`
	Actor     string    `query:"actor" maxLength:"100" doc:"A part of the name."`
	Household string    `query:"household" maxLength:"64"`
	From      time.Time `query:"from" doc:"The first moment."`
	Until     time.Time `query:"until" doc:"The moment after the last."`
}

func (f TrailFilter) query() publication.TrailQuery {
	return publication.TrailQuery{Kind: f.Kind, Actor: f.Actor, Household: f.Household, From: f.From, Until: f.Until}
}

type trailInput struct {
	TrailFilter
	Cursor string `query:"cursor" maxLength:"400" doc:"next_cursor of the page before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type trailOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Items      []publication.TrailEntry `json:"items"`
		NextCursor string                   `json:"next_cursor" doc:"Empty on the last page."`
	}
}

// addTrail registers who did what, for those who look after that.
func (s *server) addTrail(api huma.API) {
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "audit", Method: http.MethodGet, Path: "/v1/audit", Tags: []string{"audit"},
		Summary: "Who did what, when, on which release and model, the latest first; for auditors, risk managers and administrators", Errors: []int{400, 403},
	}), s.trail)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "auditTable", Method: http.MethodGet, Path: "/v1/audit.csv", Tags: []string{"audit"},
		Summary: "The same as a table: CSV, UTF-8 with BOM; that it was taken is kept too", Errors: []int{400, 403},
		Responses: map[string]*huma.Response{"200": {Description: "CSV with a header", Content: map[string]*huma.MediaType{"text/csv": {}}}},
	}), s.trailTable)
}

func (s *server) reader(ctx context.Context) (publication.Account, error) {
	a := accountOf(ctx)
	if !a.Role.ReadsTrail() {
		return a, errForbidden("The audit is for auditors, risk managers and administrators.", "Ask an auditor of the county.")
	}
	return a, nil
}

func (s *server) trail(ctx context.Context, in *trailInput) (*trailOutput, error) {
	account, err := s.reader(ctx)
	if err != nil {
		return nil, err
	}
	q := in.query()
	q.Limit = in.Limit
	if in.Cursor != "" {
		q.After = &publication.TrailCursor{}
		b, err := base64.RawURLEncoding.DecodeString(in.Cursor)
		if err == nil {
			err = json.Unmarshal(b, q.After)
		}
		if err != nil {
			return nil, errBad("The cursor is not one of this list.", "Use next_cursor of the page before, or leave it out to start again.")
		}
	}
	page, err := s.store.Trail(ctx, account.Scope(), q)
	if err != nil {
		return nil, s.answer("audit", err)
	}
	out := &trailOutput{CacheControl: noStore}
	out.Body.Items = page.Items
	if page.More {
		b, _ := json.Marshal(after(page)) // these always marshal
		out.Body.NextCursor = base64.RawURLEncoding.EncodeToString(b)
	}
	return out, nil
}

func after(p publication.TrailPage) *publication.TrailCursor {
	last := p.Items[len(p.Items)-1]
	return &publication.TrailCursor{At: last.At, Kind: last.Kind, Place: last.Place}
}

// trailPage is how many entries of a table are read at a time.
const trailPage = 1000

func (s *server) trailTable(ctx context.Context, in *TrailFilter) (*huma.StreamResponse, error) {
	account, err := s.reader(ctx)
	if err != nil {
		return nil, err
	}
	detail := fmt.Sprintf("kind %q, actor %q, household %q", in.Kind, in.Actor, in.Household)
	if err := s.store.NoteAccess(ctx, s.doer(account), "take the audit out", "audit", detail); err != nil {
		return nil, s.answer("auditTable", err)
	}
	return &huma.StreamResponse{Body: func(out huma.Context) {
		out.SetHeader("Content-Type", "text/csv; charset=utf-8")
		out.SetHeader("Content-Disposition", `attachment; filename="audit.csv"`)
		out.SetHeader("Cache-Control", noStore)
		w := out.BodyWriter()
		if _, err := w.Write([]byte(bom)); err != nil {
			return // the connection is gone
		}
		table := csv.NewWriter(w)
		table.UseCRLF = true
		err := s.writeTrail(ctx, table, account.Scope(), in.query())
		table.Flush()
		if err != nil {
			s.logFailure("auditTable", err)
			panic(http.ErrAbortHandler) // a table that is cut short must not look whole
		}
	}}, nil
}

func (s *server) writeTrail(ctx context.Context, table *csv.Writer, scope publication.Scope, q publication.TrailQuery) error {
	if err := table.Write([]string{"at", "kind", "county", "actor", "act", "item", "household_id", "reason", "release", "model"}); err != nil {
		return err
	}
	q.Limit = trailPage
	for {
		page, err := s.store.Trail(ctx, scope, q)
		if err != nil {
			return err
		}
		for _, e := range page.Items {
			cells := []string{e.At.Format(time.RFC3339Nano), e.Kind, e.County, e.Actor, e.Act, e.Item, e.Household, e.Reason, e.Release, e.Model}
			for i := 2; i < len(cells); i++ {
				cells[i] = sheet.Harmless(cells[i])
			}
			if err := table.Write(cells); err != nil {
				return err
			}
		}
		if !page.More {
			return nil
		}
		q.After = after(page)
	}
}
