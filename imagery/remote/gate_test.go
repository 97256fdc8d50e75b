package remote_test

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"parus/imagery/remote"
)

// names is a resolver of a server of its own, for which names stand for what the
// table says and for nothing else.
func names(t *testing.T, table map[string][]string) *net.Resolver {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := c.ReadFrom(buf)
			if err != nil {
				return // closed
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			packed, err := answer(m, table).Pack()
			if err == nil {
				_, _ = c.WriteTo(packed, from) // who asked may have gone
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", c.LocalAddr().String())
	}}
}

func answer(m dnsmessage.Message, table map[string][]string) *dnsmessage.Message {
	q := m.Questions[0]
	out := &dnsmessage.Message{Header: dnsmessage.Header{ID: m.ID, Response: true, Authoritative: true}, Questions: m.Questions}
	list, ok := table[strings.TrimSuffix(q.Name.String(), ".")]
	if !ok {
		out.RCode = dnsmessage.RCodeNameError
	}
	for _, text := range list {
		ip := netip.MustParseAddr(text)
		h := dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, Type: q.Type}
		switch {
		case ip.Is4() && q.Type == dnsmessage.TypeA:
			out.Answers = append(out.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AResource{A: ip.As4()}})
		case ip.Is6() && q.Type == dnsmessage.TypeAAAA:
			out.Answers = append(out.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AAAAResource{AAAA: ip.As16()}})
		}
	}
	return out
}

// A name is judged by what it stands for when it is dialled, so that one which
// stood for something else a moment before gains nothing.
func TestNamesThatStandForAddressesWithinAreNotAsked(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var reached atomic.Int64
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // closed
			}
			reached.Add(1)
			_ = c.Close()
		}
	}()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	client := quick
	client.Resolver = names(t, map[string][]string{
		"rebound.example": {"127.0.0.1"}, "both.example": {"127.0.0.1", "169.254.169.254"}, "metadata.example": {"169.254.169.254"}, "alibaba.example": {"100.100.100.200"},
		"six.example": {"::1"}, "mapped.example": {"::ffff:127.0.0.1"}, "translated.example": {"64:ff9b::7f00:1"}, "nothing.example": {"0.0.0.0"},
		"vault.example": {"10.1.2.3"}, "printer.example": {"192.168.1.9"}, "pods.example": {"172.20.0.1"}, "carrier.example": {"100.64.0.1"}, "local.example": {"fd12::1"},
	})
	for name, want := range map[string]string{
		"rebound.example": "127.0.0.1, which is not asked", "both.example": "is not asked", "metadata.example": "169.254.169.254, which is not asked",
		"alibaba.example": "100.100.100.200, which is not asked", "six.example": "::1, which is not asked", "mapped.example": "127.0.0.1, which is not asked",
		"translated.example": "127.0.0.1, which is not asked", "nothing.example": "is not asked",
		"vault.example": "10.1.2.3, a private address: name its network in PARUS_PRIVATE_NETWORKS", "printer.example": "a private address", "pods.example": "a private address",
		"carrier.example": "a private address", "local.example": "fd12::1, a private address",
	} {
		s := remote.NewFiles(remote.Config{Client: client}).Begin(time.Minute)
		_, err := s.Size("https://" + net.JoinHostPort(name, port) + "/x.tif?token=secret")
		s.End()
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "attempt 2") {
			t.Errorf("a file at %s: %v, want %q at the first attempt", name, err, want)
		}
		if strings.Contains(want, "private") {
			continue // a person named the catalogue
		}
		target := "https://" + net.JoinHostPort(name, port) + "/"
		if _, err := remote.NewDocuments(client, target).Get(t.Context(), target); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("a catalogue at %s: %v, want %q", name, err, want)
		}
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("%d connections came to this machine", n)
	}
	s := remote.NewFiles(remote.Config{Client: client}).Begin(time.Minute)
	defer s.End()
	if _, err := s.Size("https://gone.example/x.tif"); err == nil || strings.Contains(err.Error(), "is not asked") {
		t.Errorf("a name that nobody knows: %v", err)
	}
}

func TestWhichAddressesAreAsked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, networks string
		catalogue      bool
		ip, want       string // want is "" for one that is asked
	}{
		{"a public one", "", false, "93.184.216.34", ""},
		{"a public one of IPv6", "", false, "2606:2800:220:1::1", ""},
		{"a public one, translated", "", false, "64:ff9b::5db8:d822", ""}, // 93.184.216.34
		{"a private one", "", false, "10.1.2.3", "private"},
		{"the last private one of 172.16.0.0/12", "", false, "172.31.255.255", "private"},
		{"the first public one behind it", "", false, "172.32.0.0", ""},
		{"a private one, translated", "", false, "64:ff9b::a01:203", "private"}, // 10.1.2.3
		{"this machine, by 6to4", "", false, "2002:7f00:1::1", "not asked"},     // 127.0.0.1
		{"this machine, in the old form", "", false, "::7f00:1", "not asked"},
		{"a link with its zone", "", false, "fe80::1%eth0", "not asked"},
		{"a private one of a network that is named", "192.168.0.0/24,10.0.0.0/8", false, "10.1.2.3", ""},
		{"a private one beside the network that is named", "10.2.0.0/16", false, "10.1.2.3", "private"},
		{"a private one of the catalogue's own server", "", true, "10.1.2.3", ""},
		{"this machine, though its network is named", "127.0.0.0/8", false, "127.0.0.1", "not asked"},
		{"credentials of a cloud, though its network is named", "169.254.0.0/16", true, "169.254.169.254", "not asked"},
		{"a private one where the setting can't be read", "ten", false, "10.1.2.3", `"ten" is no network`},
		{"a public one where the setting can't be read", "ten", false, "93.184.216.34", ""},
	} {
		err := remote.Judge(c.networks, c.catalogue, c.ip)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}
