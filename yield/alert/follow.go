package alert

import (
	"math"
	"slices"
	"time"
)

// track is what was seen of one parcel against its county's band.
type track struct {
	left   *Finding    // it is outside; nil: it is not
	struck *Finding    // a hazard goes on; nil: none does
	back   []time.Time // clear dates at the end on which it was inside
}

// backSince returns the clear date by which the parcel had been inside on n
// dates after the given one.
func (t track) backSince(last time.Time, n int) (time.Time, bool) {
	after := slices.IndexFunc(t.back, last.Before)
	if after < 0 || len(t.back)-after < n {
		return time.Time{}, false
	}
	return t.back[after+n-1], true
}

// sight is a parcel on a clear date of its crop's growth.
type sight struct {
	date   time.Time
	v, z   float64
	valid  float64
	band   band
	own    float64 // where it stood before, in spreads; NaN: not known
	expect float64 // NDVI that its own place lets expect
}

// follow goes through a parcel's clear dates in order.
func (w *watch) follow(i int) track {
	p, r := &w.Parcels[i], w.rules
	var t track
	if p.Crop == "" {
		return t
	}
	var before []float64 // places in the band while inside
	var out []sight      // dates outside that go on
	var seen []sight     // dates of growth
	grows := false       // the crop still does, on the last clear date
	confirmed := false
	for k, d := range p.Dates {
		b, ok := w.bands[place{p.Crop, dayOf(d)}]
		if !ok || !w.clear(p, k) {
			continue
		}
		if grows = b.growing; !grows {
			continue
		}
		s := sight{date: d, v: p.NDVI[k], z: (p.NDVI[k] - b.median) / b.spread, valid: p.Valid[k], band: b}
		seen = append(seen, s)
		s.own, s.expect = r.ownPlace(before, b)
		if r.outside(s) {
			out, t.back = append(out, s), nil
			confirmed = confirmed || r.enough(out) || w.strong(i, s)
			continue
		}
		inside := s.z >= -r.Back || s.z >= s.own-1
		if inside {
			t.back = append(t.back, d)
		} else {
			t.back = nil
		}
		switch {
		case !confirmed: // an outlier of one date
			out = nil
		case len(t.back) >= r.Dates:
			out, confirmed = nil, false
		}
		if inside && out == nil {
			before = append(before, s.z)
		}
	}
	if confirmed {
		t.left = w.finding(i, out)
	}
	if grows {
		t.struck = w.struck(i, seen)
	}
	return t
}

// ownPlace is the median of a parcel's last places inside the band, at most the
// county's median: who stood above it has not left by coming back to it.
func (r Rules) ownPlace(before []float64, b band) (own, expect float64) {
	const last = 6 // about a month of clear dates
	if len(before) < r.OwnDates {
		return math.NaN(), math.NaN()
	}
	v := slices.Clone(before[max(0, len(before)-last):])
	slices.Sort(v)
	own = math.Min(0, quantile(v, 0.5))
	return own, b.median + own*b.spread
}

// outside tells whether a parcel that was inside the band is not on this date.
func (r Rules) outside(s sight) bool {
	return s.own >= r.OwnFloor && s.z <= -r.Leave && s.z <= s.own-r.Fall && s.expect-s.v >= r.LeastLoss
}

// enough tells whether the last dates outside, taken together, are.
func (r Rules) enough(out []sight) bool {
	if len(out) < r.Dates {
		return false
	}
	sum := 0.0
	for _, s := range out[len(out)-r.Dates:] {
		sum += s.z
	}
	return sum <= -r.LeaveMean*float64(r.Dates)
}

// strong tells whether a single date is enough: a loss that no haze explains,
// seen all over the parcel, which neighbours share.
func (w *watch) strong(i int, s sight) bool {
	r := w.rules
	if w.Parcels[i].Blue == nil || s.z > -r.StrongLeave || s.expect-s.v < r.StrongLoss || s.valid < r.StrongClear {
		return false
	}
	seen, outside := w.neighbours(i, dayOf(s.date))
	return seen > 1 && float64(outside) >= r.NeighbourShare*float64(seen)
}

func (w *watch) finding(i int, out []sight) *Finding {
	p := &w.Parcels[i]
	last := out[len(out)-1]
	f := &Finding{ParcelID: p.ID, Kind: LeftBand, Crop: p.Crop, First: out[0].date, Last: last.date}
	f.Strength = math.Max(0, math.Min(1, (last.expect-last.v)/math.Max(0.1, last.expect-w.rules.BareGround)))
	f.Strength = round(f.Strength, 1e3)
	f.Evidence.Own = round(out[0].own, 1e2)
	for _, s := range out {
		f.Evidence.LowestZ = math.Min(f.Evidence.LowestZ, round(s.z, 1e2))
		f.Evidence.Dates = append(f.Evidence.Dates, Point{Date: s.date.Format(time.DateOnly), NDVI: round(s.v, 1e4),
			Median: round(s.band.median, 1e4), P10: round(s.band.p10, 1e4), Z: round(s.z, 1e2)})
	}
	f.Evidence.Neighbours, f.Evidence.Outside = w.neighbours(i, dayOf(out[0].date))
	return f
}

func round(v, steps float64) float64 { return math.Round(v*steps) / steps }
