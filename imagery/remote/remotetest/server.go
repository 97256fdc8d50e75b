package remotetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/minio/minio-go/v7/pkg/signer"
)

// Server is a running one.
type Server struct {
	URL    string // of its endpoint, on this machine
	KeyID  string
	Secret string
	Region string
	Folder string // that holds a folder for each bucket
}

// patience bounds the start.
const patience = time.Minute

// Start runs a server until the test ends. Where there is none to run it skips,
// or fails where PARUS_S3_SERVER says that there is.
func Start(t testing.TB) *Server {
	t.Helper()
	program := find(t)
	s := &Server{KeyID: "AKIDPARUSTEST", Secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYTESTKEY", Region: "cn-test-1", Folder: t.TempDir()}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil { // another may take it; then it does not answer, and the test fails
		t.Fatal(err)
	}
	s.URL = "http://" + address
	var words bytes.Buffer
	cmd := exec.Command(program, "--port", address, "--region", s.Region, "--quiet", "posix", "--sidecar", t.TempDir(), s.Folder)
	cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+s.KeyID, "ROOT_SECRET_KEY="+s.Secret)
	cmd.Stdout, cmd.Stderr = &words, &words
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // its words say why
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		<-ended
	})
	s.await(t, ended, &words)
	return s
}

// await waits until the server answers.
func (s *Server) await(t testing.TB, ended <-chan struct{}, words *bytes.Buffer) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for {
		if resp, err := http.Get(s.URL); err == nil { //nolint:gosec // of this machine
			_ = resp.Body.Close()
			return
		}
		select {
		case <-ended:
			t.Fatalf("the server has ended: %s", words)
		case <-late:
			t.Fatalf("the server does not answer at %s", s.URL)
		case <-tick.C:
		}
	}
}

// find looks for the program.
func find(t testing.TB) string {
	t.Helper()
	if given := os.Getenv("PARUS_S3_SERVER"); given != "" {
		if _, err := os.Stat(given); err != nil {
			t.Fatalf("PARUS_S3_SERVER: %v", err)
		}
		return given
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if found, err := filepath.Glob(filepath.Join(dir, ".tools", "versitygw-*")); err == nil && len(found) > 0 {
			return found[len(found)-1]
		}
		if dir == filepath.Dir(dir) {
			t.Skip("SKIPPED: no S3 server; `make s3` installs versitygw, or PARUS_S3_SERVER names it")
		}
	}
}

// Getenv is the environment of somebody who may read the server's buckets.
func (s *Server) Getenv(name string) string {
	return map[string]string{"AWS_ENDPOINT_URL": s.URL, "AWS_ACCESS_KEY_ID": s.KeyID, "AWS_SECRET_ACCESS_KEY": s.Secret, "AWS_REGION": s.Region}[name]
}

// Environ is Getenv for a process.
func (s *Server) Environ() []string {
	var out []string
	for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"} {
		out = append(out, name+"="+s.Getenv(name))
	}
	return out
}

// Bucket makes a bucket.
func (s *Server) Bucket(t testing.TB, bucket string) { t.Helper(); s.put(t, "/"+bucket, "", nil) }

// Publish lets everybody read the objects of a bucket.
func (s *Server) Publish(t testing.TB, bucket string) {
	t.Helper()
	s.put(t, "/"+bucket, "policy=", fmt.Appendf(nil,
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::%s/*"]}]}`, bucket))
}

// Put keeps an object.
func (s *Server) Put(t testing.TB, bucket, key string, data []byte) {
	t.Helper()
	s.put(t, "/"+bucket+"/"+key, "", data)
}

func (s *Server) put(t testing.TB, path, query string, data []byte) {
	t.Helper()
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	u.Path, u.RawQuery = path, query
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, u.String(), bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(data)
	req.Header.Set("X-Amz-Content-Sha256", hex.EncodeToString(digest[:]))
	resp, err := http.DefaultClient.Do(signer.SignV4(*req, s.KeyID, s.Secret, "", s.Region))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if said, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<10)); resp.StatusCode >= 300 {
		t.Fatalf("PUT %s: %s %s", path, resp.Status, said)
	}
}
