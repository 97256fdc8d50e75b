package web

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"parus/credit"
	"parus/credit/lending"
	"parus/internal/publication"

	"github.com/danielgtaylor/huma/v2"
)

type applyInput struct {
	Key  string `header:"Idempotency-Key" required:"true" minLength:"1" maxLength:"200" doc:"Of this request alone, such as a UUID: sent again with it, the request is answered as it was the first time."`
	Body struct {
		Publication int64     `json:"publication" minimum:"1" doc:"That the officer looks at; it must be in force."`
		HouseholdID string    `json:"household_id" minLength:"1" maxLength:"64"`
		AskedFen    int64     `json:"asked_fen" doc:"In whole fen."`
		DebtDueFen  int64     `json:"debt_due_fen,omitempty" doc:"Debts to others that fall due until the line does, as they are known today; less than the score knows of counts for nothing."`
		Identity    string    `json:"identity" enum:"checked,unchecked,differs" doc:"checked: the person is of the household, by an identity card; unchecked: an approver decides; differs: no line."`
		SignedAt    time.Time `json:"signed_at,omitempty" doc:"When the household signed; never in the future."`
	}
}

type applyOutput struct {
	Status       int
	CacheControl string `header:"Cache-Control"`
	Location     string `header:"Location"`
	Body         publication.Answer
}

type applicationsInput struct {
	Publication int64  `query:"publication" doc:"Only those of its county and season."`
	State       string `query:"state" enum:"live,applied,decided,referred,approved,accepted,drawn,repaid,rejected,withdrawn" doc:"live: all that are open; left out: all."`
	Household   string `query:"household" maxLength:"64" doc:"Only those of one household."`
	Cursor      string `query:"cursor" maxLength:"200" doc:"next_cursor of the page before."`
	Limit       int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type applicationsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Items      []publication.Application `json:"items"`
		NextCursor string                    `json:"next_cursor" doc:"Empty on the last page."`
	}
}

// ApplicationPath is the part of a path that names an application.
type ApplicationPath struct {
	ID int64 `path:"id" minimum:"1"`
}

type applicationOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         publication.ApplicationCard
}

type moveApplicationInput struct {
	ApplicationPath
	Body struct {
		Act       string `json:"act" enum:"approve,reject,accept,withdraw,draw,repay"`
		AmountFen int64  `json:"amount_fen,omitempty" doc:"Of draw and repay; of approve the line, where it is another than was proposed."`
		Reason    string `json:"reason,omitempty" maxLength:"2000" doc:"Up to 500 characters; needed to reject and to withdraw."`
	}
}

func (s *server) addApplications(api huma.API) {
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "apply", Method: http.MethodPost, Path: "/v1/applications", Tags: []string{"applications"}, DefaultStatus: http.StatusCreated,
		Summary: "Ask for a line and be answered at once; 201 the first time, 200 where the key was known", MaxBodyBytes: 8 << 10, Errors: []int{400, 403, 404, 409, 422},
	}), s.apply)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "listApplications", Method: http.MethodGet, Path: "/v1/applications", Tags: []string{"applications"},
		Summary: "Applications, the newest first; none for partners", Errors: []int{400},
	}), s.listApplications)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "application", Method: http.MethodGet, Path: "/v1/applications/{id}", Tags: []string{"applications"},
		Summary: "An application, its offer, its schedule and its history", Errors: []int{404},
	}), s.application)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "moveApplication", Method: http.MethodPost, Path: "/v1/applications/{id}/moves", Tags: []string{"applications"},
		Summary: "Approve or reject (an approver who has not applied), accept, withdraw, draw or repay (an officer)", MaxBodyBytes: 8 << 10,
		Errors: []int{400, 403, 404, 409, 422},
	}), s.moveApplication)
	s.addApplicationTable(api)
	s.addConsent(api)
	s.addLimits(api)
}

// apply answers with the offer. What an account may not see is not there.
func (s *server) apply(ctx context.Context, in *applyInput) (*applyOutput, error) {
	account := accountOf(ctx)
	if !account.Scope().Scores {
		return nil, errNotFound()
	}
	b := in.Body
	a, err := s.store.Apply(ctx, account.Scope(), publication.Applying{
		Request: lending.Request{Publication: b.Publication, Household: b.HouseholdID, AskedFen: credit.Fen(b.AskedFen), DebtDueFen: credit.Fen(b.DebtDueFen),
			Identity: lending.Identity(b.Identity), SignedAt: b.SignedAt.UTC()},
		Key: in.Key, Account: account.Name, Role: account.Role, At: s.cfg.Today(),
	})
	if err != nil {
		return nil, s.refused("apply", err)
	}
	out := &applyOutput{Status: http.StatusCreated, CacheControl: noStore, Location: fmt.Sprintf("/v1/applications/%d", a.ID), Body: a}
	if a.Replayed {
		out.Status = http.StatusOK
	}
	return out, nil
}

func (s *server) listApplications(ctx context.Context, in *applicationsInput) (*applicationsOutput, error) {
	q := publication.ApplicationQuery{Publication: in.Publication, State: in.State, Household: in.Household, Limit: in.Limit}
	if in.Cursor != "" {
		q.After = &publication.ApplicationCursor{}
		b, err := base64.RawURLEncoding.DecodeString(in.Cursor)
		if err == nil {
			err = json.Unmarshal(b, q.After)
		}
		if err != nil {
			return nil, errBad("The cursor is not one of this list.", "Use next_cursor of the page before, or leave it out to start again.")
		}
	}
	page, err := s.store.Applications(ctx, scopeOf(ctx), q)
	if err != nil {
		return nil, s.answer("listApplications", err)
	}
	out := &applicationsOutput{CacheControl: noStore}
	out.Body.Items = page.Items
	if page.More {
		last := page.Items[len(page.Items)-1]
		b, _ := json.Marshal(publication.ApplicationCursor{CreatedAt: last.CreatedAt, ID: last.ID}) // these always marshal
		out.Body.NextCursor = base64.RawURLEncoding.EncodeToString(b)
	}
	return out, nil
}

func (s *server) application(ctx context.Context, in *ApplicationPath) (*applicationOutput, error) {
	account := accountOf(ctx)
	card, err := s.store.Application(ctx, account.Scope(), in.ID)
	if err != nil {
		return nil, s.answer("application", err)
	}
	card.Next = card.State.Next(account.Role.Lends())
	if card.AppliedBy == account.Name && account.Role == publication.Approver {
		card.Next = []lending.Act{}
	}
	return &applicationOutput{CacheControl: noStore, Body: card}, nil
}

// moveApplication answers with the application as it is afterwards.
func (s *server) moveApplication(ctx context.Context, in *moveApplicationInput) (*applicationOutput, error) {
	account := accountOf(ctx)
	err := s.store.MoveApplication(ctx, account.Scope(), publication.ApplicationMove{
		Application: in.ID, Act: lending.Act(in.Body.Act), AmountFen: credit.Fen(in.Body.AmountFen), Reason: in.Body.Reason,
		Account: account.Name, Role: account.Role, At: s.cfg.Today(),
	})
	if err != nil {
		return nil, s.refused("moveApplication", err)
	}
	return s.application(ctx, &in.ApplicationPath)
}

// refusal is what a person is told about a [lending.Refusal].
type refusal struct {
	status       int
	detail, next string
}

// refusals hold no value that was sent. Unknown households answer like all that
// is not there.
func refusals() map[lending.Refusal]refusal {
	const bad, no, conflict, senseless = http.StatusBadRequest, http.StatusForbidden, http.StatusConflict, http.StatusUnprocessableEntity
	return map[lending.Refusal]refusal{
		lending.NoSnapshot:          {conflict, "Nothing is kept of what this household's score rests on.", "Ask a risk manager to score the season again."},
		lending.BadAmount:           {senseless, "The amount can not be: it is zero, negative, or beyond what there is.", "Name an amount in whole fen, above nothing and within the line, or what was asked for."},
		lending.BadDebt:             {senseless, "The debts can not be.", "Name what falls due until the line does in whole fen, 0 or more."},
		lending.BadReason:           {senseless, "The reason is missing or too long.", "Say in 2 to 500 characters why."},
		lending.BadLimit:            {senseless, "The limit can not be.", "Name a kind, a key of up to 64 characters and an amount of 0 or more in whole fen."},
		lending.BadKey:              {bad, "The header Idempotency-Key is missing or not a key.", "Send 1 to 200 printable characters of ASCII without blanks, such as a UUID, new for every request."},
		lending.KeyReused:           {conflict, "This Idempotency-Key was used for another request.", "Give every request a key of its own; send the same key only with the same request."},
		lending.NoConsent:           {conflict, "The household has not consented to being scored, or has revoked it.", "Record its consent with POST /v1/consents, then ask again."},
		lending.OpenApplication:     {conflict, "The household has an open application in this season.", "Look at it; withdraw it or have it repaid first."},
		lending.PublicationReplaced: {conflict, "The season was scored again: this publication is no longer in force.", "Read the household in the newest publication and decide anew."},
		lending.ClockSkew:           {http.StatusServiceUnavailable, "The server's clock is behind what was written or scored last.", "Tell the administrator to set the server's clock."},
		lending.SignedAhead:         {senseless, "The application was signed in the future.", "Check the date of the signature and this device's clock."},
		lending.LimitFull:           {conflict, "A limit leaves too little room for this line.", "Offer less, or ask a risk manager about the limits."},
		lending.WrongState:          {conflict, "The application is in a state that does not allow this; somebody else may have moved it.", "Read the application again and decide anew."},
		lending.WrongRole:           {no, "This account's role does not do this.", "Officers apply, accept, withdraw, draw and repay; approvers approve and reject."},
		lending.SamePerson:          {no, "Who has applied may not decide: it takes a second person.", "Ask another approver of the county."},
		lending.BeyondLine:          {conflict, "More would be drawn than the line allows.", "Draw at most the line less what is drawn already."},
		lending.BeyondDebt:          {conflict, "More would be repaid than is owed.", "Repay at most the principal that is outstanding."},
		lending.SeasonOver:          {conflict, "A line of this season would have been due already.", "Have the season scored that is growing now, and ask for its line."},
		lending.Lapsed:              {conflict, "The offer, or the time to draw, is over.", "Withdraw the application and apply again."},
	}
}

// refused turns a refusal into a problem with its name as the code.
func (s *server) refused(route string, err error) error {
	var name lending.Refusal
	if errors.As(err, &name) {
		if r, ok := refusals()[name]; ok {
			return problem(r.status, string(name), r.detail, r.next)
		}
		if name == lending.UnknownHousehold {
			return errNotFound()
		}
	}
	return s.answer(route, err)
}

// addConsent lets officers record what a household says.
func (s *server) addConsent(api huma.API) {
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "setConsent", Method: http.MethodPost, Path: "/v1/consents", Tags: []string{"applications"}, DefaultStatus: http.StatusNoContent,
		Summary: "Record that a household consents to being scored and lent to, or revokes it (officers)", MaxBodyBytes: 8 << 10, Errors: []int{403, 404, 422},
	}), s.setConsent)
}

type consentInput struct {
	Body struct {
		Publication int64  `json:"publication" minimum:"1"`
		HouseholdID string `json:"household_id" minLength:"1" maxLength:"64"`
		Act         string `json:"act" enum:"give,revoke"`
		Evidence    string `json:"evidence" maxLength:"2000" doc:"Where the signed paper lies, or how it was said; 2 to 500 characters. No personal data."`
	}
}

func (s *server) setConsent(ctx context.Context, in *consentInput) (*struct{}, error) {
	account := accountOf(ctx)
	if !account.Scope().Scores {
		return nil, errNotFound()
	}
	if account.Role != publication.Officer {
		return nil, errForbidden("This account's role records no consent.", "Ask an officer of the county.")
	}
	evidence, err := publication.ParseEvidenceOfConsent(in.Body.Evidence)
	if err == nil {
		err = s.store.SetConsent(ctx, account.Scope(), publication.ConsentGiven{Publication: in.Body.Publication, Household: in.Body.HouseholdID,
			Revoke: in.Body.Act == "revoke", Evidence: evidence, Account: account.Name, At: s.cfg.Today()})
	}
	if err != nil {
		return nil, s.refused("setConsent", err)
	}
	return nil, nil
}
