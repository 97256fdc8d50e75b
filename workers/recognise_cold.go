package workers

import (
	"bytes"
	"context"
	"fmt"

	"parus/fields/catalogue"
	"parus/fields/crop"
	"parus/fields/crop/coldstart"
	"parus/internal/ledger"
	"parus/internal/season"
)

// coldVersion is raised where posteriors without a model change for the same
// series and calendars.
const coldVersion = 1

// starter is what a county without a crop model starts from.
type starter struct {
	County    string `json:"county"`
	Patterns  string `json:"patterns,omitempty"`  // digest of the county's own reference curves
	Catalogue string `json:"catalogue,omitempty"` // digest of overrides of the crop catalogue
}

// startsCold tells, for a season without a crop model, what it starts from.
func startsCold(run season.Run) *starter {
	if _, ok := run.Spec.Inputs[season.InputCropModel]; ok {
		return nil
	}
	return &starter{County: run.County, Patterns: run.Spec.Inputs[season.InputCropPatterns], Catalogue: run.Spec.Inputs[season.InputCatalogue]}
}

// key is what of a cold start decides a unit's result; it stands where a model's
// digest stands otherwise.
func (s starter) key() (string, error) {
	builtin, err := catalogue.Load()
	if err != nil {
		return "", Permanent(err)
	}
	return fmt.Sprintf("cold %d %s %s %s %s", coldVersion, s.County, s.Patterns, s.Catalogue, builtin.Digest()), nil
}

// notice tells everybody who reads the outcomes that no label stands behind
// the crops of a season.
func (s starter) notice(run season.Run) season.Outcome {
	from := "the calendars of the crop catalogue"
	if s.Patterns != "" {
		from = "the county's reference curves"
	}
	return season.Outcome{Item: run.Season, Stage: stageRecognise, Outcome: string(ledger.Done), Reason: "没有作物模型，按参考曲线冷启动，把握较低 / " +
		"no crop model: crops are told by " + from + " alone, with wide probabilities; fit a model with `parus crop fit` once there are labels"}
}

// modelName names what told the crops that a decision stands on.
func modelName(inputs map[string]string) string {
	if m, ok := inputs[season.InputCropModel]; ok {
		return fmt.Sprintf("%.12s", m)
	}
	if p, ok := inputs[season.InputCropPatterns]; ok {
		return fmt.Sprintf("cold start %d (patterns %.12s)", coldVersion, p)
	}
	return fmt.Sprintf("cold start %d (calendars)", coldVersion)
}

// posteriors tells the crops of samples, by the model where there is one, with
// what there is to say of how.
func (s recognise) posteriors(ctx context.Context, t recogniseTask, samples []crop.Sample) (out []crop.Posterior, notes []string, err error) {
	if t.Cold != nil {
		out, err = s.cold(ctx, t, samples)
		return out, nil, err
	}
	model, err := s.model.get(t.Model, func() (*crop.Model, error) { return s.loadModel(ctx, t.Model) })
	if err != nil {
		return nil, nil, err
	}
	out, err = model.Predict(ctx, samples, crop.PredictOptions{SeasonStart: t.Season.Start, Threads: 1})
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	return out, stageNotes(model, out), Permanent(err)
}

// cold tells crops without a model.
func (s recognise) cold(ctx context.Context, t recogniseTask, samples []crop.Sample) ([]crop.Posterior, error) {
	p, err := s.patterns(ctx, t)
	if err != nil {
		return nil, err
	}
	out, err := p.Classify(ctx, samples, coldstart.Options{Threads: 1})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return out, Permanent(err)
}

// patterns are the county's reference curves, else those of the catalogue.
func (s recognise) patterns(ctx context.Context, t recogniseTask) (*coldstart.Patterns, error) {
	if t.Cold.Patterns != "" {
		data, err := s.store.Input(ctx, t.Cold.Patterns)
		if err != nil {
			return nil, err
		}
		p, err := coldstart.Read(bytes.NewReader(data))
		return p, Permanent(err)
	}
	in := map[string]string{}
	if t.Cold.Catalogue != "" {
		in[season.InputCatalogue] = t.Cold.Catalogue
	}
	cat, err := catalogueOf(ctx, s.store, in, t.Cold.County, t.Season)
	if err != nil {
		return nil, err
	}
	p, err := coldstart.Builtin(cat, coldstart.Scope{Crops: t.Crops, Start: t.Season.Start, End: t.Season.End})
	return p, Permanent(err)
}
