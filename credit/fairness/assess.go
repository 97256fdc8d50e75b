package fairness

import (
	"fmt"
	"math"
	"slices"

	"parus/credit"
)

// Subject is one household's decision with the groups of its holder.
type Subject struct {
	Sex, Age    Group
	Approved    bool // a line without an officer
	LineFen     credit.Fen
	NeedFen     credit.Fen
	CapacityFen credit.Fen
	Mu          float64

	land    Group // quartile of Mu
	stratum int   // of like need and capacity
}

// Rules are the thresholds.
type Rules struct {
	Ratio      float64 // below it a group is behind; 0.8
	Least      int     // households of a group that is judged
	Shown      int     // households of a group that is shown
	Confidence float64
	Resamples  int // of the bootstrap
	Bands      int // of need, and of capacity, within which households are alike
}

// DefaultRules are four fifths, the rule of the Uniform Guidelines on Employee
// Selection Procedures (29 CFR 1607.4 D), taken over here for want of one for
// credit lines; 20 and 10 are design values.
func DefaultRules() Rules {
	return Rules{Ratio: 0.8, Least: 20, Shown: 10, Confidence: 0.95, Resamples: 400, Bands: 5}
}

// Verdict is what a comparison comes to.
type Verdict string

// The verdicts. Behind: the whole interval lies below the ratio. Perhaps: the
// ratio lies below, the interval reaches it. Explained: it lies below, and among
// households of like need and capacity it does not.
const (
	Favoured  Verdict = "favoured" // what others are compared with
	Fair      Verdict = "fair"
	Perhaps   Verdict = "perhaps_behind"
	Behind    Verdict = "behind"
	Explained Verdict = "explained"
	TooFew    Verdict = "too_few"
	Hidden    Verdict = "hidden" // too few to be shown
)

// Measure is one figure of a group against the most favoured group's.
type Measure struct {
	Value    float64  `json:"value"`    // of the group: a share, yuan per mu, or a share of need
	Ratio    float64  `json:"ratio"`    // to the most favoured group's
	Low      float64  `json:"low"`      // of the ratio
	High     float64  `json:"high"`     //
	Adjusted *float64 `json:"adjusted"` // the ratio among households of like need and capacity; nil: fewer than half have a like
	Alike    float64  `json:"alike"`    // share of the group that has its like in the most favoured one
	Verdict  Verdict  `json:"verdict"`
}

// GroupResult is one group. Figures are zero where it is hidden.
type GroupResult struct {
	Code       string  `json:"code"` // "unknown": nobody knows
	ZH         string  `json:"zh"`
	EN         string  `json:"en"`
	Households int     `json:"households"`
	Approval   Measure `json:"approval"`      // share approved
	LinePerMu  Measure `json:"line_per_mu"`   // yuan, of approved and refused together
	LineNeed   Measure `json:"line_per_need"` // sum of lines over sum of needs
}

// DimensionResult is one way of grouping.
type DimensionResult struct {
	Code   string        `json:"code"`
	ZH     string        `json:"zh"`
	EN     string        `json:"en"`
	Known  bool          `json:"known"` // false: without the keys of personal data nobody can tell
	Groups []GroupResult `json:"groups"`
}

// Result is all of it.
type Result struct {
	Households int               `json:"households"`
	Ratio      float64           `json:"ratio"`
	Behind     int               `json:"behind"` // measures of groups that are behind and not explained
	Dimensions []DimensionResult `json:"dimensions"`
}

// Assess compares. It orders its copy of the subjects by land, need and
// capacity, so their order changes nothing.
func Assess(subjects []Subject, r Rules) (Result, error) {
	for i, s := range subjects {
		if s.LineFen < 0 || s.NeedFen < 0 || !(s.Mu >= 0) || math.IsInf(s.Mu, 0) {
			return Result{}, fmt.Errorf("fairness: subject %d: line %s, need %s, %g mu: want 0 or more", i, s.LineFen, s.NeedFen, s.Mu)
		}
	}
	list := arrange(subjects, r.Bands)
	out := Result{Households: len(list), Ratio: r.Ratio, Dimensions: []DimensionResult{}}
	for _, d := range dimensions() {
		one := d.assess(list, r)
		for _, g := range one.Groups {
			for _, m := range []Measure{g.Approval, g.LinePerMu, g.LineNeed} {
				if m.Verdict == Behind {
					out.Behind++
				}
			}
		}
		out.Dimensions = append(out.Dimensions, one)
	}
	return out, nil
}

// arrange sorts a copy and gives each household its quartile of land and its
// stratum: bands of need, and within each bands of capacity, of equal counts.
func arrange(subjects []Subject, bands int) []Subject {
	list := slices.Clone(subjects)
	slices.SortFunc(list, order)
	slices.SortStableFunc(list, func(a, b Subject) int { return compare(a.Mu, b.Mu) })
	for i := range list {
		list[i].land = Group(1 + i*4/len(list))
		if i > 0 && list[i].Mu == list[i-1].Mu {
			list[i].land = list[i-1].land // equals are together
		}
	}
	slices.SortStableFunc(list, func(a, b Subject) int { return compare(a.NeedFen, b.NeedFen) })
	for band := range bands {
		part := list[len(list)*band/bands : len(list)*(band+1)/bands]
		slices.SortStableFunc(part, func(a, b Subject) int { return compare(a.CapacityFen, b.CapacityFen) })
		for i := range part {
			part[i].stratum = band*bands + i*bands/len(part)
		}
	}
	return list
}

func compare[T credit.Fen | float64 | Group](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// order is total but for subjects that are equal in all.
func order(a, b Subject) int {
	for _, c := range []int{compare(a.Mu, b.Mu), compare(a.NeedFen, b.NeedFen), compare(a.CapacityFen, b.CapacityFen), compare(a.LineFen, b.LineFen), compare(a.Sex, b.Sex), compare(a.Age, b.Age)} {
		if c != 0 {
			return c
		}
	}
	if a.Approved != b.Approved {
		if b.Approved {
			return -1
		}
		return 1
	}
	return 0
}

func (d dimension) assess(list []Subject, r Rules) DimensionResult {
	parts := make([][]Subject, len(d.groups)+1)
	for _, s := range list {
		if g := int(d.of(s)); g < len(parts) {
			parts[g] = append(parts[g], s)
		}
	}
	out := DimensionResult{Code: d.code, ZH: d.zh, EN: d.en, Known: len(parts[Unknown]) < len(list), Groups: []GroupResult{}}
	if !out.Known {
		return out
	}
	hidden := hide(parts, r.Shown)
	for i, w := range append([]words{{"unknown", "未知", "unknown"}}, d.groups...) {
		if len(parts[i]) > 0 {
			g := GroupResult{Code: w.code, ZH: w.zh, EN: w.en, Households: len(parts[i])}
			if hidden[i] {
				g.Households = 0
				g.Approval.Verdict, g.LinePerMu.Verdict, g.LineNeed.Verdict = Hidden, Hidden, Hidden
			}
			out.Groups = append(out.Groups, g)
		}
	}
	for _, m := range measures() {
		m.fill(out.Groups, parts, hidden, r)
	}
	return out
}

// hide picks the groups that are not shown: those of fewer than least, and with
// a single one of them the next smallest too, since the total would tell it.
func hide(parts [][]Subject, least int) []bool {
	hidden := make([]bool, len(parts))
	count, next := 0, -1
	for i, p := range parts {
		switch {
		case len(p) == 0:
		case len(p) < least:
			hidden[i] = true
			count++
		case next < 0 || len(p) < len(parts[next]):
			next = i
		}
	}
	if count == 1 && next >= 0 {
		hidden[next] = true
	}
	return hidden
}
