package yield

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
)

// PanelModel predicts regions' years: the mixed model where it beat every
// baseline on years it had not seen, else the best baseline.
type PanelModel struct {
	Format    string       `json:"format"`
	Method    Method       `json:"method"`
	Verdict   string       `json:"verdict"` // what was compared and why this method
	Columns   TableColumns `json:"columns"`
	Features  []string     `json:"features"`
	Years     []int        `json:"years"`
	Regions   int          `json:"regions"`
	Notes     []string     `json:"notes,omitempty"` // repairs of the table
	Scores    []Score      `json:"scores"`
	Forward   spread       `json:"forward"` // of predictions for years after the last that was fitted
	Inside    spread       `json:"inside"`  // of those for other years
	Variances variances    `json:"variances"`
	Project   projection   `json:"projection"`
	Rows      []panelRow   `json:"rows"` // what was fitted; predictions condition on it
}

// spread is how far predictions of unseen years were off, in units of the
// predicted SD, which is 1 for baselines.
type spread struct {
	Half float64 `json:"half"` // of the 80 % interval
	RMSE float64 `json:"rmse"`
}

// panelRow is a row as the file holds it.
type panelRow struct {
	Key    string    `json:"k"`
	Group  string    `json:"g,omitempty"`
	Year   int       `json:"y"`
	Target float64   `json:"t"`
	Weight float64   `json:"w"` // of the row's precision in the mixed model
	Scores []float64 `json:"s,omitempty"`
}

const panelFormat = "parus-yield-panel-2"

// Prediction is a region's year in the target's unit.
type Prediction struct {
	Key                     string
	Year                    int
	P10, P50, P90, Mean, SD float64
}

// FitPanel chooses between the baselines and the mixed model by their errors
// forward in time and leaving a year out, each inside the table, and fits the
// winner on all rows; Verdict says how it went and Notes what was repaired.
// Fewer than 4 years or 8 rows with a target are an error, and so is the end of
// ctx, which is looked at between two likelihoods.
func FitPanel(ctx context.Context, t Table, c TableColumns, tell Progress) (PanelModel, error) {
	if t.Target == nil {
		return PanelModel{}, fmt.Errorf("fit: the table has no column %q", c.Target)
	}
	t = t.known()
	if len(t.Keys) < 8 || len(t.years()) < leastHistory+1 {
		return PanelModel{}, fmt.Errorf("fit: %d rows in %d years have a target: want at least 8 rows in %d years", len(t.Keys), len(t.years()), leastHistory+1)
	}
	m := PanelModel{Format: panelFormat, Columns: c, Features: slices.Clone(t.Features), Years: t.years(), Regions: len(distinct(t.Keys))}
	t, m.Notes = t.repaired()
	m.Project = newProjection(t)
	s := m.Project.score(t)
	whole, err := fitMixed(ctx, newPanelRows(s, nil), variances{})
	if err != nil {
		return PanelModel{}, fmt.Errorf("fit: %w", err)
	}
	m.Variances = whole.v
	if err := m.compare(ctx, t, s, tell); err != nil {
		return PanelModel{}, fmt.Errorf("fit: %w", err)
	}
	for i, k := range s.keys {
		m.Rows = append(m.Rows, panelRow{k, s.groups[i], s.years[i], s.target[i], whole.p.weight[i], s.scores[i]})
	}
	return m, nil
}

// compare scores every method on every fold, takes the best and measures how
// far it is off.
func (m *PanelModel) compare(ctx context.Context, t Table, s scored, tell Progress) error {
	var folds []split
	for _, kind := range splitKinds() {
		folds = append(folds, splits(t, kind)...)
	}
	misses, err := eachFold(ctx, folds, tell, func(ctx context.Context, f split) ([][]miss, error) { return missesOf(ctx, s, f, m.Variances) })
	if err != nil {
		return err
	}
	spreads, typical := map[Method]map[string]spread{}, map[Method]float64{}
	for at, method := range append(baselines(), MethodMixed) {
		spreads[method] = map[string]spread{}
		var logs []float64
		for _, kind := range splitKinds() {
			var e []miss
			years := 0
			for k, f := range folds {
				if f.kind == kind {
					year := misses[k][at]
					logs = append(logs, math.Log(math.Max(score(method, kind, year).RMSE, 1e-9)))
					e, years = append(e, year...), years+1
				}
			}
			m.Scores = append(m.Scores, score(method, kind, e))
			if method == MethodMixed { // its SDs already say how little few years tell
				years = len(t.years())
			}
			spreads[method][kind] = newSpread(e, years)
		}
		typical[method] = math.Exp(mean(logs))
	}
	m.choose(typical)
	m.Forward, m.Inside = spreads[m.Method][SplitForward], spreads[m.Method][SplitLeave]
	return nil
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
// conformal, the ⌈0.8·(n+1)⌉-th smallest absolute error in units of the
// predicted SD (Vovk et al. 2005; Lei et al. 2018 for the scaling), widened by
// Student's 90 % quantile over the normal's for that many years, since the
// weather of a year is shared: years, not rows, are independent.
func newSpread(e []miss, years int) spread {
	abs := make([]float64, len(e))
	var s spread
	for i, v := range e {
		abs[i] = math.Abs(v.error / v.sd)
		s.RMSE += abs[i] * abs[i] / float64(len(e))
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

// Predict gives every row of a table its distribution. The table must have the
// features that the model was fitted on; its rows of one year should be all of
// that year's, since features count as differences from the group's mean.
func (m PanelModel) Predict(t Table) ([]Prediction, error) {
	if m.Method == MethodMixed {
		var err error
		if t, err = t.pick(m.Features); err != nil {
			return nil, err
		}
	}
	s := m.history()
	values, sds := m.predictMixed(s, t)
	last := slices.Max(m.Years)
	h := histories(s)
	out := make([]Prediction, len(t.Keys))
	for i, k := range t.Keys {
		var v, sd float64
		if m.Method == MethodMixed {
			v, sd = values[i], sds[i]
		} else {
			v, sd = baseline(m.Method, h, k, t.Years[i]), 1
		}
		w := m.Inside
		if t.Years[i] > last {
			w = m.Forward
		}
		out[i] = Prediction{Key: k, Year: t.Years[i], P10: v - w.Half*sd, P50: v, P90: v + w.Half*sd, Mean: v, SD: w.RMSE * sd}
	}
	return out, nil
}

// history is the rows that were fitted.
func (m PanelModel) history() scored {
	s := scored{own: len(m.Project.Own), shared: len(m.Project.Shared)}
	for _, r := range m.Rows {
		s.keys, s.groups, s.years, s.target, s.scores = append(s.keys, r.Key), append(s.groups, r.Group), append(s.years, r.Year), append(s.target, r.Target), append(s.scores, r.Scores)
	}
	return s
}

// predictMixed conditions the mixed model on its history; for other methods it
// returns nothing.
func (m PanelModel) predictMixed(s scored, t Table) (values, sds []float64) {
	if m.Method != MethodMixed {
		return nil, nil
	}
	p := newPanelRows(s, t.Years)
	for i, r := range m.Rows {
		p.weight[i] = r.Weight
	}
	if t.Groups == nil { // a table without the column: regions keep the group they had
		t.Groups = make([]string, len(t.Keys))
		for i, k := range t.Keys {
			if g, ok := p.groupOf[k]; ok {
				t.Groups[i] = p.groups[g]
			}
		}
	}
	return p.solve(m.Variances).predictRows(m.Project.score(t))
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
	if m.Format != panelFormat || len(m.Years) == 0 || len(m.Rows) == 0 {
		return PanelModel{}, fmt.Errorf("yield model: format %q: want %q: fit it anew with `parus yield fit`", m.Format, panelFormat)
	}
	return m, nil
}
