package credit

import (
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
