package crop

import "math"

// Conformal sets are class-conditional (Mondrian: Vovk, Gammerman and Shafer,
// "Algorithmic learning in a random world", 2005, chapter 4.5) on the score 1 − p
// of a class (Sadinle, Lei and Wasserman 2019): a class is in the set where its
// probability reaches the level that the given share of that class' own held-out
// samples reaches, so that the promise holds for a rare crop as for a common
// one. The adaptive sets of Romano, Sesia and Candès (2020) promise it over all
// classes together only. Scores come from models that never saw the sample's
// group.

// leastForLevel is how many samples a level needs: with n held-out samples the
// ⌈(n+1)·confidence⌉-th must exist.
func leastForLevel(confidence float64) int {
	n := 1
	for math.Ceil(float64(n+1)*confidence) > float64(n) {
		n++
	}
	return n
}

// setLevels returns per class the probability from which it is in the set. The
// classes that are too rare for a level of their own share one; where they are
// too rare together, they are in every set.
func setLevels(held probabilities, labels []int32, rows []int, confidence float64) []float64 {
	own := make([][]float64, held.classes)
	for _, i := range rows {
		own[labels[i]] = append(own[labels[i]], held.row(i)[labels[i]])
	}
	least := leastForLevel(confidence)
	var rare []float64
	for _, scores := range own {
		if len(scores) < least {
			rare = append(rare, scores...)
		}
	}
	shared := conformal(rare, confidence)
	out := make([]float64, held.classes)
	for c, scores := range own {
		out[c] = shared
		if len(scores) >= least {
			out[c] = conformal(scores, confidence)
		}
	}
	return out
}

// inSet tells whether a class is in the set of probabilities p: where it
// reaches its level, or is the best, since a set that lacks the best guess, or
// is empty, helps nobody. That only adds to a set, so the promise stands.
func inSet(p, levels []float64, class int) bool {
	return p[class] >= levels[class] || class == bestOf(p)
}

// sets measures the conformal sets fold by fold, with levels of the others.
func (h *heldOut) sets(held probabilities, labels []int32, confidence float64, cv *CrossValidation) {
	n, hit := make([]float64, held.classes), make([]float64, held.classes)
	size, holds := 0.0, 0.0
	for f := range h.folds {
		mine, others := h.split(f)
		levels := setLevels(held, labels, others, confidence)
		for _, i := range mine {
			for c := range held.classes {
				if inSet(held.row(i), levels, c) {
					size++
				}
			}
			n[labels[i]]++
			if inSet(held.row(i), levels, int(labels[i])) {
				hit[labels[i]]++
				holds++
			}
		}
	}
	cv.SetSize, cv.SetCoverage = size/float64(len(labels)), holds/float64(len(labels))
	cv.SetWorst = 1
	for c := range n {
		if n[c] >= worstFrom {
			cv.SetWorst = min(cv.SetWorst, hit[c]/n[c])
		}
	}
}

// worstFrom is how many samples a class needs for its coverage to be told: with
// fewer than 30 the figure is mostly chance.
const worstFrom = 30

// spoken measures abstention fold by fold, with the cut-off of the others.
func (h *heldOut) spoken(probability []float64, right []bool, target float64, cv *CrossValidation) {
	spoken, wrong := 0, 0
	for f := range h.folds {
		mine, others := h.split(f)
		p, r := make([]float64, len(others)), make([]bool, len(others))
		for j, i := range others {
			p[j], r[j] = probability[i], right[i]
		}
		least, _ := abstention(p, r, target)
		for _, i := range mine {
			if probability[i] >= least {
				spoken++
				if !right[i] {
					wrong++
				}
			}
		}
	}
	cv.Coverage = float64(spoken) / float64(max(1, len(right)))
	cv.SpokenError = float64(wrong) / float64(max(1, spoken))
}

// split lists the samples of a fold and of all others.
func (h *heldOut) split(fold int) (mine, others []int) {
	for i, g := range h.fold {
		if g == fold {
			mine = append(mine, i)
		} else {
			others = append(others, i)
		}
	}
	return mine, others
}
