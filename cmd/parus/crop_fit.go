package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"parus/fields/crop"
)

type cropFitCmd struct {
	Samples      []string `required:"" placeholder:"S.csv[.gz]" help:"Labelled samples in long form: one row a sample and date, one column a feature. Repeatable: files with the same feature columns are put together."`
	Out          string   `short:"o" required:"" placeholder:"MODEL" help:"Model file to write."`
	Cutoff       string   `placeholder:"DATE|DAY" help:"Last day that counts: YYYY-MM-DD or a day of season."`
	Cutoffs      string   `placeholder:"DAY|DATE,…|auto" help:"Days before that at which the model is to speak too, from a season that is still running; auto: every month. Prints accuracy by date."`
	Group        string   `placeholder:"COLUMN" help:"Column of what is never on both sides of a split: a place, a field, a year."`
	Features     []string `placeholder:"B02,ndvi,…" help:"Only these layers, of the columns or derived from them."`
	Step         int      `placeholder:"DAYS" help:"Distance of the points that series are brought to (default: the typical distance of dates, 8 to 31)."`
	AbstainError float64  `default:"0.05" help:"Error allowed among what the model speaks on."`
	Confidence   float64  `default:"0.9" help:"Confidence of the conformal sets."`
	Folds        int      `placeholder:"N" help:"Folds of cross-validation (default 5, for large sets 3)."`
	Doubts       string   `placeholder:"D.csv" help:"Write the samples whose labels are probably wrong to this file."`
	DropDoubts   bool     `help:"Leave those samples out and fit again."`
	Trees        int      `placeholder:"N" help:"Extra trees; boosting goes up to half as many rounds (default 120 and up to 500; for large sets 60 and 300)."`
	Copies       int      `placeholder:"N" help:"Learn from N more copies of each sample, with season, brightness and gaps as they might be elsewhere: for models that travel."`
	Seed         uint64   `default:"1" help:"Seed of everything random."`
	Threads      int      `placeholder:"N" help:"Threads (default: one a core). They change no byte of the model."`
	cropSampleFlags
	cropLabelFlags
}

// Run reads the samples, fits, writes the model and prints its card.
func (c cropFitCmd) Run(ctx context.Context, s *streams) error {
	if c.AbstainError <= 0 || c.AbstainError >= 1 || c.Confidence <= 0 || c.Confidence >= 1 || c.Folds == 1 || c.Folds < 0 || c.Copies < 0 || c.Trees < 0 || c.Step < 0 {
		return usageError{fmt.Errorf("--abstain-error and --confidence lie between 0 and 1, --folds is 2 or more, --step, --trees and --copies positive")}
	}
	cutoff, err := crop.ParseCutoff(c.Cutoff)
	if err != nil {
		return usageError{err}
	}
	stages, err := crop.ParseStages(c.Cutoffs)
	if err != nil {
		return usageError{err}
	}
	set, err := c.read(s)
	if err != nil {
		return err
	}
	model, err := crop.Fit(ctx, set.Samples, set.Labels, crop.FitOptions{
		Groups: set.Groups, Layers: c.Features, Cutoff: cutoff, Stages: stages, StepDays: c.Step, AbstainError: c.AbstainError,
		Confidence: c.Confidence, Folds: c.Folds, Copies: c.Copies, Trees: c.Trees, DropDoubts: c.DropDoubts, Seed: c.Seed, Threads: c.Threads,
		Progress: func(stage string, done, total int) {
			fmt.Fprintf(s.Err, "parus: %s (%d of %d)\n", stage, done+1, total+1)
		},
	})
	if err != nil {
		return err
	}
	if err := writeWhole(c.Out, s.Out, model.Save); err != nil {
		return err
	}
	if c.Doubts != "" {
		if err := writeWhole(c.Doubts, s.Out, func(w io.Writer) error { return crop.WriteDoubts(w, model.Doubts()) }); err != nil {
			return err
		}
	}
	fmt.Fprintf(s.Err, "parus: %d labels are in doubt\n", len(model.Doubts()))
	printCard(s.Out, model)
	return nil
}

// read puts all sample files together; an id may be in one of them only.
func (c cropFitCmd) read(s *streams) (*crop.SampleSet, error) {
	columns, err := c.columns(c.cropSampleFlags)
	if err != nil {
		return nil, err
	}
	columns.Labelled, columns.Group = true, c.Group
	all := &crop.SampleSet{}
	seen := map[string]string{}
	for _, path := range c.Samples {
		err := withFile(path, func(r io.Reader) error {
			set, err := crop.ReadSamples(r, columns)
			if err != nil {
				return err
			}
			for _, x := range set.Samples {
				if other, ok := seen[x.ID]; ok {
					return fmt.Errorf("sample %q is in %s too: give each sample an id of its own", x.ID, other)
				}
				seen[x.ID] = path
			}
			all.Samples, all.Labels, all.Groups = append(all.Samples, set.Samples...), append(all.Labels, set.Labels...), append(all.Groups, set.Groups...)
			fmt.Fprintf(s.Err, "parus: %s: %d rows, %d samples, %d left out\n", path, set.Rows, len(set.Samples), set.Dropped)
			for _, n := range set.Notes {
				fmt.Fprintln(s.Err, "parus: "+n)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// printCard prints what cross-validation found.
func printCard(w io.Writer, m *crop.Model) {
	c := m.Card()
	cv := c.CV
	fmt.Fprintf(w, "samples        %d in %d groups, %s to %s\n", c.Samples, c.Groups, c.FirstDate, c.LastDate)
	fmt.Fprintf(w, "layers         %s\n", strings.Join(c.Schema.Used, " "))
	for _, l := range c.Schema.Layers {
		if u := c.Units[l]; u != "as given" {
			fmt.Fprintf(w, "unit           %s: %s\n", l, u)
		}
	}
	anchor := "each series' own start"
	if c.Schema.Axis.Anchor != "" {
		anchor = c.Schema.Axis.Anchor
	}
	fmt.Fprintf(w, "axis           day 0 = %s, %d points every %d days, cut-off day %d\n", anchor, c.Schema.Axis.Steps, c.Schema.Axis.StepDays, c.Schema.Cutoff)
	for i, n := range c.Learners {
		fmt.Fprintf(w, "learner        %s: accuracy %.4f, weight %.2f\n", n, cv.Learners[i], c.Blend.Weights[i])
	}
	fmt.Fprintf(w, "cross-validated accuracy %.4f (%d folds), kappa %.4f, macro-F1 %.4f, log loss %.4f, calibration error %.4f\n",
		cv.Accuracy, cv.Folds, cv.Kappa, cv.MacroF1, cv.LogLoss, cv.ECE)
	fmt.Fprintf(w, "abstains       below %.3f: speaks on %.1f %% with an error of %.2f %%\n", c.AbstainBelow, 100*cv.Coverage, 100*cv.SpokenError)
	fmt.Fprintf(w, "sets           of %.0f %% confidence: %.2f classes, %.1f %% hold the truth\n", 100*c.Confidence, cv.SetSize, 100*cv.SetCoverage)
	printClasses(w, cv.PerClass)
	if len(c.Stages) > 0 {
		printByDate(w, m.Stages())
	}
	for _, n := range c.Notes {
		fmt.Fprintf(w, "note           %s\n", n)
	}
	fmt.Fprintf(w, "training data  sha256:%s\n", c.TrainDigest)
	fmt.Fprintf(w, "model          sha256:%s\n", m.Digest())
}
