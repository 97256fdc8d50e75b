package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"parus/internal/postgis"
	"parus/internal/publication"
	"parus/web"
)

// tokenCmd groups what systems come in by.
type tokenCmd struct {
	Add    tokenAddCmd    `cmd:"" help:"Make a token; its secret is printed once and kept nowhere."`
	List   tokenListCmd   `cmd:"" help:"List tokens, the newest first."`
	Revoke tokenRevokeCmd `cmd:"" help:"End a token at once."`
}

type tokenAddCmd struct {
	platform
	Name   string   `arg:"" help:"1 to 40 of a-z, 0-9 and -; histories name it token:NAME."`
	Role   string   `required:"" placeholder:"ROLE" help:"officer, partner, risk or auditor; approvals are for people."`
	County []string `placeholder:"CODE" help:"County codes or their first digits."`
	All    bool     `name:"all-counties" help:"It sees every county."`
	May    []string `default:"read" placeholder:"OPERATION" help:"read, applications, alerts, people; with commas between."`
	Days   int      `default:"90" help:"How long it holds, a year at most."`
}

// Run prints the secret to the standard output, all else beside it.
func (c *tokenAddCmd) Run(ctx context.Context, s *streams) error {
	by := operator()
	if c.All {
		c.County = []string{""}
	}
	t := publication.Token{Name: c.Name, Role: publication.Role(c.Role), Counties: c.County, Operations: c.May, ExpiresAt: by.At.AddDate(0, 0, c.Days)}
	if err := t.Check(by.At); err != nil {
		return usageError{err}
	}
	secret, hash, err := web.NewToken()
	if err != nil {
		return err
	}
	return c.withDatabase(ctx, s, func(db *postgis.DB) error {
		kept, err := db.AddToken(ctx, by, t, hash)
		if err != nil {
			return wayOut(err)
		}
		fmt.Fprintf(s.Err, "parus: token %d, %s, until %s; it is shown this once\n", kept.ID, kept.Name, kept.ExpiresAt.Format(time.RFC3339))
		_, err = fmt.Fprintln(s.Out, secret)
		return err
	})
}

type tokenListCmd struct{ platform }

// Run prints a table without secrets, which nobody has.
func (c *tokenListCmd) Run(ctx context.Context, s *streams) error {
	return c.withDatabase(ctx, s, func(db *postgis.DB) error {
		by := operator()
		list, err := db.Tokens(ctx, by.Account.Scope())
		if err != nil {
			return err
		}
		tab := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(tab, "id\tname\trole\tcounties\tmay\tstate\texpires\tlast used\tby")
		for _, t := range list {
			used := "never"
			if t.LastUsedAt != nil {
				used = t.LastUsedAt.Format(time.RFC3339)
			}
			fmt.Fprintf(tab, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", t.ID, t.Name, t.Role, placesOf(t.Counties), strings.Join(t.Operations, ","),
				t.At(by.At).State, t.ExpiresAt.Format(time.DateOnly), used, t.CreatedBy)
		}
		return tab.Flush()
	})
}

type tokenRevokeCmd struct {
	platform
	ID int64 `arg:"" help:"Number of the token, as list prints it."`
}

// Run ends it for all servers.
func (c *tokenRevokeCmd) Run(ctx context.Context, s *streams) error {
	return c.withDatabase(ctx, s, func(db *postgis.DB) error {
		err := db.RevokeToken(ctx, operator(), c.ID)
		if errors.Is(err, publication.ErrNotFound) {
			return fmt.Errorf("there is no token %d: see `parus token list`", c.ID)
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.Out, "token %d is revoked\n", c.ID)
		return err
	})
}
