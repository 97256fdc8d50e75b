package yield

import "math"

// greenLoss is a fall of a parcel in its crop's band that lasted.
type greenLoss struct {
	good, first, last int     // looks: the last before, the first low one, the last low one
	base              float64 // place in the band before
	net               float64 // mean fall beyond what the crop's parcels fell, first month
	sigmas            float64 // the first low look's, in spreads of that day
	share             float64 // of the green that was to be there
	sudden            bool    // most of it came between two looks
}

// nearRipe is how many days before a crop turns early fields do: there a fall
// must be so much the clearer.
const nearRipe = 18

// ownFall is the part of a fall in the band that the parcel's own NDVI must
// fall by: a late field falls behind the others without losing a leaf.
const ownFall = 0.3

// held is the part of the first fall that must still be there later.
const held = 0.4

// fall is what a parcel fell in the band beyond its crop's median on a date,
// and in spreads of that date.
func (d *detector) fall(k int, l look, base float64) (net, sigmas float64) {
	s := d.spread[l.day]
	net = s.expected(base, d.early[k]) - l.dev
	return net, net / s.sd
}

// losses finds the lasting falls of a parcel between green-up and harvest. A
// fall counts once a second clear date shows it and none within green_hold_days
// denies it: haze and leftover cloud do not come back on every date, and no
// crop regrows that fast. The season's last look counts alone only where it is
// very clear.
func (d *detector) losses(k int) []greenLoss {
	looks := d.looks[k]
	var out []greenLoss
	for j := 2; j < len(looks); j++ {
		l := looks[j]
		if l.day < d.green || l.day > d.ripe || d.band.mid[l.day] < d.limit("green_from") {
			continue
		}
		b, ok := base(looks, j)
		if !ok {
			continue
		}
		times := 1.0
		if l.day > d.ripe-nearRipe {
			times = 1.6
		}
		net, sigmas := d.fall(k, l, b)
		if looks[j-1].ndvi-l.ndvi < ownFall*net { // behind the others, but growing
			continue
		}
		if net >= times*d.limit("green_drop") && sigmas >= times*d.limit("green_sigmas") {
			if g, lasted := d.lasting(k, j, b); lasted {
				out = append(out, g)
				j = g.last
			}
		}
	}
	return out
}

// lasting follows a fall from its first look on.
func (d *detector) lasting(k, j int, b float64) (greenLoss, bool) {
	looks := d.looks[k]
	first, sigmas := d.fall(k, looks[j], b)
	g := greenLoss{good: j - 1, first: j, last: j, base: b, sigmas: sigmas}
	sum, share, n, most, step, before := 0.0, 0.0, 0, 0.0, 0.0, 0.0
	for i := j; i < len(looks) && looks[i].day <= d.ripe; i++ {
		net, _ := d.fall(k, looks[i], b)
		if net < held*first {
			if looks[i].day-looks[j].day <= int(d.limit("green_hold_days")) {
				return g, false
			}
			break
		}
		g.last = i
		if looks[i].day-looks[j].day > 30 {
			continue
		}
		sum, n = sum+net, n+1
		share += leafLost(looks[i].ndvi+net, looks[i].ndvi)
		most, step, before = math.Max(most, net), math.Max(step, net-before), net
	}
	g.net, g.share = sum/float64(n), math.Min(1, share/float64(n))
	g.sudden = step >= 0.65*most && looks[j].day-looks[j-1].day <= 20
	if n > 1 {
		return g, true
	}
	return g, j == len(looks)-1 && first >= d.limit("green_clear_drop") && sigmas >= d.limit("green_clear_sigmas")
}

// byPictures is a fall that no weather explains.
func (d *detector) byPictures(k int, g greenLoss) Hazard {
	looks := d.looks[k]
	kind, key := HazardGreenLoss, "green_loss_yield"
	evidence := []Evidence{
		d.evidence("ndvi_fall", g.net, "green_drop", looks[g.first].day),
		d.evidence("ndvi_fall_spread", g.sigmas, "green_sigmas", looks[g.first].day),
	}
	if e, ok := d.water(looks, looks[g.good].day-2, looks[g.first].day+10); ok {
		kind, key, evidence = HazardFlood, "flood_yield", append(evidence, e)
	}
	return d.hazard(k, kind, key, g.share, looks[g.good].day+1, looks[g.last].day, g.base, evidence)
}

// water tells whether a date in a span shows water where there was none.
func (d *detector) water(looks []look, from, to int) (Evidence, bool) {
	dry, n := 0.0, 0
	for _, l := range looks {
		if math.IsNaN(l.water) || l.day > to {
			continue
		}
		if l.day < from {
			if from-l.day <= baseDays {
				dry, n = dry+l.water, n+1
			}
			continue
		}
		if rise := l.water - dry/math.Max(1, float64(n)); n > 0 && rise >= d.limit("flood_mndwi_rise") {
			if l.water >= d.limit("flood_mndwi") {
				return d.evidence("water", l.water, "flood_mndwi", l.day), true
			}
			return d.evidence("water_rise", rise, "flood_mndwi_rise", l.day), true
		}
	}
	return Evidence{}, false
}

// hazard puts a finding together that pictures show.
func (d *detector) hazard(k int, kind, lossKey string, share float64, from, to int, base float64, evidence []Evidence) Hazard {
	return Hazard{Kind: kind, From: d.in.date(from), To: d.in.date(max(from, to)), Strength: round4(math.Min(1, share)),
		Loss: round4(math.Max(0, math.Min(0.95, d.limit(lossKey)*share))), LossSD: d.limit("loss_sd"),
		Green: round4(d.missed(k, from, base)), Confirmed: true, Evidence: evidence}
}

// missed is the share of the season's light that the canopy did not take up
// from a day on, against a parcel that had kept its place in the band.
func (d *detector) missed(k, from int, base float64) float64 {
	var lost, all float64
	for day, v := range d.in.Parcels[d.parcels[k]].DailyNDVI {
		if day < d.from || v != v || math.IsNaN(d.band.mid[day]) {
			continue
		}
		whole := FPAR(d.band.mid[day] + base)
		all += whole
		if day >= from {
			lost += whole - FPAR(v)
		}
	}
	if all == 0 {
		return 0
	}
	return math.Max(0, math.Min(0.9, lost/all))
}
