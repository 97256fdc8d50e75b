package web

import (
	"context"
	"errors"
	"net/http"

	"parus/credit"

	"github.com/danielgtaylor/huma/v2"
)

type outlookInput struct {
	PublicationPath
	ID string `path:"id" maxLength:"64"`
}

type outlookOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         outlook
}

// outlook is a [credit.Outlook] in amounts of the API.
type outlook struct {
	P10Fen   int64   `json:"p10_fen"`
	P50Fen   int64   `json:"p50_fen"`
	P90Fen   int64   `json:"p90_fen"`
	FromFen  int64   `json:"from_fen" doc:"Where the first bin begins."`
	WidthFen int64   `json:"width_fen" doc:"Of a bin."`
	Counts   []int   `json:"counts" doc:"Simulated harvests by bin; the last bin holds all above it too."`
	Draws    int     `json:"draws" doc:"Simulated harvests in all."`
	OwedFen  int64   `json:"owed_fen" doc:"The line with its interest until it is due."`
	Short    float64 `json:"short" doc:"Share of the harvests that bring less than that."`
	Spread   []drive `json:"spread" doc:"The widest source first."`
}

// drive is a source of spread.
type drive struct {
	Source   string  `json:"source" enum:"match,crop,yield,county,price"`
	Narrower float64 `json:"narrower" doc:"By how much of its width P10 to P90 would be narrower if this were settled; below 0, wider."`
}

func (s *server) addOutlook(api huma.API) {
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "outlook", Method: http.MethodGet, Path: "/v1/publications/{publication}/households/{id}/outlook", Tags: []string{"households"},
		Summary: "A household's cash at harvest drawn out, and what its spread hangs on", Errors: []int{404, 409},
	}), s.outlook)
}

// outlook draws again from the snapshot that the line was decided on.
func (s *server) outlook(ctx context.Context, in *outlookInput) (*outlookOutput, error) {
	if err := s.visible(ctx, in.Publication); err != nil {
		return nil, s.answer("outlook", err)
	}
	snapshot, err := s.store.HouseholdSnapshot(ctx, scopeOf(ctx), in.Publication, in.ID)
	if err != nil {
		return nil, s.answer("outlook", err)
	}
	drawn, err := s.replayer.Outlook(snapshot)
	if errors.As(err, new(*credit.ReplayError)) {
		return nil, errOlderEngine()
	}
	if err != nil {
		return nil, s.answer("outlook", err)
	}
	o := outlook{
		P10Fen: int64(drawn.Income.P10Fen), P50Fen: int64(drawn.Income.P50Fen), P90Fen: int64(drawn.Income.P90Fen),
		FromFen: int64(drawn.FromFen), WidthFen: int64(drawn.WidthFen), Counts: drawn.Counts, Draws: drawn.Draws,
		OwedFen: int64(drawn.OwedFen), Short: drawn.Short,
	}
	for _, d := range drawn.Spread {
		o.Spread = append(o.Spread, drive{string(d.Source), d.Narrower})
	}
	return &outlookOutput{CacheControl: noStore, Body: o}, nil
}

func errOlderEngine() *Problem {
	return problem(http.StatusConflict, "older_engine", "The line was computed by an earlier version of the rules.", "Have the season scored again, then ask again.")
}
