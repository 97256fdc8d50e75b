package handover

import "net/netip"

// JudgeAddress tells what the gate says of an address.
func JudgeAddress(ip netip.Addr, here bool, allowed ...netip.Prefix) error {
	return gate{here: here, allowed: allowed}.judge(ip)
}
