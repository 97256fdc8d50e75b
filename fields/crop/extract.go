package crop

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"parus/fields/crop/trees"
)

// extraction says how samples are cut before they become features.
type extraction struct {
	starts  []time.Time // day 0 of each sample, zero: none; nil: found from the samples
	last    int         // last day of season that counts
	threads int
}

// extract turns samples with ascending dates into the trees' and the kernel's
// tables, and says of each sample what was found; an unusable one has NaN.
func extract(ctx context.Context, samples []Sample, s Schema, u map[string]unit, e extraction) (tree, smooth trees.Table, states []gridded, err error) {
	n := len(samples)
	states = make([]gridded, n)
	probe := newExtractor(s, u)
	tree = trees.Table{Rows: n, Cols: len(probe.treeFeatures(nil))}
	smooth = trees.Table{Rows: n, Cols: len(probe.smoothFeatures(nil))}
	tree.Values, smooth.Values = make([]float32, n*tree.Cols), make([]float32, n*smooth.Cols)
	const size = 64
	pool := sync.Pool{New: func() any { return newExtractor(s, u) }}
	each((n+size-1)/size, e.threads, func(b int) {
		if ctx.Err() != nil {
			return
		}
		x := pool.Get().(*extractor)
		for i := b * size; i < min(n, (b+1)*size); i++ {
			states[i] = x.resample(samples[i], e.start(i, samples[i], s.Axis), e.last)
			if states[i].reason != "" {
				for c := range x.grid {
					x.grid[c] = nan32
				}
			}
			x.treeFeatures(tree.Row(i)[:0])
			x.smoothFeatures(smooth.Row(i)[:0])
		}
		pool.Put(x)
	})
	return tree, smooth, states, ctx.Err()
}

// start is day 0 of sample i, zero where it has none.
func (e extraction) start(i int, s Sample, a Axis) time.Time {
	if e.starts != nil {
		return e.starts[i]
	}
	start, _ := a.start(s, time.Time{})
	return start
}

// each calls do(0) … do(n-1), each once, on up to threads goroutines (0: one a
// core); every call must write only what is its own.
func each(n, threads int, do func(i int)) {
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	threads = min(threads, n)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range threads {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wg.Wait()
}
