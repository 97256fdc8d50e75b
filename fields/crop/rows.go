package crop

import (
	"context"
	"fmt"

	"parus/fields/crop/trees"
)

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
			f.covered = append(f.covered, g.covered)
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
