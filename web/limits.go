package web

import (
	"context"
	"net/http"

	"parus/credit"
	"parus/credit/lending"
	"parus/internal/publication"

	"github.com/danielgtaylor/huma/v2"
)

type limitsInput struct {
	County string `query:"county" required:"true" minLength:"1" maxLength:"20"`
}

type limitsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Items []publication.Limit `json:"items"`
	}
}

type setLimitInput struct {
	Body struct {
		County    string `json:"county" minLength:"1" maxLength:"20"`
		Kind      string `json:"kind" enum:"household,village,county,crop"`
		Key       string `json:"key,omitempty" maxLength:"64" doc:"Household id, village code, county code or crop code; empty: the default of the kind."`
		AmountFen *int64 `json:"amount_fen" nullable:"true" doc:"In whole fen; null lifts the limit."`
	}
}

func (s *server) addLimits(api huma.API) {
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "limits", Method: http.MethodGet, Path: "/v1/limits", Tags: []string{"applications"},
		Summary: "What may be lent at most in a county, and what is held of it; nothing for partners", Errors: []int{404},
	}), s.limits)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "setLimit", Method: http.MethodPut, Path: "/v1/limits", Tags: []string{"applications"},
		Summary:      "Set a limit from now on (risk managers). Lines that are held stay, be they above it. A limit on a crop over all counties is allotted to them",
		MaxBodyBytes: 8 << 10, Errors: []int{403, 404, 422},
	}), s.setLimit)
}

func (s *server) limits(ctx context.Context, in *limitsInput) (*limitsOutput, error) {
	list, err := s.store.Limits(ctx, scopeOf(ctx), in.County)
	if err != nil {
		return nil, s.answer("limits", err)
	}
	out := &limitsOutput{CacheControl: noStore}
	out.Body.Items = list
	return out, nil
}

// setLimit answers with all limits of the county as they are afterwards.
func (s *server) setLimit(ctx context.Context, in *setLimitInput) (*limitsOutput, error) {
	account := accountOf(ctx)
	if !account.Scope().Scores {
		return nil, errNotFound()
	}
	if !account.Role.SetsLimits() {
		return nil, errForbidden("This account's role sets no limits.", "Ask a risk manager of the county.")
	}
	l := publication.SettingLimit{County: in.Body.County, Kind: lending.Kind(in.Body.Kind), Key: in.Body.Key, Account: account.Name, At: s.cfg.Today()}
	if in.Body.AmountFen != nil {
		amount := credit.Fen(*in.Body.AmountFen)
		l.AmountFen = &amount
	}
	if err := s.store.SetLimit(ctx, account.Scope(), l); err != nil {
		return nil, s.refused("setLimit", err)
	}
	return s.limits(ctx, &limitsInput{County: in.Body.County})
}
