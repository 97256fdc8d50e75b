// Package backtest decides a season again under another policy and tells who
// would gain, who would lose and by how much, before anybody is touched.
//
// Both sides of a comparison rest on the same case, the same engine and the same
// random draws, so a difference is the policy's. What the package can't know is
// repayment: it compares what would be offered and what the model expects of it,
// not what came back. It reads and writes nothing by itself; memory is bounded
// by the threads, a list of the strongest movers and eight bytes a household.
//
//	r, err := backtest.Run(ctx, backtest.Job{Policy: draft, Threads: 2}, source, nil)
//	fmt.Println(r.Gain, r.Lose, r.After.LineFen-r.Before.LineFen, r.Warnings)
package backtest
