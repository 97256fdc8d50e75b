// Package ledger says what a unit of work is: its content key, its states and
// the moves between them. The ledger itself is a table (internal/postgis); who
// works on it is package workers. Both share these values, and nothing here
// does input or output.
//
// A unit moves like this; every arrow is one guarded update of its row:
//
//	          plan                claim                 finish
//	(absent) ──────► pending ───────────────► running ─────────► done
//	                  ▲  ▲                     │ │ │
//	                  │  │   lease ran out,    │ │ └──────────► skipped
//	                  │  └───error to retry ───┘ │   nothing to do, with a reason
//	                  │                          └────────────► failed
//	                  └────────── retry asked for ─────────────── │
//
// done and skipped are final: their key says that the same inputs, parameters
// and code would give the same result. A failed unit returns to pending only
// where somebody asks for it, or plans it again with its inputs in another place.
//
//	key := ledger.Key("observe", 1, scene.InputDigest, coverageKey, params)
//	unit := ledger.Unit{Key: key, County: "370199", Stage: "observe", Item: "S2A_…/19_199"}
package ledger
