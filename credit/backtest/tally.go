package backtest

import (
	"cmp"
	"maps"
	"slices"

	"parus/credit"
	"parus/credit/rule"
)

// mostListed is how many movers and failures a report names.
const mostListed = 20

// Tally adds pairs up. Sums are whole numbers, so their order changes nothing.
type Tally struct {
	report   Report
	pd       [2]int64 // Σ PD·line of what is offered, in fen × 0.0001
	changes  []int64
	shifts   map[[2]string]int
	villages map[string]*Group
	crops    map[string]*Group
	rules    map[string]*RuleCount
	order    []string
	pending  map[string]bool
}

// NewTally is empty. The rules are the tested policy's, so that one that never
// holds is told too.
func NewTally(rules []rule.Rule) *Tally {
	t := &Tally{shifts: map[[2]string]int{}, villages: map[string]*Group{}, crops: map[string]*Group{}, rules: map[string]*RuleCount{}, pending: map[string]bool{}}
	for _, r := range rules {
		t.order = append(t.order, r.Name)
		t.rules[r.Name] = &RuleCount{Name: r.Name, Then: r.Then}
	}
	return t
}

// Fail counts a household that could not be compared.
func (t *Tally) Fail(household, problem string) {
	t.report.Failed++
	if len(t.report.Failures) < mostListed {
		t.report.Failures = append(t.report.Failures, Failure{household, problem})
	}
}

// Add counts one household.
func (t *Tally) Add(p Pair) {
	r := &t.report
	r.Households++
	change := p.ChangeFen()
	t.changes = append(t.changes, int64(change))
	switch {
	case change > 0:
		r.Gain++
		r.Gainers = mover(r.Gainers, p, func(a, b Pair) int { return cmp.Compare(b.ChangeFen(), a.ChangeFen()) })
	case change < 0:
		r.Lose++
		r.Losers = mover(r.Losers, p, func(a, b Pair) int { return cmp.Compare(a.ChangeFen(), b.ChangeFen()) })
	default:
		r.Same++
	}
	t.pd[0] += r.Before.add(p.Before)
	t.pd[1] += r.After.add(p.After)
	t.shifts[[2]string{p.Before.Binding, p.After.Binding}]++
	group(t.villages, p.Village).add(p)
	group(t.crops, p.Crop).add(p)
	for _, h := range p.Rules {
		c := t.rules[h.Name]
		if c == nil {
			c = &RuleCount{Name: h.Name, Then: h.Then}
			t.rules[h.Name] = c
			t.order = append(t.order, h.Name)
		}
		c.Count++
		if h.Problem != "" {
			if c.Problems++; c.Problem == "" {
				c.Problem = h.Problem
			}
		}
	}
	for _, name := range p.Pending {
		t.pending[name] = true
	}
}

// add returns the side's PD × line in fen × 0.0001, a whole number since PDs are
// rounded to 0.0001.
func (s *Total) add(x Side) int64 {
	switch {
	case x.Rejected:
		s.Rejected++
	case x.Referred:
		s.Referred++
		s.ProposedFen += x.LineFen
	}
	if !x.Approved() {
		return 0
	}
	s.Approved++
	s.LineFen += x.LineFen
	s.ExpectedLossFen += x.ExpectedLossFen
	s.CapitalFen += x.CapitalFen
	return int64(x.PD*1e4+0.5) * int64(x.LineFen)
}

func group(groups map[string]*Group, name string) *Group {
	g := groups[name]
	if g == nil {
		g = &Group{Name: name}
		groups[name] = g
	}
	return g
}

func (g *Group) add(p Pair) {
	g.Households++
	switch change := p.ChangeFen(); {
	case change > 0:
		g.Gain++
	case change < 0:
		g.Lose++
	}
	if p.Before.Approved() {
		g.ApprovedBefore++
		g.BeforeFen += p.Before.LineFen
	}
	if p.After.Approved() {
		g.ApprovedAfter++
		g.AfterFen += p.After.LineFen
	}
}

// mover keeps the first of an order; equal ones by household.
func mover(list []Pair, p Pair, order func(a, b Pair) int) []Pair {
	at, _ := slices.BinarySearchFunc(list, p, func(a, b Pair) int { return cmp.Or(order(a, b), cmp.Compare(a.Household, b.Household)) })
	if at >= mostListed {
		return list
	}
	list = slices.Insert(list, at, p)
	return list[:min(len(list), mostListed)]
}

// Report is what was found so far. Slices are never nil.
func (t *Tally) Report() Report {
	r := t.report
	n := float64(r.Households)
	for i, side := range []*Total{&r.Before, &r.After} {
		side.ApprovalRate = share(float64(side.Approved), n)
		if side.LineFen > 0 {
			side.MeanPD = share(float64(t.pd[i])/1e4, float64(side.LineFen))
		}
	}
	r.Changes = changesOf(t.changes)
	r.Bindings = []Shift{}
	for k, count := range t.shifts {
		r.Bindings = append(r.Bindings, Shift{k[0], k[1], count})
	}
	slices.SortFunc(r.Bindings, func(a, b Shift) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Before, b.Before), cmp.Compare(a.After, b.After))
	})
	r.Villages, r.Crops = groupsOf(t.villages), groupsOf(t.crops)
	r.Rules = []RuleCount{}
	for _, name := range t.order {
		r.Rules = append(r.Rules, *t.rules[name])
	}
	r.Pending = append([]string{}, slices.Sorted(maps.Keys(t.pending))...)
	r.Gainers, r.Losers, r.Failures = append([]Pair{}, r.Gainers...), append([]Pair{}, r.Losers...), append([]Failure{}, r.Failures...)
	r.Warnings = warnings(r)
	return r
}

func groupsOf(m map[string]*Group) []Group {
	out := []Group{}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		out = append(out, *m[name])
	}
	return out
}

// changesOf sorts the changes in place. A quantile is the smallest change that
// at least that share of households does not exceed.
func changesOf(changes []int64) Changes {
	slices.Sort(changes)
	at := func(percent int) credit.Fen {
		if len(changes) == 0 {
			return 0
		}
		return credit.Fen(changes[max(0, (len(changes)*percent+99)/100-1)])
	}
	out := Changes{P5Fen: at(5), P25Fen: at(25), P50Fen: at(50), P75Fen: at(75), P95Fen: at(95), Buckets: []Bucket{}}
	yuan := []int64{-100_000, -50_000, -20_000, -10_000, -5000, -2000, -1000, 0}
	edges := make([]int64, 0, 2*len(yuan))
	for _, y := range yuan[:len(yuan)-1] {
		edges = append(edges, y*100+1) // a loss of exactly an edge belongs to the larger loss
	}
	edges = append(edges, 0, 1)
	for _, y := range slices.Backward(yuan[:len(yuan)-1]) {
		edges = append(edges, -y*100)
	}
	const open = int64(1e13)
	from := -open
	for _, to := range append(edges, open) {
		low, _ := slices.BinarySearch(changes, from)
		high, _ := slices.BinarySearch(changes, to)
		if from == -open {
			low = 0
		}
		out.Buckets = append(out.Buckets, Bucket{credit.Fen(from), credit.Fen(to), high - low})
		from = to
	}
	return out
}
