package gdal

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/airbusgeo/godal"

	"parus/imagery/remote"
)

// GDAL reads remote files through imagery/remote, under paths of this prefix.
// Its own network code knows neither versions of files nor where redirects may
// lead. A path is the prefix, a visit, a number and a name; the address itself,
// which may hold a token, stays out of it and so out of GDAL's messages.
const remotePrefix = "/parus-remote/"

// visitTime bounds what the remote files of one unit of work may take. A
// Raster, which is read for as long as it takes, has no such bound.
const visitTime = 3 * time.Minute

// remoteDrivers are the formats that remote files may have. Others read files
// that the file names, on this machine too.
var remoteDrivers = godal.Drivers("GTiff", "JP2OpenJPEG", "JP2KAK", "JP2ECW", "JP2MrSID")

// server hands GDAL's reads to the visit that they belong to.
type server struct {
	files  *remote.Files
	mu     sync.Mutex
	last   int
	visits map[string]*visit
}

// remotes is registered with GDAL once a process, when the first remote file is
// read.
var remotes = sync.OnceValues(func() (*server, error) {
	s := &server{files: remote.NewFiles(remote.Config{Client: patience(os.Getenv), Getenv: os.Getenv}), visits: map[string]*visit{}}
	return s, godal.RegisterVSIHandler(remotePrefix, s, godal.VSIHandlerStripPrefix(true), godal.VSIHandlerBufferSize(0))
})

// patience reads how servers are asked from the variables that GDAL has for it:
// seconds for a request and before the second try, and tries after the first.
func patience(env func(string) string) remote.Client {
	var c remote.Client
	if s, err := strconv.ParseFloat(env("GDAL_HTTP_TIMEOUT"), 64); err == nil && s > 0 {
		c.Timeout = time.Duration(s * float64(time.Second))
	}
	if s, err := strconv.ParseFloat(env("GDAL_HTTP_RETRY_DELAY"), 64); err == nil && s > 0 {
		c.Backoff = time.Duration(s * float64(time.Second))
	}
	if n, err := strconv.Atoi(env("GDAL_HTTP_MAX_RETRY")); err == nil && n >= 0 && n < 100 {
		c.Attempts = n + 1
	}
	return c
}

// Traffic tells the requests for remote files that this process has sent so
// far, and the bytes of their answers.
func Traffic() (requests, bytes int64) {
	s, err := remotes()
	if err != nil {
		return 0, 0
	}
	return s.files.Traffic()
}

// visit is one piece of work on remote files.
type visit struct {
	server  *server
	id      string
	session *remote.Session
	mu      sync.Mutex
	hrefs   []string
}

// begin starts a visit; it asks nothing yet. A limit of 0 is none.
func begin(limit time.Duration) (*visit, error) {
	Register()
	s, err := remotes()
	if err != nil {
		return nil, fmt.Errorf("remote files: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	v := &visit{server: s, id: strconv.Itoa(s.last), session: s.files.Begin(limit)}
	s.visits[v.id] = v
	return v, nil
}

func (v *visit) end() {
	if v == nil {
		return
	}
	v.session.End()
	v.server.mu.Lock()
	defer v.server.mu.Unlock()
	delete(v.server.visits, v.id)
}

// path is where GDAL finds a file. It goes through /vsisubfile/, which reads
// piece by piece: the ranges that GDAL asks for at once are mixed up on their
// way to a handler in godal 0.0.17 where some adjoin.
func (v *visit) path(href string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.hrefs = append(v.hrefs, href)
	return fmt.Sprintf("/vsisubfile/0,%s%s/%d/%s", remotePrefix, v.id, len(v.hrefs)-1, path.Base(nameOf(href)))
}

// locate is where GDAL finds a file, remote or not.
func (v *visit) locate(href string) string {
	if remote.IsRemote(href) {
		return v.path(href)
	}
	return strings.TrimPrefix(href, "file://")
}

var errNoVisit = errors.New("nobody is reading this file")

// find returns the visit and the address that a key stands for.
func (s *server) find(key string) (*visit, string, error) {
	parts := strings.SplitN(key, "/", 3)
	if len(parts) != 3 {
		return nil, "", errNoVisit
	}
	s.mu.Lock()
	v := s.visits[parts[0]]
	s.mu.Unlock()
	n, err := strconv.Atoi(parts[1])
	if v == nil || err != nil {
		return nil, "", errNoVisit
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if n < 0 || n >= len(v.hrefs) || parts[2] != path.Base(nameOf(v.hrefs[n])) {
		return nil, "", errNoVisit // a file that GDAL looks for beside it
	}
	return v, v.hrefs[n], nil
}

// Size implements godal.KeySizerReaderAt; it is −1 where there is no such file.
func (s *server) Size(key string) (int64, error) {
	v, href, err := s.find(key)
	if err != nil {
		return -1, err
	}
	n, err := v.session.Size(href)
	if err != nil {
		return -1, err
	}
	return n, nil
}

// ReadAt implements godal.KeySizerReaderAt.
func (s *server) ReadAt(key string, buf []byte, off int64) (int, error) {
	v, href, err := s.find(key)
	if err != nil {
		return 0, err
	}
	return v.session.ReadAt(href, buf, off)
}

// explain prefers what the network says to what GDAL makes of it.
func (v *visit) explain(href string, err error) error {
	if err == nil || v == nil || !remote.IsRemote(href) {
		return err
	}
	if failed := v.session.Failure(href); failed != nil {
		return failed
	}
	return err
}

// nameOf is an address without its query, which may hold a token.
func nameOf(href string) string {
	if remote.IsRemote(href) {
		href, _, _ = strings.Cut(href, "?")
	}
	return href
}
