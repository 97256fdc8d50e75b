package crop

import (
	"math/rand/v2"
	"slices"
	"strings"
)

// folds shares samples out so that a group is never on both sides, and classes
// are spread evenly: groups in order of size, the largest first, each to the fold
// that it leaves most balanced. It returns each sample's fold and how many folds
// there are, at most want and at most the groups of the second-most widespread
// class, so that no fold is left without one of two classes.
func folds(labels []int32, classes int, groups []string, want int, seed uint64) ([]int, int) {
	type group struct {
		name    string
		members []int
		counts  []float64
	}
	byName := map[string]*group{}
	var all []*group
	for i, y := range labels {
		g := byName[groups[i]]
		if g == nil {
			g = &group{name: groups[i], counts: make([]float64, classes)}
			byName[groups[i]] = g
			all = append(all, g)
		}
		g.members = append(g.members, i)
		g.counts[y]++
	}
	spread := make([]int, classes)
	for _, g := range all {
		for c, n := range g.counts {
			if n > 0 {
				spread[c]++
			}
		}
	}
	slices.Sort(spread)
	k := min(want, len(all))
	if classes > 1 {
		k = min(k, spread[classes-2])
	}
	if k < 2 {
		return nil, 0
	}
	slices.SortFunc(all, func(a, b *group) int { return strings.Compare(a.name, b.name) })
	rng := rand.New(rand.NewPCG(seed, 0x666f6c64))
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	slices.SortStableFunc(all, func(a, b *group) int { return len(b.members) - len(a.members) })
	total := make([]float64, classes)
	for _, y := range labels {
		total[y]++
	}
	filled := make([][]float64, k)
	for f := range filled {
		filled[f] = make([]float64, classes)
	}
	fold := make([]int, len(labels))
	for _, g := range all {
		best, least := 0, 0.0
		for f := range filled {
			cost := 0.0 // growth of Σ (count/total)², and of the fold's size as a tie-break
			for c, n := range g.counts {
				if total[c] > 0 {
					cost += n * (n + 2*filled[f][c]) / (total[c] * total[c])
				}
			}
			size := 0.0
			for _, n := range filled[f] {
				size += n
			}
			cost += 1e-3 * size / float64(len(labels))
			if f == 0 || cost < least {
				best, least = f, cost
			}
		}
		for _, i := range g.members {
			fold[i] = best
		}
		for c, n := range g.counts {
			filled[best][c] += n
		}
	}
	return fold, k
}
