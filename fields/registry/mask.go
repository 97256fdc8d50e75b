package registry

import "strings"

// MaskPhone keeps the first three and the last four digits of a mobile number,
// 138****0000, and nothing of any other.
func MaskPhone(phone string) string {
	p, _ := cleanCode(phone)
	if !mobileFast(p) {
		return strings.Repeat("*", len(p))
	}
	return p[:3] + "****" + p[7:]
}
