package crop

import (
	"context"
	"fmt"
	"math"

	"parus/fields/crop/trees"
)

// Learners of the ensemble, in the order of their blend weights.
const (
	learnerBoost = iota
	learnerExtra
	learnerKernel
)

func learnerNames() []string { return []string{"boosted trees", "extra trees", "kernel"} }

// plan says how hard each learner works on a set of some size.
type plan struct {
	boost  trees.BoostOptions
	extra  trees.ExtraOptions
	kernel bool
	folds  int
}

// Sizes beyond which the slower learners are left out or trimmed.
const (
	kernelUpTo = 12_000
	exactExtra = 12_000
)

func planFor(samples int, o FitOptions) plan {
	p := plan{
		boost:  trees.BoostOptions{Rounds: 500, LearningRate: .05, Depth: 4, RowShare: .7, ColShare: .2, MinLeaf: 3, Seed: o.Seed, Threads: o.Threads},
		extra:  trees.ExtraOptions{Trees: 120, Seed: o.Seed, Threads: o.Threads},
		kernel: samples <= kernelUpTo,
		folds:  o.Folds,
	}
	if samples > exactExtra {
		p.boost = trees.BoostOptions{Rounds: 300, LearningRate: .25, Depth: 4, RowShare: .9, ColShare: .3, Seed: o.Seed, Threads: o.Threads}
		p.extra.Trees, p.extra.MinLeaf = 60, 2+samples/20_000
	}
	if o.Trees > 0 {
		p.extra.Trees, p.boost.Rounds = o.Trees, (o.Trees+1)/2
	}
	if p.folds == 0 {
		p.folds = 5
		if samples > exactExtra {
			p.folds = 3
		}
	}
	return p
}

// material is the training set as numbers.
type material struct {
	x       *trees.Binned
	smooth  trees.Table
	labels  []int32 // of every row
	origin  []int   // sample that a row comes from; the first rows are the samples themselves
	classes int
}

// members are the fitted learners; kernel is nil where it is left out.
type members struct {
	boost  *trees.Ensemble
	extra  *trees.Ensemble
	kernel *kernelModel
}

// heldOut is what cross-validation yields: per learner, the probabilities of
// each sample from a model that never saw its group.
type heldOut struct {
	parts     []probabilities
	rounds    int
	sharpness float64
	fold      []int
	folds     int
}

// crossValidate fits all learners without each fold in turn.
func crossValidate(ctx context.Context, m material, fold []int, k int, p plan, say func(string, int, int)) (*heldOut, error) {
	h := &heldOut{fold: fold, folds: k}
	n := len(fold)
	h.parts = append(h.parts, blank(n, m.classes), blank(n, m.classes))
	if p.kernel {
		h.parts = append(h.parts, blank(n, m.classes))
	}
	boosted := make([]*trees.Boosted, k)
	watch := make([][]int32, k)
	for f := range k {
		say("cross-validating", f, k)
		var train []int32
		for i, o := range m.origin {
			switch {
			case fold[o] != f:
				train = append(train, int32(i))
			case i < n:
				watch[f] = append(watch[f], int32(i))
			}
		}
		task := trees.Task{Classes: m.classes, Train: train, Watch: watch[f]}
		var err error
		if boosted[f], err = trees.Boost(ctx, m.x, m.labels, task, p.boost); err != nil {
			return nil, fmt.Errorf("cross-validate fold %d: %w", f+1, err)
		}
		extra, err := trees.Extra(ctx, m.x, m.labels, task, p.extra)
		if err != nil {
			return nil, fmt.Errorf("cross-validate fold %d: %w", f+1, err)
		}
		scores := make([]float32, len(watch[f])*m.classes)
		extra.ScoreBinned(m.x, watch[f], scores, p.extra.Threads)
		h.put(learnerExtra, watch[f], scores, false)
		if p.kernel {
			if err := h.kernelFold(m, train, watch[f], p); err != nil {
				return nil, fmt.Errorf("cross-validate fold %d: %w", f+1, err)
			}
		}
	}
	h.rounds = bestRound(boosted, watch)
	for f, b := range boosted {
		b.Trees = b.Trees[:h.rounds]
		scores := make([]float32, len(watch[f])*m.classes)
		b.ScoreBinned(m.x, watch[f], scores, p.boost.Threads)
		h.put(learnerBoost, watch[f], scores, true)
	}
	if p.kernel {
		h.sharpness = sharpen(h.parts[learnerKernel], m.labels[:n])
	}
	return h, nil
}

func (h *heldOut) kernelFold(m material, train, watch []int32, p plan) error {
	km, err := fitKernel(m.smooth, m.labels, m.classes, train, p.boost.Seed)
	if err != nil {
		return err
	}
	t := trees.Table{Rows: len(watch), Cols: m.smooth.Cols, Values: make([]float32, 0, len(watch)*m.smooth.Cols)}
	for _, r := range watch {
		t.Values = append(t.Values, m.smooth.Row(int(r))...)
	}
	s := km.scorer().score(t)
	for i, r := range watch {
		copy(h.parts[learnerKernel].row(int(r)), s.RawRowView(i))
	}
	return nil
}

func blank(n, classes int) probabilities {
	return probabilities{classes, make([]float64, n*classes)}
}

// put stores scores of some rows as probabilities.
func (h *heldOut) put(learner int, rows []int32, scores []float32, softmax bool) {
	k := h.parts[learner].classes
	for i, r := range rows {
		s := scores[i*k : (i+1)*k]
		if softmax {
			trees.Softmax(s, s)
		}
		for c, v := range s {
			h.parts[learner].row(int(r))[c] = float64(v)
		}
	}
}

// bestRound is the number of rounds with the least held-out loss over all
// folds.
func bestRound(boosted []*trees.Boosted, watch [][]int32) int {
	best, least := 1, math.Inf(1)
	for r := range boosted[0].Loss {
		sum := 0.0
		for f, b := range boosted {
			sum += b.Loss[r] * float64(len(watch[f]))
		}
		if sum < least {
			best, least = r+1, sum
		}
	}
	return best
}

// sharpen turns the kernel's raw scores into probabilities in place, with the
// one factor that loses least over all held-out samples.
func sharpen(raw probabilities, labels []int32) float64 {
	rows := make([]int, raw.rows())
	for i := range rows {
		rows[i] = i
	}
	out := blank(raw.rows(), raw.classes)
	s := math.Exp(minimise(func(x float64) float64 {
		for i := range rows {
			softmaxScaled(raw.row(i), math.Exp(x), out.row(i))
		}
		return out.logLoss(labels, rows)
	}, math.Log(.5), math.Log(50), 24))
	for i := range rows {
		softmaxScaled(raw.row(i), s, raw.row(i))
	}
	return s
}

func softmaxScaled(scores []float64, scale float64, out []float64) {
	top := scores[0]
	for _, s := range scores {
		top = max(top, s)
	}
	sum := 0.0
	for c, s := range scores {
		out[c] = math.Exp(scale * (s - top))
		sum += out[c]
	}
	for c := range out {
		out[c] /= sum
	}
}

// judge blends and calibrates each fold by the others, and measures.
func (h *heldOut) judge(labels []int32, classes []string) (probabilities, CrossValidation) {
	out := blank(len(labels), len(classes))
	for f := range h.folds {
		var mine, others []int
		for i, g := range h.fold {
			if g == f {
				mine = append(mine, i)
			} else {
				others = append(others, i)
			}
		}
		fitBlend(h.parts, labels, others).all(h.parts, mine, out)
	}
	cv := CrossValidation{Folds: h.folds}
	truth, guess := make([]string, len(labels)), make([]string, len(labels))
	probability, right := make([]float64, len(labels)), make([]bool, len(labels))
	rows := make([]int, len(labels))
	for i, y := range labels {
		b := bestOf(out.row(i))
		truth[i], guess[i] = classes[y], classes[b]
		probability[i], right[i] = out.row(i)[b], b == int(y)
		rows[i] = i
	}
	c := NewConfusion(truth, guess)
	cv.Accuracy, cv.Kappa, cv.MacroF1, cv.PerClass = c.Accuracy(), c.Kappa(), c.MacroF1(), c.PerClass()
	cv.ECE, cv.LogLoss = CalibrationError(probability, right), out.logLoss(labels, rows)
	for _, p := range h.parts {
		ok := 0
		for i, y := range labels {
			if bestOf(p.row(i)) == int(y) {
				ok++
			}
		}
		cv.Learners = append(cv.Learners, float64(ok)/float64(len(labels)))
	}
	return out, cv
}
