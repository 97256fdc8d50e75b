package scorecard

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// Errors of reading a card, wrapped by [Read].
var (
	ErrNotCard     = errors.New("not a scorecard file")
	ErrCardVersion = errors.New("scorecard of another format version")
	ErrCardCorrupt = errors.New("scorecard file is cut short, changed or damaged")
)

const (
	format       = "parus scorecard"
	mostCardSize = 16 << 20
)

// file is the JSON around a card.
type file struct {
	Format  string          `json:"format"`
	Version int             `json:"version"`
	Digest  string          `json:"digest"` // SHA-256 of the card's JSON without spaces
	Card    json.RawMessage `json:"card"`
}

// Write writes the card as JSON. The same card gives the same bytes.
func (s Scorecard) Write(w io.Writer) error {
	body, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("write scorecard: %w", err)
	}
	out, err := json.MarshalIndent(file{format, FormatVersion, digestOf(body), body}, "", "  ")
	if err != nil {
		return fmt.Errorf("write scorecard: %w", err)
	}
	if _, err := w.Write(append(out, '\n')); err != nil {
		return fmt.Errorf("write scorecard: %w", err)
	}
	return nil
}

// Digest is the SHA-256, in hex, by which results refer to the card.
func (s Scorecard) Digest() string {
	body, err := json.Marshal(s)
	if err != nil {
		return "" // a card from Fit or Read holds finite numbers only
	}
	return digestOf(body)
}

func digestOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// Read reads a card. Errors wrap [ErrNotCard], [ErrCardVersion] or
// [ErrCardCorrupt]; a card that is marked for decisions and may not take part
// in any is refused with [ErrEvidence] or [ErrForbidden].
func Read(r io.Reader) (Scorecard, error) {
	text, err := io.ReadAll(io.LimitReader(r, mostCardSize+1))
	if err != nil {
		return Scorecard{}, fmt.Errorf("read scorecard: %w", err)
	}
	s, err := decode(text)
	if err != nil {
		return Scorecard{}, fmt.Errorf("read scorecard: %w: fit it again with `parus scorecard fit`", err)
	}
	return s, nil
}

func decode(text []byte) (Scorecard, error) {
	if len(text) > mostCardSize {
		return Scorecard{}, fmt.Errorf("%w: it has more than %d bytes", ErrNotCard, mostCardSize)
	}
	var f file
	if err := json.Unmarshal(text, &f); err != nil || f.Format != format {
		if bytes.Contains(text[:min(len(text), 200)], []byte(`"`+format+`"`)) {
			return Scorecard{}, ErrCardCorrupt
		}
		return Scorecard{}, ErrNotCard
	}
	if f.Version != FormatVersion {
		return Scorecard{}, fmt.Errorf("%w: the file has version %d, this build reads %d", ErrCardVersion, f.Version, FormatVersion)
	}
	var body bytes.Buffer
	if err := json.Compact(&body, f.Card); err != nil || digestOf(body.Bytes()) != f.Digest {
		return Scorecard{}, ErrCardCorrupt
	}
	d := json.NewDecoder(&body)
	d.DisallowUnknownFields()
	var s Scorecard
	if err := d.Decode(&s); err != nil {
		return Scorecard{}, fmt.Errorf("%w: %w", ErrCardCorrupt, err)
	}
	if err := s.consistent(); err != nil {
		return Scorecard{}, fmt.Errorf("%w: %w", ErrCardCorrupt, err)
	}
	if s.Use == Decisions {
		return s, s.Decides()
	}
	return s, nil
}

// consistent tells whether scoring can neither fail nor fall between bins.
func (s Scorecard) consistent() error {
	switch {
	case s.Use != Exploratory && s.Use != Decisions:
		return fmt.Errorf("use %q", s.Use)
	case len(s.Characteristics) == 0:
		return errors.New("no characteristic")
	case !s.Scale.usable():
		return errors.New("scale")
	case s.PD.Slope < 0 || s.PD.Slope > 1e3 || math.Abs(s.PD.Intercept) > 1e3:
		return errors.New("line of the probability of default")
	case len(s.Scores.Shares) != len(s.Scores.Edges)+1 || !slices.IsSorted(s.Scores.Edges):
		return errors.New("shares of scores")
	case s.Training.Rows < 1 || s.Training.Bads < 0 || s.Training.Bads > s.Training.Rows:
		return errors.New("counts")
	}
	seen := map[string]bool{}
	for _, c := range s.Characteristics {
		if c.Name == "" || seen[c.Name] {
			return fmt.Errorf("characteristic %q twice or without a name", c.Name)
		}
		seen[c.Name] = true
		if err := c.consistent(); err != nil {
			return fmt.Errorf("characteristic %q: %w", c.Name, err)
		}
	}
	return nil
}

func (c Characteristic) consistent() error {
	n := len(c.Bins)
	if n < 2 || !c.Bins[n-1].Missing {
		return errors.New("no bin for what is not known")
	}
	rows := 0
	for i, b := range c.Bins {
		rows += b.Rows
		if b.Rows < 0 || b.Bads < 0 || b.Bads > b.Rows || rows > math.MaxInt32 || b.Missing != (i == n-1) || b.Points < -1e6 || b.Points > 1e6 {
			return fmt.Errorf("bin %d", i+1)
		}
	}
	if rows == 0 {
		return errors.New("empty")
	}
	if c.Words {
		return c.wordsConsistent()
	}
	for i, b := range c.Bins[:n-1] {
		open := i == 0 && b.Above != nil || i == n-2 && b.UpTo != nil
		gap := i > 0 && (b.Above == nil || c.Bins[i-1].UpTo == nil || *b.Above != *c.Bins[i-1].UpTo)
		empty := b.Above != nil && b.UpTo != nil && !(*b.Above < *b.UpTo)
		if open || gap || empty || b.Other || b.Levels != nil {
			return fmt.Errorf("bin %d does not join its neighbours", i+1)
		}
	}
	return nil
}

func (c Characteristic) wordsConsistent() error {
	seen, others := map[string]bool{}, 0
	for i, b := range c.Bins {
		if b.Above != nil || b.UpTo != nil || !slices.IsSorted(b.Levels) || b.Missing && (b.Levels != nil || b.Other) {
			return fmt.Errorf("bin %d", i+1)
		}
		for _, l := range b.Levels {
			if l == "" || seen[l] {
				return fmt.Errorf("level %q is in two bins", l)
			}
			seen[l] = true
		}
		if b.Other {
			others++
		}
	}
	if others != 1 {
		return errors.New("no bin for levels that were never seen")
	}
	return nil
}
