// Package ledger says what a unit of work is: its content key, its states and
// the moves between them. The ledger itself is a table (internal/postgis); who
// works on it is package workers. Both share these values, and nothing here
// does input or output.
//
// A unit moves like this; every arrow is one guarded update of its row:
//
//	          plan                claim                 finish
//	(absent) ──────► pending ───────────────► running ─────────► done
//	                 ▲ ▲  ▲ │                  │ │ │
//	     an open run │ │  │ │ all its runs     │ │ └──────────► skipped
//	      asks again │ │  │ ▼ are cancelled    │ │   nothing to do, with a reason
//	           cancelled  │                    │ │
//	                   │  │   worker died,     │ │
//	                   │  └───error to retry ──┘ └────────────► failed
//	                   └───────── retry asked for ──────────────── │
//
// done and skipped are final: their key says that the same inputs, parameters
// and code would give the same result. A failed unit returns to pending only
// where somebody asks for it, or plans it again with its inputs in another place;
// one that is poison, or has killed its worker three times, only by name. A unit
// whose runs are all paused stays pending and is claimed by nobody.
//
// A run moves likewise, each move by one guarded update with a line in its
// history:
//
//	           pause              cancel
//	running ◄─────────► paused ──────────► cancelled
//	 │ │ ▲     resume                         │ resume
//	 │ │ └────────────────────────────────────┘
//	 │ └──► failed ──┐ asked for again,
//	 └────► done ────┴ retry: running
//
//	key := ledger.Key("observe", 1, scene.InputDigest, coverageKey, params)
//	unit := ledger.Unit{Key: key, County: "370199", Stage: "observe", Item: "S2A_…/19_199"}
package ledger
