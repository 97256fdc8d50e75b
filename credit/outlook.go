package credit

import (
	"fmt"
	"math"
	"slices"
)

// Source is something that a household's cash at harvest hangs on.
type Source string

// The sources of spread.
const (
	SourceMatch  Source = "match"  // whether parcels are the fields that imagery shows
	SourceCrop   Source = "crop"   // what grows there
	SourceYield  Source = "yield"  // what each parcel yields beside its county
	SourceCounty Source = "county" // what the year does to all fields of the county
	SourcePrice  Source = "price"  // at harvest
)

// Outlook is the cash at harvest before the line is repaid, drawn out, and what
// its spread hangs on.
type Outlook struct {
	Income   Income  `json:"income"`
	FromFen  Fen     `json:"from_fen"`  // where the first bin begins
	WidthFen Fen     `json:"width_fen"` // of a bin
	Counts   []int   `json:"counts"`    // draws by bin, of [Draws] in all; the last bin holds all above it too
	Draws    int     `json:"draws"`
	OwedFen  Fen     `json:"owed_fen"` // the line with its interest until it is due
	Short    float64 `json:"short"`    // share of the draws that are below that
	Spread   []Drive `json:"spread"`   // the widest source first
}

// Drive is how much narrower the middle four fifths of the draws (P10 to P90)
// would be if a source were settled: matches and crops as registered or likeliest,
// yields and prices as expected. Shares do not add up to 1, for sources act
// together; below 0 the spread would grow, since more would be sown and sold.
type Drive struct {
	Source   Source  `json:"source"`
	Narrower float64 `json:"narrower"`
}

// mostBins bounds an outlook's bins; about a third of them holds the middle four
// fifths.
const mostBins = 40

// Outlook draws out the cash at harvest of a case that has a line. It draws what
// [Engine.Decide] draws, so its quantiles are the decision's.
func (e *Engine) Outlook(c Case, line Fen) (Outlook, error) {
	c, err := c.normal(e.policy)
	if err != nil {
		return Outlook{}, err
	}
	s := e.pool.Get().(*simulation)
	defer e.pool.Put(s)
	in := s.begin(c, e.policy, lens{})
	if !finite(in.capacity) || !finite(in.value) || !finite(in.need) {
		return Outlook{}, fmt.Errorf("outlook of household %s: %w", c.HouseholdID, errNonFinite)
	}
	owed := s.owed(line)
	o := Outlook{Income: s.distribution(in), Draws: Draws, OwedFen: RoundFen(owed), Short: roundRate(s.shortfall(in.fixed, owed))}
	s.histogram(in, &o)
	all := o.Income.P90Fen - o.Income.P10Fen
	for _, x := range settledSources() {
		got := s.distribution(s.begin(x.of(c), e.policy, x.lens))
		narrower := 0.0
		if all > 0 {
			narrower = 1 - float64(got.P90Fen-got.P10Fen)/float64(all)
		}
		o.Spread = append(o.Spread, Drive{x.source, roundRate(narrower)})
	}
	slices.SortStableFunc(o.Spread, func(a, b Drive) int {
		switch {
		case a.Narrower > b.Narrower:
			return -1
		case a.Narrower < b.Narrower:
			return 1
		}
		return 0
	})
	return o, nil
}

// begin draws a case through a lens.
func (s *simulation) begin(c Case, p Policy, l lens) income {
	s.start(c, p)
	_, s.years = s.term(l)
	return s.income(l)
}

// owed is a line with its interest at the reference rate until it is due; yuan.
func (s *simulation) owed(line Fen) float64 {
	return float64(line.Yuan() * (1 + float64(s.policy.ReferenceRate*s.years)))
}

// histogram counts the draws in bins of a round width.
func (s *simulation) histogram(in income, o *Outlook) {
	low := s.farm[0]
	for _, x := range s.farm {
		low = math.Min(low, x)
	}
	middle := (o.Income.P90Fen - o.Income.P10Fen).Yuan()
	width := roundWidth(middle / (mostBins / 3))
	from := float64(math.Floor((in.fixed+low)/width) * width)
	o.FromFen, o.WidthFen = RoundFen(from), RoundFen(width)
	o.Counts = make([]int, mostBins)
	last := 0
	for _, x := range s.farm {
		b := min(int((in.fixed+x-from)/width), mostBins-1)
		o.Counts[b]++
		last = max(last, b)
	}
	o.Counts = o.Counts[:last+1]
}

// roundWidth is the least of 1, 2 and 5 times a power of ten that is no less
// than a width, and no less than a yuan.
func roundWidth(yuan float64) float64 {
	for scale := 1.0; ; scale *= 10 {
		for _, m := range []float64{1, 2, 5} {
			if w := m * scale; w >= yuan {
				return w
			}
		}
	}
}

// settledSource shows a case as if a source were settled.
type settledSource struct {
	source Source
	lens   lens
	of     func(Case) Case
}

func settledSources() []settledSource {
	same := func(c Case) Case { return c }
	return []settledSource{
		{SourceMatch, lens{match: true}, same},
		{SourceCrop, lens{crop: true}, same},
		{SourceYield, lens{yield: true}, same},
		{SourceCounty, lens{}, func(c Case) Case {
			c.Parcels = slices.Clone(c.Parcels)
			for i := range c.Parcels {
				c.Parcels[i].Crops = slices.Clone(c.Parcels[i].Crops)
				for k := range c.Parcels[i].Crops {
					c.Parcels[i].Crops[k].SDCounty = 0
				}
			}
			return c
		}},
		{SourcePrice, lens{}, func(c Case) Case {
			c.Market = slices.Clone(c.Market)
			for i := range c.Market {
				c.Market[i].LogPriceSD = 0
			}
			return c
		}},
	}
}
