package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"parus/credit"
	"parus/credit/rule"
	"parus/internal/governance"
	"parus/internal/postgis"
	"parus/internal/publication"
)

// policyCmd groups the life of credit policies; see docs/policy.md.
type policyCmd struct {
	Check    policyCheckCmd    `cmd:"" help:"Check a policy's document; faults are told with line and column."`
	Facts    policyFactsCmd    `cmd:"" help:"List the facts that rules may name."`
	Draft    policyDraftCmd    `cmd:"" help:"Keep a document as a draft."`
	List     policyListCmd     `cmd:"" help:"List the policies and where they stand."`
	Show     policyShowCmd     `cmd:"" help:"Print a policy with its terms, back-tests and history."`
	Diff     policyDiffCmd     `cmd:"" help:"List what one policy changes in another."`
	Backtest policyBacktestCmd `cmd:"" help:"Decide a past season again under a policy: who gains, who loses, by how much."`
	Approve  policyApproveCmd  `cmd:"" help:"Approve a tested policy that somebody else has written."`
	Activate policyActivateCmd `cmd:"" help:"Put an approved policy in force from a day on."`
	Rollback policyRollbackCmd `cmd:"" help:"Take a policy back; what was in force before holds again from today on."`
	Shadow   policyShadowCmd   `cmd:"" help:"Let a policy decide in the shadow of a county's own, or end that."`
	Compare  policyCompareCmd  `cmd:"" help:"Compare what a county's policy and its challenger decided."`
}

// bank is the scope of the command line: whoever has the database.
var bank = publication.Scope{Counties: []string{""}, Scores: true}

// acting is who acts and why.
type acting struct {
	As     string `required:"" placeholder:"NAME" help:"Account that acts; its role is checked."`
	Reason string `placeholder:"TEXT" help:"Why; it is kept in the history."`
}

func (a acting) move() governance.Move {
	return governance.Move{Account: a.As, Reason: a.Reason, At: time.Now().UTC()}
}

type policyCheckCmd struct {
	File string `arg:"" type:"existingfile" help:"The document, YAML."`
}

// Run tells every fault with its place, or what the document changes.
func (c *policyCheckCmd) Run(s *streams) error {
	p, err := readPolicyFile(c.File)
	if err != nil {
		return err
	}
	base, err := credit.DefaultPolicy()
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "policy %s is sound: %d rules\n", p.Version, len(p.Rules))
	return printChanges(s, credit.DiffPolicies(base, p))
}

func readPolicyFile(path string) (credit.Policy, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return credit.Policy{}, err
	}
	p, err := credit.ReadPolicy(bytes.NewReader(data))
	if err != nil {
		return p, fmt.Errorf("%s:\n%w", path, err)
	}
	return p, nil
}

type policyFactsCmd struct{}

// Run prints the table of facts.
func (c *policyFactsCmd) Run(s *streams) error {
	tab := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "fact\ttype\tunit\tknown\tmeaning")
	for _, f := range rule.Environment() {
		known := "scoring"
		if f.Live {
			known = "application"
		}
		fmt.Fprintf(tab, "%s\t%s\t%s\t%s\t%s %s\n", f.Name, f.Kind, f.Unit, known, f.ZH, f.EN)
	}
	return tab.Flush()
}

type policyDraftCmd struct {
	File string `arg:"" type:"existingfile" help:"The document, YAML."`
	acting
	database
}

// Run completes the document with today's defaults and keeps it.
func (c *policyDraftCmd) Run(ctx context.Context, s *streams) error {
	data, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	full, p, err := credit.CompleteDocument(data)
	if err != nil {
		return fmt.Errorf("%s:\n%w", c.File, err)
	}
	return c.with(ctx, s, func(db *postgis.DB) error {
		kept, err := db.DraftPolicy(ctx, c.move(), p.Version, full)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.Out, "policy %s, document %.12s, is %s; next: parus policy backtest %s --county CODE --season NAME\n", kept.Version, kept.Digest, kept.State, kept.Version)
		return err
	})
}

type policyListCmd struct{ database }

// Run prints the policies, the latest first.
func (c *policyListCmd) Run(ctx context.Context, s *streams) error {
	return c.with(ctx, s, func(db *postgis.DB) error {
		list, err := db.Policies(ctx, bank, governance.DayOf(time.Now()))
		if err != nil {
			return err
		}
		tab := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(tab, "version\tdocument\tstanding\tauthor\tdrafted\tapprover")
		for _, p := range list {
			fmt.Fprintf(tab, "%s\t%.12s\t%s\t%s\t%s\t%s\n", p.Version, p.Digest, p.Standing, p.Author, p.CreatedAt.Format("2006-01-02 15:04"), p.Approver)
		}
		return tab.Flush()
	})
}

type policyShowCmd struct {
	Policy string `arg:"" help:"Version, or the beginning of the document's digest."`
	database
}

// Run prints the document after what became of it.
func (c *policyShowCmd) Run(ctx context.Context, s *streams) error {
	return c.with(ctx, s, func(db *postgis.DB) error {
		p, err := db.Policy(ctx, bank, c.Policy, governance.DayOf(time.Now()))
		if err != nil {
			return err
		}
		fmt.Fprintf(s.Out, "policy %s, document %s\nstanding %s; written by %s\n", p.Version, p.Digest, p.Standing, p.Author)
		for _, t := range p.Terms {
			where, until := "every county", ""
			if t.Prefix != "" {
				where = "county " + t.Prefix
			}
			if t.Ended != nil {
				until = ", rolled back on " + t.Ended.String()
			}
			fmt.Fprintf(s.Out, "in force  from %s in %s%s\n", t.From, where, until)
		}
		for _, county := range p.Shadows {
			fmt.Fprintf(s.Out, "shadow    county %s\n", county)
		}
		for _, b := range p.Backtests {
			fmt.Fprintf(s.Out, "back-test %d of %s on %s %s: %d households, engine %s, by %s\n", b.ID, b.At.Format("2006-01-02 15:04"), b.County, b.Season, b.Households, b.EngineVersion, b.Actor)
		}
		for _, e := range p.History {
			fmt.Fprintf(s.Out, "history   %s %s by %s: %s\n", e.At.Format("2006-01-02 15:04"), e.Act, e.Actor, e.Reason)
		}
		_, err = fmt.Fprintf(s.Out, "\n%s", p.Document)
		return err
	})
}

type policyDiffCmd struct {
	Before string `arg:"" help:"Version, digest, file, or default."`
	After  string `arg:"" help:"The same of the other."`
	database
}

// Run prints what the second changes in the first.
func (c *policyDiffCmd) Run(ctx context.Context, s *streams) error {
	var sides [2]credit.Policy
	for i, name := range []string{c.Before, c.After} {
		var err error
		if sides[i], _, err = findPolicy(ctx, c.database, s, name); err != nil {
			return err
		}
	}
	return printChanges(s, credit.DiffPolicies(sides[0], sides[1]))
}

// findPolicy reads a policy from a file, from the store, or the default; the digest is
// that of a stored one.
func findPolicy(ctx context.Context, d database, s *streams, name string) (found credit.Policy, digest string, err error) {
	if name == "default" {
		found, err = credit.DefaultPolicy()
		return found, "", err
	}
	if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
		found, err = readPolicyFile(name)
		return found, "", err
	}
	err = d.with(ctx, s, func(db *postgis.DB) error {
		card, err := db.Policy(ctx, bank, name, governance.DayOf(time.Now()))
		if errors.Is(err, publication.ErrNotFound) {
			return fmt.Errorf("policy %s: there is no such version, digest or file: see `parus policy list`", name)
		}
		if err != nil {
			return err
		}
		digest = card.Digest
		found, err = credit.ReadPolicy(strings.NewReader(card.Document))
		return err
	})
	return found, digest, err
}

func printChanges(s *streams, changes []credit.PolicyChange) error {
	if len(changes) == 0 {
		_, err := fmt.Fprintln(s.Out, "no difference")
		return err
	}
	for _, x := range changes {
		before, after := x.Before, x.After
		if before == "" {
			before = "(none)"
		}
		if after == "" {
			after = "(none)"
		}
		if _, err := fmt.Fprintf(s.Out, "%s: %s → %s\n", x.Key, before, after); err != nil {
			return err
		}
	}
	return nil
}
