package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"parus/internal/handover"
	"parus/internal/handover/fineract"
	"parus/internal/postgis"
	"parus/internal/vault"
)

// handoverSecrets names what targets of the hand-over are spoken with.
type handoverSecrets struct {
	HandoverSecrets string `env:"PARUS_HANDOVER_SECRETS" placeholder:"FILE" help:"Secrets of the bank's systems; default: nothing is handed over."`
}

// load reads the file. One that others may read is refused.
func (h handoverSecrets) load() (handover.Secrets, error) {
	fail := func(err error) (handover.Secrets, error) {
		return handover.Secrets{}, fmt.Errorf("secrets of the hand-over (PARUS_HANDOVER_SECRETS): %w", err)
	}
	if h.HandoverSecrets == "" {
		return fail(errors.New("no file is named: see docs/handover.md for what is in it, and give its name with --handover-secrets"))
	}
	f, err := os.Open(h.HandoverSecrets)
	if err != nil {
		return fail(err)
	}
	defer f.Close()
	if err := vault.Private(f); err != nil {
		return fail(fmt.Errorf("%s %w", h.HandoverSecrets, err))
	}
	s, err := handover.ReadSecrets(f)
	if err != nil {
		return fail(fmt.Errorf("%s %w", h.HandoverSecrets, err))
	}
	return s, nil
}

// carriers makes the carrier of each target and keeps it, with its connections,
// until the target is configured otherwise.
type carriers struct {
	db      *postgis.DB
	secrets handover.Secrets
	ring    *vault.Ring // nil: nobody's name is opened
	now     func() time.Time

	mu   sync.Mutex
	made map[string]madeCarrier
}

type madeCarrier struct {
	target  handover.Target
	carrier handover.Carrier
}

func (h handoverSecrets) carriers(db *postgis.DB, keys keyFile) (*carriers, error) {
	secrets, err := h.load()
	if err != nil {
		return nil, err
	}
	ring, err := keys.ring()
	if err != nil {
		return nil, err
	}
	return &carriers{db: db, secrets: secrets, ring: ring, now: db.Clock(time.Now).Now, made: map[string]madeCarrier{}}, nil
}

// carrier is that of a target.
func (c *carriers) carrier(t handover.Target) (handover.Carrier, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if m, ok := c.made[t.Name]; ok && m.target.Kind == t.Kind && bytes.Equal(m.target.Config, t.Config) {
		return m.carrier, nil
	}
	secret, ok := c.secrets.Targets[t.Name]
	if !ok {
		return nil, fmt.Errorf("its secrets are not in the file that PARUS_HANDOVER_SECRETS names")
	}
	carrier, err := c.newCarrier(t, secret)
	if err == nil {
		c.made[t.Name] = madeCarrier{t, carrier}
	}
	return carrier, err
}

func (c *carriers) newCarrier(t handover.Target, secret handover.TargetSecret) (handover.Carrier, error) {
	if t.Kind == handover.Webhook {
		config, err := handover.ParseWebhookConfig(t.Config)
		if err != nil {
			return nil, err
		}
		return handover.NewWebhookCarrier(config, secret.Webhook, c.now, os.ReadFile)
	}
	config, err := fineract.ParseConfig(t.Config)
	if err != nil {
		return nil, err
	}
	tools := fineract.Tools{Now: c.now, Read: os.ReadFile}
	if c.ring != nil {
		tools.Name = func(ctx context.Context, e handover.Event) (string, error) { return c.name(ctx, t.Name, e) }
	}
	return fineract.New(config, secret, tools)
}

// name opens the name of a household's holder, which the county's audit keeps.
func (c *carriers) name(ctx context.Context, target string, e handover.Event) (string, error) {
	keys, err := c.ring.County(e.County)
	if err != nil {
		return "", handover.Transient(err, "county %s has no keys of personal data here", e.County)
	}
	_, release, err := c.db.RegistryOf(ctx, all, 0, e.Household)
	if err != nil {
		return "", handover.Transient(err, "the household is not in the registry in force")
	}
	act := vault.Act{Actor: "hand-over", Purpose: fmt.Sprintf("application %s to %s", e.Number(), target), At: c.now().UTC()}
	found, err := c.db.Reveal(ctx, all, keys, release, e.Household, act)
	if err != nil {
		return "", handover.Transient(err, "the holder's name cannot be opened")
	}
	for _, m := range found {
		if m.Holder && m.Secret.Name != "" {
			return m.Secret.Name, nil
		}
	}
	return "", handover.Permanent("the registry has no name of the holder")
}

// sender sends what the database holds.
func (c *carriers) sender(b *backend) handover.Sender {
	return handover.Sender{Outbox: c.db.Handover(), Carrier: c.carrier, Now: c.now, Log: b.log}
}

// handoverEvery is how often it is looked for events to hand over.
const handoverEvery = 2 * time.Second

// handOver sends beside the crew's work until the crew is stopped, where secrets
// are given.
func (c *crew) handOver(h handoverSecrets, keys keyFile) error {
	if h.HandoverSecrets == "" {
		return nil
	}
	all, err := h.carriers(c.db, keys)
	if err != nil {
		return err
	}
	s := all.sender(c.backend)
	c.serving.Go(func() { _ = s.Drive(c.ctx, nil, handoverEvery) }) // it ends with the crew
	return nil
}
