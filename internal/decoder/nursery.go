package decoder

import (
	"runtime"
	"sync"
)

// nursery starts children from one operating-system thread that lives as long
// as the pool: the kernel's parent-death signal fires when the thread that
// forked ends (prctl(2), PR_SET_PDEATHSIG).
type nursery struct {
	jobs chan func()
	done chan struct{}

	mu      sync.Mutex
	alive   map[*child]struct{}
	started int64
}

func newNursery() *nursery {
	n := &nursery{jobs: make(chan func()), done: make(chan struct{}), alive: map[*child]struct{}{}}
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		defer close(n.done)
		for job := range n.jobs {
			job()
		}
	}()
	return n
}

func (n *nursery) do(job func() error) error {
	result := make(chan error)
	n.jobs <- func() { result <- job() }
	return <-result
}

func (n *nursery) close() {
	close(n.jobs)
	<-n.done
}

// born counts a child in until it has exited.
func (n *nursery) born(k *child) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.started++
	n.alive[k] = struct{}{}
}

func (n *nursery) gone(k *child) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.alive, k)
}
