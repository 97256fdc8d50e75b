package workers

import (
	"context"
	"fmt"

	"parus/credit"
	"parus/fields/crop"
	"parus/imagery"
	"parus/imagery/overlay"
	"parus/internal/decoder"
)

// The stages of a season, in order.
const (
	stageVerify    = "verify"
	stageCover     = "cover"
	stageObserve   = "observe"
	stageAssemble  = "assemble"
	stageReconcile = "reconcile"
	stageRecognise = "recognise"
	stageEstimate  = "estimate"
	stageWatch     = "watch"
	stageDecide    = "decide"
	stagePublish   = "publish"
)

// CodeVersion names the versions of the stages' code, so that a season that is
// asked for again after a change is another run.
func CodeVersion() string {
	return fmt.Sprintf("verify %d, cover %d, observe %d, assemble %d, reconcile %d, recognise %d, estimate %d, watch %d, decide %d/%s, publish %d",
		verifyVersion, coverVersion, observeVersion, assembleVersion, reconcileVersion, recogniseVersion, estimateVersion, watchVersion, decideVersion,
		credit.EngineVersion, publishVersion)
}

// Store is what the stages need of the tables; each stage names its part
// beside its handler.
type Store interface {
	verifyStore
	coverStore
	observeStore
	assembleStore
	reconcileStore
	recogniseStore
	estimateStore
	watchStore
	decideStore
	publishStore
}

// Tools is what the stages need of the outside world. Their errors are final,
// but for those that package decoder calls passing.
type Tools struct {
	// Verify opens a scene's files and returns the scene as its pixels show it
	// to be: scale and offset confirmed or repaired, with a note for each
	// repair. Errors name the file.
	Verify func(ctx context.Context, s imagery.Scene) (imagery.Scene, error)
	// Observe measures the parcels of a block in one scene and returns
	// marshalled observations of them and, apart, of those that reach into other
	// blocks, or observe.ErrNoOverlap.
	Observe func(ctx context.Context, l decoder.Look) (data, shared []byte, err error)
	// Plane computes one index of a scene over a grid, in steps of 1e-4 with
	// observe.Hidden where nothing is known, or observe.ErrNoOverlap.
	Plane func(ctx context.Context, p decoder.Plane) ([]int16, error)
	// Draw draws one scene in one cell of the map, or wraps overlay.ErrNothing.
	Draw func(ctx context.Context, j overlay.Job) (decoder.Picture, error)
}

// Season returns the stages that take a season from scenes to a publication.
func Season(s Store, t Tools) []Stage {
	covers := &coverages{store: s}
	return []Stage{
		verify{s, t},
		cover{s},
		observer{s, t},
		assemble{s, covers},
		reconciliation{s, t},
		recognise{s, &lastUsed[string, crop.Model]{}},
		estimate{s},
		watch{s},
		decide{s},
		publish{s},
	}
}
