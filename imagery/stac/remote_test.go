package stac_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"parus/imagery/remote"
	"parus/imagery/stac"
)

// quick makes retries fast enough for tests.
var quick = remote.Client{Timeout: 2 * time.Second, Attempts: 3, Backoff: time.Millisecond, MaxBytes: 1 << 20}

// remoteItem is an item whose assets lie on a server, so that no file need exist.
func remoteItem(id, datetime string) fields {
	it := testItem(id, datetime)
	for _, a := range it["assets"].(fields) {
		a := a.(fields)
		a["href"] = "https://data.example/" + strings.TrimPrefix(a["href"].(string), "./")
	}
	return it
}

func answer(t *testing.T, w http.ResponseWriter, v any) {
	t.Helper()
	w.Header().Set("Content-Type", "application/geo+json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		t.Error(err)
	}
}

func collection(next fields, items ...fields) fields {
	links := []fields{}
	if next != nil {
		links = append(links, next)
	}
	return fields{"type": "FeatureCollection", "features": items, "links": links}
}

func TestAPIIsSearchedByPlaceAndTimeAndPaged(t *testing.T) {
	t.Parallel()
	var bodies []fields
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		answer(t, w, fields{"type": "Catalog", "id": "api", "links": []fields{
			{"rel": "search", "href": "/search", "method": "GET"}, {"rel": "search", "href": "/search", "method": "POST"}}})
	})
	mux.HandleFunc("POST /search", func(w http.ResponseWriter, r *http.Request) {
		var body fields
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		bodies = append(bodies, body)
		switch body["token"] {
		case nil:
			answer(t, w, collection(fields{"rel": "next", "href": "/search", "method": "POST", "merge": true, "body": fields{"token": "2"}}, remoteItem("a", "2024-05-01T03:00:00Z")))
		case "2":
			answer(t, w, collection(fields{"rel": "next", "href": "/more?page=3"}, remoteItem("b", "2024-05-02T03:00:00Z")))
		}
	})
	mux.HandleFunc("GET /more", func(w http.ResponseWriter, _ *http.Request) {
		answer(t, w, collection(nil, remoteItem("c", "2024-05-03T03:00:00Z")))
	})
	srv := httptest.NewServer(mux)
	defer srv.Close()
	r := load(t, srv.URL+"/", stac.Query{
		Client: quick, Collections: []string{"sentinel-2-l2a"}, Bound: &orb.Bound{Min: orb.Point{117, 36}, Max: orb.Point{118, 37}},
		Start: time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2024, 5, 31, 0, 0, 0, 0, time.UTC),
	})
	if diff := cmp.Diff([]string{"a", "b", "c"}, ids(r.Scenes)); diff != "" || len(r.Refused) > 0 {
		t.Errorf("%s refused %v", diff, r.Refused)
	}
	want := fields{"bbox": []any{117., 36., 118., 37.}, "datetime": "2024-05-01T00:00:00Z/2024-05-31T23:59:59Z", "collections": []any{"sentinel-2-l2a"}, "limit": 100.}
	if diff := cmp.Diff(want, bodies[0]); diff != "" {
		t.Error(diff)
	}
	want["token"] = "2"
	if diff := cmp.Diff(want, bodies[1]); diff != "" {
		t.Error(diff)
	}
	if got := r.Scenes[0].Bands[0].Href; got != "https://data.example/ten.tif" {
		t.Error(got)
	}
}

func TestSearchByGET(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1", func(w http.ResponseWriter, _ *http.Request) {
		answer(t, w, fields{"type": "Catalog", "links": []fields{{"rel": "search", "href": "/v1/search"}}})
	})
	mux.HandleFunc("GET /v1/search", func(w http.ResponseWriter, r *http.Request) {
		if got := r.URL.Query().Get("bbox"); got != "1,2,3,4" {
			t.Errorf("bbox %q", got)
		}
		answer(t, w, collection(nil))
	})
	srv := httptest.NewServer(mux)
	defer srv.Close()
	r := load(t, srv.URL+"/v1", stac.Query{Client: quick, Bound: &orb.Bound{Min: orb.Point{1, 2}, Max: orb.Point{3, 4}}})
	if len(r.Scenes) != 0 {
		t.Errorf("%+v", r)
	}
}

func TestStaticCatalogueOverHTTPWithABrokenLink(t *testing.T) {
	t.Parallel()
	it := testItem("a", "2024-05-01T03:00:00Z") // hrefs relative to the item
	mux := http.NewServeMux()
	mux.HandleFunc("GET /cat/catalog.json", func(w http.ResponseWriter, _ *http.Request) {
		answer(t, w, fields{"type": "Catalog", "links": []fields{{"rel": "item", "href": "./2024/a.json"}, {"rel": "item", "href": "./gone.json"}, {"rel": "child", "href": "./catalog.json"}}})
	})
	mux.HandleFunc("GET /cat/2024/a.json", func(w http.ResponseWriter, _ *http.Request) { answer(t, w, it) })
	srv := httptest.NewServer(mux)
	defer srv.Close()
	r := load(t, srv.URL+"/cat/catalog.json", stac.Query{Client: quick})
	if len(r.Scenes) != 1 || r.Scenes[0].Bands[0].Href != srv.URL+"/cat/2024/ten.tif" {
		t.Errorf("%+v", r)
	}
	if len(r.Refused) != 1 || !strings.Contains(r.Refused[0].Reason, "404") {
		t.Errorf("%+v", r.Refused)
	}
}

func TestServersThatMisbehave(t *testing.T) {
	t.Parallel()
	endless := func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"type":"FeatureCollection","features":[],"links":[{"rel":"next","href":"%s"}]}`, r.URL.Path)
	}
	cases := []struct {
		name    string
		handler http.HandlerFunc
		want    string
		tries   int32
	}{
		{"403", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, "403", 1},
		{"503 for good", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }, "503", 3},
		{"429 for good", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }, "429", 3},
		{"an answer cut short", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, `{"type":`)
		}, "cut short", 3},
		{"no JSON", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>hello</html>") }, "not JSON", 1},
		{"other JSON", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"type":"Topology"}`) }, "neither an item", 1},
		{"a redirect off the host", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.example/", http.StatusFound)
		}, "leads off", 3},
		{"a gzip bomb", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			defer z.Close()
			for range 64 {
				if _, err := z.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		}, "longer than", 1},
		{"pages that lead to themselves", endless, "leads to itself", 3},
		{"a slow trickle", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, "deadline", 3},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var tries atomic.Int32
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				tries.Add(1)
				c.handler(w, r)
			}))
			defer srv.Close()
			client := quick
			client.Timeout = 20 * time.Second
			if c.want == "deadline" {
				client.Timeout = 100 * time.Millisecond
			}
			_, err := stac.Load(context.Background(), srv.URL, stac.Query{Client: client})
			if err == nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(c.want)) || !strings.Contains(err.Error(), srv.URL) {
				t.Errorf("%v, want %q and the address", err, c.want)
			}
			if got := tries.Load(); got > c.tries {
				t.Errorf("asked %d times, want at most %d", got, c.tries)
			}
		})
	}
}

func TestPassingFailuresAreAskedAgain(t *testing.T) {
	t.Parallel()
	var tries atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if tries.Add(1) < 3 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		answer(t, w, collection(nil, remoteItem("a", "2024-05-01T03:00:00Z")))
	}))
	defer srv.Close()
	if r := load(t, srv.URL, stac.Query{Client: quick}); len(r.Scenes) != 1 {
		t.Errorf("%+v", r)
	}
}

func TestPlainHTTPIsForLoopbackOnly(t *testing.T) {
	t.Parallel()
	_, err := stac.Load(context.Background(), "http://catalogue.example/items", stac.Query{Client: quick})
	if err == nil || !strings.Contains(err.Error(), "https") {
		t.Errorf("%v", err)
	}
}

func TestCancelledSearchEndsAtOnce(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer srv.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := stac.Load(ctx, srv.URL, stac.Query{Client: quick}); err == nil || time.Since(began) > 5*time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}
