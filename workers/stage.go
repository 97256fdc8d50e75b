package workers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"parus/internal/decoder"
	"parus/internal/ledger"
	"parus/internal/season"
)

// Stage is one step that a season takes. Planning and handling are safe to
// repeat: a unit's key decides its result.
type Stage interface {
	// Name is the stage's name in keys, queues and outcomes.
	Name() string
	// Plan lists the stage's units, given that the stages before are at their
	// end, and the outcomes of items for which there is no unit.
	Plan(ctx context.Context, run season.Run) (Plan, error)
	// Work does one unit and ends its claim in the store. An error leaves the
	// claim open for the worker to end; errors marked by [Permanent] are not
	// tried again.
	Work(ctx context.Context, c ledger.Claim) error
}

// Plan is what a stage means to do.
type Plan struct {
	Units    []ledger.Unit
	Outcomes []season.Outcome
}

// permanent marks an error that would come again however often it is tried.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Permanent marks an error that trying again cannot mend: a corrupt file, an
// impossible input.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanent{err}
}

// IsPermanent tells whether err was marked by [Permanent].
func IsPermanent(err error) bool {
	return errors.As(err, &permanent{})
}

// ofStore marks an error of the store that comes back through a tool.
func ofStore(err error) error {
	if err != nil {
		err = storeError{err}
	}
	return err
}

type storeError struct{ error }

func (e storeError) Unwrap() error { return e.error }

// Passing says so to whoever asks [decoder.IsPassing].
func (storeError) Passing() bool { return true }

// ofTool marks an error of a tool, which is final where it does not say that it
// may pass.
func ofTool(err error) error {
	if decoder.IsPassing(err) {
		return err
	}
	return Permanent(err)
}

// payload packs what a unit's handler needs; it panics on what cannot be
// marshalled, an error of the program.
func payload(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("payload: %v", err))
	}
	return b
}

// unpack reads what payload packed.
func unpack[T any](c ledger.Claim) (T, error) {
	var v T
	if err := json.Unmarshal(c.Payload, &v); err != nil {
		return v, Permanent(fmt.Errorf("payload of %s: %w", c.Item, err))
	}
	return v, nil
}

// results reads what done units told the stages after them.
func results[T any](done []ledger.Finished) ([]T, error) {
	out := make([]T, len(done))
	for i, f := range done {
		if err := json.Unmarshal(f.Result, &out[i]); err != nil {
			return nil, fmt.Errorf("result of %s: %w", f.Item, err)
		}
	}
	return out, nil
}

// finishedBefore returns the done units of an earlier stage.
func finishedBefore(ctx context.Context, l units, run int64, stage string) ([]ledger.Finished, error) {
	all, err := l.FinishedUnits(ctx, run, stage)
	if err != nil {
		return nil, err
	}
	done := all[:0]
	for _, f := range all {
		if f.State == ledger.Done {
			done = append(done, f)
		}
	}
	return done, nil
}

// units reads how the units of a run ended.
type units interface {
	FinishedUnits(ctx context.Context, run int64, stage string) ([]ledger.Finished, error)
}
