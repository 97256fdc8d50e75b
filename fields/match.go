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
	Heterogeneous MatchReason = "HETEROGENEOUS"  // several things grow in it, or the shape is off
	TooFewPixels  MatchReason = "TOO_FEW_PIXELS" // too small for the imagery to tell
	AreaConflict  MatchReason = "AREA_CONFLICT"  // registered area and shape disagree
	NoEdge        MatchReason = "NO_EDGE"        // the surroundings look the same as the parcel
	NoObservation MatchReason = "NO_OBSERVATION" // no valid observation in the season
)

// Words returns the reason in Chinese and in English.
func (r MatchReason) Words() (zh, en string) {
	switch r {
	case NotCultivated:
		return "本季未见作物生长", "no crop growth was seen this season"
	case Heterogeneous:
		return "地块内部不均一", "the parcel is not homogeneous"
	case TooFewPixels:
		return "地块太小，影像难以判断", "the parcel is too small for the imagery"
	case AreaConflict:
		return "登记面积与图形不符", "registered area and shape disagree"
	case NoEdge:
		return "地块边界在影像上不可见", "its boundary is not seen in the imagery"
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
	EdgeContrast    float64 // |NDVI inside − NDVI just outside| over WithinSD, median of dates
	DeclaredM2      float64 // registered area, 0 where unknown
	AreaM2          float64 // area of the shape
}

// Match is the judgement: the probability that a homogeneous cultivated
// field of about the registered shape exists here this season.
type Match struct {
	P       float64            // 0 to 1
	Weight  float64            // 0 to 1: how much the imagery could tell; 0 leaves the prior
	Reasons []MatchReason      // what lowers P, the heaviest first
	LogOdds map[string]float64 // each piece of evidence, before weight and temper
}

// MatchFeature holds how one piece of evidence is distributed among parcels
// that match and parcels that don't: two normals of one spread, whose
// log-likelihood ratio is linear in x.
type MatchFeature struct {
	Matched   float64 `json:"matched"`   // mean where the field is there
	Unmatched float64 `json:"unmatched"` // mean where it isn't
	SD        float64 `json:"sd"`        // common standard deviation
}

// logOdds is the log-likelihood ratio (m₁−m₀)/σ²·(x−(m₁+m₀)/2), kept between
// −against and +support; NaN says nothing.
func (f MatchFeature) logOdds(x, support, against float64) float64 {
	if math.IsNaN(x) || f.SD <= 0 {
		return 0
	}
	v := (f.Matched - f.Unmatched) / (f.SD * f.SD) * (x - (f.Matched+f.Unmatched)/2)
	return max(-against, min(support, v))
}

// MatchModel is a logistic model of the match as data, so that it can be
// refitted ([FitMatch]) and kept with a release. With normals of common spread
// in each class the posterior is logistic, so the model is calibrated as far
// as those distributions hold; Temper makes up for pieces of evidence
// that depend on each other. (McLachlan, Discriminant Analysis and Statistical
// Pattern Recognition, 1992, section 8.1.)
type MatchModel struct {
	Prior         float64      `json:"prior"`         // share of registered parcels that match
	Heterogeneity MatchFeature `json:"heterogeneity"` // of ln(WithinSD/TypicalSD)
	Vegetation    MatchFeature `json:"vegetation"`    // of max(Amplitude, PeakNDVI − EvergreenNDVI)
	Edge          MatchFeature `json:"edge"`          // of EdgeContrast
	Area          MatchFeature `json:"area"`          // of |ln(DeclaredM2/AreaM2)|
	Temper        float64      `json:"temper"`        // factor on the evidence of imagery
	LimitFor      float64      `json:"limit_for"`     // largest log odds of one piece in favour
	LimitAgainst  float64      `json:"limit_against"` // and against: one thing alone can rule a field out
	TypicalSD     float64      `json:"typical_sd"`    // NDVI, where the county's isn't known
	EvergreenNDVI float64      `json:"evergreen_ndvi"`
	HalfPixels    float64      `json:"half_pixels"`       // pixels at which imagery counts half
	HalfDates     float64      `json:"half_observations"` // observations at which it does
	MinPixels     float64      `json:"min_pixels"`        // below, TOO_FEW_PIXELS is said
}

// DefaultMatchModel returns design values, chosen and not fitted: an 85 % share of matching
// parcels; noise of NDVI within a Sentinel-2 field about 0.05, twice that
// where two fields share a parcel (ln 2 ≈ 0.7); annual crops swing by 0.45 and
// more, bare or built land by less than 0.15; surveys agree with their shapes within
// 5 %. Refit with [FitMatch] where parcels with known truth exist.
func DefaultMatchModel() MatchModel {
	return MatchModel{
		Prior:         0.85,
		Heterogeneity: MatchFeature{Matched: 0, Unmatched: 0.7, SD: 0.45},
		Vegetation:    MatchFeature{Matched: 0.45, Unmatched: 0.12, SD: 0.11},
		Edge:          MatchFeature{Matched: 1.2, Unmatched: 0.4, SD: 0.7},
		Area:          MatchFeature{Matched: 0.03, Unmatched: 0.12, SD: 0.12},
		Temper:        0.85,
		LimitFor:      3,
		LimitAgainst:  8,
		TypicalSD:     0.05,
		EvergreenNDVI: 0.35,
		HalfPixels:    1,
		HalfDates:     2,
		MinPixels:     4,
	}
}

// features returns the four numbers that the model judges; NaN where the
// evidence is silent.
func (m MatchModel) features(e MatchEvidence) [4]float64 {
	nan := math.NaN()
	out := [4]float64{nan, nan, nan, nan}
	if e.Observations > 0 {
		typical := e.TypicalSD
		if !(typical > 0) {
			typical = m.TypicalSD
		}
		if e.WithinSD >= 0 && e.EffectivePixels >= 2 { // one pixel has no spread
			out[0] = math.Log(max(e.WithinSD, typical/8) / typical)
		}
		veg := e.Amplitude
		if ever := e.PeakNDVI - m.EvergreenNDVI; math.IsNaN(veg) || ever > veg {
			veg = ever
		}
		out[1] = veg
		out[2] = e.EdgeContrast
	}
	if e.DeclaredM2 > 0 && e.AreaM2 > 0 {
		out[3] = math.Abs(math.Log(e.DeclaredM2 / e.AreaM2))
	}
	return out
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

// Match judges one parcel. Without observations the probability is the prior,
// moved by the areas alone.
func (m MatchModel) Match(e MatchEvidence) Match {
	x := m.features(e)
	feats := [4]MatchFeature{m.Heterogeneity, m.Vegetation, m.Edge, m.Area}
	names := [4]string{"heterogeneity", "vegetation", "edge", "area"}
	reasons := [4]MatchReason{Heterogeneous, NotCultivated, NoEdge, AreaConflict}
	out := Match{Weight: m.weight(e), LogOdds: make(map[string]float64, 4)}
	logit := math.Log(m.Prior / (1 - m.Prior))
	type doubt struct {
		r MatchReason
		v float64
	}
	var doubts []doubt
	for i, f := range feats {
		v := f.logOdds(x[i], m.LimitFor, m.LimitAgainst)
		out.LogOdds[names[i]] = v
		w := out.Weight * m.Temper
		if i == 3 {
			w = 1 // areas need no imagery
		}
		logit += w * v
		if v < -0.5 {
			doubts = append(doubts, doubt{reasons[i], w * v})
		}
	}
	slices.SortStableFunc(doubts, func(a, b doubt) int {
		if a.v < b.v {
			return -1
		}
		if a.v > b.v {
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
	out.P = 1 / (1 + math.Exp(-logit))
	return out
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
