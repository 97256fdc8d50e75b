package web

import (
	"bytes"
	"context"
	"crypto/sha1" //nolint:gosec // the protocol's own: it finds accidents, TLS is against attackers
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"hash"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"parus/internal/intake"
	"parus/internal/publication"
	"parus/internal/vault"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"golang.org/x/time/rate"
)

// checkedBytes is how much may come with one checksum: it is held in memory until
// the last byte is there.
const checkedBytes = 8 << 20

// addPatch registers the only operation whose body is read as it comes.
func (s *server) addPatch(api huma.API, op huma.Operation) {
	text := func(name, in, doc string, required bool) *huma.Param {
		return &huma.Param{Name: name, In: in, Description: doc, Required: required, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	op.Parameters = []*huma.Param{
		text("id", "path", "", true), text("Tus-Resumable", "header", "1.0.0", true), text("Upload-Offset", "header", "Bytes that have come.", true),
		text("Upload-Checksum", "header", "sha256 or sha1 and the digest of this body in base64; then at most 8 MiB come at once.", false),
	}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{tusType: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}
	op.Responses = map[string]*huma.Response{"204": {Description: "Taken; Upload-Offset tells how many bytes have come"}, "460": {Description: "The bytes are not those of the checksum"}}
	for _, status := range op.Errors {
		op.Responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status),
			Content: map[string]*huma.MediaType{"application/problem+json": {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}}}}
	}
	api.OpenAPI().AddOperation(&op)
	api.Adapter().Handle(&op, api.Middlewares().Handler(op.Middlewares.Handler(func(ctx huma.Context) {
		r, w := humago.Unwrap(ctx)
		got, expires, err := s.send(r, w, ctx.Context(), ctx.Param("id"))
		w.Header().Set("Cache-Control", noStore)
		if got >= 0 {
			w.Header().Set("Upload-Offset", strconv.FormatInt(got, 10))
		}
		if err == nil {
			w.Header().Set("Upload-Expires", expires.UTC().Format(http.TimeFormat))
			w.WriteHeader(http.StatusNoContent)
			return
		}
		var p *Problem
		if !errors.As(s.uploadRefused("sendUpload", err), &p) {
			p = errInternal()
		}
		writeProblem(w, p)
	})))
}

func errBusy() *Problem {
	return problem(http.StatusTooManyRequests, "upload_busy", "This account sends too much at once.", "Wait a moment, then go on.")
}

// Sending is limited for each account: requests at once and requests a second.
const (
	sendAtOnce = 3
	sendEvery  = 40 * time.Millisecond
	sendBurst  = 200
)

// sendLimit counts what accounts send, in memory.
type sendLimit struct {
	mu    sync.Mutex
	rates map[int64]*rate.Limiter
	busy  map[int64]int
}

func newSendLimit() *sendLimit {
	return &sendLimit{rates: map[int64]*rate.Limiter{}, busy: map[int64]int{}}
}

// allow counts one request of an account.
func (l *sendLimit) allow(account int64, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	r, ok := l.rates[account]
	if !ok {
		if len(l.rates) >= remembered {
			clear(l.rates)
		}
		r = rate.NewLimiter(rate.Every(sendEvery), sendBurst)
		l.rates[account] = r
	}
	return r.AllowN(now, 1)
}

// enter counts a body that is about to be read.
func (l *sendLimit) enter(account int64) (leave func(), ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy[account] >= sendAtOnce {
		return nil, false
	}
	l.busy[account]++
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.busy[account]--; l.busy[account] == 0 {
			delete(l.busy, account)
		}
	}, true
}

// send takes the body of a PATCH and returns how many bytes have come, -1 where
// that is not said.
func (s *server) send(r *http.Request, w http.ResponseWriter, ctx context.Context, id string) (got int64, expires time.Time, err error) {
	account, err := handsIn(ctx)
	if err != nil {
		return -1, expires, err
	}
	body := newPatient(r.Body, http.NewResponseController(w), s.cfg.UploadPatience)
	defer func() {
		if err != nil { // so that the refusal is read before the line is cut
			_, _ = io.Copy(io.Discard, io.LimitReader(body, checkedBytes))
		}
	}()
	leave, ok := s.sending.enter(account.ID)
	if !ok || !s.sending.allow(account.ID, s.cfg.Now()) {
		if ok {
			leave()
		}
		return -1, expires, errBusy()
	}
	defer leave()
	t, err := s.taking(ctx, r, account, id)
	if err != nil {
		return t.at, expires, err
	}
	sum, want, err := checksumOf(r.Header.Get("Upload-Checksum"))
	if err != nil {
		return t.at, expires, err
	}
	if sum == nil {
		err = t.stream(ctx, body)
	} else {
		err = t.whole(ctx, body, sum, want)
	}
	return t.at, t.expires, err
}

// taking is an upload whose bytes come.
type taking struct {
	server  *server
	scope   publication.Scope
	id      string
	account int64
	at      int64 // bytes that have come
	size    int64
	expires time.Time
	seal    func(at int64, data []byte) []byte
}

// taking checks that the bytes may come, before any is read.
func (s *server) taking(ctx context.Context, r *http.Request, account publication.Account, id string) (*taking, error) {
	t := &taking{server: s, scope: account.Scope(), id: id, account: account.ID, at: -1}
	if media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); media != tusType {
		return t, problem(http.StatusUnsupportedMediaType, "bad_request", "The body is not of the type that tus asks for.", "Send Content-Type: "+tusType+".")
	}
	offset, err := strconv.ParseInt(r.Header.Get("Upload-Offset"), 10, 64)
	if err != nil || offset < 0 {
		return t, errBad("Upload-Offset is no number.", "Ask with HEAD how many bytes have come and send from there.")
	}
	u, err := s.store.UploadSealing(ctx, t.scope, id)
	if err != nil {
		return t, err
	}
	switch {
	case u.Account != account.ID:
		return t, &intake.Refusal{Code: intake.NotYours}
	case gone(u, s.cfg.Now()):
		return t, &intake.Refusal{Code: intake.Gone}
	}
	t.at, t.size, t.expires = u.Got, u.Size, u.Expires
	switch {
	case u.Got != offset:
		return t, &intake.Refusal{Code: intake.WrongPlace, At: u.Got}
	case u.State != intake.Receiving && r.ContentLength != 0:
		return t, &intake.Refusal{Code: intake.WrongState}
	case r.ContentLength > u.Size-u.Got:
		return t, &intake.Refusal{Code: intake.TooMuch}
	}
	t.seal = func(_ int64, data []byte) []byte { return data }
	if u.Key.KeyID == "" {
		return t, nil
	}
	keys, err := s.cfg.Keys.County(u.County)
	if err != nil {
		return t, err
	}
	key, err := keys.UploadKey(id, vault.WrappedKey{KeyID: u.Key.KeyID, Data: u.Key.Data})
	t.seal = key.Seal
	return t, err
}

// stream keeps bytes as they come, piece by piece, so that a line that is cut
// loses none that had come.
func (t *taking) stream(ctx context.Context, body io.Reader) error {
	// What has come is kept also where the sender is gone by now.
	keep := context.WithoutCancel(ctx)
	piece := make([]byte, intake.PieceBytes)
	for n, err := 0, error(nil); err == nil; n = 0 {
		for n < len(piece) && err == nil {
			var more int
			more, err = body.Read(piece[n:])
			n += more
		}
		if n > 0 {
			if e := t.append(keep, piece[:n]); e != nil {
				return e
			}
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return errSlow(err)
		}
	}
	return nil
}

// whole keeps bytes only where all of them are those of the checksum.
func (t *taking) whole(ctx context.Context, body io.Reader, sum hash.Hash, want []byte) error {
	var all bytes.Buffer
	n, err := io.Copy(io.MultiWriter(&all, sum), io.LimitReader(body, checkedBytes+1))
	switch {
	case err != nil:
		return errSlow(err)
	case n > checkedBytes:
		return problem(http.StatusRequestEntityTooLarge, "upload_piece", "With a checksum at most 8 MiB come at once.", "Send smaller pieces.")
	case !bytes.Equal(sum.Sum(nil), want):
		return problem(statusChecksum, "upload_checksum", "The bytes are not those that the checksum was made of.", "Send them again.")
	}
	for left := all.Bytes(); len(left) > 0; {
		n := min(len(left), intake.PieceBytes)
		if err := t.append(ctx, left[:n]); err != nil {
			return err
		}
		left = left[n:]
	}
	return nil
}

func (t *taking) append(ctx context.Context, data []byte) error {
	if int64(len(data)) > t.size-t.at {
		return &intake.Refusal{Code: intake.TooMuch}
	}
	s := t.server
	digest := sha256.Sum256(data)
	now := s.cfg.Now()
	got, err := s.store.AppendUpload(ctx, t.scope, intake.Piece{Upload: t.id, Account: t.account, At: t.at, Data: t.seal(t.at, data), Size: len(data),
		Digest: digest[:], Now: now, Limits: s.cfg.Uploads})
	if err != nil {
		var r *intake.Refusal
		if errors.As(err, &r) && r.Code == intake.WrongPlace {
			t.at = r.At
		}
		return err
	}
	t.at, t.expires = got, now.Add(s.cfg.Uploads.Life)
	return nil
}

// errSlow is a body that did not come to its end.
func errSlow(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return problem(http.StatusRequestTimeout, "upload_slow", "The bytes came too slowly.", "Go on from Upload-Offset when the line is better.")
	}
	return problem(http.StatusBadRequest, "upload_cut", "The request ended before its last byte.", "Ask with HEAD how many bytes have come and go on from there.")
}

// checksumOf reads Upload-Checksum, nil where there is none.
func checksumOf(header string) (hash.Hash, []byte, error) {
	if header == "" {
		return nil, nil, nil
	}
	name, digest, _ := strings.Cut(header, " ")
	want, err := base64.StdEncoding.DecodeString(strings.TrimSpace(digest))
	var sum hash.Hash
	switch name {
	case "sha256":
		sum = sha256.New()
	case "sha1":
		sum = sha1.New() //nolint:gosec // see the import
	}
	if sum == nil || err != nil || len(want) != sum.Size() {
		return nil, nil, errBad("Upload-Checksum cannot be read.", "Send sha256 or sha1, a blank, and the digest in base64.")
	}
	return sum, want, nil
}

// stretch is how much has to come within the patience: 16 KiB in half a minute is
// a twentieth of what the slowest telephone line brings.
const stretch = 16 << 10

// patient reads a body as long as it gets on: each stretch has its own deadline,
// which single bytes do not move.
type patient struct {
	body     io.Reader
	conn     deadlines
	patience time.Duration
	now      func() time.Time
	left     int // of the stretch
}

// deadlines are a connection's; [http.ResponseController] has them.
type deadlines interface {
	SetReadDeadline(time.Time) error
	SetWriteDeadline(time.Time) error
}

// newPatient reads by the real clock, whatever the server is given: deadlines are
// the kernel's.
func newPatient(body io.Reader, conn deadlines, patience time.Duration) *patient {
	return &patient{body: body, conn: conn, patience: patience, now: time.Now}
}

// Read reads within the stretch's deadline.
func (p *patient) Read(b []byte) (int, error) {
	if p.left <= 0 {
		p.left = stretch
		until := p.now().Add(p.patience)
		// Where a connection has no deadlines, the server's own hold.
		_ = p.conn.SetReadDeadline(until)
		_ = p.conn.SetWriteDeadline(until.Add(p.patience))
	}
	n, err := p.body.Read(b[:min(len(b), p.left)])
	p.left -= n
	return n, err
}
