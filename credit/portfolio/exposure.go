package portfolio

import (
	"fmt"
	"math"

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

	Crops []credit.CropShare // see [credit.Case.CropShares]; empty: the crop is unknown
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
	var sum int64
	for _, c := range e.Crops {
		if c.PerMillion < 0 {
			return fmt.Sprintf("crop %s has a share of %d millionths: want 0 or more", c.Code, c.PerMillion)
		}
		sum += c.PerMillion
	}
	if len(e.Crops) > 0 && sum != credit.OneMillion {
		return fmt.Sprintf("shares of crops add up to %d millionths, not to a whole", sum)
	}
	return ""
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
// goes to the largest.
func (e Exposure) parts(into []part) []part {
	into = into[:0]
	if len(e.Crops) == 0 {
		return append(into, part{"", e.AmountFen})
	}
	left, most := e.AmountFen, 0
	for i, c := range e.Crops {
		fen := e.AmountFen * credit.Fen(c.PerMillion) / credit.OneMillion
		left -= fen
		into = append(into, part{c.Code, fen})
		if fen > into[most].fen {
			most = i
		}
	}
	into[most].fen += left
	return into
}
