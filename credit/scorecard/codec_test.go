package scorecard_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"parus/credit/scorecard"
)

// signed wraps the JSON of a card as a file with the digest that fits.
func signed(card string, version int) string {
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(card)); err != nil {
		return card
	}
	sum := sha256.Sum256(compact.Bytes())
	return fmt.Sprintf(`{"format":"parus scorecard","version":%d,"digest":%q,"card":%s}`, version, hex.EncodeToString(sum[:]), card)
}

func cardJSON(t testing.TB, card scorecard.Scorecard) string {
	t.Helper()
	b, err := json.Marshal(card)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestCardsComeBackAsWritten(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]scorecard.Options{"exploratory": {Explore: true}, "for decisions": {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			card := fit(t, loans(1800, 53, -1), loanColumns(), o)
			text := bytesOf(t, card)
			back, err := scorecard.Read(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if bytesOf(t, back) != text || back.Digest() != card.Digest() || !strings.Contains(text, card.Digest()) {
				t.Error("another card came back")
			}
		})
	}
}

func TestReadRefusesWhatIsNoWholeCard(t *testing.T) {
	t.Parallel()
	card := fit(t, loans(1800, 59, -1), loanColumns(), scorecard.Options{})
	text, body := bytesOf(t, card), cardJSON(t, card)
	edit := func(change func(*scorecard.Scorecard)) string {
		var c scorecard.Scorecard
		if err := json.Unmarshal([]byte(body), &c); err != nil {
			t.Fatal(err)
		}
		change(&c)
		return signed(cardJSON(t, c), scorecard.FormatVersion)
	}
	for name, c := range map[string]struct {
		text string
		is   error
	}{
		"nothing":                       {"", scorecard.ErrNotCard},
		"a table":                       {"loan,debt\n", scorecard.ErrNotCard},
		"another JSON":                  {`{"format":"parus policy"}`, scorecard.ErrNotCard},
		"cut short":                     {text[:len(text)/2], scorecard.ErrCardCorrupt},
		"a later version":               {signed(body, scorecard.FormatVersion+1), scorecard.ErrCardVersion},
		"a point changed by hand":       {strings.Replace(text, `"points": `, `"points": 1`, 1), scorecard.ErrCardCorrupt},
		"marked for decisions by hand":  {strings.Replace(text, `"decisions"`, `"exploratory"`, 1), scorecard.ErrCardCorrupt},
		"a field nobody knows":          {signed(strings.Replace(body, `"use":`, `"usage":1,"use":`, 1), scorecard.FormatVersion), scorecard.ErrCardCorrupt},
		"an unknown use":                {edit(func(c *scorecard.Scorecard) { c.Use = "all" }), scorecard.ErrCardCorrupt},
		"no characteristic":             {edit(func(c *scorecard.Scorecard) { c.Characteristics = nil }), scorecard.ErrCardCorrupt},
		"a gap between bins":            {edit(func(c *scorecard.Scorecard) { *gap(c).Above++ }), scorecard.ErrCardCorrupt},
		"no bin for the missing":        {edit(func(c *scorecard.Scorecard) { c.Characteristics[0].Bins = c.Characteristics[0].Bins[:1] }), scorecard.ErrCardCorrupt},
		"more bads than rows":           {edit(func(c *scorecard.Scorecard) { c.Characteristics[0].Bins[0].Bads = 1e6 }), scorecard.ErrCardCorrupt},
		"signed again with 150 bads":    {edit(func(c *scorecard.Scorecard) { c.Training.Bads = 150 }), scorecard.ErrEvidence},
		"signed again without a check":  {edit(func(c *scorecard.Scorecard) { c.HeldOut = nil }), scorecard.ErrEvidence},
		"signed again with a sex in it": {edit(func(c *scorecard.Scorecard) { c.Characteristics[0].Name = "gender" }), scorecard.ErrForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := scorecard.Read(strings.NewReader(c.text)); !errors.Is(err, c.is) || !strings.Contains(err.Error(), "scorecard fit") {
				t.Errorf("got %v, want %v", err, c.is)
			}
		})
	}
}

// gap finds a numeric bin with a lower edge.
func gap(c *scorecard.Scorecard) scorecard.Bin {
	for _, x := range c.Characteristics {
		for _, b := range x.Bins {
			if b.Above != nil {
				return b
			}
		}
	}
	panic("no numeric bin")
}

// FuzzRead signs what it is given, so that it gets behind the digest.
func FuzzRead(f *testing.F) {
	body := cardJSON(f, fit(f, loans(300, 61, -1), loanColumns(), scorecard.Options{Explore: true}))
	f.Add(body)
	f.Add(strings.Replace(body, `"above"`, `"up_to"`, 1))
	f.Add(`{"use":"decisions","characteristics":[{"name":"a","bins":[{"rows":1},{"missing":true}]}]}`)
	f.Add("parus scorecard")
	f.Fuzz(func(t *testing.T, text string) {
		for _, file := range []string{text, signed(text, scorecard.FormatVersion)} {
			card, err := scorecard.Read(strings.NewReader(file))
			if err != nil {
				continue
			}
			features := map[string]string{}
			for _, c := range card.Characteristics {
				features[c.Name] = "0"
			}
			if p, err := card.Score(features); err != nil || !(p.PD >= 0 && p.PD <= 1) {
				t.Errorf("a card that was read gives %+v, %v", p, err)
			}
			if err := card.Print(&bytes.Buffer{}, scorecard.Chinese); err != nil {
				t.Error(err)
			}
			if _, err := scorecard.Read(strings.NewReader(bytesOf(t, card))); err != nil {
				t.Errorf("a card that was read and written again: %v", err)
			}
		}
	})
}
