package crop

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"parus/fields/crop/trees"
)

// FitOptions tune [Fit]; zero values take the defaults, in brackets.
type FitOptions struct {
	Groups       []string // per sample: what is never on both sides of a split [each sample its own]
	Layers       []string // layers to use, given or derived [all]
	Cutoff       Cutoff   // last day that counts [none]
	Stages       Stages   // days before it at which the model is to speak too [none]
	StepDays     int      // of the axis [the typical distance between dates, 8 to 31]
	AbstainError float64  // error allowed among what the model speaks on [0.05]
	Confidence   float64  // of the conformal sets [0.9]
	Folds        int      // of cross-validation [5; 3 for large sets]
	Copies       int      // of each sample, as it might look elsewhere, to learn from [0]
	Trees        int      // extra trees; boosting goes up to half as many rounds [120 and up to 500; for large sets 60 and 300]
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
	if err := f.addStages(ctx, m, samples, labels, o); err != nil {
		return nil, fmt.Errorf("fit crop model: %w", err)
	}
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
	covered []float64 // share of the axis that each sample left covers
	starts  []time.Time
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
	m := &Model{card: f.card, units: f.units, reach: reachOf(smooth, f.covered), doubts: f.doubts}
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
