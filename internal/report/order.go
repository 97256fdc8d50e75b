package report

import (
	"cmp"
	"strings"
)

// compareIDs orders identifiers as people read them: runs of digits by value
// ("p9" before "p10"), everything else by bytes; where that ties ("p1" and
// "p01"), by bytes. It is a total order on strings, so sorting by it is stable
// whatever order the values come in.
func compareIDs(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		dx, dy := digits(x), digits(y)
		if dx > 0 && dy > 0 {
			nx, ny := strings.TrimLeft(x[:dx], "0"), strings.TrimLeft(y[:dy], "0")
			if c := cmp.Or(cmp.Compare(len(nx), len(ny)), strings.Compare(nx, ny)); c != 0 {
				return c
			}
			x, y = x[dx:], y[dy:]
			continue
		}
		if x[0] != y[0] {
			return cmp.Compare(x[0], y[0])
		}
		x, y = x[1:], y[1:]
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(a, b))
}

// digits is the length of the run of ASCII digits that s starts with.
func digits(s string) int {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return i
		}
	}
	return len(s)
}

// compareStages orders stages as the work flows, then those unknown here by
// name.
func compareStages(a, b string) int {
	return cmp.Or(cmp.Compare(stageRank(a), stageRank(b)), strings.Compare(a, b))
}
