package handover

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// Address is where a target is and how it is reached. The operator writes it;
// nothing that arrives over the network changes it.
type Address struct {
	URL          string   `json:"url" yaml:"url"`
	AllowPrivate []string `json:"allow_private,omitempty" yaml:"allow_private"` // networks (CIDR) that its name may stand for though they are private
	CAFile       string   `json:"ca_file,omitempty" yaml:"ca_file"`             // PEM of the bank's own authority; else the system's
	Timeout      string   `json:"timeout,omitempty" yaml:"timeout"`             // of one request with its answer; default 15s, at most 5m
}

// The bounds of a request.
const (
	standardTimeout = 15 * time.Second
	mostTimeout     = 5 * time.Minute
	dialPatience    = 10 * time.Second
)

// Parse checks the address: https, or plain HTTP with this machine alone; no
// user, query or fragment, which would end in logs.
func (a Address) Parse() (*url.URL, error) {
	u, err := url.Parse(a.URL)
	if err != nil || u.Host == "" {
		return nil, errors.New("url: is none")
	}
	switch {
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("url: holds a user, a query or a fragment: secrets belong into the secrets file")
	case u.Scheme != "https" && (u.Scheme != "http" || !onThisMachine(u.Hostname())):
		return nil, fmt.Errorf("url: %.10s with %s: only https is spoken over a network", u.Scheme, u.Hostname())
	}
	return u, nil
}

func (a Address) timeout() (time.Duration, error) {
	if a.Timeout == "" {
		return standardTimeout, nil
	}
	d, err := time.ParseDuration(a.Timeout)
	if err != nil || d <= 0 || d > mostTimeout {
		return 0, fmt.Errorf("timeout: %.20q is no duration of at most %s", a.Timeout, mostTimeout)
	}
	return d, nil
}

// Client makes a client that dials by the rules: no proxy of the environment,
// no redirect, TLS 1.2 or later, and a look at every address after its name was
// resolved, just before it is connected to. read reads the CA file.
func (a Address) Client(read func(path string) ([]byte, error)) (*http.Client, error) {
	u, err := a.Parse()
	if err != nil {
		return nil, err
	}
	timeout, err := a.timeout()
	if err != nil {
		return nil, err
	}
	g := gate{here: onThisMachine(u.Hostname())}
	for _, text := range a.AllowPrivate {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("allow_private: %.50q is no network such as 10.1.0.0/16", text)
		}
		g.allowed = append(g.allowed, p)
	}
	secure := &tls.Config{MinVersion: tls.VersionTLS12}
	if a.CAFile != "" {
		pem, err := read(a.CAFile)
		if err != nil {
			return nil, fmt.Errorf("ca_file: %w", err)
		}
		if secure.RootCAs = x509.NewCertPool(); !secure.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("ca_file: %s holds no certificate", a.CAFile)
		}
	}
	dialer := &net.Dialer{Timeout: dialPatience, Control: g.control}
	return &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSClientConfig: secure, TLSHandshakeTimeout: dialPatience, ForceAttemptHTTP2: true,
			MaxIdleConnsPerHost: 8, IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: 64 << 10,
		},
	}, nil
}

func onThisMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// gate decides about addresses as they are dialled, so that a name that stands
// for another address a moment later gains nothing.
type gate struct {
	here    bool // the configured host is this machine
	allowed []netip.Prefix
}

func (g gate) control(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return err
	}
	return g.judge(ip)
}

// never lists networks that no target is in, though they are global unicast by
// form: shared, translated, tunnelled, reserved (IANA special-purpose address
// registries, RFC 6890 and updates). Translated and tunnelled addresses could
// stand for private ones.
func never() []netip.Prefix {
	var out []netip.Prefix
	for _, s := range []string{"0.0.0.0/8", "192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "100::/64"} {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

func (g gate) judge(ip netip.Addr) error {
	ip = ip.Unmap().WithZone("")
	refuse := func(what string) error {
		return Permanent("the target's name stands for %s, %s: name its network in allow_private if that is meant", ip, what)
	}
	switch {
	case ip.IsLoopback():
		if g.here {
			return nil
		}
		return Permanent("the target's name stands for this machine")
	case ip.IsUnspecified() || ip.IsMulticast() || ip.IsLinkLocalUnicast():
		return Permanent("the target's name stands for %s, which is never asked", ip)
	}
	for _, p := range g.allowed {
		if p.Contains(ip) {
			return nil
		}
	}
	if ip.IsPrivate() || netip.MustParsePrefix("100.64.0.0/10").Contains(ip) {
		return refuse("a private address")
	}
	for _, p := range never() {
		if p.Contains(ip) {
			return refuse("a special address")
		}
	}
	return nil
}

// Unanswered tells of a request that got no answer, without the address, which
// is known, and without what the error may repeat of it.
func Unanswered(err error) *Failure {
	if f := (*Failure)(nil); errors.As(err, &f) {
		return f // the gate's
	}
	if u := (*url.Error)(nil); errors.As(err, &u) {
		late := u.Timeout()
		if err = u.Err; late { // its own text would repeat the address
			return Transient(err, "no answer in time")
		}
	}
	var tlsFault *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var op *net.OpError
	switch {
	case errors.As(err, &tlsFault):
		return Transient(err, "the target's certificate is not trusted: name the bank's authority in ca_file, or have it renewed")
	case errors.As(err, &record):
		return Transient(err, "the target speaks no TLS there")
	case errors.As(err, &op):
		return Transient(err, "no connection: %s failed", op.Op)
	}
	return Transient(err, "the connection broke before an answer came")
}
