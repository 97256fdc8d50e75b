package coldstart

import (
	"context"
	"errors"
	"math"
	"slices"

	"parus/fields/crop"
)

// mostFolds is how many parts cross-validation cuts the groups into.
const mostFolds = 5

// judge finds sharpness, doubt and the cut-off on held-out groups, writes them
// into p and says how well the curves did there. Sharpness and doubt are those of
// least log loss.
func (b *building) judge(ctx context.Context, p *Patterns) error {
	fold, folds := b.folds()
	if folds < 2 {
		return errors.New("all samples are of one group: at least two are needed to find how far the curves can be believed")
	}
	held := make([]compared, len(b.samples))
	for f := range folds {
		var train, test []int
		for i, g := range fold {
			if g == f {
				test = append(test, i)
			} else {
				train = append(train, i)
			}
		}
		q, err := b.curves(train)
		if err != nil {
			return err
		}
		samples := make([]crop.Sample, len(test))
		for k, i := range test {
			samples[k] = b.samples[i]
		}
		d, err := q.distances(ctx, samples, b.o.Threads)
		if err != nil {
			return err
		}
		classes := q.Classes()
		for k, i := range test {
			held[i] = compared{distance: make([]float64, len(b.classes)), dates: d[k].dates}
			for c, name := range b.classes {
				held[i].distance[c] = math.Inf(1)
				if at := slices.Index(classes, name); at >= 0 {
					held[i].distance[c] = d[k].distance[at]
				}
			}
		}
	}
	p.settle(b, held, folds)
	return nil
}

// folds gives each sample's part: groups in order of their names' first
// appearance, the largest first, each to the smallest part so far.
func (b *building) folds() (fold []int, n int) {
	size := map[string]int{}
	var names []string
	for _, g := range b.o.Groups {
		if size[g] == 0 {
			names = append(names, g)
		}
		size[g]++
	}
	slices.SortStableFunc(names, func(x, y string) int { return size[y] - size[x] })
	n = min(mostFolds, len(names))
	filled, of := make([]int, n), map[string]int{}
	for _, g := range names {
		least := 0
		for f := range filled {
			if filled[f] < filled[least] {
				least = f
			}
		}
		of[g] = least
		filled[least] += size[g]
	}
	for _, g := range b.o.Groups {
		fold = append(fold, of[g])
	}
	return fold, n
}

// settle searches sharpness and doubt on a grid, in steps of a quarter of an
// octave, and the cut-off and the farthest distance from the held-out samples.
func (p *Patterns) settle(b *building, held []compared, folds int) {
	truth := make([]int, 0, len(held))
	var usable []compared
	var nearest []float64
	for i, h := range held {
		y, ok := slices.BinarySearch(b.classes, b.labels[i])
		if !ok || !slices.ContainsFunc(h.distance, func(d float64) bool { return !math.IsInf(d, 1) }) {
			continue
		}
		truth, usable = append(truth, y), append(usable, h)
		nearest = append(nearest, slices.Min(h.distance))
	}
	prior := equal(len(b.classes))
	least := math.Inf(1)
	for _, doubt := range []float64{.01, .02, .05, .1, .2} {
		for s := .25; s < 300; s *= math.Pow(2, .25) {
			q := *p
			q.Sharpness, q.Doubt = s, doubt
			if loss := q.logLoss(b.classes, prior, usable, truth); loss < least {
				least, p.Sharpness, p.Doubt = loss, rounded(s), doubt
			}
		}
	}
	p.figures(b, usable, truth, folds)
	p.Held.LogLoss = rounded(least)
	slices.Sort(nearest)
	p.Farthest = rounded(1.5 * nearest[int(.99*float64(len(nearest)-1))])
}

// figures sets the cut-off and says how well held-out samples were told.
func (p *Patterns) figures(b *building, usable []compared, truth []int, folds int) {
	prior := equal(len(b.classes))
	share, right := make([]float64, len(usable)), make([]bool, len(usable))
	ok := 0
	var is, told []string
	for i, h := range usable {
		best, v := p.posterior("", b.classes, prior, h).Best()
		is, told = append(is, b.classes[truth[i]]), append(told, best)
		share[i], right[i] = v, best == b.classes[truth[i]]
		if right[i] {
			ok++
		}
	}
	p.AbstainBelow = cutoff(share, right, b.o.AbstainError)
	spoken, bad := 0, 0
	for i, v := range share {
		if v >= p.AbstainBelow {
			if spoken++; !right[i] {
				bad++
			}
		}
	}
	groups := slices.Clone(b.o.Groups)
	slices.Sort(groups)
	p.Held = &HeldOut{
		Samples: len(usable), Groups: len(slices.Compact(groups)), Folds: folds, Accuracy: rounded(float64(ok) / float64(len(usable))),
		ECE: rounded(crop.CalibrationError(share, right)), Coverage: rounded(float64(spoken) / float64(len(usable))), Error: rounded(float64(bad) / float64(max(1, spoken))),
		PerClass: crop.NewConfusion(is, told).PerClass(),
	}
}

func (p *Patterns) logLoss(classes []string, prior []float64, held []compared, truth []int) float64 {
	sum := 0.0
	for i, h := range held {
		sum -= math.Log(max(1e-6, p.posterior("", classes, prior, h).P[truth[i]]))
	}
	return sum / float64(len(held))
}

// cutoff is the least probability at which (errors + 1)/(n + 1) among held-out
// samples at or above it stays within the allowed error (Angelopoulos et al. 2024);
// 1 where none does.
func cutoff(share []float64, right []bool, allowed float64) float64 {
	order := make([]int, len(share))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case share[a] > share[b]:
			return -1
		case share[a] < share[b]:
			return 1
		}
		return 0
	})
	least, errs := 1., 0.
	for n, i := range order {
		if !right[i] {
			errs++
		}
		if n+1 < len(order) && share[order[n+1]] == share[i] {
			continue
		}
		if (errs+1)/float64(n+2) <= allowed {
			least = share[i]
		}
	}
	return least
}

func equal(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = 1 / float64(n)
	}
	return out
}
