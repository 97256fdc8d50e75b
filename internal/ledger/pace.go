package ledger

import "time"

// Pace is how fast the units of one stage of a run come to their end.
type Pace struct {
	Progress
	Here   int           // worked on since the run was asked for; the others were done before
	Wall   time.Duration // from the first of these to the last sign of work
	Recent int           // finished within Window
	Window time.Duration // the last minutes, as far as the stage has been at work in them
}

// PerMinute is how many units were finished a minute of late; 0 where none was.
func (p Pace) PerMinute() float64 {
	if p.Recent == 0 || p.Window <= 0 {
		return 0
	}
	return float64(p.Recent) / p.Window.Minutes()
}

// Left estimates the time to the stage's end at the present pace. It is not ok
// where nothing has been finished of late.
func (p Pace) Left() (left time.Duration, ok bool) {
	if p.Open() == 0 {
		return 0, true
	}
	rate := p.PerMinute()
	if rate <= 0 {
		return 0, false
	}
	return time.Duration(float64(p.Open()) / rate * float64(time.Minute)), true
}

// Left estimates the time to the end of a run: at the present pace for stages
// that have begun, and as expected for the others. Where a stage has finished
// nothing of late it is not known, and that stage is named.
func Left(begun []Pace, expected map[string]time.Duration) (left time.Duration, unknown string) {
	known := map[string]bool{}
	for _, p := range begun {
		known[p.Stage] = true
		t, ok := p.Left()
		if !ok {
			return 0, p.Stage
		}
		left += t
	}
	for stage, t := range expected {
		if !known[stage] {
			left += t
		}
	}
	return left, ""
}
