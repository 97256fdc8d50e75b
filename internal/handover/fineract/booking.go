package fineract

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"parus/credit"
	"parus/credit/lending"
	"parus/internal/handover"
)

// transaction is a row of a loan's transactions.
type transaction struct {
	ID   int64 `json:"id"`
	Type struct {
		Disbursement bool `json:"disbursement"`
		Repayment    bool `json:"repayment"`
	} `json:"type"`
	Date      day   `json:"date"`
	Amount    money `json:"amount"`
	Principal money `json:"principalPortion"`
	Reversed  bool  `json:"manuallyReversed"`
}

// bookings lists what was paid out and what principal was paid back, in
// Fineract's order. Repayments of interest alone are none of ours.
func (c *Carrier) bookings(l loan, number handover.Number) []handover.Booking {
	var out []handover.Booking
	for _, t := range l.Transactions {
		b := handover.Booking{Number: number, Reference: "fineract " + c.config.Tenant + " transaction " + strconv.FormatInt(t.ID, 10), On: t.Date.Date}
		switch {
		case t.Type.Disbursement:
			b.Act, b.AmountFen = lending.ActDraw, credit.Fen(t.Amount)
		case t.Type.Repayment && t.Principal > 0:
			b.Act, b.AmountFen = lending.ActRepay, credit.Fen(t.Principal)
		default:
			continue
		}
		b.Reversed = t.Reversed
		out = append(out, b)
	}
	return out
}

// ErrNotOurs says that a loan is not of an application.
var ErrNotOurs = errors.New("the loan is not of an application of ours")

// Pull reads a loan of ours and books what Fineract says of it. Fineract does
// not repeat hooks that got lost, so it is also called from time to time.
func (c *Carrier) Pull(ctx context.Context, id int64, book handover.Book) error {
	var l loan
	if _, err := c.api.ask(ctx, http.MethodGet, "loans/"+strconv.FormatInt(id, 10), url.Values{"associations": {"transactions"}}, nil, &l); err != nil {
		return err
	}
	number, err := handover.ParseNumber(l.ExternalID)
	if err != nil {
		return ErrNotOurs
	}
	for _, b := range c.bookings(l, number) {
		if err := book.Move(ctx, b); err != nil && !errors.Is(err, handover.ErrBooked) {
			return err
		}
	}
	return nil
}

// Hook answers Fineract's web hook. Its messages are not signed and are not sent
// again, so a message is but a hint: whoever knows the token in the address may
// give it, and what happened is read from Fineract itself.
type Hook struct {
	Carrier *Carrier
	Token   string // last element of the path; at least 32 characters
	Book    handover.Book
}

// mostHook bounds a message, which repeats the request that it is about.
const mostHook = 1 << 20

// hint is what is read of a message.
type hint struct {
	Entity   string `json:"entityName"`
	Status   string `json:"status"` // "Exception" where the command failed
	Response struct {
		LoanID int64 `json:"loanId"`
	} `json:"response"`
}

// ServeHTTP answers 204 where what the hint names is booked, or is none of ours.
func (h Hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimSuffix(r.URL.Path, "/") // Fineract adds a slash
	token := path[strings.LastIndexByte(path, '/')+1:]
	if len(h.Token) < 32 || subtle.ConstantTimeCompare([]byte(token), []byte(h.Token)) != 1 {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodPost {
		http.Error(w, "POST only", http.StatusMethodNotAllowed)
		return
	}
	if r.Header.Get("Fineract-Platform-TenantId") != h.Carrier.config.Tenant {
		http.Error(w, "another tenant", http.StatusForbidden)
		return
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		http.Error(w, "choose the content type json for the hook", http.StatusUnsupportedMediaType)
		return
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostHook))
	if err != nil {
		http.Error(w, "the message is too long or cut short", http.StatusRequestEntityTooLarge)
		return
	}
	var m hint
	if json.Unmarshal(data, &m) != nil {
		http.Error(w, "no JSON of a hook", http.StatusBadRequest)
		return
	}
	if m.Entity == "LOAN" && m.Status == "" && m.Response.LoanID > 0 {
		if err := h.Carrier.Pull(r.Context(), m.Response.LoanID, h.Book); err != nil && !errors.Is(err, ErrNotOurs) {
			http.Error(w, "not booked yet", http.StatusBadGateway)
			return
		}
	}
	w.WriteHeader(http.StatusNoContent)
}
