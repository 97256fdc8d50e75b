package handover_test

import (
	"strings"
	"testing"

	"parus/internal/handover"
)

func FuzzParseNumber(f *testing.F) {
	for _, s := range []string{"370199-17", "-1", "370199-", "a-b-3", "370199-9223372036854775807"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := handover.ParseNumber(s)
		if err == nil && (handover.Event{County: n.County, Application: n.Application}).Number() != s {
			t.Errorf("%q is read as %+v", s, n)
		}
	})
}

func FuzzReadSecrets(f *testing.F) {
	f.Add(`{"format":"parus-handover-1","targets":{"bank":{"password":"hush hush"}}}`)
	f.Add(`{"format":"parus-handover-1","targets":{"bank":{"webhook":["hush hush"]}}}`)
	f.Add(`hush hush`)
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := handover.ReadSecrets(strings.NewReader(s)); err != nil && strings.Contains(err.Error(), "hush") {
			t.Errorf("%q: the error tells a secret: %v", s, err)
		}
	})
}

func FuzzParseWebhookConfig(f *testing.F) {
	f.Add(`{"url":"https://bank.example/x"}`)
	f.Add(`{"url":"http://127.0.0.1:1","allow_private":["10.0.0.0/8"],"timeout":"3s"}`)
	f.Add(`{"url":"http://localhost@evil.example"}`)
	f.Fuzz(func(t *testing.T, s string) {
		c, err := handover.ParseWebhookConfig([]byte(s))
		if err != nil {
			return
		}
		u, err := c.Parse()
		if err != nil || u.User != nil || u.Scheme != "https" && u.Hostname() != "localhost" && !strings.HasPrefix(u.Hostname(), "127.") && !strings.Contains(u.Hostname(), ":") {
			t.Errorf("%q is taken: %v, %v", s, u, err)
		}
	})
}
