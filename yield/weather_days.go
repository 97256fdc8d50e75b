package yield

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// dayRecord is one day at one point.
type dayRecord struct {
	day              int64
	value, low, high float64
}

// days knows how a variable's times make days.
type days struct {
	v          GridVariable
	sum        bool
	hourly     bool
	cumulative bool
	expected   int // values of a whole day
	shift      time.Duration
	word       string
}

func newDays(v GridVariable, q quantity) days {
	d := days{v: v, sum: q.sum && !rate(v.Unit), expected: 1}
	if len(v.Times) < 2 {
		return d
	}
	gaps := make([]time.Duration, 0, len(v.Times)-1)
	for i := 1; i < len(v.Times); i++ {
		gaps = append(gaps, v.Times[i].Sub(v.Times[i-1]))
	}
	slices.Sort(gaps)
	usual := gaps[len(gaps)/2]
	if usual >= 20*time.Hour || usual <= 0 {
		return d
	}
	d.hourly, d.expected = true, int(24*time.Hour/usual)
	d.shift = time.Duration(math.Round(v.Lon[len(v.Lon)/2]/15)) * time.Hour
	d.word = fmt.Sprintf("%d values a day made into days of the sun's time, UTC%+d", d.expected, int(d.shift.Hours()))
	if d.sum {
		d.shift -= usual / 2 // a sum is of the hours before its time
		if d.cumulative = d.runsUp(); d.cumulative {
			d.word += "; each day runs up from 0 h UTC, differences were taken"
		}
	}
	return d
}

// runsUp tells whether values grow from 1 h to 24 h UTC of every day and begin
// anew, as ERA5-Land's do.
func (d days) runsUp() bool {
	grew, fell := 0, 0
	for i := 1; i < len(d.v.Times); i++ {
		if d.v.Times[i-1].Hour() == 0 {
			continue // begins anew
		}
		for k := range d.v.Values[i] {
			switch a, b := d.v.Values[i-1][k], d.v.Values[i][k]; {
			case b > a:
				grew++
			case b < a-1e-9:
				fell++
			}
		}
	}
	return grew > 0 && fell*100 < grew
}

// of makes the days of one point, in order.
func (d days) of(point int) []dayRecord {
	var out []dayRecord
	n := 0
	end := func() {
		if n == 0 {
			return
		}
		r := &out[len(out)-1]
		if 4*n < 3*d.expected {
			out = out[:len(out)-1]
		} else if !d.sum {
			r.value /= float64(n)
		}
	}
	for i, at := range d.v.Times {
		x := d.v.Values[i][point]
		if d.cumulative && i > 0 && d.v.Times[i-1].Hour() != 0 {
			x -= d.v.Values[i-1][point]
		}
		if math.IsNaN(x) {
			continue
		}
		day := int64(math.Floor(float64(at.Add(d.shift).Unix()) / 86_400))
		if len(out) == 0 || out[len(out)-1].day != day || n == 0 {
			end()
			out, n = append(out, dayRecord{day: day, low: x, high: x}), 0
		}
		r := &out[len(out)-1]
		r.value, r.low, r.high, n = r.value+x, math.Min(r.low, x), math.Max(r.high, x), n+1
	}
	end()
	return out
}
