// Package governance is the life of a credit policy: who may write, test,
// approve, put in force and take back, and which policy holds for a county on a
// day. A document never changes; what changes is its state, by acts that go into
// an append-only history.
//
//	draft ──test──▶ tested ──approve──▶ approved ──activate──▶ in force from its
//	  │                │              (not the author)         day, per county or
//	  └───replace──────┴──▶ replaced                           all of them, until a
//	     (a new draft of the same version)                     later one or a rollback
//
// States are kept; whether an approved policy is scheduled, in force, superseded
// or rolled back on a day follows from its terms, see [Standing]. The package
// knows no SQL and decides nothing about credit: package postgis holds the same
// rules again in constraints and triggers.
//
//	term, ok := governance.InForce(terms, "370199", governance.DayOf(now))
//	if !ok { /* the built-in default */ }
package governance
