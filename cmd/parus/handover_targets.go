package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/goccy/go-yaml"

	"parus/credit/lending"
	"parus/internal/handover"
	"parus/internal/handover/fineract"
)

type handoverTargetsCmd struct {
	Add handoverAddCmd `cmd:"" help:"Add a target."`
	Set handoverSetCmd `cmd:"" help:"Change a target's configuration or acts, pause or resume it."`
}

type handoverAddCmd struct {
	deliveries
	Name   string        `arg:"" help:"Of the target: a-z, 0-9 and -."`
	Kind   string        `required:"" enum:"fineract,webhook" help:"What it is: ${enum}."`
	Config string        `required:"" type:"existingfile" placeholder:"YAML" help:"Where it is and how it is reached, without secrets; see docs/handover.md."`
	County string        `placeholder:"PREFIX" help:"Counties that it is told about, by the beginning of their codes; default: all."`
	From   string        `default:"now" help:"What it is told of: start, now, or the number of the first event in each county."`
	Acts   []lending.Act `placeholder:"ACT" help:"Acts that it is told of; default: all that its kind takes."`
}

// Run checks everything that can be checked without asking the target.
func (c *handoverAddCmd) Run(ctx context.Context, s *streams) error {
	t := handover.Target{Name: c.Name, Kind: handover.Kind(c.Kind), County: c.County, FromSeq: 1, Acts: c.Acts}
	if len(t.Acts) == 0 {
		t.Acts = t.Kind.Acts()
	}
	var err error
	if t.Config, err = readTarget(t.Kind, c.Config); err != nil {
		return usageError{err}
	}
	if c.From != "now" && c.From != "start" {
		if t.FromSeq, err = strconv.ParseInt(c.From, 10, 64); err != nil {
			return usageError{fmt.Errorf("--from %.20q is none of start, now and a number", c.From)}
		}
	}
	if err := t.Check(); err != nil {
		return usageError{err}
	}
	return c.with(ctx, s, func(b *backend) error {
		if err := b.db.Handover().AddTarget(ctx, t, whoami(), time.Now().UTC(), c.From == "now"); err != nil {
			return err
		}
		_, err := fmt.Fprintf(s.Out, "target %s is there; put its secrets into the file that PARUS_HANDOVER_SECRETS names, then `parus handover test %s`\n", t.Name, t.Name)
		return err
	})
}

// readTarget reads a configuration in YAML and returns it as it is kept.
func readTarget(k handover.Kind, path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	data, err := yaml.YAMLToJSON(text)
	if err != nil {
		return nil, fmt.Errorf("%s is no YAML: %w", path, err)
	}
	if k == handover.Fineract {
		_, err = fineract.ParseConfig(data)
	} else {
		_, err = handover.ParseWebhookConfig(data)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return data, nil
}

type handoverSetCmd struct {
	deliveries
	Name   string        `arg:"" help:"Of the target."`
	Config string        `type:"existingfile" placeholder:"YAML" help:"New configuration."`
	Acts   []lending.Act `placeholder:"ACT" help:"Acts that it is told of from now on."`
	Pause  bool          `xor:"pause" help:"Send nothing until it is resumed."`
	Resume bool          `xor:"pause" help:"Send again, what came meanwhile included."`
}

// Run changes what is named and leaves the rest.
func (c *handoverSetCmd) Run(ctx context.Context, s *streams) error {
	if c.Config == "" && len(c.Acts) == 0 && !c.Pause && !c.Resume {
		return usageError{errors.New("say what to change: --config, --acts, --pause or --resume")}
	}
	return c.with(ctx, s, func(b *backend) error {
		h := b.db.Handover()
		t, err := h.Target(ctx, c.Name)
		if err != nil {
			return err
		}
		if c.Config != "" {
			if t.Config, err = readTarget(t.Kind, c.Config); err != nil {
				return usageError{err}
			}
		}
		if len(c.Acts) > 0 {
			t.Acts = c.Acts
		}
		t.Paused = (t.Paused || c.Pause) && !c.Resume
		return h.SetTarget(ctx, t)
	})
}
