package web

import (
	"context"
	"errors"
	"net/http"

	"parus/internal/publication"

	"github.com/danielgtaylor/huma/v2"
)

type rescoresOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Items []publication.Rescore `json:"items"`
	}
}

// RescorePath is the part of a path that names an order.
type RescorePath struct {
	Rescore int64 `path:"rescore" minimum:"1" doc:"Number of an order."`
}

type rescoreOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         publication.Rescore
}

type askRescoreInput struct {
	Body struct {
		County string `json:"county" minLength:"1" maxLength:"20"`
		Season string `json:"season" minLength:"1" maxLength:"60"`
	}
}

type moveRescoreInput struct {
	RescorePath
	Body struct {
		Act    string `json:"act" enum:"start,withdraw" doc:"start: it is as planned, go; withdraw: forget it."`
		Reason string `json:"reason,omitempty" maxLength:"1000" doc:"Why it is scored again, 4 to 200 characters; needed to start, kept in the run's history."`
	}
}

func (s *server) addRescores(api huma.API) {
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "listRescores", Method: http.MethodGet, Path: "/v1/rescores", Tags: []string{"runs"},
		Summary: "The last orders to score a season again, the newest first", Errors: []int{403, 404},
	}), s.listRescores)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "askRescore", Method: http.MethodPost, Path: "/v1/rescores", Tags: []string{"runs"},
		Summary:      "Ask for a plan to score a season again (risk managers)",
		Description:  "A worker plans it within seconds: units, time with its range, memory, disk. Nothing is computed before somebody has looked at the plan and started it.",
		MaxBodyBytes: 8 << 10, Errors: []int{400, 403, 404, 409},
	}), s.askRescore)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "rescore", Method: http.MethodGet, Path: "/v1/rescores/{rescore}", Tags: []string{"runs"},
		Summary: "An order and its plan", Errors: []int{403, 404},
	}), s.rescore)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "moveRescore", Method: http.MethodPost, Path: "/v1/rescores/{rescore}/moves", Tags: []string{"runs"},
		Summary: "Start a planned order, or withdraw it (risk managers)", MaxBodyBytes: 8 << 10, Errors: []int{400, 403, 404, 409},
	}), s.moveRescore)
}

// rescoresShown bounds the list: what counts is the last one of each season.
const rescoresShown = 50

func (s *server) listRescores(ctx context.Context, _ *struct{}) (*rescoresOutput, error) {
	if err := s.readsRuns(ctx); err != nil {
		return nil, err
	}
	items, err := s.store.Rescores(ctx, scopeOf(ctx), rescoresShown)
	if err != nil {
		return nil, s.answer("listRescores", err)
	}
	out := &rescoresOutput{CacheControl: noStore}
	out.Body.Items = items
	return out, nil
}

func (s *server) askRescore(ctx context.Context, in *askRescoreInput) (*rescoreOutput, error) {
	act, err := s.ordering(ctx, "asks for a plan alone")
	if err != nil {
		return nil, err
	}
	r, err := s.store.AskRescore(ctx, scopeOf(ctx), publication.AskingRescore{County: in.Body.County, Season: in.Body.Season, Actor: act.Actor, At: act.At})
	if errors.Is(err, publication.ErrState) {
		return nil, problem(http.StatusConflict, "run_open", "A run of this season is open.", "Wait for its end, or cancel it.")
	}
	if err != nil {
		return nil, s.answer("askRescore", err)
	}
	return &rescoreOutput{CacheControl: noStore, Body: r}, nil
}

func (s *server) rescore(ctx context.Context, in *RescorePath) (*rescoreOutput, error) {
	if err := s.readsRuns(ctx); err != nil {
		return nil, err
	}
	r, err := s.store.Rescore(ctx, scopeOf(ctx), in.Rescore)
	if err != nil {
		return nil, s.answer("rescore", err)
	}
	return &rescoreOutput{CacheControl: noStore, Body: r}, nil
}

func (s *server) moveRescore(ctx context.Context, in *moveRescoreInput) (*rescoreOutput, error) {
	reason := in.Body.Reason
	if in.Body.Act == "withdraw" {
		reason = "not wanted" // nothing has begun, so nobody is asked why
	}
	act, err := s.ordering(ctx, reason)
	if err != nil {
		return nil, err
	}
	err = s.store.MoveRescore(ctx, scopeOf(ctx), publication.RescoreMove{Rescore: in.Rescore, Act: in.Body.Act, Actor: act.Actor, Reason: act.Purpose, At: act.At})
	if err != nil {
		return nil, s.ordered("moveRescore", err)
	}
	return s.rescore(ctx, &in.RescorePath)
}
