package crop

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// prepare checks the input and settles schema and units.
func prepare(samples []Sample, labels []string, o FitOptions) (*fitting, error) {
	if len(samples) == 0 {
		return nil, errors.New("no samples")
	}
	if len(labels) != len(samples) || (o.Groups != nil && len(o.Groups) != len(samples)) {
		return nil, fmt.Errorf("%d samples, %d labels and %d groups", len(samples), len(labels), len(o.Groups))
	}
	if o.AbstainError == 0 {
		o.AbstainError = .05
	}
	if o.Confidence == 0 {
		o.Confidence = .9
	}
	if o.Progress == nil {
		o.Progress = func(string, int, int) {}
	}
	f := &fitting{o: o, samples: make([]Sample, len(samples)), groups: o.Groups}
	for i, s := range samples {
		if err := s.check(); err != nil {
			return nil, err
		}
		f.samples[i] = s.sorted()
	}
	if f.groups == nil {
		f.groups = make([]string, len(samples))
		for i := range f.groups {
			f.groups[i] = fmt.Sprint(i)
		}
	}
	if err := f.classes(labels); err != nil {
		return nil, err
	}
	return f, f.schema()
}

func (f *fitting) classes(labels []string) error {
	counts := map[string]int{}
	for i, l := range labels {
		if l == "" {
			return fmt.Errorf("sample %q has no label", f.samples[i].ID)
		}
		counts[l]++
	}
	for l, n := range counts {
		if n >= minPerClass {
			f.card.Classes = append(f.card.Classes, l)
		}
	}
	slices.Sort(f.card.Classes)
	if len(f.card.Classes) < 2 {
		return fmt.Errorf("%w among %d samples with at least %d samples each: add samples of another crop", ErrOneClass, len(labels), minPerClass)
	}
	var rare []string
	var samples []Sample
	var groups []string
	for i, l := range labels {
		c, ok := slices.BinarySearch(f.card.Classes, l)
		if !ok {
			rare = append(rare, l)
			continue
		}
		samples, groups = append(samples, f.samples[i]), append(groups, f.groups[i])
		f.labels = append(f.labels, int32(c))
	}
	f.samples, f.groups = samples, groups
	if len(rare) > 0 {
		slices.Sort(rare)
		f.card.Notes = append(f.card.Notes, fmt.Sprintf("left out, one sample each: %v", rare))
	}
	return nil
}

// schema settles layers, units, axis and cut-off.
func (f *fitting) schema() error {
	wanted := slices.Clone(f.o.Layers)
	layers, err := commonLayers(f.samples, wanted)
	if err != nil {
		return err
	}
	extra := derived(layers)
	s := &f.card.Schema
	s.Used = wanted
	if len(wanted) == 0 {
		s.Used = slices.Clone(layers)
		for _, x := range extra {
			s.Used = append(s.Used, x.name)
		}
	}
	for _, x := range extra {
		if slices.Contains(s.Used, x.name) {
			s.Derived = append(s.Derived, x.name)
		}
	}
	for _, n := range layers { // only what is used, or needed to derive it
		needed := slices.ContainsFunc(extra, func(x index) bool {
			return slices.Contains(s.Derived, x.name) && slices.Contains(x.needs, n)
		})
		if needed || slices.Contains(s.Used, n) {
			s.Layers = append(s.Layers, n)
		}
	}
	f.units = units(f.samples, s.Layers)
	for _, n := range s.Layers {
		if _, ok := f.units[n]; !ok {
			return fmt.Errorf("layer %s has no value in any sample: ignore it", n)
		}
	}
	return f.axis()
}

func (f *fitting) axis() error {
	s := &f.card.Schema
	s.Axis = Axis{Anchor: anchorOf(f.samples), StepDays: f.o.StepDays, Steps: 600}
	if s.Axis.StepDays == 0 {
		s.Axis.StepDays = stepOf(f.samples)
	}
	var starts []time.Time
	var lasts, ends []int
	var first, last time.Time
	for _, sample := range f.samples {
		if len(sample.Dates) == 0 {
			continue
		}
		a := s.Axis
		a.Steps = 1 + 366/a.StepDays
		start, _ := a.start(sample, time.Time{})
		starts = append(starts, start)
		lasts = append(lasts, days(start, sample.Dates[len(sample.Dates)-1]))
		if d, ok := lastValue(sample, s.Layers); ok {
			ends = append(ends, days(start, d))
		}
		if first.IsZero() || sample.Dates[0].Before(first) {
			first = sample.Dates[0]
		}
		if end := sample.Dates[len(sample.Dates)-1]; end.After(last) {
			last = end
		}
	}
	if len(starts) == 0 {
		return errors.New("no sample has a date")
	}
	slices.Sort(lasts)
	span := lasts[len(lasts)*9/10]
	s.Axis.SeasonDays = (span + s.Axis.StepDays/2) / s.Axis.StepDays * s.Axis.StepDays
	f.starts = starts
	if cut := f.o.Cutoff.day(starts); cut > 0 {
		span = min(span, cut)
	}
	if span < s.Axis.StepDays {
		return fmt.Errorf("the series span %d days: at least %d are needed", span, s.Axis.StepDays)
	}
	s.Cutoff = span
	s.Reaches = reaches(ends, span)
	s.Axis.Steps = (span+s.Axis.StepDays/2)/s.Axis.StepDays + 1
	f.card.FirstDate, f.card.LastDate = first.Format(time.DateOnly), last.Format(time.DateOnly)
	return nil
}
