package fields

import (
	"cmp"
	"slices"
	"time"
)

// TenancySource says where a sign of who farms a parcel comes from.
type TenancySource string

// The sources.
const (
	FromTransfer TenancySource = "transfer" // a transfer contract (LZHT)
	FromPlanting TenancySource = "planting" // a planting declaration
	FromSubsidy  TenancySource = "subsidy"  // a subsidy that is paid to whoever grows
)

// TenancyEvidence is one sign of who farms a parcel.
type TenancyEvidence struct {
	ParcelID string        `json:"parcel"`
	FarmerID string        `json:"farmer"` // household, "" for somebody whom the registry does not know
	Source   TenancySource `json:"source"`
	From     time.Time     `json:"from,omitzero"`  // of a transfer: first day; zero where unknown
	Until    time.Time     `json:"until,omitzero"` // of a transfer: last day; zero where unknown
	Season   string        `json:"season,omitempty"`
}

// TenancyCode is a reason for what a [Tenancy] says.
type TenancyCode string

// The reasons.
const (
	TransferInForce  TenancyCode = "T01_TRANSFER_IN_FORCE"
	TransferPart     TenancyCode = "T02_TRANSFER_PART_OF_SEASON"
	TransferOutside  TenancyCode = "T03_TRANSFER_NOT_IN_SEASON"
	TransferUndated  TenancyCode = "T04_TRANSFER_WITHOUT_DATES"
	PlantingByHolder TenancyCode = "T05_DECLARED_BY_HOLDER"
	PlantingByOther  TenancyCode = "T06_DECLARED_BY_OTHER"
	SubsidyToHolder  TenancyCode = "T07_SUBSIDY_TO_HOLDER"
	SubsidyToOther   TenancyCode = "T08_SUBSIDY_TO_OTHER"
)

var tenancyWords = map[TenancyCode][2]string{
	TransferInForce:  {"流转合同覆盖本季", "a transfer contract covers the season"},
	TransferPart:     {"流转合同只覆盖本季一部分", "a transfer contract covers part of the season"},
	TransferOutside:  {"流转合同不在本季有效", "a transfer contract is not in force in the season"},
	TransferUndated:  {"流转合同缺起止日期", "a transfer contract lacks its first or last day"},
	PlantingByHolder: {"承包方申报种植", "the holder of the contract declares the planting"},
	PlantingByOther:  {"他人申报种植", "somebody else declares the planting"},
	SubsidyToHolder:  {"种植者补贴发给承包方", "a grower subsidy is paid to the holder of the contract"},
	SubsidyToOther:   {"种植者补贴发给他人", "a grower subsidy is paid to somebody else"},
}

// Words are the reason in Chinese and in English.
func (c TenancyCode) Words() (zh, en string) { return tenancyWords[c][0], tenancyWords[c][1] }

// Tenancy is who probably farms a parcel in a season.
type Tenancy struct {
	ParcelID string
	HolderID string        // household of the contract
	FarmerID string        // who most probably farms, "" for somebody whom the registry does not know
	P        float64       // probability of that, 0..1
	Proven   bool          // a transfer to FarmerID is in force from the first day of the season to the last
	Reasons  []TenancyCode // in order of code, each once
}

// FarmedByOther tells whether somebody else than a household most probably
// farms the parcel.
func (t Tenancy) FarmedByOther(household string) bool {
	return t.ParcelID != "" && t.FarmerID != household
}

// How much more probable a sign makes the household that it names: the chance
// that it names whoever farms over the chance that it names one who does not.
// Rules of thumb, since no county has published how often its tables are wrong:
// a registered contract about 1 in 100, a declaration or a payment 1 in 15; of a
// contract that has lapsed or has no dates some go on by word of mouth.
const (
	priorHolder    = 0.7 // share of contracted land that its holder farms: about a third is let nationwide
	weighInForce   = 100.0
	weighUndated   = 20.0
	weighPart      = 10.0
	weighOutside   = 2.0
	weighStatement = 15.0
)

// JudgeTenancy weighs the signs about one parcel, whose contract holder has, for
// a season. The holder starts at the share of land that holders farm, everybody
// else that a sign names shares the rest; signs multiply as if independent, those
// of one source for one household count once. No sign leaves the holder.
func JudgeTenancy(parcel, holder string, season Season, signs []TenancyEvidence) Tenancy {
	out := Tenancy{ParcelID: parcel, HolderID: holder}
	weight := map[string]float64{holder: priorHolder}
	proven := map[string]bool{}
	seen := map[TenancyEvidence]bool{}
	for _, s := range signs {
		if s.ParcelID != parcel || s.Season != "" && s.Season != season.Name {
			continue
		}
		code, times := weigh(s, holder, season)
		out.Reasons = append(out.Reasons, code)
		proven[s.FarmerID] = proven[s.FarmerID] || code == TransferInForce && s.FarmerID != ""
		same := TenancyEvidence{FarmerID: s.FarmerID, Source: s.Source}
		if s.Source == FromTransfer {
			same = s
		}
		if seen[same] {
			continue
		}
		seen[same] = true
		if _, known := weight[s.FarmerID]; !known {
			weight[s.FarmerID] = 1 - priorHolder
		}
		weight[s.FarmerID] *= times
	}
	slices.Sort(out.Reasons)
	out.Reasons = slices.Compact(out.Reasons)
	out.FarmerID, out.P = likeliest(weight, holder)
	out.Proven = proven[out.FarmerID]
	return out
}

// weigh says what one sign means in a season and by how much.
func weigh(s TenancyEvidence, holder string, season Season) (TenancyCode, float64) {
	own := s.FarmerID == holder
	switch {
	case s.Source == FromPlanting && own:
		return PlantingByHolder, weighStatement
	case s.Source == FromPlanting:
		return PlantingByOther, weighStatement
	case s.Source == FromSubsidy && own:
		return SubsidyToHolder, weighStatement
	case s.Source == FromSubsidy:
		return SubsidyToOther, weighStatement
	case s.From.IsZero() || s.Until.IsZero():
		return TransferUndated, weighUndated
	case !s.From.After(season.Start) && !s.Until.Before(season.End):
		return TransferInForce, weighInForce
	case s.From.After(season.End) || s.Until.Before(season.Start):
		return TransferOutside, weighOutside
	default:
		return TransferPart, weighPart
	}
}

// likeliest is the household of the most weight and its share of all; of equals
// the holder, then the one whose code comes first.
func likeliest(weight map[string]float64, holder string) (string, float64) {
	names := make([]string, 0, len(weight))
	for h := range weight {
		names = append(names, h)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(weight[b], weight[a]), cmp.Compare(other(a, holder), other(b, holder)), cmp.Compare(a, b))
	})
	all := max(0, 1-priorHolder) // somebody whom no sign names
	if len(names) > 1 {
		all = 0
	}
	for _, h := range names {
		all += weight[h]
	}
	return names[0], weight[names[0]] / all
}

func other(a, holder string) int {
	if a == holder {
		return 0
	}
	return 1
}
