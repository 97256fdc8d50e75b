package workers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"parus/credit"
	"parus/fields"
	"parus/fields/catalogue"
	"parus/internal/ledger"
	"parus/internal/season"
	"parus/yield"
)

// decideVersion is raised where the same estimates could give other decisions;
// the engine and the policy have versions of their own.
const decideVersion = 6

// householdsAtOnce is how many households one unit decides: about a second's
// work.
const householdsAtOnce = 500

// decide gives every household its line, with the snapshot that it can be
// replayed from.
type decide struct{ store decideStore }

type decideStore interface {
	units
	inputs
	HouseholdCount(ctx context.Context, registry int64) (int, error)
	HouseholdBatches(ctx context.Context, registry int64, size int) ([]season.HouseholdKey, error)
	Holdings(ctx context.Context, q season.HoldingsQuery) ([]season.Holding, error)
	RepaidBefore(ctx context.Context, county string, before time.Time, households []string) (map[string]int, error)
	FinishDecisions(ctx context.Context, c ledger.Claim, o ledger.Outcome, rows []season.Decision) error
}

func (decide) Name() string { return stageDecide }

// decideTask is the payload of one batch of households.
type decideTask struct {
	County string               `json:"county"`
	Season fields.Season        `json:"season"`
	Inputs map[string]string    `json:"inputs"`
	Model  string               `json:"model"` // version of the crop and yield models
	AsOf   time.Time            `json:"as_of"` // day of the last scene
	Query  season.HoldingsQuery `json:"query"`
	Share  float64              `json:"share"` // of a year's money that falls to the season

	Guessed bool `json:"guessed,omitempty"` // crops are told by calendars alone
}

// Plan makes one unit of each batch of households. Decisions are as of the last
// scene, so that they depend on nothing but the run's inputs.
func (s decide) Plan(ctx context.Context, run season.Run) (Plan, error) {
	recognised, err := finishedBefore(ctx, s.store, run.ID, stageRecognise)
	if err != nil {
		return Plan{}, err
	}
	estimated, err := finishedBefore(ctx, s.store, run.ID, stageEstimate)
	if err != nil {
		return Plan{}, err
	}
	if len(estimated) != 1 {
		return Plan{}, Permanent(fmt.Errorf("run %d has %d estimates of yield, want one", run.ID, len(estimated)))
	}
	verified, err := finishedBefore(ctx, s.store, run.ID, stageVerify)
	if err != nil {
		return Plan{}, err
	}
	builtin, err := credit.DefaultPolicy()
	if err != nil {
		return Plan{}, Permanent(err)
	}
	n, err := s.store.HouseholdCount(ctx, run.Registry)
	if err != nil {
		return Plan{}, err
	}
	batches, err := s.store.HouseholdBatches(ctx, run.Registry, householdsAtOnce)
	if err != nil {
		return Plan{}, err
	}
	t := decideTask{
		County: run.County, Share: run.Spec.County.FinanceShareOf(run.Season), Season: run.Spec.Season, AsOf: lastScene(run.Spec, verified),
		Model:   fmt.Sprintf("crop %s, yield %d", modelName(run.Spec.Inputs), estimateVersion),
		Guessed: startsCold(run) != nil && run.Spec.Inputs[season.InputCropPatterns] == "",
		Inputs:  pick(run.Spec.Inputs, season.InputCatalogue, season.InputPrices, season.InputPolicy, season.InputChallenger),
		Query: season.HoldingsQuery{Registry: run.Registry, Limit: householdsAtOnce, CropUnits: ids(recognised), YieldUnit: estimated[0].ID,
			Evidence: run.Spec.Inputs[season.InputTenancy]},
	}
	var p Plan
	for i, after := range batches {
		first := i * householdsAtOnce
		t.Query.After = after
		p.Units = append(p.Units, ledger.Unit{
			Key: ledger.Key(stageDecide, decideVersion, credit.EngineVersion, builtin, t.Share, t.AsOf, t.Season, t.Model, t.Inputs,
				run.Spec.RegistryDigest, t.Query.Evidence, estimated[0].Key, first, householdsAtOnce),
			County:  run.County,
			Stage:   stageDecide,
			Item:    fmt.Sprintf("households %06d to %06d", first+1, min(first+householdsAtOnce, n)),
			Payload: payload(t),
		})
	}
	return p, nil
}

// lastScene is the day of the last scene that could be read.
func lastScene(spec season.Spec, verified []ledger.Finished) time.Time {
	usable := map[string]bool{}
	for _, f := range verified {
		usable[f.Item] = true
	}
	last := spec.Season.Start
	for _, s := range spec.Scenes {
		if usable[s.ID] && s.Datetime.After(last) {
			last = s.Datetime
		}
	}
	return last.UTC().Truncate(24 * time.Hour)
}

func (s decide) Work(ctx context.Context, c ledger.Claim) error {
	t, err := unpack[decideTask](c)
	if err != nil {
		return err
	}
	k, err := s.clerk(ctx, t)
	if err != nil {
		return err
	}
	holdings, err := s.store.Holdings(ctx, t.Query)
	if err != nil {
		return err
	}
	repaid, err := s.store.RepaidBefore(ctx, t.County, t.AsOf, households(holdings))
	if err != nil {
		return err
	}
	rows := make([]season.Decision, 0, len(holdings))
	var refusals []ledger.Item
	for _, h := range holdings {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		row, err := k.decide(h, repaid[h.Household.ID])
		var refused *credit.InputError
		if errors.As(err, &refused) { // one bad household stops no other
			refusals = append(refusals, ledger.Item{Name: "household " + h.Household.ID, State: ledger.Failed, Reason: refused.Error()})
			continue
		}
		if err != nil {
			return Permanent(err)
		}
		rows = append(rows, row)
	}
	o := ledger.Outcome{Items: refusals}
	if len(rows) == 0 {
		o.State, o.Reason = ledger.Skipped, "no household of the batch could be decided"
	}
	return s.store.FinishDecisions(ctx, c, o, rows)
}

// clerk decides the households of one task.
type clerk struct {
	engine    *credit.Engine
	shadow    *challenger // nil: the county has none
	catalogue catalogue.Catalogue
	task      decideTask
}

func (s decide) clerk(ctx context.Context, t decideTask) (clerk, error) {
	k := clerk{task: t}
	var err error
	if k.catalogue, err = catalogueOf(ctx, s.store, t.Inputs, t.County, t.Season); err != nil {
		return k, err
	}
	if k.engine, err = s.engine(ctx, t.Inputs[season.InputPolicy]); err != nil {
		return k, err
	}
	k.shadow, err = s.shadow(ctx, t.Inputs[season.InputChallenger], k.engine)
	return k, err
}

// engine is the credit engine under a policy that the run pinned by its digest,
// or under the default.
func (s decide) engine(ctx context.Context, digest string) (*credit.Engine, error) {
	policy, err := credit.DefaultPolicy()
	if digest != "" {
		policy, err = s.policy(ctx, digest)
	}
	if err != nil {
		return nil, err
	}
	e, err := credit.NewEngine(policy)
	return e, Permanent(err)
}

func (s decide) policy(ctx context.Context, digest string) (credit.Policy, error) {
	data, err := s.store.Input(ctx, digest)
	if err != nil {
		return credit.Policy{}, err
	}
	p, err := credit.ReadPolicy(bytes.NewReader(data))
	return p, Permanent(err)
}

func households(holdings []season.Holding) []string {
	out := make([]string, len(holdings))
	for i, h := range holdings {
		out[i] = h.Household.ID
	}
	return out
}

// decide proposes a household's line. What others hold is not in it: the room
// left in village, county and crop, and what the household owes on another
// season's line, count when it applies, see [credit.Policy.Offer]. A household
// that repaid a line in full and in time before the decision's day is not in its
// first season; that day is past, so a later run finds the same.
func (k clerk) decide(h season.Holding, repaid int) (season.Decision, error) {
	t := k.task
	in := credit.CaseInput{
		Household: credit.Household{
			ID:         h.Household.ID,
			SubsidyFen: credit.RoundFen(h.Finance.Subsidy * t.Share), OffFarmFen: credit.RoundFen(h.Finance.OffFarm * t.Share),
			DebtDueFen:  credit.RoundFen(h.Finance.DebtDue * t.Share),
			FirstSeason: repaid == 0,
		},
		Season: t.Season, AsOf: t.AsOf, County: t.County, Catalogue: k.catalogue, ModelVersion: t.Model,
	}
	for _, p := range h.Parcels {
		holding, err := holdingOf(p, t)
		if err != nil {
			return season.Decision{}, err
		}
		in.Holdings = append(in.Holdings, holding)
	}
	kase, err := credit.NewCase(in)
	if err != nil {
		return season.Decision{}, err
	}
	snap, err := k.engine.NewSnapshot(kase)
	if err != nil {
		return season.Decision{}, err
	}
	row, err := decisionRow(snap)
	if err != nil || k.shadow == nil {
		return row, err
	}
	row.Shadow = k.shadow.decide(kase)
	return row, nil
}

// holdingOf joins what is known of a parcel. One without an estimate is not
// seen: its match is 0 and it does not count. The cultivated share stays unknown,
// which counts as all: whether a field's worth of the parcel is farmed, in one
// piece and of its size, is what the match's probability answers, and a share
// beside it would take the same off twice.
func holdingOf(p season.HeldParcel, t decideTask) (credit.Holding, error) {
	h := credit.Holding{Parcel: p.Parcel, Estimate: yield.ParcelEstimate{ID: p.Parcel.ID}, Tenancy: p.Tenancy(t.Season)}
	if p.Crop == nil || p.Yield == nil {
		return h, nil
	}
	if err := json.Unmarshal(p.Yield.Detail, &h.Estimate); err != nil {
		return h, fmt.Errorf("yield of parcel %s: %w", p.Parcel.ID, err)
	}
	h.MatchP, h.HazardLoss, h.CropsGuessed = float64(p.Crop.MatchP), h.Estimate.HazardLoss, t.Guessed
	if p.Crop.LastClear != nil {
		h.ImageryAgeDays = int(t.AsOf.Sub(*p.Crop.LastClear).Hours() / 24)
	}
	return h, nil
}

func decisionRow(s credit.Snapshot) (season.Decision, error) {
	d := s.Decision
	snapshot, err := json.Marshal(s)
	if err != nil {
		return season.Decision{}, fmt.Errorf("snapshot of household %s: %w", d.HouseholdID, err)
	}
	decision, err := json.Marshal(d)
	if err != nil {
		return season.Decision{}, fmt.Errorf("decision on household %s: %w", d.HouseholdID, err)
	}
	row := season.Decision{HouseholdID: d.HouseholdID, Digest: s.Digest, Snapshot: snapshot, Decision: decision,
		LineFen: int64(d.LineFen), PD: d.PD, APR: d.APR, Referred: d.Referred}
	if !d.DueDate.IsZero() {
		due := d.DueDate.Time()
		row.DueDate = &due
	}
	for _, r := range d.Reasons {
		row.Reasons = append(row.Reasons, string(r.Code))
	}
	return row, nil
}
