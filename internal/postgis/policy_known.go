package postgis

import (
	"bytes"
	"context"
	"fmt"
	"sync"

	"parus/credit"
)

// knownPolicies keeps policies by the digest of their document, which says all
// that they are: reading one takes longer than deciding under it.
type knownPolicies struct {
	mu sync.Mutex
	of map[string]credit.Policy
}

// policy is read from the database the first time.
func (k *knownPolicies) policy(ctx context.Context, by access, digest string) (credit.Policy, error) {
	k.mu.Lock()
	p, ok := k.of[digest]
	k.mu.Unlock()
	if ok {
		return p, nil
	}
	var doc string
	if err := by.QueryRow(ctx, `select document from policy where digest = $1`, digest).Scan(&doc); err != nil {
		return p, notFound("document of policy "+digest, err)
	}
	p, err := credit.ReadPolicy(bytes.NewReader([]byte(doc)))
	if err != nil {
		return p, fmt.Errorf("policy %.12s: %w", digest, err)
	}
	k.mu.Lock()
	k.of[digest] = p
	k.mu.Unlock()
	return p, nil
}
