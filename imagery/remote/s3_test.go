package remote_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"parus/imagery/remote"
)

const (
	keyID     = "AKIDEXAMPLE"
	keySecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

// environment stands for variables.
type environment map[string]string

func (e environment) get(name string) string { return e[name] }

// store is an S3 server with one bucket and one object, that lets in who signs
// as keyID.
func store(t *testing.T, data []byte) (env environment, lastSigned func() string) {
	t.Helper()
	backend := s3mem.New()
	s3 := gofakes3.New(backend).Server()
	if err := backend.CreateBucket("scenes"); err != nil {
		t.Fatal(err)
	}
	if _, err := backend.PutObject("scenes", "2025/B04 (1).tif", map[string]string{"Content-Type": "image/tiff"}, bytes.NewReader(data), int64(len(data)), nil); err != nil {
		t.Fatal(err)
	}
	var signed string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		signed = r.Header.Get("Authorization")
		if !strings.Contains(signed, "Credential="+keyID+"/") {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		s3.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	return environment{"AWS_ENDPOINT_URL": srv.URL, "AWS_ACCESS_KEY_ID": keyID, "AWS_SECRET_ACCESS_KEY": keySecret}, func() string { return signed }
}

func TestObjectsOfS3AreReadByRanges(t *testing.T) {
	t.Parallel()
	data := content(300_000)
	env, signed := store(t, data)
	for _, href := range []string{"s3://scenes/2025/B04 (1).tif", "/vsis3/scenes/2025/B04 (1).tif"} {
		s := remote.NewFiles(remote.Config{Client: quick, Getenv: env.get}).Begin(time.Minute)
		buf := make([]byte, 100_000)
		n, err := s.ReadAt(href, buf, 150_000)
		if err != nil || !bytes.Equal(buf[:n], data[150_000:250_000]) {
			t.Errorf("%s: %d, %v", href, n, err)
		}
		if s.Version(href) == "" {
			t.Error("no version")
		}
		s.End()
	}
	if a := signed(); !strings.HasPrefix(a, "AWS4-HMAC-SHA256 ") || strings.Contains(a, keySecret) {
		t.Errorf("signed %q", a)
	}
}

func TestS3RefusesWithoutTellingCredentials(t *testing.T) {
	t.Parallel()
	env, _ := store(t, content(10))
	env["AWS_ACCESS_KEY_ID"] = "AKIDOTHER"
	s := remote.NewFiles(remote.Config{Client: quick, Getenv: env.get}).Begin(time.Minute)
	defer s.End()
	_, err := s.Size("s3://scenes/2025/B04 (1).tif")
	if err == nil || !strings.Contains(err.Error(), "403") || !strings.Contains(err.Error(), "credentials") {
		t.Errorf("%v", err)
	}
	env["AWS_ACCESS_KEY_ID"] = keyID
	_, missing := s.Size("s3://scenes/none.tif")
	if missing == nil || !strings.Contains(missing.Error(), "404") {
		t.Errorf("%v", missing)
	}
	for _, e := range []error{err, missing} {
		for _, secret := range []string{keySecret, "AKID", "Signature"} {
			if e != nil && strings.Contains(e.Error(), secret) {
				t.Errorf("%q tells %q", e, secret)
			}
		}
	}
}

func TestSignaturesNameRegionAndRange(t *testing.T) {
	t.Parallel()
	env, signed := store(t, content(10))
	env["AWS_REGION"] = "cn-north-1"
	env["AWS_SESSION_TOKEN"] = "passing"
	s := remote.NewFiles(remote.Config{Client: quick, Getenv: env.get}).Begin(time.Minute)
	defer s.End()
	if _, err := s.Size("s3://scenes/2025/B04 (1).tif"); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"/cn-north-1/s3/aws4_request", "x-amz-security-token", "x-amz-content-sha256", "host"} {
		if !strings.Contains(signed(), part) {
			t.Errorf("%q lacks %q", signed(), part)
		}
	}
}

func TestWhereBucketsAre(t *testing.T) {
	t.Parallel()
	// An address that is refused is named in the error before anything is asked.
	for name, c := range map[string]struct {
		env  environment
		href string
		want string
	}{
		"a server of one's own over plain HTTP on a network": {environment{"AWS_S3_ENDPOINT": "minio.example:9000", "AWS_HTTPS": "NO"}, "s3://b/k", "only https"},
		"an endpoint that is none":                           {environment{"AWS_ENDPOINT_URL": "https://"}, "s3://b/k", "AWS_ENDPOINT_URL"},
		"no bucket":                                          {environment{}, "s3:///k", "cannot be read"},
	} {
		s := remote.NewFiles(remote.Config{Client: quick, Getenv: c.env.get}).Begin(time.Minute)
		if _, err := s.Size(c.href); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		s.End()
	}
}
