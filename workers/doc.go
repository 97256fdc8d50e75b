// Package workers carries a season through its stages: it plans the units of
// each stage, hands them to whoever has time, and sees to it that none is lost.
//
// The ledger (tables in PostGIS) is the truth, the queue (asynq on Redis) is a
// hint. The [Reconciler] puts on the queue whatever the ledger shows waiting;
// a [Worker] claims a unit in the ledger before it works and ends the claim in
// the transaction that writes the result. Losing all of Redis, a task delivered
// twice or a worker killed half-way therefore loses and doubles nothing. The
// states of a unit are drawn in package internal/ledger.
//
//	verify ─► cover ─► observe ─► assemble ─► recognise ─► estimate ─► decide ─► publish
//	scene     block    scene×block block       block        season      batch     season
//
// A stage is a [Stage]: its planner and its handler side by side in one file.
// The package knows no SQL, no pixels and no HTTP: it is given a [Store] and
// [Tools].
//
//	w := workers.Worker{Claims: db, Stages: workers.Season(db, tools), Log: log}
//	err := w.Serve(ctx, redisOptions, 2)
package workers
