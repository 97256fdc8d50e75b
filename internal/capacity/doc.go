// Package capacity tells how long a season takes on how many workers, what it
// needs of database and storage, and what gives way first: a discrete-event
// simulation of counties whose units pass through queue, workers, object storage
// and database, with costs that a run has measured.
//
// A unit waits in its queue for a place in a worker and holds it while it reads
// imagery, computes and has its result written; each of these three waits for its
// turn at what all workers share. A county's next stage starts when the last unit
// of the one before has ended. Workers die and lose what they have in hand; some
// units take much longer than others; some fail and are tried again.
//
// It knows no clock, no database and no network: the same [Model] and seed give
// the same figures. It refuses to guess costs: they come from the table that
// `parus run --timings` writes, see [ReadTimings]. What it leaves out is named at
// [Model].
//
//	m := capacity.Model{Costs: costs, Counties: capacity.Country(1800, 200e6, costs.County, 1), Plant: capacity.Plant{Workers: 64, Processors: 64, DatabaseProcessors: 16}}
//	r, err := capacity.Simulate(m, 1)
//	// r.Hours, r.Database.Busy, r.Waited.Mean
package capacity
