package crop

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"parus/fields/crop/trees"
)

// FitOptions tune [Fit]; zero values take the defaults, in brackets.
type FitOptions struct {
	Groups       []string // per sample: what is never on both sides of a split [each sample its own]
	Layers       []string // layers to use, given or derived [all]
	Cutoff       Cutoff   // last day that counts [none]
	StepDays     int      // of the axis [the typical distance between dates, 8 to 31]
	AbstainError float64  // error allowed among what the model speaks on [0.05]
	Confidence   float64  // of the conformal sets [0.9]
	Folds        int      // of cross-validation [5; 3 for large sets]
	Copies       int      // of each sample, as it might look elsewhere, to learn from [0]
	Trees        int      // extra trees; boosting goes up to half as many rounds [300; fewer for large sets]
	DropDoubts   bool     // leave out samples whose labels are in doubt, and fit again
	Seed         uint64
	Threads      int                                 // 0: one a core
	Progress     func(stage string, done, total int) // [none]
}

// ErrOneClass is wrapped where the labels leave nothing to tell apart.
var ErrOneClass = errors.New("fewer than two classes")

// minPerClass is how many samples a class needs: two groups at the least, one to
// learn from and one to check.
const minPerClass = 2

// Fit learns to tell labels apart from series. It cross-validates, blends and
// calibrates its learners on held-out samples, sets the level at which the model
// abstains, and fits each learner again on everything.
//
// Infinite values and samples whose layers differ are errors that name them;
// samples without a valid observation in the season are left out and noted in
// the card. The same inputs give the same model for any number of threads.
func Fit(ctx context.Context, samples []Sample, labels []string, o FitOptions) (*Model, error) {
	f, err := prepare(samples, labels, o)
	if err != nil {
		return nil, fmt.Errorf("fit crop model: %w", err)
	}
	m, err := f.run(ctx)
	if err != nil {
		return nil, fmt.Errorf("fit crop model: %w", err)
	}
	if o.DropDoubts && len(m.doubts) > 0 {
		return refit(ctx, samples, labels, o, m)
	}
	return m, nil
}

// refit fits again without the samples that the first model doubts. Its
// figures are those of the samples left, and the card says so.
func refit(ctx context.Context, samples []Sample, labels []string, o FitOptions, first *Model) (*Model, error) {
	bad := map[string]bool{}
	for _, d := range first.doubts {
		bad[d.ID] = true
	}
	var s []Sample
	var l, g []string
	for i := range samples {
		if bad[samples[i].ID] {
			continue
		}
		s, l = append(s, samples[i]), append(l, labels[i])
		if o.Groups != nil {
			g = append(g, o.Groups[i])
		}
	}
	o.DropDoubts, o.Groups = false, g
	m, err := Fit(ctx, s, l, o)
	if err != nil {
		return nil, fmt.Errorf("without %d doubtful samples: %w", len(bad), err)
	}
	m.doubts = first.doubts
	m.card.Notes = append(m.card.Notes, fmt.Sprintf("left out: %d samples whose labels are in doubt; with them the cross-validated accuracy was %.4f", len(bad), first.card.CV.Accuracy))
	return m, nil
}

type fitting struct {
	o       FitOptions
	samples []Sample
	labels  []int32
	groups  []string
	card    Card
	units   map[string]unit
	ids     []string // of the samples left, parallel to labels once features are made
	doubts  []Doubt
}

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
	var lasts []int
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
	if cut := f.o.Cutoff.day(starts); cut > 0 {
		span = min(span, cut)
	}
	if span < s.Axis.StepDays {
		return fmt.Errorf("the series span %d days: at least %d are needed", span, s.Axis.StepDays)
	}
	s.Cutoff = span
	s.Axis.Steps = (span+s.Axis.StepDays/2)/s.Axis.StepDays + 1
	f.card.FirstDate, f.card.LastDate = first.Format(time.DateOnly), last.Format(time.DateOnly)
	return nil
}

// features makes the tables that the learners see: first the samples, without
// those that have no observation, then their copies. f.labels and f.groups
// shrink to the samples left; origin says which of them each row comes from.
func (f *fitting) features(ctx context.Context) (tree, smooth trees.Table, origin []int, err error) {
	all, from := withCopies(f.samples, f.o.Copies, f.o.Seed)
	t, s, states, err := extract(ctx, all, f.card.Schema, f.units, extraction{last: f.card.Schema.Cutoff, threads: f.o.Threads})
	if err != nil {
		return tree, smooth, nil, err
	}
	tree, smooth = trees.Table{Cols: t.Cols}, trees.Table{Cols: s.Cols}
	var labels []int32
	var groups []string
	f.ids = f.ids[:0]
	kept := make([]int, len(f.samples)) // position among the samples left, plus one
	for i, g := range states {
		original := i < len(f.samples)
		if g.reason != "" || (!original && kept[from[i]] == 0) {
			continue
		}
		if original {
			labels, groups = append(labels, f.labels[i]), append(groups, f.groups[i])
			kept[i], f.ids = len(labels), append(f.ids, f.samples[i].ID)
		}
		tree.Values = append(tree.Values, t.Row(i)...)
		smooth.Values = append(smooth.Values, s.Row(i)...)
		origin = append(origin, kept[from[i]]-1)
	}
	tree.Rows, smooth.Rows = len(origin), len(origin)
	if empty := len(f.samples) - len(labels); empty > 0 {
		f.card.Notes = append(f.card.Notes, fmt.Sprintf("left out: %d samples without a valid observation in the season", empty))
	}
	f.labels, f.groups = labels, groups
	return tree, smooth, origin, f.count()
}

// count fills in how many samples each class has; none is an error.
func (f *fitting) count() error {
	f.card.Counts, f.card.Samples = make([]int, len(f.card.Classes)), len(f.labels)
	for _, y := range f.labels {
		f.card.Counts[y]++
	}
	for c, n := range f.card.Counts {
		if n == 0 {
			return fmt.Errorf("class %q has no sample with a valid observation in the season", f.card.Classes[c])
		}
	}
	return nil
}

// run fits and judges.
func (f *fitting) run(ctx context.Context) (*Model, error) {
	f.card.Format = FormatVersion
	f.card.TrainDigest = f.digest()
	f.o.Progress("computing features", 0, 1)
	tree, smooth, origin, err := f.features(ctx)
	if err != nil {
		return nil, err
	}
	names := slices.Clone(f.groups)
	slices.Sort(names)
	f.card.Groups = len(slices.Compact(names))
	p := planFor(len(origin), f.o)
	fold, k := folds(f.labels, len(f.card.Classes), f.groups, p.folds, f.o.Seed)
	if k < 2 {
		return nil, fmt.Errorf("%d groups cannot be split so that each side has two classes: give a finer group", f.card.Groups)
	}
	bins := trees.NewBins(tree, treeBins, f.o.Threads)
	data := material{x: bins.Apply(tree, f.o.Threads), smooth: smooth, origin: origin, classes: len(f.card.Classes)}
	for _, i := range origin {
		data.labels = append(data.labels, f.labels[i])
	}
	h, err := crossValidate(ctx, data, fold, k, p, f.o.Progress)
	if err != nil {
		return nil, err
	}
	f.settle(h)
	f.o.Progress("fitting on all samples", k, k)
	m := &Model{card: f.card, units: f.units, reach: reachOf(smooth), doubts: f.doubts}
	all := make([]int32, len(origin))
	for i := range all {
		all[i] = int32(i)
	}
	return m, m.members.fit(ctx, data, all, p, h)
}

// treeBins is the number of bins of the trees' columns.
const treeBins = 64

func (s *members) fit(ctx context.Context, data material, all []int32, p plan, h *heldOut) error {
	task := trees.Task{Classes: data.classes, Train: all}
	p.boost.Rounds = h.rounds
	b, err := trees.Boost(ctx, data.x, data.labels, task, p.boost)
	if err != nil {
		return err
	}
	s.boost = &b.Ensemble
	if s.extra, err = trees.Extra(ctx, data.x, data.labels, task, p.extra); err != nil {
		return err
	}
	if p.kernel {
		if s.kernel, err = fitKernel(data.smooth, data.labels, data.classes, all, p.boost.Seed); err != nil {
			return err
		}
		s.kernel.Sharpness = h.sharpness
	}
	return nil
}

// settle fills in the card from the held-out probabilities.
func (f *fitting) settle(h *heldOut) {
	c := &f.card
	held, cv := h.judge(f.labels, c.Classes)
	f.doubts = doubts(held, f.labels, f.ids, c.Classes)
	all := make([]int, len(f.labels))
	probability, truth, right := make([]float64, len(all)), make([]float64, len(all)), make([]bool, len(all))
	for i, y := range f.labels {
		all[i] = i
		b := bestOf(held.row(i))
		probability[i], truth[i], right[i] = held.row(i)[b], held.row(i)[y], b == int(y)
	}
	c.Learners, c.Rounds = learnerNames()[:len(h.parts)], h.rounds
	c.Blend = fitBlend(h.parts, f.labels, all)
	c.Copies = f.o.Copies
	c.AbstainError, c.Confidence = f.o.AbstainError, f.o.Confidence
	var reached bool
	if c.AbstainBelow, reached = abstention(probability, right, f.o.AbstainError); !reached {
		c.Notes = append(c.Notes, fmt.Sprintf("no probability keeps the error within %g on the held-out samples: the model abstains unless it is certain", f.o.AbstainError))
	}
	c.SetAbove = conformal(truth, f.o.Confidence)
	spoken, wrong := 0, 0
	for i, p := range probability {
		if p >= c.AbstainBelow {
			spoken++
			if !right[i] {
				wrong++
			}
		}
	}
	cv.Coverage = float64(spoken) / float64(len(all))
	cv.SpokenError = float64(wrong) / float64(max(1, spoken))
	c.CV = cv
	c.Units = map[string]string{}
	for l, u := range f.units {
		c.Units[l] = string(u)
	}
}

// digest identifies the training input: samples in their order, labels, groups
// and the options that change the model.
func (f *fitting) digest() string {
	h := sha256.New()
	for i, s := range f.samples {
		fmt.Fprintf(h, "%q %q %q %q\n", s.ID, f.card.Classes[f.labels[i]], f.groups[i], s.Layers)
		for _, d := range s.Dates {
			fmt.Fprintln(h, d.Unix())
		}
		for _, row := range s.Values {
			buf := make([]byte, 4*len(row))
			for j, v := range row {
				if v != v {
					v = nan32
				}
				binary.LittleEndian.PutUint32(buf[4*j:], math.Float32bits(v))
			}
			h.Write(buf)
		}
	}
	o := f.o
	fmt.Fprintf(h, "%q %v %v %d %d %v %v %d %d %d %d\n", o.Layers, o.Cutoff.Day, o.Cutoff.Date.Unix(), f.card.Schema.Axis.StepDays, o.Folds, o.AbstainError, o.Confidence, o.Seed, o.Copies, o.Trees, FormatVersion)
	return hex.EncodeToString(h.Sum(nil))
}
