package crop

import "slices"

// models appends whole model files, each with its length before it.
func (e *encoder) models(stages []*Model) error {
	e.u32(uint32(len(stages)))
	for _, s := range stages {
		data, err := s.encode()
		if err != nil {
			return err
		}
		e.u32(uint32(len(data)))
		e.b = append(e.b, data...)
	}
	return nil
}

// models reads the stages of a model; a stage has none itself.
func (d *decoder) models(m *Model) {
	count := int(d.u32())
	for i := 0; i < count && !d.bad; i++ {
		stage, err := decode(d.take(int(d.u32())))
		if err != nil || len(stage.earlier) > 0 {
			d.bad = true
			return
		}
		m.earlier = append(m.earlier, stage)
	}
}

// ordered tells whether the stages are those of one model: the same classes and
// layers, each with a later cut-off than the one before.
func (m *Model) ordered() bool {
	before := 0
	var days []int
	for _, s := range m.stages() {
		c := s.card
		if c.Schema.Cutoff <= before || !slices.Equal(c.Classes, m.card.Classes) || !slices.Equal(c.Schema.Layers, m.card.Schema.Layers) {
			return false
		}
		before = c.Schema.Cutoff
		days = append(days, before)
	}
	return slices.Equal(days[:len(days)-1], m.card.Stages)
}
