package workers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parus/internal/intake"
	"parus/internal/ledger"
	"parus/internal/season"
)

// UploadStore is what the stages of uploads read and write.
type UploadStore interface {
	UploadJob(ctx context.Context, id string) (intake.Job, error)
	UploadPieces(ctx context.Context, id string, each func(intake.Chunk) error) error
	UploadStep(ctx context.Context, id, step string) error
	UploadBroke(ctx context.Context, id, why string) error
	FinishUnit(ctx context.Context, c ledger.Claim, o ledger.Outcome) error
	FinishUploadCheck(ctx context.Context, c ledger.Claim, o ledger.Outcome, job intake.Job, r intake.Result, now time.Time) error
	FinishUploadCommit(ctx context.Context, c ledger.Claim, o ledger.Outcome, job intake.Job, r intake.Release, now time.Time) error
}

// Source is an upload as its reader gets at it.
type Source struct {
	intake.Job
	// Pieces passes on the bytes in order, as they are kept.
	Pieces func(ctx context.Context, each func(intake.Chunk) error) error
	// Step tells people what is being done: fetching, reading, storing.
	Step func(ctx context.Context, step string)
}

// UploadTools read hand-overs, which takes GDAL and so is done elsewhere. A file
// that cannot be used is a result that says why; an [intake.Breakdown] is
// quarantined.
type UploadTools struct {
	Check  func(ctx context.Context, s Source) (intake.Result, error)
	Commit func(ctx context.Context, s Source) (intake.Release, error)
}

// UploadStages are the stages that check uploads and make releases of them.
func UploadStages(store UploadStore, tools UploadTools, now func() time.Time) []Stage {
	return []Stage{
		&uploadStage{stageIntake, store, now, func(ctx context.Context, s Source) (finish, error) {
			r, err := tools.Check(ctx, s)
			return func(c ledger.Claim, o ledger.Outcome) error {
				o.Result = payload(r.Rows)
				return store.FinishUploadCheck(ctx, c, o, s.Job, r, now())
			}, err
		}},
		&uploadStage{stageRelease, store, now, func(ctx context.Context, s Source) (finish, error) {
			r, err := tools.Commit(ctx, s)
			return func(c ledger.Claim, o ledger.Outcome) error {
				return store.FinishUploadCommit(ctx, c, o, s.Job, r, now())
			}, err
		}},
	}
}

// uploadStage does one thing about an upload.
type uploadStage struct {
	name  string
	store UploadStore
	now   func() time.Time
	do    func(ctx context.Context, s Source) (finish, error)
}

// finish ends a claim with what was done.
type finish func(ledger.Claim, ledger.Outcome) error

// Name implements [Stage].
func (u *uploadStage) Name() string { return u.name }

// Plan implements [Stage]: uploads are of no season.
func (u *uploadStage) Plan(context.Context, season.Run) (Plan, error) {
	return Plan{}, fmt.Errorf("stage %s belongs to no season", u.name)
}

// Work implements [Stage].
func (u *uploadStage) Work(ctx context.Context, c ledger.Claim) error {
	p, err := unpack[uploadPayload](c)
	if err != nil {
		return err
	}
	job, err := u.store.UploadJob(ctx, p.Upload)
	if err != nil {
		return err
	}
	if job.Round != p.Round {
		return u.store.FinishUnit(ctx, c, ledger.Outcome{State: ledger.Skipped, Reason: "it was asked for anew meanwhile"})
	}
	s := Source{Job: job,
		Pieces: func(ctx context.Context, each func(intake.Chunk) error) error {
			return u.store.UploadPieces(ctx, job.ID, each)
		},
		Step: func(ctx context.Context, step string) { _ = u.store.UploadStep(ctx, job.ID, step) }, // a word for people, no more
	}
	done, err := u.do(ctx, s)
	if b := (*intake.Breakdown)(nil); errors.As(err, &b) {
		if e := u.store.UploadBroke(ctx, job.ID, b.Why); e != nil {
			return errors.Join(err, e)
		}
		return Permanent(err)
	}
	if err != nil {
		return err
	}
	return done(c, ledger.Outcome{})
}
