package decoder

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"parus/imagery/observe"
	"parus/imagery/overlay"
)

// What a child takes beside its jobs.
const (
	// looseBytes is what a job takes in passing: GDAL's cache, open files.
	looseBytes  = 32 << 20
	verifyBytes = looseBytes + 64<<20
	warpBytes   = 64<<20 + 8<<20
	// slackBytes is the program itself and what it may take beyond twice the
	// estimates before it is ended: stored blocks of unusual size,
	// fragmentation.
	slackBytes = 768 << 20
)

// LookBytes estimates the memory of one look beforehand. What the reader and
// the shelf keep is not part of it.
func LookBytes(l Look) int64 { return looseBytes + observe.MemoryBytes(l.Grid, l.Params, 0) }

// DrawBytes estimates the memory of one drawing beforehand, with what GDAL takes
// to warp a window: its own limit for one piece of it, and the result.
func DrawBytes(j overlay.Job) int64 { return looseBytes + warpBytes + overlay.MemoryBytes(j) }

// Available is the memory that this process may take: what the machine has
// left, or what its control group leaves where that is less. It is 2 GiB where
// the system does not tell.
func Available() int64 {
	const unknown = 2 << 30
	free := int64(unknown)
	if b, err := os.ReadFile("/proc/meminfo"); err == nil {
		for line := range strings.Lines(string(b)) {
			if f := strings.Fields(line); len(f) >= 2 && f[0] == "MemAvailable:" {
				if kb, err := strconv.ParseInt(f[1], 10, 64); err == nil {
					free = kb << 10
				}
			}
		}
	}
	for _, dir := range groups() {
		limit, used := number(filepath.Join(dir, "memory.max")), number(filepath.Join(dir, "memory.current"))
		if limit > 0 {
			free = min(free, max(limit-used, 0))
		}
	}
	return free
}

// groups lists the folders of this process's control group and those above it
// (control groups of version 2).
func groups() []string {
	const root = "/sys/fs/cgroup"
	b, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil
	}
	var out []string
	for line := range strings.Lines(string(b)) {
		own, ok := strings.CutPrefix(strings.TrimSpace(line), "0::")
		for ok && own != "/" && own != "." && own != "" {
			out = append(out, filepath.Join(root, own))
			own = filepath.Dir(own)
		}
	}
	return append(out, root)
}

// number reads a file that holds one number; 0 for "max" and for none.
func number(path string) int64 {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	n, _ := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
	return n
}

// budget admits jobs by the memory that they are expected to take, first come,
// first served, so that a large one is not overtaken for ever.
type budget struct {
	total int64
	mu    sync.Mutex
	left  int64
	queue []*claimant
}

type claimant struct {
	bytes int64
	ready chan struct{}
}

func newBudget(total int64) *budget { return &budget{total: total, left: total} }

// TooLarge is a job that can never fit.
type TooLarge struct{ Needs, Allowed int64 }

func (e *TooLarge) Error() string {
	return fmt.Sprintf("reading takes about %s of memory and %s are allowed: allow more with --memory, or use smaller blocks (block_px in county.yaml)",
		Size(e.Needs), Size(e.Allowed))
}

func (b *budget) take(ctx context.Context, n int64) error {
	if n > b.total {
		return &TooLarge{n, b.total}
	}
	b.mu.Lock()
	if len(b.queue) == 0 && n <= b.left {
		b.left -= n
		b.mu.Unlock()
		return nil
	}
	c := &claimant{n, make(chan struct{})}
	b.queue = append(b.queue, c)
	b.mu.Unlock()
	select {
	case <-c.ready:
		return nil
	case <-ctx.Done():
		b.leave(c)
		return ctx.Err()
	}
}

// leave takes a claimant out of the queue, or gives back what it was just given.
func (b *budget) leave(c *claimant) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, q := range b.queue {
		if q == c {
			b.queue = append(b.queue[:i], b.queue[i+1:]...)
			b.admit()
			return
		}
	}
	b.left += c.bytes
	b.admit()
}

func (b *budget) give(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left += n
	b.admit()
}

// admit lets in who is first, while there is memory.
func (b *budget) admit() {
	for len(b.queue) > 0 && b.queue[0].bytes <= b.left {
		b.left -= b.queue[0].bytes
		close(b.queue[0].ready)
		b.queue = b.queue[1:]
	}
}
