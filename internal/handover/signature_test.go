package handover_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"parus/internal/handover"
)

func secret(n byte) string {
	return "whsec_" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{n}, 32))
}

func clock() time.Time { return noon }

// The vector of the specification and of its libraries.
func TestTheSpecificationsOwnMessageVerifies(t *testing.T) {
	t.Parallel()
	v, err := handover.NewVerifier([]string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, func() time.Time { return time.Unix(1614265330, 0) })
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	h.Set("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
	h.Set("webhook-timestamp", "1614265330")
	h.Set("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
	if id, err := v.Verify(h, []byte(`{"test": 2432232314}`)); err != nil || id != "msg_p5jXN8AQM9LWM0D4loKWxJek" {
		t.Errorf("%q, %v", id, err)
	}
}

// message is what a receiver gets of an event that is signed with the secrets.
func message(t testing.TB, secrets ...string) (http.Header, []byte) {
	t.Helper()
	type got struct {
		header http.Header
		body   []byte
	}
	in := make(chan got, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		in <- got{r.Header.Clone(), body}
	}))
	defer server.Close()
	w, err := handover.NewWebhookCarrier(handover.WebhookConfig{Address: handover.Address{URL: server.URL}}, secrets, clock, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Carry(t.Context(), handover.Delivery{Target: "bank", Attempt: 1, Event: accepted(t)}); err != nil {
		t.Fatal(err)
	}
	g := <-in
	return g.header, g.body
}

func TestReceiversTellOurMessagesFromOthers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		signed, known []string
		change        func(http.Header, []byte) []byte
		now           time.Time
		want          error
	}{
		"as it came":                            {[]string{secret(1)}, []string{secret(1)}, nil, noon, nil},
		"signed with both while secrets change": {[]string{secret(2), secret(1)}, []string{secret(1)}, nil, noon, nil},
		"known with both while secrets change":  {[]string{secret(1)}, []string{secret(2), secret(1)}, nil, noon, nil},
		"after the old secret has gone":         {[]string{secret(2)}, []string{secret(1)}, nil, noon, handover.ErrSignature},
		"with a changed amount": {[]string{secret(1)}, []string{secret(1)}, func(_ http.Header, b []byte) []byte {
			return bytes.Replace(b, []byte("700000"), []byte("900000"), 1)
		}, noon, handover.ErrSignature},
		"with another id": {[]string{secret(1)}, []string{secret(1)}, func(h http.Header, b []byte) []byte {
			h.Set("webhook-id", "evt-370199-5")
			return b
		}, noon, handover.ErrSignature},
		"with a newer time than was signed": {[]string{secret(1)}, []string{secret(1)}, func(h http.Header, b []byte) []byte {
			h.Set("webhook-timestamp", fmt.Sprint(noon.Add(time.Hour).Unix()))
			return b
		}, noon.Add(time.Hour), handover.ErrSignature},
		"without a signature": {[]string{secret(1)}, []string{secret(1)}, func(h http.Header, b []byte) []byte {
			h.Del("webhook-signature")
			return b
		}, noon, handover.ErrSignature},
		"within the tolerance": {[]string{secret(1)}, []string{secret(1)}, nil, noon.Add(5 * time.Minute), nil},
		"too late":             {[]string{secret(1)}, []string{secret(1)}, nil, noon.Add(5*time.Minute + time.Second), handover.ErrTooOld},
		"from the future":      {[]string{secret(1)}, []string{secret(1)}, nil, noon.Add(-5*time.Minute - time.Second), handover.ErrTooOld},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, body := message(t, c.signed...)
			v, err := handover.NewVerifier(c.known, func() time.Time { return c.now })
			if err != nil {
				t.Fatal(err)
			}
			if c.change != nil {
				body = c.change(h, body)
			}
			if _, err := v.Verify(h, body); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

func TestAMessagePassesOnce(t *testing.T) {
	t.Parallel()
	h, body := message(t, secret(1))
	v, err := handover.NewVerifier([]string{secret(1)}, clock)
	if err != nil {
		t.Fatal(err)
	}
	id, err := v.Verify(h, body)
	if err != nil || id != "evt-370199-4" {
		t.Fatalf("%q, %v", id, err)
	}
	if _, err := v.Verify(h, body); !errors.Is(err, handover.ErrSeen) {
		t.Errorf("the same message passes again: %v", err)
	}
	v.Forget(id)
	if _, err := v.Verify(h, body); err != nil {
		t.Errorf("after its handling failed: %v", err)
	}
}

func TestWeakSecretsAreRefused(t *testing.T) {
	t.Parallel()
	for _, bad := range [][]string{nil, {""}, {"whsec_"}, {"whsec_c2hvcnQ="}, {"not base64 at all, and long enough to be"}, {secret(1), "x"}} {
		if _, err := handover.NewVerifier(bad, clock); err == nil {
			t.Errorf("%q is taken for a secret", bad)
		}
	}
}

func FuzzVerify(f *testing.F) {
	f.Add("evt-1-1", "1775016000", "v1,abc", []byte("{}"))
	f.Add("", "x", "v1", []byte(nil))
	f.Add("a", "1775016000", "v2,abc v1,", []byte("a"))
	f.Fuzz(func(t *testing.T, id, at, signature string, body []byte) {
		v, err := handover.NewVerifier([]string{secret(1)}, clock)
		if err != nil {
			t.Fatal(err)
		}
		h := http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {at}, "Webhook-Signature": {signature}}
		if _, err := v.Verify(h, body); err == nil {
			t.Error("an unsigned message passes")
		}
	})
}
