package web_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"parus/internal/publication"
	"parus/web"
)

// leaving is a store whose every read of a session ends as the given error.
type leaving struct {
	web.Store
	err  error
	away bool // the database is
}

func (l leaving) Away(error) bool { return l.away }

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

func TestWhileTheDatabaseIsAwayTheAnswerSaysSo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		away  bool
		want  int
		code  string
		again string
	}{
		"away":                  {true, http.StatusServiceUnavailable, `"code":"away"`, "5"},
		"there, and it is ours": {false, http.StatusInternalServerError, `"code":"internal"`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, err := web.New(web.Config{}, leaving{err: errors.New("read session: broken pipe"), away: c.away})
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest(http.MethodGet, "/v1/publications", nil)
			r.AddCookie(&http.Cookie{Name: "parus", Value: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE"})
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != c.want || !strings.Contains(w.Body.String(), c.code) || w.Header().Get("Retry-After") != c.again {
				t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
			}
		})
	}
}

// gone is a database that goes away after the session was read.
type gone struct{ leaving }

func (gone) SessionAccount(context.Context, []byte, time.Time) (publication.Account, error) {
	return publication.Account{Name: "officer"}, nil
}

func (g gone) Publications(context.Context, publication.Scope) ([]publication.Publication, error) {
	return nil, g.err
}

func TestADatabaseThatGoesInTheMiddleIsToldWithATimeToTryAgain(t *testing.T) {
	t.Parallel()
	h, err := web.New(web.Config{}, gone{leaving{err: errors.New("unexpected EOF"), away: true}})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, "/v1/publications", nil)
	r.AddCookie(&http.Cookie{Name: "parus", Value: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE"})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), `"code":"away"`) || w.Header().Get("Retry-After") != "5" ||
		w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}
