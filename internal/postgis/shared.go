package postgis

import (
	"slices"
	"time"
)

// shared keeps one copy of lists that rows of a county repeat: parcels of a block
// were seen on the same dates and have the same classes. Hundreds of thousands of
// copies are most of what a county's rows take in memory. Whoever is handed one
// must not change it.
type shared struct {
	dates [][]time.Time
	lists [][]string
}

// sharedAtMost bounds how many lists are compared with; beyond it they are not
// shared.
const sharedAtMost = 64

func (s *shared) days(v []time.Time) []time.Time {
	return oneOf(&s.dates, v, func(a, b []time.Time) bool { return slices.EqualFunc(a, b, time.Time.Equal) })
}

func (s *shared) words(v []string) []string { return oneOf(&s.lists, v, slices.Equal[[]string]) }

// oneOf is the known list that equals v, or v, which is known from then on. The
// one asked for last comes first.
func oneOf[T any](known *[][]T, v []T, equal func(a, b []T) bool) []T {
	for i, k := range *known {
		if equal(k, v) {
			(*known)[0], (*known)[i] = k, (*known)[0]
			return k
		}
	}
	if len(*known) < sharedAtMost {
		*known = append(*known, v)
	}
	return v
}
