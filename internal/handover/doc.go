// Package handover carries what happens to applications to the bank's own
// systems: Apache Fineract, and receivers of signed webhooks. The log of
// applications is its outbox: it sends what the log holds, in order for each
// application, at least once, under an id that never changes.
//
// It decides nothing and changes no application. It sends no personal data,
// follows no redirect, and speaks only with the addresses that an operator has
// configured, by TLS. It keeps no state either: an [Outbox] does.
//
//	s := handover.Sender{Outbox: db, Carriers: carriers, Now: time.Now, Log: log}
//	sum, err := s.Round(ctx)            // once
//	err = s.Drive(ctx, wake, time.Second) // until ctx ends
//
// A receiver checks what comes in with a [Verifier].
package handover
