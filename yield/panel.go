package yield

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// PanelModel predicts regions' years: the mixed model where it beat every
// baseline on years it had not seen, else the best baseline.
type PanelModel struct {
	Format    string             `json:"format"`
	Method    Method             `json:"method"`
	Verdict   string             `json:"verdict"` // what was compared and why this method
	Columns   TableColumns       `json:"columns"`
	Features  []string           `json:"features"`
	Years     []int              `json:"years"`
	Rows      int                `json:"rows"`
	Regions   int                `json:"regions"`
	Scores    []Score            `json:"scores"`
	Forward   spread             `json:"forward"` // of predictions for years after the last that was fitted
	Inside    spread             `json:"inside"`  // of those for other years
	Histories map[string]history `json:"histories"`
	Variances variances          `json:"variances"`
	Mixed     mixedFile          `json:"mixed"`
}

// spread is how far predictions of unseen years were off.
type spread struct {
	Half float64 `json:"half"` // of the 80 % interval
	RMSE float64 `json:"rmse"`
}

// mixedFile is mixed as the file holds it.
type mixedFile struct {
	Mean, SD, MiddleYear, Slope float64
	Level, RegionSlope          map[string]float64
	Weights                     []float64
	Scale                       anomalies
}

const panelFormat = "parus-yield-panel-1"

// Prediction is a region's year in the target's unit.
type Prediction struct {
	Key                     string
	Year                    int
	P10, P50, P90, Mean, SD float64
}

// FitPanel chooses between the baselines and the mixed model by their errors
// forward in time and leaving a year out, and fits the winner on all rows; Verdict says how it went. Fewer than 4 years or 8 rows with a target are an
// error.
func FitPanel(t Table, c TableColumns) (PanelModel, error) {
	if t.Target == nil {
		return PanelModel{}, fmt.Errorf("fit: the table has no column %q", c.Target)
	}
	t = t.known()
	if len(t.Keys) < 8 || len(t.years()) < leastHistory+1 {
		return PanelModel{}, fmt.Errorf("fit: %d rows in %d years have a target: want at least 8 rows in %d years", len(t.Keys), len(t.years()), leastHistory+1)
	}
	centred := yearCentred(t)
	m := PanelModel{Format: panelFormat, Columns: c, Features: slices.Clone(t.Features), Years: t.years(), Rows: len(t.Keys), Histories: histories(t)}
	m.Regions = len(m.Histories) - 1
	var err error
	if m.Variances, err = chooseVariances(t, centred); err != nil {
		return PanelModel{}, err
	}
	spreads := map[Method]map[string]spread{}
	typical := map[Method]float64{}
	for _, method := range append(baselines(), MethodMixed) {
		spreads[method] = map[string]spread{}
		var logs []float64
		for _, kind := range []string{SplitForward, SplitLeave} {
			var e []float64
			folds := splits(t, kind)
			for _, f := range folds {
				year := residualsOf(t, centred, method, m.Variances, []split{f})
				logs = append(logs, math.Log(math.Max(score(method, kind, year).RMSE, 1e-9)))
				e = append(e, year...)
			}
			m.Scores = append(m.Scores, score(method, kind, e))
			spreads[method][kind] = newSpread(e, len(folds))
		}
		typical[method] = math.Exp(mean(logs))
	}
	m.choose(typical)
	m.Forward, m.Inside = spreads[m.Method][SplitForward], spreads[m.Method][SplitLeave]
	if m.Method == MethodMixed {
		x := fitMixed(t, centred, m.Variances)
		m.Mixed = mixedFile{x.Mean, x.SD, x.MiddleYear, x.Slope, x.Level, x.RegionSlope, x.Weights, x.Scale}
	}
	return m, nil
}

// choose takes the mixed model only if its typical error is below every
// baseline's: the geometric mean of the RMSEs of single unseen years, which
// keeps one year with exceptional weather from deciding alone.
func (m *PanelModel) choose(typical map[Method]float64) {
	best := MethodMean
	for _, b := range baselines() {
		if typical[b] < typical[best] {
			best = b
		}
	}
	m.Method = best
	word := "does not beat every baseline and is not used"
	if typical[MethodMixed] < typical[best] {
		m.Method, word = MethodMixed, "beats every baseline and is used"
	}
	m.Verdict = fmt.Sprintf("the mixed model %s: its RMSE in a typical unseen year is %.4g, that of the best baseline (%s) %.4g", word,
		typical[MethodMixed], best, typical[best])
}

// newSpread measures the errors of a number of years. The half-width is
// conformal, the ⌈0.8·(n+1)⌉-th smallest absolute error (Vovk et al. 2005),
// widened by Student's 90 % quantile over the normal's for that many years,
// since the weather of a year is shared: years, not rows, are independent.
func newSpread(e []float64, years int) spread {
	abs := make([]float64, len(e))
	var s spread
	for i, v := range e {
		abs[i] = math.Abs(v)
		s.RMSE += v * v / float64(len(e))
	}
	slices.Sort(abs)
	student := []float64{2.4, 2.4, 1.886 / 1.2816, 1.638 / 1.2816, 1.533 / 1.2816, 1.476 / 1.2816, 1.440 / 1.2816, 1.415 / 1.2816, 1.397 / 1.2816, 1.383 / 1.2816}
	widen := 1.0
	if at := max(0, years-1); at < len(student) {
		widen = student[at]
	}
	k := int(math.Ceil(0.8*float64(len(abs)+1))) - 1
	s.Half, s.RMSE = widen*abs[min(k, len(abs)-1)], widen*math.Sqrt(s.RMSE)
	return s
}

// chooseVariances picks the candidate with the least sum of forward and
// leave-one-year-out RMSE.
func chooseVariances(t Table, centred [][]float64) (variances, error) {
	forward, leave := splits(t, SplitForward), splits(t, SplitLeave)
	if len(forward) == 0 {
		return variances{}, errors.New("fit: too few years to validate")
	}
	var best variances
	least := math.Inf(1)
	for _, v := range candidates(len(t.Features) > 0) {
		total := score(MethodMixed, SplitForward, residualsOf(t, centred, MethodMixed, v, forward)).RMSE +
			score(MethodMixed, SplitLeave, residualsOf(t, centred, MethodMixed, v, leave)).RMSE
		if total < least {
			best, least = v, total
		}
	}
	return best, nil
}

// Predict gives every row of a table its distribution. The table must have the
// features that the model was fitted on; its rows of one year should be all of
// that year's, since features count as differences from the year's mean.
func (m PanelModel) Predict(t Table) ([]Prediction, error) {
	at := make([]int, len(m.Features))
	if m.Method == MethodMixed {
		for j, f := range m.Features {
			if at[j] = slices.Index(t.Features, f); at[j] < 0 {
				return nil, fmt.Errorf("predict: the table has no column %q (or no numbers in it), which the model was fitted on", f)
			}
		}
		picked := Table{Keys: t.Keys, Years: t.Years, Features: m.Features, Values: make([][]float64, len(t.Keys))}
		for i := range t.Values {
			for _, j := range at {
				picked.Values[i] = append(picked.Values[i], t.Values[i][j])
			}
		}
		t = picked
	}
	last := slices.Max(m.Years)
	x := mixed{m.Mixed.Mean, m.Mixed.SD, m.Mixed.MiddleYear, m.Mixed.Level, m.Mixed.RegionSlope, m.Mixed.Slope, m.Mixed.Weights, m.Mixed.Scale}
	centred := yearCentred(t)
	out := make([]Prediction, len(t.Keys))
	for i, k := range t.Keys {
		var v float64
		if m.Method == MethodMixed {
			v = x.predict(k, t.Years[i], centred[i])
		} else {
			v = baseline(m.Method, m.Histories, k, t.Years[i])
		}
		w := m.Inside
		if t.Years[i] > last {
			w = m.Forward
		}
		out[i] = Prediction{Key: k, Year: t.Years[i], P10: v - w.Half, P50: v, P90: v + w.Half, Mean: v, SD: w.RMSE}
	}
	return out, nil
}

// Save writes the model as JSON.
func (m PanelModel) Save(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(m)
}

// LoadPanel reads what Save wrote.
func LoadPanel(r io.Reader) (PanelModel, error) {
	var m PanelModel
	if err := json.NewDecoder(r).Decode(&m); err != nil {
		return PanelModel{}, fmt.Errorf("yield model: not a model file, or cut short: fit it anew with `parus yield fit`: %w", err)
	}
	if m.Format != panelFormat {
		return PanelModel{}, fmt.Errorf("yield model: format %q: want %q: fit it anew with `parus yield fit`", m.Format, panelFormat)
	}
	return m, nil
}
