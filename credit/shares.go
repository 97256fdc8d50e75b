package credit

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// OneMillion is the whole of a [CropShare].
const OneMillion = 1_000_000

// CropShare is the part of a household's expected revenue that one crop
// brings, in millionths.
type CropShare struct {
	Code       string `json:"code"`
	PerMillion int64  `json:"per_million"`
}

// CropShares splits a line over crops, for limits on lending to a crop: by the
// expected revenue of each in the case, Σ area × match × P(crop) × yield ×
// price × (1 − hazard), over the parcels that a decision under the policy
// counts. Shares below a millionth are left out, the rest adds up to
// [OneMillion], and the result is in order of crop codes; it is empty where
// nothing earns.
//
// Correlations and what is held back where crops are guessed are left aside:
// they move the shares by little and the split is no part of the line.
func (c Case) CropShares(p Policy) []CropShare {
	gross := map[string]float64{}
	for _, m := range c.Market {
		if !m.EarnsNothing {
			gross[m.Code] = m.PricePerKg
		}
	}
	parcels := slices.Clone(c.Parcels)
	slices.SortFunc(parcels, func(a, b Parcel) int { return strings.Compare(a.ID, b.ID) })
	parcels = slices.CompactFunc(parcels, func(a, b Parcel) bool { return a.ID == b.ID })
	revenue := map[string]float64{}
	var total float64
	for _, x := range parcels {
		for _, k := range p.earning(x) {
			r := float64(float64(k.P*float64(k.MeanKgPerMu*gross[k.Code])) * float64((1-x.HazardLoss)*p.mu(x)))
			revenue[k.Code] += r
			total += r
		}
	}
	if !(total > 0) {
		return nil
	}
	return millionths(revenue, total)
}

// earning are the parcel's crops in order, where the policy counts the parcel.
func (p Policy) earning(x Parcel) []CropChance {
	var known float64
	for _, k := range x.Crops {
		known += k.P
	}
	if x.MatchP < p.LeastMatchP || known < p.LeastCropP {
		return nil
	}
	crops := slices.Clone(x.Crops)
	slices.SortFunc(crops, func(a, b CropChance) int { return strings.Compare(a.Code, b.Code) })
	return crops
}

// mu is the area that counts of a parcel times the chance that it is its own.
func (p Policy) mu(x Parcel) float64 {
	area := x.GeometryMu
	if x.ContractMu > 0 {
		area = math.Min(area, x.ContractMu)
	}
	area = float64(area*x.CultivatedShare) * x.MatchP
	if !x.Certified {
		area = float64(area * p.UncertifiedShare)
	}
	if x.TenancyUnproven {
		area = float64(area * p.UnprovenShare)
	}
	return area
}

// millionths rounds down and gives what is left to the largest.
func millionths(parts map[string]float64, total float64) []CropShare {
	var out []CropShare
	left := int64(OneMillion)
	for code, v := range parts {
		if n := int64(math.Floor(float64(v / total * OneMillion))); n > 0 {
			out = append(out, CropShare{code, n})
			left -= n
		}
	}
	slices.SortFunc(out, func(a, b CropShare) int {
		return cmp.Or(cmp.Compare(b.PerMillion, a.PerMillion), strings.Compare(a.Code, b.Code))
	})
	if len(out) > 0 {
		out[0].PerMillion += left
	}
	slices.SortFunc(out, func(a, b CropShare) int { return strings.Compare(a.Code, b.Code) })
	return out
}

// Reason gives the code its words with an effect, for decisions that rest on
// more than the engine's counterfactuals.
func (c ReasonCode) Reason(effect Fen) Reason { return reasonOf(c, effect, false) }
