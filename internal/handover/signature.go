package handover

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// Secrets of webhooks are 24 to 64 random bytes (Standard Webhooks 1.0,
// signature scheme).
const (
	leastSecret = 24
	mostSecret  = 64
)

// NewSecret makes a secret of a webhook.
func NewSecret() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails: crypto/rand ends the process instead
	return "whsec_" + base64.StdEncoding.EncodeToString(raw)
}

// parseSecrets reads secrets such as whsec_ and base64, the newest first.
func parseSecrets(secrets []string) ([]*standardwebhooks.Webhook, error) {
	if len(secrets) == 0 {
		return nil, errors.New("no secret")
	}
	var out []*standardwebhooks.Webhook
	for i, s := range secrets {
		raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, "whsec_"))
		if err != nil || len(raw) < leastSecret || len(raw) > mostSecret {
			return nil, fmt.Errorf("secret %d is not whsec_ with base64 of %d to %d bytes", i+1, leastSecret, mostSecret)
		}
		w, err := standardwebhooks.NewWebhookRaw(raw)
		if err != nil {
			return nil, fmt.Errorf("secret %d cannot be used", i+1)
		}
		out = append(out, w)
	}
	return out, nil
}

// Sign fills the headers of a message: a signature by each secret, so that a
// receiver that still has the old one accepts it while secrets change.
func sign(h http.Header, with []*standardwebhooks.Webhook, id string, at time.Time, body []byte) error {
	all := make([]string, len(with))
	for i, w := range with {
		s, err := w.Sign(id, at, body)
		if err != nil {
			return errors.New("the message cannot be signed")
		}
		all[i] = s
	}
	h.Set(standardwebhooks.HeaderWebhookID, id)
	h.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	h.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(all, " "))
	return nil
}

// Errors of a [Verifier].
var (
	ErrSignature = errors.New("the signature is not ours: do not believe the message")
	ErrTooOld    = errors.New("the message's time is out of the tolerance")
	ErrSeen      = errors.New("the message has been handled already: answer 2xx")
)

// Tolerance is how far a message's time may be from the receiver's (Standard
// Webhooks 1.0 leaves it to the receiver; its libraries take this).
const Tolerance = 5 * time.Minute

// Verifier is the receiver's side. Messages that it has let pass once are
// refused as seen for as long as their time would be tolerated; a receiver that
// must not handle an event twice, replays included, keeps the ids itself.
type Verifier struct {
	secrets []*standardwebhooks.Webhook
	now     func() time.Time

	mu   sync.Mutex
	seen map[string]time.Time // id → when it may be forgotten
}

// NewVerifier makes a verifier that accepts any of the secrets.
func NewVerifier(secrets []string, now func() time.Time) (*Verifier, error) {
	parsed, err := parseSecrets(secrets)
	if err != nil {
		return nil, err
	}
	return &Verifier{secrets: parsed, now: now, seen: map[string]time.Time{}}, nil
}

// Verify checks the headers against the body, byte for byte as it came, and
// returns the event's id: [ErrSignature], [ErrTooOld] or [ErrSeen] else.
func (v *Verifier) Verify(h http.Header, body []byte) (id string, err error) {
	if len(h.Get(standardwebhooks.HeaderWebhookSignature)) > 4096 {
		return "", ErrSignature
	}
	good := false
	for _, w := range v.secrets {
		good = w.VerifyIgnoringTimestamp(body, h) == nil || good
	}
	if !good {
		return "", ErrSignature
	}
	id = h.Get(standardwebhooks.HeaderWebhookID)
	unix, err := strconv.ParseInt(h.Get(standardwebhooks.HeaderWebhookTimestamp), 10, 64)
	if err != nil {
		return "", ErrSignature
	}
	now := v.now()
	if at := time.Unix(unix, 0); at.Before(now.Add(-Tolerance)) || at.After(now.Add(Tolerance)) {
		return id, ErrTooOld
	}
	return id, v.remember(id, now)
}

func (v *Verifier) remember(id string, now time.Time) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	for k, until := range v.seen {
		if until.Before(now) {
			delete(v.seen, k)
		}
	}
	if _, ok := v.seen[id]; ok {
		return ErrSeen
	}
	v.seen[id] = now.Add(2 * Tolerance)
	return nil
}

// Forget lets a message pass again whose handling has failed.
func (v *Verifier) Forget(id string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.seen, id)
}
