package credit

import (
	"slices"
	"time"
)

// Instalment is what falls due on a day.
type Instalment struct {
	Date         Date `json:"date"`
	PrincipalFen Fen  `json:"principal_fen"`
	InterestFen  Fen  `json:"interest_fen"`
}

// Crops below this share of the expected revenue move no due date.
const leastDueShare = 0.10

// due is a crop's share of the principal and its day.
type due struct {
	on    Date
	share float64
}

// dueDays is how long after the end of its harvest a crop's loan falls due.
func (p Policy) dueDays(m Market) int {
	if m.Perishable {
		return p.DueDaysPerishable
	}
	return p.DueDaysGrain
}

// dues lists when the harvest's cash comes in, by day, shares adding up to 1.
// Without any revenue it is one day: the last harvest's.
func (s *simulation) dues(byCrop []float64) []due {
	var total, kept float64
	for _, v := range byCrop {
		total += v
	}
	var out []due
	last := s.c.AsOf.addDays(s.policy.LeastDays)
	for k, m := range s.c.Market {
		if m.EarnsNothing {
			continue
		}
		on := latest(m.HarvestEnd.addDays(s.policy.dueDays(m)), s.c.AsOf.addDays(s.policy.LeastDays))
		last = latest(last, on)
		if total > 0 && byCrop[k] >= leastDueShare*total {
			out = append(out, due{on, byCrop[k]})
			kept += byCrop[k]
		}
	}
	if len(out) == 0 {
		return []due{{last, 1}}
	}
	slices.SortStableFunc(out, func(a, b due) int { return a.on.t.Compare(b.on.t) })
	merged := out[:0]
	for _, d := range out {
		d.share /= kept
		if n := len(merged); n > 0 && merged[n-1].on == d.on {
			merged[n-1].share += d.share
			continue
		}
		merged = append(merged, d)
	}
	return merged
}

// term finds the years from the decision to the last due date. It needs the
// expected revenue alone, no draws.
func (s *simulation) term(l lens) ([]due, float64) {
	byCrop := make([]float64, len(s.c.Market))
	for i := range s.c.Parcels {
		v, x := s.view(i, l), s.plots[i]
		for k, c := range x.crops {
			byCrop[c.market] += float64(float64(v.area*v.q) * float64(x.chance(k, l)*x.gross(k, &s.c.Parcels[i], l)))
		}
	}
	d := s.dues(byCrop)
	return d, float64(s.c.AsOf.daysUntil(d[len(d)-1].on)) / daysPerYear
}

// schedule splits a line over the dues in whole yuan, the rest with the last,
// with interest of apr on what is outstanding (actual/365), paid on the
// policy's quarter days and with each principal.
func (s *simulation) schedule(line Fen, apr float64, dues []due) []Instalment {
	if line <= 0 {
		return nil
	}
	last := dues[len(dues)-1].on
	principal := map[Date]Fen{}
	left := line
	for i, d := range dues {
		part := RoundFen(float64(line.Yuan() * d.share)).FloorTo(FenPerYuan)
		if i == len(dues)-1 || part > left {
			part = left
		}
		principal[d.on] += part
		left -= part
	}
	days := s.interestDays(last)
	for _, d := range dues {
		if !slices.Contains(days, d.on) {
			days = append(days, d.on)
		}
	}
	slices.SortFunc(days, func(a, b Date) int { return a.t.Compare(b.t) })
	var out []Instalment
	outstanding, from := line, s.c.AsOf
	for _, on := range days {
		interest := RoundFen(float64(float64(outstanding.Yuan()*apr)*float64(from.daysUntil(on))) / daysPerYear)
		out = append(out, Instalment{on, principal[on], interest})
		outstanding -= principal[on]
		from = on
	}
	return out
}

// interestDays are the policy's days of March, June, September and December
// after the decision and before last.
func (s *simulation) interestDays(last Date) []Date {
	var out []Date
	if s.policy.InterestDay == 0 {
		return nil
	}
	for y := s.c.AsOf.t.Year(); y <= last.t.Year(); y++ {
		for _, m := range []time.Month{time.March, time.June, time.September, time.December} {
			d := Date{time.Date(y, m, s.policy.InterestDay, 0, 0, 0, 0, time.UTC)}
			if s.c.AsOf.before(d) && d.before(last) {
				out = append(out, d)
			}
		}
	}
	return out
}
