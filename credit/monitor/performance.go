package monitor

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"parus/credit/scorecard"
)

// Rules say what is enough to speak.
type Rules struct {
	LeastOutcomes int     // in a cell of the calibration
	LeastBad      int     // and as many good, for AUC, KS and Brier
	Confidence    float64 // of intervals
	Alarm         float64 // a chance below it is an alarm
	Correlation   float64 // of defaults within a county and season, through its harvest
}

// DefaultRules are design values. With 20 bad outcomes the standard error of an
// AUC of 0.7 is about 0.06 (Hanley and McNeil 1982); below that it tells a card
// from a coin only by luck. The correlation is the floor of R of credit's
// design.
func DefaultRules() Rules {
	return Rules{LeastOutcomes: 50, LeastBad: 20, Confidence: 0.95, Alarm: 0.05, Correlation: 0.20}
}

// Figure is a number with its interval, or the reason why there is none.
type Figure struct {
	Enough bool    `json:"enough"`
	Why    string  `json:"why,omitempty"` // where there is no figure
	Value  float64 `json:"value"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
}

// Performance is how well probabilities foretold outcomes.
type Performance struct {
	Outcomes    int       `json:"outcomes"` // with a PD
	WithoutPD   int       `json:"without_pd"`
	Bad         int       `json:"bad"`
	PastDueDays int       `json:"past_due_days"`
	Correlation float64   `json:"correlation"`
	AUC         Figure    `json:"auc"`
	KS          Figure    `json:"ks"`
	Brier       Figure    `json:"brier"`
	BrierFlat   Figure    `json:"brier_flat"` // had everybody been given the mean PD
	Calibration []Cell    `json:"calibration"`
	Vintages    []Vintage `json:"vintages"`
	Alarms      int       `json:"alarms"` // of the calibration
}

// Perform measures outcomes. It refuses none of them; those without a PD count
// in vintages alone.
func Perform(outcomes []Outcome, r Rules) (Performance, error) {
	p := Performance{PastDueDays: PastDueDays, Correlation: r.Correlation, Calibration: []Cell{}, Vintages: vintages(outcomes)}
	var pd []float64
	var bad []bool
	known := make([]Outcome, 0, len(outcomes))
	for _, o := range outcomes {
		if math.IsNaN(o.PD) {
			p.WithoutPD++
			continue
		}
		if !(o.PD >= 0 && o.PD <= 1) {
			return p, fmt.Errorf("outcome of household %s, season %s: PD is %g: want 0 to 1", o.Household, o.Season, o.PD)
		}
		known = append(known, o)
		pd, bad = append(pd, o.PD), append(bad, o.Bad)
		if o.Bad {
			p.Bad++
		}
	}
	p.Outcomes = len(known)
	if err := p.rank(pd, bad, r); err != nil {
		return p, err
	}
	p.Calibration = calibrate(known, r)
	for _, c := range p.Calibration {
		if c.Verdict == BeyondShock {
			p.Alarms++
		}
	}
	return p, nil
}

// rank fills in what tells bad from good.
func (p *Performance) rank(pd []float64, bad []bool, r Rules) error {
	if least := min(p.Bad, p.Outcomes-p.Bad); least < r.LeastBad {
		why := fmt.Sprintf("%d bad and %d good outcomes: at least %d of each are needed", p.Bad, p.Outcomes-p.Bad, r.LeastBad)
		p.AUC, p.KS, p.Brier, p.BrierFlat = Figure{Why: why}, Figure{Why: why}, Figure{Why: why}, Figure{Why: why}
		return nil
	}
	auc, se, err := scorecard.AUC(pd, bad)
	ks, err2 := scorecard.KS(pd, bad)
	brier, err3 := scorecard.Brier(pd, bad)
	if err := errors.Join(err, err2, err3); err != nil {
		return fmt.Errorf("performance: %w", err)
	}
	z := quantile(r.Confidence)
	p.AUC = Figure{Enough: true, Value: roundTo(auc, 1e4), Low: roundTo(math.Max(0, auc-z*se), 1e4), High: roundTo(math.Min(1, auc+z*se), 1e4)}
	// The distance of two empirical distributions is off by no more than this with
	// the confidence, whatever they are (Kolmogorov and Smirnov's band).
	good := p.Outcomes - p.Bad
	band := math.Sqrt(-math.Log((1-r.Confidence)/2) / 2 * (1/float64(p.Bad) + 1/float64(good)))
	p.KS = Figure{Enough: true, Value: roundTo(ks, 1e4), Low: roundTo(math.Max(0, ks-band), 1e4), High: roundTo(math.Min(1, ks+band), 1e4)}
	var mean, square, sum float64
	for i := range pd {
		e := pd[i]
		if bad[i] {
			e = 1 - pd[i]
		}
		square += e * e * e * e
		sum += e * e
		mean += pd[i]
	}
	n := float64(len(pd))
	sd := math.Sqrt(math.Max(0, square/n-(sum/n)*(sum/n)) / n)
	p.Brier = Figure{Enough: true, Value: roundTo(brier, 1e5), Low: roundTo(math.Max(0, brier-z*sd), 1e5), High: roundTo(brier+z*sd, 1e5)}
	share, flat := float64(p.Bad)/n, mean/n
	v := roundTo(share*(1-flat)*(1-flat)+(1-share)*flat*flat, 1e5)
	p.BrierFlat = Figure{Enough: true, Value: v, Low: v, High: v}
	return nil
}

// Vintage is a season's loans by months since they fell due: the share that had
// become bad by then. A month that not all loans were watched through is left
// out.
type Vintage struct {
	Season string    `json:"season"`
	Loans  int       `json:"loans"` // with a due date and a last day
	Months []float64 `json:"months"`
}

// vintageMonths is how far a table goes.
const vintageMonths = 12

func vintages(outcomes []Outcome) []Vintage {
	bySeason := map[string][]Outcome{}
	for _, o := range outcomes {
		if o.DueDate.IsZero() || o.SeenUntil.IsZero() || (o.Bad && o.BadOn.IsZero()) {
			continue
		}
		bySeason[o.Season] = append(bySeason[o.Season], o)
	}
	out := []Vintage{}
	for season, list := range bySeason {
		v := Vintage{Season: season, Loans: len(list), Months: []float64{}}
		for m := 1; m <= vintageMonths; m++ {
			bad, whole := 0, true
			for _, o := range list {
				end := o.DueDate.Time().AddDate(0, m, 0)
				whole = whole && (o.Bad || !o.SeenUntil.Time().Before(end))
				if o.Bad && !o.BadOn.Time().After(end) {
					bad++
				}
			}
			if !whole {
				break
			}
			v.Months = append(v.Months, roundTo(float64(bad)/float64(len(list)), 1e4))
		}
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b Vintage) int { return cmp.Compare(a.Season, b.Season) })
	return out
}

func byCell(a, b Cell) int {
	return cmp.Or(strings.Compare(a.Season, b.Season), strings.Compare(a.County, b.County))
}
