package web

import (
	"context"
	"errors"
	"net/http"

	"parus/internal/publication"

	"github.com/danielgtaylor/huma/v2"
)

// AccountPath is the part of a path that names an account.
type AccountPath struct {
	ID int64 `path:"id" minimum:"1"`
}

type accountsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Items []publication.AccountCard `json:"items"`
	}
}

type addAccountInput struct {
	Body struct {
		Name     string           `json:"name" minLength:"1" maxLength:"200"`
		Role     publication.Role `json:"role" enum:"officer,partner,risk,approver,auditor,admin"`
		Counties []string         `json:"counties" minItems:"1" maxItems:"100" doc:"First digits of county codes; an empty text is every county."`
		Subject  string           `json:"subject,omitempty" maxLength:"255" doc:"Of the provider of identities; the account then has no password."`
	}
}

type passwordOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		ID       int64  `json:"id"`
		Password string `json:"password" doc:"Shown once; empty where the account has none. Its owner has to change it."`
	}
}

type changeAccountInput struct {
	AccountPath
	Body struct {
		Role     *publication.Role `json:"role,omitempty" enum:"officer,partner,risk,approver,auditor,admin"`
		Counties *[]string         `json:"counties,omitempty" minItems:"1" maxItems:"100"`
		Disabled *bool             `json:"disabled,omitempty" doc:"True ends its sessions at once."`
		Subject  *string           `json:"subject,omitempty" maxLength:"255" doc:"Of the provider of identities; empty takes it away."`
	}
}

type accountOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         publication.AccountCard
}

// addAccounts registers what administrators do with accounts.
func (s *server) addAccounts(api huma.API) {
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "listAccounts", Method: http.MethodGet, Path: "/v1/accounts", Tags: []string{"accounts"},
		Summary: "Accounts of the administrator's counties, by name", Errors: []int{403},
	}), s.listAccounts)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "addAccount", Method: http.MethodPost, Path: "/v1/accounts", Tags: []string{"accounts"}, DefaultStatus: http.StatusCreated,
		Summary: "Add an account; its first password is in the answer", MaxBodyBytes: 8 << 10, Errors: []int{400, 403, 409},
	}), s.addAccount)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "changeAccount", Method: http.MethodPatch, Path: "/v1/accounts/{id}", Tags: []string{"accounts"},
		Summary: "Change role, counties or subject, disable or enable", MaxBodyBytes: 8 << 10, Errors: []int{400, 403, 404, 409},
	}), s.changeAccount)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "resetPassword", Method: http.MethodPost, Path: "/v1/accounts/{id}/password", Tags: []string{"accounts"},
		Summary: "Give an account a new password, which its owner has to change; its sessions end", Errors: []int{403, 404},
	}), s.resetPassword)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "endSessions", Method: http.MethodDelete, Path: "/v1/accounts/{id}/sessions", Tags: []string{"accounts"}, DefaultStatus: http.StatusNoContent,
		Summary: "Sign an account out everywhere", Errors: []int{403, 404},
	}), s.endSessions)
}

// administrator is who asks, if that is an administrator.
func (s *server) administrator(ctx context.Context) (publication.Doer, error) {
	a, err := person(ctx)
	if err == nil && a.Role != publication.Admin {
		err = errForbidden("Accounts and tokens are for administrators.", "Ask an administrator.")
	}
	return s.doer(a), err
}

// accountAnswer turns what a change of accounts is refused for into a problem.
func (s *server) accountAnswer(route string, err error) error {
	switch {
	case errors.Is(err, publication.ErrNameTaken):
		return problem(http.StatusConflict, "name_taken", "The name, or the subject, is another account's or token's.", "Choose another; a disabled account keeps its name.")
	case errors.Is(err, publication.ErrLastAdministrator):
		return problem(http.StatusConflict, "last_administrator", "Somebody has to remain who manages the accounts of every county.", "Make another account such an administrator first.")
	case errors.Is(err, publication.ErrManaged):
		return problem(http.StatusConflict, "managed", "Role and counties of this account follow its provider of identities.", "Change them there, or disable the account here.")
	}
	return s.answer(route, err)
}

// grantable refuses counties that whoever grants them does not see.
func grantable(by publication.Doer, counties []string) error {
	if err := publication.CheckCounties(counties); err != nil {
		return problem(http.StatusBadRequest, "bad_counties", err.Error()+".", "Name the first digits of county codes; an empty text is every county.")
	}
	if !by.Account.Scope().Holds(counties) {
		return errForbidden("An administrator grants no county beyond the own ones.", "Ask an administrator of those counties.")
	}
	return nil
}

func (s *server) listAccounts(ctx context.Context, _ *struct{}) (*accountsOutput, error) {
	by, err := s.administrator(ctx)
	if err != nil {
		return nil, err
	}
	list, err := s.store.AccountCards(ctx, by)
	if err != nil {
		return nil, s.answer("listAccounts", err)
	}
	out := &accountsOutput{CacheControl: noStore}
	out.Body.Items = list
	return out, nil
}

func (s *server) addAccount(ctx context.Context, in *addAccountInput) (*passwordOutput, error) {
	by, err := s.administrator(ctx)
	if err == nil {
		err = grantable(by, in.Body.Counties)
	}
	if err != nil {
		return nil, err
	}
	if err := publication.CheckAccountName(in.Body.Name); err != nil {
		return nil, problem(http.StatusBadRequest, "bad_name", "The name can't be one of an account.", "Use 1 to 60 printable characters without brackets.")
	}
	n := publication.NewAccount{Name: in.Body.Name, Role: in.Body.Role, Counties: in.Body.Counties}
	out := &passwordOutput{CacheControl: noStore}
	if in.Body.Subject != "" {
		if n.Identity, err = s.identity(in.Body.Subject); err != nil {
			return nil, err
		}
	} else {
		n.MustChange = true
		if out.Body.Password, n.PasswordHash, err = s.firstPassword(ctx); err != nil {
			return nil, s.answer("addAccount", err)
		}
	}
	a, err := s.store.CreateAccount(ctx, by, n)
	out.Body.ID = a.ID
	if err != nil {
		return nil, s.accountAnswer("addAccount", err)
	}
	return out, nil
}

// firstPassword is a random one with its hash.
func (s *server) firstPassword(ctx context.Context) (secret, phc string, err error) {
	if secret, err = newSecret(); err != nil {
		return "", "", err
	}
	secret = secret[:16] // 96 bits, to be typed once
	phc, err = s.hash(ctx, secret)
	return secret, phc, err
}

// identity is a subject of the provider that is configured.
func (s *server) identity(subject string) (publication.Identity, error) {
	if s.cfg.SignOn == nil {
		return publication.Identity{}, problem(http.StatusBadRequest, "no_provider", "This server has no provider of identities.", "Leave the subject out.")
	}
	return publication.Identity{Issuer: s.cfg.SignOn.Issuer(), Subject: subject}, nil
}

func (s *server) changeAccount(ctx context.Context, in *changeAccountInput) (*accountOutput, error) {
	by, err := s.administrator(ctx)
	if err != nil {
		return nil, err
	}
	ch := publication.AccountChange{Role: in.Body.Role, Counties: in.Body.Counties, Disabled: in.Body.Disabled}
	if in.ID == by.Account.ID {
		return nil, problem(http.StatusConflict, "own_account", "Administrators do not change their own account.", "Ask another administrator.")
	}
	if ch.Counties != nil {
		if err := grantable(by, *ch.Counties); err != nil {
			return nil, err
		}
	}
	if in.Body.Subject != nil {
		ch.Identity = &publication.Identity{}
		if *in.Body.Subject != "" {
			if *ch.Identity, err = s.identity(*in.Body.Subject); err != nil {
				return nil, err
			}
		}
	}
	card, err := s.store.ChangeAccount(ctx, by, in.ID, ch)
	if err != nil {
		return nil, s.accountAnswer("changeAccount", err)
	}
	return &accountOutput{CacheControl: noStore, Body: card}, nil
}

func (s *server) resetPassword(ctx context.Context, in *AccountPath) (*passwordOutput, error) {
	by, err := s.administrator(ctx)
	if err != nil {
		return nil, err
	}
	if in.ID == by.Account.ID {
		return nil, problem(http.StatusConflict, "own_account", "Administrators do not reset their own password.", "Change it with the present one.")
	}
	out := &passwordOutput{CacheControl: noStore}
	out.Body.ID = in.ID
	var phc string
	if out.Body.Password, phc, err = s.firstPassword(ctx); err == nil {
		err = s.store.ResetPassword(ctx, by, in.ID, phc)
	}
	if err != nil {
		return nil, s.accountAnswer("resetPassword", err)
	}
	return out, nil
}

func (s *server) endSessions(ctx context.Context, in *AccountPath) (*struct{}, error) {
	by, err := s.administrator(ctx)
	if err != nil {
		return nil, err
	}
	return nil, s.accountAnswer("endSessions", s.store.EndSessionsOf(ctx, by, in.ID))
}
