package handover

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// secretsFormat names the layout of the file.
const secretsFormat = "parus-handover-1"

// Secrets are what targets are spoken with. They lie in a file of their own
// that only its owner can read (see vault.Private), never in the database.
type Secrets struct {
	Format  string                  `json:"format"`
	Targets map[string]TargetSecret `json:"targets"` // by name
}

// TargetSecret belongs to one target.
type TargetSecret struct {
	Webhook   []string `json:"webhook,omitempty"`    // whsec_..., the newest first; all of them sign
	Username  string   `json:"username,omitempty"`   // of Fineract
	Password  string   `json:"password,omitempty"`   // of Fineract
	HookToken string   `json:"hook_token,omitempty"` // in the address that Fineract's hook is given
}

// String keeps secrets out of logs.
func (TargetSecret) String() string { return "(secret)" }

// ReadSecrets parses a secrets file. Its errors repeat nothing of it.
func ReadSecrets(r io.Reader) (Secrets, error) {
	var s Secrets
	d := json.NewDecoder(io.LimitReader(r, 1<<20))
	d.DisallowUnknownFields()
	if d.Decode(&s) != nil || s.Format != secretsFormat {
		return Secrets{}, fmt.Errorf("is not JSON of the format %s", secretsFormat)
	}
	for name, t := range s.Targets {
		if !named(name) {
			return Secrets{}, errors.New("names a target as no target can be named")
		}
		if len(t.Webhook) > 0 {
			if _, err := parseSecrets(t.Webhook); err != nil {
				return Secrets{}, fmt.Errorf("target %s: %w", name, err)
			}
		}
		if t.HookToken != "" && len(t.HookToken) < 32 {
			return Secrets{}, fmt.Errorf("target %s: a hook_token has at least 32 characters", name)
		}
	}
	return s, nil
}
