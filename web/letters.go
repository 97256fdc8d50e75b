package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"time"

	"parus/credit"
	"parus/credit/lending"
	"parus/internal/letter"
	"parus/internal/publication"

	"github.com/danielgtaylor/huma/v2"
)

// Letterhead is what letters say beside the decision.
type Letterhead struct {
	Lender, Contact string        // "" leaves a blank
	Press           *letter.Press // nil: no fonts were found, and letters are refused
}

// NewLetterhead looks for the fonts of letters; fonts is as in
// [letter.NewPress]. Fonts that were not named and are not there are no error:
// a server without them refuses letters and does all else.
func NewLetterhead(lender, contact, fonts string) (Letterhead, error) {
	h := Letterhead{Lender: lender, Contact: contact}
	press, err := letter.NewPress(fonts)
	if err != nil && (fonts != "" || !errors.Is(err, fs.ErrNotExist)) {
		return h, err
	}
	h.Press = press
	return h, nil
}

type letterInput struct {
	ApplicationPath
	Lang string `query:"lang" enum:"zh,en" default:"zh"`
}

type letterOutput struct {
	ContentType        string `header:"Content-Type"`
	ContentDisposition string `header:"Content-Disposition"`
	CacheControl       string `header:"Cache-Control"`
	Body               []byte
}

func (s *server) addLetters(api huma.API) {
	huma.Register(api, s.operation(huma.Operation{
		OperationID: "applicationLetter", Method: http.MethodGet, Path: "/v1/applications/{id}/letter.pdf", Tags: []string{"applications"},
		Summary: "The letter that tells the household what was decided, why, and how to object", Errors: []int{404, 409, 503},
		Responses: map[string]*huma.Response{"200": {Description: "PDF, A4", Content: map[string]*huma.MediaType{"application/pdf": {}}}},
	}), s.applicationLetter)
}

func (s *server) applicationLetter(ctx context.Context, in *letterInput) (*letterOutput, error) {
	papers, err := s.store.ApplicationPapers(ctx, scopeOf(ctx), in.ID)
	if err != nil {
		return nil, s.refused("applicationLetter", err)
	}
	if s.cfg.Letterhead.Press == nil {
		return nil, problem(http.StatusServiceUnavailable, "no_fonts", "This server has no fonts to set letters in.",
			"Ask the administrator to install fonts-open-sans and fonts-droid-fallback, or to name others by PARUS_LETTER_FONT.")
	}
	l, err := s.compose(papers)
	if err != nil {
		return nil, s.answer("applicationLetter", err)
	}
	var out bytes.Buffer
	if _, err := s.cfg.Letterhead.Press.Write(&out, l, letter.Language(in.Lang)); err != nil {
		return nil, s.answer("applicationLetter", err)
	}
	return &letterOutput{
		ContentType: "application/pdf", CacheControl: noStore, Body: out.Bytes(),
		ContentDisposition: fmt.Sprintf(`attachment; filename="parus-%d-%s.pdf"`, in.ID, in.Lang),
	}, nil
}

// compose makes a letter of an application: of the decision that it rests on,
// with what became of it.
func (s *server) compose(p publication.Papers) (letter.Letter, error) {
	var snap credit.Snapshot
	if err := json.Unmarshal(p.Snapshot, &snap); err != nil {
		return letter.Letter{}, fmt.Errorf("snapshot of application %d: %w", p.ID, err)
	}
	rec, err := lending.ReadRecord([]byte(p.Record))
	if err != nil {
		return letter.Letter{}, fmt.Errorf("application %d: %w", p.ID, err)
	}
	digest := snap.Digest
	if snap.Decision, err = rec.Decision(snap); err != nil {
		return letter.Letter{}, fmt.Errorf("application %d: %w", p.ID, err)
	}
	head := s.cfg.Letterhead
	l := letter.FromSnapshot(snap, letter.Particulars{
		Lender: head.Lender, County: p.CountyName, Contact: head.Contact, Applicant: p.Household, Crops: s.crops, ParcelNames: p.Parcels,
	})
	l.Application, l.Provenance.Digest = fmt.Sprint(p.ID), digest
	l.Date = credit.DateOf(p.CreatedAt)
	if p.DecidedAt != nil {
		l.Date = credit.DateOf(*p.DecidedAt)
	}
	o := rec.Outcome
	l.From = o.AsOf
	if l.ImageryAgeDays >= 0 {
		l.ImageryAgeDays += int(l.Date.Time().Sub(o.AsOf.Time()) / (24 * time.Hour)) // it was counted to the day of the score
	}
	l.AskedFen, l.GrantedFen, l.APR = credit.Fen(p.AskedFen), credit.Fen(p.LineFen), p.APR
	l.Schedule, l.Reasons = o.ScheduleOf(l.GrantedFen), o.Offer.Reasons
	l.State, l.Because = stateOfLetter(p.ApplicationCard, o)
	if p.Consent != nil {
		l.Consent = letter.Consent{On: credit.DateOf(*p.Consent)}
	}
	return l, nil
}

// stateOfLetter is what was decided, and why where a person has to look or has
// said no.
func stateOfLetter(a publication.ApplicationCard, o lending.Outcome) (letter.State, letter.Words) {
	because := letter.Words{ZH: o.Offer.ReferralZH, EN: o.Offer.Referral}
	switch {
	case a.State == lending.Rejected:
		for _, e := range a.History {
			if e.Act == lending.ActReject && e.Role != lending.System && e.Reason != "" {
				because = letter.Words{ZH: e.Reason}
			}
		}
		return letter.Rejected, because
	case a.State == lending.Referred, a.State == lending.Withdrawn && o.Act == lending.ActRefer:
		return letter.Referred, because
	case a.LineFen < a.AskedFen:
		return letter.CounterOffer, letter.Words{}
	}
	return letter.Approved, letter.Words{}
}
