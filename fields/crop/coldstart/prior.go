package coldstart

import (
	"fmt"
	"math"
	"slices"

	"parus/fields/crop"
)

// Shares is what a region's posteriors say of how common each class is there.
type Shares struct {
	Applied bool
	Why     string    // why not, "" where applied
	Classes []string  //
	Source  []float64 // shares in the training set
	Target  []float64 // and here
}

// Safeguards of the correction: it needs leastShared samples that the model can
// judge; it may change the odds of no class by more than mostOdds; each class
// keeps the training set's share of heldShare of the samples; it must explain the
// posteriors better than no correction by more than chance would; and the shares
// found may lie mostDrift at most from the mean of the posteriors (total
// variation). Where classes look different from training, posteriors soften, and
// the maximisation runs away to whichever class is never likely and never
// excluded: between four splits of Central Asia by region it drifted by .14 to
// .33 and lost 8 to 58 points of accuracy, so less than the least of these is
// allowed.
const (
	mostDrift   = .13
	leastShared = 50
	mostOdds    = 5.
	heldShare   = .1
	rounds      = 200
)

// Correct changes posteriors from the shares that classes had in training to
// those that they have here, which it finds in the posteriors themselves by
// expectation maximisation (Saerens, Latinne and Decaestecker 2002, Neural
// Computation 14(1), equations 2.4 and 2.9). That holds where only the shares
// differ and not how the classes look, so it is guarded: where a guard does not
// pass, the posteriors come back as they were and Shares says why.
//
// The posteriors must have one list of classes; source gives the training shares
// in its order, and abstainBelow the level at which the model speaks. Sets stay
// as they are but for the best class, which is always in them: they are kept
// class by class, so that what they promise does not depend on shares.
func Correct(posteriors []crop.Posterior, source []float64, abstainBelow float64) ([]crop.Posterior, Shares) {
	s := Shares{Source: source, Target: slices.Clone(source)}
	if len(posteriors) > 0 {
		s.Classes = posteriors[0].Classes
	}
	var rows [][]float64
	for _, p := range posteriors {
		if !p.Abstained || p.P[argmax(p.P)] < abstainBelow { // can be judged
			rows = append(rows, p.P)
		}
	}
	if len(rows) < leastShared {
		s.Why = fmt.Sprintf("%d samples that can be judged: %d at least are needed", len(rows), leastShared)
		return posteriors, s
	}
	before := evidence(rows, source, source)
	s.estimate(rows)
	if d := drift(rows, s.Target); d > mostDrift {
		s.Why = fmt.Sprintf("the shares found, %.2f away from what the model says, can only be had if crops look different here", d)
		s.Target = slices.Clone(source)
		return posteriors, s
	}
	// Twice the gain of log likelihood is χ² with classes − 1 degrees of freedom
	// where the shares are those of training (Saerens et al. 2002, section 3).
	if gain := 2 * (evidence(rows, source, s.Target) - before); gain < chi95(len(source)-1) {
		s.Why = "the shares do not differ from the training set's beyond chance"
		s.Target = slices.Clone(source)
		return posteriors, s
	}
	s.Applied = true
	out := slices.Clone(posteriors)
	for i, p := range posteriors {
		judged := !p.Abstained || p.P[argmax(p.P)] < abstainBelow
		if !judged {
			continue
		}
		out[i].P = reweighted(p.P, source, s.Target)
		top := argmax(out[i].P)
		best := out[i].P[top]
		out[i].Abstained, out[i].Reason = best < abstainBelow, ""
		if out[i].Abstained {
			out[i].Reason = fmt.Sprintf("probability %.2f is below the cut-off %.2f", best, abstainBelow)
		}
		if !slices.Contains(p.Set, p.Classes[top]) {
			out[i].Set = append(slices.Clone(p.Set), p.Classes[top])
		}
	}
	return out, s
}

// estimate runs the expectation maximisation, held back by the safeguards.
func (s *Shares) estimate(rows [][]float64) {
	held := heldShare * float64(len(rows))
	for range rounds {
		next := make([]float64, len(s.Target))
		for _, p := range rows {
			for c, v := range reweighted(p, s.Source, s.Target) {
				next[c] += v
			}
		}
		sum := 0.0
		for c := range next {
			next[c] = (next[c] + held*s.Source[c]) / (float64(len(rows)) + held)
			if s.Source[c] > 0 {
				next[c] = min(max(next[c], s.Source[c]/mostOdds), s.Source[c]*mostOdds)
			}
			sum += next[c]
		}
		moved := 0.0
		for c := range next {
			next[c] /= sum
			moved = max(moved, math.Abs(next[c]-s.Target[c]))
		}
		s.Target = next
		if moved < 1e-7 {
			return
		}
	}
}

// drift is the total variation between shares and the mean of the rows.
func drift(rows [][]float64, shares []float64) float64 {
	far := 0.0
	for c, t := range shares {
		sum := 0.0
		for _, p := range rows {
			sum += p[c]
		}
		far += math.Abs(sum/float64(len(rows))-t) / 2
	}
	return far
}

// reweighted is p under other shares.
func reweighted(p, from, to []float64) []float64 {
	out := make([]float64, len(p))
	sum := 0.0
	for c, v := range p {
		if from[c] > 0 {
			out[c] = v * to[c] / from[c]
		}
		sum += out[c]
	}
	if !(sum > 0) {
		return slices.Clone(p)
	}
	for c := range out {
		out[c] /= sum
	}
	return out
}

// evidence is the log likelihood of the rows under shares, up to a constant.
func evidence(rows [][]float64, source, target []float64) float64 {
	total := 0.0
	for _, p := range rows {
		sum := 0.0
		for c, v := range p {
			if source[c] > 0 {
				sum += v * target[c] / source[c]
			}
		}
		total += math.Log(max(sum, 1e-300))
	}
	return total
}

// chi95 is the 95 % point of χ² with k degrees of freedom (Wilson and Hilferty
// 1931, PNAS 17).
func chi95(k int) float64 {
	a := 2 / (9 * float64(max(1, k)))
	x := 1 - a + 1.6449*math.Sqrt(a)
	return float64(max(1, k)) * x * x * x
}

func argmax(p []float64) int {
	best := 0
	for c, v := range p {
		if v > p[best] {
			best = c
		}
	}
	return best
}
