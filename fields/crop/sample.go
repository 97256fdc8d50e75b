package crop

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Sample is one parcel's series over one season. It has the shape of a series
// of imagery/series, so that one becomes the other field by field.
type Sample struct {
	ID     string
	Dates  []time.Time // ascending or not, days count
	Layers []string    // names as the source gives them; see [CanonicalLayer]
	Values [][]float32 // [layer][date]; NaN is a gap
	Start  time.Time   // start of the season; zero: found from the dates
}

// check tells what makes a sample unusable for fitting.
func (s Sample) check() error {
	if len(s.Values) != len(s.Layers) {
		return fmt.Errorf("sample %q: %d layers but %d rows of values", s.ID, len(s.Layers), len(s.Values))
	}
	for l, row := range s.Values {
		if len(row) != len(s.Dates) {
			return fmt.Errorf("sample %q: layer %s has %d values for %d dates", s.ID, s.Layers[l], len(row), len(s.Dates))
		}
		for d, v := range row {
			if math.IsInf(float64(v), 0) {
				return fmt.Errorf("sample %q: layer %s is infinite on %s: leave the cell empty where there is no measurement",
					s.ID, s.Layers[l], s.Dates[d].Format(time.DateOnly))
			}
		}
	}
	return nil
}

// sorted returns the sample with ascending dates.
func (s Sample) sorted() Sample {
	if slices.IsSortedFunc(s.Dates, time.Time.Compare) {
		return s
	}
	order := make([]int, len(s.Dates))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return s.Dates[a].Compare(s.Dates[b]) })
	out := s
	out.Dates = make([]time.Time, len(order))
	for i, o := range order {
		out.Dates[i] = s.Dates[o]
	}
	out.Values = make([][]float32, len(s.Values))
	for l, row := range s.Values {
		out.Values[l] = make([]float32, len(order))
		for i, o := range order {
			out.Values[l][i] = row[o]
		}
	}
	return out
}

// days returns whole days from start to t.
func days(start, t time.Time) int {
	return int(math.Floor(t.Sub(start).Hours() / 24))
}

func midnight(t time.Time) time.Time {
	t = t.UTC()
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}
