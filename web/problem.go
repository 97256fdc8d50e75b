package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"unicode/utf8"

	"parus/credit"
	"parus/internal/publication"

	"github.com/danielgtaylor/huma/v2"
)

// Problem is an error as RFC 9457 writes it, with a stable code and the next
// step. It never repeats values that were sent, which may be passwords.
type Problem struct {
	Type   string   `json:"type" doc:"urn:parus:problem: and the code."`
	Title  string   `json:"title"`
	Status int      `json:"status"`
	Detail string   `json:"detail,omitempty"`
	Code   string   `json:"code" doc:"Stable; the page translates it."`
	Next   string   `json:"next" doc:"What to do."`
	Fields []string `json:"fields,omitempty" doc:"What was wrong with the request, place by place."`

	// Of a policy's document alone, whose lines are shown with their faults.
	Line   int            `json:"line,omitempty" doc:"Of the first fault, from 1; left out where the document does not name the key."`
	Column int            `json:"column,omitempty" doc:"From 1, in characters."`
	Faults []credit.Fault `json:"faults,omitempty" doc:"Every fault of a policy's document, by line."`
}

// Error returns the detail, or the title where there is none.
func (p *Problem) Error() string {
	if p.Detail != "" {
		return p.Detail
	}
	return p.Title
}

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType makes it application/problem+json.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

func problem(status int, code, detail, next string) *Problem {
	return &Problem{
		Type: "urn:parus:problem:" + code, Title: http.StatusText(status), Status: status,
		Detail: detail, Code: code, Next: next,
	}
}

func errSignedOut() *Problem {
	return problem(http.StatusUnauthorized, "signed_out", "You are not signed in, or the session has ended.", "Sign in with POST /v1/session.")
}

func errNotFound() *Problem {
	return problem(http.StatusNotFound, "not_found", "There is nothing here that this account may see.",
		"Check the id and the publication; ask an administrator if your account should see this county.")
}

func errForbidden(detail, next string) *Problem {
	return problem(http.StatusForbidden, "forbidden", detail, next)
}

func errInternal() *Problem {
	return problem(http.StatusInternalServerError, "internal", "The server could not answer.",
		"Try again; if it stays, tell the administrator the time of this request.")
}

// awayAgain is after how many seconds a request may be sent again that met no
// database.
const awayAgain = "5"

func errAway() *Problem {
	return problem(http.StatusServiceUnavailable, "away", "The database is away for a moment; nothing was changed or it was changed whole.",
		"Send the same again in a few seconds; an application with the same Idempotency-Key is not made twice.")
}

func errBad(detail, next string) *Problem {
	return problem(http.StatusBadRequest, "bad_request", detail, next)
}

// writeProblem answers outside of the API's own handlers.
func writeProblem(w http.ResponseWriter, p *Problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	if p.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", awayAgain)
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the connection is gone where this fails
}

// useProblems makes the API's framework answer with Problem too. The hook is
// the framework's only one and global, so it is set once.
var useProblems = sync.OnceFunc(func() {
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		p := problem(status, "bad_request", msg, "Compare the request with /openapi.json.")
		if status >= http.StatusInternalServerError {
			p = errInternal()
		}
		for _, err := range errs {
			var d huma.ErrorDetailer
			if errors.As(err, &d) {
				e := d.ErrorDetail()
				p.Fields = append(p.Fields, e.Location+": "+e.Message)
			}
		}
		return p
	}
})

// answer turns a store's error into a problem; anything but "not found" is
// logged by its route and hidden.
func (s *server) answer(route string, err error) error {
	if err == nil {
		return nil
	}
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	if errors.Is(err, publication.ErrNotFound) {
		return errNotFound()
	}
	if unwritable(err) {
		return errBadText()
	}
	p = s.failure(route, err)
	if p.Status == http.StatusServiceUnavailable {
		return huma.ErrorWithHeaders(p, http.Header{"Retry-After": {awayAgain}})
	}
	return p
}

// failure keeps what went wrong here, and is what its sender is told.
func (s *server) failure(route string, err error) *Problem {
	s.logFailure(route, err)
	if s.store.Away(err) {
		return errAway()
	}
	return errInternal()
}

// unwritable tells whether a store refuses a text as no text: SQLSTATE 22021 and
// 22P05, of a NUL.
func unwritable(err error) bool {
	var e interface{ SQLState() string }
	return errors.As(err, &e) && (e.SQLState() == "22021" || e.SQLState() == "22P05")
}

func errBadText() *Problem {
	return errBad("The request holds characters that are no text.", "Leave NUL out, and send UTF-8.")
}

// sound refuses addresses that are no text, which no database keeps and no log
// should show.
func sound(next http.Handler) http.Handler {
	bad := func(text string) bool { return !utf8.ValidString(text) || strings.ContainsRune(text, 0) }
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query, err := url.QueryUnescape(r.URL.RawQuery)
		if err != nil || bad(r.URL.Path) || bad(query) {
			writeProblem(w, errBadText())
			return
		}
		next.ServeHTTP(w, r)
	})
}

// logFailure keeps what went wrong here for whoever runs the server. A request
// that its sender has given up, as maps do with tiles that have left the screen,
// is no failure.
func (s *server) logFailure(route string, err error) {
	if errors.Is(err, context.Canceled) {
		s.log.Debug("request given up by its sender", "route", route)
		return
	}
	s.log.Error("request failed", "route", route, "error", err.Error())
}
