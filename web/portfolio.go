package web

import (
	"context"
	"net/http"
	"sync"

	"parus/credit/portfolio"
	"parus/internal/publication"

	"github.com/danielgtaylor/huma/v2"
)

type portfolioOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         portfolio.Result
}

type monitoringOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Items []publication.Monitoring `json:"items"`
	}
}

func (s *server) addPortfolio(api huma.API) {
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "portfolio", Method: http.MethodGet, Path: "/v1/publications/{publication}/portfolio", Tags: []string{"monitoring"},
		Summary: "The publication's lines added up: concentration against limits, expected loss and shortfall, and what drives the tail; none for partners and admins",
		Errors:  []int{403, 404},
	}), s.portfolio)
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "listMonitoring", Method: http.MethodGet, Path: "/v1/publications/{publication}/monitoring", Tags: []string{"monitoring"},
		Summary: "What was found of the publication's scores afterwards, the latest first: portfolio, drift, performance, fairness; for risk managers, approvers and auditors",
		Errors:  []int{403, 404},
	}), s.listMonitoring)
}

// looks refuses those whose role does not look at a publication as a whole.
func (s *server) looks(ctx context.Context, id int64, may bool) error {
	if err := s.visible(ctx, id); err != nil {
		return err
	}
	account := accountOf(ctx)
	switch {
	case may:
		return nil
	case !account.Scope().Scores:
		return errNotFound()
	}
	return errForbidden("This account's role does not see this.", "Ask a risk manager, an approver or an auditor of the county.")
}

func (s *server) portfolio(ctx context.Context, in *PublicationPath) (*portfolioOutput, error) {
	if err := s.looks(ctx, in.Publication, accountOf(ctx).Role.SeesPortfolio()); err != nil {
		return nil, s.answer("portfolio", err)
	}
	r, err := s.books.get(ctx, s.store, in.Publication)
	if err != nil {
		return nil, s.answer("portfolio", err)
	}
	return &portfolioOutput{CacheControl: noStore, Body: r}, nil
}

func (s *server) listMonitoring(ctx context.Context, in *PublicationPath) (*monitoringOutput, error) {
	if err := s.looks(ctx, in.Publication, accountOf(ctx).Role.Monitors()); err != nil {
		return nil, s.answer("listMonitoring", err)
	}
	items, err := s.store.Monitoring(ctx, scopeOf(ctx), in.Publication)
	if err != nil {
		return nil, s.answer("listMonitoring", err)
	}
	out := &monitoringOutput{CacheControl: noStore}
	out.Body.Items = items
	return out, nil
}

// booksKept is of how many publications the sums are remembered.
const booksKept = 256

// knownBooks remembers portfolios: a publication never changes, so neither do
// its sums. One is computed at a time, since each reads a whole county.
type knownBooks struct {
	mu   sync.Mutex
	byID map[int64]portfolio.Result
	turn chan struct{}
}

func newKnownBooks() *knownBooks {
	return &knownBooks{byID: map[int64]portfolio.Result{}, turn: make(chan struct{}, 1)}
}

func (k *knownBooks) known(id int64) (portfolio.Result, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	r, ok := k.byID[id]
	return r, ok
}

// get returns a portfolio that whoever asks may see; the caller has checked it.
func (k *knownBooks) get(ctx context.Context, store Monitoring, id int64) (portfolio.Result, error) {
	if r, ok := k.known(id); ok {
		return r, nil
	}
	select {
	case k.turn <- struct{}{}:
	case <-ctx.Done():
		return portfolio.Result{}, ctx.Err()
	}
	defer func() { <-k.turn }()
	if r, ok := k.known(id); ok { // somebody else has computed it meanwhile
		return r, nil
	}
	book, err := portfolio.NewBook(portfolio.DefaultSettings())
	if err != nil {
		return portfolio.Result{}, err
	}
	if err := store.Exposures(ctx, scopeOf(ctx), id, book.Add); err != nil {
		return portfolio.Result{}, err
	}
	r, err := book.Result()
	if err != nil {
		return portfolio.Result{}, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.byID) >= booksKept {
		clear(k.byID)
	}
	k.byID[id] = r
	return r, nil
}
