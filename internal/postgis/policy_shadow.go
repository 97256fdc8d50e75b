package postgis

import (
	"context"
	"errors"
	"fmt"

	"parus/internal/governance"
	"parus/internal/publication"
	"parus/internal/season"

	"github.com/jackc/pgx/v5"
)

// SetChallenger lets a tested or approved policy decide in the shadow of a
// county's own from the next run on. It takes the place of another.
func (db *DB) SetChallenger(ctx context.Context, m governance.Move, name, county string) error {
	const insert = `insert into policy_challenger (county, policy, set_by, set_at) values ($1, $2, $3, $4)`
	err := db.move(ctx, m, governance.ActChallenge, &county, func(tx pgx.Tx, a governance.Actor, m governance.Move) error {
		p, err := locked(ctx, tx, name, governance.Tested, governance.Approved)
		if err != nil {
			return err
		}
		if _, err := dismiss(ctx, tx, a, m, county); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, insert, county, p.Digest, a.String(), m.At); err != nil {
			return err
		}
		return tell(ctx, tx, a, m, p.Digest, governance.ActChallenge, p.State, map[string]string{"county": county})
	})
	if err != nil {
		return fmt.Errorf("set policy %s as challenger of county %s: %w", name, county, err)
	}
	return nil
}

// DismissChallenger ends the shadow of a county's policy.
func (db *DB) DismissChallenger(ctx context.Context, m governance.Move, county string) error {
	err := db.move(ctx, m, governance.ActDismiss, &county, func(tx pgx.Tx, a governance.Actor, m governance.Move) error {
		found, err := dismiss(ctx, tx, a, m, county)
		if err == nil && !found {
			err = governance.Refuse("policy_state", "See `parus policy show` for where a policy is one.", "County %s has no challenger.", county)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("dismiss the challenger of county %s: %w", county, err)
	}
	return nil
}

func dismiss(ctx context.Context, tx pgx.Tx, a governance.Actor, m governance.Move, county string) (bool, error) {
	const end = `
		update policy_challenger c set ended_by = $2, ended_at = $3 from policy p
		where c.county = $1 and c.ended_at is null and p.digest = c.policy returning p.digest, p.state`
	var digest string
	var state governance.State
	err := tx.QueryRow(ctx, end, county, a.String(), m.At).Scan(&digest, &state)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, tell(ctx, tx, a, m, digest, governance.ActDismiss, state, map[string]string{"county": county})
}

// DecidedRun returns the run behind the publication in force of a county's
// season, and how many households it decided.
func (db *DB) DecidedRun(ctx context.Context, s publication.Scope, county, name string) (run int64, decisions int, err error) {
	const find = `
		select p.run, (select count(*) from decision d join run_work w on w.unit = d.unit where w.run = p.run)
		from publication p where p.county = $1 and p.season = $2 and p.in_force`
	err = db.in(s).QueryRow(ctx, find, county, name).Scan(&run, &decisions)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && decisions == 0 {
		return 0, 0, fmt.Errorf("county %s has no decisions of season %s: run the season first: %w", county, name, publication.ErrNotFound)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("decisions of county %s, season %s: %w", county, name, err)
	}
	return run, decisions, nil
}

// Decisions hands out the snapshots of a run in order of household, row by row.
func (db *DB) Decisions(ctx context.Context, s publication.Scope, run int64, each func(season.StoredDecision) error) error {
	const all = `
		select d.household_id, coalesce(h.village, ''), d.snapshot
		from season_run r join run_work w on w.run = r.id join decision d on d.unit = w.unit
		left join household h on h.registry = r.registry and h.id = d.household_id
		where r.id = $1 order by d.household_id collate "C"`
	rows, err := db.in(s).Query(ctx, all, run)
	if err != nil {
		return fmt.Errorf("decisions of run %d: %w", run, err)
	}
	defer rows.Close()
	for rows.Next() {
		var d season.StoredDecision
		if err := rows.Scan(&d.Household, &d.Village, &d.Snapshot); err != nil {
			return fmt.Errorf("decisions of run %d: %w", run, err)
		}
		if err := each(d); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("decisions of run %d: %w", run, err)
	}
	return nil
}

// ShadowedDecisions hands out what a run decided together with what its
// challenger said, in order of household; none where it had no challenger.
func (db *DB) ShadowedDecisions(ctx context.Context, s publication.Scope, run int64, each func(season.ShadowedDecision) error) error {
	const all = `
		select d.household_id, coalesce(h.village, ''), d.decision, x.policy, x.line_fen, x.pd, x.apr, x.capital_fen, x.expected_loss_fen, x.referred,
			x.rejected, x.binding, x.rules
		from season_run r join run_work w on w.run = r.id join decision d on d.unit = w.unit
		join shadow_decision x on x.unit = d.unit and x.household_id = d.household_id
		left join household h on h.registry = r.registry and h.id = d.household_id
		where r.id = $1 order by d.household_id collate "C"`
	rows, err := db.in(s).Query(ctx, all, run)
	if err != nil {
		return fmt.Errorf("shadow of run %d: %w", run, err)
	}
	defer rows.Close()
	for rows.Next() {
		var d season.ShadowedDecision
		x := &d.Shadow
		if err := rows.Scan(&d.Household, &d.Village, &d.Decision, &x.Policy, &x.LineFen, &x.PD, &x.APR, &x.CapitalFen, &x.ExpectedLossFen, &x.Referred,
			&x.Rejected, &x.Binding, &x.Rules); err != nil {
			return fmt.Errorf("shadow of run %d: %w", run, err)
		}
		if err := each(d); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("shadow of run %d: %w", run, err)
	}
	return nil
}
