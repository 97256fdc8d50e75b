package fields

import (
	"math"
	"slices"
)

// MatchReason says, as a code, why a match is doubted.
type MatchReason string

// The reasons of a low match probability; [MatchReason.Words] puts them into
// words.
const (
	NotCultivated MatchReason = "NOT_CULTIVATED" // the season shows no vegetation of a field
	BuiltOver     MatchReason = "BUILT_OVER"     // nor anything that changes, as roofs and roads
	Misplaced     MatchReason = "MISPLACED"      // the outline lies beside the edges that imagery shows
	TwoFields     MatchReason = "TWO_FIELDS"     // imagery divides it in two
	Heterogeneous MatchReason = "HETEROGENEOUS"  // several things grow in it, or the shape is off
	AreaConflict  MatchReason = "AREA_CONFLICT"  // registered area and shape disagree
	TooFewPixels  MatchReason = "TOO_FEW_PIXELS" // too small for the imagery to tell
	NoObservation MatchReason = "NO_OBSERVATION" // no valid observation in the season
)

// Words returns the reason in Chinese and in English.
func (r MatchReason) Words() (zh, en string) {
	switch r {
	case NotCultivated:
		return "本季未见作物生长", "no crop growth was seen this season"
	case BuiltOver:
		return "地块似已被建筑或道路占用", "the land seems to be built over"
	case Misplaced:
		return "登记边界与影像中的田界不符", "its boundary lies beside the one that imagery shows"
	case TwoFields:
		return "影像显示地块内有两块田", "imagery shows two fields in the parcel"
	case Heterogeneous:
		return "地块内部不均一", "the parcel is not homogeneous"
	case AreaConflict:
		return "登记面积与图形不符", "registered area and shape disagree"
	case TooFewPixels:
		return "地块太小，影像难以判断", "the parcel is too small for the imagery"
	case NoObservation:
		return "本季没有有效观测", "there was no valid observation this season"
	}
	return string(r), string(r)
}

// MatchEvidence is what imagery and registry say of one parcel and season.
// NaN stands for a piece of evidence that is not there.
type MatchEvidence struct {
	EffectivePixels float64 // sum of coverage fractions
	Observations    int     // dates of the season on which half of the parcel or more was clear
	WithinSD        float64 // median over those dates of the NDVI standard deviation in the parcel
	TypicalSD       float64 // the county's median of WithinSD; 0 takes the model's
	Amplitude       float64 // season's maximum − minimum of smoothed NDVI
	PeakNDVI        float64 // season's maximum of smoothed NDVI
	Edge            float64 // how far the outline follows edges of the picture (reconcile.Finding.Edge)
	SplitShare      float64 // smaller part of the best division in two, 0 to 0.5 (reconcile.Split)
	SplitContrast   float64 // and how far its parts differ
	DeclaredM2      float64 // registered area, 0 where unknown
	AreaM2          float64 // area of the shape
}

// Match is the judgement: the probability that a homogeneous cultivated
// field of about the registered shape exists here this season.
type Match struct {
	P       float64                   // 0 to 1: the product of Answers
	Weight  float64                   // 0 to 1: how much the imagery could tell; 0 leaves the priors
	Answers map[MatchQuestion]float64 // probability of yes to each question
	Reasons []MatchReason             // what lowers P, the heaviest first
}

// MatchQuestion is one of the things that must all hold for a match.
type MatchQuestion string

// The questions. Each has its own evidence, since each fails in its own way:
// a parcel that was drawn elsewhere still grows wheat.
const (
	Cultivated MatchQuestion = "cultivated" // does something grow there as on a field?
	Placed     MatchQuestion = "placed"     // is the boundary about where imagery has one?
	Single     MatchQuestion = "single"     // is it one field?
	Sized      MatchQuestion = "sized"      // do the registered area and the shape agree?
)

// Questions lists them in the order of evidence.
func Questions() []MatchQuestion { return []MatchQuestion{Cultivated, Placed, Single, Sized} }

// MatchFeature holds how one piece of evidence x is distributed where the
// answer is yes and where it is no: two normals of one spread, whose
// log-likelihood ratio is linear in x.
type MatchFeature struct {
	Yes float64 `json:"yes"` // mean where the answer is yes
	No  float64 `json:"no"`  // mean where it is no
	SD  float64 `json:"sd"`  // common standard deviation
}

// logOdds is the log-likelihood ratio (m₁−m₀)/σ²·(x−(m₁+m₀)/2), kept between
// −against and +support; NaN says nothing.
func (f MatchFeature) logOdds(x, support, against float64) float64 {
	if math.IsNaN(x) || f.SD <= 0 {
		return 0
	}
	v := (f.Yes - f.No) / (f.SD * f.SD) * (x - (f.Yes+f.No)/2)
	return max(-against, min(support, v))
}

// MatchJudge answers one question: with normals of common spread the posterior
// is logistic (McLachlan, Discriminant Analysis and Statistical Pattern
// Recognition, 1992, section 8.1). Temper makes up for what they are not.
type MatchJudge struct {
	Prior   float64      `json:"prior"` // share of registered parcels with yes
	Feature MatchFeature `json:"feature"`
	Second  MatchFeature `json:"second"` // evidence used where the first is silent; SD 0: none
	Temper  float64      `json:"temper"` // factor on the evidence
}

// MatchModel answers the questions and multiplies: all must hold, and what
// makes one fail tells little of the others. It is data, so that it can be
// refitted ([FitMatch]) and kept with a release.
type MatchModel struct {
	Judges        map[MatchQuestion]MatchJudge `json:"judges"`
	LimitFor      float64                      `json:"limit_for"`     // largest log odds of one piece in favour
	LimitAgainst  float64                      `json:"limit_against"` // and against: one thing alone can rule a field out
	TypicalSD     float64                      `json:"typical_sd"`    // NDVI, where the county's isn't known
	EvergreenNDVI float64                      `json:"evergreen_ndvi"`
	HalfPixels    float64                      `json:"half_pixels"`       // pixels at which imagery counts half
	HalfDates     float64                      `json:"half_observations"` // observations at which it does
	MinPixels     float64                      `json:"min_pixels"`        // below, TOO_FEW_PIXELS is said
	BuiltPeak     float64                      `json:"built_peak"`        // land that never exceeds this NDVI
	BuiltSwing    float64                      `json:"built_swing"`       // and swings by less than this is built over
}

// pieces returns the evidence on a question: what is judged first, and what
// is judged where that is silent. NaN is silent.
func (m MatchModel) pieces(q MatchQuestion, e MatchEvidence) (first, second float64) {
	nan := math.NaN()
	if q == Sized {
		if e.DeclaredM2 > 0 && e.AreaM2 > 0 {
			return math.Abs(math.Log(e.DeclaredM2 / e.AreaM2)), nan
		}
		return nan, nan
	}
	if e.Observations <= 0 {
		return nan, nan
	}
	switch q {
	case Cultivated:
		veg := e.Amplitude
		if ever := e.PeakNDVI - m.EvergreenNDVI; math.IsNaN(veg) || ever > veg {
			veg = ever
		}
		return veg, nan
	case Placed:
		return e.Edge, nan
	case Single:
		return m.division(e), m.patchiness(e)
	default:
		return nan, nan
	}
}

// leastPart is the share of a parcel from which a part counts as a field: a
// row of pixels along a border is mixed with the neighbour.
const leastPart = 0.15

// division is the logarithm of the contrast of a parcel's parts; an even one
// where the best division cuts off a margin only.
func (m MatchModel) division(e MatchEvidence) float64 {
	switch {
	case !(e.SplitShare > 0):
		return math.NaN()
	case e.SplitShare < leastPart:
		return 0
	}
	return math.Log(max(e.SplitContrast, 0.1))
}

// patchiness is the logarithm of NDVI's spread against the county's usual one.
func (m MatchModel) patchiness(e MatchEvidence) float64 {
	typical := e.TypicalSD
	if !(typical > 0) {
		typical = m.TypicalSD
	}
	if !(e.WithinSD >= 0) || e.EffectivePixels < 2 { // one pixel has no spread
		return math.NaN()
	}
	return math.Log(max(e.WithinSD, typical/8) / typical)
}

// weight tells how much the imagery can say: half at HalfPixels and half at
// HalfDates, towards one with more.
func (m MatchModel) weight(e MatchEvidence) float64 {
	if e.Observations <= 0 || !(e.EffectivePixels > 0) {
		return 0
	}
	n := float64(e.Observations)
	return n / (n + m.HalfDates) * e.EffectivePixels / (e.EffectivePixels + m.HalfPixels)
}

// answer is the probability of yes, and the log odds that evidence added to the
// prior's.
func (m MatchModel) answer(q MatchQuestion, e MatchEvidence) (p, moved float64) {
	j := m.Judges[q]
	first, second := m.pieces(q, e)
	v := j.Feature.logOdds(first, m.LimitFor, m.LimitAgainst)
	if math.IsNaN(first) {
		v = j.Second.logOdds(second, m.LimitFor, m.LimitAgainst)
	}
	w := j.Temper
	if q != Sized { // areas need no imagery
		w *= m.weight(e)
	}
	return 1 / (1 + (1-j.Prior)/j.Prior*math.Exp(-w*v)), w * v
}

// Match judges one parcel. Without observations the probability is that of the
// priors, moved by the areas alone.
func (m MatchModel) Match(e MatchEvidence) Match {
	out := Match{P: 1, Weight: m.weight(e), Answers: make(map[MatchQuestion]float64, 4)}
	type doubt struct {
		r     MatchReason
		moved float64
	}
	var doubts []doubt
	for _, q := range Questions() {
		p, moved := m.answer(q, e)
		out.Answers[q] = p
		out.P *= p
		if moved < -doubtFrom {
			doubts = append(doubts, doubt{m.reason(q, e), moved})
		}
	}
	slices.SortStableFunc(doubts, func(a, b doubt) int {
		if a.moved < b.moved {
			return -1
		}
		if a.moved > b.moved {
			return 1
		}
		return 0
	})
	if e.Observations <= 0 {
		out.Reasons = append(out.Reasons, NoObservation)
	}
	if e.EffectivePixels < m.MinPixels {
		out.Reasons = append(out.Reasons, TooFewPixels)
	}
	for _, d := range doubts {
		out.Reasons = append(out.Reasons, d.r)
	}
	return out
}

// doubtFrom is the log odds against from which evidence is worth a word.
const doubtFrom = 0.5

// reason names what speaks against a yes.
func (m MatchModel) reason(q MatchQuestion, e MatchEvidence) MatchReason {
	switch q {
	case Cultivated:
		if e.PeakNDVI < m.BuiltPeak && e.Amplitude < m.BuiltSwing {
			return BuiltOver
		}
		return NotCultivated
	case Placed:
		return Misplaced
	case Single:
		if e.SplitShare >= leastPart {
			return TwoFields
		}
		return Heterogeneous
	default:
		return AreaConflict
	}
}

// MatchParcel judges one parcel by [DefaultMatchModel].
func MatchParcel(e MatchEvidence) Match { return DefaultMatchModel().Match(e) }

// MedianSD is the median of the within-parcel NDVI standard deviations on the dates
// on which at least half of the parcel was valid, and the number of those
// dates; NaN where there is none. Both slices run over the same dates.
func MedianSD(sd, valid []float32) (median float64, observations int) {
	var v []float64
	for i, f := range valid {
		if f < 0.5 {
			continue
		}
		observations++
		if i < len(sd) && !math.IsNaN(float64(sd[i])) {
			v = append(v, float64(sd[i]))
		}
	}
	if len(v) == 0 {
		return math.NaN(), observations
	}
	slices.Sort(v)
	n := len(v)
	return (v[(n-1)/2] + v[n/2]) / 2, observations
}
