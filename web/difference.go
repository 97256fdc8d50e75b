package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"parus/credit"
	"parus/credit/change"
	"parus/internal/publication"

	"github.com/danielgtaylor/huma/v2"
)

// Differences compare two publications of a county.
type Differences interface {
	Difference(ctx context.Context, s publication.Scope, before, after int64) (publication.Difference, error)
	Movers(ctx context.Context, s publication.Scope, q publication.MoverQuery) (publication.MoverPage, error)
}

// DifferenceQuery names two publications.
type DifferenceQuery struct {
	PublicationPath
	Before int64 `query:"before" required:"true" minimum:"1" doc:"Publication to compare with, of the same county."`
}

type differenceOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         publication.Difference
}

type moversInput struct {
	DifferenceQuery
	Village   string `query:"village" maxLength:"20"`
	Household string `query:"q" maxLength:"64" doc:"Part of a household's id."`
	Move      string `query:"move" enum:"up,down,new,gone" doc:"Left out: all that moved."`
	Cursor    string `query:"cursor" maxLength:"300" doc:"next_cursor of the page before."`
	Limit     int    `query:"limit" minimum:"1" maximum:"50" default:"20"`
}

type moversOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Items      []publication.Mover `json:"items"`
		NextCursor string              `json:"next_cursor" doc:"Empty on the last page."`
	}
}

func (s *server) addDifference(api huma.API) {
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "difference", Method: http.MethodGet, Path: "/v1/publications/{publication}/difference", Tags: []string{"runs"},
		Summary: "What changed since another publication, added up", Errors: []int{400, 403, 404},
	}), s.difference)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "listMovers", Method: http.MethodGet, Path: "/v1/publications/{publication}/difference/households", Tags: []string{"runs"},
		Summary: "Households whose lines moved, the largest moves first, and why", Errors: []int{400, 403, 404},
	}), s.listMovers)
}

func (s *server) difference(ctx context.Context, in *DifferenceQuery) (*differenceOutput, error) {
	if err := s.compares(ctx, in); err != nil {
		return nil, err
	}
	d, err := s.store.Difference(ctx, scopeOf(ctx), in.Before, in.Publication)
	if err != nil {
		return nil, s.answer("difference", err)
	}
	return &differenceOutput{CacheControl: noStore, Body: d}, nil
}

// compares refuses who may not see both publications.
func (s *server) compares(ctx context.Context, in *DifferenceQuery) error {
	for _, id := range []int64{in.Publication, in.Before} {
		if err := s.visible(ctx, id); err != nil {
			return s.answer("difference", err)
		}
	}
	return s.readsRuns(ctx)
}

func (s *server) listMovers(ctx context.Context, in *moversInput) (*moversOutput, error) {
	if err := s.compares(ctx, &in.DifferenceQuery); err != nil {
		return nil, err
	}
	q := publication.MoverQuery{Before: in.Before, After: in.Publication, Village: in.Village, Household: in.Household, Move: in.Move, Limit: in.Limit}
	if in.Cursor != "" {
		q.Skip = &publication.MoverCursor{}
		if err := fromCursor(in.Cursor, q.Skip); err != nil {
			return nil, err
		}
	}
	page, err := s.store.Movers(ctx, scopeOf(ctx), q)
	if err != nil {
		return nil, s.answer("listMovers", err)
	}
	x := change.NewExplainer()
	for i := range page.Items {
		if ctx.Err() != nil {
			return nil, s.answer("listMovers", ctx.Err())
		}
		explain(x, &page.Items[i])
	}
	out := &moversOutput{CacheControl: noStore}
	out.Body.Items = page.Items
	if page.More {
		last := page.Items[len(page.Items)-1]
		out.Body.NextCursor = toCursor(publication.MoverCursor{By: max(last.ChangeFen, -last.ChangeFen), ID: last.HouseholdID})
	}
	return out, nil
}

// explain splits a move among what may have caused it; a household takes a few
// milliseconds, so it is done for those that are looked at.
func explain(x *change.Explainer, m *publication.Mover) {
	if m.BeforeFen == nil || m.AfterFen == nil {
		return
	}
	var before, after credit.Snapshot
	if m.SnapshotBefore == nil || m.SnapshotAfter == nil {
		m.Note = "not_kept"
		return
	}
	if errors.Join(json.Unmarshal(m.SnapshotBefore, &before), json.Unmarshal(m.SnapshotAfter, &after)) != nil {
		m.Note = "not_explained"
		return
	}
	why, err := x.Explain(before, after)
	if err != nil {
		m.Note = "not_explained"
		return
	}
	for _, e := range why.Effects {
		m.Parts = append(m.Parts, publication.Part{Group: string(e.Group), Fen: int64(e.Fen)})
	}
	m.Strongest = string(why.Strongest())
}
