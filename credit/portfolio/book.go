package portfolio

import (
	"errors"
	"fmt"
	"math"

	"parus/credit"
)

// Settings are what a portfolio is judged by.
type Settings struct {
	Limits   Limits
	TotalFen credit.Fen // of the bank's whole portfolio; 0: what is added is the whole

	// CountyRho is the correlation of different counties' shocks, all of it by a
	// factor that they share. 0.2 is a design value: of the yield anomalies of
	// neighbouring counties much more is shared, of distant provinces hardly any;
	// 0 and 0.5 bracket it.
	CountyRho float64

	// Correlation spreads an income PD over the bins where a decision tells only
	// the mean. 0.20 is the floor of R that credit's design asks for.
	Correlation float64

	Level     float64 // of the expected shortfall
	Scenarios int     // drawn; a multiple of 1/(1 − Level) is exact
}

// DefaultSettings are 99 %, 100,000 scenarios and the default limits.
func DefaultSettings() Settings {
	return Settings{Limits: DefaultLimits(), CountyRho: 0.2, Correlation: 0.2, Level: 0.99, Scenarios: 100_000}
}

// Validate refuses what cannot be computed.
func (s Settings) Validate() error {
	switch {
	case !(s.CountyRho >= 0 && s.CountyRho <= 1):
		return fmt.Errorf("portfolio: correlation of counties is %g: want 0 to 1", s.CountyRho)
	case !(s.Correlation >= 0 && s.Correlation < 1):
		return fmt.Errorf("portfolio: correlation within a county is %g: want 0 to less than 1", s.Correlation)
	case !(s.Level > 0.5 && s.Level < 1):
		return fmt.Errorf("portfolio: level of the shortfall is %g: want more than 0.5 and less than 1", s.Level)
	case s.Scenarios < 100 || s.Scenarios > 10_000_000 || float64(s.Scenarios)*(1-s.Level) < 10:
		return fmt.Errorf("portfolio: %d scenarios leave less than ten in the tail, or are absurd: want %d to 10,000,000", s.Scenarios, int(math.Ceil(10/(1-s.Level))))
	case s.TotalFen < 0:
		return errors.New("portfolio: the bank's total is negative")
	}
	return s.Limits.Validate()
}

// Book sums exposures. It is not safe for concurrent use.
type Book struct {
	settings Settings
	z        []float64
	counties map[string]*county
	villages map[place]credit.Fen
	total    credit.Fen
	number   int           // exposures with an amount
	expected int64         // thousandths of fen
	squares  uint64        // Σ amount² in yuan²
	overCap  int           // households above the cap
	largest  []largest     // households, largest first
	factor   map[int]*bins // of the single-factor model, by PD in 1/10,000
	assumed  int           // exposures whose bins are the single-factor model's
	parts    []part
}

type place struct{ county, village string }

type county struct {
	amount   credit.Fen
	number   int
	segments map[string]*segment // by crop
}

// segment is one crop in one county. Losses are in thousandths of a fen and
// variances in yuan², both whole numbers: adding them in any order is exact.
type segment struct {
	amount   credit.Fen
	atRisk   int64 // what is lost if all default
	expected int64
	loss     [credit.ShockBins]int64 // expected in each bin of the shock
	variance [credit.ShockBins]int64 // around it, of households' own fortunes
	alone    int64                   // variance, had each household met a shock of its own
}

type largest struct {
	county, household string
	fen               credit.Fen
}

// keptLargest is how many of the largest households are named.
const keptLargest = 20

// NewBook checks the settings.
func NewBook(s Settings) (*Book, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	return &Book{settings: s, z: shockAt(), counties: map[string]*county{}, villages: map[place]credit.Fen{}, factor: map[int]*bins{}}, nil
}

// Add takes one exposure; those without an amount change nothing. An
// [ExposureError] leaves the book as it was.
func (b *Book) Add(e Exposure) error {
	if problem := e.problem(); problem != "" {
		return &ExposureError{e.Household, problem}
	}
	if e.AmountFen == 0 {
		return nil
	}
	c := b.counties[e.County]
	if c == nil {
		c = &county{segments: map[string]*segment{}}
		b.counties[e.County] = c
	}
	pd := e.conditional(b.spread)
	if len(e.PDByShock) == 0 {
		b.assumed++
	}
	b.parts = e.parts(b.parts)
	for _, p := range b.parts {
		b.expected += c.segment(p.crop).add(e, p.fen, &pd)
	}
	c.amount += e.AmountFen
	c.number++
	b.total += e.AmountFen
	b.number++
	yuan := uint64(e.AmountFen / credit.FenPerYuan)
	b.squares += yuan * yuan
	if most := credit.Fen(b.settings.Limits.HouseholdCap) * credit.FenPerYuan; most > 0 && e.AmountFen > most {
		b.overCap++
	}
	b.villages[place{e.County, e.Village}] += e.AmountFen
	b.keep(largest{e.County, e.Household, e.AmountFen})
	return nil
}

func (c *county) segment(crop string) *segment {
	s := c.segments[crop]
	if s == nil {
		s = &segment{}
		c.segments[crop] = s
	}
	return s
}

// add puts a household's part into the sums and returns its expected loss.
func (s *segment) add(e Exposure, fen credit.Fen, pd *bins) int64 {
	lost := float64(fen) * e.LGD * 1000
	// A household defaults on all its parts at once: its variance is of the whole
	// amount, and each part takes its share of it.
	square := e.AmountFen.Yuan() * e.LGD * fen.Yuan() * e.LGD
	var sum int64
	for b, p := range pd {
		loss := int64(math.Round(lost * p))
		s.loss[b] += loss
		s.variance[b] += int64(math.Round(square * p * (1 - p)))
		sum += loss
	}
	var mean float64
	for _, p := range pd {
		mean += p / credit.ShockBins
	}
	s.alone += int64(math.Round(square * mean * (1 - mean)))
	s.amount += fen
	s.atRisk += int64(math.Round(lost))
	s.expected += sum / credit.ShockBins
	return sum / credit.ShockBins
}

// spread is the single-factor model's bins of a PD, to a hundredth of a percent.
func (b *Book) spread(pd float64) *bins {
	k := int(math.Round(pd * 1e4))
	if b.factor[k] == nil {
		b.factor[k] = singleFactor(b.z, float64(k)/1e4, b.settings.Correlation)
	}
	return b.factor[k]
}

// keep holds the largest households, ties by county and id.
func (b *Book) keep(l largest) {
	at := len(b.largest)
	for at > 0 && l.before(b.largest[at-1]) {
		at--
	}
	if at == keptLargest {
		return
	}
	b.largest = append(b.largest, largest{})
	copy(b.largest[at+1:], b.largest[at:])
	b.largest[at] = l
	b.largest = b.largest[:min(len(b.largest), keptLargest)]
}

func (l largest) before(m largest) bool {
	switch {
	case l.fen != m.fen:
		return l.fen > m.fen
	case l.county != m.county:
		return l.county < m.county
	}
	return l.household < m.household
}
