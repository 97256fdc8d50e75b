package web_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"parus/imagery/overlay"
	"parus/internal/publication"
	"parus/web"

	"github.com/jackc/pgx/v5"
)

var letters = map[publication.Role]string{publication.Officer: "o", publication.Partner: "p", publication.Risk: "r",
	publication.Approver: "a", publication.Auditor: "u", publication.Admin: "m"}

// operation is one of the OpenAPI document.
type operation struct {
	OperationID  string `json:"operationId"`
	method, path string
	Tags         []string
	Security     []map[string][]string
	Parameters   []struct {
		Name, In string
		Required bool
		Schema   schema
	}
	RequestBody *struct {
		Content map[string]struct{ Schema schema }
	} `json:"requestBody"`
}

// schema is what the tests need of a JSON schema.
type schema struct {
	Ref        string            `json:"$ref"`
	Type       any               `json:"type"`
	Enum       []any             `json:"enum"`
	Properties map[string]schema `json:"properties"`
	Required   []string          `json:"required"`
	Items      *schema           `json:"items"`
	Format     string            `json:"format"`
	AnyOf      []schema          `json:"anyOf"`
	Additional any               `json:"additionalProperties"` // false: no others
}

// operations reads the OpenAPI document, so that a new one can't be forgotten.
func operations(t *testing.T, b *browser) ([]operation, map[string]schema) {
	t.Helper()
	doc := read[struct {
		Paths      map[string]map[string]operation
		Components struct{ Schemas map[string]schema }
	}](b, "/openapi.json")
	var out []operation
	for path, methods := range doc.Paths {
		for method, op := range methods {
			op.method, op.path = strings.ToUpper(method), path
			out = append(out, op)
		}
	}
	slices.SortFunc(out, func(a, b operation) int { return strings.Compare(a.OperationID, b.OperationID) })
	if len(out) < 50 {
		t.Fatalf("only %d operations read", len(out))
	}
	return out, doc.Components.Schemas
}

// world is two counties with one of all that can be asked for, and its server.
type world struct {
	*readable
	values map[string]string
	log    *lockedLog
	keys   int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{readable: newReadable(t), log: &lockedLog{}}
	w.serve(t)
	conn, err := pgx.Connect(t.Context(), w.url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	number := func(sql string) string {
		var n int64
		if err := conn.QueryRow(t.Context(), sql).Scan(&n); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		return fmt.Sprint(n)
	}
	addAccount(t, w.seeded, "spare", publication.Officer, own.code)
	signedIn(t, w.srv, "spare")
	w.token(t, "spare", publication.Officer, []string{"read"}, own.code)
	var z, x, y int
	if _, err := fmt.Sscanf(tileOf(w.first, 14), "%d/%d/%d", &z, &x, &y); err != nil {
		t.Fatal(err)
	}
	w.values = map[string]string{
		"publication": fmt.Sprint(w.own), "release": fmt.Sprint(w.own), "collectionId": "parcels-" + own.code + "-" + seasonOf.Name, "featureId": w.first.id, "county": own.code, "household": w.households[0], "farmer": w.first.household, "parcel": w.first.id,
		"alert": number(`select id from alert where county = '` + own.code + `' limit 1`), "application": fmt.Sprint(w.application),
		"dispute": fmt.Sprint(w.dispute), "backtest": fmt.Sprint(w.backtest), "policy": w.policy, "scene": seedScenes[0].id, "kind": string(overlay.Vegetation),
		"z": fmt.Sprint(z), "x": fmt.Sprint(x), "y": fmt.Sprint(y), "row": fmt.Sprintf("%d.mvt", y), "soon": time.Date(2025, 11, 1, 0, 0, 0, 0, time.UTC).Format(time.RFC3339),
		"account": number(`select id from account where name = 'spare'`), "token": number(`select id from api_token where name = 'spare'`),
		"run": fmt.Sprint(w.runOf[own.code]), "rescore": fmt.Sprint(w.rescore), "earlier": fmt.Sprint(w.earlier), "upload": w.upload(t),
		"session": number(`select s.id from session s join account a on a.id = s.account where a.name = 'spare'`),
	}
	return w
}

// serve replaces the lender's server by one with keys and a log of everything.
func (w *world) serve(t *testing.T) {
	t.Helper()
	ring := importPeople(t, w.seeded)
	opened, began := time.Date(2025, 8, 25, 5, 0, 0, 0, time.UTC), time.Now()
	head, err := web.NewLetterhead("青禾农村商业银行", "青禾县人民路 1 号", "")
	if err != nil {
		t.Fatal(err)
	}
	h, err := web.New(web.Config{Now: func() time.Time { return opened.Add(time.Since(began)) }, SessionLife: 100 * 365 * 24 * time.Hour, Letterhead: head,
		Keys: ring, Log: verbose(w.log)}, w.db)
	if err != nil {
		t.Fatal(err)
	}
	w.srv = httptest.NewServer(h)
	t.Cleanup(w.srv.Close)
}

// token makes a token and returns its secret.
func (w *world) token(t *testing.T, name string, role publication.Role, operations []string, counties ...string) string {
	t.Helper()
	secret, hash, err := web.NewToken()
	if err != nil {
		t.Fatal(err)
	}
	by := publication.Doer{Account: publication.Account{Name: "test", Role: publication.Admin, Counties: []string{""}}, At: time.Date(2025, 8, 1, 0, 0, 0, 0, time.UTC)}
	_, err = w.db.AddToken(t.Context(), by, publication.Token{Name: name, Role: role, Counties: counties, Operations: operations, ExpiresAt: by.At.AddDate(0, 6, 0)}, hash)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// asked is one way to send an operation: change replaces values.
func (w *world) asked(op operation, r row, change map[string]string) (path, body string) {
	values := func(name string) string {
		if v, ok := change[name]; ok {
			return v
		}
		if n, ok := r.at[name]; ok {
			if v, ok := change[n]; ok {
				return v
			}
			name = n
		}
		return w.values[name]
	}
	fill := func(text string) string {
		for name := range w.values {
			text = strings.ReplaceAll(text, "{"+name+"}", values(name))
		}
		return strings.ReplaceAll(text, "{id}", values("id"))
	}
	return fill(op.path + r.query), fill(r.body)
}

// ask sends a request; a token in place of the browser's cookie where there is
// one.
func (w *world) ask(b *browser, token, method, path, body string) (int, http.Header, []byte) {
	b.t.Helper()
	req, err := http.NewRequest(method, w.srv.URL+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	w.keys++
	req.Header.Set("Idempotency-Key", fmt.Sprint("matrix", w.keys))
	for name, value := range tusOf(own.code) {
		req.Header.Set(name, value)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	client := b.http
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
		client = http.DefaultClient
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	out, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	asSaid(b.t, req, res, out)
	return res.StatusCode, res.Header, out
}

// tusOf are the headers of the resumable upload, which others ignore.
func tusOf(county string) map[string]string {
	b := base64.StdEncoding.EncodeToString
	return map[string]string{"Tus-Resumable": "1.0.0", "Upload-Length": "5", "Upload-Offset": "0",
		"Upload-Metadata": "filename " + b([]byte("a.zip")) + ",county " + b([]byte(county))}
}

// upload begins a hand-over and returns its id.
func (w *world) upload(t *testing.T) string {
	t.Helper()
	status, head, body := w.ask(w.as(t, publication.Partner, "hands in", own.code), "", http.MethodPost, "/v1/uploads", "")
	if status != http.StatusCreated {
		t.Fatalf("begin an upload: %d %s", status, body)
	}
	return strings.TrimPrefix(head.Get("Location"), "/v1/uploads/")
}

// asker is somebody of the matrix.
type asker struct {
	name   string
	role   publication.Role
	mine   bool // of the own county
	token  string
	gives  []string // operations of a token
	client *browser
}

// expects is what an asker is answered.
func (r row) expects(op operation, a asker) []int {
	letter := letters[a.role]
	if a.token != "" {
		need := "read"
		if op.method != http.MethodGet && op.method != http.MethodHead {
			need = op.Tags[0]
		}
		if r.noToken || !slices.Contains(a.gives, need) {
			return told
		}
	}
	ok := r.ok
	if len(ok) == 0 {
		ok = []int{http.StatusOK}
	}
	switch {
	case strings.Contains(r.can, letter) && (a.mine || r.list):
		return ok
	case strings.Contains(r.can, letter) && len(r.foreign) > 0:
		return r.foreign
	case strings.Contains(r.can, letter):
		return []int{http.StatusNotFound}
	case strings.Contains(r.hide, letter):
		return []int{http.StatusNotFound}
	case a.mine || r.list:
		return told
	}
	return []int{http.StatusForbidden, http.StatusNotFound} // of both reasons either is told
}

// leaks are what tells of the own county.
func (w *world) leaks() []string {
	return []string{own.name, own.code, w.first.id, w.first.household, w.households[0]}
}

// Every operation by every role and by tokens, of the own county and of another.
func TestEveryOperationIsForWhomTheMatrixSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	nobody := newBrowser(t, w.srv)
	ops, _ := operations(t, nobody)
	var askers []asker
	for _, c := range []county{own, foreign} {
		place := map[bool]string{true: "here", false: "elsewhere"}[c == own]
		for _, role := range publication.Roles() {
			name := string(role) + " " + place
			addAccount(t, w.seeded, name, role, c.code)
			askers = append(askers, asker{name: name, role: role, mine: c.code == own.code, client: signedIn(t, w.srv, name)})
		}
		for i, gives := range [][]string{publication.TokenOperations(), {"read"}} {
			name := fmt.Sprintf("%s-%d", place, i)
			askers = append(askers, asker{name: name, role: publication.Officer, mine: c.code == own.code, gives: gives, client: nobody,
				token: w.token(t, name, publication.Officer, gives, c.code)})
		}
	}
	known := map[string]bool{}
	for _, op := range ops {
		known[op.OperationID] = true
		r, ok := matrix[op.OperationID]
		if !ok {
			t.Errorf("%s %s (%s) has no row in the matrix: say in matrix_test.go what every role is answered", op.method, op.path, op.OperationID)
			continue
		}
		if r.apart != "" {
			continue
		}
		w.walk(t, op, r, nobody, askers)
	}
	for id := range matrix {
		if !known[id] {
			t.Errorf("the matrix has a row for %s, which is no operation", id)
		}
	}
	_, _, metrics := w.ask(nobody, "", http.MethodGet, "/metrics", "")
	w.checkPrivate(t, "metrics", "", metrics)
	w.checkPrivate(t, "the log", "", []byte(w.log.String()))
	for _, id := range []string{w.first.household, w.households[0], w.first.id} {
		if bytes.Contains(metrics, []byte(id)) || strings.Contains(w.log.String(), id) {
			t.Errorf("log or metrics name %s", id)
		}
	}
	if log := w.log.String(); strings.Contains(log, "level=ERROR") {
		t.Errorf("something failed:\n%s", log)
	}
}

func (w *world) walk(t *testing.T, op operation, r row, nobody *browser, askers []asker) {
	t.Helper()
	path, body := w.asked(op, r, nil)
	if strings.Contains(path, "{") {
		t.Errorf("%s: %s has a parameter that the matrix does not know", op.OperationID, path)
		return
	}
	status, head, answer := w.ask(nobody, "", op.method, path, body)
	want := []int{http.StatusUnauthorized}
	if r.public {
		want = append(r.ok, map[bool]int{true: http.StatusOK}[len(r.ok) == 0])
	}
	if !slices.Contains(want, status) || !r.public && op.method != http.MethodHead && !strings.Contains(string(answer), "signed_out") {
		t.Errorf("%s answers %d to nobody, want %v: %s", op.OperationID, status, want, answer)
	}
	checkHeaders(t, op.OperationID, op.path, status, head)
	if (len(op.Security) == 0) != r.public {
		t.Errorf("%s: the document says %v of who may ask", op.OperationID, op.Security)
	}
	if r.public {
		return
	}
	for _, a := range askers {
		status, head, answer := w.ask(a.client, a.token, op.method, path, body)
		if want := r.expects(op, a); !slices.Contains(want, status) {
			t.Errorf("%s answers %d to %s, want %v: %s", op.OperationID, status, a.name, want, answer[:min(len(answer), 200)])
		}
		checkHeaders(t, op.OperationID, op.path, status, head)
		w.checkPrivate(t, op.OperationID+" "+a.name, op.OperationID, answer)
		if !a.mine && r.tells == "" {
			w.checkSilent(t, op.OperationID+" "+a.name, answer, path+body)
		}
		if a.mine && strings.Contains(r.can, letters[a.role]) && a.token == "" {
			w.guess(t, op, r, a)
		}
	}
}

// checkSilent fails where an answer to people of another county tells of this
// one what they have not sent themselves.
func (w *world) checkSilent(t *testing.T, what string, answer []byte, sent string) {
	t.Helper()
	for _, l := range w.leaks() {
		if at := bytes.Index(answer, []byte(l)); at >= 0 && !strings.Contains(sent, l) {
			t.Errorf("%s is told of %q: …%s", what, l, answer[max(0, at-80):min(len(answer), at+80)])
		}
	}
}

// checkPrivate fails where anything but the operation that opens personal data
// tells them.
func (w *world) checkPrivate(t *testing.T, what, operation string, answer []byte) {
	t.Helper()
	if operation == "revealHousehold" {
		return
	}
	for _, datum := range []string{farmer.Name, farmer.IDNumber, farmer.Phone, farmer.Address} {
		if whole := regexp.MustCompile(`(^|[^0-9])` + regexp.QuoteMeta(datum) + `($|[^0-9])`); whole.Match(answer) { // not within a longer number
			t.Errorf("%s tells a personal datum: %s", what, datum)
		}
	}
}

// guess asks for objects that nobody has, and for those of the other county
// under the own publication.
func (w *world) guess(t *testing.T, op operation, r row, a asker) {
	t.Helper()
	theirs := map[string]string{"collectionId": "parcels-" + foreign.code + "-" + seasonOf.Name, "publication": fmt.Sprint(w.foreign), "release": fmt.Sprint(w.foreign), "household": w.foreigner, "farmer": w.foreigner, "county": foreign.code}
	nothing := map[string]string{"scene": "S0_000", "policy": strings.Repeat("0", 64), "household": "370199000000000", "farmer": "370199000000000", "parcel": "3701990000000000001", "upload": "AAAAAAAAAAAAAAAAAAAAAA"}
	for _, p := range op.Parameters {
		name := p.Name
		if n := r.at[name]; n != "" {
			name = n
		}
		if p.In != "path" || slices.Contains([]string{"z", "x", "y", "kind", "row"}, name) || slices.Contains(r.ok, http.StatusNotFound) {
			continue
		}
		guesses := []string{"999999999"}
		if n, ok := nothing[name]; ok {
			guesses = []string{n}
		}
		if f, ok := theirs[name]; ok {
			guesses = append(guesses, f)
		}
		for _, g := range guesses {
			path, body := w.asked(op, r, map[string]string{name: g, p.Name: g})
			status, _, answer := w.ask(a.client, "", op.method, path, body)
			if status != http.StatusNotFound && !slices.Contains(r.guesses, status) {
				t.Errorf("%s answers %d to %s who guesses %s %s, want 404: %s", op.OperationID, status, a.name, name, g, answer[:min(len(answer), 200)])
			}
			var problem problemBody
			if status == http.StatusNotFound && op.method != http.MethodHead && (json.Unmarshal(answer, &problem) != nil || problem.Next == "") {
				t.Errorf("%s: %s says no next step", op.OperationID, answer)
			}
		}
	}
}

// checkHeaders holds every class of answer to the same headers; what has data of
// people or counties is kept by nobody but tiles by the asker's own browser.
func checkHeaders(t *testing.T, what, path string, status int, h http.Header) {
	t.Helper()
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
	} {
		if h.Get(name) != want {
			t.Errorf("%s, %d: %s is %q, want %q", what, status, name, h.Get(name), want)
		}
	}
	if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("%s, %d: policy %q", what, status, csp)
	}
	kept := h.Get("Cache-Control")
	if private := strings.HasPrefix(path, "/tiles/") && strings.HasPrefix(kept, "private"); kept != "no-store" && !private && !strings.HasPrefix(kept, "private, no-cache") {
		t.Errorf("%s, %d: Cache-Control is %q", what, status, kept)
	}
	if h.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%s, %d: other sites may read it", what, status)
	}
}
