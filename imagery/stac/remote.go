package stac

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// maxPages bounds the pages of one search, maxDocuments what is asked of a
// server in all: a hostile one could go on naming new ones.
const (
	maxPages     = 2000
	maxDocuments = 50_000
)

// ask gets one more document; post sends a search.
func (l *loader) ask(ctx context.Context, target string) ([]byte, error) {
	if err := l.another(); err != nil {
		return nil, err
	}
	return l.fetch.Get(ctx, target)
}

func (l *loader) post(ctx context.Context, target string, body any) ([]byte, error) {
	if err := l.another(); err != nil {
		return nil, err
	}
	return l.fetch.Post(ctx, target, body)
}

func (l *loader) another() error {
	if l.asked++; l.asked > maxDocuments {
		return fmt.Errorf("more than %d documents: %w", maxDocuments, errEndless)
	}
	return nil
}

var errEndless = errors.New("the catalogue has no end; narrow the query, or give a part of it")

// remote reads a URL: items, a static catalogue, or an API, which is searched.
func (l *loader) remote(ctx context.Context, source string) error {
	data, err := l.ask(ctx, source)
	if err != nil {
		return err
	}
	return l.page(ctx, source, data, map[string]bool{source: true}, 0)
}

// page reads one document of the network.
func (l *loader) page(ctx context.Context, at string, data []byte, seen map[string]bool, depth int) error {
	d, err := parseDocument(data)
	if err != nil {
		return err
	}
	switch d.Type {
	case "Feature":
		return l.item(data, at)
	case "FeatureCollection":
		return l.features(ctx, at, d, nil)
	case "Catalog", "Collection":
		if k, ok := findLink(d.Links, "search"); ok && d.Type == "Catalog" {
			return l.search(ctx, at, k)
		}
		return l.children(ctx, at, d, seen, depth)
	}
	return errNotSTAC
}

// children follows the links of a static catalogue over HTTP.
func (l *loader) children(ctx context.Context, at string, d document, seen map[string]bool, depth int) error {
	if depth >= maxDepth {
		return fmt.Errorf("%s: catalogues are nested more than %d deep", at, maxDepth)
	}
	for _, k := range d.Links {
		if k.Rel != "item" && k.Rel != "items" && k.Rel != "child" {
			continue
		}
		target, err := absolute(at, k.Href)
		if err == nil && seen[target] {
			continue
		}
		var data []byte
		if err == nil {
			seen[target] = true
			data, err = l.ask(ctx, target)
		}
		if err == nil {
			err = l.page(ctx, target, data, seen, depth+1)
		}
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if errors.Is(err, errEndless) {
				return err
			}
			l.refuse(k.Href, err)
		}
	}
	return nil
}

// features takes the items of a page and of those that follow it. body is the
// search that the page answers, nil for GET.
func (l *loader) features(ctx context.Context, at string, d document, body map[string]any) error {
	asked := map[string]bool{at + " " + text(body): true}
	for range maxPages {
		for _, f := range d.Features {
			if err := l.item(f, at); err != nil {
				return err
			}
		}
		k, ok := findLink(d.Links, "next")
		if !ok {
			return nil
		}
		target, err := absolute(at, k.Href)
		if err != nil {
			return err
		}
		var data []byte
		if strings.EqualFold(k.Method, "POST") {
			if body, err = nextBody(k, body); err != nil {
				return err
			}
			data, err = l.post(ctx, target, body)
		} else {
			data, err = l.ask(ctx, target)
		}
		if err != nil {
			return fmt.Errorf("next page: %w", err)
		}
		key := target + " " + text(body)
		if asked[key] {
			return fmt.Errorf("page %s leads to itself", target)
		}
		asked[key] = true
		at = target
		if d, err = parseDocument(data); err != nil {
			return err
		}
	}
	return fmt.Errorf("more than %d pages: narrow the query by dates or area", maxPages)
}

// nextBody is the search of the next page: the link's body, merged into the
// last one where the link says so.
func nextBody(k link, last map[string]any) (map[string]any, error) {
	var body map[string]any
	if len(k.Body) > 0 {
		if err := json.Unmarshal(k.Body, &body); err != nil {
			return nil, fmt.Errorf("next page: body: %w", err)
		}
	}
	if !k.Merge {
		return body, nil
	}
	out := map[string]any{}
	for key, v := range last {
		out[key] = v
	}
	for key, v := range body {
		out[key] = v
	}
	return out, nil
}

// search asks an API for the items of the query, by POST where it offers that.
func (l *loader) search(ctx context.Context, at string, k link) error {
	target, err := absolute(at, k.Href)
	if err != nil {
		return err
	}
	body := l.searchBody()
	if strings.EqualFold(k.Method, "POST") {
		data, err := l.post(ctx, target, body)
		if err != nil {
			return fmt.Errorf("search: %w", err)
		}
		return l.answer(ctx, target, data, body)
	}
	u, err := url.Parse(target)
	if err != nil {
		return fmt.Errorf("search: %w", err)
	}
	q := u.Query()
	for key, v := range body {
		q.Set(key, queryValue(v))
	}
	u.RawQuery = q.Encode()
	data, err := l.ask(ctx, u.String())
	if err != nil {
		return fmt.Errorf("search: %w", err)
	}
	return l.answer(ctx, u.String(), data, nil)
}

func (l *loader) answer(ctx context.Context, at string, data []byte, body map[string]any) error {
	d, err := parseDocument(data)
	if err != nil {
		return fmt.Errorf("search: %w", err)
	}
	if d.Type != "FeatureCollection" {
		return errors.New("search: the answer is no FeatureCollection")
	}
	return l.features(ctx, at, d, body)
}

// searchBody is the query in the terms of the STAC API, item search 1.0.
func (l *loader) searchBody() map[string]any {
	q := l.query
	body := map[string]any{"limit": 100}
	if b := q.Bound; b != nil {
		body["bbox"] = []float64{b.Min[0], b.Min[1], b.Max[0], b.Max[1]}
	}
	if !q.Start.IsZero() || !q.End.IsZero() {
		from, to := "..", ".."
		if !q.Start.IsZero() {
			from = q.Start.UTC().Format(time.RFC3339)
		}
		if !q.End.IsZero() {
			to = q.End.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1).Add(-time.Second).Format(time.RFC3339)
		}
		body["datetime"] = from + "/" + to
	}
	if len(q.Collections) > 0 {
		body["collections"] = slices.Clone(q.Collections)
	}
	return body
}

func queryValue(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []string:
		return strings.Join(v, ",")
	}
	return strings.Trim(text(v), "[]")
}

func text(v any) string {
	b, _ := json.Marshal(v) // maps of plain values always marshal
	return string(bytes.TrimSpace(b))
}

func findLink(links []link, rel string) (link, bool) {
	var found link
	for _, k := range links {
		if k.Rel != rel || k.Href == "" {
			continue
		}
		if strings.EqualFold(k.Method, "POST") {
			return k, true
		}
		if found.Href == "" {
			found = k
		}
	}
	return found, found.Href != ""
}

func absolute(base, href string) (string, error) {
	u, err := url.Parse(base)
	if err != nil {
		return "", err
	}
	ref, err := u.Parse(href)
	if err != nil {
		return "", fmt.Errorf("link %.80q: %w", href, err)
	}
	return ref.String(), nil
}
