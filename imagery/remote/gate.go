package remote

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
)

// PrivateNetworks is the variable of the environment that names private networks,
// such as 10.20.0.0/16, whose servers may be read from, separated by commas.
const PrivateNetworks = "PARUS_PRIVATE_NETWORKS"

// gate decides which addresses are asked. This machine, its link and what clouds
// keep credentials at never are; private networks are where somebody who runs this
// program named the server, or its network.
type gate struct {
	resolver *net.Resolver // nil for the machine's
	named    bool          // a person named the server: a catalogue
	networks []netip.Prefix
	fault    error // of what was to name networks
}

// newGate reads the networks that the environment names.
func newGate(list string) (g gate) {
	for _, text := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			g.fault = fmt.Errorf("%s: %.50q is no network such as 10.20.0.0/16", PrivateNetworks, text)
			return g
		}
		g.networks = append(g.networks, p.Masked())
	}
	return g
}

// meaning judges what a name turned out to stand for. A proxy is the machine's own
// matter, and may be private.
func (g gate) meaning(proxy bool) func(network, address string, c syscall.RawConn) error {
	g.named = g.named || proxy
	return func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return &permanentError{err}
		}
		return g.judge(at.Addr())
	}
}

// literal judges a host that is an address, which a proxy would otherwise be asked
// for; names are judged by what they stand for.
func (g gate) literal(host string) error {
	if ip, err := netip.ParseAddr(host); err == nil && !OnThisMachine(host) {
		return g.judge(ip)
	}
	return nil
}

// judge refuses an address, for good.
func (g gate) judge(ip netip.Addr) error {
	ip = ip.Unmap().WithZone("")
	if neverAsked(ip) {
		return &permanentError{fmt.Errorf("the name stands for %s, which is not asked", ip)}
	}
	if inner, ok := carried(ip); ok {
		if err := g.judge(inner); err != nil {
			return err
		}
	}
	if g.named || !private(ip) {
		return nil
	}
	if g.fault != nil {
		return &permanentError{g.fault}
	}
	for _, p := range g.networks {
		if p.Contains(ip) {
			return nil
		}
	}
	return &permanentError{fmt.Errorf("the name stands for %s, a private address: name its network in %s if that server is meant", ip, PrivateNetworks)}
}

// neverAsked are this machine, its link (where clouds keep credentials), groups,
// and addresses at which clouds hand out credentials to their machines and that are
// not of the link: Alibaba Cloud's, and those of EC2 over IPv6 and of Oracle's
// cloud.
func neverAsked(ip netip.Addr) bool {
	switch ip.String() {
	case "100.100.100.200", "fd00:ec2::254", "192.0.0.192":
		return true
	}
	return ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() || within(ip, "0.0.0.0/8", "240.0.0.0/4")
}

// NeverAsked tells whether a host is written as an address that no catalogue may
// name, whatever the settings.
func NeverAsked(host string) bool {
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	return (gate{named: true}).judge(ip) != nil
}

// private are networks that nobody reaches from outside: RFC 1918, 4193, 6598
// (shared by a carrier's customers), 2544 (benchmarks), and the site-local ones of
// RFC 3879.
func private(ip netip.Addr) bool {
	return ip.IsPrivate() || within(ip, "100.64.0.0/10", "198.18.0.0/15", "192.0.0.0/24", "fec0::/10")
}

// carried is the IPv4 address that an address of IPv6 leads to: translated (RFC
// 6052, the last four bytes), 6to4 (RFC 3056, behind the first two), or written in
// the old form (RFC 4291, 2.5.5.1).
func carried(ip netip.Addr) (netip.Addr, bool) {
	b := ip.As16()
	switch {
	case ip.Is4():
		return ip, false
	case within(ip, "64:ff9b::/96", "::/96"):
		return netip.AddrFrom4([4]byte(b[12:])), true
	case within(ip, "2002::/16"):
		return netip.AddrFrom4([4]byte(b[2:6])), true
	}
	return ip, false
}

func within(ip netip.Addr, networks ...string) bool {
	for _, n := range networks {
		if netip.MustParsePrefix(n).Contains(ip) {
			return true
		}
	}
	return false
}
