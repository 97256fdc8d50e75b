package remote_test

import (
	"bytes"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"parus/imagery/remote"
	"parus/imagery/remote/remotetest"
)

// holding is a server with a bucket of the bank's, a public one, and an object in
// each.
func holding(t *testing.T, data []byte) *remotetest.Server {
	t.Helper()
	s := remotetest.Start(t)
	for _, b := range []string{"scenes", "public"} {
		s.Bucket(t, b)
		s.Put(t, b, "2025/B04 (1)+é.tif", data)
	}
	s.Publish(t, "public")
	return s
}

const testKey = "2025/B04 (1)+é.tif"

// environ is the server's environment with changes.
func environ(s *remotetest.Server, changes environment) environment {
	e := environment{}
	for _, line := range s.Environ() {
		name, value, _ := strings.Cut(line, "=")
		e[name] = value
	}
	maps.Copy(e, changes)
	return e
}

func TestARealServersObjectsAreReadByRanges(t *testing.T) {
	t.Parallel()
	data := content(300_000)
	srv := holding(t, data)
	bare := strings.TrimPrefix(srv.URL, "http://")
	for name, c := range map[string]struct {
		href    string
		changes environment
	}{
		"signed":                          {"s3://scenes/" + testKey, nil},
		"by GDAL's path":                  {"/vsis3/scenes/" + testKey, nil},
		"by GDAL's own variables":         {"/vsis3/scenes/" + testKey, environment{"AWS_ENDPOINT_URL": "", "AWS_S3_ENDPOINT": bare, "AWS_HTTPS": "NO"}},
		"a public object without a key":   {"s3://public/" + testKey, environment{"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}},
		"a public object, not signed for": {"s3://public/" + testKey, environment{"AWS_NO_SIGN_REQUEST": "true"}},
		"at the reader's cost":            {"s3://scenes/" + testKey, environment{"AWS_REQUEST_PAYER": "requester"}},
	} {
		s := remote.NewFiles(remote.Config{Client: quick, Getenv: environ(srv, c.changes).get}).Begin(time.Minute)
		buf := make([]byte, 100_000)
		n, err := s.ReadAt(c.href, buf, 150_000)
		if err != nil || !bytes.Equal(buf[:n], data[150_000:250_000]) {
			t.Errorf("%s: %d bytes, %v", name, n, err)
		}
		if size, err := s.Size(c.href); size != int64(len(data)) || err != nil || s.Version(c.href) == "" {
			t.Errorf("%s: size %d, %v, version %q", name, size, err, s.Version(c.href))
		}
		s.End()
	}
}

func TestAnObjectThatIsReplacedWhileItIsReadIsRefusedAndReadAnewAsAWhole(t *testing.T) {
	t.Parallel()
	was, now := content(300_000), bytes.Repeat([]byte("other"), 60_000) // of the same length
	srv := holding(t, was)
	files := remote.NewFiles(remote.Config{Client: quick, Getenv: srv.Getenv})
	s := files.Begin(time.Minute)
	defer s.End()
	href, buf := "s3://scenes/"+testKey, make([]byte, len(was))
	if _, err := s.ReadAt(href, buf[:10], 0); err != nil {
		t.Fatal(err)
	}
	before := s.Version(href)
	srv.Put(t, "scenes", testKey, now)
	_, err := s.ReadAt(href, buf[:10], 200_000)
	if err == nil || !strings.Contains(err.Error(), "changed while it was read") || !passing(err) {
		t.Errorf("a part of the other object: %v", err)
	}
	again := files.Begin(time.Minute)
	defer again.End()
	n, err := again.ReadAt(href, buf, 0)
	if err != nil || !bytes.Equal(buf[:n], now) || again.Version(href) == before {
		t.Errorf("read anew: %v, version %q after %q", err, again.Version(href), before)
	}
}

// passing tells what workers ask of errors.
func passing(err error) bool {
	for e := err; e != nil; {
		if p, ok := e.(interface{ Passing() bool }); ok && p.Passing() {
			return true
		}
		u, ok := e.(interface{ Unwrap() error })
		if !ok {
			return false
		}
		e = u.Unwrap()
	}
	return false
}

// hours stands between client and server as a clock does that is hours off: it
// dates requests otherwise than they were signed.
func hours(t *testing.T, to string, off time.Duration) string {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		at := time.Now().UTC().Add(off)
		r.Out.Header.Set("X-Amz-Date", at.Format("20060102T150405Z"))
		signed := r.Out.Header.Get("Authorization")
		r.Out.Header.Set("Authorization", strings.Replace(signed, "/"+time.Now().UTC().Format("20060102")+"/", "/"+at.Format("20060102")+"/", 1))
	}, ModifyResponse: func(resp *http.Response) error {
		resp.Header.Set("Date", time.Now().UTC().Add(-off).Format(http.TimeFormat)) // what the server's clock is to such a client
		return nil
	}}
	srv := httptest.NewServer(proxy)
	t.Cleanup(srv.Close)
	return srv.URL
}

func TestRefusalsOfARealServerNameTheThingAndTheWayOut(t *testing.T) {
	t.Parallel()
	srv := holding(t, content(10))
	for name, c := range map[string]struct {
		href    string
		changes environment
		want    []string
	}{
		"a key that is none":             {"s3://scenes/" + testKey, environment{"AWS_ACCESS_KEY_ID": "AKIDNOBODY"}, []string{"does not know AWS_ACCESS_KEY_ID"}},
		"another's secret":               {"s3://scenes/" + testKey, environment{"AWS_SECRET_ACCESS_KEY": "anothersecret"}, []string{"AWS_SECRET_ACCESS_KEY does not belong"}},
		"half a pair":                    {"s3://scenes/" + testKey, environment{"AWS_SECRET_ACCESS_KEY": ""}, []string{"one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is not set"}},
		"no key for what is not public":  {"s3://scenes/" + testKey, environment{"AWS_NO_SIGN_REQUEST": "YES"}, []string{`"scenes" is not public`, "set AWS_ACCESS_KEY_ID"}},
		"no such bucket":                 {"s3://scenen/" + testKey, nil, []string{`there is no bucket "scenen"`}},
		"no such object":                 {"s3://scenes/2025/B05.tif", nil, []string{`bucket "scenes" has no object "2025/B05.tif"`}},
		"another region":                 {"s3://scenes/" + testKey, environment{"AWS_REGION": "eu-west-1"}, []string{"another region", "AWS_REGION=" + srv.Region}},
		"a clock that is behind":         {"s3://scenes/" + testKey, environment{"AWS_ENDPOINT_URL": hours(t, srv.URL, -5*time.Hour)}, []string{"clock is 5h0m", "behind the storage's", "NTP"}},
		"a clock that is ahead":          {"s3://scenes/" + testKey, environment{"AWS_ENDPOINT_URL": hours(t, srv.URL, 5*time.Hour)}, []string{"clock is 5h0m", "ahead of the storage's", "NTP"}},
		"an endpoint where nobody is":    {"s3://scenes/" + testKey, environment{"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, []string{"connection refused"}},
		"an endpoint that is no storage": {"s3://scenes/" + testKey, environment{"AWS_ENDPOINT_URL": elsewhere(t)}, []string{"the whole file where a part is asked for"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := environ(srv, c.changes)
			s := remote.NewFiles(remote.Config{Client: quick, Getenv: env.get}).Begin(time.Minute)
			defer s.End()
			_, err := s.Size(c.href)
			if err == nil {
				t.Fatal("it is read")
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%v: want %q", err, w)
				}
			}
			for _, secret := range []string{srv.Secret, srv.KeyID, env["AWS_SECRET_ACCESS_KEY"], env["AWS_ACCESS_KEY_ID"], "Signature="} {
				if secret != "" && strings.Contains(err.Error(), secret) {
					t.Errorf("%v tells %q", err, secret)
				}
			}
			if passing(err) != (name == "an endpoint where nobody is") {
				t.Errorf("%v: passing is %v", err, passing(err))
			}
		})
	}
}

// elsewhere is some web server.
func elsewhere(t *testing.T) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) }))
	t.Cleanup(srv.Close)
	return srv.URL
}
