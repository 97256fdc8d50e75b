package yield

import (
	"math"
	"time"

	"parus/fields/catalogue"
)

// weather is a spell that can harm the crop; days of the season.
type weather struct {
	kind     string
	from, to int
	severity float64 // 0..1
	loss     float64 // expected share of yield, where no picture tells
	evidence []Evidence
}

// weatherOf lists the spells of one place that fall into the crop's sensitive
// stages, in order of kind and date.
func (d *detector) weatherOf(w Weather) []weather {
	if len(w.Days) == 0 {
		return nil
	}
	out := d.wetSpells(w) // first: water is plain to see
	for _, s := range d.crop.Sensitive {
		from, to, ok := d.stage(s)
		if !ok {
			continue
		}
		switch s.Hazard {
		case "frost":
			out = append(out, d.frosts(w, from, to)...)
		case "dry_hot_wind":
			out = append(out, d.hotSpells(w, from, to, 1, d.dryHot)...)
		case "heat":
			out = append(out, d.hotSpells(w, from, to, int(d.limit("heat_days")), d.hot)...)
		case "drought":
			out = append(out, d.drySpells(w, from, to)...)
		}
	}
	return out
}

// stage is a sensitive stage in days of the season.
func (d *detector) stage(s catalogue.Stage) (from, to int, ok bool) {
	for _, year := range []int{d.in.Season.Start.Year(), d.in.Season.End.Year()} {
		a, err1 := time.Parse("01-02", s.From)
		b, err2 := time.Parse("01-02", s.To)
		if err1 != nil || err2 != nil {
			return 0, 0, false
		}
		start := time.Date(year, a.Month(), a.Day(), 0, 0, 0, 0, time.UTC)
		end := time.Date(year, b.Month(), b.Day(), 0, 0, 0, 0, time.UTC)
		if end.Before(start) {
			end = end.AddDate(1, 0, 0)
		}
		from, to = d.in.dayOf(start), d.in.dayOf(end)
		if to >= 0 && from < d.in.Season.Days() {
			return from, to, true
		}
	}
	return 0, 0, false
}

func (d *detector) day(w Weather, day int) (WeatherDay, bool) {
	return w.At(d.in.Season.Start.AddDate(0, 0, day))
}

// frosts are runs of nights under the threshold, at most three days apart.
func (d *detector) frosts(w Weather, from, to int) []weather {
	limit := d.limit("frost_tmin_c")
	var out []weather
	for day := from; day <= to; day++ {
		x, ok := d.day(w, day)
		if !ok || !(x.TMinC <= limit) {
			continue
		}
		under := limit - x.TMinC
		e := d.evidence("tmin_c", x.TMinC, "frost_tmin_c", day)
		loss := math.Min(0.5, d.limit("frost_loss_per_c")*(0.5+under))
		if n := len(out); n > 0 && day-out[n-1].to <= 3 {
			o := &out[n-1]
			o.to = day
			if severity := math.Min(1, 0.3+under/5); severity > o.severity {
				o.severity, o.loss, o.evidence = severity, loss, []Evidence{e}
			}
			continue
		}
		out = append(out, weather{HazardFrost, day, day, math.Min(1, 0.3+under/5), loss, []Evidence{e}})
	}
	return out
}

// dryHot tells a day of dry-hot wind with its evidence: temperature, and
// humidity and wind where they are known.
func (d *detector) dryHot(x WeatherDay, day int) ([]Evidence, bool) {
	if !(x.TMaxC >= d.limit("dry_hot_tmax_c")) {
		return nil, false
	}
	e := []Evidence{d.evidence("tmax_c", x.TMaxC, "dry_hot_tmax_c", day)}
	if rh := humidity(x); !math.IsNaN(rh) {
		if rh > d.limit("dry_hot_humidity") {
			return nil, false
		}
		e = append(e, d.evidence("humidity", rh, "dry_hot_humidity", day))
	}
	if !math.IsNaN(x.WindMPerSecs) {
		if x.WindMPerSecs < d.limit("dry_hot_wind_m_s") {
			return nil, false
		}
		e = append(e, d.evidence("wind_m_s", x.WindMPerSecs, "dry_hot_wind_m_s", day))
	}
	return e, true
}

// hot tells a day of heat.
func (d *detector) hot(x WeatherDay, day int) ([]Evidence, bool) {
	return []Evidence{d.evidence("tmax_c", x.TMaxC, "heat_tmax_c", day)}, x.TMaxC >= d.limit("heat_tmax_c")
}

// humidity is the relative humidity at the hour of the maximum, %, from the dew
// point (Tetens, as in FAO-56 equation 14).
func humidity(x WeatherDay) float64 {
	vapour := func(t float64) float64 { return 0.6108 * math.Exp(17.27*t/(t+237.3)) }
	return 100 * vapour(x.DewpointC) / vapour(x.TMaxC)
}

// hotSpells are runs of at least so many harmful days.
func (d *detector) hotSpells(w Weather, from, to, least int, harmful func(WeatherDay, int) ([]Evidence, bool)) []weather {
	var out []weather
	days := 0
	for day := from; day <= to+1; day++ {
		x, ok := d.day(w, day)
		e, bad := harmful(x, max(0, day))
		if day <= to && ok && bad {
			if days++; days == 1 {
				out = append(out, weather{kind: HazardHeat, from: day, evidence: e})
			}
			o := &out[len(out)-1]
			o.to, o.severity, o.loss = day, math.Min(1, 0.2*float64(days)+0.1*math.Max(0, x.TMaxC-e[0].Threshold)), d.limit("heat_loss_per_day")*float64(days)
			continue
		}
		if days > 0 && days < least {
			out = out[:len(out)-1]
		}
		days = 0
	}
	return out
}

// drySpells are runs of days in whose drought_days before rain was under the
// share of reference evapotranspiration, where they touch the stage.
func (d *detector) drySpells(w Weather, from, to int) []weather {
	window, share := int(d.limit("drought_days")), d.limit("drought_rain_share")
	lat := d.in.LatitudeDeg
	var out []weather
	open := false
	for day := 0; day < d.in.Season.Days(); day++ {
		rain, et0, known := 0.0, 0.0, 0
		for back := range window {
			if x, ok := d.day(w, day-back); ok && !math.IsNaN(x.PrecipitationMM) && !math.IsNaN(x.TMinC) && !math.IsNaN(x.TMaxC) {
				rain, et0, known = rain+x.PrecipitationMM, et0+referenceET0(x, ExtraterrestrialMJ(lat, x.Date)), known+1
			}
		}
		dry := known == window && rain < share*et0
		switch {
		case dry && !open:
			open = true
			out = append(out, weather{kind: HazardDrought, from: day - window + 1, to: day})
			fallthrough
		case dry:
			o := &out[len(out)-1]
			o.to = day
			e := d.evidence("rain_mm", rain, "drought_rain_share", day)
			e.Threshold = round4(share * et0)
			o.evidence = []Evidence{e, d.evidence("dry_days", float64(o.to-o.from+1), "drought_days", day)}
			o.severity = math.Min(1, float64(o.to-o.from+1)/60)
		default:
			open = false
		}
	}
	kept := out[:0]
	for _, o := range out {
		if o.to >= from && o.from <= to {
			kept = append(kept, o)
		}
	}
	return kept
}

// wetSpells are days of heavy rain: five that bring the threshold together.
func (d *detector) wetSpells(w Weather) []weather {
	const days = 5
	var out []weather
	for day := max(0, d.from); day <= d.to; day++ {
		rain := 0.0
		for back := range days {
			if x, ok := d.day(w, day-back); ok && !math.IsNaN(x.PrecipitationMM) {
				rain += x.PrecipitationMM
			}
		}
		if rain < d.limit("wet_spell_mm") {
			continue
		}
		e := []Evidence{d.evidence("rain_mm", rain, "wet_spell_mm", day)}
		if n := len(out); n > 0 && day-out[n-1].to <= 2 {
			out[n-1].to = day
			if rain > out[n-1].evidence[0].Value {
				out[n-1].evidence = e
			}
			continue
		}
		out = append(out, weather{kind: HazardFlood, from: day - 2, to: day, severity: 0.5, evidence: e})
	}
	return out
}
