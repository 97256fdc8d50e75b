package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"parus/fields/crop"
)

type cropPredictCmd struct {
	Model   string `required:"" placeholder:"MODEL" help:"Model file of crop fit."`
	Samples string `required:"" placeholder:"T.csv[.gz]" help:"Series in long form. Columns that the model does not know are passed over."`
	Out     string `short:"o" placeholder:"P.csv" help:"Predictions (default: standard output)."`
	Cutoff  string `placeholder:"DATE|DAY" help:"Last day that counts: YYYY-MM-DD or a day of season."`
	Season  string `name:"season-start" placeholder:"DATE" help:"Start of the season, where it cannot be told from the dates."`
	Threads int    `placeholder:"N" help:"Threads (default: one a core)."`
	cropSampleFlags
	cropAdaptFlags
	ID string `name:"id" placeholder:"COLUMN" default:"sample_id" help:"Column of the sample's id."`
}

// Run predicts every sample; one that cannot be judged is abstained on.
func (c cropPredictCmd) Run(ctx context.Context, s *streams) error {
	if err := c.check(); err != nil {
		return err
	}
	cutoff, err := crop.ParseCutoff(c.Cutoff)
	if err != nil {
		return usageError{err}
	}
	var start time.Time
	if c.Season != "" {
		if start, err = time.Parse(time.DateOnly, c.Season); err != nil {
			return usageError{fmt.Errorf("--season-start: %w", err)}
		}
	}
	model, err := loadCropModel(c.Model)
	if err != nil {
		return err
	}
	var set *crop.SampleSet
	err = withFile(c.Samples, func(r io.Reader) error {
		set, err = crop.ReadSamples(r, crop.Columns{ID: c.ID, Date: c.Date, NoData: c.NoData, Ignore: c.Ignore, Layers: model.Card().Schema.Layers})
		return err
	})
	if err != nil {
		return err
	}
	samples, err := c.align(ctx, s, set.Samples)
	if err != nil {
		return err
	}
	posteriors, err := model.Predict(ctx, samples, crop.PredictOptions{SeasonStart: start, Cutoff: cutoff, Threads: c.Threads})
	if err != nil {
		return err
	}
	posteriors = c.correct(s, model.Card(), posteriors)
	abstained := 0
	for _, p := range posteriors {
		if p.Abstained {
			abstained++
		}
	}
	fmt.Fprintf(s.Err, "parus: %d rows, %d samples predicted, %d abstained on\n", set.Rows, len(posteriors), abstained)
	sayStages(s.Err, model, posteriors)
	return writeWhole(c.Out, s.Out, func(w io.Writer) error {
		return crop.WritePosteriors(w, posteriors, model.Card().Classes, model.Digest())
	})
}

// sayStages tells which stages of the model judged, where not all is of the whole
// season.
func sayStages(w io.Writer, m *crop.Model, posteriors []crop.Posterior) {
	n := map[int]int{}
	for _, p := range posteriors {
		n[p.Stage]++
	}
	for _, c := range m.Stages() {
		if k := n[c.Schema.Cutoff]; k > 0 && k < len(posteriors) || k > 0 && c.Schema.Cutoff < m.Card().Schema.Cutoff {
			fmt.Fprintf(w, "parus: %d samples judged by the stage of day %d (%s), cross-validated accuracy %.4f\n", k, c.Schema.Cutoff, calendarDay(c.Schema), c.CV.Accuracy)
		}
	}
	if k := n[0]; k > 0 {
		fmt.Fprintf(w, "parus: warning: %d samples that no stage of the model can judge: their reasons are in the table, their probabilities are not calibrated\n", k)
	}
}

func loadCropModel(path string) (*crop.Model, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := crop.Load(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}
