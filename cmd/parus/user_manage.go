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
	"parus/web/password"
)

// operator is whoever runs the command line: an administrator of every county,
// by the name of the account on the machine.
func operator() publication.Doer {
	return publication.Doer{Account: publication.Account{Name: whoami(), Role: "operator", Counties: []string{""}}, At: time.Now().UTC()}
}

// withDatabase runs f on the database.
func (p platform) withDatabase(ctx context.Context, s *streams, f func(*postgis.DB) error) (err error) {
	b, err := p.openDatabase(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	return f(b.db)
}

// accountCalled finds an account by its name.
func accountCalled(ctx context.Context, db *postgis.DB, name string) (publication.AccountCard, error) {
	list, err := db.AccountCards(ctx, operator())
	if err != nil {
		return publication.AccountCard{}, err
	}
	for _, c := range list {
		if c.Name == name {
			return c, nil
		}
	}
	return publication.AccountCard{}, fmt.Errorf("there is no account %q: see `parus user list`", name)
}

// wayOut adds to what the database refuses about an account or a token what whoever
// reads it may do.
func wayOut(err error) error {
	for refusal, way := range map[error]string{
		publication.ErrNameTaken:         "choose another; `parus user list` and `parus token list` show those in use",
		publication.ErrLastAdministrator: "make somebody else admin with --all-counties first",
		publication.ErrManaged:           "change them at the provider; they follow at the next sign-in",
	} {
		if errors.Is(err, refusal) {
			return fmt.Errorf("%w: %s", err, way)
		}
	}
	return err
}

func placesOf(counties []string) string {
	out := make([]string, len(counties))
	for i, c := range counties {
		if out[i] = c; c == "" {
			out[i] = "all"
		}
	}
	return strings.Join(out, " ")
}

type userListCmd struct{ platform }

// Run prints a table.
func (c *userListCmd) Run(ctx context.Context, s *streams) error {
	return c.withDatabase(ctx, s, func(db *postgis.DB) error {
		list, err := db.AccountCards(ctx, operator())
		if err != nil {
			return err
		}
		tab := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(tab, "name\trole\tcounties\tstate\tsessions\tlast signed in")
		for _, a := range list {
			state, last := "in use", "never"
			if a.DisabledAt != nil {
				state = "disabled"
			}
			if a.SignedInAt != nil {
				last = a.SignedInAt.Format(time.RFC3339)
			}
			fmt.Fprintf(tab, "%s\t%s\t%s\t%s\t%d\t%s\n", a.Name, a.Role, placesOf(a.Counties), state, a.Sessions, last)
		}
		return tab.Flush()
	})
}

type userChangeCmd struct {
	platform
	Name    string   `arg:"" help:"Name of the account."`
	Role    string   `placeholder:"ROLE" help:"officer, partner, risk, approver, auditor or admin."`
	County  []string `placeholder:"CODE" help:"County codes or their first digits, in place of the present ones."`
	All     bool     `name:"all-counties" help:"It sees every county."`
	Disable bool     `xor:"state" help:"It signs in no more, and is signed out at once."`
	Enable  bool     `xor:"state" help:"It signs in again."`
	Issuer  string   `and:"identity" placeholder:"URL" help:"Provider of identities that --subject is of."`
	Subject string   `and:"identity" placeholder:"TEXT" help:"What the provider knows the person by."`
}

func (c *userChangeCmd) change() (ch publication.AccountChange, err error) {
	if c.Role != "" {
		role, err := publication.ParseRole(c.Role)
		if err != nil {
			return ch, usageError{err}
		}
		ch.Role = &role
	}
	if c.All {
		c.County = []string{""}
	}
	if len(c.County) > 0 {
		if err := publication.CheckCounties(c.County); err != nil {
			return ch, usageError{err}
		}
		ch.Counties = &c.County
	}
	if c.Disable || c.Enable {
		ch.Disabled = &c.Disable
	}
	if c.Subject != "" {
		ch.Identity = &publication.Identity{Issuer: c.Issuer, Subject: c.Subject}
	}
	if ch == (publication.AccountChange{}) {
		return ch, usageError{errors.New("say what to change: --role, --county, --all-counties, --disable, --enable, or --issuer and --subject")}
	}
	return ch, nil
}

// Run changes an account; sessions follow at once.
func (c *userChangeCmd) Run(ctx context.Context, s *streams) error {
	ch, err := c.change()
	if err != nil {
		return err
	}
	return c.withDatabase(ctx, s, func(db *postgis.DB) error {
		a, err := accountCalled(ctx, db, c.Name)
		if err != nil {
			return err
		}
		a, err = db.ChangeAccount(ctx, operator(), a.ID, ch)
		switch {
		case ch.Identity != nil && errors.Is(err, publication.ErrNameTaken):
			return fmt.Errorf("subject %q of %s signs in as another account: give that one another subject first, or disable it", c.Subject, c.Issuer)
		case err != nil:
			return wayOut(err)
		}
		state := "in use"
		if a.DisabledAt != nil {
			state = "disabled"
		}
		_, err = fmt.Fprintf(s.Out, "%s: %s, counties %s, %s\n", a.Name, a.Role, placesOf(a.Counties), state)
		return err
	})
}

type userPasswordCmd struct {
	platform
	Name string `arg:"" help:"Name of the account; the password is asked for, or read as the first line of the standard input. Its owner has to change it."`
}

// Run sets a password that its owner has to change, ends the account's sessions
// and lifts its lock.
func (c *userPasswordCmd) Run(ctx context.Context, s *streams) error {
	secret, err := readPassword(s.Err)
	if err != nil {
		return err
	}
	phc, err := password.Hash(secret)
	if err != nil {
		return err
	}
	return c.withDatabase(ctx, s, func(db *postgis.DB) error {
		a, err := accountCalled(ctx, db, c.Name)
		if err == nil {
			err = db.ResetPassword(ctx, operator(), a.ID, phc)
		}
		if err == nil {
			_, err = fmt.Fprintf(s.Out, "%s: password set; to be changed at the next sign-in\n", c.Name)
		}
		return err
	})
}
