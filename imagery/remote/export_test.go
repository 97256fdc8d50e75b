package remote

import "net/netip"

// Judge is what is thought of an address that a catalogue names, or that is its own
// server's, where the environment names networks.
func Judge(networks string, catalogue bool, ip string) error {
	g := newGate(networks)
	g.named = catalogue
	return g.judge(netip.MustParseAddr(ip))
}
