package web_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"parus/internal/publication"
	"parus/web"
	"parus/web/oidc"

	"github.com/go-jose/go-jose/v4"
)

// provider is a provider of identities with real keys: discovery, keys,
// authorization and token endpoints over HTTP, with PKCE enforced and codes that
// count once. Its person is always signed in there, or chosen on its page.
type provider struct {
	*httptest.Server
	mu     sync.Mutex
	key    any
	alg    jose.SignatureAlgorithm
	kid    string
	codes  map[string]url.Values // code → what was asked
	public []jose.JSONWebKey
	edit   func(claims map[string]any)         // of ID tokens
	sign   func(claims []byte) (string, error) // in place of the key
	claims map[string]any                      // of the person
	people []string                            // subjects to choose among; nil: nobody is asked
	left   int                                 // how often somebody has signed out here
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{codes: map[string]url.Values{}, claims: map[string]any{"sub": "person-1", "preferred_username": "wang"}}
	p.rotate(t, "k1")
	mux := http.NewServeMux()
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"end_session_endpoint": p.URL + "/leave", "id_token_signing_alg_values_supported": []string{"RS256", "ES256", "HS256", "none"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		reply(w, jose.JSONWebKeySet{Keys: p.public})
	})
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /leave", func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.left++
		p.mu.Unlock()
		http.Redirect(w, r, r.FormValue("post_logout_redirect_uri"), http.StatusFound)
	})
	return p
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// rotate replaces the key that signs; old keys are published no more.
func (p *provider) rotate(t *testing.T, kid string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.key, p.alg, p.kid = key, jose.RS256, kid
	p.public = []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: kid, Algorithm: "RS256", Use: "sig"}}
}

func (p *provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	code := fmt.Sprint("code", time.Now().UnixNano())
	p.mu.Lock()
	people := p.people
	p.codes[code] = q
	p.mu.Unlock()
	if len(people) > 0 && q.Get("person") == "" {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!doctype html><html lang="en"><title>Provider</title><h1>Who are you?</h1>`)
		for _, name := range people {
			q.Set("person", name)
			fmt.Fprintf(w, `<p><a href="/authorize?%s">%s</a></p>`, html.EscapeString(q.Encode()), html.EscapeString(name))
		}
		return
	}
	to, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 || len(q.Get("state")) < 40 || len(q.Get("nonce")) < 40 {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	to.RawQuery = url.Values{"code": {code}, "state": {q.Get("state")}}.Encode()
	http.Redirect(w, r, to.String(), http.StatusFound)
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	code := r.FormValue("code")
	asked, ok := p.codes[code]
	delete(p.codes, code)
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	_, secret, _ := r.BasicAuth()
	if !ok || base64.RawURLEncoding.EncodeToString(sum[:]) != asked.Get("code_challenge") || secret != "client-secret" && r.FormValue("client_secret") != "client-secret" {
		w.WriteHeader(http.StatusBadRequest)
		reply(w, map[string]string{"error": "invalid_grant"})
		return
	}
	now := time.Now()
	claims := map[string]any{"iss": p.URL, "aud": "parus", "exp": now.Add(5 * time.Minute).Unix(), "iat": now.Unix(), "nonce": asked.Get("nonce")}
	for k, v := range p.claims {
		claims[k] = v
	}
	if person := asked.Get("person"); person != "" {
		claims["sub"] = person
	}
	if p.edit != nil {
		p.edit(claims)
	}
	text, _ := json.Marshal(claims)
	sign := p.sign
	if sign == nil {
		sign = func(text []byte) (string, error) { return signed(p.alg, p.key, p.kid, text) }
	}
	id, err := sign(text)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	reply(w, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": id})
}

func signed(alg jose.SignatureAlgorithm, key any, kid string, text []byte) (string, error) {
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", kid))
	if err != nil {
		return "", err
	}
	j, err := s.Sign(text)
	if err != nil {
		return "", err
	}
	return j.CompactSerialize()
}

// onProvider is a server whose people sign in through a provider.
type onProvider struct {
	seeded
	*provider
	srv *httptest.Server
	log *lockedLog
}

func newOnProvider(t *testing.T, create oidc.Creation) *onProvider {
	t.Helper()
	return onProviderOf(t, seed(t), create)
}

// onProviderOf is one on a database that others use too.
func onProviderOf(t *testing.T, s seeded, create oidc.Creation) *onProvider {
	t.Helper()
	o := &onProvider{seeded: s, provider: newProvider(t), log: &lockedLog{}}
	var h http.Handler
	o.srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r) }))
	t.Cleanup(o.srv.Close)
	p, err := oidc.New(oidc.Config{Issuer: o.URL, ClientID: "parus", ClientSecret: "client-secret", RedirectURL: o.srv.URL + oidc.CallbackPath, Name: "行内统一登录", Create: create})
	if err != nil {
		t.Fatal(err)
	}
	if h, err = web.New(web.Config{SignOn: p, Log: verbose(o.log)}, o.db); err != nil {
		t.Fatal(err)
	}
	return o
}

// link lets a subject sign in as an account.
func (o *onProvider) link(t *testing.T, name, subject string, role publication.Role) {
	t.Helper()
	by := publication.Doer{Account: publication.Account{Name: "test", Counties: []string{""}}, At: time.Now()}
	_, err := o.db.CreateAccount(t.Context(), by, publication.NewAccount{Name: name, Role: role, Counties: []string{own.code}, Identity: publication.Identity{Issuer: o.URL, Subject: subject}})
	if err != nil {
		t.Fatal(err)
	}
}

// until follows redirects to the first address that holds the text, which is not
// asked.
func until(b *browser, from, text string) string {
	b.t.Helper()
	last := ""
	b.http.CheckRedirect = func(req *http.Request, _ []*http.Request) error {
		last = req.URL.String()
		if strings.Contains(last, text) {
			return http.ErrUseLastResponse
		}
		return nil
	}
	res, err := b.http.Get(from)
	if err != nil {
		b.t.Fatal(err)
	}
	res.Body.Close()
	b.http.CheckRedirect = nil
	return last
}

// signOn goes the whole way and returns where the page is opened.
func (o *onProvider) signOn(b *browser) string {
	b.t.Helper()
	to, err := url.Parse(until(b, o.srv.URL+"/v1/session/oidc?back_to=/p/1", "nowhere"))
	if err != nil {
		b.t.Fatal(err)
	}
	return to.RequestURI()
}

func TestSignOnThroughAProvider(t *testing.T) {
	t.Parallel()
	o := newOnProvider(t, oidc.Creation{})
	o.link(t, "wang", "person-1", publication.Officer)
	b := newBrowser(t, o.srv)
	if at := o.signOn(b); at != "/p/1" {
		t.Fatalf("after signing in the browser is at %s\n%s", at, o.log.String())
	}
	if me := read[publication.Account](b, "/v1/session"); me.Name != "wang" || me.Role != publication.Officer || me.Via != "oidc" {
		t.Errorf("signed in as %+v", me)
	}
	if w := read[struct{ Provider, Leave string }](b, "/v1/session/ways"); w.Provider != "行内统一登录" || !strings.HasPrefix(w.Leave, o.URL+"/leave?client_id=parus") {
		t.Errorf("%+v", w)
	}
	if status, _ := b.send(http.MethodPost, "/v1/session", map[string]string{"name": "wang", "password": ""}); status == http.StatusOK {
		t.Error("an account without a password signs in by one")
	}
	if status, _ := b.send(http.MethodDelete, "/v1/session", nil); status != http.StatusNoContent {
		t.Errorf("sign out: %d", status)
	}
	o.rotate(t, "k2")
	if at := o.signOn(newBrowser(t, o.srv)); at != "/p/1" {
		t.Errorf("after the provider has rotated its keys the browser is at %s\n%s", at, o.log.String())
	}
	for _, evil := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "/v1/session", "javascript:alert(1)", "/\tx"} {
		b := newBrowser(t, o.srv)
		if at := until(b, o.srv.URL+"/v1/session/oidc?back_to="+url.QueryEscape(evil), "nowhere"); at != o.srv.URL+"/" {
			t.Errorf("back to %q leads to %s", evil, at)
		}
	}
}

func TestSignOnIsRefused(t *testing.T) {
	t.Parallel()
	o := newOnProvider(t, oidc.Creation{})
	o.link(t, "wang", "person-1", publication.Officer)
	o.link(t, "disabled", "person-2", publication.Officer)
	if _, err := connectTo(t, o.url).Exec(t.Context(), `update account set disabled_at = now() where name = 'disabled'`); err != nil {
		t.Fatal(err)
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	set := func(name string, value any) func(map[string]any) { return func(c map[string]any) { c[name] = value } }
	hour := time.Hour
	for _, c := range []struct {
		name string
		edit func(map[string]any)
		sign func([]byte) (string, error)
		want string
	}{
		{"a nonce of another sign-in", set("nonce", "another"), nil, "sign_on_refused"},
		{"no nonce", func(c map[string]any) { delete(c, "nonce") }, nil, "sign_on_refused"},
		{"another issuer", set("iss", "https://elsewhere.example"), nil, "sign_on_refused"},
		{"another audience", set("aud", "another"), nil, "sign_on_refused"},
		{"two audiences, made for the other", func(c map[string]any) { c["aud"], c["azp"] = []string{"parus", "another"}, "another" }, nil, "sign_on_refused"},
		{"expired", set("exp", time.Now().Add(-hour).Unix()), nil, "sign_on_refused"},
		{"not valid yet", set("nbf", time.Now().Add(hour).Unix()), nil, "sign_on_refused"},
		{"from the future", set("iat", time.Now().Add(hour).Unix()), nil, "sign_on_refused"},
		{"nobody", set("sub", ""), nil, "sign_on_refused"},
		{"an unknown subject", set("sub", "person-9"), nil, "sign_on_unknown"},
		{"a disabled account", set("sub", "person-2"), nil, "sign_on_unknown"},
		{"no signature", nil, func(text []byte) (string, error) {
			e := base64.RawURLEncoding
			return e.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + e.EncodeToString(text) + ".", nil
		}, "sign_on_refused"},
		{"signed by the client's secret", nil, func(text []byte) (string, error) {
			return signed(jose.HS256, []byte("client-secret and more of it to be long enough"), "k1", text)
		}, "sign_on_refused"},
		{"signed by the public key as a secret", nil, func(text []byte) (string, error) {
			public, err := o.public[0].MarshalJSON()
			if err != nil {
				return "", err
			}
			return signed(jose.HS256, public, "k1", text)
		}, "sign_on_refused"},
		{"signed by a key that the provider does not publish", nil, func(text []byte) (string, error) { return signed(jose.ES256, other, "k1", text) }, "sign_on_refused"},
		{"text that is no token", nil, func([]byte) (string, error) { return "a.b.c", nil }, "sign_on_refused"},
	} {
		o.mu.Lock()
		o.edit, o.sign = c.edit, c.sign
		o.mu.Unlock()
		b := newBrowser(t, o.srv)
		if at := o.signOn(b); at != "/?refused="+c.want {
			t.Errorf("%s: the browser is at %s, want %s", c.name, at, c.want)
		}
		if status, _ := b.get("/v1/session"); status != http.StatusUnauthorized {
			t.Errorf("%s: the session answers %d", c.name, status)
		}
	}
	o.edit, o.sign = nil, nil
	o.misuse(t)
}

// misuse brings answers that are not of this sign-in, or were used.
func (o *onProvider) misuse(t *testing.T) {
	begun := func(b *browser) *url.URL {
		u, err := url.Parse(until(b, o.srv.URL+"/v1/session/oidc", oidc.CallbackPath))
		if err != nil || !strings.HasPrefix(u.Path, oidc.CallbackPath) {
			t.Fatalf("%v, %v", u, err)
		}
		return u
	}
	for name, bring := range map[string]func() (*browser, string){
		"another state": func() (*browser, string) {
			b := newBrowser(t, o.srv)
			u := begun(b)
			u.RawQuery = url.Values{"code": u.Query()["code"], "state": {"another"}}.Encode()
			return b, u.String()
		},
		"no state": func() (*browser, string) {
			b := newBrowser(t, o.srv)
			u := begun(b)
			u.RawQuery = url.Values{"code": u.Query()["code"]}.Encode()
			return b, u.String()
		},
		"another browser's answer": func() (*browser, string) {
			victim := newBrowser(t, o.srv)
			begun(victim)
			return victim, begun(newBrowser(t, o.srv)).String()
		},
		"a browser that has begun nothing": func() (*browser, string) { return newBrowser(t, o.srv), begun(newBrowser(t, o.srv)).String() },
		"an answer for the second time": func() (*browser, string) {
			b := newBrowser(t, o.srv)
			base, _ := url.Parse(o.srv.URL)
			u := begun(b)
			cookies := b.http.Jar.Cookies(base)
			until(b, u.String(), "nowhere")
			thief := newBrowser(t, o.srv)
			thief.http.Jar.SetCookies(base, cookies)
			return thief, u.String()
		},
		"a code that was used, in a sign-in of one's own": func() (*browser, string) {
			b := newBrowser(t, o.srv)
			u := begun(b)
			until(b, u.String(), "nowhere")
			thief := newBrowser(t, o.srv)
			v := begun(thief)
			v.RawQuery = url.Values{"code": u.Query()["code"], "state": v.Query()["state"]}.Encode()
			return thief, v.String()
		},
		"a code of another sign-in, in one's own": func() (*browser, string) {
			u, thief := begun(newBrowser(t, o.srv)), newBrowser(t, o.srv)
			v := begun(thief)
			v.RawQuery = url.Values{"code": u.Query()["code"], "state": v.Query()["state"]}.Encode()
			return thief, v.String()
		},
		"a refusal of the provider": func() (*browser, string) {
			b := newBrowser(t, o.srv)
			u := begun(b)
			u.RawQuery = url.Values{"error": {"access_denied"}, "state": u.Query()["state"]}.Encode()
			return b, u.String()
		},
	} {
		b, address := bring()
		if at := until(b, address, "nowhere"); at != o.srv.URL+"/?refused=sign_on_refused" {
			t.Errorf("%s: the browser is at %s", name, at)
		}
		if status, _ := b.get("/v1/session"); status != http.StatusUnauthorized {
			t.Errorf("%s: the session answers %d", name, status)
		}
	}
}

func TestAccountsAreCreatedByClaimsOnlyWhereConfigured(t *testing.T) {
	t.Parallel()
	o := newOnProvider(t, oidc.Creation{RoleClaim: "groups", Roles: map[string]string{"bank-officer": "officer", "bank-risk": "risk"}, CountiesClaim: "counties"})
	addAccount(t, o.seeded, "taken", publication.Risk, "")
	try := func(claims map[string]any) (*browser, string) {
		t.Helper()
		o.mu.Lock()
		o.claims = claims
		o.mu.Unlock()
		b := newBrowser(t, o.srv)
		return b, o.signOn(b)
	}
	for name, c := range map[string]map[string]any{
		"no role":                  {"sub": "n1", "preferred_username": "n1", "counties": own.code},
		"two roles":                {"sub": "n2", "preferred_username": "n2", "groups": []string{"bank-officer", "bank-risk"}, "counties": own.code},
		"no county":                {"sub": "n3", "preferred_username": "n3", "groups": "bank-officer"},
		"every county":             {"sub": "n4", "preferred_username": "n4", "groups": "bank-officer", "counties": []string{""}},
		"a county that is no code": {"sub": "n5", "preferred_username": "n5", "groups": "bank-officer", "counties": "37*"},
		"somebody else's name":     {"sub": "n6", "preferred_username": "taken", "groups": "bank-officer", "counties": own.code},
	} {
		if _, at := try(c); at != "/?refused=sign_on_unknown" {
			t.Errorf("%s: the browser is at %s", name, at)
		}
	}
	known := map[string]any{"sub": "c1", "preferred_username": "chen", "groups": []string{"staff", "bank-officer"}, "counties": []string{own.code}}
	b, at := try(known)
	if me := read[publication.Account](b, "/v1/session"); at != "/p/1" || me.Name != "chen" || me.Role != publication.Officer || len(me.Counties) != 1 || me.Counties[0] != own.code {
		t.Errorf("at %s as %+v", at, me)
	}
	known["groups"], known["counties"] = "bank-risk", foreign.code+" "+own.code
	b, _ = try(known)
	if me := read[publication.Account](b, "/v1/session"); me.Role != publication.Risk || len(me.Counties) != 2 {
		t.Errorf("after the claims have changed: %+v", me)
	}
	delete(known, "groups")
	b, _ = try(known)
	if me := read[publication.Account](b, "/v1/session"); len(me.Counties) != 0 {
		t.Errorf("whom the provider gives no role any more sees %v", me.Counties)
	}
}
