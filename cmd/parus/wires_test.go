package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parus/internal/wiretest"
)

// testWires runs a season whose database, queue and scenes are reached by lines
// that are cut, stalled and reset while it goes on.
func (w *world) testWires(t *testing.T) {
	leftToSoak(t)
	s := w.order(t)
	env, _ := servers(t)
	at := map[string]string{}
	for _, e := range socketsOf(t, env) {
		name, value, _ := strings.Cut(e, "=")
		at[name] = value
	}
	base, queue := wiretest.New(t, "unix", at["DATABASE_SOCKET"], 1), wiretest.New(t, "unix", at["REDIS_SOCKET"], 2)
	srv := httptest.NewServer(http.FileServer(http.Dir(filepath.Join(w.dir, "scenes"))))
	t.Cleanup(srv.Close)
	u, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	scenes := wiretest.New(t, "tcp", u.Host, 3)
	s.scenes = w.catalogue(t, func(items []item) []item {
		for _, it := range items {
			assets(it, func(_ string, a item) {
				a["href"] = strings.Replace(a["href"].(string), filepath.Join(w.dir, "scenes"), "http://"+scenes.Address(), 1)
			})
		}
		return items
	})
	s.env = append(env, "PARUS_DATABASE_URL=postgres://"+at["DATABASE_USER"]+"@"+base.Address()+"/"+at["DATABASE_NAME"]+"?sslmode=disable&silence=2s",
		"PARUS_REDIS_URL=redis://"+queue.Address()+"/"+at["REDIS_NUMBER"], "GDAL_HTTP_TIMEOUT=2", "GDAL_HTTP_RETRY_DELAY=0.2", "GDAL_HTTP_MAX_RETRY=6")
	p := start(t, s.env, s.args()...)
	calm := func() {
		for _, x := range []*wiretest.Proxy{base, queue, scenes} {
			x.Set(wiretest.Fault{})
		}
	}
	for _, moment := range []struct {
		line string
		do   func()
	}{
		{"verify", func() {
			scenes.Set(wiretest.Fault{ResetWithin: 30_000})
			base.Set(wiretest.Fault{ResetWithin: 20_000})
		}},
		{"observe", func() {
			scenes.Set(wiretest.Fault{Stall: true})
			queue.Set(wiretest.Fault{Refuse: true})
			queue.Cut()
		}},
		{"assemble", func() {
			base.Set(wiretest.Fault{Refuse: true})
			base.Cut()
		}},
		{"recognise", func() { base.Set(wiretest.Fault{Stall: true}) }},
	} {
		if p.await(moment.line) {
			moment.do()
			time.AfterFunc(time.Second, calm)
		}
	}
	if code := p.end(t); code != exitOK {
		t.Fatalf("exit %d: %s", code, p.said())
	}
	got := files(t, s.out)
	for _, name := range []string{"parcels.csv", "lines.csv", "parcels.gpkg"} {
		if got[name] != w.undisturbed[name] {
			t.Errorf("%s differs: %s", name, firstDifference(got[name], w.undisturbed[name]))
		}
	}
	opened, reset := base.Lines()
	if opened == 0 || strings.Contains(got["outcomes.csv"], ",failed,") != strings.Contains(w.undisturbed["outcomes.csv"], ",failed,") {
		t.Errorf("%d lines; outcomes:\n%s", opened, got["outcomes.csv"])
	}
	t.Logf("%d lines to PostGIS, %d of them reset within a message", opened, reset)
}
