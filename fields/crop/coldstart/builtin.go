package coldstart

import (
	"fmt"
	"slices"
	"time"

	"parus/fields/catalogue"
)

// Scope says which curves are wanted.
type Scope struct {
	Crops      []string  // catalogue codes; none: all
	Start, End time.Time // of the season; crops that are not harvested in it are left out

	denseOnly bool // curves of closed stands alone
}

func (s Scope) stands() int {
	if s.denseOnly {
		return 1
	}
	return 3
}

// The built-in curves are NDVI alone, the one index that every optical sensor
// gives. A difference of ndviScale costs 1, as much as days apart by more than
// the weight's midpoint can: between soil and a closed canopy lie four of them.
const (
	stepDays  = 8
	ndviScale = .2
)

// How far the built-in curves may be believed. They are chosen, not fitted: no
// labels of a county stand behind its calendar. A distance of .2, a
// fifth of what lies between days whose NDVI differs by ndviScale, gives odds of
// five to one; docs/results.md says how that turns out.
const (
	builtinSharpness = 8.
	builtinDoubt     = .1
	builtinAbstain   = .6
	builtinFarthest  = 1.2
)

// A crop is of the season where its harvest begins at most graceDays after the
// end and half of its canopy has grown at most so long before the start: a crop
// sown in spring counts for summer, one harvested as summer begins does not.
const graceDays = 20

// Builtin makes curves of the catalogue's calendars: for each crop early, usual
// and late ones with a dense and a thin canopy. Fallow and unused land have
// curves of their own. Crops whose season is another are left out; where fewer
// than two remain the error says so.
func Builtin(cat catalogue.Catalogue, s Scope) (*Patterns, error) {
	p, err := builtinCurves(cat, s)
	if err != nil {
		return nil, err
	}
	s.denseOnly = true // thin stands of all crops are alike
	dense, err := builtinCurves(cat, s)
	if err != nil {
		return nil, err
	}
	p.Ties = dense.ties()
	return p, nil
}

func builtinCurves(cat catalogue.Catalogue, s Scope) (*Patterns, error) {
	p := &Patterns{
		Format: Format, Source: "calendars of the crop catalogue", Layers: []string{"ndvi"}, Scale: []float64{ndviScale}, StepDays: stepDays,
		Weight:    Weight{Steepness: steepness, MidpointDays: midpointDays},
		Sharpness: builtinSharpness, Doubt: builtinDoubt, AbstainBelow: builtinAbstain, Farthest: builtinFarthest,
	}
	codes := s.Crops
	if len(codes) == 0 {
		codes = cat.Codes()
	}
	for _, code := range codes {
		c, err := cat.Crop(code)
		if err != nil {
			return nil, fmt.Errorf("crop patterns: %w", err)
		}
		p.Curves = append(p.Curves, curvesOf(c, s)...)
	}
	if len(p.Classes()) < 2 {
		return nil, fmt.Errorf("crop patterns: of %v only %v grow between %s and %s: name more crops of the season, or give a crop model",
			codes, p.Classes(), s.Start.Format(time.DateOnly), s.End.Format(time.DateOnly))
	}
	return p, nil
}

// curvesOf are the curves of one crop, none where it is not of the season.
func curvesOf(c catalogue.Crop, s Scope) []Curve {
	if v, ok := perennial(c.Code); ok {
		return []Curve{yearLong(c.Code, v[0]), yearLong(c.Code, v[1])}
	}
	sow, harvest, ok := spanOf(c, s.Start)
	if !ok || (!s.End.IsZero() && harvest[0].After(s.End.AddDate(0, 0, graceDays))) {
		return nil
	}
	var out []Curve
	for _, q := range []float64{0, .5, 1} {
		from, to := between(sow, q), between(harvest, q)
		shape := canopyOf(c.Code, from, to)
		if green := from.AddDate(0, 0, int(shape.half()*days(from, to))); green.Before(s.Start.AddDate(0, 0, -graceDays)) {
			continue
		}
		for _, peak := range []float64{shape.dense, shape.thin, sparseNDVI}[:s.stands()] {
			out = append(out, annual(c.Code, from, to, shape, peak))
		}
	}
	return out
}

// spanOf places the ranges of sowing and harvest in the season that starts on a
// day (zero: any year).
func spanOf(c catalogue.Crop, start time.Time) (sow, harvest [2]time.Time, ok bool) {
	if start.IsZero() {
		start = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if harvest[1], ok = c.HarvestEnd(start); !ok {
		return sow, harvest, false
	}
	for i, mmdd := range []string{c.Harvest.From, c.Sowing.To, c.Sowing.From} {
		d, err := time.Parse("01-02", mmdd)
		if err != nil {
			return sow, harvest, false
		}
		after := [...]time.Time{harvest[1], harvest[0], sow[1]}[i]
		at := time.Date(after.Year(), d.Month(), d.Day(), 0, 0, 0, 0, time.UTC)
		if at.After(after) {
			at = at.AddDate(-1, 0, 0)
		}
		switch i {
		case 0:
			harvest[0] = at
		case 1:
			sow[1] = at
		default:
			sow[0] = at
		}
	}
	return sow, harvest, true
}

func days(from, to time.Time) float64 { return to.Sub(from).Hours() / 24 }

func between(r [2]time.Time, q float64) time.Time {
	return r[0].AddDate(0, 0, int(q*days(r[0], r[1])+.5))
}

// tieBelow is the distance between the nearest curves of two classes under which
// they are held to share a calendar: a quarter of what lies between a closed
// canopy and bare soil over a third of the season.
const tieBelow = .12

// ties puts each class, in order, to the first set all of whose members are as
// near to it as that.
func (p *Patterns) ties() []Tie {
	w := newWarper(p.Weight)
	var sets []Tie
next:
	for _, name := range p.Classes() {
		for i, t := range sets {
			if !slices.ContainsFunc(t, func(o string) bool { return p.apart(w, name, o) >= tieBelow }) {
				sets[i] = append(t, name)
				continue next
			}
		}
		sets = append(sets, Tie{name})
	}
	return slices.DeleteFunc(sets, func(t Tie) bool { return len(t) < 2 })
}

// apart is the greater of two classes' mean distances from each curve of one to
// the nearest of the other, on the days that a curve has.
func (p *Patterns) apart(w *warper, a, b string) float64 {
	return max(p.oneWay(w, a, b), p.oneWay(w, b, a))
}

func (p *Patterns) oneWay(w *warper, from, to string) float64 {
	sum, n := 0.0, 0.0
	for _, c := range p.Curves {
		if c.Class != from {
			continue
		}
		at := c.track(p.StepDays, []float64{0})
		least := 2.
		for _, o := range p.Curves {
			if o.Class == to {
				least = min(least, w.distance(at, o.track(p.StepDays, at.days), p.Scale))
			}
		}
		sum, n = sum+least, n+1
	}
	return sum / n
}
