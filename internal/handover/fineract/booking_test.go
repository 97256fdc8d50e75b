package fineract_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"parus/credit/lending"
	"parus/internal/handover"
	"parus/internal/handover/fineract"
)

// book takes bookings once by reference.
type book struct {
	bookings map[string]handover.Booking
	refuse   error
}

func (b *book) Move(_ context.Context, x handover.Booking) error {
	if b.refuse != nil {
		return b.refuse
	}
	if _, ok := b.bookings[x.Reference]; ok {
		return handover.ErrBooked
	}
	b.bookings[x.Reference] = x
	return nil
}

const token = "0123456789abcdef0123456789abcdef"

// paid is a hook with a bank that has paid a loan out and got some back.
func paid(t *testing.T) (*bank, fineract.Hook, *book) {
	t.Helper()
	b, s := newBank(t)
	c := newCarrier(t, config(s.URL, func(c *fineract.Config) { c.Then = "disburse" }), nil)
	if _, f := carry(t, c, accepted(t)); f != nil {
		t.Fatal(f)
	}
	l := b.loans[50]
	l.transactions = append(l.transactions,
		map[string]any{"id": 901, "type": map[string]any{"repayment": true}, "date": []int{2026, 6, 20}, "amount": amount(12_499), "principalPortion": amount(0)},
		map[string]any{"id": 902, "type": map[string]any{"repayment": true}, "date": []int{2026, 7, 15}, "amount": amount(303_955), "principalPortion": amount(300_000)},
		map[string]any{"id": 903, "type": map[string]any{"accrual": true}, "date": []int{2026, 7, 16}, "amount": amount(100)})
	in := &book{bookings: map[string]handover.Booking{}}
	return b, fineract.Hook{Carrier: c, Token: token, Book: in}, in
}

func call(h http.Handler, path, body string, header ...string) int {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Fineract-Platform-TenantId", "default")
	r.Header.Set("Content-Type", "application/json; charset=UTF-8")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

// What the message says of amounts is not believed: it is read from the bank.
const disbursed = `{"entityName":"LOAN","actionName":"DISBURSE","createdBy":1,"request":{"transactionAmount":"999999"},"response":{"loanId":50,"resourceId":50},"timestamp":"2026-04-02T00:00:00Z"}`

func TestAHookBooksWhatTheBankSaysOnce(t *testing.T) {
	t.Parallel()
	_, h, in := paid(t)
	for range 2 {
		if code := call(h, "/hooks/bank/"+token+"/", disbursed); code != http.StatusNoContent {
			t.Fatalf("answers %d", code)
		}
	}
	draw, repay := in.bookings["fineract default transaction 900"], in.bookings["fineract default transaction 902"]
	if len(in.bookings) != 2 || draw.Act != lending.ActDraw || draw.AmountFen != 700_000 || draw.Application != 17 || draw.County != "370199" || draw.On != date(t, "2026-04-01") ||
		repay.Act != lending.ActRepay || repay.AmountFen != 300_000 {
		t.Errorf("%+v", in.bookings)
	}
}

func TestHooksThatAreNotTheBanks(t *testing.T) {
	t.Parallel()
	_, h, in := paid(t)
	for name, code := range map[string]int{
		"a wrong token":   call(h, "/hooks/bank/"+strings.Repeat("x", 32), disbursed),
		"no token":        call(h, "/hooks/bank/", disbursed),
		"another tenant":  call(h, "/"+token, disbursed, "Fineract-Platform-TenantId", "other"),
		"a form":          call(h, "/"+token, disbursed, "Content-Type", "application/x-www-form-urlencoded"),
		"no JSON":         call(h, "/"+token, "hello"),
		"a huge message":  call(h, "/"+token, `{"x":"`+strings.Repeat("x", 2<<20)+`"}`),
		"an unknown loan": call(h, "/"+token, strings.Replace(disbursed, `"loanId":50`, `"loanId":51`, 1)),
		"an empty token":  call(fineract.Hook{Carrier: h.Carrier, Book: in}, "/", disbursed),
	} {
		if code < 400 {
			t.Errorf("%s is answered %d", name, code)
		}
	}
	for name, body := range map[string]string{
		"a client":                strings.Replace(disbursed, "LOAN", "CLIENT", 1),
		"a command that failed":   strings.Replace(disbursed, `"createdBy"`, `"status":"Exception","createdBy"`, 1),
		"a message without loans": `{"entityName":"LOAN","response":{}}`,
	} {
		if code := call(h, "/"+token, body); code != http.StatusNoContent {
			t.Errorf("%s is answered %d", name, code)
		}
	}
	if len(in.bookings) != 0 {
		t.Errorf("booked %+v", in.bookings)
	}
}

func TestLoansOfOthersAreNotBooked(t *testing.T) {
	t.Parallel()
	b, h, in := paid(t)
	b.loans[50].externalID = "somebody else's"
	if code := call(h, "/"+token, disbursed); code != http.StatusNoContent || len(in.bookings) != 0 {
		t.Errorf("answers %d, booked %+v", code, in.bookings)
	}
}

func TestABookThatRefusesIsToldOf(t *testing.T) {
	t.Parallel()
	_, h, in := paid(t)
	in.refuse = errors.New("more than the line")
	if code := call(h, "/"+token, disbursed); code != http.StatusBadGateway {
		t.Errorf("answers %d", code)
	}
}
