package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// maxRedirects bounds the redirects of one request.
const maxRedirects = 5

// allowed tells whether a request that is meant for home may go to u.
func allowed(u, home *url.URL) error {
	if u.Host != home.Host || u.Scheme != home.Scheme {
		return fmt.Errorf("leads off %s to %s: give that address itself", home.Host, u.Scheme+"://"+u.Host)
	}
	if u.Scheme == "https" || u.Scheme == "http" && OnThisMachine(u.Hostname()) {
		return nil
	}
	return fmt.Errorf("%s: only https is asked over a network", u.Scheme)
}

// OnThisMachine tells whether a host is named as this machine: localhost or a
// loopback address.
func OnThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// dialPatience bounds the time to reach a server and agree on a cipher.
const dialPatience = 10 * time.Second

// newTransport dials by the rules, whatever a name stands for: the address itself
// is looked at, just before it is connected to, so that a name which stands for
// another one a moment later gains nothing.
func newTransport(g gate) *http.Transport {
	var proxies sync.Map // hosts that the environment names
	return &http.Transport{
		Proxy: func(r *http.Request) (*url.URL, error) {
			u, err := http.ProxyFromEnvironment(r)
			if u != nil {
				proxies.Store(u.Hostname(), true)
			}
			return u, err
		},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			d := net.Dialer{Timeout: dialPatience, Resolver: g.resolver}
			if host, _, err := net.SplitHostPort(address); err != nil || !OnThisMachine(host) {
				_, proxy := proxies.Load(host)
				d.Control = g.meaning(proxy)
			}
			return d.DialContext(ctx, network, address)
		},
		TLSHandshakeTimeout:    dialPatience,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        30 * time.Second,
		ForceAttemptHTTP2:      true,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// staying follows redirects within one host only.
func staying(t *http.Transport, home *url.URL) *http.Client {
	return &http.Client{Transport: t, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return &permanentError{errors.New("too many redirects")}
		}
		if err := allowed(r.URL, home); err != nil {
			return &permanentError{err}
		}
		return nil
	}}
}

// permanentError marks what asking again will not change.
type permanentError struct{ error }

func (e *permanentError) Unwrap() error { return e.error }

// plain is a URL without what may be secret: user, query, fragment.
func plain(u *url.URL) string {
	v := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	return v.String()
}
