package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Client sets how servers are asked. Zero fields stand for the defaults.
type Client struct {
	Timeout  time.Duration // of one request with its answer; default 30 s
	Attempts int           // per request, the first included; default 4
	Backoff  time.Duration // before the second attempt, doubled after; default 500 ms
	MaxWait  time.Duration // that a server may ask for; default 30 s
	MaxBytes int64         // of one document, unpacked; default 64 MiB
	Resolver *net.Resolver // of names; default: the machine's
}

func (c Client) withDefaults() Client {
	if c.Timeout <= 0 {
		c.Timeout = 30 * time.Second
	}
	if c.Attempts <= 0 {
		c.Attempts = 4
	}
	if c.Backoff <= 0 {
		c.Backoff = 500 * time.Millisecond
	}
	if c.MaxWait <= 0 {
		c.MaxWait = 30 * time.Second
	}
	if c.MaxBytes <= 0 {
		c.MaxBytes = 64 << 20
	}
	return c
}

// request is one question to a server.
type request struct {
	method string
	url    *url.URL
	header http.Header
	body   []byte
	sign   func(*http.Request) *http.Request // nil for none
	// explain, where set, says what a refusal means.
	explain func(*http.Response, error) error
	// accept reads the answer's body where its status and headers are as they
	// should be. An error is tried again where it is not permanent.
	accept func(*http.Response) ([]byte, error)
}

// ask sends a request, again after failures that may pass: no answer, 408,
// 425, 429, 5xx, an answer cut short. Errors name the address without its
// query, which may hold a token.
func (c Client) ask(ctx context.Context, h *http.Client, r request) ([]byte, error) {
	wait := c.Backoff
	for attempt := 1; ; attempt++ {
		data, err := c.once(ctx, h, r)
		if err == nil {
			return data, nil
		}
		pause, again := c.pause(err, wait)
		if !again || attempt >= c.Attempts || ctx.Err() != nil {
			return nil, fmt.Errorf("%s %s (attempt %d): %w", r.method, plain(r.url), attempt, outage(err))
		}
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil, fmt.Errorf("%s %s: %w while waiting after: %w", r.method, plain(r.url), ctx.Err(), err)
		case <-t.C:
		}
		wait *= 2
	}
}

// outageError is a failure that asking much later may mend.
type outageError struct{ error }

func (e outageError) Unwrap() error { return e.error }

// Passing tells so to whoever may ask again.
func (outageError) Passing() bool { return true }

// outage marks what is not permanent.
func outage(err error) error {
	if p := (*permanentError)(nil); errors.As(err, &p) {
		return err
	}
	return outageError{err}
}

// pause tells how long to wait after a failure, and whether to ask again.
func (c Client) pause(err error, backoff time.Duration) (time.Duration, bool) {
	if p := (*permanentError)(nil); errors.As(err, &p) {
		return 0, false
	}
	var s *statusError
	if errors.As(err, &s) && s.after > backoff {
		return s.after, s.after <= c.MaxWait
	}
	return backoff, true
}

// RetryAfter is how long the server asks to wait before the next request, where
// an error of this package says so, else 0.
func RetryAfter(err error) time.Duration {
	var s *statusError
	if errors.As(err, &s) {
		return s.after
	}
	return 0
}

// statusError is an answer that is none.
type statusError struct {
	status string
	after  time.Duration // that the server asks to wait
}

func (e *statusError) Error() string {
	if e.after > 0 {
		return fmt.Sprintf("the server answers %s and asks to wait %s", e.status, e.after)
	}
	return "the server answers " + e.status
}

func (c Client) once(ctx context.Context, h *http.Client, r request) ([]byte, error) {
	timed, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(timed, r.method, r.url.String(), bytes.NewReader(r.body))
	if err != nil {
		return nil, &permanentError{errors.New("the address cannot be asked")}
	}
	for k, v := range r.header {
		req.Header[k] = v
	}
	if r.sign != nil {
		req = r.sign(req)
	}
	resp, err := h.Do(req)
	if err == nil {
		defer resp.Body.Close()
		var data []byte
		if err = judgeStatus(resp); err == nil {
			data, err = r.accept(resp)
		} else if r.explain != nil {
			err = r.explain(resp, err)
		}
		if err == nil {
			return data, nil
		}
	}
	if timed.Err() != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("no whole answer within %s: %w", c.Timeout, context.DeadlineExceeded)
	}
	if u := (*url.Error)(nil); errors.As(err, &u) {
		err = u.Err // its text would repeat the address, with its query
	}
	return nil, err
}

// judgeStatus lets pass what the request's own rules are to judge.
func judgeStatus(resp *http.Response) error {
	switch s := resp.StatusCode; {
	case s == http.StatusTooManyRequests || s == http.StatusRequestTimeout || s == http.StatusTooEarly || s >= 500:
		return &statusError{resp.Status, retryAfter(resp.Header)}
	case s == http.StatusUnauthorized || s == http.StatusForbidden:
		return &permanentError{fmt.Errorf("the server answers %s: sign the links, or give credentials", resp.Status)}
	case s == http.StatusOK || s == http.StatusPartialContent || s == http.StatusPreconditionFailed || s == http.StatusRequestedRangeNotSatisfiable:
		return nil
	}
	return &permanentError{fmt.Errorf("the server answers %s", resp.Status)}
}

// retryAfter reads the header, seconds or a date (RFC 9110, 10.2.3); a date is
// taken by the server's own clock.
func retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if s, err := strconv.Atoi(text); err == nil {
		return time.Duration(min(max(s, 0), 1<<30)) * time.Second
	}
	then, err := http.ParseTime(text)
	now, e := http.ParseTime(h.Get("Date"))
	if err != nil || e != nil {
		return 0
	}
	return max(then.Sub(now), 0)
}

// readBounded reads a body of at most limit bytes.
func readBounded(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("the answer is cut short: %w", err)
	}
	if int64(len(data)) > limit {
		return nil, &permanentError{fmt.Errorf("the answer is longer than %d bytes", limit)}
	}
	return data, nil
}
