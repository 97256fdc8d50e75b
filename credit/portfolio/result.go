package portfolio

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"parus/credit"
)

// Version is raised whenever the same exposures and settings could give another
// result.
const Version = "1"

// Result is a portfolio at a glance. Amounts of losses are rounded to the fen;
// contributions add up to the shortfall exactly.
type Result struct {
	Version    string     `json:"version"`
	Exposures  int        `json:"exposures"` // with an amount
	AmountFen  credit.Fen `json:"amount_fen"`
	WholeFen   credit.Fen `json:"whole_fen"` // that shares are taken of
	CountyRho  float64    `json:"county_rho"`
	Level      float64    `json:"level"`
	Scenarios  int        `json:"scenarios"`
	SingleRate float64    `json:"single_factor_share"` // of the exposures: bins of the shock assumed and not simulated

	ExpectedLossFen credit.Fen `json:"expected_loss_fen"`
	ShortfallFen    credit.Fen `json:"shortfall_fen"`    // mean loss of the worst 1 − level
	AtRiskFen       credit.Fen `json:"at_risk_fen"`      // the least of them
	ShortfallSEFen  credit.Fen `json:"shortfall_se_fen"` // standard error of drawing, an upper bound
	IndependentFen  credit.Fen `json:"independent_fen"`  // the shortfall, had no shock been shared
	HHICounty       float64    `json:"hhi_county"`       // Σ share², 1/n for n equal ones
	HHICrop         float64    `json:"hhi_crop"`         //
	HHIVillage      float64    `json:"hhi_village"`      //
	HHIHousehold    float64    `json:"hhi_household"`    //
	Counties        []Segment  `json:"counties"`         // what drives the tail, largest first
	Crops           []Segment  `json:"crops"`            //
	CountyCrops     []Segment  `json:"county_crops"`     //
	Usage           []Usage    `json:"usage"`            // of limits: by kind, the largest first
	Over            int        `json:"over"`             // limits that are exceeded, of all
	Villages        int        `json:"villages"`         //
	Limits          Limits     `json:"limits"`           //
	TailByShock     []float64  `json:"loss_rate_by_bin"` // of all, by bin of the shock, worst first

	// ImpliedCorrelation is the R of a single-factor model whose probit of the
	// default rate is as steep in the shock as these bins': what the engine's
	// harvests say of defaults in one county, to be held against the R that
	// capital and alarms assume.
	ImpliedCorrelation float64 `json:"implied_correlation"`
}

// Segment is a county, a crop or both, and its part in the tail.
type Segment struct {
	County    string     `json:"county,omitempty"`
	Crop      string     `json:"crop,omitempty"` // "" with CropUnknown: nothing is known
	AmountFen credit.Fen `json:"amount_fen"`
	LossFen   credit.Fen `json:"expected_loss_fen"`
	TailFen   credit.Fen `json:"tail_fen"`  // its part of the shortfall (Euler)
	TailRate  float64    `json:"tail_rate"` // of its amount: what one yuan more would add to the shortfall
}

// mostUsage is how many villages and households are listed.
const mostUsage = keptLargest

// Result draws the scenarios and adds up. The book can go on taking exposures.
func (b *Book) Result() (Result, error) {
	r := Result{Version: Version, Exposures: b.number, AmountFen: b.total, WholeFen: b.whole(), CountyRho: b.settings.CountyRho, Level: b.settings.Level,
		Scenarios: b.settings.Scenarios, Limits: b.settings.Limits, ExpectedLossFen: milliFen(b.expected), Villages: len(b.villages),
		Counties: []Segment{}, Crops: []Segment{}, CountyCrops: []Segment{}, Usage: []Usage{}, TailByShock: b.lossRates()}
	if b.number == 0 {
		return r, nil
	}
	r.SingleRate = float64(b.assumed) / float64(b.number)
	r.ImpliedCorrelation = b.impliedCorrelation()
	b.drawTail(&r)
	b.concentrate(&r)
	return r, nil
}

// drawTail fills in the shortfall and what contributes to it.
func (b *Book) drawTail(r *Result) {
	codes := b.codes()
	d := newDraws(b.settings)
	l := &countyLoss{cell: make([]uint16, d.n), own: make([]float64, d.n)}
	losses := make([]float64, d.n)
	var variance float64 // of the total, had no shock been shared
	for _, code := range codes {
		c := b.counties[code]
		l.load(d, b.z, code, c)
		for i := range losses {
			loss, _ := l.loss(i)
			losses[i] += loss
		}
		variance += c.independent()
	}
	t := worst(losses, b.settings.Level)
	r.ShortfallFen, r.AtRiskFen = credit.RoundFen(t.shortfall), credit.RoundFen(t.at)
	// Manistre and Hancock 2005: the variance of the estimate from draws that are
	// independent; strata make it smaller.
	over := t.shortfall - t.at
	r.ShortfallSEFen = credit.RoundFen(math.Sqrt((float64(t.sd*t.sd) + float64(b.settings.Level*float64(over*over))) / float64(t.n)))
	q := credit.NormalQuantile(b.settings.Level)
	density := math.Exp(-q*q/2) / math.Sqrt(2*math.Pi)
	r.IndependentFen = credit.RoundFen(r.ExpectedLossFen.Yuan() + math.Sqrt(variance)*density/(1-b.settings.Level))
	for _, code := range codes {
		c := b.counties[code]
		l.load(d, b.z, code, c)
		adds := l.contributions(b.z, c, t)
		for _, crop := range crops(c) {
			s := c.segments[crop]
			r.CountyCrops = append(r.CountyCrops, Segment{County: code, Crop: crop, AmountFen: s.amount, LossFen: milliFen(s.expected), TailFen: credit.RoundFen(adds[crop])})
		}
	}
	settle(r.CountyCrops, r.ShortfallFen)
	r.Counties = gather(r.CountyCrops, func(s Segment) Segment { return Segment{County: s.County} })
	r.Crops = gather(r.CountyCrops, func(s Segment) Segment { return Segment{Crop: s.Crop} })
	slices.SortFunc(r.CountyCrops, byTail)
	for i := range r.CountyCrops {
		r.CountyCrops[i].rate()
	}
}

// settle puts what rounding left over on the largest, so that parts add up.
func settle(list []Segment, total credit.Fen) {
	most := 0
	for i, s := range list {
		total -= s.TailFen
		if s.TailFen > list[most].TailFen {
			most = i
		}
	}
	list[most].TailFen += total
}

// gather sums segments that have the same key, the largest in the tail first.
func gather(list []Segment, key func(Segment) Segment) []Segment {
	sums := map[Segment]Segment{}
	for _, s := range list {
		k := key(s)
		sum := sums[k]
		sum.County, sum.Crop = k.County, k.Crop
		sum.AmountFen += s.AmountFen
		sum.LossFen += s.LossFen
		sum.TailFen += s.TailFen
		sums[k] = sum
	}
	out := make([]Segment, 0, len(sums))
	for _, s := range sums {
		s.rate()
		out = append(out, s)
	}
	slices.SortFunc(out, byTail)
	return out
}

func (s *Segment) rate() {
	if s.AmountFen > 0 {
		s.TailRate = float64(s.TailFen) / float64(s.AmountFen)
	}
}

func byTail(x, y Segment) int {
	return cmp.Or(cmp.Compare(y.TailFen, x.TailFen), strings.Compare(x.County, y.County), strings.Compare(x.Crop, y.Crop))
}

// independent is the variance of the county's loss, yuan², if every household
// met a shock of its own.
func (c *county) independent() float64 {
	var v float64
	for _, crop := range crops(c) {
		v += float64(c.segments[crop].alone)
	}
	return v
}

func (b *Book) codes() []string {
	out := make([]string, 0, len(b.counties))
	for code := range b.counties {
		out = append(out, code)
	}
	slices.Sort(out)
	return out
}

// lossRates is the expected loss of all by bin of the shock, if all counties
// met the same one.
func (b *Book) lossRates() []float64 {
	out := make([]float64, credit.ShockBins)
	if b.total == 0 {
		return out
	}
	for k := range out {
		var sum int64
		for _, c := range b.counties {
			for _, s := range c.segments {
				sum += s.loss[k]
			}
		}
		out[k] = float64(sum) / 1000 / float64(b.total)
	}
	return out
}

// impliedCorrelation is s²/(1 + s²) with s the least-squares slope of
// Φ⁻¹(default rate) on the bins' middles.
func (b *Book) impliedCorrelation() float64 {
	var loss bins
	var atRisk float64
	for _, code := range b.codes() {
		for _, crop := range crops(b.counties[code]) {
			s := b.counties[code].segments[crop]
			atRisk += float64(s.atRisk)
			for k, l := range s.loss {
				loss[k] += float64(l)
			}
		}
	}
	var zz, zy float64 // the middles are symmetric: their mean is 0
	for k, l := range loss {
		rate := math.Max(1e-6, math.Min(1-1e-6, l/math.Max(1, atRisk)))
		z := b.z[k*fine+fine/2]
		zz += float64(z * z)
		zy += float64(z * credit.NormalQuantile(rate))
	}
	slope := zy / zz
	return math.Round(slope*slope/(1+float64(slope*slope))*1e4) / 1e4
}

func milliFen(x int64) credit.Fen { return credit.Fen(math.Round(float64(x) / 1000)) }
