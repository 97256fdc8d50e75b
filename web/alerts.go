package web

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"

	"parus/internal/publication"

	"github.com/danielgtaylor/huma/v2"
)

type alertsInput struct {
	PublicationPath
	State  string `query:"state" enum:"live,open,assigned,acknowledged,closed" doc:"live: all but closed; left out: all."`
	Parcel string `query:"parcel" maxLength:"64" doc:"Only those of one parcel."`
	Cursor string `query:"cursor" maxLength:"200" doc:"next_cursor of the page before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type alertsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Items        []publication.Alert `json:"items"`
		Open         int                 `json:"open" doc:"Of the county's season, whatever was asked for."`
		Assigned     int                 `json:"assigned"`
		Acknowledged int                 `json:"acknowledged"`
		Closed       int                 `json:"closed"`
		NextCursor   string              `json:"next_cursor" doc:"Empty on the last page."`
	}
}

// AlertPath is the part of a path that names an alert.
type AlertPath struct {
	PublicationPath
	ID int64 `path:"id" minimum:"1"`
}

type alertOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         publication.AlertCard
}

type moveAlertInput struct {
	AlertPath
	Body struct {
		Act    string `json:"act" enum:"assign,acknowledge,close" doc:"assign: take it, also from somebody else; acknowledge: it is true and is being dealt with."`
		Reason string `json:"reason,omitempty" maxLength:"2000" doc:"Up to 500 characters; needed to close."`
	}
}

func (s *server) addAlerts(api huma.API) {
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "listAlerts", Method: http.MethodGet, Path: "/v1/publications/{publication}/alerts", Tags: []string{"alerts"},
		Summary: "Parcels in trouble in the publication's county and season, the latest and strongest first; none for partners", Errors: []int{400, 404},
	}), s.listAlerts)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "alert", Method: http.MethodGet, Path: "/v1/publications/{publication}/alerts/{id}", Tags: []string{"alerts"},
		Summary: "An alert, what it rests on and what was done about it", Errors: []int{404},
	}), s.alert)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "moveAlert", Method: http.MethodPost, Path: "/v1/publications/{publication}/alerts/{id}/moves", Tags: []string{"alerts"},
		Summary: "Take an alert, acknowledge it or close it", MaxBodyBytes: 8 << 10, Errors: []int{400, 403, 404, 409},
	}), s.moveAlert)
}

func (s *server) listAlerts(ctx context.Context, in *alertsInput) (*alertsOutput, error) {
	if err := s.visible(ctx, in.Publication); err != nil {
		return nil, s.answer("listAlerts", err)
	}
	q := publication.AlertQuery{State: in.State, Parcel: in.Parcel, Limit: in.Limit}
	if in.Cursor != "" {
		q.After = &publication.AlertCursor{}
		b, err := base64.RawURLEncoding.DecodeString(in.Cursor)
		if err == nil {
			err = json.Unmarshal(b, q.After)
		}
		if err != nil {
			return nil, errBad("The cursor is not one of this list.", "Use next_cursor of the page before, or leave it out to start again.")
		}
	}
	page, err := s.store.Alerts(ctx, scopeOf(ctx), in.Publication, q)
	if err != nil {
		return nil, s.answer("listAlerts", err)
	}
	out := &alertsOutput{CacheControl: noStore}
	out.Body.Items = page.Items
	out.Body.Open, out.Body.Assigned = page.Counts[publication.AlertOpen], page.Counts[publication.AlertAssigned]
	out.Body.Acknowledged, out.Body.Closed = page.Counts[publication.AlertAcknowledged], page.Counts[publication.AlertClosed]
	if page.More {
		last := page.Items[len(page.Items)-1]
		b, _ := json.Marshal(publication.AlertCursor{RaisedAt: last.RaisedAt, Strength: last.Strength, ID: last.ID}) // these always marshal
		out.Body.NextCursor = base64.RawURLEncoding.EncodeToString(b)
	}
	return out, nil
}

func (s *server) alert(ctx context.Context, in *AlertPath) (*alertOutput, error) {
	if err := s.visible(ctx, in.Publication); err != nil {
		return nil, s.answer("alert", err)
	}
	card, err := s.store.Alert(ctx, scopeOf(ctx), in.Publication, in.ID)
	if err != nil {
		return nil, s.answer("alert", err)
	}
	return &alertOutput{CacheControl: noStore, Body: card}, nil
}

// moveAlert answers with the alert as it is afterwards.
func (s *server) moveAlert(ctx context.Context, in *moveAlertInput) (*alertOutput, error) {
	if err := s.visible(ctx, in.Publication); err != nil {
		return nil, s.answer("moveAlert", err)
	}
	account := accountOf(ctx)
	if !account.Role.Works() {
		if !account.Scope().Scores {
			return nil, errNotFound()
		}
		return nil, errForbidden("This account's role reads alerts and moves none.", "Ask an officer of the county.")
	}
	act := publication.AlertAct(in.Body.Act)
	reason, err := publication.ParseAlertReason(act, in.Body.Reason)
	if err != nil {
		return nil, errBad("The reason is missing or too long.", "Say in 2 to 500 characters why the alert is closed.")
	}
	err = s.store.MoveAlert(ctx, account.Scope(), in.Publication, publication.AlertMove{Alert: in.ID, Act: act, Account: account.Name,
		Actor: account.Name + " (" + string(account.Role) + ")", Reason: reason, At: s.cfg.Today()})
	if errors.Is(err, publication.ErrAlertState) {
		return nil, problem(http.StatusConflict, "alert_state", "The alert is in a state that does not allow this; somebody else may have moved it.",
			"Read the alert again and decide anew.")
	}
	if err != nil {
		return nil, s.answer("moveAlert", err)
	}
	return s.alert(ctx, &in.AlertPath)
}
