package web

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"

	"parus/internal/publication"

	"github.com/danielgtaylor/huma/v2"
)

type householdsInput struct {
	PublicationPath
	Cursor   string `query:"cursor" maxLength:"200" doc:"next_cursor of the page before."`
	Limit    int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Sort     string `query:"sort" enum:"id,line" default:"id" doc:"line: largest first."`
	Village  string `query:"village" maxLength:"20"`
	Crop     string `query:"crop" maxLength:"40"`
	Referred string `query:"referred" enum:"true,false" doc:"Only those that were, or were not, referred to an officer."`
}

type householdsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Items      []publication.Household `json:"items"`
		Total      int                     `json:"total"`
		NextCursor string                  `json:"next_cursor" doc:"Empty on the last page."`
	}
}

type householdInput struct {
	PublicationPath
	ID string `path:"id" maxLength:"64"`
}

type householdOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         publication.HouseholdCard
}

func (s *server) addHouseholds(api huma.API) {
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "listHouseholds", Method: http.MethodGet, Path: "/v1/publications/{publication}/households",
		Tags: []string{"households"}, Summary: "Households, page by page", Errors: []int{400, 404},
	}), s.listHouseholds)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "household", Method: http.MethodGet, Path: "/v1/publications/{publication}/households/{id}",
		Tags: []string{"households"}, Summary: "A household, its parcels and its decision", Errors: []int{404},
	}), s.household)
}

func (s *server) listHouseholds(ctx context.Context, in *householdsInput) (*householdsOutput, error) {
	if err := s.visible(ctx, in.Publication); err != nil {
		return nil, s.answer("listHouseholds", err)
	}
	scope := scopeOf(ctx)
	q := publication.HouseholdQuery{Village: in.Village, Crop: in.Crop, Limit: in.Limit}
	if scope.Scores {
		q.ByLine = in.Sort == "line"
		if in.Referred != "" {
			yes := in.Referred == "true"
			q.Referred = &yes
		}
	} else if in.Sort == "line" || in.Referred != "" {
		return nil, errBad("This account sees no scores, so it can't sort or filter by them.", "Leave out sort=line and referred.")
	}
	if in.Cursor != "" {
		after, err := parseCursor(in.Cursor)
		if err != nil {
			return nil, errBad("The cursor is not one of this list.", "Use next_cursor of the page before, or leave it out to start again.")
		}
		q.After = &after
	}
	page, err := s.store.Households(ctx, scope, in.Publication, q)
	if err != nil {
		return nil, s.answer("listHouseholds", err)
	}
	out := &householdsOutput{CacheControl: noStore}
	out.Body.Items, out.Body.Total = page.Items, page.Total
	if page.More {
		out.Body.NextCursor = formatCursor(page.Items[len(page.Items)-1])
	}
	return out, nil
}

func (s *server) household(ctx context.Context, in *householdInput) (*householdOutput, error) {
	if err := s.visible(ctx, in.Publication); err != nil {
		return nil, s.answer("household", err)
	}
	card, err := s.store.HouseholdCard(ctx, scopeOf(ctx), in.Publication, in.ID)
	if err != nil {
		return nil, s.answer("household", err)
	}
	return &householdOutput{CacheControl: noStore, Body: card}, nil
}

func formatCursor(last publication.Household) string {
	c := publication.HouseholdCursor{ID: last.ID}
	if last.LineFen != nil {
		c.LineFen = *last.LineFen
	}
	b, _ := json.Marshal(c) // a string and a number always marshal
	return base64.RawURLEncoding.EncodeToString(b)
}

func parseCursor(text string) (publication.HouseholdCursor, error) {
	var c publication.HouseholdCursor
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	return c, err
}
