// Package lending is what happens to a line after scoring: an application for
// it, the decision in the moment, approval by a second person, acceptance,
// drawing and repayment. Every step is an event in a chain of hashes that one
// county keeps.
//
// The rules are pure: which act leads from which state to which, who may do it,
// what an application holds of each limit, and the decision, which [Replay]
// computes again to the byte from the chain and the snapshot. The package does
// no I/O and knows no clock; storing and locking are internal/postgis's. What
// it refuses, it refuses by name: see [Refusal].
//
//	o, err := lending.Decide(request, facts, snapshot)
//	p, err := lending.Position{}.After(lending.Move{Act: lending.Apply, Actor: "li", Role: lending.Officer, AmountFen: request.AskedFen, At: now})
//	e := head.Chain(lending.Event{County: county, Application: id, Act: lending.Apply, State: p.State, Body: body})
//	head, err := lending.Verify(county, events)
package lending
