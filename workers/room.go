package workers

import (
	"context"

	"golang.org/x/sync/semaphore"
)

// Room is the memory that the units of one worker may take together. A unit
// waits for its turn, first come, first served, so that a large one is not
// overtaken for ever. One that is expected to take more than all of it is done
// alone: an estimate is no measure, and the machine may have room yet.
type Room struct {
	mib  int64
	left *semaphore.Weighted
}

// boundless stands for a room without walls, in MiB.
const boundless = 1 << 40

// NewRoom makes a room of so many bytes; 0: as much as anybody asks for.
func NewRoom(bytes int64) *Room {
	mib := bytes >> 20
	if bytes <= 0 {
		mib = boundless
	}
	mib = max(mib, 1)
	return &Room{mib: mib, left: semaphore.NewWeighted(mib)}
}

// enter waits until there is room for a unit that is expected to take some
// bytes, or until nobody else is there, and returns how to leave.
func (r *Room) enter(ctx context.Context, bytes int64, alone bool) (leave func(), err error) {
	n := min(max(1, (bytes+1<<20-1)>>20), r.mib)
	if alone {
		n = r.mib
	}
	if err := r.left.Acquire(ctx, n); err != nil {
		return nil, err
	}
	return func() { r.left.Release(n) }, nil
}
