package trees

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Table is a dense row-major table: Values[row*Cols+col]. NaN is a missing
// value; infinities must not occur.
type Table struct {
	Rows, Cols int
	Values     []float32
}

// Row returns one row of the table, without copying it.
func (t Table) Row(i int) []float32 { return t.Values[i*t.Cols : (i+1)*t.Cols] }

// inParallel calls do(0) … do(n-1), each once, on up to threads goroutines; 0
// threads stands for one a core. Every call must write only what is its own.
func inParallel(n, threads int, do func(i int)) {
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	threads = min(threads, n)
	if threads <= 1 {
		for i := range n {
			do(i)
		}
		return
	}
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

// mix is the finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable
// pseudorandom number generators", OOPSLA 2014): a bijection whose outputs
// look random for consecutive inputs.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
