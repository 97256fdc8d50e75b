package web

import (
	"context"
	"errors"
	"net/http"

	"parus/internal/publication"
	"parus/web/password"

	"github.com/danielgtaylor/huma/v2"
)

type passwordInput struct {
	Caller
	Body struct {
		Current string `json:"current" minLength:"1" maxLength:"1024"`
		New     string `json:"new" minLength:"1" maxLength:"1024" doc:"At least 10 characters."`
	}
}

type sessionsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Items []publication.SessionCard `json:"items"`
	}
}

// addOwnAccount registers what people do with their own account.
func (s *server) addOwnAccount(api huma.API) {
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "changePassword", Method: http.MethodPost, Path: "/v1/session/password", Tags: []string{"session"}, DefaultStatus: http.StatusNoContent,
		Summary: "Change the own password; all other sessions end", MaxBodyBytes: 8 << 10, Errors: []int{400, 403},
	}), s.changePassword)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "listSessions", Method: http.MethodGet, Path: "/v1/session/list", Tags: []string{"session"},
		Summary: "Where the account is signed in, the last used first", Errors: []int{403},
	}), s.listSessions)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "endSession", Method: http.MethodDelete, Path: "/v1/session/list/{id}", Tags: []string{"session"}, DefaultStatus: http.StatusNoContent,
		Summary: "End one of the own sessions", Errors: []int{403, 404},
	}), s.endSession)
}

// changePassword asks for the present password again, since a page that was
// left open is no proof.
func (s *server) changePassword(ctx context.Context, in *passwordInput) (*struct{}, error) {
	account, err := person(ctx)
	if err != nil {
		return nil, err
	}
	address := s.addressOf(in.Caller)
	if err := s.mayTry(ctx, account.Name, address, s.cfg.Now()); err != nil {
		return nil, s.answer("changePassword", err)
	}
	_, phc, err := s.store.AccountByName(ctx, account.Name)
	if err != nil {
		return nil, s.answer("changePassword", err)
	}
	if phc == "" {
		return nil, errForbidden("This account signs in through a provider and has no password.", "Change it there.")
	}
	ok, err := s.verify(ctx, phc, in.Body.Current)
	if err != nil {
		return nil, s.answer("changePassword", err)
	}
	if !ok {
		return nil, problem(http.StatusForbidden, "wrong_password", "The present password is wrong.", "Type the password that you have signed in with.")
	}
	if in.Body.New == in.Body.Current {
		return nil, problem(http.StatusBadRequest, "same_password", "The new password is the present one.", "Choose another.")
	}
	fresh, err := s.hash(ctx, in.Body.New)
	if err != nil {
		return nil, s.answer("changePassword", err)
	}
	if err := s.store.ChangePassword(ctx, s.doer(account), fresh); err != nil {
		return nil, s.answer("changePassword", err)
	}
	return nil, s.answer("changePassword", s.store.ForgiveAttempt(ctx, account.Name, address))
}

// hash is password.Hash, a few at a time.
func (s *server) hash(ctx context.Context, secret string) (string, error) {
	release, err := s.signIns.hashing(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	phc, err := password.Hash(secret)
	if errors.Is(err, password.ErrShort) || errors.Is(err, password.ErrLong) {
		return "", problem(http.StatusBadRequest, "weak_password", "The new password is too short or too long.", "Use at least 10 characters; a sentence is good.")
	}
	return phc, err
}

func (s *server) listSessions(ctx context.Context, _ *struct{}) (*sessionsOutput, error) {
	account, err := person(ctx)
	if err != nil {
		return nil, err
	}
	list, err := s.store.Sessions(ctx, s.doer(account))
	if err != nil {
		return nil, s.answer("listSessions", err)
	}
	out := &sessionsOutput{CacheControl: noStore}
	out.Body.Items = list
	return out, nil
}

func (s *server) endSession(ctx context.Context, in *struct {
	ID int64 `path:"id" minimum:"1"`
}) (*struct{}, error) {
	account, err := person(ctx)
	if err != nil {
		return nil, err
	}
	return nil, s.answer("endSession", s.store.EndSession(ctx, account.ID, in.ID))
}
