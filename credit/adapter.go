package credit

import (
	"fmt"
	"math"
	"slices"
	"time"

	"parus/fields"
	"parus/fields/catalogue"
	"parus/yield"
)

// CaseInput is what earlier stages know of one household.
type CaseInput struct {
	Household    Household
	Holdings     []Holding
	Season       fields.Season
	AsOf         time.Time           // of the decision; the UTC day counts
	Catalogue    catalogue.Catalogue // of the county and year
	ModelVersion string              // of the crop and yield models
	County       string              // code, for the policy's rules
	Limits       []Limit
}

// Household is the money side of a household, from the county's table.
type Household struct {
	ID          string
	SubsidyFen  Fen
	OffFarmFen  Fen
	DebtDueFen  Fen
	FirstSeason bool
}

// Holding is one of its parcels with what was seen of it.
type Holding struct {
	Parcel          fields.Parcel
	Estimate        yield.ParcelEstimate
	MatchP          float64
	CultivatedShare float64        // by a survey, where MatchP does not ask for it; 0 means unknown: all of it
	ImageryAgeDays  int            // since the last clear date
	HazardLoss      float64        // 0..1
	CropsGuessed    bool           // told by calendars alone
	Tenancy         fields.Tenancy // who farms it this season; zero: nothing is known beside the registry
}

// NewCase puts a case together from parcels, yield estimates and the
// catalogue. Crops that the estimate left out earn nothing. A parcel whose
// estimate is of another parcel and crops without figures are errors.
func NewCase(in CaseInput) (Case, error) {
	c := Case{
		HouseholdID: in.Household.ID, Season: in.Season.Name, Currency: in.Catalogue.Currency, AsOf: DateOf(in.AsOf), ModelVersion: in.ModelVersion,
		SubsidyFen: in.Household.SubsidyFen, OffFarmFen: in.Household.OffFarmFen, DebtDueFen: in.Household.DebtDueFen,
		FirstSeason: in.Household.FirstSeason, Limits: slices.Clone(in.Limits), County: in.County,
	}
	codes := map[string]bool{}
	for _, h := range in.Holdings {
		if h.Estimate.ID != h.Parcel.ID {
			return Case{}, &InputError{in.Household.ID, "parcel " + h.Parcel.ID, fmt.Sprintf("its yield estimate is of parcel %q", h.Estimate.ID)}
		}
		p := newParcel(h)
		for _, k := range p.Crops {
			codes[k.Code] = true
		}
		c.Parcels = append(c.Parcels, p)
	}
	order := make([]string, 0, len(codes))
	for code := range codes {
		order = append(order, code)
	}
	slices.Sort(order)
	for _, code := range order {
		m, err := newMarket(in.Catalogue, code, in.Season)
		if err != nil {
			return Case{}, fmt.Errorf("household %s: %w", in.Household.ID, err)
		}
		c.Market = append(c.Market, m)
	}
	return c, nil
}

func newParcel(h Holding) Parcel {
	p := Parcel{
		ID: h.Parcel.ID, GeometryMu: h.Parcel.AreaM2 / fields.M2PerMu, ContractMu: h.Parcel.ContractM2 / fields.M2PerMu,
		CultivatedShare: h.CultivatedShare, MatchP: h.MatchP, Certified: h.Parcel.Certified,
		TenancyUnproven: tenancyUnproven(h), ImageryAgeDays: h.ImageryAgeDays, HazardLoss: h.HazardLoss, CropsGuessed: h.CropsGuessed,
	}
	if p.CultivatedShare == 0 {
		p.CultivatedShare = 1
	}
	for _, y := range h.Estimate.PerCrop {
		p.Crops = append(p.Crops, CropChance{
			Code: y.Code, P: y.P, MeanKgPerMu: y.MeanKgPerHa / catalogue.MuPerHectare, SDCounty: y.SDCounty, SDModel: y.SDModel,
		})
	}
	return p
}

// tenancyUnproven tells whether a parcel is farmed by somebody else than the
// holder of its contract, or by somebody else than the household that it counts
// for, without a transfer to that household in force in the season.
func tenancyUnproven(h Holding) bool {
	by := h.Parcel.HouseholdID
	if h.Tenancy.Proven && h.Tenancy.FarmerID == by {
		return false
	}
	return h.Parcel.LeasedIn || h.Tenancy.FarmedByOther(by)
}

func newMarket(cat catalogue.Catalogue, code string, season fields.Season) (Market, error) {
	crop, err := cat.Crop(code)
	if err != nil {
		return Market{}, err
	}
	m := Market{Code: code, EarnsNothing: crop.EarnsNothing}
	if crop.EarnsNothing {
		return m, nil
	}
	m.PricePerKg, m.LogPriceSD, m.CashCostPerMu = crop.PricePerKg.Value, crop.LogPriceSD.Value, crop.CashCostPerMu.Value
	m.Perishable = crop.Perishable
	end, ok := crop.HarvestEnd(season.Start)
	if !ok {
		return Market{}, fmt.Errorf("crop %s: no end of harvest in the catalogue", code)
	}
	m.HarvestEnd = DateOf(end)
	return m, nil
}

// Rescore moves an approved line towards a newly computed one within the
// policy's bounds: changes under the hysteresis are left alone, automatic moves
// stay within the most rise and the most cut, and what is drawn is never cut.
func Rescore(p Policy, current, drawn, computed Fen) Fen {
	change := float64(computed-current) / math.Max(1, float64(current))
	if current > 0 && math.Abs(change) < p.Hysteresis {
		return current
	}
	next := computed
	if current > 0 {
		high := RoundFen(float64(current.Yuan() * (1 + p.MostRise)))
		low := RoundFen(float64(current.Yuan() * (1 - p.MostCut)))
		next = min(max(next, low), high)
	}
	next = next.FloorTo(Fen(p.Step) * FenPerYuan)
	if next < current {
		next = max(next, min(drawn, current))
	}
	return next
}
