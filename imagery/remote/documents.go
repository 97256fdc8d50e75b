package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// Documents asks one host for JSON. It is safe for concurrent use.
type Documents struct {
	Client
	home *url.URL
	http *http.Client
}

// NewDocuments asks the host of source.
func NewDocuments(c Client, source string) *Documents {
	d := &Documents{Client: c.withDefaults(), home: &url.URL{}}
	if u, err := url.Parse(source); err == nil {
		d.home = u
	}
	d.http = staying(newTransport(gate{named: true, resolver: c.Resolver}), d.home)
	return d
}

// Get asks for a document.
func (d *Documents) Get(ctx context.Context, target string) ([]byte, error) {
	return d.send(ctx, http.MethodGet, target, nil)
}

// Post sends body as JSON and returns the answer.
func (d *Documents) Post(ctx context.Context, target string, body any) ([]byte, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return d.send(ctx, http.MethodPost, target, b)
}

func (d *Documents) send(ctx context.Context, method, target string, body []byte) ([]byte, error) {
	u, err := url.Parse(target)
	if err != nil {
		return nil, errors.New("the address cannot be read")
	}
	if err := allowed(u, d.home); err != nil {
		return nil, err
	}
	r := request{method: method, url: u, body: body, header: http.Header{"Accept": {"application/geo+json, application/json"}}}
	if body != nil {
		r.header.Set("Content-Type", "application/json")
	}
	r.accept = func(resp *http.Response) ([]byte, error) {
		if resp.StatusCode != http.StatusOK {
			return nil, &permanentError{fmt.Errorf("the server answers %s", resp.Status)}
		}
		return readBounded(resp.Body, d.MaxBytes)
	}
	return d.ask(ctx, d.http, r)
}
