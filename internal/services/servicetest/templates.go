package servicetest

import "sync"

// templates are the template databases of a test binary by name.
type templates struct {
	mu     sync.Mutex
	byName map[string]*lazy[string]
}

// get returns the template of a name, made at the first call; two names are
// made side by side.
func (t *templates) get(name string, fill func() (string, error)) (string, error) {
	t.mu.Lock()
	l := t.byName[name]
	if l == nil {
		if t.byName == nil {
			t.byName = map[string]*lazy[string]{}
		}
		l = &lazy[string]{}
		t.byName[name] = l
	}
	t.mu.Unlock()
	return l.get(fill)
}

func (t *templates) all() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var dbs []string
	for _, l := range t.byName {
		if db, ok := l.started(); ok {
			dbs = append(dbs, db)
		}
	}
	return dbs
}
