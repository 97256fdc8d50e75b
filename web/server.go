package web

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"parus/credit"
	"parus/fields/catalogue"
	"parus/internal/intake"
	"parus/internal/publication"
	"parus/internal/vault"
	"parus/web/oidc"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/prometheus/client_golang/prometheus"
)

// Config is what a server may be told; the zero value works.
type Config struct {
	Version       string           // shown in the OpenAPI document; default "dev"
	SecureCookies bool             // the page is reached over TLS that ends before this server
	SessionLife   time.Duration    // default 12 hours, a working day
	SessionIdle   time.Duration    // a session ends that is not used for so long; default 2 hours
	Proxies       []netip.Prefix   // whose X-Forwarded-For is believed; default none
	RequestRate   float64          // requests a second that one account or token may send for long; default no limit
	SignOn        *oidc.Provider   // a provider of identities; default none
	Now           func() time.Time // of sessions and audits; default time.Now
	Today         func() time.Time // of business: applications, moves, policies; default Now
	Log           *slog.Logger     // default: nothing is logged
	Page          fs.FS            // default: the embedded page
	Keys          *vault.Ring      // default: no personal data can be opened
	Letterhead    Letterhead       // default: letters are refused
	Live          LiveConfig       // how the stream of events goes
	Uploads       intake.Limits    // of hand-overs; see intake.Limits.WithDefaults
	// UploadPatience is how long 16 KiB of an upload may take; default 30 s.
	UploadPatience time.Duration
	Patience       Patience // with slow clients; Serve is told the same
	MapMemory      int64    // bytes of drawn tiles and of what they are drawn from that are held; default 128 MiB

	Collectors []prometheus.Collector // what /metrics tells beside requests
}

func (c Config) withDefaults() Config {
	if c.Version == "" {
		c.Version = "dev"
	}
	if c.SessionLife == 0 {
		c.SessionLife = 12 * time.Hour
	}
	if c.SessionIdle == 0 {
		c.SessionIdle = 2 * time.Hour
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Today == nil {
		c.Today = c.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.UploadPatience == 0 {
		c.UploadPatience = 30 * time.Second
	}
	c.Patience = c.Patience.withDefaults()
	c.Uploads = c.Uploads.WithDefaults()
	if c.MapMemory == 0 {
		c.MapMemory = 128 << 20
	}
	if c.Keys == nil {
		c.Keys = &vault.Ring{}
	}
	return c
}

type server struct {
	cfg     Config
	store   Store
	log     *slog.Logger
	signIns *signInLimit
	askers  *requestLimit
	known   *knownPublications
	bands   *knownBands
	books   *knownBooks
	tests   *backtests
	hub     *hub
	sending *sendLimit
	drawn   *drawnTiles
	crops   catalogue.Catalogue // for their names in letters

	sessions *together[string, publication.Account] // by the hash of their token

	replayer credit.Replayer // of what-ifs; keeps an engine per policy
}

// lookUp is how long the look-up of a session may take that several requests
// wait for.
const lookUp = 10 * time.Second

// New returns the whole server as one handler.
func New(cfg Config, store Store) (http.Handler, error) {
	if store == nil {
		return nil, errors.New("web: a store is needed")
	}
	cfg = cfg.withDefaults()
	page, err := newPage(cfg.Page)
	if err != nil {
		return nil, fmt.Errorf("web: page: %w", err)
	}
	crops, err := catalogue.Load()
	if err != nil {
		return nil, fmt.Errorf("web: catalogue of crops: %w", err)
	}
	useProblems()
	s := &server{
		cfg: cfg, store: store, log: cfg.Log, signIns: newSignInLimit(), askers: newRequestLimit(cfg.RequestRate),
		known: newKnownPublications(cfg.Now), bands: newKnownBands(), books: newKnownBooks(), crops: crops,
		tests: newBacktests(), sending: newSendLimit(), hub: newHub(cfg.Live, store, cfg.Log), drawn: newDrawnTiles(store, cfg.MapMemory),
	}
	s.sessions = newTogether(lookUp, func(ctx context.Context, hash string) (publication.Account, error) {
		return store.SessionAccount(ctx, []byte(hash), cfg.Now())
	})
	mux := http.NewServeMux()
	s.addAPI(mux)
	meter := newMeter(cfg.Collectors, s.hub.listening)
	mux.Handle("GET /metrics", meter.handler())
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.Handle("GET /docs", readerPage())
	mux.Handle("GET /docs/", readerPage())
	mux.Handle("GET /", page)
	crossOrigin := http.NewCrossOriginProtection()
	crossOrigin.SetDenyHandler(http.HandlerFunc(denyCrossOrigin))
	return secure(compress(sound(exceptBearers(crossOrigin, meter.measure(mux))))), nil
}

// exceptBearers keeps other sites' pages from using the cookie of whoever looks
// at them. Requests with a token of their own use no cookie (see asker), and no
// page of another site may send that header, so the rule is not for them.
func exceptBearers(rule *http.CrossOriginProtection, next http.Handler) http.Handler {
	guarded := rule.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := bearerOf(r.Header.Get("Authorization")); ok {
			next.ServeHTTP(w, r)
			return
		}
		guarded.ServeHTTP(w, r)
	})
}

func denyCrossOrigin(w http.ResponseWriter, _ *http.Request) {
	writeProblem(w, problem(http.StatusForbidden, "cross_origin", "A page of another site sent this request.", "Send it from this server's own page."))
}

// addAPI registers every operation, so that the OpenAPI document is complete.
func (s *server) addAPI(mux *http.ServeMux) {
	cfg := huma.DefaultConfig("Parus", s.cfg.Version)
	cfg.Info.Description = "Credit lines for farmers, with the evidence behind each. Areas are in m², yields in kg/ha, money in minor units (fen). " +
		"People sign in with POST /v1/session; the answer sets a cookie. Systems send Authorization: Bearer and a token. What an account may not see answers 404."
	cfg.DocsPath = ""
	cfg.CreateHooks = nil
	cfg.SchemasPath = ""
	cfg.OnAddOperation = append(cfg.OnAddOperation, s.cfg.Patience.bodies)
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		sessionScheme: {Type: "apiKey", In: "cookie", Name: cookieName(s.cfg.SecureCookies)},
		tokenScheme:   {Type: "http", Scheme: "bearer", Description: "A token that an administrator has made, for the operations that it was given."},
	}
	api := humago.New(mux, cfg)
	s.addSession(api)
	s.addAccounts(api)
	s.addTokens(api)
	s.addTrail(api)
	s.addPublications(api)
	s.addHouseholds(api)
	s.addWhatIf(api)
	s.addOutlook(api)
	s.addPeople(api)
	s.addParcels(api)
	s.addFeatures(api, mux)
	s.addAlerts(api)
	s.addDisputes(api)
	s.addPolicies(api)
	s.addBacktests(api)
	s.addApplications(api)
	s.addPortfolio(api)
	s.addLetters(api)
	s.addUploads(api)
	s.addTiles(api)
	s.addImagery(api)
	s.addEvents(api)
	s.addRuns(api)
	s.addRescores(api)
	s.addDifference(api)
	tellNulls(cfg.Components.Schemas)
}

func (s *server) healthz(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok\n") }

func (s *server) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := s.store.Ping(ctx); err != nil {
		s.log.Error("not ready", "error", err.Error())
		plain(w, http.StatusServiceUnavailable, "the database does not answer\n")
		return
	}
	words := "ready\n"
	if err := s.store.CheckSchema(ctx); err != nil { // it goes on serving while a newer release takes over
		words = fmt.Sprintf("ready, but %v\n", err)
	}
	plain(w, http.StatusOK, words)
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // the connection is gone where this fails
}

// drain is how long running requests may take once the server is told to stop.
const drain = 5 * time.Second

// Serve answers on the listener until ctx ends, then lets running requests
// finish. It returns nil after a stop that was asked for.
func Serve(ctx context.Context, l net.Listener, h http.Handler, p Patience) error {
	srv := p.server(h)
	// Requests are finished; streams of events, which would never be, end.
	srv.BaseContext = func(net.Listener) context.Context {
		return context.WithValue(context.WithoutCancel(ctx), stoppingKey{}, ctx.Done())
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	if err := srv.Shutdown(stop); err != nil {
		return fmt.Errorf("stop serving %s: %w", l.Addr(), err)
	}
	return nil
}
