// Package trees fits ensembles of decision trees to dense numeric tables:
// gradient boosting over several classes at once, and extremely randomised
// trees. Both work on values binned to a byte, treat NaN as "missing" with a
// learned direction, and give the same trees for any number of threads.
//
// It knows nothing of crops, dates or files, calibrates nothing, and refuses
// tables whose labels are out of range.
//
//	bins := trees.NewBins(table, 64)
//	x := bins.Apply(table, 2)
//	e, err := trees.Boost(ctx, x, labels, trees.Task{Classes: 3, Train: rows}, trees.BoostOptions{})
//	margins := make([]float32, table.Rows*3)
//	e.Score(table, margins, 2)
package trees
