package workers

import (
	"context"
	"log/slog"
	"time"

	"parus/internal/intake"
	"parus/internal/ledger"
)

// IntakeVersion is raised where the same upload could be checked or imported
// with another result.
const IntakeVersion = 1

// The stages of uploads; they belong to no season.
const (
	stageIntake  = "intake"
	stageRelease = "release"
)

// uploadsQueue is for hand-overs: a worker reads one at a time, beside its batch.
const uploadsQueue = "uploads"

// UploadLedger is the part of the store that finds work in uploads.
type UploadLedger interface {
	UploadsToDo(ctx context.Context) ([]intake.Planned, error)
	PlanUpload(ctx context.Context, upload string, u ledger.Unit) error
	ExpireUploads(ctx context.Context, now time.Time) (int, error)
}

// uploadsEvery is how often uploads are looked at: somebody waits before the
// page.
const uploadsEvery = time.Second

// Uploads makes units of the uploads that are whole, or that somebody has
// committed, and lets go of those that were given up. The units go on the queue
// with all that people wait for; see [Reconciler.DriveOpen].
type Uploads struct {
	Ledger UploadLedger
	Log    *slog.Logger
	Now    func() time.Time
}

// Drive looks until ctx ends. Several processes may.
func (u *Uploads) Drive(ctx context.Context) error {
	tick := time.NewTicker(uploadsEvery)
	defer tick.Stop()
	for {
		if err := u.Round(ctx); err != nil && ctx.Err() == nil {
			u.Log.Warn("look for uploads", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Round plans what waits and expires what is late.
func (u *Uploads) Round(ctx context.Context) error {
	todo, err := u.Ledger.UploadsToDo(ctx)
	if err != nil {
		return err
	}
	for _, p := range todo {
		if err := u.Ledger.PlanUpload(ctx, p.Upload, unitOfUpload(p)); err != nil {
			return err
		}
	}
	n, err := u.Ledger.ExpireUploads(ctx, u.Now())
	if n > 0 {
		u.Log.Info("uploads expired", "uploads", n)
	}
	return err
}

// unitOfUpload is the unit that does what an upload waits for. Each round is a
// unit of its own, as what was chosen may differ.
func unitOfUpload(p intake.Planned) ledger.Unit {
	stage := stageIntake
	if p.Phase == intake.PhaseCommit {
		stage = stageRelease
	}
	return ledger.Unit{
		Key: ledger.Key(stage, IntakeVersion, p.Upload, p.Round), County: p.County, Stage: stage, Item: "upload " + p.Upload + " " + p.Name,
		Payload: payload(uploadPayload{p.Upload, p.Round}), MemoryBytes: uploadBytes(p), Urgent: true,
	}
}

// uploadPayload names what is read.
type uploadPayload struct {
	Upload string `json:"upload"`
	Round  int    `json:"round"`
}

// Memory of the worker itself for an upload, beside that of the process that
// reads it: the report, and of a commit all rows. A parcel takes about 150 bytes
// in a package and some 2 kB here.
const (
	checkRatio  = 1
	commitRatio = 8
	uploadFloor = 64 << 20
)

func uploadBytes(p intake.Planned) int64 {
	if p.Phase == intake.PhaseCommit {
		return uploadFloor + commitRatio*p.Size
	}
	return uploadFloor + checkRatio*p.Size
}
