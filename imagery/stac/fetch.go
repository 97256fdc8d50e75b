package stac

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Client sets how HTTP sources are asked. Zero fields stand for the defaults.
type Client struct {
	Timeout  time.Duration // of one request; default 30 s
	Attempts int           // per request, the first included; default 4
	Backoff  time.Duration // before the second attempt, doubled after; default 500 ms
	MaxBytes int64         // of one answer, unpacked; default 64 MiB
}

// maxWait bounds how long a server may ask to be left alone.
const maxWait = 30 * time.Second

// fetcher asks one host. It follows no redirect to another and speaks plain
// HTTP to loopback addresses only.
type fetcher struct {
	Client
	host string
	http *http.Client
}

func newFetcher(c Client, source string) *fetcher {
	if c.Timeout <= 0 {
		c.Timeout = 30 * time.Second
	}
	if c.Attempts <= 0 {
		c.Attempts = 4
	}
	if c.Backoff <= 0 {
		c.Backoff = 500 * time.Millisecond
	}
	if c.MaxBytes <= 0 {
		c.MaxBytes = 64 << 20
	}
	f := &fetcher{Client: c}
	if u, err := url.Parse(source); err == nil {
		f.host = u.Host
	}
	f.http = &http.Client{Timeout: c.Timeout, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) > 5 {
			return errors.New("too many redirects")
		}
		return f.allowed(r.URL)
	}}
	return f
}

// allowed tells whether a URL may be asked.
func (f *fetcher) allowed(u *url.URL) error {
	if u.Host != f.host {
		return fmt.Errorf("leads off %s to %s: load that address itself", f.host, u.Host)
	}
	if u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()) {
		return nil
	}
	return fmt.Errorf("%s: only https is asked over a network", u.Scheme)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (f *fetcher) get(ctx context.Context, target string) ([]byte, error) {
	return f.ask(ctx, http.MethodGet, target, nil)
}

func (f *fetcher) post(ctx context.Context, target string, body any) ([]byte, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return f.ask(ctx, http.MethodPost, target, b)
}

// ask sends a request, again after failures that may pass: no answer, 429,
// 5xx, an answer cut short.
func (f *fetcher) ask(ctx context.Context, method, target string, body []byte) ([]byte, error) {
	u, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	if err := f.allowed(u); err != nil {
		return nil, err
	}
	wait := f.Backoff
	for attempt := 1; ; attempt++ {
		data, after, err := f.once(ctx, method, target, body)
		if err == nil {
			return data, nil
		}
		if p := (*permanentError)(nil); errors.As(err, &p) || attempt == f.Attempts || ctx.Err() != nil {
			return nil, fmt.Errorf("%s %s (attempt %d): %w", method, u.Redacted(), attempt, err)
		}
		t := time.NewTimer(min(max(wait, after), maxWait))
		select {
		case <-ctx.Done():
			t.Stop()
			return nil, ctx.Err()
		case <-t.C:
		}
		wait *= 2
	}
}

// permanentError marks an answer that asking again will not change.
type permanentError struct{ error }

func (e *permanentError) Unwrap() error { return e.error }

// once sends one request; after is how long the server asks to wait.
func (f *fetcher) once(ctx context.Context, method, target string, body []byte) (data []byte, after time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return nil, 0, &permanentError{err}
	}
	req.Header.Set("Accept", "application/geo+json, application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := f.http.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500:
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After")) // a date counts as none
		return nil, time.Duration(seconds) * time.Second, fmt.Errorf("the server answers %s", resp.Status)
	case resp.StatusCode != http.StatusOK:
		return nil, 0, &permanentError{fmt.Errorf("the server answers %s", resp.Status)}
	}
	data, err = io.ReadAll(io.LimitReader(resp.Body, f.MaxBytes+1))
	if err != nil {
		return nil, 0, fmt.Errorf("the answer is cut short: %w", err)
	}
	if int64(len(data)) > f.MaxBytes {
		return nil, 0, &permanentError{fmt.Errorf("the answer is longer than %d bytes", f.MaxBytes)}
	}
	return data, 0, nil
}
