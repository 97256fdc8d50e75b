package registry

import (
	"strings"
	"time"
)

// Contract is a row of CBHT.
type Contract struct {
	ID          string // CBHTBM
	HouseholdID string // CBFBM
	AreaM2      float64
	Until       time.Time // CBQXZ, zero where unknown
}

// LandHolding is the row of CBDKXX that counts for a parcel.
type LandHolding struct {
	ParcelID    string // DKBM
	HouseholdID string // who holds the parcel, or farms it by a transfer
	Contract    string // CBHTBM
	Certificate string // CBJYQZBM
	Transfer    string // LZHTBM
	AreaM2      float64
	Leased      bool

	HolderID    string    // household of the contract
	Transferee  string    // SRFBM of the transfer, in force or not; "" for none
	TransferOn  time.Time // its first day, zero where unknown
	TransferEnd time.Time // its last day, zero where unknown
}

// holdingCodes are those that a row of CBDKXX refers to.
type holdingCodes struct{ contract, certificate, transfer string }

func codesOf(col func(string) string) holdingCodes {
	clean := func(field string) string {
		c, _ := cleanCode(col(field))
		return strings.Clone(c)
	}
	return holdingCodes{clean("CBHTBM"), clean("CBJYQZBM"), clean("LZHTBM")}
}

// contractList is what CBHT holds, in order of code.
func (b *book) contractList() []Contract {
	out := make([]Contract, 0, len(b.contracts))
	for _, id := range sortedKeys(b.contracts) {
		c := b.contracts[id]
		out = append(out, Contract{ID: id, HouseholdID: c.household, AreaM2: c.totalM2, Until: c.until})
	}
	return out
}

// holdingList is the holding of each usable parcel that has one.
func (b *book) holdingList(rows []row) []LandHolding {
	var out []LandHolding
	for i := range rows {
		r := &rows[i]
		if r.state == quarantined || r.holding < 0 {
			continue
		}
		h := &b.holdings[r.holding]
		l := LandHolding{
			ParcelID: r.code, HouseholdID: h.owner, Contract: h.codes.contract, Certificate: h.codes.certificate, Transfer: h.codes.transfer,
			AreaM2: h.m2, Leased: h.leased, HolderID: h.holder,
		}
		if t := h.transfer; t != nil {
			l.Transferee, l.TransferOn, l.TransferEnd = t.to, t.from, t.until
		}
		out = append(out, l)
	}
	return out
}
