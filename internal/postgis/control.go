package postgis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"parus/internal/publication"
	"parus/internal/season"
	"parus/internal/vault"
)

// move is one arrow of a run's states.
type move struct {
	act, to string
	from    []string
}

var (
	pausing  = move{"pause", season.RunPaused, []string{season.RunRunning}}
	resuming = move{"resume", season.RunRunning, []string{season.RunPaused, season.RunCancelled}}
)

// PauseRun lets no unit of a run be taken up any more; those in hand are
// finished. Units that another open run needs too go on.
func (db *DB) PauseRun(ctx context.Context, id int64, a vault.Act) error {
	return db.inTx(ctx, func(tx pgx.Tx) error {
		return moveRun(ctx, tx, id, pausing, a)
	})
}

// ResumeRun lets a paused or cancelled run go on from where it stands.
func (db *DB) ResumeRun(ctx context.Context, id int64, a vault.Act) error {
	return db.inTx(ctx, func(tx pgx.Tx) error {
		return moveRun(ctx, tx, id, resuming, a)
	})
}

// CancelRun ends a run without a publication. Its waiting units are cancelled
// with the reason, but for those that another open run needs; those in hand are
// finished, and what they find is kept for whoever asks next. It returns how
// many were cancelled. A run that has published can't be cancelled.
func (db *DB) CancelRun(ctx context.Context, id int64, a vault.Act) (units int, err error) {
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		units, err = cancelRun(ctx, tx, id, a)
		return err
	})
	return units, err
}

func cancelRun(ctx context.Context, tx pgx.Tx, id int64, a vault.Act) (units int, err error) {
	const cancel = `
		update work w set state = 'cancelled', reason = $2, finished_at = now()
		from run_work r
		where r.run = $1 and r.unit = w.id and w.state = 'pending' and not unit_is_wanted(w.id)`
	if err := moveRun(ctx, tx, id, move{"cancel", season.RunCancelled, []string{season.RunRunning, season.RunPaused}}, a); err != nil {
		return 0, err
	}
	tag, err := tx.Exec(ctx, cancel, id, fmt.Sprintf("run %d was cancelled by %s: %s", id, a.Actor, a.Purpose))
	if err != nil {
		return 0, fmt.Errorf("cancel units of run %d: %w", id, err)
	}
	return int(tag.RowsAffected()), nil
}

// Retry says which failed units of a run are tried again.
type Retry struct {
	Poison bool   // those too that trying again is not expected to mend
	Item   string // only this item, poison or not; "": all
}

// RetryFailed returns failed units of a run to pending, as if new, lets the run
// go on where it had ended, and tells how many units there were.
func (db *DB) RetryFailed(ctx context.Context, id int64, r Retry, a vault.Act) (units int, err error) {
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		units, err = retryRun(ctx, tx, id, r, a)
		return err
	})
	return units, err
}

func retryRun(ctx context.Context, tx pgx.Tx, id int64, r Retry, a vault.Act) (units int, err error) {
	const retry = `
		update work w set state = 'pending', attempts = 0, deaths = 0, poison = false, reason = '', finished_at = null
		from run_work r where r.run = $1 and r.unit = w.id and w.state = 'failed' and w.stage <> 'render'
			and (not w.poison or $2 or w.item = $3) and ($3 = '' or w.item = $3)`
	state, err := lockRun(ctx, tx, id)
	if err != nil {
		return 0, err
	}
	if state == season.RunCancelled {
		return 0, &MoveError{Run: id, Act: "retry", State: state, From: []string{season.RunRunning, season.RunPaused, season.RunDone, season.RunFailed}}
	}
	tag, err := tx.Exec(ctx, retry, id, r.Poison, r.Item)
	if err != nil {
		return 0, fmt.Errorf("retry failed units of run %d: %w", id, err)
	}
	if units = int(tag.RowsAffected()); units == 0 {
		return 0, nil
	}
	to := season.RunRunning
	if state == season.RunPaused {
		to = state
	}
	return units, moveRun(ctx, tx, id, move{"retry", to, []string{state}}, a)
}

// MoveRun gives an order about a run of a county in the scope, and tells how
// many units it concerned. What the run's state does not allow is a [MoveError].
func (db *DB) MoveRun(ctx context.Context, s publication.Scope, m publication.RunMove) (units int, err error) {
	a := vault.Act{Actor: m.Actor, Purpose: m.Reason, At: m.At}
	err = pgx.BeginFunc(ctx, db.in(s), func(tx pgx.Tx) error {
		switch m.Act {
		case "pause":
			return moveRun(ctx, tx, m.Run, pausing, a)
		case "resume":
			return moveRun(ctx, tx, m.Run, resuming, a)
		case "cancel":
			units, err = cancelRun(ctx, tx, m.Run, a)
		case "retry":
			units, err = retryRun(ctx, tx, m.Run, Retry{Poison: m.Poison, Item: m.Item}, a)
		default:
			err = fmt.Errorf("run %d: there is no order %q", m.Run, m.Act)
		}
		return err
	})
	return units, err
}

// MoveError is a move that a run's state does not allow.
type MoveError struct {
	Run        int64
	Act, State string
	From       []string // the states that do
}

func (e *MoveError) Error() string {
	return fmt.Sprintf("%s run %d: it is %s, and must be %s", e.Act, e.Run, e.State, strings.Join(e.From, " or "))
}

// Is makes it what callers that know no runs branch on.
func (e *MoveError) Is(target error) bool { return target == publication.ErrState }

// missing is an error of something that does not exist, or not for whoever asks.
type missing string

func (m missing) Error() string { return string(m) }

// Is makes it what callers branch on.
func (m missing) Is(target error) bool { return target == publication.ErrNotFound }

// stateError is an error of something whose state does not allow what was asked.
type stateError string

func (e stateError) Error() string { return string(e) }

// Is makes it what callers branch on.
func (e stateError) Is(target error) bool { return target == publication.ErrState }

// lockRun reads a run's state, which stays until the transaction ends.
func lockRun(ctx context.Context, tx pgx.Tx, id int64) (state string, err error) {
	err = tx.QueryRow(ctx, `select state from season_run where id = $1 for update`, id).Scan(&state)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", missing(fmt.Sprintf("run %d does not exist: `parus runs list` lists them", id))
	}
	if err != nil {
		return "", fmt.Errorf("run %d: %w", id, err)
	}
	return state, nil
}

// moveRun changes a run's state and writes it into its history.
func moveRun(ctx context.Context, tx pgx.Tx, id int64, m move, a vault.Act) error {
	const update = `
		update season_run set state = $2, reason = case when $2 in ('paused', 'cancelled') then $3 else '' end,
			finished_at = case when $2 = 'cancelled' then now() end where id = $1`
	const tell = `
		insert into run_event (run, seq, at, actor, act, state, reason)
		select $1, coalesce(max(seq), 0) + 1, $2, $3, $4, $5, $6 from run_event where run = $1`
	state, err := lockRun(ctx, tx, id)
	if err != nil {
		return err
	}
	if !slices.Contains(m.from, state) {
		return &MoveError{Run: id, Act: m.act, State: state, From: m.from}
	}
	if _, err := tx.Exec(ctx, update, id, m.to, a.Purpose); err != nil {
		return fmt.Errorf("%s run %d: %w", m.act, id, err)
	}
	if _, err := tx.Exec(ctx, tell, id, a.At, a.Actor, m.act, m.to, a.Purpose); err != nil {
		return fmt.Errorf("%s run %d: %w", m.act, id, err)
	}
	return nil
}

// RunState tells where a run stands, and of one that people have stopped who
// and why.
func (db *DB) RunState(ctx context.Context, id int64) (season.RunState, error) {
	const state = `
		select r.state, r.reason, coalesce(e.actor, '') from season_run r
		left join lateral (select actor from run_event where run = r.id order by seq desc limit 1) e on r.state in ('paused', 'cancelled')
		where r.id = $1`
	var s season.RunState
	if err := db.pool.QueryRow(ctx, state, id).Scan(&s.State, &s.Reason, &s.By); err != nil {
		return s, fmt.Errorf("state of run %d: %w", id, err)
	}
	return s, nil
}

// RunEvents returns what people did to a run, in order.
func (db *DB) RunEvents(ctx context.Context, id int64) ([]season.RunEvent, error) {
	const events = `select seq, at, actor, act, state, reason from run_event where run = $1 order by seq`
	return collect[season.RunEvent](ctx, db, events, id)
}
