package lending

import (
	"parus/credit"
)

const daysPerYear = 365 // actual/365, as the engine's schedules

// Schedule is a decision's schedule for another line than its own: on the same
// days, principal in the same parts (whole yuan, the rest with the last) and
// interest on what is outstanding from the day of the decision. For the
// decision's own line it is the decision's own. One without a schedule, since it
// had no line, is paid back at once on the due date.
func Schedule(d credit.Decision, line credit.Fen) []credit.Instalment {
	out := []credit.Instalment{}
	if line <= 0 {
		return out
	}
	if line == d.LineFen && len(d.Schedule) > 0 {
		return append(out, d.Schedule...)
	}
	days := d.Schedule
	if d.LineFen <= 0 || len(days) == 0 {
		days = []credit.Instalment{{Date: d.DueDate}}
	}
	outstanding, from := line, d.AsOf
	for i, x := range days {
		principal := outstanding
		if i < len(days)-1 {
			part := credit.RoundFen(float64(line.Yuan() * (float64(x.PrincipalFen) / float64(d.LineFen)))).FloorTo(credit.FenPerYuan)
			principal = min(outstanding, part)
		}
		n := x.Date.Time().Sub(from.Time()).Hours() / 24
		interest := credit.RoundFen(float64(float64(outstanding.Yuan()*d.APR)*n) / daysPerYear)
		out = append(out, credit.Instalment{Date: x.Date, PrincipalFen: principal, InterestFen: interest})
		outstanding -= principal
		from = x.Date
	}
	return out
}

// ScheduleOf is the schedule of another line than the one that was offered: of
// what an approver has granted.
func (o Outcome) ScheduleOf(line credit.Fen) []credit.Instalment {
	return Schedule(credit.Decision{LineFen: o.Offer.LineFen, APR: o.APR, AsOf: o.AsOf, DueDate: o.DueDate, Schedule: o.Schedule}, line)
}
