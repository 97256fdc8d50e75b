package fairness

import (
	"math"
	"math/rand/v2"
	"slices"

	"parus/credit"
)

// measure is a ratio of two sums over a group: approved over all, lines over
// land, lines over need.
type measure struct {
	share bool // a share of households: Wilson's interval; else the bootstrap's
	over  func(Subject) (top, bottom float64)
	into  func(*GroupResult) *Measure
}

func measures() []measure {
	return []measure{
		{true, func(s Subject) (float64, float64) {
			if s.Approved {
				return 1, 1
			}
			return 0, 1
		}, func(g *GroupResult) *Measure { return &g.Approval }},
		{false, func(s Subject) (float64, float64) { return s.LineFen.Yuan(), s.Mu }, func(g *GroupResult) *Measure { return &g.LinePerMu }},
		{false, func(s Subject) (float64, float64) { return s.LineFen.Yuan(), s.NeedFen.Yuan() }, func(g *GroupResult) *Measure { return &g.LineNeed }},
	}
}

// fill measures the groups that are shown against the one with the largest
// value among those that may be judged.
func (m measure) fill(groups []GroupResult, parts [][]Subject, hidden []bool, r Rules) {
	filled := slices.DeleteFunc(indices(len(parts)), func(i int) bool { return len(parts[i]) == 0 })
	best := -1
	for at, i := range filled {
		if hidden[i] {
			continue
		}
		x := m.into(&groups[at])
		x.Value = m.value(parts[i])
		// Who is of an unknown group is compared, and never what others are compared with.
		if i != int(Unknown) && len(parts[i]) >= r.Least && (best < 0 || x.Value > m.into(&groups[best]).Value) {
			best = at
		}
	}
	for at, i := range filled {
		x := m.into(&groups[at])
		switch {
		case hidden[i]:
		case len(parts[i]) < r.Least || best < 0:
			*x = Measure{Value: digits(x.Value), Verdict: TooFew}
		case at == best:
			x.Ratio, x.Low, x.High, x.Alike, x.Verdict = 1, 1, 1, 1, Favoured
		default:
			m.compare(x, parts[i], parts[filled[best]], r)
		}
	}
	for at, i := range filled {
		if x := m.into(&groups[at]); !hidden[i] {
			x.Value = digits(x.Value)
			if m.share { // whole per cents, so that no count can be read off a share
				x.Value = math.Round(x.Value*100) / 100
			}
		}
	}
}

func indices(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func (m measure) value(list []Subject) float64 {
	var top, bottom float64
	for _, s := range list {
		t, b := m.over(s)
		top, bottom = top+t, bottom+b
	}
	if bottom == 0 {
		return 0
	}
	return top / bottom
}

// leastAlike is the share of a group that must have its like in the most
// favoured one for a comparison among likes to speak for it.
const leastAlike = 0.5

// compare fills in the ratio to the most favoured group and what it comes to.
func (m measure) compare(x *Measure, group, best []Subject, r Rules) {
	top := m.value(best)
	if top == 0 {
		x.Verdict = TooFew // nobody was given anything: there is nothing to compare
		return
	}
	ratio := x.Value / top
	if m.share {
		x.Low, x.High = shareRatio(x.Value, len(group), top, len(best), r.Confidence)
	} else {
		x.Low, x.High = m.bootstrap(group, best, r)
	}
	adjusted, alike, ok := m.adjusted(group, best)
	x.Alike = digits(alike)
	if ok = ok && alike >= leastAlike; ok {
		a := digits(adjusted)
		x.Adjusted = &a
	}
	switch {
	case ratio >= r.Ratio:
		x.Verdict = Fair
	case ok && adjusted >= r.Ratio:
		x.Verdict = Explained
	case x.High < r.Ratio:
		x.Verdict = Behind
	default:
		x.Verdict = Perhaps
	}
	x.Ratio, x.Low, x.High = digits(ratio), digits(x.Low), digits(x.High)
}

// shareRatio is the interval of a ratio of two shares by the method of variance
// estimates recovery from their Wilson intervals (Donner and Zou 2012, with
// Wilson 1927).
func shareRatio(p float64, n int, q float64, m int, confidence float64) (low, high float64) {
	l1, u1 := wilson(p, n, confidence)
	l2, u2 := wilson(q, m, confidence)
	root := func(v float64) float64 { return math.Sqrt(math.Max(0, v)) }
	pq := p * q
	if d := u2 * (2*q - u2); d > 0 {
		low = (pq - root(pq*pq-l1*u2*(2*p-l1)*(2*q-u2))) / d
	}
	if d := l2 * (2*q - l2); d > 0 {
		high = (pq + root(pq*pq-u1*l2*(2*p-u1)*(2*q-l2))) / d
	} else {
		high = math.Inf(1)
	}
	return math.Max(0, low), math.Min(high, 1e6)
}

// wilson is the score interval of a share.
func wilson(p float64, n int, confidence float64) (low, high float64) {
	z := credit.NormalQuantile((1 + confidence) / 2)
	k := z * z / float64(n)
	mid := (p + k/2) / (1 + k)
	half := z / (1 + k) * math.Sqrt(p*(1-p)/float64(n)+k/(4*float64(n)))
	return math.Max(0, mid-half), math.Min(1, mid+half)
}

// bootstrap is the percentile interval of the ratio over resamples of both
// groups (Efron 1979), from a fixed stream.
func (m measure) bootstrap(group, best []Subject, r Rules) (low, high float64) {
	rng := rand.New(rand.NewPCG(0x66616972, uint64(len(group))<<32|uint64(len(best))))
	draw := func(list []Subject) float64 {
		var top, bottom float64
		for range list {
			t, b := m.over(list[rng.IntN(len(list))])
			top, bottom = top+t, bottom+b
		}
		if bottom == 0 {
			return 0
		}
		return top / bottom
	}
	ratios := make([]float64, 0, r.Resamples)
	for range r.Resamples {
		if b := draw(best); b > 0 {
			ratios = append(ratios, draw(group)/b)
		}
	}
	if len(ratios) == 0 {
		return 0, 1e6
	}
	slices.Sort(ratios)
	tail := (1 - r.Confidence) / 2
	at := func(p float64) float64 { return ratios[min(len(ratios)-1, int(p*float64(len(ratios))))] }
	return at(tail), at(1 - tail)
}

// adjusted is the ratio among households of like need and capacity: sums over
// strata in which both groups are, each weighted n·m/(n + m) (Mantel and
// Haenszel 1959). alike is the share of the group in such strata.
func (m measure) adjusted(group, best []Subject) (ratio, alike float64, ok bool) {
	type sums struct {
		top, bottom float64
		n           int
	}
	strata := map[int]*[2]sums{}
	for side, list := range [][]Subject{group, best} {
		for _, s := range list {
			x := strata[s.stratum]
			if x == nil {
				x = &[2]sums{}
				strata[s.stratum] = x
			}
			t, b := m.over(s)
			x[side].top += t
			x[side].bottom += b
			x[side].n++
		}
	}
	keys := make([]int, 0, len(strata))
	for k := range strata {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var top, bottom float64
	n := 0
	for _, k := range keys {
		g, b := strata[k][0], strata[k][1]
		if g.n == 0 || b.n == 0 || g.bottom == 0 || b.bottom == 0 {
			continue
		}
		w := float64(g.n) * float64(b.n) / float64(g.n+b.n)
		top += w * g.top / g.bottom
		bottom += w * b.top / b.bottom
		n += g.n
	}
	if bottom == 0 {
		return 0, float64(n) / float64(len(group)), false
	}
	return top / bottom, float64(n) / float64(len(group)), true
}

func digits(v float64) float64 { return math.Round(v*1e4) / 1e4 }
