package handover

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Failure is a delivery that did not happen. Its text is kept and shown, so it
// holds nothing of a person and no secret.
type Failure struct {
	Permanent bool          // trying again changes nothing
	After     time.Duration // that the target asks to wait, 0 where it does not
	Why       string
	Cause     error // not shown; may be nil
}

func (f *Failure) Error() string { return f.Why }

func (f *Failure) Unwrap() error { return f.Cause }

// Permanent is a failure that trying again does not change.
func Permanent(format string, args ...any) *Failure {
	return &Failure{Permanent: true, Why: fmt.Sprintf(format, args...)}
}

// Transient is a failure that may pass.
func Transient(cause error, format string, args ...any) *Failure {
	return &Failure{Why: fmt.Sprintf(format, args...), Cause: cause}
}

// failureOf is the failure in err; one that nobody has judged may pass.
func failureOf(err error) *Failure {
	if f := (*Failure)(nil); errors.As(err, &f) {
		return f
	}
	return Transient(err, "the delivery failed inside Parus: see the log")
}

// Judge tells what an answer's status means: nil for 2xx; a failure that may
// pass for 408, 409, 425, 429 and 5xx, with what Retry-After asks for; a
// permanent one for the rest, redirects included.
func Judge(resp *http.Response, now time.Time) *Failure {
	s := resp.StatusCode
	switch {
	case s >= 200 && s < 300:
		return nil
	case s == http.StatusRequestTimeout || s == http.StatusConflict || s == http.StatusTooEarly || s == http.StatusTooManyRequests || s >= 500:
		return &Failure{After: retryAfter(resp.Header, now), Why: fmt.Sprintf("the target answers %d", s)}
	case s >= 300 && s < 400:
		return Permanent("the target answers %d and points elsewhere: give its own address, redirects are not followed", s)
	case s == http.StatusUnauthorized || s == http.StatusForbidden:
		return Permanent("the target answers %d: check the secrets and what they allow", s)
	}
	return Permanent("the target answers %d", s)
}

// mostWait bounds what a target may ask for.
const mostWait = 24 * time.Hour

// retryAfter reads the header, seconds or a date (RFC 9110, 10.2.3).
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if s, err := strconv.ParseUint(text, 10, 31); err == nil {
		return min(time.Duration(s)*time.Second, mostWait)
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	if d, err := http.ParseTime(h.Get("Date")); err == nil {
		now = d // by the target's own clock
	}
	return min(max(at.Sub(now), 0), mostWait)
}
