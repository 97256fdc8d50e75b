package credit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Snapshot is all that a decision rests on, in its normal form, with the
// decision. It is immutable: Digest covers case, policy and engine version.
type Snapshot struct {
	EngineVersion string   `json:"engine_version"`
	Case          Case     `json:"case"`
	Policy        Policy   `json:"policy"`
	Digest        string   `json:"digest"`
	Decision      Decision `json:"decision"`
}

// NewSnapshot decides a case and keeps everything needed to repeat it.
func (e *Engine) NewSnapshot(c Case) (Snapshot, error) {
	c, d, err := e.decide(c, lens{}, true)
	if err != nil {
		return Snapshot{}, err
	}
	return Snapshot{EngineVersion, c, e.policy, d.Digest, d}, nil
}

// digest is SHA-256, in hex, over the canonical JSON of what a decision depends
// on, {"engine_version", "case", "policy"}: fields in the order of the types,
// parcels and crops sorted, numbers in their shortest form.
func (e *Engine) digest(c Case) (string, error) {
	b, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("canonical form: %w", err)
	}
	h := sha256.New()
	for _, part := range [][]byte{[]byte(`{"engine_version":"` + EngineVersion + `","case":`), b, []byte(`,"policy":`), e.canonical, []byte("}")} {
		h.Write(part)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// ReplayError says in what a repeated decision differs from the stored one.
type ReplayError struct{ Household, What, Stored, Again string }

func (e *ReplayError) Error() string {
	return fmt.Sprintf("replay of household %s: %s differs: stored %s, now %s", e.Household, e.What, e.Stored, e.Again)
}

// Replay decides a snapshot again and compares every byte. Any difference is a
// [ReplayError]; so is a snapshot of another engine version.
func Replay(s Snapshot) error {
	if s.EngineVersion != EngineVersion {
		return &ReplayError{s.Case.HouseholdID, "engine version", s.EngineVersion, EngineVersion}
	}
	again, err := Decide(s.Case, s.Policy)
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
