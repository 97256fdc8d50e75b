package portfolio

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"parus/credit"
)

// Exposure is what one household owes or may draw.
type Exposure struct {
	Household string
	County    string // administrative code
	Village   string // 12-digit code, "" where unknown
	AmountFen credit.Fen
	LGD       float64 // 0..1, of the amount

	// PDByShock is the chance that the harvest does not repay, by bin of the
	// county's shock, worst first: [credit.Decision.ShortfallByShock]. Empty:
	// unknown, then the single-factor model spreads PDIncome over the bins.
	PDByShock []float64
	PDIncome  float64 // used where PDByShock is empty
	PDWilling float64 // chance of not paying in spite of the harvest

	// PD is the whole probability of the decision, after its bounds; where it is
	// given, the bins are scaled so that their mean is PD.
	PD float64

	Crops []CropShare // of the expected revenue; empty: the crop is unknown
}

// CropShare is a crop's part of a household's expected revenue.
type CropShare struct {
	Code  string // of the catalogue
	Share float64
}

// ExposureError names what is wrong with an exposure; nothing of it was added.
type ExposureError struct{ Household, Problem string }

func (e *ExposureError) Error() string {
	return fmt.Sprintf("exposure of household %s: %s", e.Household, e.Problem)
}

// mostExposure keeps every sum inside 64 bits for some ten million households;
// it is five times the default policy's household cap.
const mostExposure = credit.Fen(1_000_000 * 100)

func (e Exposure) problem() string {
	switch {
	case e.Household == "" || e.County == "":
		return "household and county must be given"
	case e.AmountFen < 0 || e.AmountFen > mostExposure:
		return fmt.Sprintf("an amount of %s: want 0 to %s", e.AmountFen, mostExposure)
	case len(e.PDByShock) != 0 && len(e.PDByShock) != credit.ShockBins:
		return fmt.Sprintf("%d bins of the county's shock: want %d", len(e.PDByShock), credit.ShockBins)
	}
	for _, r := range []struct {
		name  string
		value float64
	}{{"LGD", e.LGD}, {"PD", e.PD}, {"income PD", e.PDIncome}, {"willingness PD", e.PDWilling}} {
		if !(r.value >= 0 && r.value <= 1) {
			return fmt.Sprintf("%s is %g: want 0 to 1", r.name, r.value)
		}
	}
	for k, p := range e.PDByShock {
		if !(p >= 0 && p <= 1) {
			return fmt.Sprintf("the chance in bin %d is %g: want 0 to 1", k, p)
		}
	}
	var sum float64
	for _, c := range e.Crops {
		if !(c.Share >= 0 && c.Share <= 1) {
			return fmt.Sprintf("crop %s has a share of %g: want 0 to 1", c.Code, c.Share)
		}
		sum += c.Share
	}
	if len(e.Crops) > 0 && math.Abs(sum-1) > 1e-6 {
		return fmt.Sprintf("shares of crops add up to %g, not to 1", sum)
	}
	return ""
}

// CropShares are the parts of crops in the expected revenue of a case, largest
// first: Σ mu · match · probability · kg/mu · price over the parcels. A case
// without revenue has none.
func CropShares(c credit.Case) []CropShare {
	price := make(map[string]float64, len(c.Market))
	for _, m := range c.Market {
		if !m.EarnsNothing {
			price[m.Code] = m.PricePerKg
		}
	}
	revenue := map[string]float64{}
	for _, p := range c.Parcels {
		mu := cultivatedMu(p) * p.MatchP * (1 - p.HazardLoss)
		for _, k := range p.Crops {
			if v := mu * k.P * k.MeanKgPerMu * price[k.Code]; v > 0 {
				revenue[k.Code] += v
			}
		}
	}
	codes := make([]string, 0, len(revenue))
	for code := range revenue {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	var total float64
	for _, code := range codes {
		total += revenue[code]
	}
	out := make([]CropShare, 0, len(codes))
	for _, code := range codes {
		out = append(out, CropShare{code, revenue[code] / total})
	}
	slices.SortStableFunc(out, func(a, b CropShare) int {
		return cmp.Or(cmp.Compare(b.Share, a.Share), strings.Compare(a.Code, b.Code))
	})
	return out
}

// cultivatedMu is the smaller of contract and shape, times what is sown.
func cultivatedMu(p credit.Parcel) float64 {
	mu := p.GeometryMu
	if p.ContractMu > 0 {
		mu = math.Min(mu, p.ContractMu)
	}
	return mu * p.CultivatedShare
}

// part is a household's amount that one crop stands for.
type part struct {
	crop string
	fen  credit.Fen
}

// parts divides the amount by the shares, to the fen: what rounding leaves over
// goes to the first.
func (e Exposure) parts(into []part) []part {
	into = into[:0]
	if len(e.Crops) == 0 {
		return append(into, part{"", e.AmountFen})
	}
	left := e.AmountFen
	for _, c := range e.Crops {
		fen := credit.Fen(float64(e.AmountFen) * c.Share)
		left -= fen
		into = append(into, part{c.Code, fen})
	}
	into[0].fen += left
	return into
}
