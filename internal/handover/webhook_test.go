package handover_test

import (
	"context"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"parus/internal/handover"
)

func carrier(t testing.TB, a handover.Address, read func(string) ([]byte, error)) *handover.WebhookCarrier {
	t.Helper()
	w, err := handover.NewWebhookCarrier(handover.WebhookConfig{Address: a}, []string{secret(1)}, clock, read)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// carry sends the accepted line to a handler.
func carry(t testing.TB, handler http.HandlerFunc, timeout string) (handover.Receipt, *handover.Failure) {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	defer server.Close()
	r, err := carrier(t, handover.Address{URL: server.URL, Timeout: timeout}, nil).Carry(t.Context(), handover.Delivery{Event: accepted(t)})
	return r, failure(t, err)
}

func failure(t testing.TB, err error) *handover.Failure {
	t.Helper()
	if err == nil {
		return nil
	}
	f := (*handover.Failure)(nil)
	if !errors.As(err, &f) {
		t.Fatalf("%v is no judged failure", err)
	}
	return f
}

func TestAnswersOfReceivers(t *testing.T) {
	t.Parallel()
	status := func(s int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(s)
		}
	}
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		fails   bool
		again   bool
		after   time.Duration
	}{
		"200":                    {status(200), false, false, 0},
		"204":                    {status(204), false, false, 0},
		"400":                    {status(400), true, false, 0},
		"401":                    {status(401), true, false, 0},
		"404":                    {status(404), true, false, 0},
		"408":                    {status(408), true, true, 0},
		"409":                    {status(409), true, true, 0},
		"410":                    {status(410), true, false, 0},
		"425":                    {status(425), true, true, 0},
		"429 with seconds":       {status(429, "Retry-After", "120"), true, true, 2 * time.Minute},
		"503 with a date":        {status(503, "Date", "Wed, 01 Apr 2026 04:00:00 GMT", "Retry-After", "Wed, 01 Apr 2026 04:10:00 GMT"), true, true, 10 * time.Minute},
		"429 for ever":           {status(429, "Retry-After", "999999999"), true, true, 24 * time.Hour},
		"429 with nonsense":      {status(429, "Retry-After", "-5"), true, true, 0},
		"500":                    {status(500), true, true, 0},
		"302 to this machine":    {status(302, "Location", "http://127.0.0.1:1/"), true, false, 0},
		"307 that repeats posts": {status(307, "Location", "/again"), true, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int32
			_, f := carry(t, func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				c.handler(w, r)
			}, "")
			if (f != nil) != c.fails || f != nil && (f.Permanent == c.again || f.After != c.after) {
				t.Errorf("%+v, want fails %v, again %v after %s", f, c.fails, c.again, c.after)
			}
			if asked.Load() != 1 {
				t.Errorf("asked %d times", asked.Load())
			}
		})
	}
}

func TestAReceiverThatNeverAnswersIsGivenUp(t *testing.T) {
	t.Parallel()
	done := make(chan struct{})
	_, f := carry(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-done:
		case <-r.Context().Done():
		}
	}, "50ms")
	close(done)
	if f == nil || f.Permanent || !strings.Contains(f.Why, "in time") {
		t.Errorf("%+v", f)
	}
}

func TestTheStatusDecidesWhateverFollowsIt(t *testing.T) {
	t.Parallel()
	endless := func(w http.ResponseWriter, r *http.Request) {
		for chunk := make([]byte, 1<<16); r.Context().Err() == nil; {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}
	slow := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	for name, h := range map[string]http.HandlerFunc{"an endless body": endless, "a body that never comes": slow} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, f := carry(t, h, "300ms")
			if f != nil || len(r.Digest) != 64 {
				t.Errorf("%+v, %+v", r, f)
			}
		})
	}
}

func TestAConnectionThatBreaksIsTriedAgain(t *testing.T) {
	t.Parallel()
	_, f := carry(t, func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_ = c.(*net.TCPConn).SetLinger(0) // a reset
		_ = c.Close()
	}, "")
	if f == nil || f.Permanent {
		t.Errorf("%+v", f)
	}
}

func TestOnlyTrustedCertificates(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	d := handover.Delivery{Event: accepted(t)}
	_, err := carrier(t, handover.Address{URL: server.URL}, nil).Carry(t.Context(), d)
	if f := failure(t, err); f == nil || f.Permanent || !strings.Contains(f.Why, "certificate") {
		t.Errorf("an unknown authority: %+v", f)
	}
	read := func(string) ([]byte, error) {
		return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), nil
	}
	if _, err := carrier(t, handover.Address{URL: server.URL, CAFile: "bank.pem"}, read).Carry(t.Context(), d); err != nil {
		t.Errorf("the bank's own authority: %v", err)
	}
	if _, err := (handover.Address{URL: server.URL, CAFile: "x"}).Client(func(string) ([]byte, error) { return []byte("no pem"), nil }); err == nil {
		t.Error("a CA file without a certificate is taken")
	}
}

func TestAddressesThatAreNotDialled(t *testing.T) {
	t.Parallel()
	tenNet := netip.MustParsePrefix("10.1.0.0/16")
	for ip, want := range map[string]bool{ // whether it is asked, with 10.1.0.0/16 allowed
		"93.184.216.34": true, "2606:2800:220:1::1": true, "10.1.2.3": true, "::ffff:10.1.2.3": true,
		"10.2.0.1": false, "::ffff:10.2.0.1": false, "192.168.1.1": false, "172.16.0.1": false, "fd00::1": false, "100.64.0.1": false,
		"127.0.0.1": false, "127.9.9.9": false, "::1": false, "::ffff:127.0.0.1": false, "0.0.0.0": false, "::": false, "0.1.2.3": false,
		"169.254.169.254": false, "fe80::1": false, "224.0.0.1": false, "ff02::1": false, "255.255.255.255": false,
		"64:ff9b::a02:1": false, "2002:a02:1::": false, "2001::1": false, "198.18.0.1": false,
	} {
		if err := handover.JudgeAddress(netip.MustParseAddr(ip), false, tenNet); (err == nil) != want {
			t.Errorf("%s: %v, want asked: %v", ip, err, want)
		}
	}
	if err := handover.JudgeAddress(netip.MustParseAddr("127.0.0.1"), true); err != nil {
		t.Errorf("this machine, where it is configured: %v", err)
	}
}

// The gate stands where connections are made, after names are resolved: the
// socket is never connected.
func TestTheGateStandsAtTheDialer(t *testing.T) {
	t.Parallel()
	for _, u := range []string{"https://10.2.0.1/x", "https://169.254.169.254/latest", "https://[fd00::1]/x"} {
		_, err := carrier(t, handover.Address{URL: u}, nil).Carry(t.Context(), handover.Delivery{Event: accepted(t)})
		if f := failure(t, err); f == nil || !f.Permanent {
			t.Errorf("%s: %+v", u, f)
		}
	}
}

func TestAddressesThatAreNotTaken(t *testing.T) {
	t.Parallel()
	for _, bad := range []handover.Address{
		{URL: ""}, {URL: "bank.example"}, {URL: "http://bank.example/x"}, {URL: "ftp://bank.example"}, {URL: "https://u:p@bank.example"},
		{URL: "https://bank.example/?token=1"}, {URL: "https://bank.example/#x"}, {URL: "http://127.0.0.1.evil.example"},
		{URL: "https://bank.example", Timeout: "1h"}, {URL: "https://bank.example", AllowPrivate: []string{"10.0.0.1"}},
	} {
		if _, err := bad.Client(nil); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
	if _, err := handover.ParseWebhookConfig([]byte(`{"url":"https://bank.example","secret":"x"}`)); err == nil {
		t.Error("an unknown key is taken")
	}
}

func TestAnEndedContextIsNoFailureOfTheReceiver(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := carrier(t, handover.Address{URL: "http://127.0.0.1:1"}, nil).Carry(ctx, handover.Delivery{Event: accepted(t)})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestRetriesFollowTheTable(t *testing.T) {
	t.Parallel()
	r := handover.StandardRetries()
	soft := &handover.Failure{}
	for i, want := range r.Waits {
		low, again := r.Next(i+1, soft, 0)
		high, _ := r.Next(i+1, soft, 0.999)
		if !again || low != want*8/10 || high <= want || high > want*12/10 {
			t.Errorf("attempt %d: %s to %s (%v), want %s by a fifth either way", i+1, low, high, again, want)
		}
	}
	if _, again := r.Next(len(r.Waits)+1, soft, .5); again {
		t.Error("the table has an end")
	}
	if _, again := r.Next(1, handover.Permanent("no"), .5); again {
		t.Error("what is permanent is tried again")
	}
	if wait, _ := r.Next(1, &handover.Failure{After: time.Hour}, .5); wait != time.Hour {
		t.Errorf("waits %s for a target that asks for an hour", wait)
	}
}

func TestSecretsFiles(t *testing.T) {
	t.Parallel()
	s, err := handover.ReadSecrets(strings.NewReader(`{"format":"parus-handover-1","targets":{"bank":{"webhook":[` + strconv.Quote(secret(1)) + `],"username":"u","password":"hush"}}}`))
	if err != nil || s.Targets["bank"].Password != "hush" {
		t.Fatalf("%v", err)
	}
	for _, bad := range []string{"", "{}", `{"format":"parus-handover-1","hush":1}`, `{"format":"parus-handover-1","targets":{"bank":{"webhook":["hush"]}}}`,
		`{"format":"parus-handover-1","targets":{"a b":{}}}`, `{"format":"parus-handover-1","targets":{"bank":{"hook_token":"hush"}}}`} {
		if _, err := handover.ReadSecrets(strings.NewReader(bad)); err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
