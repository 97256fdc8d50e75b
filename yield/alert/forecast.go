package alert

import (
	"math"
	"slices"
	"time"
)

// fallen finds the forecasts that fell, by place in the list of parcels.
//
// A forecast that uses what it is told is a martingale: its revisions have the
// variance by which it became surer (law of total variance),
//
//	z = (ln(now/before) − the county's median of it) / √(SD²before − SD²now)
//
// What moves all of a crop, such as the weather of the county, is in the lines
// already and is no alert of a parcel. Without a clear date more than before
// nothing can have been learnt of the parcel.
func (w *watch) fallen() map[int]*Finding {
	r := w.rules
	moves := map[string][]float64{}
	moved := func(p *Parcel) (float64, bool) {
		if p.Now == nil || p.Before == nil || p.Now.Crop != p.Before.Crop || p.Now.MeanKgPerHa <= 0 || p.Before.MeanKgPerHa <= 0 ||
			p.Now.Observations <= p.Before.Observations {
			return 0, false
		}
		return math.Log(p.Now.MeanKgPerHa / p.Before.MeanKgPerHa), true
	}
	for i := range w.Parcels {
		if m, ok := moved(&w.Parcels[i]); ok {
			moves[w.Parcels[i].Now.Crop] = append(moves[w.Parcels[i].Now.Crop], m)
		}
	}
	common := map[string]float64{}
	for crop, m := range moves {
		if len(m) >= r.LeastParcels {
			slices.Sort(m)
			common[crop] = quantile(m, 0.5)
		}
	}
	out := map[int]*Finding{}
	for i := range w.Parcels {
		p := &w.Parcels[i]
		m, ok := moved(p)
		shift, known := common[cropOf(p)]
		if !ok || !known || w.harvested(p) {
			continue
		}
		own := m - shift
		z := own / math.Sqrt(math.Max(r.RevisionSpread*r.RevisionSpread, p.Before.SD*p.Before.SD-p.Now.SD*p.Now.SD))
		loss := 1 - math.Exp(own)
		if z > -r.Revision || loss < r.LeastYieldLoss {
			continue
		}
		last, seen := w.lastClear(p)
		if !seen {
			continue
		}
		out[i] = &Finding{ParcelID: p.ID, Kind: ForecastFell, Crop: p.Now.Crop, First: last, Last: last, Strength: round(math.Min(1, loss), 1e3),
			Evidence: Evidence{Before: round(p.Before.MeanKgPerHa, 10), Now: round(p.Now.MeanKgPerHa, 10),
				County: round(math.Expm1(shift), 1e3), RevisionZ: round(z, 1e2)}}
	}
	return out
}

func cropOf(p *Parcel) string {
	if p.Now == nil {
		return ""
	}
	return p.Now.Crop
}

// harvested tells whether the crop's harvest has begun on the parcel's last
// clear date.
func (w *watch) harvested(p *Parcel) bool {
	last, ok := w.lastClear(p)
	h, known := w.Harvest[p.Now.Crop]
	return ok && known && dayOf(last) >= dayOf(h)-int64(w.rules.BeforeHarvest)
}

func (w *watch) lastClear(p *Parcel) (time.Time, bool) {
	for k := len(p.Dates) - 1; k >= 0; k-- {
		if w.clear(p, k) {
			return p.Dates[k], true
		}
	}
	return time.Time{}, false
}
