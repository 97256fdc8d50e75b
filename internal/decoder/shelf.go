package decoder

// shelfBytes bounds the coverages that a child keeps, as they are packed; in
// memory they take up to four times as much. It is room for about a million
// parcels.
const shelfBytes = 128 << 20

// shelf keeps values by name. Parent and child each have one and fill them
// alike, so the parent knows what the child still has. Where there are too
// many, the one put there last gives way: every scene needs all blocks in turn,
// so the one used longest ago is wanted next.
type shelf[V any] struct {
	names  []string // in the order in which they came
	values map[string]V
	sizes  map[string]int64
	bytes  int64
}

func (s *shelf[V]) get(name string) (V, bool) {
	v, ok := s.values[name]
	return v, ok
}

func (s *shelf[V]) put(name string, v V, size int64) {
	if s.values == nil {
		s.values, s.sizes = map[string]V{}, map[string]int64{}
	}
	if _, ok := s.values[name]; ok {
		return
	}
	for len(s.names) > 0 && s.bytes+size > shelfBytes {
		last := s.names[len(s.names)-1]
		s.bytes -= s.sizes[last]
		delete(s.values, last)
		delete(s.sizes, last)
		s.names = s.names[:len(s.names)-1]
	}
	s.names = append(s.names, name)
	s.values[name], s.sizes[name] = v, size
	s.bytes += size
}
