package remote

import (
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// Sizes in bytes: of the pieces that files are kept in, and of the largest
// range asked at once. Reading on where one has stopped doubles what is asked
// ahead, up to maxAhead.
const (
	pieceBytes = 32 << 10
	maxRange   = 8 << 20
	maxAhead   = 512 << 10
)

// file is one version of a file in one session.
type file struct {
	session *Session
	href    string

	mu      sync.Mutex
	opened  bool
	failed  error
	at      address
	http    *http.Client
	size    int64
	etag    string
	version string // ETag or date
	next    int64  // where the last range ended
	ahead   int64  // bytes that were asked beyond what was wanted
}

// start learns the file's size and version, once, with its first piece.
func (f *file) start() error {
	if f.opened || f.failed != nil {
		return f.failed
	}
	at, err := f.session.files.locate(f.href)
	if err == nil {
		err = allowed(at.url, at.url)
	}
	dial := f.session.files.own
	if err == nil && !at.own {
		dial = f.session.files.dial
		if err = f.session.files.gate.literal(at.url.Hostname()); err != nil {
			err = fmt.Errorf("GET %s: %w", plain(at.url), err)
		}
	}
	if err != nil {
		return f.fail(err)
	}
	f.at, f.http = at, staying(dial, at.url)
	if err := f.fetch(0, pieceBytes); err != nil {
		return f.fail(err)
	}
	f.opened = true
	return nil
}

// key names a piece in the cache. Without a version a file is another in each
// session.
func (f *file) key(piece int64) pieceKey {
	k := pieceKey{href: f.href, version: f.version, size: f.size, piece: piece}
	if f.version == "" {
		k.session = f.session
	}
	return k
}

func (f *file) readAt(buf []byte, off int64) (int, error) {
	if f.failed != nil {
		return 0, f.failed
	}
	if off < 0 || off >= f.size {
		return 0, nil
	}
	want := min(int64(len(buf)), f.size-off)
	for done := int64(0); done < want; {
		piece := (off + done) / pieceBytes
		data, ok := f.session.files.cache.get(f.key(piece))
		if !ok {
			var err error
			if data, err = f.load(piece, off+want); err != nil {
				return int(done), f.fail(err)
			}
		}
		done += int64(copy(buf[done:want], data[off+done-piece*pieceBytes:]))
	}
	return int(want), nil
}

// load fetches a piece and those missing after it, up to end and what is read
// ahead.
func (f *file) load(piece, end int64) ([]byte, error) {
	from := piece * pieceBytes
	if from == f.next {
		f.ahead = min(max(2*f.ahead, pieceBytes), maxAhead)
	} else {
		f.ahead = 0
	}
	to := min((end+f.ahead+pieceBytes-1)/pieceBytes*pieceBytes, from+maxRange)
	for p := piece + 1; p*pieceBytes < to; p++ {
		if _, ok := f.session.files.cache.get(f.key(p)); ok {
			to = p * pieceBytes
		}
	}
	if err := f.fetch(from, to); err != nil {
		return nil, err
	}
	data, ok := f.session.files.cache.get(f.key(piece))
	if !ok {
		return nil, fmt.Errorf("%s: the cache is too small for one piece", f.href)
	}
	return data, nil
}

// fetch asks for a range that begins with a piece, and keeps its pieces.
func (f *file) fetch(from, to int64) error {
	if f.opened {
		to = min(to, f.size)
	}
	files := f.session.files
	r := request{method: http.MethodGet, url: f.at.url, sign: f.at.sign, explain: f.at.explain, header: http.Header{
		"Range": {fmt.Sprintf("bytes=%d-%d", from, to-1)}, "Accept-Encoding": {"identity"}}}
	if strings.HasPrefix(f.etag, `"`) { // weak ones never match, RFC 9110 8.8.3.2
		r.header.Set("If-Match", f.etag)
	}
	r.accept = func(resp *http.Response) ([]byte, error) {
		length, err := f.judge(resp, from, to)
		if err != nil {
			return nil, err
		}
		data, err := readBounded(resp.Body, length)
		files.requests.Add(1)
		files.bytes.Add(int64(len(data)))
		if err == nil && int64(len(data)) < length {
			err = fmt.Errorf("the answer is cut short: %d of %d bytes", len(data), length)
		}
		return data, err
	}
	data, err := files.ask(f.session.ctx, f.http, r)
	if err != nil {
		return err
	}
	f.next = from + int64(len(data))
	for at := int64(0); at < int64(len(data)); at += pieceBytes {
		files.cache.put(f.key((from+at)/pieceBytes), data[at:min(at+pieceBytes, int64(len(data)))])
	}
	return nil
}

var contentRange = regexp.MustCompile(`^bytes (\d{1,18})-(\d{1,18})/(\d{1,18})$`)

// judge holds an answer to the range that was asked for and to the version that
// is being read, and returns how many bytes must come.
func (f *file) judge(resp *http.Response, from, to int64) (length int64, err error) {
	wrong := func(format string, a ...any) (int64, error) { return 0, &permanentError{fmt.Errorf(format, a...)} }
	switch resp.StatusCode {
	case http.StatusOK:
		return wrong("the server sends the whole file where a part is asked for: use a server that keeps to ranges, or fetch the file and read it from disk")
	case http.StatusPreconditionFailed:
		return 0, changed("the file has changed while it was read")
	case http.StatusRequestedRangeNotSatisfiable:
		return wrong("the file has no byte %d: it is empty, or was cut while it was read", from)
	}
	if e := resp.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return wrong("the server packs (%.20q) a part of a file, which cannot be used", e)
	}
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind == "text/html" || kind == "application/json" || kind == "application/xml" {
		return wrong("the server sends %s where an image is asked for", kind)
	}
	m := contentRange.FindStringSubmatch(resp.Header.Get("Content-Range"))
	if m == nil {
		return wrong("the server does not say which part it sends (Content-Range %.60q)", resp.Header.Get("Content-Range"))
	}
	first, _ := strconv.ParseInt(m[1], 10, 64) // digits, by the expression
	last, _ := strconv.ParseInt(m[2], 10, 64)
	size, _ := strconv.ParseInt(m[3], 10, 64)
	if first != from || last != min(to, size)-1 || last < first {
		return wrong("the server sends bytes %d to %d of %d where %d to %d are asked for", first, last, size, from, to-1)
	}
	if n := resp.ContentLength; n >= 0 && n != last-first+1 {
		return wrong("the server announces %d bytes for a part of %d", n, last-first+1)
	}
	return last - first + 1, f.sameVersion(resp.Header, size)
}

// sameVersion learns the file's version, or holds it to the one known.
func (f *file) sameVersion(h http.Header, size int64) error {
	etag, version := h.Get("ETag"), h.Get("ETag")
	if version == "" {
		version = h.Get("Last-Modified")
	}
	if f.opened && (size != f.size || version != f.version) {
		return changed("the file has changed while it was read: it was %d bytes of version %.60q and is %d of %.60q", f.size, f.version, size, version)
	}
	f.size, f.etag, f.version = size, etag, version
	return nil
}

// changed is that there is another file in a file's place. In this session it is
// not read on, so that no two versions are mixed; another may read all of it anew.
func changed(format string, a ...any) error {
	return &permanentError{outageError{fmt.Errorf(format, a...)}}
}
