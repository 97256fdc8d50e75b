package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"parus/internal/publication"

	"github.com/danielgtaylor/huma/v2"
)

// PublicationPath is the part of a path that names a publication; the API's
// framework fills embedded structs only where they are exported.
type PublicationPath struct {
	Publication int64 `path:"publication" minimum:"1" doc:"Id of a publication."`
}

type publicationList struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Items []publication.Publication `json:"items"`
	}
}

type summaryOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         publication.Summary
}

type searchInput struct {
	PublicationPath
	Text  string `query:"q" required:"true" minLength:"1" maxLength:"60" doc:"Start of a village code, part of a household's id or masked name, part of a parcel code."`
	Limit int    `query:"limit" minimum:"1" maximum:"50" default:"8" doc:"Of each kind."`
}

type searchOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Items []publication.Hit `json:"items"`
	}
}

func (s *server) addPublications(api huma.API) {
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "listPublications", Method: http.MethodGet, Path: "/v1/publications", Tags: []string{"publications"},
		Summary: "Seasons of counties that the account may see, those in force and the newest first",
	}), s.listPublications)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "summary", Method: http.MethodGet, Path: "/v1/publications/{publication}/summary", Tags: []string{"publications"},
		Summary: "A publication at a glance", Errors: []int{404},
	}), s.summary)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "search", Method: http.MethodGet, Path: "/v1/publications/{publication}/search", Tags: []string{"publications"},
		Summary: "Find households, parcels and villages", Errors: []int{404},
	}), s.search)
}

func (s *server) listPublications(ctx context.Context, _ *struct{}) (*publicationList, error) {
	items, err := s.store.Publications(ctx, scopeOf(ctx))
	if err != nil {
		return nil, s.answer("listPublications", err)
	}
	out := &publicationList{CacheControl: noStore}
	out.Body.Items = items
	return out, nil
}

func (s *server) summary(ctx context.Context, in *PublicationPath) (*summaryOutput, error) {
	if err := s.visible(ctx, in.Publication); err != nil {
		return nil, s.answer("summary", err)
	}
	sum, err := s.store.Summary(ctx, scopeOf(ctx), in.Publication)
	if err != nil {
		return nil, s.answer("summary", err)
	}
	return &summaryOutput{CacheControl: noStore, Body: sum}, nil
}

func (s *server) search(ctx context.Context, in *searchInput) (*searchOutput, error) {
	if err := s.visible(ctx, in.Publication); err != nil {
		return nil, s.answer("search", err)
	}
	text := strings.TrimSpace(in.Text)
	if text == "" {
		return nil, errBad("The text to search for is empty.", "Type a part of a name or a code.")
	}
	hits, err := s.store.Search(ctx, scopeOf(ctx), in.Publication, text, in.Limit)
	if err != nil {
		return nil, s.answer("search", err)
	}
	out := &searchOutput{CacheControl: noStore}
	out.Body.Items = hits
	return out, nil
}

// visible refuses publications that the account may not see. The store checks
// again with every row it reads.
func (s *server) visible(ctx context.Context, id int64) error {
	_, err := s.known.get(ctx, s.store, id)
	return err
}

// knownFor is how long a publication is taken to be there still. Its county and
// bounds never change, but it may be removed, and put in force or not.
const knownFor = 10 * time.Second

// knownPublications remembers publications for a moment.
type knownPublications struct {
	now  func() time.Time
	mu   sync.Mutex
	byID map[int64]knownPublication
}

type knownPublication struct {
	publication.Publication
	read time.Time
}

func newKnownPublications(now func() time.Time) *knownPublications {
	return &knownPublications{now: now, byID: map[int64]knownPublication{}}
}

// get returns a publication that whoever asks may see.
func (k *knownPublications) get(ctx context.Context, store Publications, id int64) (publication.Publication, error) {
	scope := scopeOf(ctx)
	now := k.now()
	k.mu.Lock()
	p, ok := k.byID[id]
	k.mu.Unlock()
	if ok && now.Sub(p.read).Abs() < knownFor {
		if scope.Sees(p.County) {
			return p.Publication, nil
		}
		return publication.Publication{}, errNotFound()
	}
	read, err := store.Publication(ctx, scope, id)
	k.mu.Lock()
	defer k.mu.Unlock()
	if err != nil {
		if ok && scope.Sees(p.County) && errors.Is(err, publication.ErrNotFound) {
			delete(k.byID, id) // it has been removed
		}
		return read, err
	}
	k.byID[id] = knownPublication{read, now}
	return read, nil
}
