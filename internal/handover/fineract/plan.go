package fineract

import (
	"fmt"
	"math"
	"time"

	"parus/credit"
	"parus/internal/handover"
)

// Period is one instalment.
type Period struct {
	Due                 credit.Date
	Principal, Interest credit.Fen
}

// plan is what a loan's schedule has to be.
type plan struct {
	from    credit.Date // paid out
	amount  credit.Fen
	apr     float64
	periods []Period
}

const daysPerYear = 365 // actual/365, as the engine's schedules and a product of daysInYearType 365

// newPlan lays a line's schedule out from the day on which it is paid out. Days
// and principal stay; interest runs from that day, not from the decision's, on
// what is outstanding.
func newPlan(l *handover.Line, from credit.Date) (plan, error) {
	p := plan{from: from, amount: l.AmountFen, apr: l.APR}
	outstanding, since := l.AmountFen, from
	for _, x := range l.Schedule {
		if !x.Date.Time().After(from.Time()) {
			if x.PrincipalFen != 0 {
				return p, handover.Permanent("%s would have been due on %s, before it is paid out on %s", x.PrincipalFen, x.Date, from)
			}
			continue // interest of days before there was a loan
		}
		interest := credit.RoundFen(float64(float64(outstanding.Yuan()*l.APR)*float64(days(since, x.Date))) / daysPerYear)
		p.periods = append(p.periods, Period{x.Date, x.PrincipalFen, interest})
		outstanding -= x.PrincipalFen
		since = x.Date
	}
	if outstanding != 0 || len(p.periods) == 0 || l.AmountFen <= 0 {
		return p, handover.Permanent("the line's schedule does not add up to its amount: %s are left", outstanding)
	}
	return p, nil
}

func days(from, to credit.Date) int { return int(math.Round(to.Time().Sub(from.Time()).Hours() / 24)) }

// grace is how many instalments come before the first principal.
func (p plan) grace() int {
	for i, x := range p.periods {
		if x.Principal != 0 {
			return i
		}
	}
	return 0
}

// every is the even distance that comes closest to the plan's days: what
// Fineract lays out before it is told the days themselves.
func (p plan) every() int {
	n := len(p.periods)
	return max(1, days(p.from, p.periods[n-1].Due)/n)
}

// differences tells in what a schedule is not the plan, "" where it is.
func (p plan) differences(got []Period, tolerance credit.Fen) string {
	if len(got) != len(p.periods) {
		return fmt.Sprintf("%d instalments for our %d", len(got), len(p.periods))
	}
	for i, want := range p.periods {
		switch g := got[i]; {
		case g.Due != want.Due:
			return fmt.Sprintf("instalment %d falls due on %s for our %s", i+1, g.Due, want.Due)
		case g.Principal != want.Principal:
			return fmt.Sprintf("instalment %d, due %s, has principal %s for our %s", i+1, g.Due, g.Principal, want.Principal)
		case max(g.Interest-want.Interest, want.Interest-g.Interest) > tolerance:
			return fmt.Sprintf("instalment %d, due %s, has interest %s for our %s", i+1, g.Due, g.Interest, want.Interest)
		}
	}
	return ""
}

// dayOf is the bank's day of an instant.
func (c Config) dayOf(at time.Time) credit.Date {
	zone, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		zone = time.UTC // checked when it was read
	}
	y, m, d := at.In(zone).Date()
	return credit.DateOf(time.Date(y, m, d, 0, 0, 0, 0, time.UTC))
}
