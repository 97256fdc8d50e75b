package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"parus/internal/postgis"
	"parus/internal/publication"
	"parus/internal/vault"
)

// peopleCmd groups what may be done with personal data. Every verb leaves a
// line in the audit of the county.
type peopleCmd struct {
	Find   peopleFindCmd   `cmd:"" help:"Find people by a whole ID number, telephone number or name, read from the standard input."`
	Reveal peopleRevealCmd `cmd:"" help:"Show the personal data of a household."`
	Erase  peopleEraseCmd  `cmd:"" help:"Destroy a person's key, so that nobody can read the data in any release again."`
	Audit  peopleAuditCmd  `cmd:"" help:"Print and verify the audit of a county."`
}

// purpose is why something is done.
type purpose struct {
	Purpose string `required:"" help:"Why; it is kept in the audit."`
}

func (p purpose) act() (vault.Act, error) {
	text, err := publication.ParsePurpose(p.Purpose)
	if err != nil {
		return vault.Act{}, usageError{err}
	}
	return vault.Act{Actor: whoami(), Purpose: text, At: time.Now().UTC()}, nil
}

// all is the scope of the command line: whoever has the database and the keys.
var all = publication.Scope{Counties: []string{""}}

type peopleFindCmd struct {
	countyRegistry
	purpose
	Release int64 `placeholder:"N" help:"A release; default: the one in force."`
}

// Run prints masked matches. What is searched for is no argument, since those
// can be seen by everybody on the machine.
func (c *peopleFindCmd) Run(ctx context.Context, s *streams) error {
	keys, err := c.needed(c.County)
	if err != nil {
		return err
	}
	act, err := c.act()
	if err != nil {
		return err
	}
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if text := strings.TrimSpace(line); text == "" || err != nil && !errors.Is(err, io.EOF) {
		return usageError{errors.New("write an ID number, a telephone number or a name to the standard input")}
	}
	return c.with(ctx, s, func(db *postgis.DB) error {
		r, err := chosenRelease(ctx, db, c.County, c.Release)
		if err != nil {
			return err
		}
		found, err := db.FindPeople(ctx, all, keys, r.ID, strings.TrimSpace(line), act)
		if err != nil {
			return err
		}
		tab := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(tab, "person\thousehold\tholder\tname\tid number\ttelephone")
		for _, m := range found {
			fmt.Fprintf(tab, "%x\t%s\t%t\t%s\t%s\t%s\n", m.Subject, m.Household, m.Holder, m.NameMask, m.IDMask, m.PhoneMask)
		}
		return tab.Flush()
	})
}

type peopleRevealCmd struct {
	countyRegistry
	purpose
	Household string `arg:"" help:"Id of the household."`
	Release   int64  `placeholder:"N" help:"A release; default: the one in force."`
}

// Run prints what was sealed, after the audit has it.
func (c *peopleRevealCmd) Run(ctx context.Context, s *streams) error {
	keys, err := c.needed(c.County)
	if err != nil {
		return err
	}
	act, err := c.act()
	if err != nil {
		return err
	}
	return c.with(ctx, s, func(db *postgis.DB) error {
		r, err := chosenRelease(ctx, db, c.County, c.Release)
		if err != nil {
			return err
		}
		found, err := db.Reveal(ctx, all, keys, r.ID, c.Household, act)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fmt.Errorf("household %s has no personal data in release %d", c.Household, r.ID)
		}
		return printRevealed(s.Out, found)
	})
}

func printRevealed(w io.Writer, found []vault.Revealed) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "person\tholder\thead\tname\tid number\ttelephone\taddress")
	for _, m := range found {
		fmt.Fprintf(tab, "%x\t%t\t%t\t%s\t%s\t%s\t%s\n", m.Subject, m.Holder, m.Head, m.Secret.Name, m.Secret.IDNumber, m.Secret.Phone, m.Secret.Address)
	}
	return tab.Flush()
}

type peopleEraseCmd struct {
	countyRegistry
	purpose
	Person string `arg:"" help:"Number of the person, as find and reveal print it."`
}

// Run erases; there is no way back.
func (c *peopleEraseCmd) Run(ctx context.Context, s *streams) error {
	subject, err := hex.DecodeString(c.Person)
	if err != nil || len(subject) == 0 {
		return usageError{errors.New("the person's number is not one that `parus people find` prints")}
	}
	keys, err := c.needed(c.County)
	if err != nil {
		return err
	}
	act, err := c.act()
	if err != nil {
		return err
	}
	return c.with(ctx, s, func(db *postgis.DB) error {
		if err := db.ErasePerson(ctx, keys, subject, act); err != nil {
			return err
		}
		_, err := fmt.Fprintf(s.Out, "county %s: person %x is erased from every release\n", c.County, subject)
		return err
	})
}

type peopleAuditCmd struct {
	countyRegistry
	Head string `placeholder:"HASH" help:"Hash of an entry that was noted before: entries cut off the end show by it."`
}

// Run fails where the chain is broken.
func (c *peopleAuditCmd) Run(ctx context.Context, s *streams) error {
	keys, err := c.countyIfKept(c.County)
	if err != nil {
		return err
	}
	return c.with(ctx, s, func(db *postgis.DB) error {
		entries, err := db.Audit(ctx, c.County)
		if err != nil {
			return err
		}
		tab := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(tab, "entry\tat\twho\twhat\titem\tpurpose\thash")
		for _, e := range entries {
			fmt.Fprintf(tab, "%d\t%s\t%s\t%s\t%s\t%s\t%x\n", e.Seq, e.At.Format(time.RFC3339), e.Actor, e.Act, e.Item, e.Purpose, e.Hash)
		}
		if err := tab.Flush(); err != nil {
			return err
		}
		if err := keys.Verify(entries, c.Head); err != nil {
			return fmt.Errorf("county %s: %w", c.County, err)
		}
		fmt.Fprintf(s.Err, "parus: %d entries, the chain holds\n", len(entries))
		return nil
	})
}
