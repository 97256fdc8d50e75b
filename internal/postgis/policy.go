package postgis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"parus/internal/governance"
	"parus/internal/publication"

	"github.com/jackc/pgx/v5"
)

const selectPolicies = `
	select digest, version, state, author_name, created_at, approver_name, approved_at from policy `

func scanPolicy(row pgx.CollectableRow) (governance.Policy, error) {
	var p governance.Policy
	err := row.Scan(&p.Digest, &p.Version, &p.State, &p.Author, &p.CreatedAt, &p.Approver, &p.ApprovedAt)
	return p, err
}

// querier is a transaction or an access.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// Policies lists the policies, latest first, with their standing on a day.
// Those replaced by a later draft are left out.
func (db *DB) Policies(ctx context.Context, s publication.Scope, on governance.Day) ([]governance.Policy, error) {
	rows, err := db.in(s).Query(ctx, selectPolicies+`where state <> 'replaced' order by created_at desc, digest`)
	if err != nil {
		return nil, fmt.Errorf("list policies: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanPolicy)
	if err != nil {
		return nil, fmt.Errorf("list policies: %w", err)
	}
	terms, err := policyTerms(ctx, db.in(s))
	if err != nil {
		return nil, err
	}
	for i, p := range list {
		list[i].Standing = governance.StandingOf(p.State, p.Digest, terms, on)
	}
	return list, nil
}

func policyTerms(ctx context.Context, q querier) ([]governance.Term, error) {
	rows, err := q.Query(ctx, selectTerms)
	if err != nil {
		return nil, fmt.Errorf("terms of policies: %w", err)
	}
	return pgx.CollectRows(rows, scanTerm)
}

const selectTerms = `
	select t.id, t.policy, p.version, t.prefix, t.from_day, t.ended_day, t.set_by, t.set_at
	from policy_term t join policy p on p.digest = t.policy order by t.id`

func scanTerm(row pgx.CollectableRow) (governance.Term, error) {
	var t governance.Term
	var from time.Time
	var ended *time.Time
	err := row.Scan(&t.ID, &t.Digest, &t.Version, &t.Prefix, &from, &ended, &t.SetBy, &t.SetAt)
	t.From = governance.DayOf(from)
	if ended != nil {
		d := governance.DayOf(*ended)
		t.Ended = &d
	}
	return t, err
}

// findPolicy finds a policy by its version, or by the first eight characters of
// its digest or more; of one version the document that was not replaced.
func findPolicy(ctx context.Context, q querier, name, lock string) (governance.Policy, error) {
	rows, err := q.Query(ctx, selectPolicies+`
		where (version = $1 and state <> 'replaced') or (length($1) >= 8 and $1 ~ '^[0-9a-f]+$' and digest ^@ $1)
		order by version = $1 desc, digest limit 1 `+lock, name)
	if err != nil {
		return governance.Policy{}, fmt.Errorf("policy %s: %w", name, err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, scanPolicy)
	if err != nil {
		return p, notFound("policy "+name, err)
	}
	return p, nil
}

// Policy returns a policy by version or beginning of its digest with its
// document, terms, history and the back-tests of counties in the scope, or
// [publication.ErrNotFound].
func (db *DB) Policy(ctx context.Context, s publication.Scope, name string, on governance.Day) (governance.Card, error) {
	const history = `select seq, at, actor, act, state, reason, body from policy_event where policy = $1 order by seq`
	const tests = `
		select id, policy, county, season, season_run, engine_version, at, actor, households, null::jsonb
		from policy_backtest where policy = $1 order by id desc`
	const shadows = `select county from policy_challenger where policy = $1 and ended_at is null order by county`
	q := db.in(s)
	p, err := findPolicy(ctx, q, name, "")
	if err != nil {
		return governance.Card{}, err
	}
	fail := func(err error) (governance.Card, error) {
		return governance.Card{}, fmt.Errorf("read policy %s: %w", name, err)
	}
	card := governance.Card{Policy: p, Terms: []governance.Term{}}
	if err := q.QueryRow(ctx, `select document from policy where digest = $1`, p.Digest).Scan(&card.Document); err != nil {
		return fail(err)
	}
	terms, err := policyTerms(ctx, q)
	if err != nil {
		return fail(err)
	}
	card.Standing = governance.StandingOf(p.State, p.Digest, terms, on)
	for _, t := range terms {
		if t.Digest == p.Digest {
			card.Terms = append(card.Terms, t)
		}
	}
	if card.History, err = collectFrom[governance.Event](ctx, q, history, p.Digest); err != nil {
		return fail(err)
	}
	if card.Backtests, err = collectFrom[governance.Backtest](ctx, q, tests, p.Digest); err != nil {
		return fail(err)
	}
	rows, err := q.Query(ctx, shadows, p.Digest)
	if err != nil {
		return fail(err)
	}
	if card.Shadows, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
		return fail(err)
	}
	return card, nil
}

func collectFrom[T any](ctx context.Context, q querier, sql string, args ...any) ([]T, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[T])
}

// Backtest returns a stored back-test with its report, or
// [publication.ErrNotFound].
func (db *DB) Backtest(ctx context.Context, s publication.Scope, id int64) (governance.Backtest, error) {
	const one = `
		select id, policy, county, season, season_run, engine_version, at, actor, households, report
		from policy_backtest where id = $1`
	rows, err := db.in(s).Query(ctx, one, id)
	if err != nil {
		return governance.Backtest{}, fmt.Errorf("read back-test %d: %w", id, err)
	}
	b, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[governance.Backtest])
	if err != nil {
		return b, notFound(fmt.Sprintf("back-test %d", id), err)
	}
	return b, nil
}

// PolicyInForce returns the policy that holds for a county on a day, with its
// document; false is the built-in default.
func (db *DB) PolicyInForce(ctx context.Context, county string, on governance.Day) (governance.Term, []byte, bool, error) {
	terms, err := policyTerms(ctx, db.pool)
	if err != nil {
		return governance.Term{}, nil, false, err
	}
	t, ok := governance.InForce(terms, county, on)
	if !ok {
		return t, nil, false, nil
	}
	doc, err := db.policyDocument(ctx, t.Digest)
	return t, doc, err == nil, err
}

// Challenger returns the policy that decides in the shadow of a county's, with
// its document; false is none.
func (db *DB) Challenger(ctx context.Context, county string) (governance.Policy, []byte, bool, error) {
	const find = `
		select p.digest, p.version, p.state, p.author_name, p.created_at, p.approver_name, p.approved_at
		from policy_challenger c join policy p on p.digest = c.policy where c.county = $1 and c.ended_at is null`
	rows, err := db.pool.Query(ctx, find, county)
	if err != nil {
		return governance.Policy{}, nil, false, fmt.Errorf("challenger of county %s: %w", county, err)
	}
	p, err := pgx.CollectExactlyOneRow(rows, scanPolicy)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, nil, false, nil
	}
	if err != nil {
		return p, nil, false, fmt.Errorf("challenger of county %s: %w", county, err)
	}
	doc, err := db.policyDocument(ctx, p.Digest)
	return p, doc, err == nil, err
}

func (db *DB) policyDocument(ctx context.Context, digest string) ([]byte, error) {
	var doc string
	if err := db.pool.QueryRow(ctx, `select document from policy where digest = $1`, digest).Scan(&doc); err != nil {
		return nil, notFound("document of policy "+digest, err)
	}
	return []byte(doc), nil
}

// actorOf reads who acts, or refuses.
func (db *DB) actorOf(ctx context.Context, name string) (governance.Actor, error) {
	const find = `select id, name, role, counties from account where name = $1 and disabled_at is null`
	var a governance.Actor
	err := db.signIn().QueryRow(ctx, find, name).Scan(&a.ID, &a.Name, &a.Role, &a.Counties)
	if errors.Is(err, pgx.ErrNoRows) {
		return a, governance.Refuse("not_allowed", "Add it with `parus user add`.", "There is no account %q in use.", name)
	}
	if err != nil {
		return a, fmt.Errorf("account %q: %w", name, err)
	}
	return a, nil
}

// tell writes a line of a policy's history.
func tell(ctx context.Context, tx pgx.Tx, a governance.Actor, m governance.Move, policy string, act governance.Act, state governance.State, body any) error {
	const insert = `
		insert into policy_event (policy, seq, at, account, actor, act, state, reason, body)
		values ($1, 1 + (select coalesce(max(seq), 0) from policy_event where policy = $1), $2, $3, $4, $5, $6, $7, $8)`
	doc := []byte("{}")
	if body != nil {
		var err error
		if doc, err = json.Marshal(body); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, insert, policy, m.At, a.ID, a.String(), act, state, m.Reason, doc)
	return err
}
