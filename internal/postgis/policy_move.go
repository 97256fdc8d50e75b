package postgis

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"parus/credit/monitor"
	"parus/internal/governance"
	"parus/internal/publication"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// move runs an act of somebody as the role of the web server, within the
// counties that the account sees: what the account may not do it can't.
func (db *DB) move(ctx context.Context, m governance.Move, act governance.Act, prefix *string, do func(tx pgx.Tx, a governance.Actor, m governance.Move) error) error {
	reason, err := governance.ParseReason(act, m.Reason)
	if err != nil {
		return err
	}
	m.Reason = reason
	a, err := db.actorOf(ctx, m.Account)
	if err != nil {
		return err
	}
	if err := a.May(act, prefix); err != nil {
		return err
	}
	err = pgx.BeginFunc(ctx, db.in(publication.Scope{Counties: a.Counties, Scores: true}), func(tx pgx.Tx) error { return do(tx, a, m) })
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.ConstraintName == "four_eyes" {
		return governance.Refuse("four_eyes", "Ask another approver.", "Whoever has written a policy does not approve it.")
	}
	return err
}

// DraftPolicy keeps a document as a draft. A draft of the same version, tested
// or not, is replaced by it; an approved one is not. The same document again
// changes nothing.
func (db *DB) DraftPolicy(ctx context.Context, m governance.Move, version string, document []byte) (governance.Policy, error) {
	const insert = `
		insert into policy (digest, version, document, author, author_name, created_at) values ($1, $2, $3, $4, $5, $6)`
	sum := sha256.Sum256(document)
	digest := hex.EncodeToString(sum[:])
	var out governance.Policy
	err := db.move(ctx, m, governance.ActDraft, nil, func(tx pgx.Tx, a governance.Actor, m governance.Move) error {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('policy ' || $1, 0))`, version); err != nil {
			return err
		}
		earlier, err := findPolicy(ctx, tx, version, "for update")
		switch {
		case errors.Is(err, publication.ErrNotFound):
		case err != nil:
			return err
		case earlier.Version == version && earlier.Digest == digest:
			out = earlier
			return nil
		case earlier.Version == version && earlier.State == governance.Approved:
			return governance.Refuse("version_taken", "Give the document a version of its own.", "Policy %s is approved, and a document never changes.", version)
		case earlier.Version == version:
			if err := setPolicyState(ctx, tx, earlier.Digest, governance.Replaced); err != nil {
				return err
			}
			body := map[string]string{"by": digest}
			if err := tell(ctx, tx, a, m, earlier.Digest, governance.ActReplace, governance.Replaced, body); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, insert, digest, version, string(document), a.ID, a.Name, m.At)
		var pg *pgconn.PgError
		if errors.As(err, &pg) && pg.Code == "23505" { // unique_violation
			return governance.Refuse("version_taken", "Give the document a version of its own.", "This very document was drafted before, and replaced.")
		}
		if err != nil {
			return err
		}
		if err := tell(ctx, tx, a, m, digest, governance.ActDraft, governance.Draft, nil); err != nil {
			return err
		}
		out, err = findPolicy(ctx, tx, digest, "")
		return err
	})
	if err != nil {
		return governance.Policy{}, fmt.Errorf("draft policy %s: %w", version, err)
	}
	out.Standing = governance.Standing(out.State)
	return out, nil
}

func setPolicyState(ctx context.Context, tx pgx.Tx, digest string, s governance.State) error {
	_, err := tx.Exec(ctx, `update policy set state = $2 where digest = $1`, digest, s)
	return err
}

// locked finds a policy and holds it until the transaction ends; of two who move
// one at once the second finds what the first has left.
func locked(ctx context.Context, tx pgx.Tx, name string, allowed ...governance.State) (governance.Policy, error) {
	p, err := findPolicy(ctx, tx, name, "for update")
	if err != nil {
		return p, err
	}
	for _, s := range allowed {
		if p.State == s {
			return p, nil
		}
	}
	next := "Read the policy again."
	switch p.State {
	case governance.Draft:
		next = "Test it with `parus policy backtest`."
	case governance.Tested:
		next = "Have it approved with `parus policy approve`."
	case governance.Replaced:
		next = "Use the later draft of the version."
	default:
	}
	return p, governance.Refuse("policy_state", next, "Policy %s is %s.", p.Version, p.State)
}

// SaveBacktest keeps what a back-test of a policy found; a draft is tested then.
func (db *DB) SaveBacktest(ctx context.Context, m governance.Move, b governance.Backtest) (int64, error) {
	const insert = `
		insert into policy_backtest (policy, county, season, season_run, engine_version, at, actor, households, report)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id`
	var id int64
	err := db.move(ctx, m, governance.ActTest, &b.County, func(tx pgx.Tx, a governance.Actor, m governance.Move) error {
		p, err := locked(ctx, tx, b.Digest, governance.Draft, governance.Tested, governance.Approved)
		if err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, insert, p.Digest, b.County, b.Season, b.Run, b.EngineVersion, m.At, a.String(), b.Households, b.Report).Scan(&id); err != nil {
			return err
		}
		state := p.State
		if state == governance.Draft {
			state = governance.Tested
			if err := setPolicyState(ctx, tx, p.Digest, state); err != nil {
				return err
			}
		}
		return tell(ctx, tx, a, m, p.Digest, governance.ActTest, state, map[string]any{"backtest": id, "county": b.County, "season": b.Season})
	})
	if err != nil {
		return 0, fmt.Errorf("keep back-test of policy %.12s: %w", b.Digest, err)
	}
	return id, nil
}

// ApprovePolicy approves a tested policy, by somebody who has not written it and
// on a back-test by the engine in use of a county that the approver sees.
func (db *DB) ApprovePolicy(ctx context.Context, m governance.Move, name, engineVersion string) error {
	const tested = `select id from policy_backtest where policy = $1 and engine_version = $2 order by id desc limit 1`
	const approve = `
		update policy set state = 'approved', approver = $2, approver_name = $3, approved_at = $4 where digest = $1`
	err := db.move(ctx, m, governance.ActApprove, nil, func(tx pgx.Tx, a governance.Actor, m governance.Move) error {
		p, err := locked(ctx, tx, name, governance.Tested)
		if err != nil {
			return err
		}
		var test int64
		err = tx.QueryRow(ctx, tested, p.Digest, engineVersion).Scan(&test)
		if errors.Is(err, pgx.ErrNoRows) {
			return governance.Refuse("not_tested", "Test it again with `parus policy backtest`.",
				"Policy %s has no back-test by engine %s on a county that the approver sees.", p.Version, engineVersion)
		}
		if err != nil {
			return err
		}
		// The history first: its trigger says "four eyes" also where states would not.
		if err := tell(ctx, tx, a, m, p.Digest, governance.ActApprove, governance.Approved, map[string]any{"backtest": test}); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, approve, p.Digest, a.ID, a.Name, m.At)
		return err
	})
	if err != nil {
		return fmt.Errorf("approve policy %s: %w", name, err)
	}
	return nil
}

// ActivatePolicy puts an approved policy in force from a day on in the counties
// whose codes begin with the prefix; "" is all. The day may be today or later:
// what was in force before stays what it was.
func (db *DB) ActivatePolicy(ctx context.Context, m governance.Move, name, prefix string, from governance.Day) (governance.Term, error) {
	const insert = `
		insert into policy_term (policy, prefix, from_day, set_by, set_at) values ($1, $2, $3, $4, $5) returning id`
	t := governance.Term{Prefix: prefix, From: from, SetAt: m.At}
	err := db.move(ctx, m, governance.ActActivate, &prefix, func(tx pgx.Tx, a governance.Actor, m governance.Move) error {
		if today := governance.DayOf(m.At); from.Before(today.Time) {
			return governance.Refuse("effective_date", "Choose today or a later day.", "%s has passed; today is %s (UTC).", from, today)
		}
		p, err := locked(ctx, tx, name, governance.Approved)
		if err != nil {
			return err
		}
		if err := promotable(ctx, tx, p, prefix); err != nil {
			return err
		}
		t.Digest, t.Version, t.SetBy = p.Digest, p.Version, a.String()
		if err := tx.QueryRow(ctx, insert, p.Digest, prefix, from.Time, t.SetBy, m.At).Scan(&t.ID); err != nil {
			return err
		}
		return tell(ctx, tx, a, m, p.Digest, governance.ActActivate, governance.Approved, t)
	})
	if err != nil {
		return governance.Term{}, fmt.Errorf("activate policy %s: %w", name, err)
	}
	return t, nil
}

// promotable refuses a policy for counties whose households have moved too far
// from those before, as was found last of what is published, unless the policy
// was tested on them as they are now.
func promotable(ctx context.Context, tx pgx.Tx, p governance.Policy, prefix string) error {
	const moved = `
		select p.county, p.season, m.result from publication p
		join lateral (select result from monitoring where publication = p.id and kind = 'stability' order by at desc, id desc limit 1) m on true
		where p.in_force and starts_with(p.county, $1) and m.result ->> 'verdict' = 'stops'
			and not exists (select from policy_backtest b where b.policy = $2 and b.season_run = p.run)
		order by p.county, p.season limit 1`
	var county, season string
	var kept []byte
	err := tx.QueryRow(ctx, moved, prefix, p.Digest).Scan(&county, &season, &kept)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	var st monitor.Stability
	if err := json.Unmarshal(kept, &st); err != nil {
		return fmt.Errorf("stability of county %s in %s: %w", county, season, err)
	}
	if err := st.Promotion(); err != nil {
		return governance.Refuse("population_moved", fmt.Sprintf("Test it on them with `parus policy backtest %s --county %s --season %s`, look at it, and have it approved on that.", p.Version, county, season),
			"Policy %s was not tested on county %s as it is in %s: %v.", p.Version, county, season, err)
	}
	return nil
}

// RollbackPolicy ends the terms of a policy and a prefix that hold today or lie
// ahead, from today on; what was in force before them holds again. It returns
// how many ended.
func (db *DB) RollbackPolicy(ctx context.Context, m governance.Move, name, prefix string) (int, error) {
	// A term in force ends today, one that lies ahead before it begins. One that
	// began and was superseded since ends too, or it would come back where its
	// successor is rolled back.
	const end = `
		update policy_term set ended_day = greatest(from_day, $3::date)
		where policy = $1 and prefix = $2 and ended_day is null returning id`
	n := 0
	err := db.move(ctx, m, governance.ActRollback, &prefix, func(tx pgx.Tx, a governance.Actor, m governance.Move) error {
		p, err := locked(ctx, tx, name, governance.Approved)
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, end, p.Digest, prefix, governance.DayOf(m.At).Time)
		if err != nil {
			return err
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			return err
		}
		if n = len(ids); n == 0 {
			return governance.Refuse("policy_state", "See `parus policy show` for its terms.", "Policy %s is not in force under the prefix %q.", p.Version, prefix)
		}
		return tell(ctx, tx, a, m, p.Digest, governance.ActRollback, governance.Approved, map[string]any{"terms": ids, "prefix": prefix})
	})
	if err != nil {
		return 0, fmt.Errorf("roll back policy %s: %w", name, err)
	}
	return n, nil
}
