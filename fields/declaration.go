package fields

import (
	"math"
	"slices"
)

// Declaration is what a county says grows on a parcel in a season. A parcel with
// several crops has several.
type Declaration struct {
	ParcelID    string `json:"parcel"`
	HouseholdID string `json:"household"` // who declares it, "" for somebody whom the registry does not know
	Crop        string `json:"crop"`      // catalogue code
}

// Verdict is how a declaration stands against what imagery shows.
type Verdict string

// How a declaration can stand.
const (
	Agrees   Verdict = "agrees"   // the likeliest crop is one that is declared
	Doubtful Verdict = "doubtful" // the crop model commits itself to another one
	Unclear  Verdict = "unclear"  // it does not, or does not know the declared crop, or saw nothing
)

// Declared is what is declared for a parcel, held against its crop.
type Declared struct {
	Crops   []string // catalogue codes in order; none: nothing is declared
	P       float64  // probability of these together; NaN where nothing is known
	Verdict Verdict  // "" where nothing is declared
}

// JudgeDeclaration holds declared crops against a posterior over classes. A crop
// that is no class cannot be seen, so that nothing can be said against it.
func JudgeDeclaration(declared, classes []string, posterior []float32, abstained bool) Declared {
	d := Declared{Crops: declared, P: math.NaN()}
	if len(declared) == 0 {
		return d
	}
	d.Verdict = Unclear
	if len(classes) == 0 {
		return d
	}
	best := 0
	sum, known := 0.0, true
	for i, p := range posterior {
		if p > posterior[best] {
			best = i
		}
		if slices.Contains(declared, classes[i]) {
			sum += float64(p)
		}
	}
	for _, c := range declared {
		known = known && slices.Contains(classes, c)
	}
	d.P = sum
	switch {
	case slices.Contains(declared, classes[best]):
		d.Verdict = Agrees
	case known && !abstained:
		d.Verdict = Doubtful
	}
	return d
}
