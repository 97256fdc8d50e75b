package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"parus/credit"
	"parus/fields/catalogue"
	"parus/internal/letter"
)

// letterFonts names the fonts of letters.
type letterFonts struct {
	LetterFont string `env:"PARUS_LETTER_FONT" placeholder:"FILES" help:"TrueType files that letters are set in, separated as in PATH; without it, those of Debian's fonts-open-sans and fonts-droid-fallback."`
}

// letterhead is what letters say beside the decision.
type letterhead struct {
	letterFonts
	Lender  string `name:"lender" env:"PARUS_LETTER_LENDER" help:"Name of the lender, for the head of letters."`
	Contact string `name:"contact" env:"PARUS_LETTER_CONTACT" help:"Where a household may object; without it letters have a blank to be filled in."`
}

// letterCmd writes the letter on a stored decision.
type letterCmd struct {
	platform
	letterhead
	Decision string `arg:"" help:"Digest of the decision (the first twelve characters do), or a household's id for its latest."`
	Lang     string `enum:"zh,en" default:"zh" help:"Language: zh or en."`
	Out      string `short:"o" required:"" placeholder:"FILE" help:"PDF file to write; - writes it to the standard output."`
}

// Run writes the letter and tells what could not be printed as it is stored. It
// tells of the decision as it was made, by whatever engine: to repeat it is the
// verb replay's.
func (c *letterCmd) Run(ctx context.Context, s *streams) (err error) {
	lang, err := letter.ParseLanguage(c.Lang)
	if err != nil {
		return usageError{err}
	}
	press, err := letter.NewPress(c.LetterFont)
	if err != nil {
		return err
	}
	l, err := c.compose(ctx, s)
	if err != nil {
		return err
	}
	var notes letter.Notes
	err = writeWhole(c.Out, s.Out, func(w io.Writer) (err error) {
		notes, err = press.Write(w, l, lang)
		return err
	})
	if err != nil {
		return err
	}
	for _, r := range notes.Missing {
		fmt.Fprintf(s.Err, "parus: no font has U+%04X: the letter shows its code point\n", r)
	}
	return nil
}

// compose reads the decision and whom it is about.
func (c *letterCmd) compose(ctx context.Context, s *streams) (l letter.Letter, err error) {
	b, err := c.openDatabase(ctx, s)
	if err != nil {
		return l, err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	stored, err := b.db.Snapshot(ctx, c.Decision)
	if err != nil {
		return l, err
	}
	var snap credit.Snapshot
	if err := json.Unmarshal(stored, &snap); err != nil {
		return l, fmt.Errorf("decision %s: snapshot cannot be read: %w", c.Decision, err)
	}
	who, err := b.db.Addressee(ctx, snap.Case.HouseholdID, snap.Digest)
	if err != nil {
		return l, err
	}
	crops, err := catalogue.Load()
	if err != nil {
		return l, err
	}
	return letter.FromSnapshot(snap, letter.Particulars{
		Lender: c.Lender, County: who.CountyName, Contact: c.Contact, Applicant: who.DisplayName, Crops: crops,
	}), nil
}
