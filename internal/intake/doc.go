// Package intake holds what web, workers and database share about hand-overs
// that counties upload: where one stands, what was found in it, what people may
// choose about how it is read, and what is refused.
//
// An upload is received in pieces, checked by a worker as `parus registry check`
// does, read anew as often as somebody chooses otherwise, and committed as a
// release of the county's registry:
//
//	receiving ─► checking ─► checked ─► committing ─► committed
//	    │            │  ▲       │            │
//	    │            ▼  └───────┴── again ───┘
//	    │         refused
//	    └─► expired, withdrawn
//
// A check or an import on which a worker broke down is quarantined: its unit has
// failed in the ledger. The package opens no file and knows no database.
//
//	u, err := store.AddUpload(ctx, scope, intake.New{County: "370199", Name: "青禾县.zip", Size: 1 << 20, …})
//	at, err := store.AppendUpload(ctx, scope, intake.Piece{Upload: u.ID, At: 0, Data: data})
//	if r := (*intake.Refusal)(nil); errors.As(err, &r) { … r.Code … }
package intake
