package web_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"parus/internal/publication"
	"parus/web"
)

// leaving is a store whose every read of a session ends as the given error.
type leaving struct {
	web.Store
	err error
}

func (l leaving) SessionAccount(context.Context, []byte, time.Time) (publication.Account, error) {
	return publication.Account{}, l.err
}

func TestARequestThatItsSenderGivesUpIsNoErrorInTheLog(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err    error
		logged bool
	}{
		"given up by the browser":     {fmt.Errorf("read session: %w", context.Canceled), false},
		"a database that has gone":    {fmt.Errorf("read session: connection refused"), true},
		"a database that is too slow": {fmt.Errorf("read session: %w", context.DeadlineExceeded), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			h, err := web.New(web.Config{Log: slog.New(slog.NewTextHandler(&log, nil))}, leaving{err: c.err})
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest(http.MethodGet, "/v1/publications", nil)
			r.AddCookie(&http.Cookie{Name: "parus", Value: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE"})
			h.ServeHTTP(httptest.NewRecorder(), r)
			if got := log.Len() > 0; got != c.logged {
				t.Errorf("logged %q, want something logged: %v", log.String(), c.logged)
			}
		})
	}
}
