package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"syscall"
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

// newTransport dials by the rules.
func newTransport() *http.Transport {
	plain := &net.Dialer{Timeout: dialPatience}
	guarded := &net.Dialer{Timeout: dialPatience, Control: notThisMachine}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if host, _, err := net.SplitHostPort(address); err == nil && OnThisMachine(host) {
				return plain.DialContext(ctx, network, address)
			}
			return guarded.DialContext(ctx, network, address)
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

// notThisMachine refuses addresses that a name must not stand for: this
// machine, its link (where clouds keep credentials) and groups.
func notThisMachine(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return &permanentError{err}
	}
	ip := net.ParseIP(host)
	if ip == nil || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() || ofCloud(ip) {
		return &permanentError{fmt.Errorf("the name stands for %s, which is not asked", host)}
	}
	return nil
}

// ofCloud are addresses at which clouds hand out credentials to their machines
// and that are not of the link: Alibaba Cloud's, and those of EC2 over IPv6 and
// of Oracle's cloud.
func ofCloud(ip net.IP) bool {
	for _, known := range []string{"100.100.100.200", "fd00:ec2::254", "192.0.0.192"} {
		if ip.Equal(net.ParseIP(known)) {
			return true
		}
	}
	return false
}

// permanentError marks what asking again will not change.
type permanentError struct{ error }

func (e *permanentError) Unwrap() error { return e.error }

// plain is a URL without what may be secret: user, query, fragment.
func plain(u *url.URL) string {
	v := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	return v.String()
}
