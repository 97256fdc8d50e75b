package workers

import (
	"context"

	"parus/imagery"
	"parus/imagery/zonal"
	"parus/internal/ledger"
	"parus/internal/season"
)

// coverVersion is raised where coverage fractions change.
const coverVersion = 3

// cover computes, once per block, which fraction of each pixel each parcel
// covers. Every scene, band and index reuses it.
type cover struct{ store coverStore }

type coverStore interface {
	units
	RegistryBlocks(ctx context.Context, registry int64, l imagery.Lattice) ([]season.Block, error)
	BlockShapes(ctx context.Context, registry int64, l imagery.Lattice, b imagery.Block) (all []zonal.Shape, shared int, err error)
	FinishCoverage(ctx context.Context, c ledger.Claim, o ledger.Outcome, data []byte) error
}

func (cover) Name() string { return stageCover }

// coverTask is the payload of one block.
type coverTask struct {
	Registry int64           `json:"registry"`
	Lattice  imagery.Lattice `json:"lattice"`
	Block    imagery.Block   `json:"block"`
}

// covered is what the stages after it learn of a block's coverage.
type covered struct {
	Shared int `json:"shared"` // parcels, the first, that reach into other blocks
}

// coverKey is the content key of a block's coverage.
func coverKey(l imagery.Lattice, b season.Block) string {
	return ledger.Key(stageCover, coverVersion, l, b.Block, b.Digest)
}

// Plan makes one unit of each block that parcels touch.
func (s cover) Plan(ctx context.Context, run season.Run) (Plan, error) {
	blocks, err := s.store.RegistryBlocks(ctx, run.Registry, run.Spec.Lattice)
	if err != nil {
		return Plan{}, err
	}
	var p Plan
	for _, b := range blocks {
		p.Units = append(p.Units, ledger.Unit{
			Key:     coverKey(run.Spec.Lattice, b),
			County:  run.County,
			Stage:   stageCover,
			Item:    "block " + b.String(),
			Payload: payload(coverTask{run.Registry, run.Spec.Lattice, b.Block}),
		})
	}
	return p, nil
}

func (s cover) Work(ctx context.Context, c ledger.Claim) error {
	t, err := unpack[coverTask](c)
	if err != nil {
		return err
	}
	shapes, shared, err := s.store.BlockShapes(ctx, t.Registry, t.Lattice, t.Block)
	if err != nil {
		return err
	}
	cov, refused := zonal.Cover(t.Lattice.Grid(t.Block), shapes)
	data, err := cov.MarshalBinary()
	if err != nil {
		return Permanent(err)
	}
	o := ledger.Outcome{Result: payload(covered{sharedOf(cov, shapes[:shared])})}
	for _, r := range refused {
		o.Items = append(o.Items, ledger.Item{Name: "parcel " + r.ID, State: ledger.Failed, Reason: r.Reason})
	}
	return s.store.FinishCoverage(ctx, c, o, data)
}

// sharedOf counts the parcels of a coverage that are among the first shapes it
// was made of.
func sharedOf(c *zonal.Coverage, first []zonal.Shape) int {
	n := 0
	for _, s := range first {
		if n < c.Len() && c.IDs[n] == s.ID {
			n++
		}
	}
	return n
}
