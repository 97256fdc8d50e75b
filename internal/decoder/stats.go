package decoder

// Stats is what a pool takes at one moment.
type Stats struct {
	Children      int   // alive
	Started       int64 // since the pool was made; more than one is a child that broke, or a job done apart
	ResidentBytes int64 // of all children, as the kernel counts it
	BudgetBytes   int64 // that jobs at once may be expected to take
	TakenBytes    int64 // that jobs under way are expected to take
	Waiting       int   // jobs that wait for memory
}

// Stats looks at the children and the budget.
func (p *Pool) Stats() Stats {
	var s Stats
	p.nursery.mu.Lock()
	s.Children, s.Started = len(p.nursery.alive), p.nursery.started
	for k := range p.nursery.alive {
		s.ResidentBytes += k.resident()
	}
	p.nursery.mu.Unlock()
	b := p.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	s.BudgetBytes, s.TakenBytes, s.Waiting = b.total, b.total-b.left, len(b.queue)
	return s
}
