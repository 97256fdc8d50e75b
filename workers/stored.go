package workers

import (
	"context"
	"slices"

	"parus/fields/crop"
	"parus/internal/ledger"
	"parus/internal/season"
)

// finishedUnits lists what a run has come to.
type finishedUnits interface {
	FinishedUnits(ctx context.Context, run int64, stage string) ([]ledger.Finished, error)
}

// Crops returns what a run's recognise stage kept, in order of parcel.
func Crops(ctx context.Context, s interface {
	finishedUnits
	Crops(ctx context.Context, units []int64) ([]season.Crop, error)
}, run int64) ([]season.Crop, error) {
	done, err := s.FinishedUnits(ctx, run, stageRecognise)
	if err != nil || len(done) == 0 {
		return nil, err
	}
	return s.Crops(ctx, ids(done))
}

// Samples calls use with the series of each block of a run, as the recognise
// stage hands them to the crop model: dates on which too little of a parcel was
// clear are gaps, parcels that were never clear are left out.
func Samples(ctx context.Context, s interface {
	finishedUnits
	Series(ctx context.Context, unit int64) ([]season.Series, error)
}, run int64, use func([]crop.Sample) error) error {
	done, err := s.FinishedUnits(ctx, run, stageAssemble)
	if err != nil {
		return err
	}
	for _, f := range done {
		all, err := s.Series(ctx, f.ID)
		if err != nil {
			return err
		}
		all = slices.DeleteFunc(all, func(r season.Series) bool { return len(r.Smooth) == 0 })
		samples := make([]crop.Sample, len(all))
		for i, r := range all {
			samples[i] = sampleOf(r)
		}
		if err := use(samples); err != nil {
			return err
		}
	}
	return nil
}
