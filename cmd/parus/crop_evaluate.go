package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"parus/fields/crop"
)

type cropEvaluateCmd struct {
	Truth     string `required:"" placeholder:"T.csv[.gz]" help:"Table with the sample's id and its label; long form will do."`
	Predicted string `required:"" placeholder:"P.csv[.gz]" help:"Predictions of crop predict."`
	Out       string `short:"o" placeholder:"FILE" help:"Where to write (default: standard output)."`
	JSON      bool   `name:"json" help:"Write JSON, with the confusion matrix."`
	cropLabelFlags
}

// Run prints how good predictions are.
func (c cropEvaluateCmd) Run(s *streams) error {
	columns, err := c.columns(cropSampleFlags{})
	if err != nil {
		return err
	}
	var truth map[string]string
	if err := withFile(c.Truth, func(r io.Reader) error { truth, err = crop.ReadTruth(r, columns); return err }); err != nil {
		return err
	}
	var predicted []crop.Predicted
	var classes []string
	err = withFile(c.Predicted, func(r io.Reader) error {
		text, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		classes = crop.ClassesOf(bytes.NewReader(text))
		predicted, err = crop.ReadPredicted(bytes.NewReader(text))
		return err
	})
	if err != nil {
		return err
	}
	e, err := crop.Evaluate(truth, predicted)
	if err != nil {
		return err
	}
	for _, u := range crop.UnseenClasses(truth, predicted, classes) {
		fmt.Fprintf(s.Err, "parus: the model was never taught %s: its %d samples count as wrong; the model abstains on %d of them\n", u.Class, u.Samples, u.Samples-u.Spoken)
	}
	return writeWhole(c.Out, s.Out, func(w io.Writer) error {
		if c.JSON {
			j := json.NewEncoder(w)
			j.SetIndent("", "  ")
			return j.Encode(e)
		}
		printEvaluation(w, e)
		return nil
	})
}

func printEvaluation(w io.Writer, e crop.Evaluation) {
	fmt.Fprintf(w, "samples           %d compared; %d truths without a prediction, %d predictions without a truth\n", e.Samples, e.Unpredicted, e.Untrue)
	fmt.Fprintf(w, "overall accuracy  %.4f (95 %% interval %.4f to %.4f)\n", e.Accuracy, e.Low, e.High)
	fmt.Fprintf(w, "kappa             %.4f\n", e.Kappa)
	fmt.Fprintf(w, "macro-F1          %.4f\n", e.MacroF1)
	fmt.Fprintf(w, "calibration error %.4f\n", e.ECE)
	fmt.Fprintf(w, "abstention        speaks on %d (%.1f %%), accuracy there %.4f\n", e.Spoken, 100*e.Coverage, e.SpokenRight)
	if e.Sets > 0 {
		fmt.Fprintf(w, "conformal sets    %.1f %% hold the truth, %.2f classes each\n", 100*e.SetCoverage, e.SetSize)
	}
	if len(e.Unknown) > 0 {
		fmt.Fprintf(w, "never predicted   %s\n", strings.Join(e.Unknown, ", "))
	}
	printClasses(w, e.PerClass)
}
