package main

import (
	"fmt"
	"io"
	"time"

	"parus/fields/crop"
)

func printClasses(w io.Writer, classes []crop.PRF) {
	fmt.Fprintf(w, "%-28s %8s %9s %10s %7s %7s\n", "class", "truth", "predicted", "precision", "recall", "F1")
	for _, r := range classes {
		fmt.Fprintf(w, "%-28s %8d %9d %10.4f %7.4f %7.4f\n", r.Class, r.Truth, r.Predicted, r.Precision, r.Recall, r.F1)
	}
}

// printByDate prints what cross-validation found at each cut-off, and the F1 of
// each class there.
func printByDate(w io.Writer, stages []crop.Card) {
	fmt.Fprintf(w, "\nby date (cross-validated)\n%5s %6s %8s %9s %9s %7s %8s %8s %9s %8s %9s\n",
		"day", "until", "samples", "accuracy", "macro-F1", "ECE", "speaks", "error", "set size", "covers", "at least")
	for _, c := range stages {
		v := c.CV
		fmt.Fprintf(w, "%5d %6s %8d %9.4f %9.4f %7.4f %7.1f%% %7.2f%% %9.2f %7.1f%% %8.1f%%\n", c.Schema.Cutoff, calendarDay(c.Schema), c.Samples,
			v.Accuracy, v.MacroF1, v.ECE, 100*v.Coverage, 100*v.SpokenError, v.SetSize, 100*v.SetCoverage, 100*v.SetWorst)
	}
	fmt.Fprintf(w, "\n%-28s", "F1 by day")
	for _, c := range stages {
		fmt.Fprintf(w, " %6d", c.Schema.Cutoff)
	}
	fmt.Fprintln(w)
	for i, class := range stages[0].Classes {
		fmt.Fprintf(w, "%-28s", class)
		for _, c := range stages {
			fmt.Fprintf(w, " %6.3f", f1Of(c, class, i))
		}
		fmt.Fprintln(w)
	}
}

// f1Of finds the figure of a class; lists are in the same order but for classes
// that were neither true nor predicted.
func f1Of(c crop.Card, class string, at int) float64 {
	if at < len(c.CV.PerClass) && c.CV.PerClass[at].Class == class {
		return c.CV.PerClass[at].F1
	}
	for _, r := range c.CV.PerClass {
		if r.Class == class {
			return r.F1
		}
	}
	return 0
}

// calendarDay is the cut-off as month and day, where the axis has a calendar.
func calendarDay(s crop.Schema) string {
	day0, err := time.Parse("01-02", s.Axis.Anchor)
	if err != nil {
		return "-"
	}
	return day0.AddDate(1, 0, s.Cutoff).Format("01-02") // year 1: no leap day
}
