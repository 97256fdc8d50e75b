package credit

// growth is how the crop at each place of a draw varies through a lens: its
// factor is e^(shock + sd·ε).
type growth struct {
	shock [places]*shock
	sd    [places]float64
}

// growth lists what parcel i's crops vary by.
func (s *simulation) growth(i int, l lens) *growth {
	g, x, p := &s.grows, s.plots[i], &s.c.Parcels[i]
	for k := range g.shock {
		g.shock[k], g.sd[k] = &s.still, 0
	}
	for k, c := range x.crops {
		if c.gross > 0 && x.chance(k, l) > 0 {
			g.shock[k], g.sd[k] = s.shock(c.market, c.sdCounty), s.modelSD(p, c.sdModel, l)
		}
	}
	if l.crop {
		for k := range g.shock {
			g.shock[k], g.sd[k] = g.shock[x.best], g.sd[x.best]
		}
	}
	return g
}

// grownBy is the part of a lens that changes parcel i's factors.
func (s *simulation) grownBy(i int, l lens) lens {
	p := &s.c.Parcels[i]
	return lens{
		crop:  l.crop && s.concernsParcel(ReasonCrop, p),
		yield: l.yield && s.concernsParcel(ReasonYield, p),
		fresh: l.fresh && !l.yield && s.concernsParcel(ReasonStaleImagery, p),
	}
}

// factors are what parcel i's crop brings in each draw, as a multiple of its
// scale: those of the case as it is are kept, others are for the moment. Every
// way here computes the same bits.
func (s *simulation) factors(i int, l lens) *[Draws]float64 {
	x := s.plots[i]
	s.draw(i)
	l = s.grownBy(i, l)
	switch {
	case l == lens{} && x.made:
		return &x.factor
	case l == lens{}:
		s.grow(&x.factor, x, s.growth(i, l))
		x.made = true
		return &x.factor
	case l.yield:
		s.growAlike(&s.lifted, x, s.growth(i, l))
	case l == lens{crop: true} && x.made:
		s.growBest(&s.lifted, x, s.growth(i, l))
	default:
		s.grow(&s.lifted, x, s.growth(i, l))
	}
	return &s.lifted
}

// grow computes every draw's factor; a mirrored draw's is the inverse.
func (s *simulation) grow(dst *[Draws]float64, x *plot, g *growth) {
	own, sign := x.own.yield.view()
	for k := range g.sd {
		g.sd[k] = float64(g.sd[k] * sign)
	}
	odd, table := 0, twoTo()
	for d := range half {
		k, mirrored := x.crop[d]%places, x.crop[d+half]%places
		dst[d] = g.shock[k].of[d] + float64(g.sd[k]*own[d])
		s.odd[odd] = uint16(d)
		odd += int(k^mirrored+places-1) / places // 1 where they differ, without a branch
	}
	expAll((*[half]float64)(dst[:half]), table)
	for d := range half {
		dst[d+half] = 1 / dst[d]
	}
	for _, d := range s.odd[:odd] {
		d := d % half
		k := x.crop[d+half] % places
		dst[d+half] = 1 / exp(g.shock[k].of[d]+float64(g.sd[k]*own[d]), table)
	}
}

// growBest is grow for the likeliest crop alone, where the case's own factors
// are at hand: draws that bear it anyway keep theirs.
func (s *simulation) growBest(dst *[Draws]float64, x *plot, g *growth) {
	own, sign := x.own.yield.view()
	sd, shock, table := float64(g.sd[x.best]*sign), g.shock[x.best], twoTo()
	*dst = x.factor
	odd := 0
	for d := range x.crop {
		s.odd[odd%Draws] = uint16(d)
		if int(x.crop[d]) != x.best {
			odd++
		}
	}
	for _, d := range s.odd[:odd] {
		e := exp(shock.of[d%half]+float64(sd*own[d%half]), table)
		if d >= half {
			e = 1 / e
		}
		dst[d%Draws] = e
	}
}

// growAlike is grow where parcels have no spread of their own: all of a crop
// share their factors. Those of crops that few draws bear are computed one by
// one.
func (s *simulation) growAlike(dst *[Draws]float64, x *plot, g *growth) {
	table := twoTo()
	for k, c := range x.crops {
		if g.shock[k] != &s.still && c.p >= leastFilled {
			g.shock[k].fill(table)
		}
	}
	odd := 0
	for d := range half {
		e := g.shock[x.crop[d]%places].factor[d]
		s.odd[odd] = uint16(d)
		if e == 0 {
			odd++
		}
		dst[d] = e
	}
	for _, d := range s.odd[:odd] {
		d := d % half
		dst[d] = exp(g.shock[x.crop[d]%places].of[d], table)
	}
	odd = 0
	for d := range half {
		e := g.shock[x.crop[d+half]%places].factor[d]
		s.odd[odd] = uint16(d)
		if e == 0 {
			odd++
		}
		dst[d+half] = 1 / e
	}
	for _, d := range s.odd[:odd] {
		d := d % half
		dst[d+half] = 1 / exp(g.shock[x.crop[d+half]%places].of[d], table)
	}
}

// leastFilled is the chance of a crop on a parcel from which all of its draws'
// factors are computed at once. It decides on speed alone.
const leastFilled = 0.25

// fill computes all factors.
func (x *shock) fill(table *[32]float64) {
	if !x.filled {
		x.factor, x.filled = x.of, true
		expAll(&x.factor, table)
	}
}

// pay is what a draw of a crop brings: gain times its factor, less the burden.
type pay struct{ gain, burden float64 }

// harvest adds to the farm what parcel i brings in each draw through a lens: the
// drawn crop's revenue less what is to pay and to live on. Where the seen field
// is not the household's, or bears nothing, it brings neither.
func (s *simulation) harvest(farm *[Draws]float64, i int, v view, l lens) {
	pays := s.pays(i, v, l)
	s.reap(farm, i, v.q, s.factors(i, l), &pays)
}

// pays are what the crops of parcel i bring, by place; nothing where it was
// dropped.
func (s *simulation) pays(i int, v view, l lens) (out [places]pay) {
	x, p := s.plots[i], &s.c.Parcels[i]
	for k, c := range x.crops {
		m := &s.c.Market[c.market]
		if m.EarnsNothing || x.chance(k, l) == 0 {
			continue
		}
		gross, sd := x.gross(k, p, l), s.modelSD(p, c.sdModel, l)
		variance := float64(c.sdCounty*c.sdCounty) + float64(sd*sd) + float64(s.priceSD[c.market]*s.priceSD[c.market])
		scale := float64(gross * exp(-float64(variance/2)-c.tie, twoTo()))
		out[k] = pay{float64(v.area * scale), float64(v.area * s.burden(m, gross))}
	}
	if l.crop {
		for k := range placeNoMatch {
			out[k] = out[x.best]
		}
	}
	return out
}

// reap adds the pays of parcel i's draws to the farm.
func (s *simulation) reap(farm *[Draws]float64, i int, q float64, factor *[Draws]float64, pays *[places]pay) {
	place := &s.plots[i].held
	if q >= 1 {
		place = &s.plots[i].crop
	}
	for d := range farm {
		y := &pays[place[d]%places]
		farm[d] += float64(y.gain*factor[d]) - y.burden
	}
}
