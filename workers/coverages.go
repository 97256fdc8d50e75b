package workers

import (
	"context"
	"fmt"
	"sync"

	"parus/imagery/observe"
	"parus/imagery/zonal"
)

// coverageBytes bounds the coverages that a process keeps: those of a tile of
// 10,980 pixels with three million parcels.
const coverageBytes = 768 << 20

// coverages keeps coverages in memory, by the unit that made them, since every
// scene needs all of them in turn. It is safe for concurrent use.
type coverages struct {
	store interface {
		Coverage(ctx context.Context, unit int64) ([]byte, error)
	}
	mu    sync.Mutex
	size  int64
	known map[int64]*zonal.Coverage
}

// get returns the coverage of a unit. Where there are too many to keep, some
// other one gives way: which, is left to chance, because the one used longest
// ago is the next that a round of all of them would ask for.
func (c *coverages) get(ctx context.Context, unit int64) (*zonal.Coverage, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cov, ok := c.known[unit]; ok {
		return cov, nil
	}
	data, err := c.store.Coverage(ctx, unit)
	if err != nil {
		return nil, err
	}
	cov := new(zonal.Coverage)
	if err := cov.UnmarshalBinary(data); err != nil {
		return nil, Permanent(fmt.Errorf("coverage of unit %d: %w", unit, err))
	}
	c.size += observe.CoverageBytes(cov)
	for other, old := range c.known {
		if c.size <= coverageBytes {
			break
		}
		c.size -= observe.CoverageBytes(old)
		delete(c.known, other)
	}
	if c.known == nil {
		c.known = map[int64]*zonal.Coverage{}
	}
	c.known[unit] = cov
	return cov, nil
}
