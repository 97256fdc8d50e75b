package report

import (
	"html/template"
	"math"
	"slices"
)

// page is what the template shows, all figures counted and all lists cut.
type page struct {
	Season
	CSS        template.CSS
	Defs       template.HTML // fills of the maps
	Name       string        // of the county
	Unit       Words         // of amounts
	Totals     totals
	Crops      []cropTotal
	CropMap    picture
	LineMap    picture
	LineChart  template.HTML
	MatchChart template.HTML
	YieldChart template.HTML
	Households householdTable
	Attention  attentionTable
	Curves     []curveFigure
	Outcomes   outcomeTables
	Inputs     []Input
	InputsRest int // inputs not listed
}

// totals answers what was decided.
type totals struct {
	Households, Given, Referred, Undecided, Without int
	LineFen                                         int64
	Median                                          float64 // of the lines given, in units of the currency
	Parcels, Abstained, Unseen                      int
	AreaHa                                          float64
}

func newPage(s Season) page {
	parcels, households := sortedParcels(s), sortedHouseholds(s)
	p := page{
		Season: s, Name: s.CountyName, Unit: currencyWords(s.Currency),
		Totals: newTotals(parcels, households), Crops: cropTotals(s, parcels),
		Households: newHouseholdTable(households), Attention: newAttentionTable(s, parcels),
		Curves: newCurves(s, parcels), Outcomes: newOutcomeTables(sortedOutcomes(s)), Inputs: cut(sortedInputs(s), maxInputs), InputsRest: max(len(s.Inputs)-maxInputs, 0),
	}
	if p.Name == "" {
		p.Name = s.County
	}
	f := newFrame(parcels)
	of, classes, defs := cropClasses(s, parcels)
	p.Defs = template.HTML(defs) //nolint:gosec // built from constants
	p.CropMap = drawMap(Words{"作物图", "map of crops"}, f, parcels, of, classes)
	of, classes = lineClasses(s, parcels)
	p.LineMap = drawMap(Words{"额度图", "map of lines"}, f, parcels, of, classes)
	p.drawCharts(parcels, households)
	return p
}

func (p *page) drawCharts(parcels []Parcel, households []Household) {
	var lines, matches []float64
	for _, h := range households {
		if h.hasLine() {
			lines = append(lines, float64(h.LineFen)/100)
		}
	}
	for _, q := range parcels {
		matches = append(matches, q.MatchP)
	}
	spreads := make([]spread, 0, maxSpreads)
	for _, c := range cut(p.Crops, maxSpreads) {
		spreads = append(spreads, c.Yield)
	}
	p.LineChart = histogram{Title: Words{"额度分布", "lines"}, Unit: Words{"额度（" + p.Unit.Zh + "）", "line, " + p.Unit.En}, Values: lines}.draw()
	p.MatchChart = histogram{Title: Words{"匹配概率分布", "match probability"}, Unit: Words{"匹配概率", "match probability"},
		Values: matches, Fixed: &bins{From: 0, Step: .05, Counts: make([]int, 20)}}.draw()
	p.YieldChart = drawSpreads(Words{"单产分布", "yields"}, spreads)
}

// How much of each list the page shows; the CSV files have all of it.
const (
	maxHouseholds = 200
	maxAttention  = 100
	maxFailures   = 200
	maxSkips      = 50
	maxInputs     = 400
	maxSpreads    = 8
	maxCurves     = 8
)

func cut[T any](list []T, n int) []T { return list[:min(len(list), n)] }

func newTotals(parcels []Parcel, households []Household) totals {
	t := totals{Households: len(households), Parcels: len(parcels), Median: math.NaN()}
	var given []float64
	for _, h := range households {
		switch {
		case h.Undecided:
			t.Undecided++
		case h.hasLine():
			t.Given++
			t.LineFen += h.LineFen
			given = append(given, float64(h.LineFen)/100)
		default:
			t.Without++
		}
		if h.Referred {
			t.Referred++
		}
	}
	slices.Sort(given)
	t.Median = quantile(given, .5)
	for _, p := range parcels {
		t.AreaHa += orZero(p.AreaHa)
		if p.Abstained {
			t.Abstained++
		}
		if p.ValidObservations == 0 {
			t.Unseen++
		}
	}
	return t
}

func currencyWords(code string) Words {
	if code == "CNY" {
		return Words{"元", "CNY"}
	}
	return Words{code, code}
}
