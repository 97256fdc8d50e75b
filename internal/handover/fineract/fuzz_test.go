package fineract_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"parus/internal/handover"
	"parus/internal/handover/fineract"
)

// Whatever a hook says, nothing panics, and nothing is booked that the bank does
// not confirm.
func FuzzHook(f *testing.F) {
	f.Add(disbursed)
	f.Add(`{"entityName":"LOAN","response":{"loanId":1e3}}`)
	f.Add(`[]`)
	c, err := fineract.New(config("http://127.0.0.1:1", nil), handover.TargetSecret{Username: "u", Password: "p"}, fineract.Tools{Now: time.Now})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) {
		in := &book{bookings: map[string]handover.Booking{}, refuse: errors.New("no")}
		call(fineract.Hook{Carrier: c, Token: token, Book: in}, "/"+token, body)
		if len(in.bookings) > 0 {
			t.Error("booked")
		}
	})
}

// Whatever stands in the bank's place answers: a failure, no panic.
func FuzzAnswers(f *testing.F) {
	f.Add(200, `{"id":1,"externalId":"370199-17","repaymentSchedule":{"periods":[{"period":1,"dueDate":[2026,1,1],"principalDue":1.5}]}}`)
	f.Add(200, `{"id":1,"externalId":"370199-17","principal":1e99999999}`)
	f.Add(404, `{"userMessageGlobalisationCode":"error.msg.x","errors":[{}]}`)
	f.Add(403, `{"errors":null}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return
		}
		b, s := newBank(t)
		b.hurt = func(w http.ResponseWriter, _ *http.Request, _ bool) bool {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
			return true
		}
		if r, f := carry(t, newCarrier(t, config(s.URL, nil), nil), accepted(t)); f == nil {
			t.Errorf("%d %q is taken for a loan: %+v", status, body, r)
		}
	})
}
