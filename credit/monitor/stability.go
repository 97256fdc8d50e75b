package monitor

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"parus/credit/scorecard"
)

// Traits are what is looked at of one household. NaN is unknown.
type Traits struct {
	PD           float64 // of the decision
	LineNeed     float64 // line over need
	LineAsked    float64 // line over what was asked; NaN without an application
	AreaMu       float64 // of its parcels
	RevenuePerMu float64 // expected, yuan
	Parcels      float64
	MatchP       float64 // mean over parcels, weighted by area
	CropP        float64 // of the best crop, likewise
	YieldIndex   float64 // expected yield over the crop's county mean, likewise
	DebtYuan     float64 // due by harvest
	Subsidy      float64 // yuan
}

// trait is one of them with its name.
type trait struct {
	code, zh, en string
	score        bool // a result: its index is called PSI; of an input, CSI
	of           func(Traits) float64
}

func traits() []trait {
	return []trait{
		{"pd", "违约概率", "probability of default", true, func(t Traits) float64 { return t.PD }},
		{"line_need", "额度/资金需求", "line over need", true, func(t Traits) float64 { return t.LineNeed }},
		{"line_asked", "额度/申请金额", "line over what was asked", true, func(t Traits) float64 { return t.LineAsked }},
		{"match_p", "地块匹配概率", "match of parcels", false, func(t Traits) float64 { return t.MatchP }},
		{"crop_p", "作物识别置信度", "confidence in the crop", false, func(t Traits) float64 { return t.CropP }},
		{"yield_index", "单产指数", "yield over the county's", false, func(t Traits) float64 { return t.YieldIndex }},
		{"revenue_mu", "预期亩均收入（元）", "expected revenue per mu", false, func(t Traits) float64 { return t.RevenuePerMu }},
		{"area_mu", "耕地面积（亩）", "area in mu", false, func(t Traits) float64 { return t.AreaMu }},
		{"parcels", "地块数", "number of parcels", false, func(t Traits) float64 { return t.Parcels }},
		{"debt", "到期债务（元）", "debts due", false, func(t Traits) float64 { return t.DebtYuan }},
		{"subsidy", "补贴（元）", "subsidies", false, func(t Traits) float64 { return t.Subsidy }},
	}
}

// Sample is the population of one season or publication.
type Sample struct {
	Name    string
	tallies []Tally
}

// NewSample is an empty one.
func NewSample(name string) *Sample { return &Sample{name, make([]Tally, len(traits()))} }

// Add counts a household.
func (s *Sample) Add(t Traits) {
	for i, x := range traits() {
		s.tallies[i].Add(x.of(t))
	}
}

// N is how many households were counted.
func (s *Sample) N() int { return s.tallies[0].n }

// Verdict is what an index, or all of them, come to.
type Verdict string

// The verdicts, from best to worst; TooFew is none.
const (
	TooFew Verdict = "too_few"
	Stable Verdict = "stable"
	Warns  Verdict = "warns"
	Stops  Verdict = "stops"
)

func (v Verdict) rank() int {
	return map[Verdict]int{Stable: 1, Warns: 2, Stops: 3}[v]
}

// Bin is a range of values with its share in both samples.
type Bin struct {
	UpTo     *float64 `json:"up_to"` // nil: without end, or missing values
	Missing  bool     `json:"missing"`
	Expected float64  `json:"expected"`
	Actual   float64  `json:"actual"`
}

// Index is how far one characteristic has moved.
type Index struct {
	Code     string  `json:"code"`
	ZH       string  `json:"zh"`
	EN       string  `json:"en"`
	Kind     string  `json:"kind"` // PSI of a result, CSI of an input
	Value    float64 `json:"value"`
	ByChance float64 `json:"by_chance"` // what two samples of one population would show on average
	Bins     []Bin   `json:"bins"`
	Verdict  Verdict `json:"verdict"`
}

// Stability is how far a population has moved.
type Stability struct {
	Reference  string  `json:"reference"`
	Current    string  `json:"current"`
	ReferenceN int     `json:"reference_n"`
	CurrentN   int     `json:"current_n"`
	Indices    []Index `json:"indices"`
	Verdict    Verdict `json:"verdict"` // the worst of them; too few where one could not be judged and none is bad
}

// ErrMoved says that a population has moved too far for a policy or model to be
// promoted on what it was tested on.
var ErrMoved = errors.New("the population has moved")

// Promotion is nil where nothing stops a promotion, and else an [ErrMoved] that
// names what moved. Too few households stop nothing and prove nothing.
func (s Stability) Promotion() error {
	var moved []string
	for _, i := range s.Indices {
		if i.Verdict == Stops {
			moved = append(moved, fmt.Sprintf("%s of %s is %.2f", i.Kind, i.EN, i.Value))
		}
	}
	if len(moved) == 0 {
		return nil
	}
	return fmt.Errorf("%w between %s and %s: %s; above %.2f: test on the present population first",
		ErrMoved, s.Reference, s.Current, strings.Join(moved, ", "), scorecard.ShiftStops)
}

const (
	indexBins = 10 // deciles of the reference
	// mostByChance is the index by chance alone above which nothing is judged: half
	// of what warns.
	mostByChance = scorecard.ShiftWarns / 2
)

// Compare measures how far now has moved from before, in deciles of before with
// a bin of its own for missing values. Two samples of n and m households of one
// population show an index of (bins − 1)(1/n + 1/m) on average (Yurdakul 2018);
// where that is more than half of what warns, the verdict is too few.
func Compare(before, now *Sample) (Stability, error) {
	s := Stability{Reference: before.Name, Current: now.Name, ReferenceN: before.N(), CurrentN: now.N(), Indices: []Index{}, Verdict: TooFew}
	if before.N() == 0 || now.N() == 0 {
		return s, fmt.Errorf("compare %s (%d households) with %s (%d): each needs some", before.Name, before.N(), now.Name, now.N())
	}
	unjudged := false
	for i, x := range traits() {
		b, n := &before.tallies[i], &now.tallies[i]
		if b.missing == b.n && n.missing == n.n {
			continue // nobody knows it in either
		}
		index, err := x.index(b, n)
		if err != nil {
			return s, fmt.Errorf("compare %s with %s: %s: %w", before.Name, now.Name, x.en, err)
		}
		s.Indices = append(s.Indices, index)
		unjudged = unjudged || index.Verdict == TooFew
		if index.Verdict.rank() > s.Verdict.rank() {
			s.Verdict = index.Verdict
		}
	}
	if unjudged && s.Verdict == Stable {
		s.Verdict = TooFew
	}
	return s, nil
}

func (x trait) index(before, now *Tally) (Index, error) {
	edges := before.edges(indexBins)
	expected, actual := before.shares(edges), now.shares(edges)
	if before.missing == 0 && now.missing == 0 {
		expected, actual = expected[:len(edges)+1], actual[:len(edges)+1]
	}
	value, err := scorecard.PSI(expected, actual)
	if err != nil {
		return Index{}, err
	}
	out := Index{Code: x.code, ZH: x.zh, EN: x.en, Kind: "CSI", Value: roundTo(value, 1e4), Bins: []Bin{},
		ByChance: roundTo(float64(len(expected)-1)*(1/float64(before.n)+1/float64(now.n)), 1e4)}
	if x.score {
		out.Kind = "PSI"
	}
	for k := range expected {
		b := Bin{Missing: k == len(edges)+1, Expected: roundTo(expected[k], 1e4), Actual: roundTo(actual[k], 1e4)}
		if k < len(edges) {
			up := roundTo(edge(edges[k]), 1e4)
			b.UpTo = &up
		}
		out.Bins = append(out.Bins, b)
	}
	switch {
	case out.ByChance > mostByChance:
		out.Verdict = TooFew
	case value > scorecard.ShiftStops:
		out.Verdict = Stops
	case value > scorecard.ShiftWarns:
		out.Verdict = Warns
	default:
		out.Verdict = Stable
	}
	return out, nil
}

func roundTo(v, n float64) float64 { return math.Round(v*n) / n }
