package web_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"parus/internal/publication"
)

// hostile are texts that were something else to a program that pasted them
// somewhere: SQL, a path, a shell, a page, a log, a number, a database's text.
var hostile = []string{
	"' or '1'='1", `"; drop table account; --`, "../../../../etc/passwd", `..\..\..\windows`, "/etc/passwd", "%2e%2e%2f%2e%2e%2f", "$(id)", "{{7*7}}",
	"<img src=x onerror=alert(1)>", "a\nlevel=ERROR msg=forged", "\x1b[31mred", "\x00", "a\x00b", "\xff\xfe", "9223372036854775808", "-1", strings.Repeat("9", 5000), "\u202e",
}

// Attacks share one world, as it takes longer to make than to attack.
func TestAttacks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	nobody := newBrowser(t, w.srv)
	ops, schemas := operations(t, nobody)
	as := map[string]*browser{}
	for role, letter := range letters {
		addAccount(t, w.seeded, "attacks as "+string(role), role, own.code)
		as[letter] = signedIn(t, w.srv, "attacks as "+string(role))
	}
	who := func(op operation) *browser {
		if can := matrix[op.OperationID].can; can != "" {
			return as[can[:1]]
		}
		return nobody
	}
	t.Run("injection into every text of every operation", func(t *testing.T) { w.inject(t, ops, schemas, who) })
	t.Run("bodies that are too large", func(t *testing.T) { w.oversize(t, ops, who) })
	t.Run("pages of other sites", func(t *testing.T) { w.crossSite(t, ops, who) })
	t.Run("forged cookies and tokens", func(t *testing.T) { w.forge(t, nobody, as["o"]) })
	t.Run("methods and hosts that are claimed", func(t *testing.T) { w.claim(t, as["o"]) })
	t.Run("a log that is forged", func(t *testing.T) { w.forgeLog(t) })
	if log := w.log.String(); strings.Contains(log, "level=ERROR") {
		t.Errorf("something failed:\n%s", log)
	}
}

func (w *world) inject(t *testing.T, ops []operation, schemas map[string]schema, who func(operation) *browser) {
	places := 0
	try := func(op operation, where, path, body string) {
		t.Helper()
		places++
		status, head, answer := w.ask(who(op), "", op.method, path, body)
		kind := head.Get("Content-Type")
		switch {
		case status >= http.StatusInternalServerError:
			t.Errorf("%s, %s: %d to %s %s", op.OperationID, where, status, path, body)
		case strings.Contains(string(answer), "root:"), strings.Contains(string(answer), "SQLSTATE"), strings.Contains(string(answer), "syntax error"):
			t.Errorf("%s, %s: the answer tells of the machine: %s", op.OperationID, where, answer)
		case strings.Contains(kind, "html") && status != http.StatusOK:
			t.Errorf("%s, %s: answered in %s", op.OperationID, where, kind)
		}
	}
	for _, op := range ops {
		r := matrix[op.OperationID]
		if r.apart != "" {
			continue
		}
		path, body := w.asked(op, r, nil)
		for _, p := range op.Parameters {
			for _, h := range hostile {
				switch p.In {
				case "path":
					bad, _ := w.asked(op, r, map[string]string{p.Name: url.PathEscape(h), "id": url.PathEscape(h), r.at[p.Name]: url.PathEscape(h)})
					try(op, p.Name, bad, body)
				case "query":
					base, asked, _ := strings.Cut(path, "?")
					q, err := url.ParseQuery(asked)
					if err != nil {
						t.Fatal(err)
					}
					q.Set(p.Name, h)
					try(op, p.Name, base+"?"+q.Encode(), body)
				}
			}
		}
		for _, name := range texts(op, schemas) {
			for _, h := range hostile {
				if op.OperationID == "resetPassword" || op.OperationID == "signIn" && len(h) > 100 {
					continue
				}
				try(op, name, path, withText(body, name, h))
			}
		}
	}
	if places < 1000 {
		t.Errorf("only %d attempts", places)
	}
	t.Logf("%d attempts", places)
}

// texts are the names of texts in an operation's body.
func texts(op operation, schemas map[string]schema) []string {
	if op.RequestBody == nil {
		return nil
	}
	s := op.RequestBody.Content["application/json"].Schema
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		s = schemas[name]
	}
	var out []string
	for name, p := range s.Properties {
		if p.Type == "string" || p.Items != nil {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func (w *world) oversize(t *testing.T, ops []operation, who func(operation) *browser) {
	const mebibytes = 3
	for _, op := range ops {
		if op.RequestBody == nil {
			continue
		}
		path, _ := w.asked(op, matrix[op.OperationID], nil)
		status, _, _ := w.ask(who(op), "", op.method, path, `{"text":"`+strings.Repeat("x", mebibytes<<20)+`"}`)
		if status != http.StatusRequestEntityTooLarge && status != http.StatusUnsupportedMediaType {
			t.Errorf("%s answers %d to %d MiB, want 413, or 415 where it is no JSON that is taken", op.OperationID, status, mebibytes)
		}
		deep := strings.Repeat(`{"a":`, 3000) + "1" + strings.Repeat("}", 3000)
		if status, _, _ := w.ask(who(op), "", op.method, path, deep); status < 400 || status >= 500 {
			t.Errorf("%s answers %d to a body that is deep", op.OperationID, status)
		}
	}
}

// A page of another site may send a form, or a script's request without asking
// first, with the cookie of whoever looks at it.
func (w *world) crossSite(t *testing.T, ops []operation, who func(operation) *browser) {
	for _, op := range ops {
		if slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions}, op.method) { // which change nothing
			continue
		}
		path, body := w.asked(op, matrix[op.OperationID], nil)
		for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json"} {
			for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example", "Sec-fetch-site": "same-site"} {
				req, err := http.NewRequest(op.method, w.srv.URL+path, strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set(name, value)
				if kind != "" {
					req.Header.Set("Content-Type", kind)
				}
				if status := statusOf(t, who(op).http, req); status != http.StatusForbidden {
					t.Errorf("%s, %s %s, %q: %d, want 403", op.OperationID, name, value, kind, status)
				}
			}
		}
	}
}

func statusOf(t *testing.T, c *http.Client, req *http.Request) int {
	t.Helper()
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode
}

func (w *world) forge(t *testing.T, nobody, officer *browser) {
	secret := w.token(t, "forged", publication.Officer, []string{"read"}, own.code)
	late := w.token(t, "late", publication.Officer, []string{"read"}, own.code)
	gone := w.token(t, "gone", publication.Officer, []string{"read"}, own.code)
	conn := connectTo(t, w.url)
	if _, err := conn.Exec(t.Context(), `update api_token set expires_at = '2025-08-20' where name = 'late'`); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), `update api_token set revoked_at = '2025-08-20' where name = 'gone'`); err != nil {
		t.Fatal(err)
	}
	if status, _, _ := w.ask(nobody, secret, http.MethodGet, "/v1/session", ""); status != http.StatusOK {
		t.Fatalf("the token itself: %d", status)
	}
	none := "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiIsInJvbGUiOiJhZG1pbiJ9."
	for name, token := range map[string]string{"a letter more": secret + "A", "a letter less": secret[:len(secret)-1], "upper case": strings.ToUpper(secret), "nothing": " ",
		"a signed nothing": none, "expired": late, "revoked": gone, "its hash": fmt.Sprintf("%x", secret), "SQL": "' or true --"} {
		if status, head, body := w.ask(nobody, token, http.MethodGet, "/v1/session", ""); status != http.StatusUnauthorized || !strings.Contains(string(body), "bad_token") || head.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	base, _ := url.Parse(w.srv.URL)
	cookie := officer.http.Jar.Cookies(base)[0]
	send := func(authorization, value string) int {
		req, err := http.NewRequest(http.MethodGet, w.srv.URL+"/v1/session", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.AddCookie(&http.Cookie{Name: cookie.Name, Value: value})
		if authorization != "" {
			req.Header.Set("Authorization", authorization)
		}
		return statusOf(t, http.DefaultClient, req)
	}
	if got := send("", cookie.Value); got != http.StatusOK {
		t.Fatalf("the cookie itself: %d", got)
	}
	for name, value := range map[string]string{"changed": "A" + cookie.Value[1:], "cut": cookie.Value[:20], "empty": "", "long": strings.Repeat("A", 4000), "a token": secret} {
		if got := send("", value); got != http.StatusUnauthorized {
			t.Errorf("a cookie that is %s: %d, want 401", name, got)
		}
	}
	if got := send("Bearer nothing", cookie.Value); got != http.StatusUnauthorized {
		t.Errorf("a bad token beside a good cookie: %d, want 401", got)
	}
	if got := send("Basic b2ZmaWNlcjp4", cookie.Value); got != http.StatusOK {
		t.Errorf("another scheme beside a good cookie: %d, want 200", got)
	}
}

func (w *world) claim(t *testing.T, b *browser) {
	for _, name := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"} {
		req, err := http.NewRequest(http.MethodGet, w.srv.URL+"/v1/session", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(name, http.MethodDelete)
		statusOf(t, b.http, req)
	}
	if status, _ := b.get("/v1/session?_method=DELETE"); status != http.StatusOK {
		t.Errorf("after a method was claimed the session answers %d", status)
	}
	for _, path := range []string{"/", "/v1/session", "/tiles/" + w.values["publication"] + "/parcels.json", "/openapi.json", "/v1/session/oidc", "/h/x"} {
		req, err := http.NewRequest(http.MethodGet, w.srv.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = "evil.example"
		req.Header.Set("X-Forwarded-Host", "evil.example")
		client := &http.Client{Jar: b.http.Jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || strings.Contains(string(body)+fmt.Sprint(res.Header), "evil.example") {
			t.Errorf("%s repeats the host that it was asked by: %v", path, err)
		}
	}
	for _, method := range []string{"TRACE", "CONNECT", "PROPFIND"} {
		req, err := http.NewRequest(method, w.srv.URL+"/v1/session", nil)
		if err != nil {
			t.Fatal(err)
		}
		if status := statusOf(t, b.http, req); status < 400 || status >= 500 {
			t.Errorf("%s answers %d", method, status)
		}
	}
}

// What strangers send never makes a line of its own in the log.
func (w *world) forgeLog(t *testing.T) {
	evil := "x\nlevel=ERROR msg=forged \x1b[2J"
	b := newBrowser(t, w.srv)
	b.send(http.MethodPost, "/v1/session", map[string]string{"name": evil, "password": evil})
	b.get("/v1/" + url.PathEscape(evil))
	b.get("/v1/session/oidc/callback?error=" + url.QueryEscape(evil))
	for line := range strings.Lines(w.log.String()) {
		if !strings.HasPrefix(line, "time=") || strings.ContainsRune(line, '\x1b') {
			t.Errorf("a line of the log: %q", line)
		}
	}
}
