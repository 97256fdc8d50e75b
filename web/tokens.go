package web

import (
	"context"
	"net/http"
	"time"

	"parus/internal/publication"

	"github.com/danielgtaylor/huma/v2"
)

// tokenPrefix lets scanners for secrets know a token where one was left lying.
const tokenPrefix = "parus_"

type tokensOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Items []publication.Token `json:"items"`
	}
}

type addTokenInput struct {
	Body struct {
		Name       string           `json:"name" minLength:"1" maxLength:"40" doc:"1 to 40 of a-z, 0-9 and -; histories name it token:NAME."`
		Role       publication.Role `json:"role" enum:"officer,partner,risk,auditor"`
		Counties   []string         `json:"counties" minItems:"1" maxItems:"100"`
		Operations []string         `json:"operations" minItems:"1" maxItems:"10" enum:"read,applications,alerts,people"`
		ExpiresAt  time.Time        `json:"expires_at" doc:"Within a year."`
	}
}

type addTokenOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		publication.Token
		Secret string `json:"secret" doc:"Shown once. Sent as Authorization: Bearer."`
	}
}

// addTokens registers what administrators do with systems' tokens.
func (s *server) addTokens(api huma.API) {
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "listTokens", Method: http.MethodGet, Path: "/v1/tokens", Tags: []string{"tokens"},
		Summary: "Tokens of the administrator's counties, the newest first", Errors: []int{403},
	}), s.listTokens)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "addToken", Method: http.MethodPost, Path: "/v1/tokens", Tags: []string{"tokens"}, DefaultStatus: http.StatusCreated,
		Summary: "Make a token; its secret is in the answer and nowhere else", MaxBodyBytes: 8 << 10, Errors: []int{400, 403, 409},
	}), s.addToken)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "revokeToken", Method: http.MethodDelete, Path: "/v1/tokens/{id}", Tags: []string{"tokens"}, DefaultStatus: http.StatusNoContent,
		Summary: "End a token at once", Errors: []int{403, 404},
	}), s.revokeToken)
}

func (s *server) listTokens(ctx context.Context, _ *struct{}) (*tokensOutput, error) {
	by, err := s.administrator(ctx)
	if err != nil {
		return nil, err
	}
	list, err := s.store.Tokens(ctx, by.Account.Scope())
	if err != nil {
		return nil, s.answer("listTokens", err)
	}
	out := &tokensOutput{CacheControl: noStore}
	out.Body.Items = list
	for i := range list {
		list[i] = list[i].At(by.At)
	}
	return out, nil
}

// NewToken makes the secret of a token and what is kept of it.
func NewToken() (secret string, hash []byte, err error) {
	if secret, err = newSecret(); err != nil {
		return "", nil, err
	}
	secret = tokenPrefix + secret
	return secret, tokenHash(secret), nil
}

func (s *server) addToken(ctx context.Context, in *addTokenInput) (*addTokenOutput, error) {
	by, err := s.administrator(ctx)
	if err == nil {
		err = grantable(by, in.Body.Counties)
	}
	if err != nil {
		return nil, err
	}
	t := publication.Token{Name: in.Body.Name, Role: in.Body.Role, Counties: in.Body.Counties, Operations: in.Body.Operations, ExpiresAt: in.Body.ExpiresAt.UTC()}
	if err := t.Check(by.At); err != nil {
		return nil, problem(http.StatusBadRequest, "bad_token_request", "The token can't be made so.", "Check the name (a-z, 0-9 and -) and that it expires within a year.")
	}
	secret, hash, err := NewToken()
	if err != nil {
		return nil, s.answer("addToken", err)
	}
	out := &addTokenOutput{CacheControl: noStore}
	out.Body.Secret = secret
	if out.Body.Token, err = s.store.AddToken(ctx, by, t, hash); err != nil {
		return nil, s.accountAnswer("addToken", err)
	}
	out.Body.Token = out.Body.At(by.At)
	return out, nil
}

func (s *server) revokeToken(ctx context.Context, in *struct {
	ID int64 `path:"id" minimum:"1"`
}) (*struct{}, error) {
	by, err := s.administrator(ctx)
	if err != nil {
		return nil, err
	}
	return nil, s.answer("revokeToken", s.store.RevokeToken(ctx, by, in.ID))
}
