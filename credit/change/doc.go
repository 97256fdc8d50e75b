// Package change explains how a household's line moved from one decision to
// another: it decides again with one group of inputs at a time taken from the
// later snapshot, and gives each group its part of the move. The parts add up
// to the move to the fen.
//
// What a group is worth depends on what was taken before it, so each is the
// mean of two orders: all groups from first to last, and from last to first.
// The package does no input or output and refuses to compare decisions in
// different currencies or on different households. It judges nothing: whether
// a line may move that far is [credit.Rescore].
//
//	x := change.NewExplainer()
//	move, err := x.Explain(before, after)
//	for _, e := range move.Effects {
//		fmt.Println(e.Group, e.Fen) // area_match -1200.00
//	}
package change
