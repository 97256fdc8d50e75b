package extract

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"parus/imagery/zonal"
)

// Stat names a statistic and its column.
type Stat string

// The statistics, as zonal.Tally defines them.
const (
	Count    Stat = "count"
	Sum      Stat = "sum"
	Mean     Stat = "mean"
	Stdev    Stat = "stdev"
	Min      Stat = "min"
	Max      Stat = "max"
	Median   Stat = "median"
	Valid    Stat = "valid_fraction"
	Interior Stat = "interior_mean"
)

// Stats lists all statistics.
func Stats() []Stat {
	return []Stat{Count, Sum, Mean, Stdev, Min, Max, Median, Valid, Interior}
}

// ParseStats reads names separated by commas or given apart. Count, which has
// its column in any case, is dropped.
func ParseStats(names []string) ([]Stat, error) {
	var out []Stat
	for _, n := range names {
		s := Stat(strings.ToLower(strings.TrimSpace(n)))
		if !slices.Contains(Stats(), s) {
			return nil, fmt.Errorf("statistic %q is not known: choose from %v", n, Stats())
		}
		if s != Count && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out, nil
}

// want tells what tallies must keep for these statistics.
func want(stats []Stat) zonal.Want {
	return zonal.Want{
		Stdev:    slices.Contains(stats, Stdev),
		Range:    slices.Contains(stats, Min) || slices.Contains(stats, Max),
		Median:   slices.Contains(stats, Median),
		Interior: slices.Contains(stats, Interior),
	}
}

// value reads one statistic off a tally; NaN where there is no pixel.
func (s Stat) value(t *zonal.Tally) float64 {
	if t.Count == 0 {
		if s == Sum || s == Valid {
			return 0
		}
		return math.NaN()
	}
	switch s {
	default: // Count
		return t.Count
	case Sum:
		return t.Sum
	case Mean:
		return t.Mean()
	case Stdev:
		return t.Stdev()
	case Min:
		return t.Min
	case Max:
		return t.Max
	case Median:
		return t.Median()
	case Valid:
		return t.Valid()
	case Interior:
		return t.Interior()
	}
}
