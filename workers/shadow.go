package workers

import (
	"context"

	"parus/credit"
	"parus/credit/backtest"
	"parus/internal/season"
)

// challenger is a policy that decides beside a county's own. Nobody is told what
// it says; it costs the engine's time and no more.
type challenger struct {
	digest string // of its document
	engine *credit.Engine
}

// shadow is the challenger that the run pinned by its digest, or nil. It draws
// what the county's policy draws, so that they differ by what they say alone.
func (s decide) shadow(ctx context.Context, digest string, own *credit.Engine) (*challenger, error) {
	if digest == "" {
		return nil, nil
	}
	p, err := s.policy(ctx, digest)
	if err != nil {
		return nil, err
	}
	p.Version = own.Policy().Version
	e, err := credit.NewEngine(p)
	if err != nil {
		return nil, Permanent(err)
	}
	return &challenger{digest, e}, nil
}

// decide is nil where the challenger has nothing to say: it never keeps the
// county's own policy from deciding.
func (c *challenger) decide(k credit.Case) *season.Shadow {
	d, err := c.engine.Decide(k)
	if err != nil {
		return nil
	}
	s := backtest.SideOf(d)
	out := season.Shadow{HouseholdID: d.HouseholdID, Policy: c.digest, LineFen: int64(s.LineFen), PD: s.PD, APR: s.APR, CapitalFen: int64(s.CapitalFen),
		ExpectedLossFen: int64(s.ExpectedLossFen), Referred: s.Referred, Rejected: s.Rejected, Binding: s.Binding}
	for _, h := range d.Rules {
		out.Rules = append(out.Rules, h.Name)
	}
	return &out
}
