package lending

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"

	"parus/credit"
)

// Kind is what a limit is on.
type Kind string

// The kinds of limits, each within one county. A limit on a crop over all
// counties is held by allotting parts of it to them.
const (
	OnHousehold Kind = "household" // all seasons together
	OnVillage   Kind = "village"
	OnCounty    Kind = "county"
	OnCrop      Kind = "crop" // by the crops' shares of the expected revenue
)

// Kinds lists every kind.
func Kinds() []Kind { return []Kind{OnHousehold, OnVillage, OnCounty, OnCrop} }

// NoVillage is the key of households whose village is unknown: one limit holds
// for all of them together.
const NoVillage = "-"

// Claim is a limit that an application weighs on, with its part of the line.
type Claim struct {
	Kind       Kind
	Key        string // household id, village code, county code, crop code
	PerMillion int64
}

// Claims lists what a household's line weighs on, in the order of kind and key.
func Claims(county, village, household string, shares []credit.CropShare) []Claim {
	if village == "" {
		village = NoVillage
	}
	out := []Claim{
		{OnHousehold, household, credit.OneMillion}, {OnVillage, village, credit.OneMillion}, {OnCounty, county, credit.OneMillion},
	}
	for _, s := range shares {
		out = append(out, Claim{OnCrop, s.Code, s.PerMillion})
	}
	slices.SortFunc(out, func(a, b Claim) int {
		return cmp.Or(strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Key, b.Key))
	})
	return out
}

// Of is the part of an amount that counts against the limit, rounded up.
func (c Claim) Of(held credit.Fen) credit.Fen {
	high, low := bits.Mul64(uint64(max(0, held)), uint64(c.PerMillion))
	low, carry := bits.Add64(low, credit.OneMillion-1, 0)
	q, _ := bits.Div64(high+carry, low, credit.OneMillion)
	return credit.Fen(q)
}

// most is the largest line whose part is within the room.
func (c Claim) most(room credit.Fen) credit.Fen {
	room = min(max(0, room), mostFen)
	if c.PerMillion <= 0 {
		return mostFen
	}
	return credit.Fen(min(int64(mostFen), int64(room)*credit.OneMillion/c.PerMillion))
}

// Name is how the limit is called in an offer.
func (c Claim) Name() string {
	if c.Kind == OnHousehold {
		return "household"
	}
	return string(c.Kind) + " " + c.Key
}

// Room is what a limit leaves for a line that weighs on it like the claim, as
// an offer takes it. committed is what others hold of it.
func (c Claim) Room(limit, committed credit.Fen) credit.Limit {
	return credit.Limit{Name: c.Name(), Crop: c.Kind == OnCrop, RoomFen: c.most(limit - committed)}
}

// CheckLimit refuses a limit that nobody can mean; nil lifts it.
func CheckLimit(k Kind, key string, amount *credit.Fen) error {
	switch {
	case !slices.Contains(Kinds(), k):
		return refuse(BadLimit, "a limit is on one of %v", Kinds())
	case len(key) > 64:
		return refuse(BadLimit, "the key is longer than 64 characters")
	case amount != nil && (*amount < 0 || *amount > 1000*mostFen):
		return refuse(BadLimit, "%s: name an amount of 0 or more, up to %s", *amount, 1000*mostFen)
	}
	return nil
}
