package credit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"
)

// ReplayError says in what a repeated decision differs from the stored one.
type ReplayError struct{ Household, What, Stored, Again string }

func (e *ReplayError) Error() string {
	return fmt.Sprintf("replay of household %s: %s differs: stored %s, now %s", e.Household, e.What, e.Stored, e.Again)
}

// OtherEngine tells whether nothing was compared: another version of the engine
// decided.
func (e *ReplayError) OtherEngine() bool { return e.What == whatEngine }

const whatEngine = "engine version"

// Replay decides a snapshot again and compares every byte. Any difference is a
// [ReplayError]; so is a snapshot of another engine version.
func Replay(s Snapshot) error { return new(Replayer).Replay(s) }

// Replayer replays many snapshots; see [Replay]. It keeps an engine for each of
// the last policies. It may be used from many goroutines at once.
type Replayer struct {
	mu      sync.Mutex
	engines map[string]*Engine // by the policy's JSON
}

// mostEngines bounds what a Replayer keeps.
const mostEngines = 64

// Replay decides one snapshot again; see the function Replay.
func (r *Replayer) Replay(s Snapshot) error {
	if s.EngineVersion != EngineVersion {
		return &ReplayError{s.Case.HouseholdID, whatEngine, s.EngineVersion, EngineVersion}
	}
	e, err := r.engine(s.Policy)
	if err != nil {
		return fmt.Errorf("replay of household %s: %w", s.Case.HouseholdID, err)
	}
	again, err := e.Decide(s.Case)
	if err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	if again.Digest != s.Digest {
		return &ReplayError{s.Case.HouseholdID, "digest of the inputs", s.Digest, again.Digest}
	}
	stored, err := json.Marshal(s.Decision)
	if err != nil {
		return fmt.Errorf("replay of household %s: stored decision: %w", s.Case.HouseholdID, err)
	}
	now, err := json.Marshal(again)
	if err != nil {
		return fmt.Errorf("replay of household %s: repeated decision: %w", s.Case.HouseholdID, err)
	}
	if !bytes.Equal(stored, now) {
		return &ReplayError{s.Case.HouseholdID, "decision", string(stored), string(now)}
	}
	return nil
}

// Suppose decides a snapshot's case under its own policy as if a change had come
// about; see [Engine.Suppose]. A snapshot of another engine is a [ReplayError]:
// the difference would not be the change's alone.
func (r *Replayer) Suppose(s Snapshot, x Change) (Supposition, error) {
	if s.EngineVersion != EngineVersion {
		return Supposition{}, &ReplayError{s.Case.HouseholdID, whatEngine, s.EngineVersion, EngineVersion}
	}
	e, err := r.engine(s.Policy)
	if err != nil {
		return Supposition{}, fmt.Errorf("what-if of household %s: %w", s.Case.HouseholdID, err)
	}
	return e.Suppose(s.Case, x)
}

// Outlook draws out the cash at harvest behind a snapshot's line; see
// [Engine.Outlook]. A snapshot of another engine is a [ReplayError].
func (r *Replayer) Outlook(s Snapshot) (Outlook, error) {
	if s.EngineVersion != EngineVersion {
		return Outlook{}, &ReplayError{s.Case.HouseholdID, whatEngine, s.EngineVersion, EngineVersion}
	}
	e, err := r.engine(s.Policy)
	if err != nil {
		return Outlook{}, fmt.Errorf("outlook of household %s: %w", s.Case.HouseholdID, err)
	}
	return e.Outlook(s.Case, s.Decision.LineFen)
}

func (r *Replayer) engine(p Policy) (*Engine, error) {
	key, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("policy %s: %w", p.Version, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if e, ok := r.engines[string(key)]; ok {
		return e, nil
	}
	e, err := NewEngine(p)
	if err != nil {
		return nil, err
	}
	if r.engines == nil || len(r.engines) >= mostEngines {
		r.engines = map[string]*Engine{}
	}
	r.engines[string(key)] = e
	return e, nil
}
