package reconcile

import "math"

// Kind is what a proposal is about.
type Kind string

// The kinds of proposals; [Kind.Words] puts them into words.
const (
	ShiftVillage Kind = "SHIFT_VILLAGE" // all parcels of the village were drawn elsewhere by the same way
	ShiftParcel  Kind = "SHIFT_PARCEL"  // this one was
	Divide       Kind = "DIVIDE"        // two fields lie in it
	Join         Kind = "JOIN"          // it is farmed as one field with a neighbour
)

// Words returns the kind in Chinese and in English.
func (k Kind) Words() (zh, en string) {
	switch k {
	case ShiftVillage:
		return "整村图形偏移，建议整体平移", "the whole village is drawn beside its place: move it"
	case ShiftParcel:
		return "地块图形偏移，建议核实边界", "the parcel is drawn beside its place: survey its boundary"
	case Divide:
		return "地块内有两块田，建议分割", "two fields lie in the parcel: divide it"
	case Join:
		return "与邻块连片耕种，建议核实是否合并", "it is farmed as one field with its neighbour: see whether to join them"
	}
	return string(k), string(k)
}

// Proposal is what a person should look at; nothing is changed by itself.
type Proposal struct {
	Kind          Kind
	EastM, NorthM float64 // by how much to move, for shifts
	Strength      float64 // gain of a shift, contrast of a division; 0 for joins
	With          string  // the neighbour to join
}

// From which strength a proposal is made. On generated counties (seeds 11 and
// 12, a fifth of the parcels drawn wrong) more than half of the parcels proposed
// to be moved or divided are wrong indeed; villages are never moved in error.
const (
	leastVillage     = 20  // parcels
	leastVillageGain = 0.3 // standard deviations, in the mean of the village
	leastVillageM    = 3.0
	leastGain        = 3.4
	leastShiftM      = 6.0
	leastContrast    = 5.0
	leastShare       = 0.15
)

// Moved tells whether a village of n parcels is drawn elsewhere.
func Moved(common Shift, n int) bool {
	return n >= leastVillage && common.Gain >= leastVillageGain && math.Hypot(common.EastM, common.NorthM) >= leastVillageM
}

// Propose says what to do about a parcel of a village; moved tells whether the
// village is, which explains the parcel's own shift. A join is proposed by the
// parcel whose ID is first.
func Propose(f Finding, moved bool, village Shift) []Proposal {
	var out []Proposal
	switch {
	case moved:
		out = append(out, Proposal{Kind: ShiftVillage, EastM: village.EastM, NorthM: village.NorthM, Strength: village.Gain})
	case f.Shift.Gain >= leastGain && math.Hypot(f.Shift.EastM, f.Shift.NorthM) >= leastShiftM:
		out = append(out, Proposal{Kind: ShiftParcel, EastM: f.Shift.EastM, NorthM: f.Shift.NorthM, Strength: f.Shift.Gain})
	}
	if f.Split.Share >= leastShare && f.Split.Contrast >= leastContrast {
		out = append(out, Proposal{Kind: Divide, Strength: f.Split.Contrast})
	}
	for _, other := range f.Joined {
		if f.ID < other {
			out = append(out, Proposal{Kind: Join, With: other})
		}
	}
	return out
}
