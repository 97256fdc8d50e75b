package postgis

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"

	"github.com/jackc/pgx/v5"

	"parus/credit"
	"parus/credit/monitor"
	"parus/credit/portfolio"
	"parus/internal/publication"
)

// InForce lists the publications in force of a season, or of every season for
// "", whose county's code begins with the prefix.
func (db *DB) InForce(ctx context.Context, s publication.Scope, prefix, season string) ([]publication.Publication, error) {
	const sql = visiblePublications + ` and p.in_force and starts_with(p.county, $2) and ($3 = '' or p.season = $3) order by p.county, p.season, p.id`
	rows, err := db.in(s).Query(ctx, sql, prefixes(s), prefix, season)
	if err == nil {
		var list []publication.Publication
		if list, err = pgx.CollectRows(rows, scanPublication); err == nil {
			return list, nil
		}
	}
	return nil, fmt.Errorf("publications in force of county %s, season %s: %w", prefix, season, err)
}

// selectSnapshots has $1 = publication, $2 = county prefixes, $3 = what counts of
// a household: its households with what their decisions rest on, by id.
const selectSnapshots = inScope + `
select h.county, h.id, h.village,
	case when $3 = 'held' then coalesce((
			select sum(a.line_fen - a.repaid_fen) from application a
			where a.county = n.county and a.season = n.season and a.household_id = h.id and a.state in ('decided', 'approved', 'accepted', 'drawn')), 0)::bigint
		when h.referred then 0 else h.line_fen end,
	h.pd, d.snapshot
from published_household h
join pub on pub.id = h.publication
join publication n on n.id = h.publication
join run_work w on w.run = n.run
join work u on u.id = w.unit and u.stage = 'decide'
join decision d on d.unit = w.unit and d.household_id = h.id
order by h.id collate "C"`

// ScoredHousehold is a published household with the snapshot of its decision.
type ScoredHousehold struct {
	County, ID, Village string
	LineFen             credit.Fen // what counts of it; of a published line 0 where an officer was to decide
	PD                  float64
	Case                credit.Case
	Policy              credit.Policy
	PDIncome            float64
	ByShock             []float64 // empty in snapshots of engines before version 3
	ExpectedLossFen     credit.Fen
}

// EachScored reads a publication's households one by one, in order of id; each
// may return an error to stop. Nothing but one household is held in memory.
func (db *DB) EachScored(ctx context.Context, s publication.Scope, id int64, of publication.Basis, each func(*ScoredHousehold) error) error {
	rows, err := db.in(s).Query(ctx, selectSnapshots, id, prefixes(s), string(of))
	if err != nil {
		return fmt.Errorf("decisions of publication %d: %w", id, err)
	}
	var h ScoredHousehold
	var raw, last []byte
	_, err = pgx.ForEachRow(rows, []any{&h.County, &h.ID, &h.Village, &h.LineFen, &h.PD, &raw}, func() error {
		var snap struct {
			Case     credit.Case     `json:"case"`
			Policy   json.RawMessage `json:"policy"`
			Decision struct {
				PDIncome         float64    `json:"pd_income"`
				ShortfallByShock []float64  `json:"shortfall_by_shock"`
				ExpectedLoss     credit.Fen `json:"expected_loss_fen"`
			} `json:"decision"`
		}
		if err := json.Unmarshal(raw, &snap); err != nil {
			return fmt.Errorf("snapshot of household %s: %w", h.ID, err)
		}
		if !bytes.Equal(last, snap.Policy) { // almost all have the same
			h.Policy = credit.Policy{}
			if err := json.Unmarshal(snap.Policy, &h.Policy); err != nil {
				return fmt.Errorf("policy of household %s: %w", h.ID, err)
			}
			last = bytes.Clone(snap.Policy)
		}
		h.Case, h.PDIncome, h.ByShock, h.ExpectedLossFen = snap.Case, snap.Decision.PDIncome, snap.Decision.ShortfallByShock, snap.Decision.ExpectedLoss
		return each(&h)
	})
	if err != nil {
		return fmt.Errorf("decisions of publication %d: %w", id, err)
	}
	return nil
}

// Exposure is the household's line as a portfolio takes it.
func (h *ScoredHousehold) Exposure() portfolio.Exposure {
	return portfolio.Exposure{Household: h.ID, County: h.County, Village: h.Village, AmountFen: h.LineFen, LGD: h.Policy.LGD,
		PDByShock: h.ByShock, PDIncome: h.PDIncome, PDWilling: h.Policy.PDWilling, PD: h.PD, Crops: h.Case.CropShares(h.Policy)}
}

// Exposures reads the lines of a publication one by one.
func (db *DB) Exposures(ctx context.Context, s publication.Scope, id int64, each func(portfolio.Exposure) error) error {
	return db.EachScored(ctx, s, id, publication.Published, func(h *ScoredHousehold) error {
		if h.LineFen == 0 {
			return nil
		}
		return each(h.Exposure())
	})
}

// selectTraits has $1 = publication, $2 = county prefixes.
const selectTraits = inScope + `, parcels as (
    select household_id, count(*) as n,
        sum(area_m2 * match_p) filter (where match_p is not null) / nullif(sum(area_m2) filter (where match_p is not null), 0) as match_p,
        sum(area_m2 * crop_p) filter (where crop_p is not null) / nullif(sum(area_m2) filter (where crop_p is not null), 0) as crop_p,
        sum(area_m2 * i.index) filter (where i.index > 0) / nullif(sum(area_m2) filter (where i.index > 0), 0) as index
    from published_parcel pp
    left join lateral (
        select (c ->> 'Index')::float8 as index from jsonb_array_elements(case jsonb_typeof(pp.yield_detail -> 'PerCrop') when 'array' then pp.yield_detail -> 'PerCrop' end) c
        where c ->> 'Code' = pp.crop limit 1
    ) i on true
    where pp.publication in (select id from pub) group by household_id
)
select h.pd, h.line_fen / nullif((h.decision ->> 'need_fen')::float8, 0), a.line_fen::float8 / a.asked_fen, h.area_m2 * 15 / 10000,
    (h.decision ->> 'expected_revenue_fen')::float8 / 100 / nullif(h.area_m2 * 15 / 10000, 0),
    p.n::float8, p.match_p, p.crop_p, p.index, (r.finance ->> 'debt_due')::float8, (r.finance ->> 'subsidy')::float8
from published_household h
join pub on pub.id = h.publication
join publication n on n.id = h.publication
left join parcels p on p.household_id = h.id
left join household r on r.registry = n.registry and r.id = h.id
left join lateral (
    select line_fen, asked_fen from application a
    where a.county = h.county and a.season = n.season and a.household_id = h.id order by a.id desc limit 1
) a on true`

// Traits reads what monitoring looks at of each household of a publication.
func (db *DB) Traits(ctx context.Context, s publication.Scope, id int64, each func(monitor.Traits)) error {
	rows, err := db.in(s).Query(ctx, selectTraits, id, prefixes(s))
	if err != nil {
		return fmt.Errorf("inputs of publication %d: %w", id, err)
	}
	var pd, need, asked, mu, revenue, parcels, match, crop, index, debt, subsidy *float64
	_, err = pgx.ForEachRow(rows, []any{&pd, &need, &asked, &mu, &revenue, &parcels, &match, &crop, &index, &debt, &subsidy}, func() error {
		each(monitor.Traits{PD: orNaN(pd), LineNeed: orNaN(need), LineAsked: orNaN(asked), AreaMu: orNaN(mu), RevenuePerMu: orNaN(revenue), Parcels: orZero(parcels),
			MatchP: orNaN(match), CropP: orNaN(crop), YieldIndex: orNaN(index), DebtYuan: orZero(debt), Subsidy: orZero(subsidy)})
		return nil
	})
	if err != nil {
		return fmt.Errorf("inputs of publication %d: %w", id, err)
	}
	return nil
}

func orNaN(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}
