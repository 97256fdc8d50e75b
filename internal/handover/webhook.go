package handover

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// WebhookConfig is how a receiver of webhooks is reached.
type WebhookConfig struct {
	Address
}

// ParseWebhookConfig reads and checks the JSON of a target.
func ParseWebhookConfig(data []byte) (WebhookConfig, error) {
	var c WebhookConfig
	if err := strictly(data, &c); err != nil {
		return c, err
	}
	_, err := c.Parse()
	return c, err
}

func strictly(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	return nil
}

// WebhookCarrier posts events to one receiver.
type WebhookCarrier struct {
	url     string
	client  *http.Client
	secrets []*standardwebhooks.Webhook
	now     func() time.Time
}

// NewWebhookCarrier makes a carrier; secrets are the newest first. read reads
// the CA file, where one is named.
func NewWebhookCarrier(c WebhookConfig, secrets []string, now func() time.Time, read func(string) ([]byte, error)) (*WebhookCarrier, error) {
	parsed, err := parseSecrets(secrets)
	if err != nil {
		return nil, err
	}
	client, err := c.Client(read)
	if err != nil {
		return nil, err
	}
	return &WebhookCarrier{url: c.URL, client: client, secrets: parsed, now: now}, nil
}

// mostAnswer bounds what is read of an answer: nothing in it is used.
const mostAnswer = 16 << 10

// Carry posts the event. The status decides, whatever follows it.
func (w *WebhookCarrier) Carry(ctx context.Context, d Delivery) (Receipt, error) {
	body, err := NewPayload(d.Event)
	if err != nil {
		return Receipt{}, Permanent("the event cannot be written down")
	}
	return w.post(ctx, d.Event.ID(), body)
}

// Ping sends a message of the type parus.test, which is about no application.
func (w *WebhookCarrier) Ping(ctx context.Context) (Receipt, error) {
	at := w.now().UTC()
	body, err := json.Marshal(map[string]any{"type": "parus.test", "timestamp": at, "data": map[string]any{}})
	if err != nil {
		return Receipt{}, Permanent("the message cannot be written down")
	}
	return w.post(ctx, fmt.Sprintf("test-%d", at.UnixNano()), body)
}

func (w *WebhookCarrier) post(ctx context.Context, id string, body []byte) (Receipt, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		return Receipt{}, Permanent("the address cannot be asked")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Parus")
	if err := sign(req.Header, w.secrets, id, w.now(), body); err != nil {
		return Receipt{}, Transient(err, "%s", err.Error())
	}
	resp, err := w.client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return Receipt{}, ctx.Err()
		}
		return Receipt{}, Unanswered(err)
	}
	defer resp.Body.Close()
	if f := Judge(resp, w.now()); f != nil {
		return Receipt{}, f
	}
	digest := sha256.New()
	if _, err := io.Copy(digest, io.LimitReader(resp.Body, mostAnswer)); err != nil && errors.Is(ctx.Err(), context.Canceled) {
		return Receipt{}, ctx.Err()
	}
	return Receipt{Digest: hex.EncodeToString(digest.Sum(nil))}, nil
}
