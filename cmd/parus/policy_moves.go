package main

import (
	"context"
	"fmt"

	"parus/credit"
	"parus/internal/governance"
	"parus/internal/postgis"
)

type policyApproveCmd struct {
	Policy string `arg:"" help:"Version or digest."`
	acting
	database
}

// Run approves; the store refuses the author and a policy without a back-test by
// this engine.
func (c *policyApproveCmd) Run(ctx context.Context, s *streams) error {
	return c.with(ctx, s, func(db *postgis.DB) error {
		if err := db.ApprovePolicy(ctx, c.move(), c.Policy, credit.EngineVersion); err != nil {
			return err
		}
		_, err := fmt.Fprintf(s.Out, "policy %s is approved; next: parus policy activate %s --from DAY\n", c.Policy, c.Policy)
		return err
	})
}

type policyActivateCmd struct {
	Policy string `arg:"" help:"Version or digest."`
	From   string `required:"" placeholder:"YYYY-MM-DD" help:"First day, today or later; days begin at midnight UTC."`
	County string `placeholder:"CODE" help:"A county's code or the first digits of several; default: every county."`
	acting
	database
}

// Run sets the day.
func (c *policyActivateCmd) Run(ctx context.Context, s *streams) error {
	from, err := governance.ParseDay(c.From)
	if err != nil {
		return usageError{err}
	}
	return c.with(ctx, s, func(db *postgis.DB) error {
		t, err := db.ActivatePolicy(ctx, c.move(), c.Policy, c.County, from)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.Out, "policy %s is in force from %s in %s\n", t.Version, t.From, countiesInWords(c.County))
		return err
	})
}

type policyRollbackCmd struct {
	Policy string `arg:"" help:"Version or digest."`
	County string `placeholder:"CODE" help:"As it was activated; default: every county."`
	acting
	database
}

// Run ends the policy's terms.
func (c *policyRollbackCmd) Run(ctx context.Context, s *streams) error {
	return c.with(ctx, s, func(db *postgis.DB) error {
		n, err := db.RollbackPolicy(ctx, c.move(), c.Policy, c.County)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.Out, "policy %s: %d terms in %s are rolled back; decisions made under it stay as they are\n", c.Policy, n, countiesInWords(c.County))
		return err
	})
}

func countiesInWords(prefix string) string {
	if prefix == "" {
		return "every county"
	}
	return "county " + prefix
}
