package postgis

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"parus/credit"
	"parus/credit/fairness"
	"parus/credit/monitor"
	"parus/internal/publication"
	"parus/internal/vault"
)

// KeepMonitoring keeps what was found of a publication, beside what was found
// before.
func (db *DB) KeepMonitoring(ctx context.Context, id int64, m publication.Monitoring) error {
	const sql = `insert into monitoring (publication, county, kind, at, actor, result)
		select id, county, $2, $3, $4, $5 from publication where id = $1`
	tag, err := db.pool.Exec(ctx, sql, id, string(m.Kind), m.At, m.Actor, []byte(m.Result))
	if err == nil && tag.RowsAffected() == 0 {
		err = publication.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("keep the %s of publication %d: %w", m.Kind, id, err)
	}
	return nil
}

// Monitoring lists what was found of a publication, the latest of each kind
// first; at most 100.
func (db *DB) Monitoring(ctx context.Context, s publication.Scope, id int64) ([]publication.Monitoring, error) {
	const sql = inScope + `
		select m.kind, m.at, m.actor, m.result from monitoring m join pub on pub.id = m.publication
		order by m.at desc, m.id desc limit 100`
	rows, err := db.in(s).Query(ctx, sql, id, prefixes(s))
	if err == nil {
		var list []publication.Monitoring
		list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (publication.Monitoring, error) {
			var m publication.Monitoring
			var raw []byte
			err := row.Scan(&m.Kind, &m.At, &m.Actor, &raw)
			m.Result = json.RawMessage(raw)
			return m, err
		})
		if err == nil {
			return list, nil
		}
	}
	return nil, fmt.Errorf("monitoring of publication %d: %w", id, err)
}

// DueOutcomes are the drawn loans of a county, of one season or of all for "",
// whose 90 days after the due date have passed on a day: bad where not all was
// paid back by then. Loans before that are no outcomes yet, paid or not.
func (db *DB) DueOutcomes(ctx context.Context, s publication.Scope, county, season string, on time.Time) ([]monitor.Outcome, error) {
	const sql = `
		select a.county, a.household_id, a.season, a.pd, a.drawn_fen, a.due_date, a.state = 'repaid', (
			select max(e.at) from application_event e where e.application = a.id and e.act = 'repay')
		from application a
		where a.county = $1 and ($2 = '' or a.season = $2) and a.drawn_fen > 0 and a.due_date + $3::int < $4::date
		order by a.county, a.season, a.household_id collate "C", a.id`
	rows, err := db.in(s).Query(ctx, sql, county, season, monitor.PastDueDays, on)
	if err != nil {
		return nil, fmt.Errorf("outcomes of county %s: %w", county, err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (monitor.Outcome, error) {
		var o monitor.Outcome
		var due time.Time
		var repaid bool
		var last *time.Time
		err := row.Scan(&o.County, &o.Household, &o.Season, &o.PD, &o.AmountFen, &due, &repaid, &last)
		end := due.AddDate(0, 0, monitor.PastDueDays)
		o.DueDate, o.SeenUntil = credit.DateOf(due), credit.DateOf(on)
		if !repaid || last != nil && credit.DateOf(*last).Time().After(end) {
			o.Bad, o.BadOn = true, credit.DateOf(end.AddDate(0, 0, 1))
		}
		return o, err
	})
	if err != nil {
		return nil, fmt.Errorf("outcomes of county %s: %w", county, err)
	}
	return list, nil
}

// ForetoldPD reads the PD that each household was published with.
func (db *DB) ForetoldPD(ctx context.Context, s publication.Scope, id int64, each func(household string, pd float64)) error {
	const sql = inScope + ` select h.id, h.pd from published_household h join pub on pub.id = h.publication`
	rows, err := db.in(s).Query(ctx, sql, id, prefixes(s))
	if err == nil {
		var household string
		var pd float64
		_, err = pgx.ForEachRow(rows, []any{&household, &pd}, func() error {
			each(household, pd)
			return nil
		})
	}
	if err != nil {
		return fmt.Errorf("probabilities of publication %d: %w", id, err)
	}
	return nil
}

// holderGroups opens the ID of each household's registered holder and keeps
// nothing of it but sex and age band. The audit has it as one act before the
// first row is read.
func (db *DB) holderGroups(ctx context.Context, keys *vault.County, release int64, on time.Time, a vault.Act) (map[string][2]fairness.Group, error) {
	view := db.Within([]string{keys.Code()})
	err := view.inTx(ctx, func(tx pgx.Tx) error {
		return appendAudit(ctx, tx, keys, keys.Code(), entryOf(a, "compare groups", fmt.Sprintf("release %d, sums alone", release)))
	})
	if err != nil {
		return nil, err
	}
	rows, err := view.pool.Query(ctx, selectPeople+`and p.holder order by p.household_id, p.position`, release)
	if err != nil {
		return nil, err
	}
	out := map[string][2]fairness.Group{}
	var p sealedPerson
	_, err = pgx.ForEachRow(rows, []any{&p.Release, &p.Household, &p.Position, &p.Subject, &p.Holder, &p.Head, &p.NameMask, &p.IDMask, &p.PhoneMask,
		&p.key.KeyID, &p.key.Data, &p.data}, func() error {
		if _, first := out[p.Household]; first {
			return nil
		}
		key, err := keys.Key(p.Subject, p.key)
		if err != nil {
			return fmt.Errorf("household %s: %w", p.Household, err)
		}
		secret, err := key.Open(vault.Place{County: keys.Code(), Release: p.Release, Household: p.Household, Position: p.Position, Subject: p.Subject}, p.data)
		if err != nil {
			return err
		}
		if secret.IDKind != "" && secret.IDKind != "1" { // another document than the resident ID
			return nil
		}
		sex, age := fairness.OfResidentID(vault.Normal(vault.ByID, secret.IDNumber), on)
		out[p.Household] = [2]fairness.Group{sex, age}
		return nil
	})
	return out, err
}

// FairnessSubjects reads the decisions of a publication with the groups of their
// registered holders on a day; without keys (nil) sex and age are unknown, and
// no personal data is touched.
func (db *DB) FairnessSubjects(ctx context.Context, s publication.Scope, id int64, keys *vault.County, on time.Time, a vault.Act) ([]fairness.Subject, error) {
	const release = `select registry from publication where id = $1`
	const decided = inScope + `
		select h.id, not h.referred and h.line_fen > 0, h.line_fen, coalesce((h.decision ->> 'need_fen')::bigint, 0),
			coalesce((h.decision ->> 'capacity_fen')::bigint, 0), h.area_m2 * 15 / 10000
		from published_household h join pub on pub.id = h.publication`
	groups := map[string][2]fairness.Group{}
	if keys != nil {
		var registry int64
		err := db.in(s).QueryRow(ctx, release, id).Scan(&registry)
		if err == nil {
			groups, err = db.holderGroups(ctx, keys, registry, on, a)
		}
		if err != nil {
			return nil, fmt.Errorf("groups of publication %d: %w", id, err)
		}
	}
	rows, err := db.in(s).Query(ctx, decided, id, prefixes(s))
	if err != nil {
		return nil, fmt.Errorf("decisions of publication %d: %w", id, err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (fairness.Subject, error) {
		var f fairness.Subject
		var household string
		err := row.Scan(&household, &f.Approved, &f.LineFen, &f.NeedFen, &f.CapacityFen, &f.Mu)
		f.Sex, f.Age = groups[household][0], groups[household][1]
		if !f.Approved {
			f.LineFen = 0
		}
		return f, err
	})
	if err != nil {
		return nil, fmt.Errorf("decisions of publication %d: %w", id, err)
	}
	return list, nil
}
