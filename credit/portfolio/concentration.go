package portfolio

import "parus/credit"

// concentrate fills in shares, limits and Herfindahl indices.
func (b *Book) concentrate(r *Result) {
	crop := map[string]credit.Fen{}
	var counties, pairs, crops, villages, households []Usage
	for _, code := range b.codes() {
		c := b.counties[code]
		u := b.usage("county", c.amount)
		u.County = code
		counties = append(counties, u)
		r.HHICounty += square(c.amount, b.total)
		for name, s := range c.segments {
			u := b.usage("county_crop", s.amount)
			u.County, u.Crop = code, name
			pairs = append(pairs, u)
			crop[name] += s.amount
		}
	}
	for name, fen := range crop {
		u := b.usage("crop", fen)
		u.Crop = name
		crops = append(crops, u)
	}
	for at, fen := range b.villages {
		u := b.usage("village", fen)
		u.County, u.Item = at.county, at.village
		villages = append(villages, u)
	}
	for _, l := range b.largest {
		u := b.usage("household", l.fen)
		u.County, u.Item = l.county, l.household
		households = append(households, u)
	}
	r.Over = b.overCap
	for _, list := range [][]Usage{counties, crops, pairs, villages, households} {
		byAmount(list)
		for _, u := range list {
			if u.Over && u.Kind != "household" { // of these only the largest are kept
				r.Over++
			}
		}
		if kind := list[0].Kind; kind == "village" || kind == "household" {
			list = list[:min(len(list), mostUsage)]
		}
		r.Usage = append(r.Usage, list...)
	}
	for _, u := range crops { // in their order: a sum of fractions depends on it
		r.HHICrop += square(u.AmountFen, b.total)
	}
	for _, u := range villages {
		r.HHIVillage += square(u.AmountFen, b.total)
	}
	r.HHIHousehold = float64(b.squares) / (b.total.Yuan() * b.total.Yuan())
}

func square(fen, total credit.Fen) float64 {
	s := float64(fen) / float64(total)
	return float64(s * s)
}
