package yield

import (
	"math"
	"slices"
)

// spell is what a contrast is of: places that have the same share it.
type spell struct {
	kind     string
	from, to int
}

func (e weather) spell() spell { return spell{e.kind, e.from, e.to} }

// windows are the days before and after a spell whose looks are compared: frost
// and heat show within days, a drought over its length.
func (e weather) windows() (before, after [2]int) {
	switch e.kind {
	case HazardDrought:
		return [2]int{e.from - 25, e.from + 10}, [2]int{e.to - 14, e.to + 4}
	case HazardHeat:
		return [2]int{e.from - 25, e.from - 1}, [2]int{e.to + 3, e.to + 10}
	case HazardFlood:
		return [2]int{e.from - 30, e.from - 1}, [2]int{e.to + 1, e.to + 25}
	}
	return [2]int{e.from - 30, e.from - 1}, [2]int{e.to + 3, e.to + 18}
}

// across is the mean place in the band before and after a spell; n counts the
// looks after it. ok is false where either side was not seen.
func across(looks []look, e weather) (before, after float64, n int, ok bool) {
	b, a := e.windows()
	m := 0
	for j := len(looks) - 1; j >= 0; j-- {
		switch l := looks[j]; {
		case l.day >= a[0] && l.day <= a[1]:
			after, n = after+l.dev, n+1
		case l.day >= b[0] && l.day <= b[1] && m < baseLooks:
			before, m = before+l.dev, m+1
		}
	}
	if m == 0 || n == 0 {
		return 0, 0, n, false
	}
	return before / float64(m), after / float64(n), n, true
}

// contrast is how a crop's parcels stand in the band later, given where they
// stood before and how early they rose: after = centre + slope·before +
// lead·early, with the robust SD of what that leaves open. A slope under 1 says
// how far differences fade by themselves, a lead under 0 that fields which rose
// early turn early.
type contrast struct{ centre, slope, lead, sd float64 }

// stood is a parcel before and after something.
type stood struct{ before, early, after float64 }

// expected is where a parcel that nothing befell would stand.
func (c contrast) expected(before, early float64) float64 {
	return c.centre + c.slope*before + c.lead*early
}

// contrasts fits every spell's, over the crop's parcels in all of the county.
func (d *detector) contrasts() {
	d.contrast = map[spell]contrast{}
	tried := map[spell]bool{}
	for _, events := range d.events {
		for _, e := range events {
			if tried[e.spell()] {
				continue
			}
			tried[e.spell()] = true
			all := make([]stood, 0, len(d.looks))
			for k, looks := range d.looks {
				if b, a, _, ok := across(looks, e); ok {
					all = append(all, stood{b, d.early[k], a})
				}
			}
			if c, ok := fitContrast(all); ok {
				d.contrast[e.spell()] = c
			}
		}
	}
}

// fitContrast is least squares, twice more without what lies beyond two and a
// half robust SDs, so that the harmed do not bend the plane.
func fitContrast(all []stood) (contrast, bool) {
	if len(all) < leastPeers {
		return contrast{}, false
	}
	c := contrast{sd: math.Inf(1)}
	left := make([]float64, len(all))
	for range 3 {
		c.regress(all)
		for i, s := range all {
			left[i] = s.after - c.slope*s.before - c.lead*s.early
		}
		s, _ := spreadOf(left)
		c.centre, c.sd = s.centre, s.sd
	}
	return c, true
}

// regress solves the normal equations of the two slopes over the parcels that
// lie near the plane; a little ridge keeps them from running apart where both
// say the same.
func (c *contrast) regress(all []stood) {
	const ridge = 1e-4
	var n, b, e, a, bb, be, ee, ab, ae float64
	for _, s := range all {
		if math.Abs(s.after-c.expected(s.before, s.early)) > 2.5*c.sd {
			continue
		}
		n, b, e, a = n+1, b+s.before, e+s.early, a+s.after
		bb, be, ee = bb+s.before*s.before, be+s.before*s.early, ee+s.early*s.early
		ab, ae = ab+s.after*s.before, ae+s.after*s.early
	}
	if n < leastPeers {
		return
	}
	bb, be, ee = bb/n-b*b/n/n+ridge, be/n-b*e/n/n, ee/n-e*e/n/n+ridge
	ab, ae = ab/n-a*b/n/n, ae/n-a*e/n/n
	if det := bb*ee - be*be; det > 0 {
		c.slope, c.lead = (ab*ee-ae*be)/det, (ae*bb-ab*be)/det
	}
}

// lossKeys are the thresholds that turn green lost into yield lost, by kind.
func lossKey(kind string) string {
	switch kind {
	case HazardDrought:
		return "drought_yield"
	case HazardFlood:
		return "flood_yield"
	case HazardHeat:
		return "heat_yield"
	}
	return "frost_yield"
}

// byWeather tells whether pictures show that a spell harmed the parcel.
func (d *detector) byWeather(k int, e weather) (Hazard, bool) {
	looks := d.looks[k]
	s, known := d.contrast[e.spell()]
	b, a, n, seen := across(looks, e)
	if !known || !seen {
		return Hazard{}, false
	}
	net := s.expected(b, d.early[k]) - a
	spreadKey := "event_sigmas"
	switch e.kind {
	case HazardDrought:
		spreadKey = "drought_sigmas"
	case HazardFlood:
		spreadKey = "flood_sigmas"
	}
	sigmas, least := net/s.sd, d.limit(spreadKey)
	if n == 1 {
		least += 1.5
	}
	var w Evidence
	if e.kind == HazardFlood {
		seen, wet := d.water(looks, e.from-1, e.to+25)
		if !wet {
			return Hazard{}, false
		}
		w = seen
	}
	if net < d.limit("event_drop") || sigmas < least {
		return Hazard{}, false
	}
	_, after := e.windows()
	day, ndvi := d.middle(looks, after)
	if d.band.mid[day] < d.limit("green_from") {
		return Hazard{}, false
	}
	share := leafLost(ndvi+net, ndvi)
	evidence := append(slices.Clone(e.evidence), d.evidence("ndvi_fall", net, "event_drop", day), d.evidence("ndvi_fall_spread", sigmas, spreadKey, day))
	from, to := e.from, e.to
	switch e.kind {
	case HazardDrought:
		vci := d.band.vci(day, ndvi)
		if vci > d.limit("drought_vci") || steep(looks, e.from+3, e.to+4) {
			return Hazard{}, false
		}
		evidence = append(evidence, d.evidence("vci", vci, "drought_vci", day))
	case HazardFlood:
		evidence = append(evidence, w)
		to = e.to + 20
	default:
		if !d.beganWith(looks, e, b, net) || (share > 0.75 && e.severity < 0.8) {
			return Hazard{}, false
		}
		to = e.to + 3
	}
	return d.hazard(k, e.kind, lossKey(e.kind), math.Min(1, share), from, min(to, d.in.Season.Days()-1), b, evidence), true
}

// middle is the day and the mean NDVI of the looks in a span.
func (d *detector) middle(looks []look, span [2]int) (day int, ndvi float64) {
	n := 0
	for _, l := range looks {
		if l.day >= span[0] && l.day <= span[1] {
			day, ndvi, n = day+l.day, ndvi+l.ndvi, n+1
		}
	}
	return day / n, ndvi / float64(n)
}

// steep tells whether most of a parcel's fall within a span came between two
// looks a few days apart, as no drought does it.
func steep(looks []look, from, to int) bool {
	const near, most = 14, 0.6
	high, low, step := math.Inf(-1), math.Inf(1), 0.0
	for j, l := range looks {
		if l.day < from || l.day > to {
			continue
		}
		high, low = math.Max(high, l.dev), math.Min(low, l.dev)
		if j > 0 && looks[j-1].day >= from && l.day-looks[j-1].day <= near {
			step = math.Max(step, looks[j-1].dev-l.dev)
		}
	}
	return high > low && step >= most*(high-low)
}

// beganWith tells whether the fall began with the spell: the last look before
// stands where the parcel stood, and the first after shows much of the fall.
func (d *detector) beganWith(looks []look, e weather, base, net float64) bool {
	for j, l := range looks {
		if l.day < e.from+2 {
			continue
		}
		if j == 0 {
			return false
		}
		before := base - looks[j-1].dev
		for ; j < len(looks) && looks[j].day < e.to+3; j++ {
			continue
		}
		return j < len(looks) && before <= held*net+0.02 && base-looks[j].dev >= held*net
	}
	return false
}

// tellable is the fall that a spell's contrast must be able to tell for clear
// pictures to deny the harm: a crop that ripens hides more.
const tellable = 0.15

// unseen is a spell that harms the crop by its date and that no clear picture
// tells of yet, or can. It moves no yield; credit takes its expected loss off.
func (d *detector) unseen(k int, e weather) (Hazard, bool) {
	if e.loss == 0 {
		return Hazard{}, false
	}
	_, after := e.windows()
	if s, ok := d.contrast[e.spell()]; ok && d.limit("event_sigmas")*s.sd <= tellable {
		for _, s := range d.in.Parcels[d.parcels[k]].Sightings {
			if s.Day >= after[0] && s.Day <= after[1] {
				return Hazard{}, false
			}
		}
	}
	return Hazard{Kind: e.kind, From: d.in.date(max(0, e.from)), To: d.in.date(e.to), Strength: round4(e.severity), Loss: round4(e.loss),
		LossSD: d.limit("loss_sd"), Evidence: e.evidence}, true
}
