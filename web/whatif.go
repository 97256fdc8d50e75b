package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"parus/credit"
	"parus/internal/publication"

	"github.com/danielgtaylor/huma/v2"
)

type whatIfInput struct {
	PublicationPath
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Settled    []credit.ReasonCode `json:"settled,omitempty" maxItems:"20" doc:"Reasons taken as settled, by code."`
		DebtDueFen *int64              `json:"debt_due_fen,omitempty" minimum:"0" doc:"Other debts due until the line is."`
		OffFarmFen *int64              `json:"off_farm_fen,omitempty" minimum:"0" doc:"Income from elsewhere until then."`
		SubsidyFen *int64              `json:"subsidy_fen,omitempty" minimum:"0"`
		Mu         map[string]float64  `json:"mu,omitempty" maxProperties:"500" doc:"By parcel: its area, as if contract and geometry said so."`
		Drop       []string            `json:"drop,omitempty" maxItems:"500" doc:"Parcels given up."`
	}
}

type whatIfOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         whatIf
}

// whatIf is what a line would be. Nothing of it is kept.
type whatIf struct {
	NotBinding bool                 `json:"not_binding" doc:"Always true."`
	NowFen     int64                `json:"now_fen" doc:"The line that is published."`
	RiseFen    int64                `json:"rise_fen" doc:"Against it; below 0 where the line falls."`
	Decision   publication.Decision `json:"decision" doc:"Its reasons are empty where some are taken as settled."`
	Assumed    assumed              `json:"assumed"`
}

// assumed are the amounts that the published line counts with.
type assumed struct {
	DebtDueFen int64              `json:"debt_due_fen"`
	OffFarmFen int64              `json:"off_farm_fen"`
	SubsidyFen int64              `json:"subsidy_fen"`
	Mu         map[string]float64 `json:"mu" doc:"By parcel: the area that counts, the smaller of contract and geometry."`
}

func (s *server) addWhatIf(api huma.API) {
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "whatIf", Method: http.MethodPost, Path: "/v1/publications/{publication}/households/{id}/what-if", Tags: []string{"households"},
		Summary: "What a household's line would be under a change; not binding, and nothing is kept", Errors: []int{404, 409, 422}, MaxBodyBytes: 64 << 10,
	}), s.whatIf)
}

func (s *server) whatIf(ctx context.Context, in *whatIfInput) (*whatIfOutput, error) {
	if err := s.visible(ctx, in.Publication); err != nil {
		return nil, s.answer("whatIf", err)
	}
	snapshot, err := s.store.HouseholdSnapshot(ctx, scopeOf(ctx), in.Publication, in.ID)
	if err != nil {
		return nil, s.answer("whatIf", err)
	}
	b := in.Body
	supposed, err := s.replayer.Suppose(snapshot, credit.Change{
		Settled: b.Settled, DebtDueFen: fenOf(b.DebtDueFen), OffFarmFen: fenOf(b.OffFarmFen), SubsidyFen: fenOf(b.SubsidyFen), Mu: b.Mu, Drop: b.Drop,
	})
	var wrong *credit.InputError
	var older *credit.ReplayError
	switch {
	case errors.As(err, &wrong):
		return nil, problem(http.StatusUnprocessableEntity, "bad_change", fmt.Sprintf("%s %s.", wrong.Item, wrong.Problem), "Change that, or leave it out.")
	case errors.As(err, &older):
		return nil, errOlderEngine()
	case err != nil:
		return nil, s.answer("whatIf", err)
	}
	shown, err := shownDecision(supposed.Decision)
	if err != nil {
		return nil, s.answer("whatIf", err)
	}
	return &whatIfOutput{CacheControl: noStore, Body: whatIf{
		NotBinding: true, NowFen: int64(snapshot.Decision.LineFen), RiseFen: int64(supposed.RiseFen), Decision: shown, Assumed: assumedOf(snapshot.Case),
	}}, nil
}

func fenOf(amount *int64) *credit.Fen {
	if amount == nil {
		return nil
	}
	f := credit.Fen(*amount)
	return &f
}

func assumedOf(c credit.Case) assumed {
	a := assumed{DebtDueFen: int64(c.DebtDueFen), OffFarmFen: int64(c.OffFarmFen), SubsidyFen: int64(c.SubsidyFen), Mu: map[string]float64{}}
	for _, p := range c.Parcels {
		a.Mu[p.ID] = p.GeometryMu
		if p.ContractMu > 0 {
			a.Mu[p.ID] = min(p.ContractMu, p.GeometryMu)
		}
	}
	return a
}

// shownDecision is a decision as it is shown of those that are published.
func shownDecision(d credit.Decision) (publication.Decision, error) {
	raw, err := json.Marshal(d)
	if err != nil {
		return publication.Decision{}, fmt.Errorf("decision of household %s: %w", d.HouseholdID, err)
	}
	return publication.ShownDecision(raw)
}
