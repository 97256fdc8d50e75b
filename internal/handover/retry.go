package handover

import "time"

// Retries is how long is waited after each failed attempt; after the last a
// delivery is dead. Jitter spreads a wait by up to this share either way.
type Retries struct {
	Waits  []time.Duration
	Jitter float64
}

// StandardRetries are ten attempts within three days and a bit. Source of the
// waits: Standard Webhooks 1.0, deliverability and reliability.
func StandardRetries() Retries {
	return Retries{Jitter: 0.2, Waits: []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
		10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour}}
}

// Next tells how long to wait after the given attempt (from 1) has failed, or
// that it was the last. chance, in [0, 1), places the wait within its jitter.
// What a target asks for is the least that is waited.
func (r Retries) Next(attempt int, f *Failure, chance float64) (wait time.Duration, again bool) {
	if f.Permanent || attempt < 1 || attempt > len(r.Waits) {
		return 0, false
	}
	wait = r.Waits[attempt-1]
	wait += time.Duration(float64(wait) * r.Jitter * (2*chance - 1))
	return max(wait, f.After), true
}
