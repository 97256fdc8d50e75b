package crop

import (
	"errors"
	"maps"
	"slices"
)

// Evaluation compares predictions with the truth.
type Evaluation struct {
	Samples     int       `json:"samples"` // compared
	Accuracy    float64   `json:"accuracy"`
	Low         float64   `json:"accuracy_low"`  // Wilson's 95 % interval
	High        float64   `json:"accuracy_high"` //
	Kappa       float64   `json:"kappa"`
	MacroF1     float64   `json:"macro_f1"` // over the classes of the truth
	ECE         float64   `json:"ece"`      // see [CalibrationError]
	Coverage    float64   `json:"coverage"` // share of samples not abstained on
	Spoken      int       `json:"spoken"`   // samples not abstained on
	SpokenRight float64   `json:"spoken_accuracy"`
	Sets        int       `json:"sets"`         // samples with a conformal set
	SetCoverage float64   `json:"set_coverage"` // share of the sets that hold the truth
	SetSize     float64   `json:"set_size"`     // their mean number of classes
	PerClass    []PRF     `json:"per_class"`
	Confusion   Confusion `json:"confusion"`
	Unpredicted int       `json:"unpredicted"` // truths without a prediction: not counted above
	Untrue      int       `json:"untrue"`      // predictions without a truth: not counted above
	Unknown     []string  `json:"unknown"`     // classes of the truth that no prediction names
}

// ErrNothingToCompare is returned where no sample is in both tables.
var ErrNothingToCompare = errors.New("no sample is in both truth and predictions: compare their sample ids")

// Evaluate compares each prediction with the sample's true label. A sample on
// which the model abstained counts with its best guess in all figures but
// Coverage and SpokenRight.
func Evaluate(truth map[string]string, predicted []Predicted) (Evaluation, error) {
	var e Evaluation
	var want, got []string
	var probability []float64
	var right []bool
	hits, holds, size := 0, 0, 0
	for _, p := range predicted {
		t, ok := truth[p.ID]
		if !ok {
			e.Untrue++
			continue
		}
		want, got = append(want, t), append(got, p.Label)
		probability, right = append(probability, p.Probability), append(right, t == p.Label)
		if p.Set != nil {
			e.Sets++
			size += len(p.Set)
			if slices.Contains(p.Set, t) {
				holds++
			}
		}
		if !p.Abstained {
			e.Spoken++
			if t == p.Label {
				hits++
			}
		}
	}
	e.Samples = len(want)
	if e.Samples == 0 {
		return e, ErrNothingToCompare
	}
	e.Unpredicted = len(truth) - e.Samples
	c := NewConfusion(want, got)
	e.Accuracy, e.Kappa, e.MacroF1, e.PerClass, e.Confusion = c.Accuracy(), c.Kappa(), c.MacroF1(), c.PerClass(), c
	e.Low, e.High = Wilson(c.Right(), e.Samples)
	e.ECE = CalibrationError(probability, right)
	e.Coverage = float64(e.Spoken) / float64(e.Samples)
	e.SetCoverage, e.SetSize = float64(holds)/float64(max(1, e.Sets)), float64(size)/float64(max(1, e.Sets))
	e.SpokenRight = float64(hits) / float64(max(1, e.Spoken))
	for _, t := range slices.Sorted(maps.Values(truth)) {
		if !slices.Contains(got, t) && !slices.Contains(e.Unknown, t) {
			e.Unknown = append(e.Unknown, t)
		}
	}
	return e, nil
}
