package web

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"

	"parus/internal/publication"
	"parus/internal/vault"

	"github.com/danielgtaylor/huma/v2"
)

type revealInput struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Purpose     string `json:"purpose" maxLength:"1000" doc:"Why the data are needed, 4 to 200 characters; kept in the audit."`
		Publication int64  `json:"publication,omitempty" minimum:"0" doc:"As the registry was for this publication; left out: as it is in force."`
	}
}

type revealOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Items []publication.Person `json:"items"`
	}
}

type findPeopleInput struct {
	PublicationPath
	Body struct {
		Text    string `json:"text" minLength:"1" maxLength:"200" doc:"A whole ID number, telephone number or name."`
		Purpose string `json:"purpose" maxLength:"1000" doc:"Why the person is looked for, 4 to 200 characters; kept in the audit."`
	}
}

type findPeopleOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Items []publication.PersonHit `json:"items"`
	}
}

// addPeople registers what opens personal data. Both are POST: what is searched
// for and why shall stand in no address, since those are logged by proxies.
func (s *server) addPeople(api huma.API) {
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "revealHousehold", Method: http.MethodPost, Path: "/v1/households/{id}/reveal", Tags: []string{"people"},
		Summary: "Personal data of a household, for a purpose that the audit keeps", MaxBodyBytes: 8 << 10, Errors: []int{400, 403, 404},
	}), s.reveal)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "findPeople", Method: http.MethodPost, Path: "/v1/publications/{publication}/people", Tags: []string{"people"},
		Summary: "Find people by a whole ID number, telephone number or name", MaxBodyBytes: 8 << 10, Errors: []int{400, 403, 404},
	}), s.findPeople)
}

// opening is what a request that opens personal data needs: a role, a purpose,
// and the keys of the county that the data belong to.
func (s *server) opening(ctx context.Context, purpose string, id int64, household string) (keys *vault.County, release int64, act vault.Act, err error) {
	account := accountOf(ctx)
	if !account.Role.Reveals() {
		return nil, 0, act, errForbidden("This account's role opens no personal data.", "Ask an officer, an approver or an auditor of the county.")
	}
	purpose, err = publication.ParsePurpose(purpose)
	if err != nil {
		return nil, 0, act, errBad("The purpose is missing or too long.", "Say in 4 to 200 characters what the data are for.")
	}
	county, release, err := s.store.RegistryOf(ctx, account.Scope(), id, household)
	if err != nil {
		return nil, 0, act, err
	}
	keys, err = s.cfg.Keys.County(county)
	if errors.Is(err, vault.ErrNoKeys) {
		return nil, 0, act, problem(http.StatusNotFound, "no_keys", "This server has no keys to the personal data of the county.",
			"Ask the administrator to name the key file with PARUS_KEYS.")
	}
	act = vault.Act{Actor: account.Name + " (" + string(account.Role) + ")", Purpose: purpose, At: s.cfg.Now()}
	return keys, release, act, err
}

func (s *server) reveal(ctx context.Context, in *revealInput) (*revealOutput, error) {
	keys, release, act, err := s.opening(ctx, in.Body.Purpose, in.Body.Publication, in.ID)
	if err != nil {
		return nil, s.answer("revealHousehold", err)
	}
	people, err := s.store.Reveal(ctx, scopeOf(ctx), keys, release, in.ID, act)
	if err != nil {
		return nil, s.answer("revealHousehold", err)
	}
	if len(people) == 0 {
		return nil, errNotFound()
	}
	out := &revealOutput{CacheControl: noStore}
	for _, p := range people {
		out.Body.Items = append(out.Body.Items, publication.Person{Holder: p.Holder, Head: p.Head,
			Name: p.Secret.Name, IDNumber: p.Secret.IDNumber, Phone: p.Secret.Phone, Address: p.Secret.Address})
	}
	return out, nil
}

func (s *server) findPeople(ctx context.Context, in *findPeopleInput) (*findPeopleOutput, error) {
	text := strings.TrimSpace(in.Body.Text)
	if text == "" {
		return nil, errBad("The text to search for is empty.", "Give a whole ID number, telephone number or name.")
	}
	keys, release, act, err := s.opening(ctx, in.Body.Purpose, in.Publication, "")
	if err != nil {
		return nil, s.answer("findPeople", err)
	}
	found, err := s.store.FindPeople(ctx, scopeOf(ctx), keys, release, text, act)
	if err != nil {
		return nil, s.answer("findPeople", err)
	}
	out := &findPeopleOutput{CacheControl: noStore}
	out.Body.Items = make([]publication.PersonHit, len(found))
	for i, m := range found {
		out.Body.Items[i] = publication.PersonHit{Person: hex.EncodeToString(m.Subject), HouseholdID: m.Household, Holder: m.Holder,
			Name: m.NameMask, IDNumber: m.IDMask, Phone: m.PhoneMask}
	}
	return out, nil
}
