package main

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"parus/fixtures"
	"parus/internal/intake"
	"parus/internal/postgis"
	"parus/internal/publication"
	"parus/internal/vault"
	"parus/web"
	"parus/web/password"
)

// readSabotaged is what a reader of uploads does in these tests: its work, but a
// file that says sabotage-… does to it what real ones are feared to do.
func readSabotaged() {
	if text, err := os.ReadFile("upload.json"); err == nil {
		sabotage(string(text))
	}
	main()
}

const uploadPassword = "not a secret of anybody"

// office is a web server and a worker of its own, on shared services, with the
// county's keys.
type office struct {
	db   *postgis.DB
	env  []string
	keys *vault.Ring
	srv  *httptest.Server
	http *http.Client
}

func newOffice(t *testing.T) *office {
	t.Helper()
	env, db := servers(t)
	file := filepath.Join(t.TempDir(), "keys")
	o := &office{db: db, env: append(env, "PARUS_KEYS="+file)}
	mustExit(t, exitOK, program(t, o.env, "keys", "new", "--county", fixtures.CountyCode))
	var err error
	if o.keys, err = vault.Load(file); err != nil {
		t.Fatal(err)
	}
	h, err := web.New(web.Config{Keys: o.keys, Page: os.DirFS("../../web/ui/dist")}, db)
	if err != nil {
		t.Fatal(err)
	}
	o.srv = httptest.NewServer(h)
	t.Cleanup(o.srv.Close)
	hash, err := password.Hash(uploadPassword)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.AddAccount(t.Context(), publication.NewAccount{Name: "partner", PasswordHash: hash, Role: publication.Partner, Counties: []string{fixtures.CountyCode}})
	if err != nil {
		t.Fatal(err)
	}
	worker := start(t, o.env, "worker", "--no-supervise", "--threads", "1", "--memory", "1500")
	t.Cleanup(func() {
		_ = worker.cmd.Process.Signal(os.Interrupt)
		worker.end(t)
		if words := worker.said(); strings.Contains(words, "DATA RACE") {
			t.Error(words)
		}
	})
	go func() {
		for range worker.lines {
			continue
		}
	}()
	return o
}

// signIn gives the office's client the partner's cookie.
func (o *office) signIn(t *testing.T) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	o.http = &http.Client{Jar: jar}
	if status, body := o.ask(t, http.MethodPost, "/v1/session", strings.NewReader(`{"name":"partner","password":"`+uploadPassword+`"}`), "Content-Type", "application/json"); status != 200 {
		t.Fatalf("sign in: %d %s", status, body)
	}
}

func (o *office) ask(t *testing.T, method, path string, body io.Reader, pairs ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, o.srv.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(pairs); i += 2 {
		req.Header.Set(pairs[i], pairs[i+1])
	}
	res, err := o.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("Location") + string(text)
}

// upload hands in a file and waits until a worker is through with it.
func (o *office) upload(t *testing.T, name string, data []byte) intake.UploadCard {
	t.Helper()
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	status, path := o.ask(t, http.MethodPost, "/v1/uploads", nil, "Tus-Resumable", "1.0.0", "Upload-Length", fmt.Sprint(len(data)),
		"Upload-Metadata", "filename "+b64(name)+",county "+b64(fixtures.CountyCode))
	if status != http.StatusCreated {
		t.Fatalf("%s: %d %s", name, status, path)
	}
	if status, body := o.ask(t, http.MethodPatch, path, bytes.NewReader(data), "Tus-Resumable", "1.0.0", "Upload-Offset", "0",
		"Content-Type", "application/offset+octet-stream"); status != http.StatusNoContent {
		t.Fatalf("%s: %d %s", name, status, body)
	}
	return o.settled(t, path)
}

// settled asks until nothing is under way about an upload.
func (o *office) settled(t *testing.T, path string) (c intake.UploadCard) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		status, body := o.ask(t, http.MethodGet, path, nil)
		if err := json.Unmarshal([]byte(body), &c); err != nil || status != 200 {
			t.Fatalf("%s: %d %v %s", path, status, err, body)
		}
		if c.State != intake.Checking && c.State != intake.Committing {
			return c
		}
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal("no worker has come to it")
		}
	}
}

// zipped packs files without compressing them, under names as Chinese archivers
// write them.
func zipped(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range slices.Sorted(maps.Keys(files)) {
		name, err := simplifiedchinese.GBK.NewEncoder().String(n)
		if err != nil {
			t.Fatal(err)
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, NonUTF8: true, Method: zip.Store})
		if err == nil {
			_, err = w.Write(files[n])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestUploadsThatCannotBeReadAreRefusedByName(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.signIn(t)
	bomb := func() []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		w, err := z.Create("DK1.shp")
		if err == nil {
			_, err = w.Write(make([]byte, 20<<20))
		}
		if err != nil || z.Close() != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}()
	good := zipped(t, map[string][]byte{"DK1.shp": {1}})
	for _, c := range []struct {
		what, name string
		data       []byte
		state      intake.State
		why        string
	}{
		{"a bomb", "a.zip", bomb, intake.Refused, "bomb"},
		{"a path that leads out", "a.zip", zipped(t, map[string][]byte{"../../etc/DK1.shp": {1}}), intake.Refused, "path"},
		{"an archive in an archive", "a.zip", zipped(t, map[string][]byte{"inner.zip": good}), intake.Refused, "nested"},
		{"a program", "a.zip", zipped(t, map[string][]byte{"DK1.shp": {1}, "setup.exe": {1}}), intake.Refused, "nested"},
		{"RAR under another name", "a.zip", []byte("Rar!\x1a\x07\x00 and so on"), intake.Refused, "kind"},
		{"a zip that is cut short", "a.zip", good[:len(good)-20], intake.Refused, "zip"},
		{"a zip of nothing known", "a.zip", zipped(t, map[string][]byte{"readme.txt": []byte("hello")}), intake.Refused, "unreadable"},
		{"what makes its reader crash", "a.json", []byte(`{"say": "sabotage-crash"}`), intake.Quarantined, "crashed"},
		{"what makes its reader greedy", "a.json", []byte(`{"say": "sabotage-hoard"}`), intake.Quarantined, "memory"},
	} {
		got := o.upload(t, c.name, c.data)
		if got.State != c.state || got.Why != c.why || got.Reason == "" || got.Rows != nil {
			t.Errorf("%s: %s, why %q: %s", c.what, got.State, got.Why, got.Reason)
		}
	}
	if status, body := o.ask(t, http.MethodGet, "/v1/uploads", nil); status != 200 || strings.Count(body, `"state"`) != 9 {
		t.Errorf("the list: %d %s", status, body)
	}
}

// handOver is a county's package in GBK with seeded defects, as a file, and what
// was planted.
func handOver(t *testing.T) (file string, planted [][]string, county *fixtures.County) {
	t.Helper()
	c, err := fixtures.NewCounty(fixtures.Config{Seed: 5, Households: 400, SizePx: 500, PerDefect: 2, Defects: fixtures.DefectCodes()})
	if err != nil {
		t.Fatal(err)
	}
	m := fixtures.NewMemory()
	if err := c.WriteRegistry(m); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, n := range m.Names() {
		if in, ok := strings.CutPrefix(n, fixtures.PackageDir+"/"); ok {
			files[fixtures.CountyCode+fixtures.CountyName+"/"+in] = m.File(n)
		}
	}
	rows, err := csv.NewReader(bytes.NewReader(m.File("truth/defects.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), fixtures.CountyCode+fixtures.CountyName+".zip")
	writeFile(t, file, zipped(t, files))
	return file, rows[1:], c
}

// TestUploadJourneys walks through the hand-over in a real browser, with a real
// worker that reads it with GDAL, and looks at what is in the database then.
func TestUploadJourneys(t *testing.T) {
	if testing.Short() {
		t.Skip("the browser is left to the full test")
	}
	t.Parallel()
	o := newOffice(t)
	file, planted, county := handOver(t)
	shots, err := filepath.Abs("../../test-artifacts")
	if err == nil {
		err = os.MkdirAll(shots, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	walk(t, "./upload/", map[string]any{"base": o.srv.URL, "chromium": "/usr/bin/chromium", "shots": shots, "password": uploadPassword, "partner": "partner",
		"upload": map[string]any{"file": file, "planted": planted, "county": fixtures.CountyCode, "village": county.Villages[0].Name}})
	o.checkRelease(t, county)
}

// checkRelease wants the release in force with names intact, people sealed, the
// act in the audit, and no bytes of the upload left.
func (o *office) checkRelease(t *testing.T, county *fixtures.County) {
	t.Helper()
	r, err := o.db.ReleaseInForce(t.Context(), fixtures.CountyCode)
	if err != nil {
		t.Fatal(err)
	}
	parcels, err := o.db.Parcels(t.Context(), r.ID)
	if err != nil || len(parcels) < len(county.Parcels)*9/10 || r.People == 0 {
		t.Fatalf("%d parcels of %d, %d people, %v", len(parcels), len(county.Parcels), r.People, err)
	}
	names := map[string]string{}
	for _, p := range county.Parcels {
		names[p.ID] = p.Name
	}
	intact := 0
	for _, p := range parcels {
		if p.Name != "" && p.Name == names[p.ID] {
			intact++
		}
	}
	if intact < len(parcels)-10 { // a few are planted with bytes of no encoding
		t.Errorf("%d names of %d parcels are intact", intact, len(parcels))
	}
	entries, err := o.db.Audit(t.Context(), fixtures.CountyCode)
	if err != nil || len(entries) == 0 || entries[len(entries)-1].Actor != "partner" || entries[len(entries)-1].Act != "import release" {
		t.Errorf("audit %+v, %v", entries, err)
	}
}
