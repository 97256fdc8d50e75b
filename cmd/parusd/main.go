// Command parusd is the web server alone: the API, the tiles and the page, from
// the tables of one database. It is pure Go and links no GDAL.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"syscall"
	"time"

	"parus/internal/postgis"
	"parus/internal/vault"
	"parus/web"
	"parus/web/oidc"

	"github.com/alecthomas/kong"
	"github.com/prometheus/client_golang/prometheus"
)

// version is set by the build: -ldflags "-X main.version=…".
var version = "dev"

// config is everything that may be set, by flag or by environment.
type config struct {
	Listen        string         `help:"Address to answer on." default:"127.0.0.1:8080" env:"PARUS_LISTEN" placeholder:"HOST:PORT"`
	DatabaseURL   string         `name:"database-url" help:"PostGIS, e.g. postgres://user@host/parus." env:"PARUS_DATABASE_URL" required:"" placeholder:"URL"`
	SecureCookies bool           `help:"Send cookies over TLS only; set it where a proxy in front ends TLS." env:"PARUS_SECURE_COOKIES"`
	SessionLife   time.Duration  `help:"How long a sign-in lasts." default:"12h" env:"PARUS_SESSION_LIFE"`
	SessionIdle   time.Duration  `help:"A session ends that is not used for so long." default:"2h" env:"PARUS_SESSION_IDLE"`
	Proxies       []netip.Prefix `help:"Addresses of proxies whose X-Forwarded-For is believed, e.g. 10.0.0.0/8." env:"PARUS_PROXIES" placeholder:"CIDR"`
	RequestRate   float64        `help:"Requests a second that one account or token may send for long; 0 for no limit." default:"200" env:"PARUS_REQUEST_RATE"`
	oidc.Options
	Keys          string           `help:"Key file of personal data; default: none can be opened." env:"PARUS_KEYS" placeholder:"FILE"`
	LetterFont    string           `help:"TrueType files that letters are set in, separated as in PATH; default: those of Debian's fonts-open-sans and fonts-droid-fallback." env:"PARUS_LETTER_FONT" placeholder:"FILES"`
	LetterLender  string           `help:"Name of the lender, for letters." env:"PARUS_LETTER_LENDER"`
	LetterContact string           `help:"Where a household may object, for letters." env:"PARUS_LETTER_CONTACT"`
	Version       kong.VersionFlag `help:"Print the version."`
}

func (c config) validate() error {
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return fmt.Errorf("listen %q: %w: write host:port, e.g. 127.0.0.1:8080", c.Listen, err)
	}
	if c.SessionLife < time.Minute {
		return fmt.Errorf("session life %s: use a minute or more", c.SessionLife)
	}
	if c.SessionIdle < time.Minute {
		return fmt.Errorf("session idle %s: use a minute or more", c.SessionIdle)
	}
	return nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// exited carries kong's exit status out of its parser.
type exited int

func run(ctx context.Context, args []string, out, errs io.Writer) (code int) {
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(exited)
			if !ok {
				panic(r)
			}
			code = int(e)
		}
	}()
	var c config
	parser, err := kong.New(&c, kong.Name("parusd"),
		kong.Description("The web server of Parus: map, API and tiles from the tables of one database."),
		kong.Vars{"version": "parusd " + version}, kong.Writers(out, errs), kong.Exit(func(n int) { panic(exited(n)) }))
	if err != nil {
		fmt.Fprintln(errs, "parusd:", err)
		return 1
	}
	if _, err = parser.Parse(args); err == nil {
		err = c.validate()
	}
	if err != nil {
		fmt.Fprintf(errs, "parusd: %v\nparusd: see `parusd --help`\n", err)
		return 2
	}
	if err := serve(ctx, c, errs); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(errs, "parusd:", err)
		return 1
	}
	return 0
}

func serve(ctx context.Context, c config, errs io.Writer) error {
	db, err := postgis.Open(ctx, c.DatabaseURL)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.CheckSchema(ctx); err != nil {
		return err
	}
	var keys *vault.Ring
	if c.Keys != "" {
		if keys, err = vault.Load(c.Keys); err != nil {
			return err
		}
	}
	head, err := web.NewLetterhead(c.LetterLender, c.LetterContact, c.LetterFont)
	if err != nil {
		return err
	}
	provider, err := c.Provider()
	if err != nil {
		return err
	}
	h, err := web.New(web.Config{
		SignOn: provider, SessionIdle: c.SessionIdle, Proxies: c.Proxies, RequestRate: c.RequestRate,
		Letterhead: head,
		Version:    version, Keys: keys, SecureCookies: c.SecureCookies, SessionLife: c.SessionLife,
		Log: slog.New(slog.NewJSONHandler(errs, nil)), Collectors: []prometheus.Collector{db.PoolGauges()},
	}, db)
	if err != nil {
		return err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w: choose another address with --listen", err)
	}
	fmt.Fprintf(errs, "parusd: answering on http://%s\n", l.Addr())
	return web.Serve(ctx, l, h, web.Patience{})
}
