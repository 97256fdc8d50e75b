package web_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"parus/internal/intake"
	"parus/internal/postgis"
	"parus/internal/publication"
	"parus/web"
)

// uploading is a server that takes in hand-overs, with a clock of its own.
type uploading struct {
	seeded
	srv *httptest.Server
	mu  sync.Mutex
	now time.Time
}

func newUploading(t *testing.T, limits intake.Limits, patience time.Duration) *uploading {
	t.Helper()
	u := &uploading{seeded: seed(t), now: time.Now()}
	h, err := web.New(web.Config{Uploads: limits, UploadPatience: patience, SessionLife: 1000 * time.Hour, Now: func() time.Time {
		u.mu.Lock()
		defer u.mu.Unlock()
		return u.now
	}}, u.db)
	if err != nil {
		t.Fatal(err)
	}
	u.srv = httptest.NewServer(h)
	t.Cleanup(u.srv.Close)
	addAccount(t, u.seeded, "partner", publication.Partner, own.code)
	addAccount(t, u.seeded, "colleague", publication.Partner, own.code)
	addAccount(t, u.seeded, "stranger", publication.Partner, foreign.code)
	addAccount(t, u.seeded, "admin", publication.Admin, "37")
	addAccount(t, u.seeded, "officer", publication.Officer, own.code)
	return u
}

func (u *uploading) later(d time.Duration) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.now = u.now.Add(d)
}

// tusAnswer is an answer of the tus protocol.
type tusAnswer struct {
	status int
	header http.Header
	code   string // of the problem
}

// tus sends one request; pairs are headers.
func (b *browser) tus(method, path string, body io.Reader, pairs ...string) tusAnswer {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.base+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Tus-Resumable", "1.0.0")
	for i := 0; i < len(pairs); i += 2 {
		req.Header.Set(pairs[i], pairs[i+1])
	}
	res, err := b.http.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	var p web.Problem
	_ = json.NewDecoder(res.Body).Decode(&p) // most answers have none
	return tusAnswer{res.StatusCode, res.Header, p.Code}
}

func metadata(name, county string) string {
	return "filename " + base64.StdEncoding.EncodeToString([]byte(name)) + ",county " + base64.StdEncoding.EncodeToString([]byte(county))
}

func (b *browser) create(size int, name, county string) tusAnswer {
	b.t.Helper()
	return b.tus(http.MethodPost, "/v1/uploads", nil, "Upload-Length", fmt.Sprint(size), "Upload-Metadata", metadata(name, county))
}

// begun begins an upload and returns its path.
func (b *browser) begun(size int) string {
	b.t.Helper()
	a := b.create(size, "青禾县.zip", own.code)
	if a.status != http.StatusCreated || a.header.Get("Upload-Expires") == "" {
		b.t.Fatalf("begin: %+v", a)
	}
	return a.header.Get("Location")
}

func (b *browser) patch(path string, at int, data []byte, pairs ...string) tusAnswer {
	b.t.Helper()
	return b.tus(http.MethodPatch, path, bytes.NewReader(data), append([]string{"Content-Type", "application/offset+octet-stream", "Upload-Offset", fmt.Sprint(at)}, pairs...)...)
}

func wants(t *testing.T, what string, a tusAnswer, status int, code, offset string) {
	t.Helper()
	if a.status != status || a.code != code || a.header.Get("Upload-Offset") != offset || a.header.Get("Tus-Resumable") != "1.0.0" {
		t.Errorf("%s: status %d %q at %q, want %d %q at %q", what, a.status, a.code, a.header.Get("Upload-Offset"), status, code, offset)
	}
}

// kept reads what the database holds of an upload, piece by piece, as a worker
// does.
func kept(t *testing.T, db *postgis.DB, path string) []byte {
	t.Helper()
	var all []byte
	err := db.UploadPieces(context.Background(), strings.TrimPrefix(path, "/v1/uploads/"), func(c intake.Chunk) error {
		if !c.Whole(c.Data) {
			return fmt.Errorf("piece at %d is not whole", c.At)
		}
		all = append(all, c.Data...)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return all
}

func TestAnUploadThatIsCutGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	u := newUploading(t, intake.Limits{}, 0)
	b := signedIn(t, u.srv, "partner")
	data := bytes.Repeat([]byte("0123456789abcdef"), 200_000) // 3.2 MB: pieces of 1 MiB and a rest
	path := b.begun(len(data))
	wants(t, "at first", b.tus(http.MethodHead, path, nil), 200, "", "0")

	// The line is cut in the middle of a body whose length was announced.
	ctx, cut := context.WithCancel(t.Context())
	in, out := io.Pipe()
	req, err := http.NewRequestWithContext(ctx, http.MethodPatch, u.srv.URL+path, in)
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = int64(len(data))
	req.Header = http.Header{"Tus-Resumable": {"1.0.0"}, "Content-Type": {"application/offset+octet-stream"}, "Upload-Offset": {"0"}}
	go func() {
		_, _ = out.Write(data[:1_500_000])
		cut()
		out.Close()
	}()
	if res, err := b.http.Do(req); err == nil {
		res.Body.Close()
		t.Error("the line was not cut")
	}
	// The server learns of it in its own time.
	var at int
	for at == 0 && t.Context().Err() == nil {
		_, _ = fmt.Sscan(b.tus(http.MethodHead, path, nil).header.Get("Upload-Offset"), &at)
	}
	for before := -1; at != before; { // it may still be keeping the last piece
		before = at
		a := b.patch(path, at, data[at:])
		if a.status == http.StatusNoContent {
			wants(t, "the rest", a, 204, "", fmt.Sprint(len(data)))
			break
		}
		_, _ = fmt.Sscan(a.header.Get("Upload-Offset"), &at)
	}
	if got := kept(t, u.db, path); !bytes.Equal(got, data) {
		t.Errorf("%d bytes are kept, not those of %d that were sent", len(got), len(data))
	}
	card := u.card(b, path)
	if card.State != intake.Checking || card.By != "partner" || card.Name != "青禾县.zip" || len(card.History) != 2 || card.Round != 1 {
		t.Errorf("the card is %+v", card)
	}
}

func (u *uploading) card(b *browser, path string) (c intake.UploadCard) {
	b.t.Helper()
	status, body := b.send(http.MethodGet, path, nil)
	if err := json.Unmarshal(body, &c); err != nil || status != 200 {
		b.t.Fatalf("%s: status %d, %v: %s", path, status, err, body)
	}
	return c
}

func TestBytesThatDoNotFitAreRefusedByName(t *testing.T) {
	t.Parallel()
	u := newUploading(t, intake.Limits{Bytes: 1000, CountyBytes: 2500, Open: 2, PerDay: 4}, 0)
	b := signedIn(t, u.srv, "partner")
	path := b.begun(10)
	sum := sha256.Sum256([]byte("hello"))
	checksum := "sha256 " + base64.StdEncoding.EncodeToString(sum[:])
	wants(t, "another offset", b.patch(path, 3, []byte("lo")), 409, "upload_offset", "0")
	wants(t, "no offset", b.tus(http.MethodPatch, path, strings.NewReader("x"), "Content-Type", "application/offset+octet-stream"), 400, "bad_request", "")
	wants(t, "another type", b.tus(http.MethodPatch, path, strings.NewReader("x"), "Upload-Offset", "0"), 415, "bad_request", "")
	wants(t, "another checksum", b.patch(path, 0, []byte("hullo"), "Upload-Checksum", checksum), 460, "upload_checksum", "0")
	wants(t, "a checksum of nothing known", b.patch(path, 0, []byte("hello"), "Upload-Checksum", "md5 AAAA"), 400, "bad_request", "0")
	wants(t, "the checksum", b.patch(path, 0, []byte("hello"), "Upload-Checksum", checksum), 204, "", "5")
	wants(t, "more than was announced", b.patch(path, 5, []byte("too many")), 413, "upload_overrun", "5")
	chunked := b.tus(http.MethodPatch, path, io.MultiReader(strings.NewReader("too "), strings.NewReader("many")), "Content-Type", "application/offset+octet-stream", "Upload-Offset", "5")
	wants(t, "the same without a length", chunked, 413, "upload_overrun", "5")
	wants(t, "the rest", b.patch(path, 5, []byte("world")), 204, "", "10")
	wants(t, "after the end", b.patch(path, 10, []byte("!")), 409, "upload_state", "10")
	if got := kept(t, u.db, path); string(got) != "helloworld" {
		t.Errorf("kept %q", got)
	}
	if a := b.tus(http.MethodPatch, path, nil, "Tus-Resumable", "0.2.2"); a.status != 412 || a.header.Get("Tus-Version") != "1.0.0" {
		t.Errorf("another version: %+v", a)
	}
	wants(t, "a large file", b.create(1001, "a.zip", own.code), 413, "upload_too_large", "")
	wants(t, "a program", b.create(10, "a.exe", own.code), 415, "upload_kind", "")
	wants(t, "a RAR archive", b.create(10, "县.rar", own.code), 415, "upload_kind", "")
	wants(t, "no county", b.create(10, "a.zip", "37"), 400, "bad_request", "")
	wants(t, "no name", b.create(10, "..", own.code), 400, "bad_request", "")
	b.begun(900)
	b.begun(900)
	wants(t, "a third at once", b.create(10, "a.zip", own.code), 429, "upload_too_many", "")
	other := signedIn(t, u.srv, "colleague")
	wants(t, "more than the county's room", other.create(900, "a.zip", own.code), 507, "upload_quota", "")
	if a := b.tus(http.MethodOptions, "/v1/uploads", nil); a.status != 204 || a.header.Get("Tus-Extension") != "creation,checksum,termination,expiration" || a.header.Get("Tus-Max-Size") != "1000" {
		t.Errorf("options: %+v", a)
	}
}

func TestOfTwoThatSendTheSameBytesOneIsTold(t *testing.T) {
	t.Parallel()
	u := newUploading(t, intake.Limits{}, 0)
	b := signedIn(t, u.srv, "partner")
	data := bytes.Repeat([]byte("x"), 3000)
	path := b.begun(len(data))
	sum := sha256.Sum256(data[:1000])
	checksum := "sha256 " + base64.StdEncoding.EncodeToString(sum[:])
	var mu sync.Mutex
	got := map[int]int{}
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			a := b.patch(path, 0, data[:1000], "Upload-Checksum", checksum)
			mu.Lock()
			defer mu.Unlock()
			got[a.status]++
		})
	}
	all.Wait()
	if got[204] != 1 || got[409] != 2 {
		t.Errorf("statuses %v, want one 204 and two 409", got)
	}
	wants(t, "the rest", b.patch(path, 1000, data[1000:]), 204, "", "3000")
	if !bytes.Equal(kept(t, u.db, path), data) {
		t.Error("bytes are kept twice")
	}
}

func TestAnUploadIsItsAccountsAndItsCountys(t *testing.T) {
	t.Parallel()
	u := newUploading(t, intake.Limits{}, 0)
	b := signedIn(t, u.srv, "partner")
	path := b.begun(5)
	stranger, colleague, officer, admin := signedIn(t, u.srv, "stranger"), signedIn(t, u.srv, "colleague"), signedIn(t, u.srv, "officer"), signedIn(t, u.srv, "admin")
	wants(t, "a foreign county", stranger.create(5, "a.zip", own.code), 404, "not_found", "")
	wants(t, "a stranger asks", stranger.tus(http.MethodHead, path, nil), 404, "", "")
	wants(t, "a stranger sends", stranger.patch(path, 0, []byte("hello")), 404, "not_found", "")
	wants(t, "a stranger withdraws", stranger.tus(http.MethodDelete, path, nil), 404, "not_found", "")
	wants(t, "a colleague sends", colleague.patch(path, 0, []byte("hello")), 403, "upload_others", "")
	wants(t, "a colleague withdraws", colleague.tus(http.MethodDelete, path, nil), 403, "upload_others", "")
	wants(t, "an officer begins", officer.create(5, "a.zip", own.code), 403, "forbidden", "")
	wants(t, "an officer sends", officer.patch(path, 0, []byte("hello")), 403, "forbidden", "")
	for _, p := range []string{path, path + "/defects", path + "/defects.geojson", path + "/defects.csv", path + "/report.json"} {
		if status, body := stranger.send(http.MethodGet, p, nil); status != 404 {
			t.Errorf("a stranger reads %s: %d %s", p, status, body)
		}
		if status, body := officer.send(http.MethodGet, p, nil); status != 403 {
			t.Errorf("an officer reads %s: %d %s", p, status, body)
		}
	}
	for p, body := range map[string]any{path + "/check": map[string]string{}, path + "/commit": map[string]int{"round": 1}} {
		if status, _ := stranger.send(http.MethodPost, p, body); status != 404 {
			t.Errorf("a stranger posts %s: %d", p, status)
		}
		if status, got := b.send(http.MethodPost, p, body); status != 409 || !strings.Contains(string(got), "upload_state") {
			t.Errorf("%s of what is not finished: %d %s", p, status, got)
		}
	}
	if status, body := stranger.send(http.MethodGet, "/v1/uploads", nil); status != 200 || !strings.Contains(string(body), `"items":[]`) {
		t.Errorf("a stranger's list: %d %s", status, body)
	}
	if status, body := colleague.send(http.MethodGet, "/v1/uploads", nil); status != 200 || !strings.Contains(string(body), `"by":"partner"`) {
		t.Errorf("a colleague's list: %d %s", status, body)
	}
	wants(t, "an administrator withdraws", admin.tus(http.MethodDelete, path, nil), 204, "", "")
	wants(t, "bytes of what is withdrawn", b.patch(path, 0, []byte("hello")), 410, "upload_gone", "")
	wants(t, "once more", b.tus(http.MethodDelete, path, nil), 410, "upload_gone", "")
}

func TestWhatIsNeverFinishedExpires(t *testing.T) {
	t.Parallel()
	u := newUploading(t, intake.Limits{Life: time.Hour}, 0)
	b := signedIn(t, u.srv, "partner")
	path := b.begun(10)
	u.later(50 * time.Minute)
	wants(t, "bytes put it off", b.patch(path, 0, []byte("hello")), 204, "", "5")
	u.later(50 * time.Minute)
	wants(t, "within an hour of the last byte", b.tus(http.MethodHead, path, nil), 200, "", "5")
	u.later(11 * time.Minute)
	wants(t, "after it", b.tus(http.MethodHead, path, nil), 410, "", "")
	wants(t, "bytes after it", b.patch(path, 5, []byte("world")), 410, "upload_gone", "")
	if n, err := u.db.ExpireUploads(t.Context(), u.now); n != 1 || err != nil {
		t.Errorf("%d expired, %v", n, err)
	}
	if c := u.card(b, path); c.State != intake.Expired || c.History[len(c.History)-1].Act != "expire" {
		t.Errorf("%+v", c)
	}
}

// A sender of single bytes is cut after the patience for 16 KiB, and what it has
// sent is kept.
func TestAByteAMinuteIsCut(t *testing.T) {
	t.Parallel()
	u := newUploading(t, intake.Limits{}, 200*time.Millisecond)
	b := signedIn(t, u.srv, "partner")
	path := b.begun(10)
	in, out := io.Pipe()
	go func() { _, _ = out.Write([]byte("hel")) }() // and no more
	a := b.tus(http.MethodPatch, path, in, "Content-Type", "application/offset+octet-stream", "Upload-Offset", "0")
	out.Close()
	if a.status != http.StatusRequestTimeout || a.code != "upload_slow" {
		t.Errorf("status %d %s", a.status, a.code)
	}
	wants(t, "what has come", b.tus(http.MethodHead, path, nil), 200, "", "3")
	wants(t, "the rest", b.patch(path, 3, []byte("lo worl")), 204, "", "10")
}
