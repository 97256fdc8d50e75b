package main

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"strings"
	"time"

	"parus/internal/postgis"
	"parus/internal/vault"
)

// keyFile names the keys of personal data.
type keyFile struct {
	Keys string `env:"PARUS_KEYS" placeholder:"FILE" help:"Key file of personal data; default: none is kept or opened."`
}

// ring reads the file, nil where none is named.
func (k keyFile) ring() (*vault.Ring, error) {
	if k.Keys == "" {
		return nil, nil
	}
	return vault.Load(k.Keys)
}

// county are a county's keys, nil where no file is named.
func (k keyFile) county(code string) (*vault.County, error) {
	ring, err := k.ring()
	if ring == nil || err != nil {
		return nil, err
	}
	return ring.County(code)
}

// countyIfKept is county, nil also where the file has none for it.
func (k keyFile) countyIfKept(code string) (*vault.County, error) {
	keys, err := k.county(code)
	if errors.Is(err, vault.ErrNoKeys) {
		return nil, nil
	}
	return keys, err
}

// needed are a county's keys, which a verb can't do without.
func (k keyFile) needed(code string) (*vault.County, error) {
	keys, err := k.county(code)
	if err == nil && keys == nil {
		err = usageError{errors.New("name the key file with --keys or PARUS_KEYS")}
	}
	return keys, err
}

// whoami is who uses the command line, for the audit.
func whoami() string {
	if u, err := user.Current(); err == nil {
		return "command line, " + u.Username
	}
	return "command line"
}

type keysCmd struct {
	New    keysNewCmd    `cmd:"" help:"Make the keys of a county, in a file that is made where there is none."`
	Rotate keysRotateCmd `cmd:"" help:"Make a new key of a county and put the keys of its people under it."`
}

type keysNewCmd struct {
	keyFile
	County []string `required:"" placeholder:"CODE" help:"Code of the county; repeat for more."`
}

// Run adds what is missing and leaves the rest as it is.
func (c *keysNewCmd) Run(_ context.Context, s *streams) error {
	if c.Keys == "" {
		return usageError{errors.New("name the key file with --keys or PARUS_KEYS")}
	}
	ring, err := vault.LoadOrNew(c.Keys)
	if err != nil {
		return err
	}
	var made []string
	for _, code := range c.County {
		made = append(made, ring.AddCounty(code, time.Now())...)
	}
	if len(made) == 0 {
		_, err := fmt.Fprintln(s.Out, "the counties have their keys already")
		return err
	}
	if err := ring.Save(c.Keys); err != nil {
		return err
	}
	fmt.Fprintf(s.Err, "parus: keep a copy of %s apart from the database's: without it personal data can't be opened by anybody\n", c.Keys)
	_, err = fmt.Fprintf(s.Out, "made %s\n", strings.Join(made, ", "))
	return err
}

type keysRotateCmd struct {
	countyRegistry
	Continue bool `help:"Make no new key: go on where a rotation was broken off."`
	Retire   bool `help:"Then remove the keys that wrap nothing any more; backups from before can't be opened after that."`
}

// Run is safe to break off at any moment: both keys are in the file until
// nothing is under the old one.
func (c *keysRotateCmd) Run(ctx context.Context, s *streams) error {
	if _, err := c.needed(c.County); err != nil {
		return err
	}
	ring, err := c.ring()
	if err != nil {
		return err
	}
	if !c.Continue {
		if _, err := ring.Rotate(c.County, time.Now()); err != nil {
			return err
		}
		if err := ring.Save(c.Keys); err != nil {
			return err
		}
	}
	keys, err := ring.County(c.County)
	if err != nil {
		return err
	}
	return c.with(ctx, s, func(db *postgis.DB) error {
		n, err := db.RewrapKeys(ctx, keys, vault.Act{Actor: whoami(), At: time.Now().UTC()})
		if err != nil {
			return err
		}
		fmt.Fprintf(s.Out, "county %s: %d people are under key %s\n", c.County, n, keys.Active())
		if !c.Retire {
			return nil
		}
		gone, err := ring.Retire(c.County)
		if err == nil {
			err = ring.Save(c.Keys)
		}
		if err == nil {
			_, err = fmt.Fprintf(s.Out, "retired %s\n", strings.Join(gone, ", "))
		}
		return err
	})
}
