package change

import (
	"parus/credit"
)

// choice tells which groups are taken from the later snapshot.
type choice struct{ land, crop, yield, market, finances, debts, rest bool }

func (c choice) with(g Group) choice {
	switch g {
	case Land:
		c.land = true
	case Crop:
		c.crop = true
	case Yield:
		c.yield = true
	case Market:
		c.market = true
	case Finances:
		c.finances = true
	case Debts:
		c.debts = true
	case Rest:
		c.rest = true
	}
	return c
}

// mix puts a case together from two snapshots. With nothing chosen it is the
// earlier one's, with all the later one's. A parcel that only one of them has
// comes and goes with the land, and brings its crops and yields along; a crop
// that only one of them knows brings its yield and price along.
func mix(before, after credit.Snapshot, at choice) (credit.Case, credit.Policy) {
	side := func(later bool) (credit.Snapshot, credit.Snapshot) {
		if later {
			return after, before
		}
		return before, after
	}
	rest, _ := side(at.rest)
	c := rest.Case
	land, _ := side(at.land)
	crop, _ := side(at.crop)
	yield, _ := side(at.yield)
	crops, yields := byID(crop.Case.Parcels), byID(yield.Case.Parcels)
	c.Parcels = make([]credit.Parcel, 0, len(land.Case.Parcels))
	for _, p := range land.Case.Parcels {
		c.Parcels = append(c.Parcels, mixParcel(p, crops, yields))
	}
	market, otherMarket := side(at.market)
	_, otherRest := side(at.rest)
	c.Market = mixMarket(market.Case, otherMarket.Case, rest.Case, otherRest.Case)
	c.Limits = market.Case.Limits
	finances, _ := side(at.finances)
	c.SubsidyFen, c.OffFarmFen, c.FirstSeason = finances.Case.SubsidyFen, finances.Case.OffFarmFen, finances.Case.FirstSeason
	debts, _ := side(at.debts)
	c.DebtDueFen = debts.Case.DebtDueFen
	return c, market.Policy
}

func byID(ps []credit.Parcel) map[string]credit.Parcel {
	out := make(map[string]credit.Parcel, len(ps))
	for _, p := range ps {
		out[p.ID] = p
	}
	return out
}

// mixParcel is a parcel with the crops and the yields that others know of it.
func mixParcel(p credit.Parcel, crops, yields map[string]credit.Parcel) credit.Parcel {
	grown, ok := crops[p.ID]
	if !ok {
		grown = p
	}
	told, ok := yields[p.ID]
	if !ok {
		told = p
	}
	figures := make(map[string]credit.CropChance, len(told.Crops))
	for _, k := range told.Crops {
		figures[k.Code] = k
	}
	p.Crops = make([]credit.CropChance, 0, len(grown.Crops))
	for _, k := range grown.Crops {
		if f, ok := figures[k.Code]; ok {
			k.MeanKgPerMu, k.SDCounty, k.SDModel = f.MeanKgPerMu, f.SDCounty, f.SDModel
		}
		p.Crops = append(p.Crops, k)
	}
	p.CropsGuessed = grown.CropsGuessed
	p.HazardLoss, p.ImageryAgeDays = told.HazardLoss, told.ImageryAgeDays
	return p
}

// mixMarket is one case's prices and costs, with the other's for crops that it
// does not know. Harvests end as in the season, which goes with the rest: of a
// crop that its case does not know as long after its date as the other's.
func mixMarket(chosen, other, rest, otherRest credit.Case) []credit.Market {
	out := append([]credit.Market(nil), chosen.Market...)
	known := map[string]bool{}
	for _, m := range chosen.Market {
		known[m.Code] = true
	}
	for _, m := range other.Market {
		if !known[m.Code] {
			out = append(out, m)
		}
	}
	ends, others := endsOf(rest), endsOf(otherRest)
	for i, m := range out {
		if m.EarnsNothing {
			continue
		}
		if end, ok := ends[m.Code]; ok {
			out[i].HarvestEnd = end
			continue
		}
		if end, ok := others[m.Code]; ok {
			later := rest.AsOf.Time().Sub(otherRest.AsOf.Time())
			out[i].HarvestEnd = credit.DateOf(end.Time().Add(later))
		}
	}
	return out
}

func endsOf(c credit.Case) map[string]credit.Date {
	out := map[string]credit.Date{}
	for _, m := range c.Market {
		if !m.EarnsNothing {
			out[m.Code] = m.HarvestEnd
		}
	}
	return out
}
