package decoder

import "runtime"

// nursery starts children from one operating-system thread that lives as long
// as the pool: the kernel's parent-death signal fires when the thread that
// forked ends (prctl(2), PR_SET_PDEATHSIG).
type nursery struct {
	jobs chan func()
	done chan struct{}
}

func newNursery() *nursery {
	n := &nursery{jobs: make(chan func()), done: make(chan struct{})}
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
