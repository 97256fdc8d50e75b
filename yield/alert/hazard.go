package alert

import (
	"math"
	"slices"
	"time"
)

// Cause is a hazard that clear pictures show on a parcel this season.
type Cause struct {
	Kind    string  `json:"kind"`    // drought, flood, frost, heat, green_loss
	From    string  `json:"from"`    // YYYY-MM-DD: the earliest day on which it can have begun
	To      string  `json:"to"`      // YYYY-MM-DD: last day on which it was seen
	Fall    float64 `json:"fall"`    // NDVI that the parcel fell beyond its crop's parcels; 0: not measured
	Spreads float64 `json:"spreads"` // the same in spreads of that day
	Loss    float64 `json:"loss"`    // share of the yield
	ZH      string  `json:"zh"`
	EN      string  `json:"en"`
}

// The hazards that raise alerts by themselves. Frost and heat only explain:
// how many false alerts they would raise has not been measured.
const (
	causeDrought   = "drought"
	causeFlood     = "flood"
	causeGreenLoss = "green_loss"
)

// need is what a hazard must show on the dates up to now to raise an alert.
type need struct {
	spreads, low float64
	dates, days  int
	place        bool // that the parcel's own place before it is known
}

func (r Rules) need(kind string) (need, bool) {
	switch kind {
	case causeFlood, causeGreenLoss:
		return need{spreads: r.HazardSpreads, low: r.HazardLow, dates: r.Dates, place: true}, true
	case causeDrought:
		return need{spreads: r.DroughtSpreads, low: r.DroughtLow, dates: r.DroughtDates, days: r.DroughtDays}, true
	}
	return need{}, false
}

// struck is the finding of a hazard that goes on, nil where there is none. Its
// parcel may lie inside the band: what it fell is judged by the hazard, against
// its own place in the county's plane, and the band only shows that it stays
// low on clear dates of a crop that does not ripen. seen are the parcel's dates
// of its crop's growth.
func (w *watch) struck(i int, seen []sight) *Finding {
	if len(seen) == 0 {
		return nil
	}
	for _, h := range slices.Backward(w.Parcels[i].Hazards) {
		n, ok := w.rules.need(h.Kind)
		if !ok || h.Fall < w.rules.LeastLoss || h.Spreads < n.spreads {
			continue
		}
		low := w.rules.lowSince(h, n, seen)
		if low == nil || low[0].band.ripening {
			continue
		}
		from, err := time.Parse(time.DateOnly, h.From)
		if err != nil || low[len(low)-1].date.Sub(from) < time.Duration(n.days)*24*time.Hour {
			continue
		}
		f := w.finding(i, low)
		f.Kind, f.Evidence.Cause = Struck, &h
		return f
	}
	return nil
}

// lowSince are the dates since a hazard began on which its parcel lay low, the
// newest of all among them; nil where they are too few or where it lay low
// before. Dates enough in a row that are not low begin them anew.
func (r Rules) lowSince(h Cause, n need, seen []sight) []sight {
	var places []float64
	var low []sight
	back := 0
	for _, s := range seen {
		switch {
		case s.date.Format(time.DateOnly) < h.From:
			places = append(places, s.z)
		case s.z <= -n.low:
			low, back = append(low, s), 0
		default:
			if back++; back >= r.Dates {
				low = nil
			}
		}
	}
	if len(low) < n.dates || back > 0 || (n.place && len(places) < r.OwnDates) {
		return nil
	}
	for k := range low {
		s := &low[k]
		s.own, s.expect = r.ownPlace(places, s.band)
		if math.IsNaN(s.own) {
			s.own, s.expect = 0, s.band.median
		}
	}
	if low[0].own < r.OwnFloor {
		return nil
	}
	return low
}

// merged is one finding of what a parcel's band and its hazards tell of one
// episode: of the kind that is known already, else of the band's.
func (w *watch) merged(i int, t track, known map[key]Finding) *Finding {
	id := w.Parcels[i].ID
	f := t.left
	if f == nil {
		f = t.struck
	}
	if f == nil {
		return nil
	}
	if t.left != nil && t.struck != nil {
		f.Evidence.Cause = t.struck.Evidence.Cause
		if t.struck.First.Before(f.First) {
			f.First = t.struck.First
		}
	}
	if f.Evidence.Cause == nil {
		f.Evidence.Cause = causeOf(w.Parcels[i].Hazards, f)
	}
	left, isLeft := known[key{id, LeftBand}]
	old, isStruck := known[key{id, Struck}]
	switch {
	case isLeft:
		f.Kind, old = LeftBand, left
	case isStruck:
		f.Kind = Struck
	}
	if f.Evidence.Cause == nil && f.Kind == Struck {
		f.Evidence.Cause = old.Evidence.Cause
	}
	return f
}

// causeOf is the hazard with the greatest loss among those of a finding's days.
func causeOf(all []Cause, f *Finding) *Cause {
	var out *Cause
	for k, h := range all {
		if h.From <= f.Last.Format(time.DateOnly) && h.To >= f.First.Format(time.DateOnly) && (out == nil || h.Loss > out.Loss) {
			out = &all[k]
		}
	}
	return out
}
