package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"parus/credit"
	"parus/credit/lending"
	"parus/internal/publication"
)

// limitsCmd groups the limits on what is lent.
type limitsCmd struct {
	Set  limitsSetCmd  `cmd:"" help:"Set a limit of a county from now on; lines that are held stay."`
	List limitsListCmd `cmd:"" help:"List a county's limits and what is held of them."`
}

type limitsSetCmd struct {
	platform
	County string   `required:"" placeholder:"CODE" help:"Code of the county."`
	Kind   string   `required:"" help:"household, village, county or crop."`
	Key    string   `help:"Household id, village code, county code or crop code; left out: the default of the kind."`
	Yuan   *float64 `xor:"amount" required:"" placeholder:"AMOUNT" help:"In yuan; 0 lets nothing in."`
	None   bool     `xor:"amount" required:"" help:"Lift the limit."`
}

// mostLimitYuan is beyond any limit; floats up to it tell fen apart.
const mostLimitYuan = 1e13

// Run sets it in the name of whoever runs the command.
func (c *limitsSetCmd) Run(ctx context.Context, s *streams) (err error) {
	l := publication.SettingLimit{County: c.County, Kind: lending.Kind(c.Kind), Key: c.Key, Account: whoami(), At: time.Now().UTC()}
	if !c.None {
		amount := credit.RoundFen(*c.Yuan)
		if !(*c.Yuan >= 0 && *c.Yuan <= mostLimitYuan) || amount.Yuan() != *c.Yuan {
			return usageError{fmt.Errorf("--yuan %v: want an amount of 0 or more in whole fen, or --none", *c.Yuan)}
		}
		l.AmountFen = &amount
	}
	if err := lending.CheckLimit(l.Kind, l.Key, l.AmountFen); err != nil {
		return usageError{err}
	}
	b, err := c.openDatabase(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	if err := b.db.SetLimit(ctx, publication.Scope{Counties: []string{c.County}, Scores: true}, l); err != nil {
		return err
	}
	return printLimits(ctx, b, c.County, s)
}

type limitsListCmd struct {
	platform
	County string `required:"" placeholder:"CODE" help:"Code of the county."`
}

// Run prints a table.
func (c *limitsListCmd) Run(ctx context.Context, s *streams) (err error) {
	b, err := c.openDatabase(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	return printLimits(ctx, b, c.County, s)
}

func printLimits(ctx context.Context, b *backend, county string, s *streams) error {
	list, err := b.db.Limits(ctx, publication.Scope{Counties: []string{county}, Scores: true}, county)
	if err != nil {
		return err
	}
	tab := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "kind\tkey\tlimit\theld\tset by\tat")
	for _, l := range list {
		amount, key := "none", l.Key
		if l.AmountFen != nil {
			amount = fen(*l.AmountFen)
		}
		if key == "" {
			key = "(each)"
		}
		fmt.Fprintf(tab, "%s\t%s\t%s\t%s\t%s\t%s\n", l.Kind, key, amount, fen(l.CommittedFen), l.SetBy, l.At.Format(time.RFC3339))
	}
	return tab.Flush()
}

// fen writes an amount for people.
func fen(n int64) string { return credit.Fen(n).Grouped() }
