package letter

import (
	"parus/credit"
	"parus/credit/rule"
	"parus/fields/catalogue"
)

// Particulars is what a letter needs beside the decision.
type Particulars struct {
	Lender, County, Contact string
	Applicant               string // masked unless the reader may see the name
	Crops                   catalogue.Catalogue
	ParcelNames             map[string]string // by id; may be nil
}

// FromSnapshot makes a letter of a stored decision that nobody has applied for:
// the line is proposed, referred or, by a rule, rejected. Who has an application sets State,
// Application, AskedFen, GrantedFen and the rest after.
func FromSnapshot(snap credit.Snapshot, p Particulars) Letter {
	d := snap.Decision
	l := Letter{
		Lender: p.Lender, County: p.County, Contact: p.Contact, Applicant: p.Applicant,
		HouseholdID: d.HouseholdID, Season: d.Season, Date: d.AsOf, Currency: d.Currency,
		State: Proposed, GrantedFen: d.LineFen, APR: d.APR, DueDate: d.DueDate, Schedule: d.Schedule,
		Bounds:  Bounds{d.NeedFen, d.CapacityFen, d.ValueFen, d.CapFen, d.Binding},
		Reasons: d.Reasons, ImageryAgeDays: -1,
		Provenance: Provenance{d.EngineVersion, d.ModelVersion, d.PolicyVersion, snap.Digest},
	}
	switch {
	case d.Rejected:
		l.State, l.Because = Rejected, rejection(d)
	case d.Referred:
		l.State, l.Because = Referred, Words{d.ReferralZH, d.Referral}
	}
	left := map[string]string{}
	for _, x := range d.ParcelsDropped {
		left[x.ID] = x.Why
	}
	for _, x := range snap.Case.Parcels {
		row := Parcel{ID: x.ID, Name: p.ParcelNames[x.ID], Mu: x.GeometryMu, MatchP: x.MatchP, Left: left[x.ID]}
		if x.ContractMu > 0 && (x.ContractMu < row.Mu || row.Mu == 0) {
			row.Mu = x.ContractMu
		}
		for _, k := range x.Crops {
			if k.P > row.CropP {
				name := p.Crops.Name(k.Code)
				row.Crop, row.CropP = Words{name.ZH, name.EN}, k.P
			}
		}
		l.Parcels = append(l.Parcels, row)
		l.ImageryAgeDays = max(l.ImageryAgeDays, x.ImageryAgeDays)
	}
	return l
}

// rejection is what the first rule that rejects says.
func rejection(d credit.Decision) Words {
	for _, h := range d.Rules {
		if h.Then == rule.Reject && h.Problem == "" {
			return Words{h.ZH, h.EN}
		}
	}
	return Words{}
}
