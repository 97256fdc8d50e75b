package capacity

// dieLater draws when a worker dies next.
func (s *simulation) dieLater(worker int) {
	if s.model.DeathsPerHour == 0 {
		return
	}
	s.at(s.now+s.deaths.ExpFloat64()*3600/s.model.DeathsPerHour, func() { s.die(worker) })
}

// die takes a worker's units from it: they wait again when their lease is over,
// and start from the beginning. The worker is back later.
func (s *simulation) die(worker int) {
	s.tally.Deaths++
	for _, p := range s.workers[worker] {
		p.dead = true
		if u := p.holds; u != nil {
			s.lose(u)
		}
	}
	alive := s.places[:0]
	for _, p := range s.places {
		if !p.dead {
			alive = append(alive, p)
		}
	}
	s.places = alive
	s.at(s.now+s.model.RestartS, func() {
		for _, p := range s.workers[worker] {
			p.dead = false
			s.places = append(s.places, p)
		}
		s.dieLater(worker)
		s.serve()
	})
}

func (s *simulation) lose(u *unit) {
	s.tally.Lost++
	s.tally.held += s.now - u.took
	u.life++
	u.at.holds, u.at = nil, nil
	if p := u.inPool; p != nil {
		u.inPool = nil
		u.consumed += s.now - u.since
		s.leave(p, s.now-u.since)
	}
	s.tally.wasted += u.consumed
	s.at(s.now+s.model.LeaseS, func() {
		s.queue(u)
		s.serve()
	})
}
