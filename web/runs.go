package web

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"parus/internal/publication"
	"parus/internal/vault"

	"github.com/danielgtaylor/huma/v2"
)

// Runs are the scorings of seasons, and what people order about them. What a
// state does not allow is [publication.ErrState].
type Runs interface {
	Runs(ctx context.Context, s publication.Scope, q publication.RunQuery) (publication.RunPage, error)
	RunCard(ctx context.Context, s publication.Scope, id int64) (publication.RunCard, error)
	RunItems(ctx context.Context, s publication.Scope, q publication.RunItemQuery) (publication.RunItemPage, error)
	MoveRun(ctx context.Context, s publication.Scope, m publication.RunMove) (units int, err error)
	Rescores(ctx context.Context, s publication.Scope, limit int) ([]publication.Rescore, error)
	Rescore(ctx context.Context, s publication.Scope, id int64) (publication.Rescore, error)
	AskRescore(ctx context.Context, s publication.Scope, a publication.AskingRescore) (publication.Rescore, error)
	MoveRescore(ctx context.Context, s publication.Scope, m publication.RescoreMove) error
	ShowPublication(ctx context.Context, s publication.Scope, id int64, keys *vault.County, a vault.Act) (replaced int64, err error)
}

type runsInput struct {
	Find   int64  `query:"id" minimum:"0" doc:"Number of a run."`
	County string `query:"county" maxLength:"20" doc:"Code, or the beginning of one."`
	Season string `query:"season" maxLength:"60"`
	State  string `query:"state" enum:"live,running,paused,done,failed,cancelled" doc:"live: running and paused; left out: all."`
	Cursor string `query:"cursor" maxLength:"20" doc:"next_cursor of the page before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"25"`
}

type runsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Items      []publication.Run `json:"items"`
		NextCursor string            `json:"next_cursor" doc:"Empty on the last page."`
	}
}

// RunPath is the part of a path that names a run.
type RunPath struct {
	Run int64 `path:"run" minimum:"1" doc:"Number of a run."`
}

type runOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         publication.RunCard
}

type runItemsInput struct {
	RunPath
	State  string `query:"state" enum:"failed,skipped,done,running,pending,cancelled" doc:"Left out: all."`
	Text   string `query:"q" maxLength:"120" doc:"Part of an item's name."`
	Cursor string `query:"cursor" maxLength:"2000" doc:"next_cursor of the page before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type runItemsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Items      []publication.RunItem `json:"items"`
		NextCursor string                `json:"next_cursor" doc:"Empty on the last page."`
	}
}

type moveRunInput struct {
	RunPath
	Body struct {
		Act    string `json:"act" enum:"pause,resume,cancel,retry" doc:"pause: take up no unit any more; cancel: end it without a publication; retry: try failed items again."`
		Reason string `json:"reason" maxLength:"1000" doc:"4 to 200 characters; kept in the run's history."`
		Item   string `json:"item,omitempty" maxLength:"400" doc:"Of retry: this item alone, whatever it failed of."`
		Poison bool   `json:"poison,omitempty" doc:"Of retry: also what trying again is not expected to mend."`
	}
}

type moveRunOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Units int                 `json:"units" doc:"Cancelled, or tried again."`
		Run   publication.RunCard `json:"run" doc:"As it is afterwards."`
	}
}

type forceInput struct {
	PublicationPath
	Body struct {
		Reason string `json:"reason" maxLength:"1000" doc:"4 to 200 characters; kept in the county's audit."`
	}
}

type forceOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Replaced int64 `json:"replaced" doc:"Publication that was in force before; 0: none."`
	}
}

func (s *server) addRuns(api huma.API) {
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "listRuns", Method: http.MethodGet, Path: "/v1/runs", Tags: []string{"runs"},
		Summary: "Scorings of seasons, the newest first; for risk managers, approvers, auditors and admins", Errors: []int{400, 403, 404},
	}), s.listRuns)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "run", Method: http.MethodGet, Path: "/v1/runs/{run}", Tags: []string{"runs"},
		Summary: "A run, its stages, what was expected of it and what people did to it", Errors: []int{403, 404},
	}), s.run)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "listRunItems", Method: http.MethodGet, Path: "/v1/runs/{run}/items", Tags: []string{"runs"},
		Summary: "How items of a run ended, by stage and name", Errors: []int{400, 403, 404},
	}), s.listRunItems)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "moveRun", Method: http.MethodPost, Path: "/v1/runs/{run}/moves", Tags: []string{"runs"},
		Summary: "Pause, resume or cancel a run, or try failed items again (risk managers)", MaxBodyBytes: 8 << 10, Errors: []int{400, 403, 404, 409},
	}), s.moveRun)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "putInForce", Method: http.MethodPost, Path: "/v1/publications/{publication}/force", Tags: []string{"publications"},
		Summary: "Put an earlier publication of its season in force again, or a later one (risk managers)", MaxBodyBytes: 8 << 10, Errors: []int{400, 403, 404, 409},
	}), s.putInForce)
}

// readsRuns refuses those whose role sees no runs.
func (s *server) readsRuns(ctx context.Context) error {
	account := accountOf(ctx)
	switch {
	case account.Role.ReadsRuns():
		return nil
	case !account.Scope().Scores:
		return errNotFound()
	}
	return errForbidden("This account's role does not see this.", "Ask a risk manager of the county.")
}

// ordering refuses those whose role gives no orders, and orders without a
// reason.
func (s *server) ordering(ctx context.Context, reason string) (vault.Act, error) {
	account := accountOf(ctx)
	act := vault.Act{Actor: account.Name + " (" + string(account.Role) + ")", At: s.cfg.Now()}
	if !account.Scope().Scores {
		return act, errNotFound()
	}
	if !account.Role.OrdersRuns() {
		return act, errForbidden("This account's role scores no season again and takes nothing back.", "Ask a risk manager of the county.")
	}
	purpose, err := publication.ParsePurpose(reason)
	if err != nil {
		return act, problem(http.StatusBadRequest, "bad_reason", "The reason is missing or too long.", "Say why in 4 to 200 characters.")
	}
	act.Purpose = purpose
	return act, nil
}

// ordered turns what a state does not allow into a problem.
func (s *server) ordered(route string, err error) error {
	if errors.Is(err, publication.ErrState) {
		return problem(http.StatusConflict, "moved_on", "The state does not allow this; it may have changed meanwhile.", "Look at it again and decide anew.")
	}
	return s.answer(route, err)
}

func (s *server) listRuns(ctx context.Context, in *runsInput) (*runsOutput, error) {
	if err := s.readsRuns(ctx); err != nil {
		return nil, err
	}
	q := publication.RunQuery{ID: in.Find, County: in.County, Season: in.Season, State: in.State, Limit: in.Limit}
	if in.Cursor != "" {
		var err error
		if q.Before, err = strconv.ParseInt(in.Cursor, 10, 64); err != nil || q.Before < 1 {
			return nil, errBad("The cursor is not one of this list.", "Use next_cursor of the page before, or leave it out to start again.")
		}
	}
	page, err := s.store.Runs(ctx, scopeOf(ctx), q)
	if err != nil {
		return nil, s.answer("listRuns", err)
	}
	out := &runsOutput{CacheControl: noStore}
	out.Body.Items = page.Items
	if page.More {
		out.Body.NextCursor = strconv.FormatInt(page.Items[len(page.Items)-1].ID, 10)
	}
	return out, nil
}

func (s *server) run(ctx context.Context, in *RunPath) (*runOutput, error) {
	if err := s.readsRuns(ctx); err != nil {
		return nil, err
	}
	card, err := s.store.RunCard(ctx, scopeOf(ctx), in.Run)
	if err != nil {
		return nil, s.answer("run", err)
	}
	return &runOutput{CacheControl: noStore, Body: card}, nil
}

func (s *server) listRunItems(ctx context.Context, in *runItemsInput) (*runItemsOutput, error) {
	if err := s.readsRuns(ctx); err != nil {
		return nil, err
	}
	q := publication.RunItemQuery{Run: in.Run, State: in.State, Text: in.Text, Limit: in.Limit}
	if in.Cursor != "" {
		q.After = &publication.RunItemCursor{}
		if err := fromCursor(in.Cursor, q.After); err != nil {
			return nil, err
		}
	}
	if page, err := s.store.Runs(ctx, scopeOf(ctx), publication.RunQuery{ID: in.Run, Limit: 1}); err != nil || len(page.Items) == 0 {
		return nil, s.answer("listRunItems", errors.Join(err, publication.ErrNotFound))
	}
	page, err := s.store.RunItems(ctx, scopeOf(ctx), q)
	if err != nil {
		return nil, s.answer("listRunItems", err)
	}
	out := &runItemsOutput{CacheControl: noStore}
	out.Body.Items = page.Items
	if page.More {
		last := page.Items[len(page.Items)-1]
		out.Body.NextCursor = toCursor(publication.RunItemCursor{Stage: last.Stage, Item: last.Item})
	}
	return out, nil
}

func (s *server) moveRun(ctx context.Context, in *moveRunInput) (*moveRunOutput, error) {
	act, err := s.ordering(ctx, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	scope := scopeOf(ctx)
	m := publication.RunMove{Run: in.Run, Act: in.Body.Act, Item: in.Body.Item, Poison: in.Body.Poison, Actor: act.Actor, Reason: act.Purpose, At: act.At}
	out := &moveRunOutput{CacheControl: noStore}
	if out.Body.Units, err = s.store.MoveRun(ctx, scope, m); err != nil {
		return nil, s.ordered("moveRun", err)
	}
	if out.Body.Run, err = s.store.RunCard(ctx, scope, in.Run); err != nil {
		return nil, s.answer("moveRun", err)
	}
	return out, nil
}

func (s *server) putInForce(ctx context.Context, in *forceInput) (*forceOutput, error) {
	if err := s.visible(ctx, in.Publication); err != nil {
		return nil, s.answer("putInForce", err)
	}
	act, err := s.ordering(ctx, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	p, err := s.known.get(ctx, s.store, in.Publication)
	if err != nil {
		return nil, s.answer("putInForce", err)
	}
	keys, err := s.cfg.Keys.County(p.County)
	if err != nil && !errors.Is(err, vault.ErrNoKeys) {
		return nil, s.answer("putInForce", err)
	}
	out := &forceOutput{CacheControl: noStore}
	if out.Body.Replaced, err = s.store.ShowPublication(ctx, scopeOf(ctx), in.Publication, keys, act); err != nil {
		return nil, s.ordered("putInForce", err)
	}
	return out, nil
}

// toCursor and fromCursor carry the last row of a page through an address.
func toCursor(v any) string {
	b, _ := json.Marshal(v) // strings and numbers always marshal
	return base64.RawURLEncoding.EncodeToString(b)
}

func fromCursor(text string, into any) error {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		return errBad("The cursor is not one of this list.", "Use next_cursor of the page before, or leave it out to start again.")
	}
	return nil
}
